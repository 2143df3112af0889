"""The forms of the guided pages: each asks for what its action needs and nothing else."""

from decimal import Decimal

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parks.models import Park, Suite
from parks.models.base import MOST_PKR
from parks.models.suite import ClosureReason, RentBasis
from stp_portal.kit.admin_forms import KnownAutocomplete, field_classes
from stp_portal.kit.filter_fields import DayField
from stp_portal.kit.text import CleansText, MoneyField, ascii_digits
from tenants import actions
from tenants.models import Company, Lease

MOST_REASON = 300
MOST_LINES = 20
FIRST_LINES = 3
# Suites named in an error, so that it stays a sentence.
MOST_NAMED = 12


def day(label, **kwargs):
    """A field for one day."""
    return DayField(label=label, widget=AdminDateWidget(), **kwargs)


def reason(required=False):
    """The field for why."""
    return forms.CharField(
        label=gettext_lazy("reason"),
        max_length=MOST_REASON,
        required=required,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Kept in the history.") if not required else gettext_lazy("Required, and kept."),
    )


class ActionForm(CleansText, forms.Form):
    """The fields of one action. `lease` is the lease acted on, None for a new one; `today` the day of the request."""

    # Names of the action's arguments whose errors belong to another field of the form.
    errors_of = {}

    def __init__(self, *args, lease=None, today=None, scope=None, **kwargs):
        self.lease, self.today, self.scope = lease, today, scope
        super().__init__(*args, auto_id="id_%s", **kwargs)

    def arguments(self):
        """What is handed to the action beside the row, the person and the day."""
        return dict(self.cleaned_data)

    @property
    def asked(self):
        """The fields that the page asks for first."""
        facts = {field.name for field in self.facts}
        return [field for field in self if field.name not in facts]

    @property
    def facts(self):
        """The fields that the page asks for apart, since they can wait."""
        return []


class ReasonForm(ActionForm):
    """An action that needs nothing but, perhaps, a reason."""

    reason = reason()


class WithReasonForm(ActionForm):
    """An action that needs a reason."""

    reason = reason(required=True)


class AcceptForm(ActionForm):
    accepted_on = day(gettext_lazy("accepted on"))
    reason = reason()


class LastDayForm(ActionForm):
    """An action with a last day."""

    last_day = day(gettext_lazy("last day"), help_text=gettext_lazy("Inclusive: the suite is free the day after."))
    reason = reason()


class TerminateForm(LastDayForm):
    reason = reason(required=True)


class TakenBackForm(ActionForm):
    """A recorded day; once there is one, an empty field takes it back, with a reason. `column` holds it."""

    column = argument = ""
    reason = reason()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.lease is not None and getattr(self.lease, self.column):
            field = self.fields[self.argument]
            field.required = False
            field.help_text = _("Empty: what was recorded is taken back, for a reason.")
            field.initial = getattr(self.lease, self.column)


class NoticeForm(TakenBackForm):
    column, argument = "notice_given_on", "given_on"
    given_on = day(gettext_lazy("notice given on"))
    field_order = ["given_on"]


class VacatedForm(TakenBackForm):
    column, argument = "vacated_on", "last_day"
    last_day = day(gettext_lazy("last day of occupation"), help_text=gettext_lazy("Inclusive."))
    field_order = ["last_day"]


class RenewForm(ActionForm):
    expiry_date = day(
        gettext_lazy("expiry of the new lease"),
        required=False,
        help_text=gettext_lazy("The last day. Empty: without end."),
    )
    reason = reason()


class CloseForm(ActionForm):
    first_day = day(gettext_lazy("first closed day"))
    last_day = day(
        gettext_lazy("last closed day"), required=False, help_text=gettext_lazy("Empty: until further notice.")
    )
    closure_reason = forms.ChoiceField(
        label=gettext_lazy("reason"), choices=[("", "---------"), *ClosureReason.choices]
    )
    note = forms.CharField(
        label=gettext_lazy("note"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ReopenForm(ActionForm):
    last_day = day(
        gettext_lazy("last closed day"), help_text=gettext_lazy("Inclusive: the suite is open again the day after.")
    )
    reason = reason()


class FactsForm(ActionForm):
    """The facts of a deed. Only what the person changed is handed on: the rest may have changed meanwhile."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in actions.DEED_FACTS:
            self.fields[name] = fact_field(name)
            if self.lease is not None:
                self.fields[name].initial = getattr(self.lease, name)
                self.fields[name].show_hidden_initial = True

    @property
    def facts(self):
        return [self[name] for name in actions.DEED_FACTS]

    @property
    def facts_open(self):
        """Whether the page shows the facts at once: they were filled in, or one of them is wrong."""
        return any(field.errors or field.value() not in (None, "") for field in self.facts)

    def arguments(self):
        names = set(actions.DEED_FACTS)
        asked = names if self.lease is None else names & set(self.changed_data)
        facts = {name: self.cleaned_data[name] for name in asked}
        if self.lease is None:
            facts = {name: value for name, value in facts.items() if value not in (None, "")}
        return {name: value for name, value in self.cleaned_data.items() if name not in names} | {"facts": facts}


def fact_field(name):
    """The form field of a column of Lease, as the staff pages have it."""
    column = Lease._meta.get_field(name)
    options = {"form_class": field_classes(column)} if field_classes(column) else {}
    field = column.formfield(**options)
    if type(field) is forms.CharField:
        field.widget.attrs["class"] = "vTextField"
    return field


class DepositForm(ActionForm):
    """The deposit as it came in; the one agreed is filled in."""

    received_pkr = MoneyField(
        label=gettext_lazy("received, PKR"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)]
    )
    received_on = day(gettext_lazy("received on"))
    reason = reason()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        received = self.lease.deposit_received_pkr
        self.fields["received_pkr"].initial = self.lease.deposit_pkr if received is None else received
        self.fields["received_on"].initial = self.lease.deposit_received_on


class SignForm(FactsForm):
    signed_on = day(gettext_lazy("signed on"))
    reason = reason()

    field_order = ["signed_on"]


class LineForm(CleansText, forms.Form):
    """One suite with its term and rent: a line of the lease."""

    suite = forms.CharField(label=gettext_lazy("suite"), max_length=30, widget=forms.TextInput(attrs={"size": 8}))
    commencement_date = day(gettext_lazy("commencement"))
    expiry_date = day(gettext_lazy("expiry"), required=False)
    rent = MoneyField(
        label=gettext_lazy("rent, PKR a month"),
        required=False,
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )
    rent_basis = forms.ChoiceField(label=gettext_lazy("basis"), choices=RentBasis.choices, initial=RentBasis.FIXED)
    service_charge_pkr = MoneyField(
        label=gettext_lazy("service charge, PKR a month"),
        required=False,
        max_digits=14,
        decimal_places=2,
        validators=[MinValueValidator(0)],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("rent", "service_charge_pkr"):
            self.fields[name].widget.attrs |= {"size": 10, "maxlength": 20}

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("commencement_date"), cleaned.get("expiry_date")
        if first and last and last < first:
            self.add_error("expiry_date", _("The expiry is before the commencement."))
        return cleaned

    def line(self, suites):
        """The `actions.Line` of this row among `suites` by folded number; None with an error on the row."""
        typed = self.cleaned_data["suite"]
        suite = suites.get(folded(typed))
        if suite is None:
            self.add_error("suite", _unknown(typed, suites))
            return None
        rent = self.cleaned_data["rent"]
        try:
            if rent is not None:
                rent = actions.monthly_rent(suite, self.cleaned_data["rent_basis"], rent)
        except ValidationError as error:
            self.add_error("rent_basis", error.messages)
            return None
        if rent is not None and rent > MOST_PKR:
            self.add_error("rent", _("The rent a month is above Rs 999,999,999,999. Check the basis."))
            return None
        return actions.Line(
            suite=suite,
            commencement_date=self.cleaned_data["commencement_date"],
            expiry_date=self.cleaned_data["expiry_date"],
            rent_pkr=rent,
            service_charge_pkr=self.cleaned_data["service_charge_pkr"] or Decimal(0),
            rent_basis=self.cleaned_data["rent_basis"],
        )


def folded(number):
    """A suite's number as it is compared: Latin digits, capitals, without spaces."""
    return "".join(ascii_digits(number).upper().split())


def _unknown(typed, suites):
    if not suites:
        return _("This park has no suite in service. Add its suites first.")
    named = ", ".join(str(suite) for suite in list(suites.values())[:MOST_NAMED])
    more = len(suites) - MOST_NAMED
    if more > 0:
        named += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
    return _("There is no suite “%(typed)s” in service in this park. It has: %(named)s.") % {
        "typed": typed,
        "named": named,
    }


LineFormSet = forms.formset_factory(
    LineForm, extra=FIRST_LINES, max_num=MOST_LINES, validate_max=True, absolute_max=MOST_LINES + FIRST_LINES
)


class LinesForm(ActionForm):
    """A form with lines: suites, their terms and rents. `need_line` says whether one at least must be given.

    `first_lines` are what the lines begin with, as initial values."""

    need_line = True
    formset = LineFormSet

    def __init__(self, data=None, *args, first_lines=(), **kwargs):
        super().__init__(data, *args, **kwargs)
        self.lines = self.formset(data, prefix="lines", initial=None if data is not None else list(first_lines))
        for form in self.lines.forms:
            form.empty_permitted = True
            form.fields["suite"].widget.attrs["list"] = "suites-of-the-park"

    @property
    def park(self):
        """The park of the lines, None while it is not known."""
        if self.lease is not None:
            return self.lease.park
        if self.is_bound and hasattr(self, "cleaned_data"):
            return self.cleaned_data.get("park")
        return self.initial.get("park")

    @property
    def suites(self):
        """The park's suites in service from today on, for the box; empty while the park is not known."""
        if self.park is None:
            return []
        if not hasattr(self, "_suites"):
            self._suites = list(serving(self.park, self.today))
        return self._suites

    def is_valid(self):
        valid = super().is_valid()
        lines = self.lines.is_valid()
        if not (valid and lines):
            return False
        suites = {}
        for suite in self.suites:
            suites.setdefault(folded(suite.number), suite)
        found = [form.line(suites) for form in self.lines.forms if form.has_changed() and form.cleaned_data]
        if self.need_line and not found:
            self.add_error(None, _("Give at least one suite with its commencement."))
        self.found = [line for line in found if line is not None]
        return not self.errors and len(self.found) == len(found)

    def arguments(self):
        return super().arguments() | {"lines": self.found}


def serving(park, today):
    """Suites of `park` that are offered on some day from `today` on, by number."""
    rows = Suite.objects.filter(park=park).exclude(withdrawn_from__lte=today)
    return rows.order_by(Lower("number"), "pk")


class AddSuitesForm(LinesForm):
    reason = reason()


def chooser(column, rows, label):
    """A box that finds a company or a park by typing."""
    return forms.ModelChoiceField(
        rows, label=label, widget=KnownAutocomplete(Lease._meta.get_field(column), admin.site)
    )


class NewLeaseForm(LinesForm, FactsForm):
    """A new lease: its company, its park and its lines. `scope` narrows a model's rows to what one may see."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, model in (("company", Company), ("park", Park)):
            self.fields[name] = chooser(name, self.scope(model.objects.all()), Lease._meta.get_field(name).verbose_name)
        self.order_fields(["company", "park", *(name for name in ("deed_on_file", "signed_on") if name in self.fields)])


class DraftForm(NewLeaseForm):
    need_line = False
    reason = reason()


class ExistingForm(NewLeaseForm):
    deed_on_file = forms.BooleanField(
        label=gettext_lazy("the deed is on file"),
        required=False,
        help_text=gettext_lazy("Without it, the company is listed as in occupation without an agreement."),
    )
    signed_on = day(
        gettext_lazy("signed on"), required=False, help_text=gettext_lazy("The day of the deed; empty without one.")
    )
    reason = reason(required=True)
