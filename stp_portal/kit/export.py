"""CSV for spreadsheets: streamed, with a byte order mark, and without anything that a spreadsheet would run."""

import csv
import datetime as dt
import re
from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.timezone import is_aware, localtime

from .private_files import sane_name
from .text import strip_unseen

# A cell that begins so is a formula to some spreadsheet, the full-width forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Breaks of word processors that XML and most spreadsheets do not know.
SOFT_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")


def cell(value):
    """One value as a spreadsheet may have it: numbers and ISO dates as they are, text never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        value = localtime(value) if is_aware(value) else value
        return value.isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return _text(str(value))


def _text(raw):
    """A text without controls, with an apostrophe before what would be a formula."""
    text = strip_unseen(SOFT_BREAKS.sub("\n", raw))
    return f"'{text}" if is_formula(text) else text


def is_formula(text):
    """Whether a spreadsheet might run a text. A tab or return in front counts, and so does what only spaces hide."""
    return text.startswith(FORMULA) or text.lstrip().startswith(FORMULA)


def without_apostrophe(text):
    """The text as it was before a download put an apostrophe before what a spreadsheet would run.

    Only the first goes, and only there: the rest of the text and apostrophes of other texts are its own.
    """
    return text[1:] if text.startswith("'") and is_formula(text.lstrip("'")) else text


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, line):
        return line


def csv_lines(header, rows):
    """The lines of the file, the byte order mark first, so that spreadsheets read the Urdu as UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([cell(value) for value in header])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def stream_csv(filename, header, rows):
    """A streaming response with `rows` (an iterable of iterables) below `header`, offered as `filename`."""
    response = StreamingHttpResponse(
        (line.encode() for line in csv_lines(header, rows)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = content_disposition_header(True, sane_name(filename))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
