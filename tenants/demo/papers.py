"""The rows of leases: deed facts in the order of their days, lettings, and rates with their steps."""

from decimal import Decimal
from typing import NamedTuple

from parks.models.suite import RentBasis
from tenants.actions.rates import steps_of, to_paisa
from tenants.costs import monthly_cost
from tenants.models import Lease, Letting, LettingRate
from tenants.models.lease_states import LeaseState

from .dice import days

YEARLY = Decimal("1.06")  # by which asking rents have risen each year until today
# Of a suite whose rent is on request, PKR a month.
A_SQFT, A_SEAT = Decimal(85), Decimal(7_000)
NO_DEED = "In occupation when the portal began; no agreement is on file."


class Line(NamedTuple):
    """One suite and its days in a lease; all inclusive."""

    suite: object
    first: object
    expiry: object = None
    terminated_on: object = None

    @property
    def last(self):
        """The last day of the term, None without end."""
        return min((day for day in (self.expiry, self.terminated_on) if day), default=None)


class Book:
    """Leases, lettings and rates until they are written; `today` is the day from which all is told."""

    def __init__(self, today):
        self.today = today
        self.empty()

    def empty(self):
        """Forget what has been written."""
        self.leases, self.lettings, self.rates, self.closures = [], [], [], []

    def signed(self, throw, company, lines, **facts):
        """A signed lease: offered, accepted and signed in this order before its first day, at the latest today."""
        signed_on = min(*(line.first for line in lines), self.today) - days(throw.randrange(1, 12))
        accepted_on = signed_on - days(throw.randrange(2, 10))
        offered_on = accepted_on - days(throw.randrange(1, 10))
        return self._lease(
            throw,
            company,
            lines,
            state=LeaseState.SIGNED,
            offered_on=offered_on,
            offer_deadline=offered_on + days(21),
            accepted_on=accepted_on,
            signed_on=signed_on,
            deed_on_file=True,
            **facts,
        )

    def without_deed(self, throw, company, line, *, rent_known):
        """An occupation without an agreement on file; of some not even the rent is known."""
        return self._lease(
            throw, company, [line], state=LeaseState.SIGNED, state_reason=NO_DEED, deed=False, rent_known=rent_known
        )

    def in_state(self, throw, company, lines, state, **facts):
        """A lease that is not signed, with the facts that its state asks for."""
        return self._lease(throw, company, lines, state=state, **facts)

    def _lease(self, throw, company, lines, *, state, deed=True, rent_known=True, **facts):
        first, last = min(line.first for line in lines), lines[0].expiry
        months = None if last is None else max(1, round((last - first).days / 30.4))
        lease = Lease(company=company, park=lines[0].suite.park, state=state, demo=True, **facts)
        rents = [opening_rent(line.suite, line.first, self.today) for line in lines]
        if deed:
            _terms(throw, lease, months, sum(rent for rent, _ in rents))
        self.leases.append((first, lease))
        for line, (rent, charge) in zip(lines, rents, strict=True):
            letting = Letting(
                lease=lease,
                lease_state=state,
                park=lease.park,
                suite=line.suite,
                commencement_date=line.first,
                expiry_date=line.expiry,
                terminated_on=line.terminated_on,
                rent_basis=line.suite.rent_basis or RentBasis.FIXED,
            )
            self.lettings.append(letting)
            if rent_known:
                self.rates += self._rates(lease, letting, rent, charge)
        return lease

    def _rates(self, lease, letting, rent, charge):
        """The rate of the first day; of a signed lease also the steps that `actions.sign` would write."""
        yield LettingRate(
            letting=letting, from_date=letting.commencement_date, rent_pkr=rent, service_charge_pkr=charge
        )
        if lease.state != LeaseState.SIGNED or lease.escalation_months is None:
            return
        by, every = lease.escalation_percent, lease.escalation_months
        for day, stepped in steps_of(rent, by, every, letting.commencement_date, letting.expiry_date):
            yield LettingRate(letting=letting, from_date=day, rent_pkr=stepped, service_charge_pkr=charge)


def opening_rent(suite, first, today):
    """(rent, service charge) in PKR a month with which a letting from `first` begins, by the asking rent of today."""
    asking = monthly_cost(suite)
    if asking is not None:
        rent = asking.rent
    elif suite.lettable_area_sqft is not None:
        rent = suite.lettable_area_sqft * A_SQFT
    else:
        rent = suite.seats * A_SEAT
    years = max(0, (today - first).days // 365)
    return to_paisa((rent / YEARLY**years).quantize(Decimal(1))), suite.service_charge_pkr or Decimal(0)


def _terms(throw, lease, months, rent):
    """What the deed says besides days and rents. A lease of a year or less has no step and is not registered."""
    lease.deposit_pkr = to_paisa(rent * throw.choice((1, 2, 3, 3, 6)))
    lease.notice_months = throw.choice((1, 1, 2, 3))
    lease.lock_in_months = throw.choice((0, 6, 12)) if months is None or months > 12 else 0
    lease.due_day = throw.choice((None, 1, 5, 5, 10))
    lease.permitted_use = throw.choice(("", "Software development", "IT and IT-enabled services"))
    if months is None or months > 12:
        lease.escalation_percent = throw.choice((Decimal(5), Decimal("7.5"), Decimal(8), Decimal(10)))
        lease.escalation_months = throw.choice((12, 12, 12, 24))
        if lease.state == LeaseState.SIGNED and throw.random() < 0.7:
            lease.registration_number = f"DEMO-{throw.randrange(100_000):05}"
