"""The public form for a mistake on a park's page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.sent_forms import BlockField, SentForm, unasked_email, unasked_name

from .models import Correction
from .models.correction import MOST_TEXT


class CorrectionForm(SentForm):
    """What would be right, and how it is known; who says so may stay unsaid."""

    proposed = BlockField(
        label=_("What would be right?"),
        help_text=_("At most 2,000 characters. The page of your report shows it to whoever has its address."),
        max_length=MOST_TEXT,
        error_messages={
            "required": _("Say what would be right."),
            "max_length": _("This must be 2,000 characters or fewer; it has %(show_value)s."),
        },
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    known_from = BlockField(
        label=_("How do you know?"),
        help_text=_("Such as the address of a publication, or that you work there. Only staff read it."),
        required=False,
        max_length=MOST_TEXT,
        error_messages={"max_length": _("This must be 2,000 characters or fewer; it has %(show_value)s.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    name = unasked_name()
    email = unasked_email(_("If PSEB may ask you something about it."))

    class Meta:
        model = Correction
        fields = ["proposed", "known_from", "name", "email"]

    def clean(self):
        """What tells a person from a program."""
        data = super().clean()
        self.tell_people_from_programs()
        return data
