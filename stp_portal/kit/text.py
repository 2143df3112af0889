"""What people type, made storable: letters are kept as typed, what nobody can see is taken out."""

import re
import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Line breaks of every kind, Word's soft break (U+000B) and page break included.
BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# Controls, lone surrogates, bidi marks and overrides, zero-width characters, annotation marks and
# noncharacters. The joiners U+200C and U+200D stay: Urdu words need them.
UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
MARKS = str.maketrans({"٬": ",", "٫": ".", "،": ","})

# 1200, 1,200, 120,000 and 1,20,000 (lakh grouping), with at most two decimals.
NUMBER = re.compile(
    r"(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?P<part>\.[0-9]{1,2})?"
)
SQFT = r"(?:sq\.? ?(?:ft|feet|foot)\.?|square (?:feet|foot)|sft\.?|ft²|ft2|مربع فٹ)"
AREA = re.compile(NUMBER.pattern + rf" ?{SQFT}?", re.IGNORECASE)
MONEY = re.compile(r"(?:(?:rs|pkr)\.? ?)?" + NUMBER.pattern + r"(?:/-)?", re.IGNORECASE)
MOST_SQFT = Decimal("99999999")
MOST_PKR = Decimal("999999999999")


def clean_line(text):
    """One line: NFC, breaks and runs of spaces become one space, unseen characters go."""
    return SPACES.sub(" ", strip_unseen(BREAKS.sub(" ", text))).strip()


def clean_block(text):
    """Several lines: as `clean_line` for each, with at most one empty line between two others."""
    lines = [SPACES.sub(" ", line).strip() for line in strip_unseen(BREAKS.sub("\n", text)).split("\n")]
    return re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def strip_unseen(text):
    """NFC without control, bidi, zero-width and broken characters; line breaks and tabs stay."""
    return unicodedata.normalize("NFC", UNSEEN.sub("", text))


def ascii_digits(text):
    """Arabic-Indic and Urdu digits as 0-9; everything else as it is."""
    return text.translate(DIGITS)


def parse_area(text, most=MOST_SQFT):
    """The area in sq ft that a person wrote, such as "1,200", " 1200 sq ft " or "۱۲۰۰". Zero is returned.

    Raises ValueError with a sentence for people when it is no plain number or above `most`.
    """
    value = _number(AREA, text)
    if value is None:
        raise ValueError(_("Area must be a number of square feet, like 1,200."))
    if value > most:
        raise ValueError(_("Area must be %(most)s sq ft or less.") % {"most": f"{most:,f}"})
    return value


def parse_money(text, most=MOST_PKR):
    """The amount in PKR that a person wrote, such as "1,20,000", "Rs 90000" or "95.50". Zero is returned.

    Raises ValueError with a sentence for people when it is no plain number or above `most`.
    """
    value = _number(MONEY, text)
    if value is None:
        raise ValueError(_("Amount must be a number of rupees, like 95,000."))
    if value > most:
        raise ValueError(_("Amount must be Rs %(most)s or less.") % {"most": f"{most:,f}"})
    return value


def _number(pattern, text):
    """The Decimal that `pattern` finds in the whole of `text`, else None."""
    found = pattern.fullmatch(ascii_digits(clean_line(text)).translate(MARKS))
    if not found:
        return None
    whole = found["whole"].replace(",", "").lstrip("0") or "0"
    # Twenty digits are above every limit, and no longer number is worth computing.
    return Decimal(whole[:20] + (found["part"] or ""))


class TypedNumberField(forms.DecimalField):
    """A decimal written by a person. `parse` turns the text into a Decimal or raises ValueError."""

    parse = None
    widget = forms.TextInput

    def to_python(self, value):
        if value in self.empty_values or isinstance(value, Decimal):
            return None if value in self.empty_values else value
        if not clean_line(str(value)):
            return None
        try:
            return type(self).parse(str(value))
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def widget_attrs(self, widget):
        return {"inputmode": "decimal", "autocomplete": "off"}

    def prepare_value(self, value):
        """Without needless zeros: 1200 for 1200.00; what was typed wrongly is shown as it was typed."""
        if isinstance(value, Decimal):
            return f"{value.quantize(Decimal(1)) if value == value.to_integral_value() else value:f}"
        return value


class AreaField(TypedNumberField):
    """An area in sq ft."""

    parse = staticmethod(parse_area)


class MoneyField(TypedNumberField):
    """An amount in PKR."""

    parse = staticmethod(parse_money)


class WholeNumberField(forms.IntegerField):
    """Digits with an optional minus, in any script; `1_000` and `1e3` are refused, `1,200` is read."""

    default_error_messages = {"invalid": gettext_lazy("Enter a whole number, like 12.")}

    def to_python(self, value):
        if isinstance(value, str):
            value = ascii_digits(clean_line(value)).translate(MARKS)
            if value and not re.fullmatch(r"-?(?:[0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3}){1,3})", value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            value = value.replace(",", "")
        return super().to_python(value)


class CleansText:
    """Form mixin: every text field is normalised before it is validated, so limits count what is stored.

    A field with a several-line widget keeps its lines. Passwords are left as typed.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.PasswordInput):
                clean = clean_block if isinstance(field.widget, forms.Textarea) else clean_line
                field.to_python = _cleaning(clean, field.to_python)


def _cleaning(clean, to_python):
    """`to_python` of a field, on cleaned text."""
    return lambda value: to_python(clean(value) if isinstance(value, str) else value)
