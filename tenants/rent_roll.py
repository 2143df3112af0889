"""The rent roll: every suite of some parks on a day, who is in it and on what terms, with totals."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet

from parks.models import Park, Suite
from tenants.models import Company, Lease, Letting
from tenants.occupancy import SuiteState, with_occupant, with_state

DAYS_IN_A_YEAR = Decimal("365.25")
HUNDREDTH = Decimal("0.01")
# Who pays rent on the day. A suite that is held brings none yet.
PAYING = (SuiteState.LET, SuiteState.HOLDING_OVER)


@dataclass(frozen=True)
class Row:
    """One suite. Amounts are PKR a month for the whole suite, None when unknown or when nobody pays.

    A held suite has the lease that holds it, but no company and no rent; a closed or vacant one has neither.
    `expiry` is the last day of the term, None without end. `days_to_expiry` is 0 on it, and below 0 when the
    tenant is holding over. `word` is the LeaseWord of the lease, empty without one.
    """

    park: Park
    suite: Suite
    state: SuiteState
    letting: Letting | None = None
    lease: Lease | None = None
    company: Company | None = None
    commencement: dt.date | None = None
    expiry: dt.date | None = None
    days_to_expiry: int | None = None
    rent_pkr: Decimal | None = None
    service_charge_pkr: Decimal | None = None
    monthly_pkr: Decimal | None = None
    next_step_on: dt.date | None = None
    next_rent_pkr: Decimal | None = None
    word: str = ""

    @property
    def floor(self):
        """The floor of the suite."""
        return self.suite.floor

    @property
    def area_sqft(self):
        """Its net lettable area; None for a desk and when unknown."""
        return self.suite.lettable_area_sqft

    @property
    def seats(self):
        """Its seats; None when unknown."""
        return self.suite.seats


@dataclass(frozen=True)
class Total:
    """The sums of some rows. `suites` are all rows, `suites_let` those let or holding over, on which the rest stands.

    `area_let_sqft` leaves out desks and, counted in `area_unknown`, suites whose area is unknown. The amounts
    leave out the `rent_unknown` suites whose rent is.

    `wale_years` is the weighted average lease expiry: years of 365.25 days from the day asked about to the last
    day, both inclusive, weighted by rent, to two decimals; `wale_by_area` the same by area. A tenant holding over
    counts with no time left; the `without_end` lettings that have no last day are left out. None when nothing
    is left to weigh.
    """

    suites: int
    suites_let: int
    area_let_sqft: Decimal
    area_unknown: int
    rent_pkr: Decimal
    service_charge_pkr: Decimal
    monthly_pkr: Decimal
    rent_unknown: int
    without_end: int
    wale_years: Decimal | None
    wale_by_area: Decimal | None


@dataclass(frozen=True)
class ParkRoll:
    """The rows of one park, floor by floor from the lowest, left to right, and their total."""

    park: Park
    rows: list[Row]
    total: Total


@dataclass(frozen=True)
class RentRoll:
    """The rent roll on the day `on`: all rows, the same by park, and their total."""

    on: dt.date
    rows: list[Row]
    parks: list[ParkRoll]
    total: Total


def rent_roll(parks: QuerySet[Park], on, today):
    """The RentRoll of `parks` on the day `on`, as known on `today`. Four queries, whatever the number of rows.

    Parks are in the order of their names; one without a suite in service or let has no rows and is left out.
    """
    by_park = {park.pk: (park, []) for park in parks.by_name()}
    suites = Suite.objects.filter(park__in=list(by_park)).order_by("floor", "position", "pk")
    # Left out here: a condition would ask for every state a second time.
    suites = [
        suite
        for suite in with_occupant(with_state(suites, on, today), on, today)
        if suite.state != SuiteState.NOT_IN_SERVICE
    ]
    keys = [suite.letting_id for suite in suites if suite.letting_id]
    lettings = (
        Letting.objects.filter(pk__in=keys).with_rate(on).with_next_step(on).select_related("lease__company").in_bulk()
    )
    words = dict(
        Lease.objects.filter(pk__in={letting.lease_id for letting in lettings.values()})
        .with_word(on, today)
        .values_list("pk", "word")
    )
    for suite in suites:
        park, rows = by_park[suite.park_id]
        suite.park = park
        rows.append(_row(park, suite, lettings.get(suite.letting_id), words, on))
    rolls = [ParkRoll(park, rows, total(rows, on)) for park, rows in by_park.values() if rows]
    rows = [row for roll in rolls for row in roll.rows]
    return RentRoll(on, rows, rolls, total(rows, on))


def _row(park, suite, letting, words, on):
    state = SuiteState(suite.state)
    if letting is None:
        return Row(park, suite, state)
    lease, expiry = letting.lease, letting.last_day
    # What is known already, so that nobody who prints the row asks for it again.
    letting.suite, letting.park, lease.park = suite, park, park
    facts = {
        "letting": letting,
        "lease": lease,
        "commencement": letting.commencement_date,
        "expiry": expiry,
        "days_to_expiry": expiry and (expiry - on).days,
        "word": words[lease.pk],
    }
    if state in PAYING:
        facts |= {
            "company": lease.company,
            "rent_pkr": letting.rent_pkr,
            "service_charge_pkr": letting.service_charge_pkr,
            "monthly_pkr": letting.monthly_pkr,
            "next_step_on": letting.next_step_on,
            "next_rent_pkr": letting.next_rent_pkr,
        }
    return Row(park, suite, state, **facts)


def total(rows, on):
    """The Total of some rows of the rent roll of the day `on`."""
    let = [row for row in rows if row.state in PAYING]
    ending = [row for row in let if row.expiry]
    return Total(
        suites=len(rows),
        suites_let=len(let),
        area_let_sqft=_sum(row.area_sqft for row in let),
        area_unknown=sum(row.area_sqft is None and row.suite.kind != "desk" for row in let),
        rent_pkr=_sum(row.rent_pkr for row in let),
        service_charge_pkr=_sum(row.service_charge_pkr for row in let),
        monthly_pkr=_sum(row.monthly_pkr for row in let),
        rent_unknown=sum(row.rent_pkr is None for row in let),
        without_end=len(let) - len(ending),
        wale_years=_wale([(row.rent_pkr, row.expiry) for row in ending], on),
        wale_by_area=_wale([(row.area_sqft, row.expiry) for row in ending], on),
    )


def _sum(figures):
    return sum((figure for figure in figures if figure is not None), Decimal(0))


def _wale(weighed, on):
    """Weights with last days, in years to the hundredth; None when there is no weight."""
    weight = _sum(figure for figure, _ in weighed)
    if not weight:
        return None
    days = _sum(figure * max((last - on).days + 1, 0) for figure, last in weighed if figure is not None)
    return (days / weight / DAYS_IN_A_YEAR).quantize(HUNDREDTH, ROUND_HALF_UP)
