"""Excel files: real dates and numbers, text that is never a formula, and no more than a row in memory."""

import datetime as dt
import re
import tempfile
from itertools import chain

from django.http import FileResponse
from django.utils.timezone import is_aware, localtime

from .private_files import sane_name
from .text import BREAKS, strip_unseen

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMN_WIDTH = 18
# What one sheet holds, its heading included.
MOST_LINES = 1_048_576
# The format of a cell in which “00123” typed by hand stays what it is.
TEXT = "@"
# The format's own way of writing a character that XML cannot hold; in a text it would be read back as that.
ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def xlsx_file(sheets):
    """A temporary file with a workbook, at its beginning; the caller closes it.

    `sheets` are (title, header, rows): rows an iterable of iterables of None, bool, int, float, Decimal, date,
    datetime or text. A fourth member names the places of columns that hold text, from 0, so that what is typed
    into their empty cells stays text too.
    """
    import openpyxl  # noqa: PLC0415 - slow to import, and only downloads need it

    book = openpyxl.Workbook(write_only=True)
    for title, header, rows, *texts in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        as_text = openpyxl.cell.WriteOnlyCell(sheet, "")
        as_text.number_format = TEXT

        def cell(value, sheet=sheet, style=as_text._style):
            if not isinstance(value, str):
                return plain(value)
            cell = openpyxl.cell.WriteOnlyCell(sheet, clean(value))
            # Set after the value: a text that begins with “=” would else be stored as a formula.
            cell.data_type = "s"
            cell._style = style
            return cell

        for place in range(len(header)):
            column = sheet.column_dimensions[openpyxl.utils.get_column_letter(place + 1)]
            column.width = COLUMN_WIDTH
            if place in next(iter(texts), ()):
                column.number_format = TEXT
        for row in chain([header], rows):
            sheet.append([cell(value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        book.save(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def plain(value):
    """A value that is no text as the format has it: moments without a zone, as the clock in Karachi showed them."""
    if isinstance(value, dt.datetime):
        return (localtime(value) if is_aware(value) else value).replace(tzinfo=None, microsecond=0)
    return value


def clean(text):
    """A text without characters that the format cannot hold; line breaks of every kind as one."""
    return ESCAPE.sub("_x005F_", strip_unseen(BREAKS.sub("\n", text)))


def send_xlsx(filename, sheets):
    """A response with the workbook of `sheets` (see `xlsx_file`), offered as `filename`, read from the disk."""
    response = FileResponse(
        xlsx_file(sheets), as_attachment=True, filename=sane_name(filename), content_type=CONTENT_TYPE
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
