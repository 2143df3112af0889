"""The columns of a file: one object reads a column when it comes in, writes it when it goes out, and says its values.

A column is a field of django-import-export. `read` takes a cell as `tenants.importing.reading` gives it (something
with `value` and `text`) or a plain value, and returns what the register keeps; None is an empty cell.
"""

import datetime as dt
import re
from operator import attrgetter
from typing import NamedTuple

from django.utils.translation import gettext as _
from import_export.fields import Field

from .cell_dates import read_day, read_floor, read_period
from .cells import (
    LOST,
    BadCell,
    fold,
    is_unknown,
    line_of,
    plain_block,
    read_yes_no,
    said_unit,
)
from .export import without_apostrophe
from .text import ascii_digits, clean_block, clean_line
from .words import dated, floor_text

# What no text of the register may hold: the number of an identity card, as it is printed.
CNIC = re.compile(r"(?<![0-9-])[0-9]{5} ?[-–] ?[0-9]{7} ?[-–] ?[0-9](?![0-9-])")


class Period(NamedTuple):
    """A date as precisely as it is known: the first day of its period, and "day", "month" or "year"."""

    on: dt.date
    precision: str

    def __str__(self):
        return self.on.isoformat()[: {"day": 10, "month": 7, "year": 4}[self.precision]]


class Column(Field):
    """One column of a file.

    `required`: a new row needs it. `derived`: exported because the screen shows it, and left alone on import.
    `permission`: who may see it, like "tenants.view_companycontact"; "" is everyone who may see the row.
    `choices`: (value, label) pairs, None where any value is possible. `empty`: what the register keeps for None.
    `get(row)` gives the value that a row of the register has, None for an empty one.
    """

    choices = None
    # Whether a spreadsheet should keep what is typed into the column as text.
    is_text = False
    # Of a heading's units, those that this column understands; others in its heading are refused.
    units = ()

    def __init__(
        self, key, label, *, get, aliases=(), required=False, derived=False, permission="", help="", empty=None
    ):
        super().__init__(attribute=key, column_name=key, readonly=derived)
        self.key, self.label, self.aliases, self.get = key, label, tuple(aliases), get
        self.required, self.derived, self.permission = required, derived, permission
        self.help, self.empty = help, empty

    # --- reading

    def read(self, cell, unit=""):
        """The value of a cell, None when it is empty. `unit` is what `unit_of` found in the heading.

        Raises BadCell with a sentence for what cannot be read and one for what would be.
        """
        value, text = getattr(cell, "value", cell), getattr(cell, "text", "")
        if problem := getattr(cell, "problem", ""):
            raise BadCell(problem, self.accepts())
        if isinstance(value, str) and not clean_line(value):
            value = None
        if value is None:
            return None
        if foreign := [word for word in unit.split() if word not in self.units]:
            raise BadCell(_("The heading says “%(unit)s”.") % {"unit": said_unit(foreign[0])}, self.accepts())
        return self.convert(value, text, unit)

    def convert(self, value, text, unit):
        """The value of a filled cell; BadCell when it cannot be read."""
        raise NotImplementedError

    def accepts(self):
        """What would be read, in a sentence."""
        return self.help

    def clean(self, row, **kwargs):
        """As `read`, from a mapping by column key: the way django-import-export asks."""
        return self.read(row[self.column_name])

    # --- writing

    def get_value(self, row):
        """What the register has in this column of `row`, in the form in which `read` gives it; None when empty."""
        value = self.get(row)
        return None if value == "" else value

    def of(self, row):
        """The value for a file, in a form that `read` gives back: None, bool, int, Decimal, date or text."""
        value = self.get_value(row)
        return None if value is None else self.put(value)

    def export(self, row, **kwargs):
        """As `of`: the way django-import-export asks."""
        return self.of(row)

    def put(self, value):
        """A value as a file has it."""
        return value

    def same(self, old, new):
        """Whether `new`, as read, says what the register has. Spaces and unseen characters that reading takes out
        are no difference, nor are zeros behind the point."""
        return (None if old == "" else old) == (None if new == "" else new)

    # --- telling and keeping

    def say(self, value):
        """The value for people; "" for None."""
        return "" if value is None or value == "" else str(value)

    def pack(self, value):
        """The value as JSON has it; `unpack` gives it back exactly."""
        return value

    def unpack(self, value):
        """The value that `pack` made `value` of."""
        return value


class TextColumn(Column):
    """Text. `lines` tells that it may have several; `most` is its limit in characters."""

    is_text = True

    def __init__(self, key, label, *, most=None, lines=False, **kwargs):
        super().__init__(key, label, **({"empty": ""} | kwargs))
        self.most, self.lines = most, lines

    def convert(self, value, text, unit):
        return self.checked(self.tidy(self.bare(value, text)))

    def bare(self, value, text):
        """The cell as text: numbers without the zeros behind the point, dates as the file shows them."""
        if isinstance(value, str):
            return without_apostrophe(value)
        if isinstance(value, dt.date):
            return text or value.isoformat()
        return line_of(value)

    def tidy(self, text):
        """The text as the register keeps it."""
        return clean_block(text) if self.lines else clean_line(text)

    def checked(self, text):
        """The text, when it is short enough and holds no CNIC; None when it is empty."""
        if self.most and len(text) > self.most:
            raise BadCell(
                _("This has %(n)s characters.") % {"n": f"{len(text):,}"},
                _("At most %(most)s characters.") % {"most": f"{self.most:,}"},
            )
        if CNIC.search(ascii_digits(text)):
            raise BadCell(
                _("This holds the number of an identity card (CNIC), which this portal never keeps."),
                _("The same text without that number."),
                secret=True,
            )
        return text or None

    def put(self, value):
        """The text, with an apostrophe in front where without one `read` would take something else from it."""
        text = plain_block(value)
        try:
            back = self.tidy(self.bare(text, ""))
        except BadCell:
            back = None
        return text if back == self.tidy(text) else f"'{text}"

    def same(self, old, new):
        return self.tidy(old or "") == self.tidy(new or "")

    def accepts(self):
        return self.help or _("Text.")


class NumberTextColumn(TextColumn):
    """Text that often looks like a number, such as a suite's: 101, 101.0 and “101” are one."""

    def bare(self, value, text):
        if isinstance(value, dt.date):
            raise BadCell(_("The spreadsheet has made a date of this."), self.accepts())
        if not isinstance(value, str):
            return line_of(value)
        line = ascii_digits(clean_line(value))
        if line != without_apostrophe(line) or re.match("'+[0-9]", line):
            return line[1:]
        if re.fullmatch(r"[0-9]+\.0+", line):
            return line.partition(".")[0]
        if LOST.fullmatch(line) and "+" in line:
            raise BadCell(_("The spreadsheet has shortened this number; its last digits are lost."), self.accepts())
        return line

    def tidy(self, text):
        return clean_line(ascii_digits(text))

    def accepts(self):
        return self.help or _("Text; format the column as text in Excel, so that 1-2 and 007 stay as they are.")


class CodeColumn(TextColumn):
    """A code of the form `form`, also with words behind it as a drop-down has them; any other text is a name."""

    def __init__(self, key, label, *, form, **kwargs):
        super().__init__(key, label, **({"empty": None, "most": 200} | kwargs))
        self.form = re.compile(rf"({form})(?![\w-]).*", re.IGNORECASE)

    def checked(self, text):
        found = self.form.fullmatch(text)
        return super().checked(found[1].upper() if found else text)


class ChoiceColumn(Column):
    """One of a few values. A value, its label or one of `words` (value: other words) is read, whatever its case."""

    def __init__(self, key, label, *, choices, words=None, **kwargs):
        super().__init__(key, label, **({"empty": ""} | kwargs))
        self.choices = [(str(value), label) for value, label in choices if value]
        self.words = {fold(word): str(value) for value, others in (words or {}).items() for word in others}

    def convert(self, value, text, unit):
        folded = fold(line_of(value))
        for choice, label in self.choices:
            if folded in (fold(choice), fold(label)):
                return choice
        if folded in self.words:
            return self.words[folded]
        if is_unknown(line_of(value)):
            return None
        raise BadCell(_("This is not in the list."), self.accepts())

    def put(self, value):
        return str(dict(self.choices).get(value, value))

    def say(self, value):
        return "" if not value else self.put(value)

    def accepts(self):
        return _("One of: %(choices)s.") % {"choices": ", ".join(str(label) for _value, label in self.choices)}


class YesNoColumn(Column):
    """Yes, no, or empty for not known."""

    @property
    def choices(self):
        """What the drop-down offers."""
        return [("yes", _("yes")), ("no", _("no"))]

    def convert(self, value, text, unit):
        return read_yes_no(value)

    def put(self, value):
        return "yes" if value else "no"

    def say(self, value):
        return "" if value is None else _("yes") if value else _("no")

    def accepts(self):
        return _("yes or no; ہاں or نہیں; empty when it is not known.")


class DateColumn(Column):
    """A day."""

    def convert(self, value, text, unit):
        return read_day(value)

    def pack(self, value):
        return None if value is None else value.isoformat()

    def unpack(self, value):
        return None if value is None else dt.date.fromisoformat(value)

    def say(self, value):
        return dated(value)

    def accepts(self):
        return _("A date with the day first, like 5-Mar-2024, 05-03-2024 or 2024-03-05.")


class PeriodColumn(Column):
    """A date known to the day, the month or the year: a `Period`."""

    def convert(self, value, text, unit):
        on, precision = read_period(value)
        return Period(on, precision) if on else None

    def put(self, value):
        return value.on if value.precision == "day" else str(value)

    def pack(self, value):
        return None if value is None else str(value)

    def unpack(self, value):
        if value is None:
            return None
        precision = {10: "day", 7: "month", 4: "year"}[len(value)]
        return Period(dt.date.fromisoformat((value + "-01-01")[:10]), precision)

    @staticmethod
    def of_parts(on, precision):
        """The Period of a date, also as an ISO text, and its precision; None without a date."""
        on = dt.date.fromisoformat(on) if isinstance(on, str) else on
        return Period(on, precision) if on else None

    def say(self, value):
        return dated(*value) if value else ""

    def accepts(self):
        return _("A date, like 5-Mar-2024; or a month or a year where the day is not known, like 2024-03 or 2024.")


class FloorColumn(Column):
    """A floor: 0 is the ground floor, -1 the basement."""

    def convert(self, value, text, unit):
        return read_floor(value)

    def say(self, value):
        return "" if value is None else floor_text(value)

    def accepts(self):
        return _("A whole number from -5 to 150, G for the ground floor, or B, B2 for basements.")


class DerivedColumn(Column):
    """What the screen shows and nobody types: exported, recognised on import and left alone."""

    def __init__(self, key, label, *, get=None, aliases=()):
        super().__init__(key, label, get=get or (lambda row: getattr(row, key)), aliases=aliases, derived=True)

    def convert(self, value, text, unit):
        """None: nothing is taken from the cell, whatever stands in it."""
        return None

    def read(self, cell, unit=""):
        return None


class OfModel:
    """Makes columns of a model's fields: their names, limits, help and what stands for empty are the field's."""

    def __init__(self, model):
        self.model = model

    def label(self, name):
        """The field's name for people."""
        return self.model._meta.get_field(name).verbose_name

    def __call__(self, column, name, **kwargs):
        field = self.model._meta.get_field(name)
        given = {"get": attrgetter(name), "help": field.help_text, "empty": None if field.null else ""}
        if issubclass(column, TextColumn) and not field.is_relation:
            given["most"] = field.max_length
        return column(name, field.verbose_name, **(given | kwargs))
