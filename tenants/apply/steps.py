"""The steps of an application in their order, and how far a draft has come."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.phones import phone_text
from stp_portal.kit.words import dated, rupees_text, sqft_text
from tenants.models.company import Activity

from . import choices, forms


@dataclass(frozen=True)
class Step:
    """One page. `form` is None where the page is no plain form."""

    slug: str
    title: str
    form: type | None = None
    hint: str = ""


STEPS = (
    Step("firm", gettext_lazy("Your firm"), forms.FirmForm),
    Step(
        "numbers",
        gettext_lazy("Registration numbers"),
        forms.NumbersForm,
        gettext_lazy("Give what your firm has. PSEB looks at these before it decides; what is under way can follow."),
    ),
    Step("needs", gettext_lazy("The space you need"), forms.NeedsForm),
    Step("team", gettext_lazy("Your team and what it needs"), forms.TeamForm),
    Step("choices", gettext_lazy("Parks and suites of your choice")),
    Step("contact", gettext_lazy("Contact"), forms.ContactForm, gettext_lazy("Only PSEB's staff see this.")),
    Step("papers", gettext_lazy("Papers")),
    Step("check", gettext_lazy("Check your answers and send")),
)
BY_SLUG = {step.slug: step for step in STEPS}
CHECK = STEPS[-1]


@dataclass(frozen=True)
class Answer:
    """A line of the page that shows all answers; an empty `text` is something not provided."""

    label: str
    text: str


class Progress:
    """How far a `draft` has come, as on the day `on`: each step's form, and the first one that is still open."""

    def __init__(self, draft, on):
        self.draft, self.on = draft, on

    @cached_property
    def choices(self):
        """The choices of the draft, in their order."""
        return choices.found(self.draft.answers.get("choices", {}).get("wanted", []), self.on)

    @cached_property
    def forms(self):
        """The forms of the steps that were saved, by slug, each bound to what was kept."""
        return {
            step.slug: step.form(self.draft.answers[step.slug], on=self.on)
            for step in STEPS
            if step.form and step.slug in self.draft.answers
        }

    def is_done(self, slug):
        """Whether the step was saved, and holds as on the day."""
        if slug == "choices":
            return bool(self.choices) and not any(choice.problem for choice in self.choices)
        if slug == "papers":
            return "papers" in self.draft.answers
        return slug in self.forms and self.forms[slug].is_valid()

    @cached_property
    def first_open(self):
        """The first step that is not done; `check` when all are."""
        return next((step for step in STEPS[:-1] if not self.is_done(step.slug)), CHECK)

    def may_open(self, slug):
        """Whether every step before this one is done."""
        order = [step.slug for step in STEPS]
        return order.index(slug) <= order.index(self.first_open.slug)

    def after(self, slug):
        """The step that follows."""
        order = [step.slug for step in STEPS]
        return STEPS[order.index(slug) + 1]

    def values(self):
        """The columns of the application, of a draft whose every form is valid."""
        data = {}
        for form in self.forms.values():
            form.is_valid()
            data |= form.cleaned_data
        return data

    def sections(self):
        """[(step, [Answer])] of all steps with a form, in their order."""
        return [
            (step, self.answers_of(self.forms[step.slug])) for step in STEPS if step.form and step.slug in self.forms
        ]

    @staticmethod
    def answers_of(form):
        """The lines of one form. What was not filled in has an empty text."""
        form.is_valid()
        return [
            Answer(str(bound.label), shown(bound.name, form.cleaned_data.get(bound.name)))
            for bound in form
            if bound.name not in form.errors
        ]


def shown(name, value):
    """A cleaned answer in words; empty for what was not provided."""
    if value is None or value == "":
        return ""
    return str(WORDS.get(name, str)(value))


def yes_or_no(value):
    """`Yes` or `No`."""
    return _("Yes") if value else _("No")


def number(value):
    """`1,200`."""
    return f"{value:,}"


WORDS: dict[str, Callable] = {
    "activity": lambda value: Activity(value).label,
    "wanted_area_sqft": sqft_text,
    "wanted_seats": number,
    "budget_pkr": rupees_text,
    "team_size": number,
    "women_staff": number,
    "internet_mbps": number,
    "generator": yes_or_no,
    "phone": phone_text,
    **dict.fromkeys(("secp_expiry_date", "ntn_expiry_date", "pseb_expiry_date", "move_in"), dated),
}
