"""How Excel shows a number: what its format adds to it, and whether it makes a date of it."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

# Built-in formats that are dates in some language of Excel, beside those openpyxl lists.
LOCAL_DATES = frozenset([*range(27, 37), *range(50, 59)])
MOST_CODE = 255
# One sign of a format: quoted or escaped text, a bracket, what only makes room, what holds a digit, anything else.
SIGN = re.compile(
    r'"(?P<said>[^"]*)"|\\(?P<one>.)|\[(?P<bracket>[^\]]*)\]|(?P<room>[_*].)|(?P<digits>[0#?.,]+|%)|(?P<any>.)'
)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?[0-9.]+)")
# A whole number, or one with a fixed number of decimals.
SIMPLE = re.compile(r"(0|#,##0)(?:\.(0{1,15}))?")
PASSED = re.compile("h+|m+|s+", re.IGNORECASE)
TESTS = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}
EPOCH_1900 = dt.datetime(1899, 12, 30)
EPOCH_1904 = dt.datetime(1904, 1, 1)
DAY_MILLISECONDS = 24 * 60 * 60 * 1000


def code_of(number_format):
    """The code of a format that is given by its built-in number or as a code; of an unknown one, "General"."""
    if isinstance(number_format, int):
        return "d/m/yyyy" if number_format in LOCAL_DATES else BUILTIN_FORMATS.get(number_format, "General")
    return number_format if len(number_format) <= MOST_CODE else "General"


def is_date(code):
    """Whether the format makes a day, or a time of day, of a number. Lengths of time are not dates."""
    return is_date_format(code) and not is_timedelta_format(code)


def moment(serial, from_1904):
    """The date (at midnight), datetime, or time of day (below 1) of a serial number; None when there is none such.

    Excel's 1900 counts a 29 February that never was: serials up to 60 are a day off, and 60 is no day.
    """
    days, part = divmod(Decimal(serial), 1)
    if not 0 <= days <= 2_958_465 or (days == 60 and not from_1904):
        return None
    passed = dt.timedelta(milliseconds=int((part * DAY_MILLISECONDS).to_integral_value(ROUND_HALF_UP)))
    if days == 0 and part and not from_1904:
        return (EPOCH_1900 + passed).time()
    if not from_1904 and days < 60:
        days += 1
    try:
        found = (EPOCH_1904 if from_1904 else EPOCH_1900) + dt.timedelta(days=int(days)) + passed
    except OverflowError:
        return None
    return found if found.time() != dt.time() else found.date()


def plain(number):
    """A number as Excel shows it without a format, digits only: never 1E+15, never a needless zero."""
    if isinstance(number, int):
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_shown(code, number):
    """`number` under the format `code`: with its unit, leading zeros, percent and commas."""
    if code in {"General", "@", "0", ""} and isinstance(number, int):
        return plain(number)
    if code == "#,##0" and isinstance(number, int):
        return f"{number:,}"
    try:
        exact = Decimal(number)
        simple = _simple(code)
        if simple and (exact > 0 or len(simple) == 1):
            before, places, grouping, after = simple[0]
            rounded = abs(exact).quantize(places, ROUND_HALF_UP)
            minus = "-" if exact < 0 and rounded else ""
            return f"{minus}{before}{rounded:{grouping}f}{after}".strip()
        return _filled(*_section(code, exact)) or plain(number)
    except ArithmeticError:
        # A format of hundreds of places, or a condition that is no number.
        return plain(number)


@lru_cache(maxsize=256)
def _sections(code):
    """The parts of a format for positive numbers, negative ones, zero and text: lists of signs."""
    parts = [[]]
    for sign in SIGN.finditer(code):
        if sign["any"] == ";":
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts


@lru_cache(maxsize=256)
def _simple(code):
    """[(what stands before, the last place, "," or "", what stands behind)] of the format's parts, None for those
    with more than one group of digits: most cells of a register have the simple kind, and there are many.
    """
    found = []
    for part in _sections(code):
        groups = [sign["digits"] for sign in part if sign["digits"]]
        core = SIMPLE.fullmatch(groups[0]) if len(groups) == 1 else None
        words = [_literal(sign) for sign in part]
        told = any(
            CONDITION.fullmatch(sign["bracket"] or "") or PASSED.fullmatch(sign["bracket"] or "") for sign in part
        )
        if core and not told and not {"E", "/"} & set(words):
            at = words.index(None)
            before, after = ("".join(some) for some in (words[:at], words[at + 1 :]))
            found.append((before, Decimal(1).scaleb(-len(core[2] or "")), "," if core[1] == "#,##0" else "", after))
        elif not found:
            return None
        else:
            found.append(None)
    return found


def _section(code, number):
    """The signs that `number` is shown by, and the number without the minus when the signs say it."""
    parts = _sections(code)
    conditions = [
        next((found for sign in part if (found := CONDITION.fullmatch(sign["bracket"] or ""))), None) for part in parts
    ]
    if any(conditions):
        for part, condition in zip(parts, conditions, strict=True):
            if condition is None or TESTS[condition[1]](number, Decimal(condition[2])):
                return part, number
        return parts[-1], number
    if number < 0 and len(parts) > 1:
        return parts[1], -number
    if number == 0 and len(parts) > 2:
        return parts[2], number
    return parts[0], number


def _literal(sign):
    """What a sign adds as it is, "" for what says nothing, None for a place of digits."""
    if sign["digits"]:
        return None
    if sign["bracket"] is not None:
        # [$Rs-420] is a currency with its language; colours and conditions say nothing.
        return sign["bracket"][1:].split("-")[0] if sign["bracket"].startswith("$") else ""
    if sign["said"] is not None:
        return sign["said"]
    return sign["one"] or ("" if sign["room"] else sign["any"])


def _filled(section, number):
    """The signs of `section` with the digits of `number` in their places."""
    pattern = "".join(sign["digits"] or "" for sign in section).replace("%", "")
    said = [_literal(sign) for sign in section]
    words = "".join(word or "" for word in said)
    if "General" in words:
        return words.replace("General", plain(number))
    if "E" in said or "/" in said or any(PASSED.fullmatch(sign["bracket"] or "") for sign in section):
        # Powers of ten, fractions and lengths of time: the digits themselves say more.
        return plain(number)
    if not pattern:
        return words
    whole, _point, part = pattern.partition(".")
    scale = len(pattern) - len(pattern.rstrip(","))
    number = number * 100 ** sum(sign["digits"] == "%" for sign in section) / 1000**scale
    number = number.quantize(Decimal(1).scaleb(-len(part.strip(","))), ROUND_HALF_UP)
    digits, _point, decimals = f"{abs(number):f}".partition(".")
    for place in reversed(part.strip(",")):
        if place != "#" or not decimals.endswith("0"):
            break
        decimals = decimals[:-1]
    return ("-" if number < 0 else "") + _places(section, said, digits, decimals, thousands="," in whole.rstrip(","))


def _places(section, said, digits, decimals, *, thousands):
    """The signs from the last to the first, each place of a digit taking the next one; what is left goes first."""
    left = [*digits.lstrip("0")]
    places = sum(1 for sign in section for place in (sign["digits"] or "").partition(".")[0] if place in "0#?")
    out, point, seen, written = [], any("." in (sign["digits"] or "") for sign in section), 0, 0
    for sign, word in zip(reversed(section), reversed(said), strict=True):
        if word is not None or sign["digits"] == "%":
            if word and out and 0 < seen < places and not left and not _needed(section, seen):
                continue
            out.append(word if word is not None else "%")
            continue
        holder = sign["digits"]
        if point:
            holder, dot, _part = holder.partition(".")
            if not dot:
                continue
            point = False
            out.append(f".{decimals}" if decimals else "")
        for place in reversed(holder.replace(",", "")):
            seen += 1
            taken = [left.pop()] if left else ["0"] if place == "0" else []
            if seen == places:
                taken = [*left, *taken]
                left = []
            for digit in reversed(taken):
                if thousands and written and written % 3 == 0:
                    out.append(",")
                out.append(digit)
                written += 1
    return "".join(reversed(out)).strip()


def _needed(section, seen):
    """Whether a place before the last `seen` ones always shows a digit."""
    places = "".join((sign["digits"] or "").partition(".")[0].replace(",", "") for sign in section)
    return "0" in places[: len(places) - seen]
