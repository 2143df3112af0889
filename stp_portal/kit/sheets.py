"""Reports as files: rows with named columns, several of them as the sheets of one workbook."""

import datetime as dt
import logging
from dataclasses import dataclass, field

from django.http import HttpResponse
from django.utils.translation import gettext as _

from .downloads import filters_of
from .export import stream_csv
from .xlsx import send_xlsx

logger = logging.getLogger("stp.staff")


@dataclass(frozen=True)
class Sheet:
    """The rows of a report as a file has them.

    `columns` are pairs of a heading and a function from a row to its plain value; `about` are pairs of words for
    the second sheet of a workbook. `demo` says whether a row is a demonstration, in a column of its own; None where
    rows are sums.
    """

    name: str
    title: str
    columns: tuple
    rows: list
    demo: object = None
    about: list = field(default_factory=list)

    def header(self):
        """The headings."""
        return [*(str(label) for label, _value in self.columns), *([_("Demonstration")] if self.demo else [])]

    def lines(self):
        """The rows, one list of values each."""
        for row in self.rows:
            values = [plain(value(row)) for _label, value in self.columns]
            yield [*values, _("yes") if self.demo(row) else _("no")] if self.demo else values

    @property
    def has_demo(self):
        """Whether any row is a demonstration."""
        return self.demo is not None and any(self.demo(row) for row in self.rows)


def plain(value):
    """A value for a cell: texts that wait for their language become texts."""
    return value if value is None or isinstance(value, int | float | dt.date) or is_number(value) else str(value)


def is_number(value):
    """Whether a value is a Decimal or the like, which files keep as a number."""
    return hasattr(value, "quantize")


def send_sheets(request, kind, sheets, on, record, *, known=None):
    """The sheets as a file. CSV holds the first; a workbook all of them and what they are about.

    `record(request, name=…, kind=…, rows=…, filters=…)` writes down that they left; when it fails, nothing leaves.
    `known` is the day on which the rows were known so, None for now.
    """
    if kind == "csv":
        sheets = sheets[:1]
    first = sheets[0]
    rows, filters = sum(len(sheet.rows) for sheet in sheets), filters_of(request.GET)
    if request.method == "HEAD":
        return HttpResponse()
    logger.info("export %s: %s rows by %s, filters %s", first.name, rows, request.user.get_username(), filters)
    record(request, name=first.name, kind=kind, rows=rows, filters=filters)
    demo = any(sheet.has_demo for sheet in sheets)
    then = f"-as-known-{known.isoformat()}" if known else ""
    filename = f"{first.name}-{on.isoformat()}{then}{'-demonstration' if demo else ''}.{kind}"
    if kind == "csv":
        return stream_csv(filename, first.header(), first.lines())
    about = [pair for sheet in sheets for pair in sheet.about]
    if demo:
        about.append((_("Demonstration"), _("Rows with “yes” in the last column are invented, to show the portal.")))
    return send_xlsx(
        filename,
        [
            *((str(sheet.title), sheet.header(), sheet.lines()) for sheet in sheets),
            (_("About"), [_("What"), _("Value")], ([str(what), plain(value)] for what, value in about)),
        ],
    )
