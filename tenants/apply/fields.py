"""Fields of the public application: every entry is read as people type it, and comes back as typed."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from parks.models.base import MOST_SQFT
from stp_portal.kit.filter_fields import CountField, Printable
from stp_portal.kit.phones import PhoneField
from stp_portal.kit.sent_forms import CONTROLS, EmailLine, LineField
from stp_portal.kit.text import parse_area

MOST_WEBSITE, MOST_EMAIL = 300, 254


def line(label, most, *, required="", hint="", autocomplete="off", kind=LineField, invalid="", **attrs):
    """A field of one line with at most `most` characters; `required` is the sentence that asks for it, if it does."""
    return kind(
        label=label,
        help_text=hint,
        required=bool(required),
        max_length=most,
        error_messages={
            "required": required,
            "max_length": _("This must be %(limit_value)s characters or fewer; it has %(show_value)s."),
            "controls": _("This must be one line without control characters."),
            **({"invalid": invalid} if invalid else {}),
        },
        widget=forms.TextInput(attrs={"autocomplete": autocomplete, **attrs}),
    )


def count(label, most, invalid, *, required="", hint="", least=1):
    """A field of a whole number from `least` to `most`; `invalid` is the sentence for every other entry."""
    field = CountField(least=least, most=most, invalid=invalid, chip="", label=label, help_text=hint, required=False)
    field.required = bool(required)
    field.error_messages["required"] = required
    return field


class WholeAreaField(Printable, forms.Field):
    """An area in whole sq ft, typed as people type it: `1,200`, `1200 sq ft`, Urdu digits."""

    widget = forms.TextInput

    def to_python(self, value):
        """An int from 1 sq ft on, None when empty."""
        if not (value or "").strip():
            return None
        try:
            area = parse_area(value, most=MOST_SQFT)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if area < 1 or area != int(area):
            raise ValidationError(_("The area must be a whole number of square feet, like 1,200."))
        return int(area)


class PublicPhoneField(PhoneField):
    """A phone number of the public site: it comes back as typed, but for what no page may hold."""

    def to_python(self, value):
        """The number in international form."""
        if isinstance(value, str) and CONTROLS.search(value):
            raise ValidationError(self.error_messages["controls"])
        return super().to_python(value)

    def prepare_value(self, value):
        """A stored number as people read it."""
        return super().prepare_value(CONTROLS.sub("", value) if isinstance(value, str) else value)

    def widget_attrs(self, widget):
        """A phone's own keys, and what the browser knows of its owner."""
        return super().widget_attrs(widget) | {"autocomplete": "tel"}


class PublicUrl(LineField):
    """An address on the web; `https://` may be left out."""

    def to_python(self, value):
        """The address with its scheme, empty when empty."""
        text = super().to_python(value)
        if not text:
            return ""
        text = text if "://" in text else f"https://{text}"
        if not text.lower().startswith(("https://", "http://")):
            raise ValidationError(self.error_messages["invalid"])
        scheme, _mark, rest = text.partition("://")
        text = f"{scheme.lower()}://{rest}"
        try:
            return forms.URLField(assume_scheme="https", max_length=MOST_WEBSITE).clean(text)
        except ValidationError as error:
            raise ValidationError(self.error_messages["invalid"]) from error


class PublicEmail(EmailLine):
    """One address that mail can be sent to; what separates addresses is refused even in quotes."""

    def to_python(self, value):
        """The address."""
        text = super().to_python(value)
        if re.search(r"[\s,;<>\"]", text):
            raise ValidationError(self.error_messages["invalid"])
        return text
