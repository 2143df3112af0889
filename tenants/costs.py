"""What a suite costs by its asking figures: the one arithmetic behind search, suite page and comparison.

PKR throughout, rounded half-up to the paisa. What is not reported makes None, never 0.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, DecimalField, F, When
from django.db.models.functions import Round

from parks.models.suite import RentBasis

from .prepared import prepared

PAISA = Decimal("0.01")
MONTHS_IN_A_YEAR = 12
MONEY = DecimalField(max_digits=24, decimal_places=2)


@dataclass(frozen=True)
class Cost:
    """PKR. `charge` and `total` are None while the service charge is not reported."""

    rent: Decimal
    charge: Decimal | None

    @property
    def total(self):
        """Rent and service charge together, None while the charge is not reported."""
        return None if self.charge is None else self.rent + self.charge

    def times(self, months):
        """The same for `months` months."""
        return Cost(self.rent * months, None if self.charge is None else self.charge * months)


@dataclass(frozen=True)
class FirstMonth:
    """What is to be paid at the start, PKR: the first month and the deposit."""

    rent: Decimal
    charge: Decimal | None
    deposit: Decimal

    @property
    def total(self):
        """All of it, None while the service charge is not reported."""
        return None if self.charge is None else self.rent + self.charge + self.deposit


def monthly_cost(suite):
    """The `Cost` of a month, or None: rent on request, or its area or seats, which it goes by, not reported."""
    rate = suite.rent_pkr
    if rate is None:
        return None
    if suite.rent_basis == RentBasis.PER_SQFT:
        factor = suite.lettable_area_sqft
    elif suite.rent_basis == RentBasis.PER_SEAT:
        factor = suite.seats
    else:
        factor = 1
    if factor is None:
        return None
    return Cost((Decimal(rate) * factor).quantize(PAISA, ROUND_HALF_UP), suite.service_charge_pkr)


def first_month(suite, deposit_months):
    """The `FirstMonth` with a deposit of so many months' rent, without the charge; None as for `monthly_cost`."""
    cost = monthly_cost(suite)
    if cost is None:
        return None
    deposit = (cost.rent * Decimal(deposit_months)).quantize(PAISA, ROUND_HALF_UP)
    return FirstMonth(cost.rent, cost.charge, deposit)


def first_year(suite):
    """The `Cost` of the first twelve months, without the deposit, which comes back; None as for `monthly_cost`."""
    cost = monthly_cost(suite)
    return None if cost is None else cost.times(MONTHS_IN_A_YEAR)


def with_monthly_cost(suites):
    """The suites with `monthly_rent_pkr` and `monthly_total_pkr`: as `monthly_cost`, to filter and sort by."""
    return suites.annotate(monthly_rent_pkr=rent_of_suite(), monthly_total_pkr=total_of_suite())


@prepared(MONEY)
def rent_of_suite():
    """The rent a month as an expression over suites."""
    rent = Case(
        When(rent_basis=RentBasis.PER_SQFT, then=F("rent_pkr") * F("lettable_area_sqft")),
        When(rent_basis=RentBasis.PER_SEAT, then=F("rent_pkr") * F("seats")),
        default=F("rent_pkr"),
        output_field=MONEY,
    )
    return Round(rent, precision=2, output_field=MONEY)


@prepared(MONEY)
def total_of_suite():
    """Rent and service charge a month as an expression over suites."""
    return rent_of_suite() + F("service_charge_pkr")
