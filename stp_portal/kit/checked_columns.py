"""Columns of text that a function brings to one form: identifiers, phone numbers, e-mail and web addresses."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from .cells import BadCell, is_unknown, line_of, plain_block
from .columns import NumberTextColumn
from .phones import parse_phone, phone_text
from .text import ascii_digits, clean_line

DIGITS_OF_CNIC = 13
is_web_address = URLValidator(schemes=["http", "https"])


class CheckedColumn(NumberTextColumn):
    """Text that a function brings to one form: an identifier, an address. `check(text)` raises ValidationError or
    ValueError; `padded` gives the text of a number that lost the zeros in front of it."""

    def __init__(self, key, label, *, check, accepted, padded=None, say=None, **kwargs):
        super().__init__(key, label, **kwargs)
        self.check, self.accepted, self.padded, self.said = check, accepted, padded, say

    def bare(self, value, text):
        if isinstance(value, str) and is_unknown(clean_line(value)):
            return ""
        if isinstance(value, bool):
            raise BadCell(say("This is neither a number nor a text."), self.accepts())
        if self.padded and isinstance(value, int | float | Decimal):
            return self.padded(line_of(value))
        return super().bare(value, text)

    def checked(self, text):
        if not text:
            return None
        try:
            return super().checked(self.check(text))
        except BadCell as error:
            raise BadCell(error.reason, error.accepts or self.accepts(), secret=error.secret) from error
        except ValidationError as error:
            secret = len(re.sub(r"\D", "", ascii_digits(text))) == DIGITS_OF_CNIC
            raise BadCell(" ".join(error.messages), self.accepts(), secret=secret) from error
        except ValueError as error:
            raise BadCell(str(error), self.accepts()) from error

    def put(self, value):
        return plain_block(value)

    def say(self, value):
        return self.said(value) if value and self.said else super().say(value)

    def accepts(self):
        return str(self.accepted)


def phone_column(key, label, **kwargs):
    """A phone number, kept in international form; a spreadsheet's loss of its first zero does no harm."""

    def padded(digits):
        return f"+{digits}" if digits.startswith("92") and len(digits) > 10 else f"0{digits}"

    return CheckedColumn(
        key,
        label,
        check=parse_phone,
        accepted=_("A phone number with its area code, like 042 111 111 459 or 0300 1234567."),
        padded=padded,
        say=phone_text,
        **kwargs,
    )


def email_column(key, label, **kwargs):
    """An e-mail address."""

    def check(text):
        text = re.sub(r"^mailto: ?", "", text, flags=re.IGNORECASE)
        validate_email(text)
        return text

    return CheckedColumn(key, label, check=check, accepted=_("An e-mail address, like name@example.com."), **kwargs)


def web_column(key, label, **kwargs):
    """A web address; one without https:// in front gets it."""

    def check(text):
        text = text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text}"
        is_web_address(text)
        return re.sub(r"^https?:", lambda found: found[0].lower(), text, flags=re.IGNORECASE)

    return CheckedColumn(key, label, check=check, accepted=_("A web address, like https://www.example.com."), **kwargs)
