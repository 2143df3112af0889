"""What a firm sends from the page of its application."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.columns import CNIC
from stp_portal.kit.sent_forms import BlockField, EmailLine, SentForm
from stp_portal.kit.text import ascii_digits

from .apply import choices
from .apply.forms import MOST_EMAIL, PaperForm, StepForm
from .models import ApplicationMessage, LinkRequest
from .models.application_parts import MOST_CHOICES, MOST_TEXT

MOST_REASON = 1_000
RANKS = (
    gettext_lazy("First choice"),
    gettext_lazy("Second choice"),
    gettext_lazy("Third choice"),
    gettext_lazy("Fourth choice"),
    gettext_lazy("Fifth choice"),
)


class MessageForm(SentForm):
    """A message to PSEB."""

    text = BlockField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy("At most 3,000 characters. Only PSEB's staff read it."),
        max_length=MOST_TEXT,
        error_messages={
            "required": gettext_lazy("Write your message."),
            "max_length": gettext_lazy("The message must be 3,000 characters or fewer; it has %(show_value)s."),
        },
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    class Meta:
        model = ApplicationMessage
        fields = ["text"]

    def clean(self):
        """No number of an identity card; and what tells a person from a program."""
        data = super().clean()
        if CNIC.search(ascii_digits(data.get("text") or "")):
            self.add_error(
                "text", _("This holds the number of an identity card (CNIC), which this portal never keeps.")
            )
        self.tell_people_from_programs()
        return data


class FindForm(SentForm):
    """The e-mail address whose applications somebody looks for."""

    email = EmailLine(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("The one that the application was sent with."),
        max_length=MOST_EMAIL,
        error_messages={
            "required": gettext_lazy("Enter your e-mail address."),
            "invalid": gettext_lazy("Enter an e-mail address, like name@example.com."),
            "max_length": gettext_lazy("The e-mail address must be 254 characters or fewer."),
            "controls": gettext_lazy("The e-mail address must be one line without control characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )

    class Meta:
        model = LinkRequest
        fields = ["email"]

    def clean(self):
        """What tells a person from a program."""
        data = super().clean()
        self.tell_people_from_programs()
        return data


class SendPaperForm(PaperForm):
    """One more file. `asked` is the paper that PSEB asked for: then what it shows is known."""

    def __init__(self, *args, asked=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.asked = asked
        if asked is not None:
            del self.fields["kind"]

    @property
    def kind(self):
        """What the valid form's file shows."""
        return self.asked.kind if self.asked else self.cleaned_data["kind"]


class WithdrawForm(StepForm):
    """Why, if the firm wants to say."""

    reason = BlockField(
        label=gettext_lazy("Why do you withdraw?"),
        help_text=gettext_lazy("It helps PSEB to plan. At most 1,000 characters."),
        required=False,
        max_length=MOST_REASON,
        error_messages={"max_length": gettext_lazy("This must be 1,000 characters or fewer; it has %(show_value)s.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RankField(forms.ChoiceField):
    """One rank. The first is not marked as optional, and yet may be left out when another one is chosen."""

    def validate(self, value):
        """Refuses what is not in the list."""
        if value:
            super().validate(value)


class ChoicesForm(StepForm):
    """Up to five parks or suites in their order. `present` are the `apply.choices.Choice`s as they are, `near` the
    area in sq ft and the desks that are looked for."""

    def __init__(self, *args, present, near, **kwargs):
        self.present = present
        kwargs.setdefault("initial", {f"choice_{rank}": one.key for rank, one in enumerate(present, start=1)})
        super().__init__(*args, **kwargs)
        mine = [(one.key, one.name) for one in present]
        known = {key for key, _label in mine}
        suites = [
            pair
            for pair in choices.suites_to_add(self.on, "", known, area=near[0], seats=near[1])
            if pair[0] not in known
        ]
        groups = [
            *([(_("Your choices now"), mine)] if mine else []),
            *([(_("Free today, closest in size"), suites)] if suites else []),
            *choices.parks_to_add(self.on, "", known),
        ]
        for rank, label in enumerate(RANKS, start=1):
            self.fields[f"choice_{rank}"] = RankField(
                label=label,
                required=rank == 1,
                choices=[("", _("None")), *groups],
                error_messages={"invalid_choice": _("Choose a park or suite from the list.")},
            )

    def clean(self):
        """One choice at least, and none twice."""
        data = super().clean()
        seen = set()
        for name in (f"choice_{rank}" for rank in range(1, MOST_CHOICES + 1)):
            if (key := data.get(name)) and key in seen:
                self.add_error(name, _("This is chosen above already: choose another one, or “None”."))
            seen.add(data.get(name))
        if not self.errors and not self.keys:
            self.add_error("choice_1", _("Choose at least one park or suite."))
        return data

    @property
    def keys(self):
        """The keys that were chosen, in their order."""
        names = (f"choice_{rank}" for rank in range(1, MOST_CHOICES + 1))
        return [self.cleaned_data[name] for name in names if self.cleaned_data.get(name)]
