"""Dates and floors of spreadsheets as people write them: day first, in figures or words, in English or Urdu."""

import calendar
import datetime as dt
import re
from decimal import Decimal

from django.utils.translation import gettext as _

from .cells import BadCell, bare_of, exact, fold, fold_letters, in_years, is_unknown

MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january jan janvary جنوری",
            "february feb فروری",
            "march mar مارچ",
            "april apr اپریل",
            "may مئی",
            "june jun جون",
            "july jul جولائی",
            "august aug اگست",
            "september sept sep ستمبر",
            "october oct اکتوبر",
            "november nov نومبر",
            "december dec دسمبر",
        ),
        start=1,
    )
    for name in names.split()
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
GAP = r"[-/., ]+"
DAY_FIRST = re.compile(r"(\d{1,2})(?: ?[-/.] ?| )(\d{1,2})(?: ?[-/.] ?| )(\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4}) ?[-/.] ?(\d{1,2}) ?[-/.] ?(\d{1,2})")
COMPACT = re.compile(r"(19|20|21)(\d\d)(\d\d)(\d\d)")
DAY_MONTH = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?(?:{GAP})?({MONTH})(?:{GAP})?(\d{{4}}|\d{{2}})", re.I)
MONTH_DAY = re.compile(rf"({MONTH}){GAP}(\d{{1,2}})(?:st|nd|rd|th)?{GAP}(\d{{4}})", re.I)
MONTH_YEAR = re.compile(rf"({MONTH})(?:{GAP})?(\d{{4}})", re.I)
FIGURES_MONTH_YEAR = re.compile(r"(\d{1,2}) ?[-/.] ?(\d{4})")
YEAR_MONTH = re.compile(r"(\d{4}) ?[-/.] ?(\d{1,2})")
YEAR = re.compile(r"((?:19|20|21)\d\d)")
# Each with the places of year, month and day in it; 0 is none.
FORMS = (
    (YEAR_FIRST, (1, 2, 3)),
    (DAY_FIRST, (3, 2, 1)),
    (DAY_MONTH, (3, 2, 1)),
    (MONTH_DAY, (3, 1, 2)),
    (MONTH_YEAR, (2, 1, 0)),
    (YEAR_MONTH, (1, 2, 0)),
    (FIGURES_MONTH_YEAR, (2, 1, 0)),
    (YEAR, (1, 0, 0)),
)
TIME = re.compile(r"[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?(?:Z|[+-]\d\d:?\d\d)?$", re.I)
WEEKDAY = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[, ]*"
    r"|^(?:پیر|منگل|بدھ|جمعرات|جمعہ|ہفتہ|اتوار)[،, ]+",
    re.I,
)
# Two figures from here on are of the last century.
FIRST_SHORT_YEAR = 70
# A serial counts days from here; the two days before 1 March 1900 that Excel counts wrongly are below the least.
SERIALS_FROM = dt.date(1899, 12, 30)
# From 1927 to the portal's last day: smaller numbers are years or slips.
LEAST_SERIAL, MOST_SERIAL = 10_000, 109_939


def read_day(value):
    """A date from a cell: a date, a serial of Excel, or a text with the day first; None when it says nothing.

    A date that does not give its day is refused, and one with a month above 12, which would be read the American
    way here and the other way in the next row.
    """
    day, precision = read_period(value)
    if day is not None and precision != "day":
        raise BadCell(_("This date does not give its day."), _accepts())
    return day


def read_period(value):
    """(date, precision) with precision day, month or year, as precise as the cell; (None, "") when it says nothing.

    The date of a month or a year is its first day.
    """
    if value is None:
        return None, ""
    if isinstance(value, dt.datetime):
        return in_years(value.date(), _accepts()), "day"
    if isinstance(value, dt.date):
        return in_years(value, _accepts()), "day"
    if isinstance(value, bool):
        raise BadCell(_("This is not a date."), _accepts())
    if isinstance(value, int | float | Decimal):
        return _of_number(exact(value))
    text = fold_letters(bare_of(value)).strip(" .")
    if not text or is_unknown(text):
        return None, ""
    text = WEEKDAY.sub("", TIME.sub("", text.translate({ord("،"): ","}))).strip(" ,")
    return _of_text(text)


def _of_number(number):
    """The day of a serial or of figures like 20240305; a number like 2024 is a year."""
    digits = f"{number:f}"
    if found := COMPACT.fullmatch(digits):
        return _date(found[1] + found[2], found[3], found[4]), "day"
    if LEAST_SERIAL <= number <= MOST_SERIAL:
        return SERIALS_FROM + dt.timedelta(days=int(number)), "day"
    if YEAR.fullmatch(digits):
        return dt.date(int(digits), 1, 1), "year"
    raise BadCell(_("This number is no date."), _accepts())


def _of_text(text):
    if re.fullmatch(r"\d{5,}(?:\.\d+)?|\d+\.0+", text):
        return _of_number(exact(Decimal(text[:20])))
    if re.fullmatch(rf"({MONTH})[-/ ']+\d{{2}}", text, re.I):
        raise BadCell(_("This may be a day of a month or a month of a year."), _accepts())
    for pattern, places in FORMS:
        if found := pattern.fullmatch(text):
            year, month, day = (found[place] if place else None for place in places)
            if pattern is DAY_FIRST and int(month) > 12 >= int(day):
                said = _("The day stands before the month here, and there is no month %(month)s.")
                raise BadCell(said % {"month": month}, _accepts())
            month = MONTHS.get(month.casefold(), month) if month else None
            return _date(year, month or 1, day or 1), "day" if day else "month" if month else "year"
    raise BadCell(_("This is not a date."), _accepts())


def _date(year, month, day):
    """The date, of a year in two or four figures; BadCell for one that no calendar has."""
    short = len(str(year)) == 2
    year, month, day = int(year), int(month), int(day)
    if short:
        year += 2000 if year < FIRST_SHORT_YEAR else 1900
    if not 1 <= month <= 12:
        raise BadCell(_("There is no month %(month)s.") % {"month": month}, _accepts())
    if not 1900 <= year <= 2200:
        raise BadCell(_("The year must be from 1900 to 2200."), _accepts())
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise BadCell(_("That month has no day %(day)s.") % {"day": day}, _accepts())
    return dt.date(year, month, day)


def _accepts():
    return _("A date with the day first, like 5-Mar-2024, 05-03-2024 or 2024-03-05.")


GROUND = {"g", "gf", "g f", "ground", "gr", "grnd", "گراؤنڈ", "گراونڈ", "زمینی"}
BASEMENT = {"b", "basement", "bsmt", "basment", "بیسمنٹ", "تہہ خانہ", "تہ خانہ"}
FLOOR_WORDS = re.compile(r"\b(?:floors?|flr|storey|level)\b|فلور|منزل", re.IGNORECASE)
FLOOR = re.compile(r"(?:f ?|no ?)?(?P<n>\d{1,4})(?:\.0+)? ?(?:st|nd|rd|th)? ?f?")
MINUS = re.compile(r"(?:(?:floor|level) +)?[-−–] ?(?P<n>\d{1,4})(?:\.0+)?", re.IGNORECASE)
BELOW = re.compile(r"(?:b|basement|bsmt|بیسمنٹ) ?(?P<n>\d{1,4})")
ORDINALS = {
    name: number
    for number, names in enumerate(
        (
            "first پہلی pehli",
            "second دوسری",
            "third تیسری",
            "fourth چوتھی",
            "fifth پانچویں",
            "sixth چھٹی",
            "seventh ساتویں",
            "eighth آٹھویں",
            "ninth نویں",
            "tenth دسویں",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ),
        start=1,
    )
    for name in names.split()
}
LEAST_FLOOR, MOST_FLOOR = -5, 150


def read_floor(value):
    """The floor as a whole number, 0 the ground floor and -1 the basement; None when the cell says nothing."""
    accepts = _("A whole number from -5 to 150, G for the ground floor, or B, B2 for basements.")
    if value is None:
        return None
    if isinstance(value, bool | dt.date):
        raise BadCell(_("This is not a floor."), accepts)
    if isinstance(value, int | float | Decimal):
        number = exact(value)
        if number != number.to_integral_value():
            raise BadCell(_("This is not a floor."), accepts)
        return _in_range(int(number), accepts)
    text = bare_of(value)
    if not text or is_unknown(text):
        return None
    return _in_range(_floor_of(text, accepts), accepts)


def _floor_of(text, accepts):
    """The floor that a text is, of any number."""
    if found := MINUS.fullmatch(text):
        return -int(found["n"])
    words = fold(FLOOR_WORDS.sub(" ", re.sub(r"\.0+$", "", text)))
    if words in GROUND | BASEMENT:
        return 0 if words in GROUND else -1
    if found := BELOW.fullmatch(words):
        return -int(found["n"])
    if found := FLOOR.fullmatch(words):
        return int(found["n"])
    if words in ORDINALS:
        return ORDINALS[words]
    several = len(re.findall(r"\d+", words)) > 1
    raise BadCell(
        _("These are several floors, and a suite stands on one.") if several else _("This is not a floor."), accepts
    )


def _in_range(floor, accepts):
    if not LEAST_FLOOR <= floor <= MOST_FLOOR:
        raise BadCell(_("The floor is from -5 to 150; 0 is the ground floor."), accepts)
    return floor
