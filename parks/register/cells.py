"""The cells of one row as values: dates, numbers, choices. What cannot be read becomes a problem."""

import calendar
import datetime as dt
import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from parks.models.base import EAST, FIRST_DATE, LAST_DATE, NORTH, SOUTH, WEST
from stp_portal.kit.text import clean_line

from .report import Problem

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
# The form of a date's text says its precision; the parts that are missing are 1.
FORMS = {
    "day": re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
    "month": re.compile(r"([0-9]{4})-([0-9]{2})"),
    "year": re.compile(r"([0-9]{4})"),
}
ANSWERS = {"": None, "yes": True, "no": False}
is_web_address = URLValidator(schemes=["http", "https"])


class Cells:
    """Reads one row. Each method returns a value, or notes a problem and returns its empty value."""

    def __init__(self, file, row):
        self.file, self.row, self.cells = file, row.number, row.cells
        self.problems = []

    def bad(self, column, reason):
        """Note that this cell cannot be loaded, and why."""
        self.problems.append(Problem(self.file, self.row, column, self.cells[column], reason))

    def text(self, column):
        """The text on one line; '' when empty."""
        return clean_line(self.cells[column])

    def block(self, column):
        """The text with its line breaks; '' when empty."""
        return self.cells[column]

    def required(self, column):
        """The text on one line, which must not be empty."""
        if not self.cells[column]:
            self.bad(column, _("This cell must not be empty."))
        return clean_line(self.cells[column])

    def choice(self, column, choices, *, required=False):
        """One of the values of a Django choices class, or '' when it may be empty."""
        text = self.required(column) if required else self.cells[column]
        if text and text not in choices.values:
            self.bad(column, _("This must be one of: %s.") % ", ".join(choices.values))
        return text

    def answer(self, column):
        """True for yes, False for no, None when empty."""
        if self.cells[column] not in ANSWERS:
            self.bad(column, _("This must be yes, no or empty."))
        return ANSWERS.get(self.cells[column])

    def address(self, column, *, required=False):
        """The web address of a source, or '' when it may be empty."""
        text = self.required(column) if required else self.cells[column]
        if text:
            try:
                is_web_address(text)
            except ValidationError:
                self.bad(column, _("This must be a web address that begins with https:// or http://."))
        return text

    def number(self, column, *, places=0, above=None):
        """A plain number without separators, with at most `places` decimals; None when empty."""
        text = self.cells[column]
        if not text:
            return None
        form = NUMBER.fullmatch(text)
        if not form:
            self.bad(column, _("This must be a plain number such as 1200, without separators or units."))
            return None
        if len((form[1] or ".")[1:]) > places:
            self.bad(column, _("This number may have at most %d decimals.") % places)
            return None
        value = Decimal(text)
        if above is not None and value <= above:
            self.bad(column, _("This number must be above %d.") % above)
        elif above is None and not places and value < 0:
            self.bad(column, _("This number must not be below 0."))
        return value if places else int(value)

    def coordinates(self):
        """Latitude and longitude in degrees: both, inside the country's box, or neither."""
        values = []
        for column, low, high in (("latitude", SOUTH, NORTH), ("longitude", WEST, EAST)):
            value = self.number(column, places=5)
            if value is not None and not low <= value <= high:
                box = {"low": low, "high": high}
                self.bad(column, _("This is outside Pakistan, where it is from %(low)s to %(high)s.") % box)
            values.append(value)
        if bool(self.cells["latitude"]) != bool(self.cells["longitude"]):
            self.bad("longitude" if self.cells["latitude"] else "latitude", _("Give both coordinates or neither."))
        return tuple(values)

    def day(self, column):
        """A date with its day; None when empty."""
        return self.dated(column, None)[0]

    def dated(self, column, precision_column, *, required=False):
        """A date as the first day of its period, and its precision: `(date, precision)` or `(None, '')`.

        Without a precision column the date must give its day.
        """
        text = self.required(column) if required else self.cells[column]
        precision = self.cells[precision_column] if precision_column else ("day" if text else "")
        if precision and precision not in FORMS:
            self.bad(precision_column, _("This must be one of: %s.") % ", ".join(FORMS))
            return None, ""
        if not text:
            if precision and not required:
                self.bad(precision_column, _("There is no date that this could be the precision of."))
            return None, ""
        fitting = [(name, form.fullmatch(text)) for name, form in FORMS.items()]
        found, parts = next(((name, form) for name, form in fitting if form), ("", None))
        date = _date(parts) if parts else None
        if date is None:
            self.bad(column, _("This must be a real date such as 2021-05-20, 2021-05 or 2021."))
        elif not FIRST_DATE <= date <= LAST_DATE:
            self.bad(column, _("The year must be from 1900 to 2200."))
        elif precision_column is None and found != "day":
            self.bad(column, _("This date must give its day, such as 2021-05-20."))
        elif found != precision:
            self.bad(precision_column, _("The date has the precision “%s”.") % found)
        return (date, precision) if date else (None, "")


def _date(parts):
    year, month, day = (*(int(part) for part in parts.groups()), 1, 1)[:3]
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return dt.date(year, month, day)
