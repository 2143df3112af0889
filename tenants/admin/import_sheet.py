"""How an uploaded sheet looks: where its headings stand, what is under them, and what each is taken for."""

from dataclasses import dataclass, field
from itertools import islice

from django.utils.translation import gettext as _

from stp_portal.kit.cells import TENS, said_unit
from stp_portal.kit.text import clean_line
from tenants.importing.headers import TOP_ROWS, find_header, recognise, remembered, texts_of, unit_of
from tenants.importing.reading import Unreadable, open_source
from tenants.models.batch import LEFT_OUT

# Rows below the headings from which samples are taken.
SAMPLED_ROWS = 200
MOST_SAMPLES = 3
# One word may stand on any sheet: so many known headings make it a register.
LEAST_KNOWN = 2
MOST_TRIED_SHEETS = 20
MOST_SAMPLE = 60
MOST_SHOWN_CELLS = 6
AREAS = ("sqm", "sqyd", "marla", "kanal", "acre")


def letter(place):
    """The name that a spreadsheet gives a column, whose place is counted from 0: A, Z, AA."""
    name, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        name = chr(ord("A") + digit) + name
    return name


@dataclass(frozen=True)
class Heading:
    """One column of the sheet. `guess` is the key of what it is taken for, LEFT_OUT or empty; `known_by` says
    whether staff once chose it ("remembered") or its name tells ("recognised")."""

    place: int
    text: str
    samples: tuple
    guess: str
    known_by: str
    unit: str

    @property
    def unit_words(self):
        """What the heading's unit does to the values below it; empty without one."""
        words = [word for word in self.unit.split() if word in AREAS or word in TENS]
        if not words:
            return ""
        if words[0] in AREAS:
            return _("in %(unit)s: counted as sq ft") % {"unit": said_unit(words[0])}
        return _("in %(unit)s: counted as rupees") % {"unit": said_unit(words[0])}

    @property
    def letter(self):
        """The column as a spreadsheet names it."""
        return letter(self.place)

    @property
    def name(self):
        """The heading, or words for one that has none."""
        return self.text or _("column %(letter)s, without a heading") % {"letter": self.letter}


@dataclass(frozen=True)
class Look:
    """A sheet with its headings. `top` are pairs of row number and texts of the first rows; `header_row` is None
    where no row of them can be headings."""

    sheet: str
    header_row: int | None
    headings: list = field(default_factory=list)
    top: list = field(default_factory=list)
    cells: list = field(default_factory=list)


def sheets_of(batch):
    """Names of the sheets of the file, and the set of those that are hidden. Raises Unreadable."""
    with batch.file.open("rb") as file, open_source(file, batch.filename) as source:
        return list(source.sheets), set(source.hidden)


def first_known(batch, names):
    """The first of the sheets `names` with a row of headings that the portal knows; None without one.

    Raises Unreadable when the file cannot be read; a sheet that cannot is passed over.
    """
    with batch.file.open("rb") as file, open_source(file, batch.filename) as source:
        return next((name for name in names[:MOST_TRIED_SHEETS] if _is_known(source, name, batch.kind)), None)


def _is_known(source, sheet, kind):
    try:
        found = find_header(list(islice(source.rows(sheet), TOP_ROWS)), kind)
    except Unreadable:
        return False
    return found is not None and len(set(recognise(kind, found[1]).values())) >= LEAST_KNOWN


def look(batch, sheet, header_row=None):
    """The Look of `sheet`; `header_row` is the row that staff say has the headings, else it is found.

    Raises Unreadable when the file or the sheet cannot be read, or the row is not one of the first.
    """
    with batch.file.open("rb") as file, open_source(file, batch.filename) as source:
        rows = list(islice(source.rows(sheet), TOP_ROWS + SAMPLED_ROWS))
    top = [(row.number, texts_of(row)) for row in rows[:TOP_ROWS]]
    shown = [(number, [text for text in texts if text][:MOST_SHOWN_CELLS]) for number, texts in top]
    if not rows:
        raise Unreadable(_("This sheet is empty. Choose another one, or upload another file."))
    if header_row is None:
        header_row = _found(rows, batch.kind)
    cells = next((texts for number, texts in top if number == header_row), None)
    if cells is None:
        return Look(sheet, None, top=shown)
    below = [row.cells for row in rows if row.number > header_row]
    width = max([len(cells), *(len(row) for row in below)])
    cells = [*cells, *[""] * (width - len(cells))]
    return Look(sheet, header_row, _headings(batch.kind, cells, below), shown, cells)


def _found(rows, kind):
    found = find_header(rows[:TOP_ROWS], kind)
    return found[0] if found else None


def _headings(kind, cells, below):
    """A Heading for each column that has a name or a value."""
    staff, named = remembered(kind, cells), recognise(kind, cells)
    found = []
    for place, text in enumerate(cells):
        samples = _samples(row[place] for row in below if place < len(row))
        if not text and not samples:
            continue
        key = staff.get(place) or named.get(place) or ""
        known_by = "remembered" if place in staff else "recognised" if key else ""
        found.append(Heading(place, text, samples, key, known_by, unit_of(text)))
    return found


def _samples(cells):
    """The first few different texts, each cut to what a narrow column holds."""
    seen = dict.fromkeys(text for text in (clean_line(cell.text) for cell in cells) if text)
    return tuple(
        text if len(text) <= MOST_SAMPLE else f"{text[: MOST_SAMPLE - 1]}…" for text in islice(seen, MOST_SAMPLES)
    )


def unnamed_places(look_):
    """Places of columns that have neither heading nor value: there is nothing to choose."""
    shown = {heading.place for heading in look_.headings}
    return {str(place): LEFT_OUT for place in range(len(look_.cells)) if place not in shown}
