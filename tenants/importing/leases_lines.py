"""A new letting of a file with its first rate: what record_existing and add_suites ask of a line, without a query."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from parks.models.suite import RentBasis
from tenants.actions.checks import require_service
from tenants.actions.errors import Refused, suite_text
from tenants.actions.lease import FILLED, check_rent, check_suite
from tenants.actions.rates import to_paisa
from tenants.models import Letting, LettingRate

from .checked import errors_of
from .leases_names import Found
from .leases_words import columns
from .planning import RowIn

# What the rows of one lease say together, and what each says of its letting.
OF_LEASE = (
    *("signed_on", "signatory_company", "signatory_lessor", "permitted_use", "deposit_pkr", "notice_months"),
    *("lock_in_months", "due_day", "escalation_percent", "escalation_months", "registration_number"),
    *("notice_given_on", "vacated_on", "note"),
)
OF_LETTING = (
    *("suite", "commencement_date", "expiry_date", "terminated_on", "rent_basis", "rent_pkr", "service_charge_pkr"),
)
# Where the arguments of actions stand in a file.
KEYS = {"last_day": "vacated_on", "given_on": "notice_given_on", "from_date": "commencement_date", "reason": ""}


@dataclass
class Asked:
    """A row with what its names mean: its `company` and `park` as Found, `suites` of its number, None without one.

    `near` are names of suites like an unknown one, `leases` those that its letting may stand under.
    """

    row: RowIn
    company: Found
    park: Found
    suites: list | None = None
    near: str = ""
    leases: list = field(default_factory=list)

    @property
    def number(self):
        """The row's number."""
        return self.row.number

    def value(self, key):
        """What the row says in a column; None for nothing."""
        return self.row.values.get(key)

    def kept(self, key):
        """The value as the register keeps it, an empty cell included."""
        value = self.value(key)
        return columns()[key].empty if value is None else value


def refuse(plan, error):
    """Add what a Refused says to the plan, under the columns of its arguments."""
    if not hasattr(error, "error_dict"):
        for sentence in error.messages:
            plan.refuse("", sentence)
        return
    for name, sentences in error.message_dict.items():
        for sentence in sentences:
            plan.refuse(_key(name), sentence)


def refuse_errors(plan, instance, exclude=()):
    """Add what is wrong with the fields of `instance` to the plan; whether there was something."""
    found = errors_of(instance, exclude=exclude)
    for name, sentence in found:
        plan.refuse(_key(name), sentence)
    return bool(found)


def _key(name):
    name = KEYS.get(name, name)
    return name if name in columns() else ""


@dataclass
class Line:
    """A new letting and its first rate, None while the rent is unknown."""

    asked: Asked
    plan: Any
    letting: Letting
    rate: LettingRate | None


def line_of(asked, plan, lease, park, *, rents_needed):
    """The Line of a row under `lease` in `park`; None when the row is refused, which its plan then says."""
    before = len(plan.problems)
    suite = chosen_suite(asked, plan)
    if asked.value("commencement_date") is None:
        plan.refuse("commencement_date", _("A letting has its first day."), columns()["commencement_date"].accepts())
    if len(plan.problems) > before:
        return None
    letting = Letting(
        lease=lease,
        lease_state=lease.state,
        park_id=park.pk,
        suite=suite,
        commencement_date=asked.value("commencement_date"),
        expiry_date=asked.value("expiry_date"),
        terminated_on=asked.value("terminated_on"),
        rent_basis=asked.value("rent_basis") or RentBasis.FIXED,
    )
    rent, charge = asked.value("rent_pkr"), asked.value("service_charge_pkr")
    try:
        check_suite(suite, park, lease.demo)
        if rents_needed and "rent_pkr" not in asked.row.unreadable:
            check_rent(suite, rent)
    except Refused as error:
        refuse(plan, error)
    if rent is None and charge is not None and len(plan.problems) == before:
        plan.refuse("rent_pkr", _("Give the rent too; zero is a rent."))
    refuse_errors(plan, letting, exclude=FILLED)
    rate = None
    if rent is not None:
        rate = LettingRate(
            letting=letting,
            from_date=letting.commencement_date,
            rent_pkr=to_paisa(rent),
            service_charge_pkr=to_paisa(charge or 0),
        )
        refuse_errors(plan, rate)
        by_area = letting.rent_basis == RentBasis.PER_SQFT and suite.lettable_area_sqft
        if by_area and 0 < rate.rent_pkr < suite.lettable_area_sqft:
            said = _("This is less than Rs 1 a sq ft: the rent is that of the whole suite a month.")
            plan.warn("rent_pkr", said)
    return Line(asked, plan, letting, rate) if len(plan.problems) == before else None


def chosen_suite(asked, plan):
    """The suite that the row means; None when there is none, which its plan then says."""
    if asked.value("suite") is None:
        plan.refuse("suite", _("A letting has a suite."), columns()["suite"].accepts())
        return None
    if not asked.suites:
        if asked.park.what is not None:
            reason = _("There is no such suite in %(park)s.") % {"park": asked.park.what}
            plan.refuse("suite", reason, asked.near or _("A suite of the park: import it first."))
        return None
    serving = [suite for suite in asked.suites if _serves(suite, asked)]
    if len(asked.suites) == 1 or len(serving) == 1:
        return (serving or asked.suites)[0]
    plan.refuse("suite", _("The park has several suites of this number, none or several of them in service then."))
    return None


def _serves(suite, asked):
    first = asked.value("commencement_date")
    if first is None:
        return True
    return (suite.in_service_from is None or suite.in_service_from <= first) and (
        suite.withdrawn_from is None or first < suite.withdrawn_from
    )


def require_free(line, taken, company, today):
    """Refuse a letting that is to be signed where its suite is not free on each of its days; as the actions do.

    Returns the lapsed offers in its way.
    """
    plan, letting = line.plan, line.letting
    found, lapsed = taken.in_the_way_of(letting)
    for other in found:
        plan.refuse("suite", taken.named(other), _("Days on which the suite is free."))
    try:
        require_service([letting], taken.closures(letting.suite_id))
    except Refused as error:
        refuse(plan, error)
    there = taken.holding_over(letting, company) if letting.commencement_date > today else None
    if there is not None:
        plan.refuse("suite", taken.still_there(there))
    said = taken.row_in_the_way_of(letting, company)
    if said:
        plan.refuse("suite", said, _("%(suite)s let once on a day.") % {"suite": suite_text(letting.suite)})
    return lapsed
