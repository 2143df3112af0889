"""Forms that anyone may send: what was typed comes back as typed, and people are told from programs."""

import re
import uuid
from dataclasses import dataclass

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .filter_fields import Printable
from .text import ascii_digits, clean_block, clean_line

# What no single line may hold: controls, line breaks of every kind included.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")
FEWEST_DIGITS, MOST_DIGITS = 7, 15
# Nobody reads and fills in the form within 2 seconds; one that lay open for a day may have an outdated text.
FASTEST_SECONDS, OLDEST_SECONDS = 2, 24 * 60 * 60
SALT = "stp_portal.kit.sent_forms"


class LineField(Printable, forms.CharField):
    """One line; a line break or another control character within it is refused, not dropped."""

    def to_python(self, value):
        """The line in NFC with single spaces."""
        if isinstance(value, str):
            if CONTROLS.search(value):
                raise ValidationError(self.error_messages["controls"])
            value = clean_line(value)
        return super().to_python(value)


class EmailLine(LineField, forms.EmailField):
    """One e-mail address."""


class PhoneLine(LineField):
    """A phone number as people write it, Urdu digits included."""

    def to_python(self, value):
        """The number with digits 0 to 9."""
        text = ascii_digits(super().to_python(value))
        digits = sum(letter.isdigit() for letter in text)
        if text and not (PHONE.fullmatch(text) and FEWEST_DIGITS <= digits <= MOST_DIGITS):
            raise ValidationError(self.error_messages["invalid"])
        return text


def unasked_name():
    """The field of a sender's name, which may stay unsaid."""
    return LineField(
        label=_("Your name"),
        required=False,
        max_length=100,
        error_messages={
            "max_length": _("Your name must be 100 characters or fewer."),
            "controls": _("Your name must be one line without control characters."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )


def unasked_email(help_text):
    """The field of a sender's e-mail address, which may stay unsaid; `help_text` says what it would be for."""
    return EmailLine(
        label=_("Your e-mail address"),
        help_text=help_text,
        required=False,
        max_length=254,
        error_messages={
            "invalid": _("Enter an e-mail address, like name@example.com, or leave it empty."),
            "max_length": _("The e-mail address must be 254 characters or fewer."),
            "controls": _("The e-mail address must be one line without control characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )


class BlockField(forms.CharField):
    """Several lines."""

    def to_python(self, value):
        """The lines in NFC, without what nobody can see."""
        return super().to_python(clean_block(value) if isinstance(value, str) else value)

    def widget_attrs(self, widget):
        """Without a limit of the browser's own: it would cut what is pasted without a word."""
        return {}

    def prepare_value(self, value):
        """What was typed, but for characters that no page may hold."""
        return clean_block(value) if isinstance(value, str) else value


@dataclass(frozen=True)
class FormToken:
    """What a page puts into its form: a number of its own, what the form is about, and when it was made (epoch
    seconds). `about` is a text that no other kind of form and no other row has.
    """

    number: uuid.UUID
    about: str
    made: int

    @classmethod
    def new(cls, about, moment):
        """The token of a fresh form."""
        return cls(uuid.uuid4(), about, int(moment.timestamp()))

    @classmethod
    def read(cls, text, about):
        """The token that came back, None when it is not one of ours for `about`."""
        try:
            number, said, made = signing.Signer(salt=SALT).unsign_object(text)
            token = cls(uuid.UUID(number), said, made)
        except (signing.BadSignature, ValueError, TypeError):
            return None
        return token if token.about == about else None

    def __str__(self):
        return signing.Signer(salt=SALT).sign_object([self.number.hex, self.about, self.made])

    def age(self, moment):
        """Seconds since the page was made."""
        return moment.timestamp() - self.made


class SentForm(forms.ModelForm):
    """A form that anyone may send. `moment` is now, `on` today; `token` is the one that came, None if none."""

    use_required_attribute = False

    # For programs that fill in every field they find. People neither see it nor come to it by keyboard.
    subject = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args, moment, on, token=None, **kwargs):
        self.moment, self.on, self.token = moment, on, token
        super().__init__(*args, **kwargs)

    def tell_people_from_programs(self):
        """Errors where the form came back as no person sends it; none of them loses what was typed."""
        if self.data.get("subject"):
            self.add_error(
                None,
                _("A field that must stay empty came back filled in, perhaps by your browser. Send the form again."),
            )
        if self.token is None or self.token.age(self.moment) > OLDEST_SECONDS:
            self.add_error(None, _("This page was open for too long. Check what you typed and send it again."))
        elif not self.errors and self.token.age(self.moment) < FASTEST_SECONDS:
            self.add_error(None, _("The form came back too fast to be checked. Please send it again."))

    @property
    def next_token(self):
        """What the page puts into its form: the same token while it can still be sent."""
        if self.token is None or self.token.age(self.moment) > OLDEST_SECONDS:
            return None
        return self.token

    def says_the_same_as(self, row):
        """Whether this valid form holds what `row` was made of."""
        return all(self.cleaned_data[name] == getattr(row, name) for name in self._meta.fields)
