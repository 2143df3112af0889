"""One sheet of a workbook, row by row, as the XML has it."""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from .markup import names, pieces
from .refusals import Unreadable, damaged, oversized
from .workbook import MOST_LETTERS

TAGS = names("row", "c", "v", "f", "is", "t", "rPh", "mergeCell")
SAYING = frozenset({"v", "t"})
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_MERGED = 60_000


class Raw(NamedTuple):
    """A cell with content as the XML has it: its column counted from 0, its type, the index of its style, the text
    of its value (of an inline one, the whole text) and its formula (None when it has none).
    """

    column: int
    type: str
    style: int
    said: str
    formula: str | None


class Merged(NamedTuple):
    """A range of merged cells: rows counted from 1, columns from 0, all inclusive."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


class Survey(NamedTuple):
    """What a first look at a sheet found: whether it has content, how many columns, and its merged ranges by row."""

    filled: bool
    width: int
    merged: list


class Places:
    """Places like "AB12", read quickly: the same few columns come again and again."""

    def __init__(self):
        self.columns = {}

    def read(self, place):
        """(row counted from 1, column from 0). Raises Unreadable for what is no place."""
        letters = place.rstrip("0123456789")
        row = place[len(letters) :]
        column = self.columns.get(letters)
        if column is None:
            if not (letters.isascii() and letters.isupper() and letters.isalpha() and len(letters) <= 3):
                raise damaged()
            column = -1
            for letter in letters:
                column = (column + 1) * 26 + ord(letter) - ord("A")
            if column >= MOST_COLUMNS:
                raise damaged()
            self.columns[letters] = column
        if not 0 < len(row) <= 7 or not 0 < int(row) <= MOST_ROWS:
            raise damaged()
        return int(row), column


def raw_rows(stream, merged=None):
    """(number, [Raw]) of each row with content, in order. `merged`: a list that takes the Merged ranges, which stand
    behind the rows. Raises Unreadable for a sheet that breaks the format.
    """
    found = _Rows([] if merged is None else merged)
    for _piece in pieces(stream, found.start, found.end, found.text, filled=lambda: found.filled):
        yield from found.ready
        found.ready.clear()


class _Rows:
    """Makes rows of the XML's elements as they come; those that are whole stand in `ready`."""

    __slots__ = (
        *("ready", "merged", "places", "number", "column", "cells"),
        *("type", "style", "formula", "said", "size", "capturing", "aside", "filled"),
    )

    def __init__(self, merged):
        self.ready, self.merged, self.places = [], merged, Places()
        self.number, self.column, self.cells = 0, -1, []
        self.type, self.style, self.formula = "n", 0, None
        self.said, self.size, self.capturing, self.aside = [], 0, False, 0
        self.filled = 0

    def start(self, name, attributes):
        tag = TAGS.get(name)
        if tag == "c":
            self._cell(attributes)
        elif tag in SAYING:
            self.capturing = not self.aside
        elif tag == "f":
            self.formula, self.capturing = "", True
            self.said.clear()
        elif tag == "row":
            before, self.number = self.number, int(attributes.get("r", self.number + 1))
            if not before < self.number <= MOST_ROWS:
                raise damaged()
            self.column, self.cells = -1, []
        elif tag == "rPh":
            # How the letters are spoken, in Japanese: no part of the text.
            self.aside += 1
        elif tag == "mergeCell":
            if len(self.merged) == MOST_MERGED:
                raise oversized()
            self.merged.append(_range(self.places, attributes["ref"]))

    def _cell(self, attributes):
        place = attributes.get("r")
        row, column = self.places.read(place) if place else (self.number, self.column + 1)
        if row != self.number or not self.column < column < MOST_COLUMNS:
            raise damaged()
        self.column = column
        self.type, self.style, self.formula = attributes.get("t", "n"), int(attributes.get("s", 0)), None
        self.said.clear()
        self.size = 0

    def text(self, data):
        if self.capturing:
            self.size += len(data)
            if self.size > 2 * MOST_LETTERS:
                raise _too_long(self.number, self.column)
            self.said.append(data)

    def end(self, name):
        tag = TAGS.get(name)
        if tag in SAYING:
            self.capturing = False
        elif tag == "f":
            self.formula, self.capturing = "".join(self.said), False
            self.said.clear()
        elif tag == "c":
            whole = "".join(self.said)
            # A formula that came to an empty text is an empty cell; one without any result was never computed.
            if (whole and not whole.isspace()) or (self.formula is not None and self.type != "str"):
                self.filled += 1
                self.cells.append(Raw(self.column, self.type, self.style, whole, self.formula))
            self.said.clear()
        elif tag == "row" and self.cells:
            self.ready.append((self.number, self.cells))
        elif tag == "rPh":
            self.aside -= 1


def _too_long(row, column):
    return Unreadable(
        _("Cell %(cell)s holds more than %(most)s characters. Shorten it.")
        % {"cell": f"{get_column_letter(column + 1)}{row}", "most": f"{MOST_LETTERS:,}"},
        code="long",
    )


def _range(places, reference):
    """The Merged range of a reference like "A1:B2"."""
    first, _colon, last = reference.partition(":")
    top, left = places.read(first)
    bottom, right = places.read(last or first)
    return Merged(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


class Reach:
    """Watches that a table stays within the rows and columns that an import takes, in whichever format.

    Rows are counted from the one below the first that has two filled cells, the header, to the last with content:
    titles above do not count.
    """

    def __init__(self, sheet):
        self.sheet = sheet
        self.header = None

    def take(self, number, filled, last_column, shown=None):
        """One more row with content: its number, how many cells are filled, and its last column, from 0.

        `shown` is its number for people, where that differs. Raises Unreadable outside the limits.
        """
        if last_column >= settings.IMPORT_MAX_COLUMNS:
            raise Unreadable(
                _(
                    "%(sheet)s has something in cell %(cell)s, and an import takes %(most)s columns (up to "
                    "%(last)s). Delete the columns that are not needed."
                )
                % {
                    "sheet": self._name(),
                    "cell": f"{get_column_letter(min(last_column, MOST_COLUMNS - 1) + 1)}{shown or number}",
                    "most": settings.IMPORT_MAX_COLUMNS,
                    "last": get_column_letter(settings.IMPORT_MAX_COLUMNS),
                },
                code="columns",
            )
        if self.header is None and filled > 1:
            self.header = number
        if number - (self.header or 0) > settings.IMPORT_MAX_ROWS:
            raise Unreadable(
                _(
                    "%(sheet)s goes on to row %(row)s, and an import takes %(most)s rows below the header. Split it, "
                    "or delete what stands far below the table."
                )
                % {"sheet": self._name(), "row": f"{shown or number:,}", "most": f"{settings.IMPORT_MAX_ROWS:,}"},
                code="rows",
            )

    def _name(self):
        return _("The sheet “%(name)s”") % {"name": self.sheet} if self.sheet else _("The file")


def survey(stream, name):
    """The Survey of the sheet `name`. Raises Unreadable when it is broken or larger than an import takes."""
    merged, width, filled = [], 0, False
    reach = Reach(name)
    for number, cells in raw_rows(stream, merged):
        reach.take(number, len(cells), cells[-1].column)
        width, filled = max(width, cells[-1].column + 1), True
    return Survey(filled, width, sorted(merged, reverse=True))


class MergedCells:
    """Repeats the first cell of each merged range over the range, down the rows as they come.

    A row without content of its own is not made: it is the lower half of the row above it.
    """

    def __init__(self, survey):
        # The last is the next: taken from the end.
        self.waiting = list(survey.merged)
        self.width = survey.width
        # column: (last row, cell)
        self.running = {}

    def spread(self, number, cells):
        """Put into `cells` (a list as wide as the sheet, EMPTY where nothing is) what reaches row `number`."""
        while self.waiting and self.waiting[-1].first_row <= number:
            merged = self.waiting.pop()
            # Of a range that began in a row without content, the first cell is empty.
            if merged.first_row == number and merged.first_column < self.width and cells[merged.first_column].text:
                repeated = (merged.last_row, cells[merged.first_column])
                for column in range(merged.first_column, min(merged.last_column + 1, self.width)):
                    self.running[column] = repeated
        for column in [column for column, (last, _cell) in self.running.items() if last < number]:
            del self.running[column]
        for column, (_last, cell) in self.running.items():
            cells[column] = cell
