"""Columns of numbers: areas, money, percents, degrees, and plain ones."""

import re
from decimal import Decimal

from django.utils.translation import gettext as _

from .cells import TENS, BadCell, bare_of, is_unknown, read_area, read_money, read_number, read_percent, rounded
from .columns import Column
from .text import MARKS, MOST_PKR, MOST_SQFT
from .words import rupees_text, sqft_text


class NumberColumn(Column):
    """A number with `places` decimals, from `least` to `most`, both inclusive. `words` may follow it, as “months”."""

    def __init__(self, key, label, *, places=0, least=0, most=2**31 - 1, words="", example="12", **kwargs):
        super().__init__(key, label, **kwargs)
        self.places, self.least, self.most, self.example = places, Decimal(least), Decimal(most), example
        self.after = re.compile(rf" ?(?:{words})\.?$", re.IGNORECASE) if words else None

    def convert(self, value, text, unit):
        if isinstance(value, str):
            value = bare_of(value)
            if self.after:
                value = self.after.sub("", value) or "?!"
        number = read_number(value, places=self.places or 6, least=self.least, most=self.most, accepts=self.accepts())
        if number is None or self.places:
            return number
        if number != number.to_integral_value():
            raise BadCell(_("This is not a whole number."), self.accepts())
        return int(number)

    def pack(self, value):
        return f"{rounded(value, self.places):f}" if isinstance(value, Decimal) else value

    def unpack(self, value):
        return Decimal(value) if isinstance(value, str) else value

    def put(self, value):
        return rounded(Decimal(value), self.places) if self.places else value

    def say(self, value):
        return "" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else f"{value:,}"

    def accepts(self):
        limits = {"least": f"{self.least:,f}", "most": f"{self.most:,f}", "example": self.example}
        kind = _("A number") if self.places else _("A whole number")
        return kind + " " + _("from %(least)s to %(most)s, like %(example)s.") % limits


class AreaColumn(NumberColumn):
    """An area, kept in sq ft with two places. The heading or the cell may say sq m or sq yd."""

    units = ("sqft", "sqm", "sqyd", "marla", "kanal", "acre")

    def __init__(self, key, label, **kwargs):
        super().__init__(key, label, places=2, most=MOST_SQFT, **kwargs)

    def convert(self, value, text, unit):
        return read_area(value, text, unit, most=self.most)

    def say(self, value):
        return sqft_text(value)

    def accepts(self):
        return _("Square feet, like 1,200; square metres with their unit, like 110 sq m.")


class MoneyColumn(NumberColumn):
    """An amount in PKR with two places. A heading that says “in thousand”, “lakh” and the like multiplies."""

    units = tuple(TENS)

    def __init__(self, key, label, *, units=(), **kwargs):
        super().__init__(key, label, places=2, most=MOST_PKR, **kwargs)
        self.units = (*type(self).units, *units)

    def convert(self, value, text, unit):
        times = next((TENS[word] for word in unit.split() if word in TENS), 1)
        return read_money(value, most=self.most, times=times)

    def say(self, value):
        return rupees_text(value)

    def accepts(self):
        return _("An amount in rupees, like 95,000, 1,20,000 or 1.2 crore; 0 for none.")


class PercentColumn(NumberColumn):
    """Percents with two places: 10 is 10%."""

    units = ("percent", "a_year")

    def __init__(self, key, label, **kwargs):
        super().__init__(key, label, places=2, most=100, **kwargs)

    def convert(self, value, text, unit):
        return read_percent(value, text)

    def put(self, value):
        """A number; below 1 a text with its sign, because there Excel's own percents and bare numbers meet."""
        value = rounded(value, 2)
        return f"{value:f}%" if 0 < value < 1 else value

    def say(self, value):
        return "" if value is None else f"{value.normalize():f}%"

    def accepts(self):
        return _("Percents, like 10 or 7.5%.")


class DegreesColumn(NumberColumn):
    """Latitude or longitude with five places; “31.4187° N” and degrees, minutes and seconds are read."""

    FORM = re.compile(
        r"(?P<d>[0-9]{1,3}(?:\.[0-9]+)?) ?[°º]?"
        r"(?: ?(?P<m>[0-9]{1,2}(?:\.[0-9]+)?) ?['′’](?: ?(?P<s>[0-9]{1,2}(?:\.[0-9]+)?) ?(?:[\"″”]|'')?)?)? ?[NnEe]?"
    )

    def __init__(self, key, label, **kwargs):
        super().__init__(key, label, places=5, **kwargs)

    def convert(self, value, text, unit):
        if isinstance(value, str):
            line = bare_of(value).translate(MARKS)
            if is_unknown(line):
                return None
            found = self.FORM.fullmatch(line)
            if not found:
                raise BadCell(_("These are not degrees."), self.accepts())
            value = sum(Decimal(found[part] or 0) / over for part, over in (("d", 1), ("m", 60), ("s", 3600)))
        return super().convert(value, text, unit)
