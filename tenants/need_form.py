"""The public form for space that somebody needs and does not find."""

from django import forms
from django.utils.translation import gettext_lazy as _

from parks.models import City
from stp_portal.kit.filter_fields import PickedDayField
from stp_portal.kit.sent_forms import BlockField, LineField, SentForm, unasked_email, unasked_name

from .models import SpaceNeed
from .models.need import SizeBand

MOST_NOTE = 1000
MOST_DAYS_AHEAD = 5 * 366


class CityField(forms.ModelChoiceField):
    """A city of the register, by its web name."""

    def __init__(self, **kwargs):
        super().__init__(City.objects.order_by("name", "pk"), to_field_name="slug", **kwargs)

    def to_python(self, value):
        """The City, None when nothing was chosen."""
        # No query takes a NUL; no web name has one.
        return super().to_python(value.replace("\x00", "-") if isinstance(value, str) else value)


class NeedForm(SentForm):
    """What space is needed, where and from when; who asks may stay unsaid."""

    city = CityField(
        label=_("In which city?"),
        empty_label=_("Choose a city"),
        error_messages={
            "required": _("Choose a city."),
            "invalid_choice": _("Choose a city from the list."),
        },
    )
    size_band = forms.ChoiceField(
        label=_("How much space?"),
        choices=SizeBand.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how much space you need."),
            "invalid_choice": _("Choose a size from the list."),
        },
    )
    needed_from = PickedDayField(
        label=_("From when?"),
        required=False,
    )
    note = BlockField(
        label=_("What matters to you"),
        help_text=_("Such as power, internet or parking. At most 1,000 characters."),
        required=False,
        max_length=MOST_NOTE,
        error_messages={"max_length": _("This must be 1,000 characters or fewer; it has %(show_value)s.")},
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    company = LineField(
        label=_("Your company"),
        required=False,
        max_length=150,
        error_messages={
            "max_length": _("The company's name must be 150 characters or fewer."),
            "controls": _("The company's name must be one line without control characters."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = unasked_name()
    email = unasked_email(_("If PSEB may write to you when space becomes free."))

    class Meta:
        model = SpaceNeed
        fields = ["city", "size_band", "needed_from", "note", "company", "name", "email"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["needed_from"].widget.attrs["min"] = self.on.isoformat()

    def clean(self):
        """A day to come, within five years; and what tells a person from a program."""
        data = super().clean()
        day = data.get("needed_from")
        if day and day < self.on:
            self.add_error("needed_from", _("The day must be today or later."))
        elif day and (day - self.on).days > MOST_DAYS_AHEAD:
            self.add_error("needed_from", _("The day must be within five years from today."))
        self.tell_people_from_programs()
        return data
