"""The forms of offers: on what terms, until when, and why those who wait further up the queue are passed over."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Park
from tenants import queue
from tenants.actions.entering import candidates
from tenants.actions.passing import passed_by
from tenants.models import Lease
from tenants.models.application_states import PassingCode

from .guided_forms import FIRST_LINES, ActionForm, FactsForm, LineForm, LinesForm, chooser, day, reason

# Of those ahead, so many get a reason each; the others share one.
MOST_AHEAD = 30
# Desks are let one by one, and a hall has many. Six fields each stay below what a form may send.
MOST_OFFERED = 120
NEW_COMPANY = "new"


class OfferedLine(LineForm):
    """A line of an offer. All of it is filled in, so that emptying its suite is how one leaves it out."""

    def has_changed(self):
        """Whether a suite is named."""
        return bool((self["suite"].data or "").strip())

    def clean(self):
        """What is not reported is not nothing: the firm is told a charge that somebody has decided."""
        cleaned = super().clean()
        if "service_charge_pkr" in cleaned and cleaned["service_charge_pkr"] is None:
            self.add_error("service_charge_pkr", _("Give the service charge; 0 where there is none."))
        return cleaned


OfferedLines = forms.formset_factory(
    OfferedLine, extra=FIRST_LINES, max_num=MOST_OFFERED, validate_max=True, absolute_max=MOST_OFFERED + FIRST_LINES
)


class PassingForm(ActionForm):
    """A form of an offer, which asks of everyone ahead in the queue why they are passed over."""

    def ask_passing(self, ahead):
        """Add a field for each of `ahead`, applications in the order of the queue."""
        self.ahead = ahead
        codes = [("", "---------"), *PassingCode.choices]
        if not ahead:
            return
        one = len(ahead) == 1
        self.fields["passing"] = forms.ChoiceField(
            label=self._named(ahead[0]) if one else _("all without a reason of their own"),
            choices=codes,
            required=False,
        )
        for application in [] if one else ahead[:MOST_AHEAD]:
            self.fields[f"passing_{application.pk}"] = forms.ChoiceField(
                label=self._named(application), choices=codes, required=False
            )

    @staticmethod
    def _named(application):
        return f"{application}, {application.company_name}"

    @property
    def passing_rows(self):
        """The fields that ask why, in the order of the queue."""
        return [field for field in self if self._asks_why(field.name)]

    @property
    def more_ahead(self):
        """How many of those ahead have no field of their own."""
        return max(len(self.ahead) - MOST_AHEAD, 0)

    @property
    def asked(self):
        return [field for field in super().asked if not self._asks_why(field.name)]

    def arguments(self):
        """The reasons by application, the shared one where there is no other."""
        said = {name: value for name, value in super().arguments().items() if not self._asks_why(name)}
        shared = self.cleaned_data.get("passing", "")
        codes = {one.pk: self.cleaned_data.get(f"passing_{one.pk}") or shared for one in self.ahead}
        return said | {"passing": codes}

    @staticmethod
    def _asks_why(name):
        return name == "passing" or name.startswith("passing_")


def deadline():
    """The field for the last day of an offer."""
    return day(
        gettext_lazy("offer open until"),
        help_text=gettext_lazy("The last day on which the company can accept. After it the offer lapses by itself."),
    )


class OfferForm(PassingForm):
    """The offer of a draft."""

    deadline = deadline()
    reason = reason()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lettings = list(self.lease.lettings.select_related("suite").order_by("pk"))
        self.ask_passing(passed_by(self.lease, lettings, self.today))


class OfferSpaceForm(PassingForm, LinesForm, FactsForm):
    """The offer of space to an application: everything that is known of it is filled in."""

    formset = OfferedLines

    deadline = deadline()
    minute = forms.CharField(
        label=gettext_lazy("number of the minute"),
        max_length=60,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Of the decision to offer this space."),
    )
    decided_on = day(gettext_lazy("decided on"))
    reason = reason()

    def __init__(self, data=None, *args, application, **kwargs):
        self.application = application
        super().__init__(data, *args, **kwargs)
        self.fields["park"] = chooser(
            "park", self.scope(Park.objects.all()), Lease._meta.get_field("park").verbose_name
        )
        self._ask_company()
        self.order_fields(["company", "park"])
        park = self._park_asked()
        ahead = [] if park is None else queue.ahead_of(application, park, application.band, self.today)
        self.ask_passing(ahead)

    def _ask_company(self):
        """A field for the company of the register, where there is a choice."""
        found = [] if self.application.company_id else candidates(self.application)
        if not found:
            return
        numbered = [company for company in found if company.shares]
        choices = [(str(company.pk), self._described(company)) for company in numbered or found]
        if not numbered:
            choices = [("", "---------"), *choices, (NEW_COMPANY, _("another one: enter it as new"))]
        self.companies = {str(company.pk): company for company in found}
        self.fields["company"] = forms.ChoiceField(
            label=_("company in the register"),
            choices=choices,
            help_text=_("The register has companies with a number or a name like that of the firm."),
        )

    @staticmethod
    def _described(company):
        numbers = [company.ntn, company.secp_number, company.pseb_number]
        return ", ".join([str(company), *filter(None, numbers)])

    def _park_asked(self):
        """The park that was chosen, or what is filled in; None while there is none."""
        if not self.is_bound:
            return self.initial.get("park")
        try:
            return self.fields["park"].clean(self["park"].data)
        except forms.ValidationError:
            return None

    def clean_company(self):
        """The company; None for a new one."""
        return self.companies.get(self.cleaned_data["company"])
