"""A workbook as a Source."""

import datetime as dt
import math
import re
from decimal import Decimal

from django.utils.translation import gettext as _

from . import shown
from .cells import EMPTY, Cell, Row
from .package import Package
from .refusals import Unreadable, damaged
from .sheet import MergedCells, raw_rows, survey
from .workbook import formats_of, main_part, relations, sheets_of, texts_of, unescaped

NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
INDEX = re.compile(r"[0-9]{1,9}")
MOST_DIGITS = 15
MOST_NAME = 100


class Workbook:
    """See Source."""

    format = "xlsx"
    encoding = delimiter = ""

    def __init__(self, file, filename=""):
        self.package = Package(file, filename)
        main = main_part(self.package)
        targets = relations(self.package, main)
        found, self.from_1904 = sheets_of(self.package, main, targets)
        self.texts = texts_of(self.package, targets)
        self.formats = [shown.code_of(number_format) for number_format in formats_of(self.package, targets)]
        self.dates = [shown.is_date(code) for code in self.formats]
        self.readers = READERS | {"n": self._number, "s": self._shared}
        self.surveys = {}
        self.refusals = {}
        self.parts = {sheet.name: sheet.part for sheet in found}
        for sheet in found:
            try:
                with self.package.opened(sheet.part) as stream:
                    self.surveys[sheet.name] = survey(stream, sheet.name)
            except Unreadable as refusal:
                self.refusals[sheet.name] = refusal
        self._refuse_what_has_no_rows(found)
        self.hidden = frozenset(sheet.name for sheet in found if sheet.hidden)
        self.sheets = sorted(self.parts, key=lambda name: (name in self.hidden, not self._is_filled(name)))

    def _is_filled(self, name):
        return name in self.refusals or self.surveys[name].filled

    def _refuse_what_has_no_rows(self, found):
        """A workbook of which no sheet could be imported is refused whole, for its first sheet's reason."""
        if any(self.surveys[name].filled for name in self.surveys):
            return
        if self.refusals:
            raise next(self.refusals[sheet.name] for sheet in found if sheet.name in self.refusals)
        raise Unreadable(_("The workbook is empty. Choose the one that has the rows."), code="empty")

    def rows(self, sheet=""):
        """See Source. Without a name: the first sheet."""
        sheet = sheet or self.sheets[0]
        if sheet in self.refusals:
            raise self.refusals[sheet]
        if sheet not in self.surveys:
            raise Unreadable(
                _("The workbook has no sheet “%(name)s”. Choose one of its sheets.") % {"name": sheet[:MOST_NAME]},
                code="sheet",
            )
        return self._rows(sheet)

    def _rows(self, sheet):
        found = self.surveys[sheet]
        merged = MergedCells(found)
        with self.package.opened(self.parts[sheet]) as stream:
            for number, raws in raw_rows(stream):
                cells = [EMPTY] * found.width
                for raw in raws:
                    cells[raw.column] = self._cell(raw)
                merged.spread(number, cells)
                while cells and cells[-1] is EMPTY:
                    cells.pop()
                if cells:
                    yield Row(number, cells)

    def _cell(self, raw):
        """The Cell of what the XML has."""
        kind, said = raw.type, raw.said
        if not said.strip():
            return Cell(None, f"={raw.formula}", _never_computed()) if raw.formula is not None else EMPTY
        if kind not in self.readers:
            raise damaged()
        return self.readers[kind](said, raw.style)

    def _shared(self, said, _style):
        """The Cell of a text that others share."""
        if not INDEX.fullmatch(said.strip()):
            raise damaged()
        return _text(self.texts[int(said)])

    def _number(self, said, style):
        """The Cell of a number, which its format may make a date."""
        number = number_of(said)
        if number is None:
            return Cell(None, said, _("The cell holds a number that Excel could not have written. Type it anew."))
        code = self.formats[style] if 0 <= style < len(self.formats) else "General"
        if code == "General":
            return Cell(number, shown.plain(number))
        if self.dates[style]:
            moment = shown.moment(number, self.from_1904)
            if isinstance(moment, dt.time):
                return _text(moment.isoformat(timespec="minutes" if not moment.second else "seconds"))
            return Cell(number, shown.plain(number)) if moment is None else Cell(moment, _iso(moment))
        return Cell(number, shown.as_shown(code, number))

    def close(self):
        """See Source."""
        self.package.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def number_of(said):
    """The int, or Decimal of 15 digits as Excel shows them, that the XML has; None for what is no finite number."""
    if len(said) <= MOST_DIGITS and said.isascii() and said.isdigit():
        return int(said)
    said = said.strip()
    number = float(said) if NUMBER.fullmatch(said) else math.inf
    if not math.isfinite(number):
        return None
    if number.is_integer() and abs(number) < 10**MOST_DIGITS:
        return int(number)
    # The nearest number of binary fractions is not what was typed: 33.73 is kept as 33.729999999999997.
    return Decimal(f"{number:.{MOST_DIGITS}g}")


def _text(text):
    return Cell(text, text) if text and not text.isspace() else EMPTY


def _iso(moment):
    return moment.isoformat(" ", "minutes") if isinstance(moment, dt.datetime) else moment.isoformat()


def _own(said, _style):
    """The Cell of a text of its own."""
    return _text(unescaped(said))


def _yes_or_no(said, _style):
    """The Cell of a truth value."""
    yes = said.strip() not in {"0", "false"}
    return Cell(yes, "TRUE" if yes else "FALSE")


def _error(said, _style):
    """The Cell of an error of Excel's, which is no value."""
    return Cell(None, said, _("The cell shows the error %(error)s. Mend it in Excel.") % {"error": said[:20]})


def _day(said, _style):
    """The Cell of a date in the XML's own form."""
    try:
        moment = dt.datetime.fromisoformat(said.strip()).replace(tzinfo=None)
    except ValueError:
        return _text(said)
    moment = moment if moment.time() != dt.time() else moment.date()
    return Cell(moment, _iso(moment))


def _never_computed():
    return _("The cell has a formula without a value. Open the workbook in Excel, save it and upload it again.")


# How each type of cell is read that needs nothing but what it says.
READERS = {"str": _own, "inlineStr": _own, "b": _yes_or_no, "e": _error, "d": _day}
