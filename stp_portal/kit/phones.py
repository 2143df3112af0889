"""Phone numbers as people in Pakistan write them, kept in the international form E.164."""

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from .text import ascii_digits, clean_line

# A number without a country code is one of Pakistan.
REGION = "PK"
MOST_LENGTH = 40


def parse_phone(text):
    """`+924235871234` for "042 35871234", "+92 42 35871234" or the same in Urdu digits; empty stays empty.

    Mobile, landline and UAN numbers (042 111 111 459) of Pakistan and numbers of other countries with their
    code are read. Raises ValueError with a sentence for people for everything else, extensions included.
    """
    text = ascii_digits(clean_line(text))
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException as error:
        raise ValueError(_wrong()) from error
    if number.extension:
        raise ValueError(_("Leave out the extension: a note of it can stand beside the person's role."))
    if not phonenumbers.is_valid_number(number):
        raise ValueError(_wrong())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_text(number):
    """A number as people read it: `042 111 111 459` of Pakistan, `+1 650-253-0000` of other countries."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.region_code_for_number(parsed) == REGION
    kind = phonenumbers.PhoneNumberFormat
    return (
        phonenumbers.format_number(parsed, kind.NATIONAL if home else kind.INTERNATIONAL)
        .replace("(", "")
        .replace(")", "")
    )


def _wrong():
    return _("Give the phone number with its area code, like 042 111 111 459 or 0300 1234567.")


class PhoneField(forms.CharField):
    """A phone number; its value is in international form, what was typed wrongly is shown as typed."""

    def __init__(self, **kwargs):
        # Room for spaces and brackets: the limit of a column counts the number as it is stored.
        super().__init__(**(kwargs | {"max_length": MOST_LENGTH, "widget": forms.TextInput}))

    def to_python(self, value):
        value = super().to_python(value)
        try:
            return parse_phone(value)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"inputmode": "tel", "autocomplete": "off"}

    def prepare_value(self, value):
        """A stored number as people read it."""
        return phone_text(value) if isinstance(value, str) and value.startswith("+") else value

    def has_changed(self, initial, data):
        """The same number in another spelling is the same number."""
        try:
            return parse_phone(str(data or "")) != (initial or "")
        except ValueError:
            return True
