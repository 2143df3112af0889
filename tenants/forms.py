"""The public form of the tenancy desk for questions and visits."""

from django import forms
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.filter_fields import PickedDayField
from stp_portal.kit.sent_forms import BlockField, EmailLine, LineField, PhoneLine, SentForm

from .models import Enquiry
from .models.enquiry import MOST_MESSAGE, EnquiryKind

MOST_DAYS_AHEAD = 365


class EnquiryForm(SentForm):
    """A question or visit request about a park that has `ended` or not."""

    kind = forms.ChoiceField(
        label=_("What would you like?"),
        choices=EnquiryKind.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a question or a visit."),
            "invalid_choice": _("Choose a question or a visit."),
        },
    )
    name = LineField(
        label=_("Your name"),
        max_length=100,
        error_messages={
            "required": _("Enter your name."),
            "max_length": _("Your name must be 100 characters or fewer."),
            "controls": _("Your name must be one line without control characters."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    email = EmailLine(
        label=_("Your e-mail address"),
        help_text=_("For the answer."),
        max_length=254,
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address, like name@example.com."),
            "max_length": _("The e-mail address must be 254 characters or fewer."),
            "controls": _("The e-mail address must be one line without control characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    phone = PhoneLine(
        label=_("Your phone number"),
        required=False,
        max_length=30,
        error_messages={
            "invalid": _("Enter a phone number, like 0300 1234567 or +92 300 1234567, or leave it empty."),
            "max_length": _("The phone number must be 30 characters or fewer."),
            "controls": _("The phone number must be one line without control characters."),
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
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
    preferred_day = PickedDayField(
        label=_("Preferred day for a visit"),
        required=False,
    )
    message = BlockField(
        label=_("Your message"),
        help_text=_("For a firm that looks for space: how many people, and how much area. At most 3,000 characters."),
        max_length=MOST_MESSAGE,
        error_messages={
            "required": _("Write your message."),
            "max_length": _("The message must be 3,000 characters or fewer; it has %(show_value)s."),
        },
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    class Meta:
        model = Enquiry
        fields = ["kind", "name", "email", "phone", "company", "preferred_day", "message"]

    def __init__(self, *args, ended=False, **kwargs):
        super().__init__(*args, **kwargs)
        if ended:
            # A park that was closed or given up cannot be visited.
            self.fields["kind"].choices = [(EnquiryKind.QUESTION.value, EnquiryKind.QUESTION.label)]
            self.fields["kind"].initial = EnquiryKind.QUESTION
            self.fields["kind"].error_messages["invalid_choice"] = _("This park cannot be visited: ask a question.")
        self.fields["preferred_day"].widget.attrs["min"] = self.on.isoformat()

    def clean(self):
        """Rules between fields, and what tells a person from a program; none of them loses what was typed."""
        data = super().clean()
        day = data.get("preferred_day")
        if day and data.get("kind") == EnquiryKind.QUESTION:
            self.add_error(
                "preferred_day", _("A preferred day goes with a visit: choose a visit, or leave the day empty.")
            )
        elif day and day < self.on:
            self.add_error("preferred_day", _("The preferred day must be today or later."))
        elif day and (day - self.on).days > MOST_DAYS_AHEAD:
            self.add_error("preferred_day", _("The preferred day must be within a year from today."))
        self.tell_people_from_programs()
        return data
