"""One cell of a spreadsheet as a value: numbers, areas, money, dates and answers as people in Pakistan write them.

What is given is a plain value or a text. What can be read in two ways is refused with what would be accepted.
"""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from .dates import FIRST_DATE, LAST_DATE
from .text import BREAKS, MARKS, ascii_digits, clean_line, strip_unseen

SQFT_IN = {"sqft": Decimal(1), "sqm": Decimal("10.7639104167"), "sqyd": Decimal(9)}
# Excel shows no more digits of a number than these; what stands behind them is the error of binary fractions.
DIGITS_OF_EXCEL = 15
# Twenty digits are above every limit, and no longer number is worth computing.
MOST_DIGITS = 20
MOST_TEXT = 200
TENS = {
    "thousand": 10**3,
    "lakh": 10**5,
    "million": 10**6,
    "crore": 10**7,
    "billion": 10**9,
}
# How people write the words for tens, the longest first, so that “cr” does not cut “crore” short.
TENS_WORDS = {
    "thousand": r"thousands?|hazar|ہزار|k",
    "lakh": r"lakhs?|lacs?|لاکھ",
    "million": r"millions?|mln|mn",
    "crore": r"crores?|cr\.?|کروڑ",
    "billion": r"billions?|bn|arab|ارب",
}
UNIT_WORDS = {
    "sqft": r"sq\.? ?\.?(?:ft|feet|foot)s?\.?|square[ -]?(?:feet|foot)|s\.? ?ft\.?|sqf|ft²|ft2|feet²|"
    r"مربع فٹ|مربع فیٹ|اسکوائر فٹ|اسکوائر فیٹ",
    "sqm": r"sq\.? ?\.?(?:metres?|meters?|mtrs?|mt|m)\.?|square[ -]?(?:metres?|meters?)|sqmtrs?\.?|s\.?q\.?m\.?|m²|m2|"
    r"مربع میٹر|اسکوائر میٹر",
    "sqyd": r"sq\.? ?\.?(?:yards?|yds?)\.?|square[ -]?yards?|gaz|yd²|مربع گز|گز",
    "marla": r"marlas?|مرلہ|مرلے",
    "kanal": r"kanals?|کنال",
    "acre": r"acres?|ایکڑ",
}
UNITS = re.compile("|".join(rf"(?P<{unit}>{words})(?![A-Za-z])" for unit, words in UNIT_WORDS.items()), re.IGNORECASE)
# 1200, 1,200, 120,000 and 1,20,000, with decimals; a minus of any kind, or the accountants' brackets.
NUMBER = (
    r"(?P<sign>[-−–]?) ?(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})?"
    r"(?P<part>\.[0-9]+)?"
)
PLAIN = re.compile(NUMBER)
TENFOLD = re.compile(
    r"(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+) ?(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in TENS_WORDS.items())
    + r")(?![^\W_])",
    re.IGNORECASE,
)
LOST = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
# What stands in a cell of which nothing is known. In a column of text it is a text.
UNKNOWN = {
    *("-", "–", "—", "--", "---", "n/a", "na", "n.a.", "n.a", "#n/a", "?"),
    *("not reported", "not known", "unknown", "not available yet", "tbd", "tba", "blank", "(blank)"),
    *("نامعلوم", "معلوم نہیں"),
}


class BadCell(ValueError):
    """A cell that cannot be read: `reason` and `accepts` (what would be read) are sentences.

    `secret` tells that the cell holds what must not be kept, so that no report repeats it.
    """

    def __init__(self, reason, accepts="", *, secret=False):
        super().__init__(str(reason))
        self.reason, self.accepts, self.secret = str(reason), str(accepts), secret


def line_of(value):
    """The text of a cell on one line, with plain digits; numbers as Excel shows them. Empty for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        return f"{exact(value):f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return clean_line(ascii_digits(str(value)[: MOST_TEXT * 5]))


def bare_of(value):
    """The text of a cell that holds no text of its own, on one line: without the apostrophe by which a spreadsheet is
    told to leave it alone."""
    return line_of(value).removeprefix("'")


def is_unknown(text):
    """Whether a text, on one line, says that nothing is known."""
    return text.casefold() in UNKNOWN


def exact(number):
    """A number of a spreadsheet as a Decimal, without the error of its binary fraction."""
    if isinstance(number, Decimal):
        value = number
    elif isinstance(number, int):
        value = Decimal(number)
    else:
        value = Decimal(f"{number:.{DIGITS_OF_EXCEL}g}")
    if not value.is_finite():
        raise BadCell(_("This is not a number."), _("A number, like 1,200."))
    whole = value.to_integral_value()
    return whole.quantize(Decimal(1)) if value == whole and abs(value) < 10**MOST_DIGITS else value


def rounded(value, places):
    """Half up at the last of `places` decimals: 0.005 becomes 0.01."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def number_in(text, accepts):
    """The Decimal that a text is: “1,200”, “1,20,000”, “1.2 crore”, “1 crore 20 lakh”, “۱۲۰۰”. May be negative.

    Raises BadCell with `accepts` for everything else.
    """
    text = text.translate(MARKS).strip()
    if (tens := _tens(text)) is not None:
        return tens
    bracketed = text.startswith("(") and text.endswith(")")
    found = PLAIN.fullmatch(text[1:-1].strip() if bracketed else text)
    if found is None or not (found["whole"] or found["part"]):
        if LOST.fullmatch(text):
            raise BadCell(_("The spreadsheet has shortened this number; its last digits are lost."), accepts)
        if re.fullmatch(r"[0-9.]+,[0-9]{1,2}|[0-9]{1,3}(\.[0-9]{3}){2,}", text):
            raise BadCell(_("Commas part thousands and lakhs here, and a point parts decimals."), accepts)
        if re.fullmatch(r"[0-9][0-9,.]* ?(?:-|–|to) ?[0-9][0-9,.]*", text):
            raise BadCell(_("This is a range, and one number is needed."), accepts)
        raise BadCell(_("This is not a number."), accepts)
    if found["whole"] and "," not in found["whole"] and re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", text):
        raise BadCell(
            _("This may mean %(one)s or %(other)s.") % {"one": text, "other": text.replace(".", ",")}, accepts
        )
    value = Decimal((found["whole"] or "0").replace(",", "")[:MOST_DIGITS] + (found["part"] or "")[:MOST_DIGITS])
    return -value if found["sign"] or bracketed else value


def _tens(text):
    """The sum of “1 crore 20 lakh”, each part smaller than the one before; None where the text is not so."""
    total, last, place = Decimal(0), None, 0
    for found in TENFOLD.finditer(text):
        word = next(unit for unit in TENS if found[unit])
        number = PLAIN.fullmatch(found["number"])
        between = text[place : found.start()].strip(" ,").casefold()
        if number is None or between not in {"", "and"} or (last and TENS[word] >= TENS[last]):
            return None
        total += Decimal((number["whole"] or "0").replace(",", "")[:MOST_DIGITS] + (number["part"] or "")) * TENS[word]
        last, place = word, found.end()
    return total if last and not text[place:].strip() else None


def read_number(value, *, places, least, most, accepts, times=1):
    """A Decimal with `places` decimals, rounded half up, from `least` to `most`; None when the cell says nothing.

    Raises BadCell with `accepts` for what is no number and for one out of range.
    """
    if value is None:
        return None
    if isinstance(value, bool | dt.date):
        raise BadCell(_("This is not a number."), accepts)
    if isinstance(value, str):
        text = bare_of(value)
        if not text or is_unknown(text):
            return None
        number = number_in(text, accepts)
    else:
        number = exact(value)
    number = number * times
    if number < 0 <= least:
        raise BadCell(_("This cannot be negative."), accepts)
    if not -(10**MOST_DIGITS) < number < 10**MOST_DIGITS:
        raise BadCell(_("This number is too large."), accepts)
    number = rounded(number, places)
    if not least <= number <= most:
        limits = {"least": f"{least:,f}", "most": f"{most:,f}"}
        raise BadCell(_("This is not from %(least)s to %(most)s.") % limits, accepts)
    return number


def unit_in(text):
    """(unit, the text without it): the unit of area that a text holds, "" without one."""
    found = UNITS.search(text)
    if found is None:
        return "", text
    before, after = text[: found.start()], text[found.end() :]
    # A unit is a word of its own: the “sft” of “Asft” is none.
    if (before and before[-1].isalpha()) or (after and after[0].isalnum()):
        return "", text
    return found.lastgroup, f"{before} {after}".strip()


def read_area(value, text, unit, *, most):
    """The area in sq ft, two places, from a cell and the unit of its heading; the cell's own unit goes first."""
    accepts = _("Square feet, like 1,200; square metres with their unit, like 110 sq m.")
    shown = line_of(text if text and not isinstance(value, str) else value)
    own, rest = unit_in(shown.removeprefix("'"))
    unit = own or unit or "sqft"
    if unit in ("marla", "kanal"):
        raise BadCell(_("A marla is 225 sq ft in some places and 272.25 in others, and a kanal is 20 marlas."), accepts)
    if unit not in SQFT_IN:
        raise BadCell(_("This unit of area is not read."), accepts)
    if isinstance(value, str):
        value = rest
        if own and not rest:
            raise BadCell(_("This is a unit without a number."), accepts)
    number = read_number(value, places=2, least=0, most=most, accepts=accepts, times=SQFT_IN[unit])
    if number is not None and number < 1:
        raise BadCell(_("The area must be 1 sq ft or more; leave it empty when it is not known."), accepts)
    return number


RUPEES = re.compile(r"^(?:(?:rs|pkr|rupees?|re|₨|روپے|روپیہ)[.:]* ?)+|(?:pkr|rupees?|rs\.?|روپے|روپیہ)$", re.IGNORECASE)
FOREIGN = re.compile(r"\$|€|£|usd|us\$|eur|gbp|dollars?", re.IGNORECASE)
MONTHLY = re.compile(
    r"(?:/ ?-|/ ?=|/ ?-?=|-/|only)$|(?:a|per|/|p\.?) ?(?:month|m\.?|mo\.?|mth\.?)$|monthly$|ماہانہ$|فی ماہ$",
    re.IGNORECASE,
)
YEARLY = re.compile(r"(?:a|per|/) ?(?:year|annum|yr\.?)$|p\.? ?a\.?$|yearly$|annual(?:ly)?$|سالانہ$", re.IGNORECASE)


def read_money(value, *, most, times=1):
    """The amount in PKR, to the paisa: “95,000/-”, “Rs. 1,20,000”, “PKR 1.2 crore”, “Rs 500 per month”."""
    accepts = _("An amount in rupees, like 95,000, 1,20,000 or 1.2 crore; 0 for none.")
    if isinstance(value, str):
        text = bare_of(value)
        if FOREIGN.search(text):
            raise BadCell(_("Amounts are in rupees."), accepts)
        if YEARLY.search(text):
            raise BadCell(_("This is an amount a year."), accepts)
        before = None
        while before != text:
            before = text
            text = RUPEES.sub("", MONTHLY.sub("", text)).strip()
        if not text and line_of(value):
            raise BadCell(_("This is not a number."), accepts)
        value = text
    return read_number(value, places=2, least=0, most=most, accepts=accepts, times=times)


def read_percent(value, text):
    """Percents, like 10 for “10%”, “10 percent” or a cell that Excel shows as 10%.

    A bare number below 1 is refused: Excel keeps 10% as 0.1.
    """
    accepts = _("Percents, like 10 or 7.5%.")
    if isinstance(value, str):
        bare = re.sub(r" ?(?:%|٪|percent|per cent|pct\.?|فیصد)$", "", bare_of(value), flags=re.I)
        marked = bare != bare_of(value)
        number = read_number(bare, places=2, least=0, most=Decimal(100), accepts=accepts)
    else:
        marked = "%" in (text or "")
        times = 100 if marked else 1
        number = read_number(value, places=2, least=0, most=Decimal(100), accepts=accepts, times=times)
    if number is not None and 0 < number < 1 and not marked:
        share = f"{(number * 100).normalize():f}"
        raise BadCell(
            _("This may mean %(one)s%% or %(other)s%%.") % {"one": number.normalize(), "other": share}, accepts
        )
    return number


YES = {
    *("yes", "y", "true", "1", "t", "on", "available", "present", "✓", "✔", "☑", "✅"),
    *("ہاں", "جی ہاں", "جی", "ہے", "موجود", "موجود ہے", "دستیاب", "haan", "han", "ji haan"),
}
NO = {
    *("no", "n", "false", "0", "f", "off", "not available", "absent", "none", "✗", "✘", "☒", "❌"),
    *("نہیں", "جی نہیں", "نہ", "نہیں ہے", "موجود نہیں", "دستیاب نہیں", "nahi", "nahin", "ji nahi"),
}


def read_yes_no(value):
    """True, False, or None when the cell says nothing or that nothing is known."""
    if value is None or isinstance(value, bool):
        return value
    text = fold_letters(bare_of(value).rstrip(" .")).casefold()
    if not text or is_unknown(text):
        return None
    if text in YES or text in NO:
        return text in YES
    raise BadCell(_("This is neither yes nor no."), _("yes or no; ہاں or نہیں; empty when it is not known."))


# Letters of Arabic keyboards that stand for Urdu ones.
LETTERS = str.maketrans("يىكةهۀۃ", "ییکہہہہ")


def fold_letters(text):
    """The letters that Arabic keyboards write for Urdu ones, as Urdu writes them; joiners go."""
    return text.translate(LETTERS).replace("\u200c", "").replace("\u200d", "")


def plain_block(value):
    """The text of a cell with its line breaks, without what nobody can see."""
    return strip_unseen(BREAKS.sub("\n", str(value)))


def in_years(day, accepts):
    """The day, when its year is one that the portal keeps."""
    if not FIRST_DATE <= day <= LAST_DATE:
        raise BadCell(_("The year must be from 1900 to 2200."), accepts)
    return day


def fold(text):
    """A heading or a choice for comparison: small letters and figures, all else one space, & as “and”."""
    text = fold_letters(ascii_digits(clean_line(str(text)))).casefold().replace("&", " and ")
    return " ".join(re.sub(r"[^\w²]+|_", " ", re.sub("['’]", "", text)).split())


def said_unit(unit):
    """A unit of a heading as people write it."""
    names = {
        "sqft": _("sq ft"),
        "sqm": _("sq m"),
        "sqyd": _("sq yd"),
        "marla": _("marla"),
        "kanal": _("kanal"),
        "acre": _("acre"),
        "percent": "%",
        "per_sqft": _("per sq ft"),
        "per_sqm": _("per sq m"),
        "per_seat": _("per seat"),
        "a_year": _("a year"),
        "foreign": _("another currency"),
    }
    return names.get(unit, unit)
