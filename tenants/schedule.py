"""What a lease costs month by month, from its rates and from the escalation that its deed states.

Months are counted from the first commencement. PKR, rounded half up to the paisa. A part of a month costs its share of
the days.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stp_portal.kit.dates import months_after

from .actions.rates import MONTHS_AHEAD, later_rates, to_paisa
from .models import LettingRate
from .models.lease_states import LeaseState

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Month:
    """One month, both days inclusive: rent and service charge of all suites together. `rises`: a step begins here."""

    number: int
    first: date
    last: date
    rent: Decimal
    charge: Decimal
    rises: bool

    @property
    def total(self):
        """Rent and service charge."""
        return self.rent + self.charge


@dataclass(frozen=True)
class Schedule:
    """All months until the last day. Without an end (`open_ended`) the first ten years."""

    months: tuple
    deposit: Decimal | None
    open_ended: bool

    @property
    def rent(self):
        """The rent of all months."""
        return sum((month.rent for month in self.months), Decimal(0))

    @property
    def charge(self):
        """The service charge of all months."""
        return sum((month.charge for month in self.months), Decimal(0))

    @property
    def total(self):
        """Rent and service charge of all months, without the deposit, which comes back."""
        return self.rent + self.charge

    @property
    def first_cash(self):
        """What is to be paid at the start: the first month and the deposit."""
        first = self.months[0].total if self.months else Decimal(0)
        return first + (self.deposit or 0)

    @property
    def steps(self):
        """The months in which another amount begins, the first among them."""
        return [month for month in self.months if month.rises or month.number == 1]


def schedule_of(lease):
    """The `Schedule` of the lease: of a signed one its rates, of others with the steps that signing will write.

    Raises Refused when these lead beyond all measure.
    """
    lettings = list(lease.lettings.select_related("suite").order_by("pk"))
    rates = {letting.pk: [] for letting in lettings}
    for rate in LettingRate.objects.filter(letting__in=lettings).order_by("from_date"):
        rates[rate.letting_id].append(rate)
    costs = []
    for letting in lettings:
        mine = rates[letting.pk]
        if lease.state != LeaseState.SIGNED:
            mine += later_rates(letting, list(mine), lease.escalation_percent, lease.escalation_months)
        costs.append((letting, sorted(mine, key=lambda rate: rate.from_date)))
    if not costs:
        return Schedule((), lease.deposit_pkr, open_ended=False)
    begin = min(letting.commencement_date for letting, _rates in costs)
    ends = [letting.last_day for letting, _rates in costs]
    open_ended = None in ends
    end = months_after(begin, MONTHS_AHEAD) - DAY if open_ended else max(ends)
    return Schedule(tuple(_months(costs, begin, end)), lease.deposit_pkr, open_ended)


def _months(costs, begin, end):
    number = 0
    while (first := months_after(begin, number)) <= end:
        whole = months_after(begin, number + 1) - DAY
        last = min(whole, end)
        rent, charge = (
            sum((to_paisa(_share(letting, rates, (first, last, whole), of)) for letting, rates in costs), Decimal(0))
            for of in ("rent_pkr", "service_charge_pkr")
        )
        starts = {rate.from_date for _letting, rates in costs for rate in rates}
        yield Month(number + 1, first, last, rent, charge, rises=any(first <= day <= last for day in starts))
        number += 1


def _share(letting, rates, days_of_month, of):
    """What the letting costs on the days from the first to the last of `days_of_month`, a month that ends on its
    third."""
    first, last, whole = days_of_month
    days = (whole - first).days + 1
    from_day = max(first, letting.commencement_date)
    to_day = min(last, letting.last_day or last)
    total = Decimal(0)
    for place, rate in enumerate(rates):
        begins = max(from_day, rate.from_date) if place else from_day
        ends = min(to_day, rates[place + 1].from_date - DAY) if place + 1 < len(rates) else to_day
        if ends >= begins:
            total += getattr(rate, of) * ((ends - begins).days + 1) / days
    return total
