"""What each step on an application asks for."""

import datetime as dt

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.text import CleansText
from stp_portal.kit.words import dated
from tenants.actions.deciding import ANSWER_WITHIN_DAYS
from tenants.actions.entering import candidates, differences
from tenants.models import Company
from tenants.models.application_parts import MOST_TEXT
from tenants.models.application_states import DeclineCode
from tenants.models.company import Activity
from tenants.models.paper import PaperFinding, PaperKind

from .guided_forms import day, reason

NEW = "new"


def words(label, most, **kwargs):
    """A field for some lines of text."""
    return forms.CharField(
        label=label,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        **kwargs,
    )


class StepForm(CleansText, forms.Form):
    """The fields of one step. `application` is what it is about, `row` a paper, request or message of it."""

    # Fields that the page shows as a list of choices, one below the other.
    lists = ()

    def __init__(self, *args, application, row=None, today, user, **kwargs):
        self.application, self.row, self.today, self.user = application, row, today, user
        super().__init__(*args, auto_id="id_%s", **kwargs)
        self.fill()

    def fill(self):
        """What the fields begin with where it depends on the application."""

    def arguments(self):
        """What is handed to the action beside the row, the person and the day."""
        return dict(self.cleaned_data)


class CompleteForm(StepForm):
    """Into the queue."""

    despite = forms.BooleanField(
        label=gettext_lazy("Put it into the queue although the checklist is not in order"), required=False
    )
    reason = reason()

    def fill(self):
        if self.row.in_order:
            del self.fields["despite"]

    def clean(self):
        if "despite" not in self.fields or self.errors:
            return
        if not self.cleaned_data["despite"]:
            self.add_error("despite", _("Something of the checklist is not in order: see below, and confirm here."))
        elif not self.cleaned_data["reason"]:
            self.add_error("reason", _("Say why it is put into the queue all the same."))

    def arguments(self):
        return {"reason": self.cleaned_data["reason"]}


class AskForm(StepForm):
    """A paper that is missing."""

    kind = forms.ChoiceField(label=gettext_lazy("paper"), choices=[("", "---------"), *PaperKind.choices])
    words = words(
        gettext_lazy("what is needed"),
        500,
        required=False,
        help_text=gettext_lazy("The firm reads this. Say what the paper has to show."),
    )
    due_on = day(gettext_lazy("until"), help_text=gettext_lazy("The last day on which it may come."))

    def fill(self):
        self.initial.setdefault("due_on", self.today + dt.timedelta(days=ANSWER_WITHIN_DAYS))


class ReasonOnlyForm(StepForm):
    """A step that needs nothing but, perhaps, a reason."""

    reason = reason()


class LookForm(StepForm):
    """What was found of a paper."""

    lists = ("finding",)

    finding = forms.ChoiceField(
        label=gettext_lazy("The paper is"),
        choices=[choice for choice in PaperFinding.choices if choice[0] != PaperFinding.NEW],
        widget=forms.RadioSelect,
    )
    valid_until = day(
        gettext_lazy("valid until"),
        required=False,
        help_text=gettext_lazy("The last day that the paper itself names; empty where it names none."),
    )
    finding_reason = words(
        gettext_lazy("why it is not accepted"),
        500,
        required=False,
        help_text=gettext_lazy("The firm reads this. Leave it empty for an accepted paper."),
    )

    def fill(self):
        self.initial.setdefault("valid_until", self.row.valid_until)
        if self.row.finding != PaperFinding.NEW:
            self.initial.setdefault("finding", self.row.finding)
            self.initial.setdefault("finding_reason", self.row.finding_reason)


class DeclineForm(StepForm):
    """A refusal."""

    code = forms.ChoiceField(label=gettext_lazy("reason code"), choices=[("", "---------"), *DeclineCode.choices])
    reason = words(
        gettext_lazy("in words, for the firm"),
        1000,
        help_text=gettext_lazy("Stands on the firm's page, in the mail and in the letter of regret."),
    )
    minute = forms.CharField(label=gettext_lazy("number of the minute"), max_length=60)
    decided_on = day(gettext_lazy("decided on"))

    def fill(self):
        self.initial.setdefault("decided_on", self.today)


class PersonField(forms.ModelChoiceField):
    """Somebody who may decide on applications."""

    def label_from_instance(self, obj):
        return obj.get_full_name() or obj.get_username()


class AssignForm(StepForm):
    """Who takes care of it."""

    to = PersonField(
        get_user_model().objects.none(),
        label=gettext_lazy("assigned to"),
        required=False,
        empty_label=gettext_lazy("nobody"),
    )

    def fill(self):
        self.fields["to"].queryset = deciders()
        self.initial.setdefault("to", self.application.assigned_to_id or self.user.pk)


def deciders():
    """The members of staff who may decide on applications, by name."""
    right = Permission.objects.filter(content_type__app_label="tenants", codename="change_application")
    has_right = Q(is_superuser=True) | Q(groups__permissions__in=right) | Q(user_permissions__in=right)
    people = get_user_model().objects.filter(has_right, is_active=True, is_staff=True).distinct()
    return people.order_by("first_name", "last_name", "username")


class MessageForm(StepForm):
    """A message to the firm, which answers all that it wrote until now."""

    text = words(
        gettext_lazy("message"),
        MOST_TEXT,
        help_text=gettext_lazy("Stands on the firm's page and goes out by e-mail, signed by PSEB and not by you."),
    )
    form_token = forms.CharField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**63 - 1)


class NoteForm(StepForm):
    """The note of staff."""

    text = words(
        gettext_lazy("note of staff"),
        2000,
        required=False,
        help_text=gettext_lazy("Only staff read it. It is not kept in the history."),
    )

    def fill(self):
        self.initial.setdefault("text", self.application.staff_note)


def said(column, value):
    """A fact of a company as people read it."""
    if column == "activity":
        return dict(Activity.choices).get(value, value)
    return dated(value) if isinstance(value, dt.date) else value


class CompanyForm(StepForm):
    """Which company of the register the firm is, and what the register takes over."""

    lists = ("company", "take")

    company = forms.ChoiceField(label=gettext_lazy("The firm is"), widget=forms.RadioSelect)
    take = forms.MultipleChoiceField(
        label=gettext_lazy("Take over from the application"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Everything that is not ticked stays in the register as it is."),
    )

    def fill(self):
        self.found = candidates(self.application)
        rows = [(str(company.pk), self.known(company)) for company in self.found]
        fresh = _("A new company: %(name)s") % {"name": self.application.company_name}
        self.fields["company"].choices = [*rows, (NEW, fresh)]
        sharing = [company for company in self.found if company.shares]
        if not self.found:
            self.initial.setdefault("company", NEW)
        elif len(sharing) == 1:
            self.initial.setdefault("company", str(sharing[0].pk))
        taken = [
            (f"{company.pk} {column}", self.difference(company, column, there, written), bool(there))
            for company in self.found
            for column, there, written in differences(self.application, company)
        ]
        self.fields["take"].choices = [(key, label) for key, label, _there in taken]
        # What the register does not know is worth having; what it has is changed only when somebody says so.
        self.initial.setdefault("take", [key for key, _label, there in taken if not there])
        if not taken:
            del self.fields["take"]

    @staticmethod
    def known(company):
        """A company of the register with what it shares with the firm."""
        labels = [str(Company._meta.get_field(column).verbose_name) for column in company.shares]
        why = _("has the same %(numbers)s") % {"numbers": ", ".join(labels)} if labels else _("has a like name")
        return f"{company.name} ({why})"

    @staticmethod
    def difference(company, column, there, written):
        """One difference, in words."""
        words = {
            "company": company.name,
            "column": Company._meta.get_field(column).verbose_name,
            "written": said(column, written),
            "there": said(column, there),
        }
        if there:
            return _("%(company)s, %(column)s: “%(written)s” instead of “%(there)s”") % words
        return _("%(company)s, %(column)s: “%(written)s”; the register has none") % words

    def arguments(self):
        chosen = self.cleaned_data["company"]
        if chosen == NEW:
            return {"company": None, "new": True}
        company = next(one for one in self.found if str(one.pk) == chosen)
        prefix = f"{chosen} "
        take = [key.removeprefix(prefix) for key in self.cleaned_data.get("take", ()) if key.startswith(prefix)]
        return {"company": company, "take": take}
