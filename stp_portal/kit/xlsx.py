"""Excel files: real dates and numbers, text that is never a formula, and no more than a row in memory."""

import tempfile
from itertools import chain

from django.http import FileResponse

from .private_files import sane_name
from .text import BREAKS, strip_unseen

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMN_WIDTH = 18


def xlsx_file(sheets):
    """A temporary file with a workbook, at its beginning; the caller closes it.

    `sheets` are (title, header, rows): rows an iterable of iterables of None, bool, int, float, date or text.
    """
    import openpyxl  # noqa: PLC0415 - slow to import, and only downloads need it

    book = openpyxl.Workbook(write_only=True)

    def cell(sheet, value):
        if not isinstance(value, str):
            return value
        cell = openpyxl.cell.WriteOnlyCell(sheet, clean(value))
        # Set after the value: a text that begins with “=” would else be stored as a formula.
        cell.data_type = "s"
        return cell

    for title, header, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for column in range(1, len(header) + 1):
            sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = COLUMN_WIDTH
        for row in chain([header], rows):
            sheet.append([cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        book.save(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def clean(text):
    """A text without characters that the format cannot hold; line breaks of every kind as one."""
    return strip_unseen(BREAKS.sub("\n", text))


def send_xlsx(filename, sheets):
    """A response with the workbook of `sheets` (see `xlsx_file`), offered as `filename`, read from the disk."""
    return FileResponse(xlsx_file(sheets), as_attachment=True, filename=sane_name(filename), content_type=CONTENT_TYPE)
