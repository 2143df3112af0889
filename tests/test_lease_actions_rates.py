"""Rents: from the deed's figure to rupees a month, and the steps of an escalation."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stp_portal.kit.dates import months_after
from tenants import actions
from tenants.actions.rates import to_paisa
from tenants.models import LettingRate
from tests.factories import SuiteFactory, UserFactory
from tests.leases import FIRST, LAST, TODAY, accepted, draft, line, refused, signed

YEARLY = {"escalation_percent": Decimal(10), "escalation_months": 12}


def steps(lease):
    """The rates of the lease's only letting: (day, rent)."""
    return list(lease.lettings.get().rates.values_list("from_date", "rent_pkr"))


@pytest.mark.parametrize(
    ("basis", "figure", "rent"),
    [
        ("per_sqft", "45.50", "54623.89"),
        ("per_seat", "8000", "96000.00"),
        ("fixed", "54623.885", "54623.89"),
        ("fixed", "0", "0.00"),
    ],
)
def test_a_figure_of_the_deed_makes_rupees_a_month_for_the_whole_suite(basis, figure, rent):
    suite = SuiteFactory.build(park=None, lettable_area_sqft=Decimal("1200.525"), seats=12)
    assert str(actions.monthly_rent(suite, basis, Decimal(figure))) == rent


def test_a_rent_by_an_area_or_by_seats_that_nobody_knows_is_refused():
    suite = SuiteFactory.build(park=None, number="7", lettable_area_sqft=None, seats=None)
    with refused("The area of Suite 7 is not known", field="rent_basis"):
        actions.monthly_rent(suite, "per_sqft", Decimal(10))
    with refused("The seats of Suite 7 are not known", field="rent_basis"):
        actions.monthly_rent(suite, "per_seat", Decimal(10))


@given(
    day=st.dates(dt.date(1900, 1, 1), dt.date(2190, 1, 1)),
    months=st.integers(0, 240),
)
def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months):
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + dt.timedelta(days=1)).day == 1)


@settings(max_examples=50)
@given(
    rent=st.decimals(0, 10**9, places=2),
    percent=st.decimals(Decimal("0.01"), 100, places=2),
    number=st.integers(1, 30),
)
def test_a_step_is_rounded_half_up_from_the_exact_power(rent, percent, number):
    exact = Fraction(rent) * (1 + Fraction(percent) / 100) ** number
    assert to_paisa(rent * (1 + percent / 100) ** number) == Decimal((exact * 100 + Fraction(1, 2)).__floor__()) / 100


@pytest.mark.django_db
def test_signing_writes_a_rate_for_each_step_within_the_term():
    lease = signed(lines=[line(SuiteFactory(), FIRST, dt.date(2029, 4, 1), rent="33333.33")], facts=YEARLY)
    assert steps(lease) == [
        (FIRST, Decimal("33333.33")),
        (dt.date(2027, 4, 1), Decimal("36666.66")),
        (dt.date(2028, 4, 1), Decimal("40333.33")),
        (dt.date(2029, 4, 1), Decimal("44366.66")),
    ]


@pytest.mark.django_db
def test_no_step_lies_after_the_term_and_none_is_written_before_the_deed():
    lease = accepted(lines=[line(SuiteFactory(), FIRST, LAST)], facts=YEARLY)
    assert len(steps(lease)) == 1
    lease = actions.sign(lease=lease, signed_on=TODAY, by=UserFactory(), today=TODAY)
    assert steps(lease) == [(FIRST, 50_000)]


@pytest.mark.django_db
def test_the_deed_may_bring_the_escalation():
    lease = accepted(lines=[line(SuiteFactory(), FIRST, dt.date(2028, 3, 31))])
    lease = actions.sign(lease=lease, signed_on=TODAY, facts=YEARLY, by=UserFactory(), today=TODAY)
    assert steps(lease)[1] == (dt.date(2027, 4, 1), 55_000)


@pytest.mark.django_db
def test_steps_from_29_february_and_the_31st_are_counted_from_the_first_day():
    leap = {"escalation_percent": Decimal(1), "escalation_months": 12}
    lease = signed(lines=[line(SuiteFactory(), dt.date(2028, 2, 29), dt.date(2032, 2, 29))], facts=leap)
    assert [day.isoformat() for day, _rent in steps(lease)] == [
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]
    lease = signed(
        lines=[line(SuiteFactory(), dt.date(2027, 1, 31), dt.date(2027, 5, 31))],
        facts={"escalation_percent": Decimal(1), "escalation_months": 1},
    )
    assert [day.isoformat()[5:] for day, _rent in steps(lease)] == ["01-31", "02-28", "03-31", "04-30", "05-31"]


@pytest.mark.django_db
def test_a_letting_without_end_has_ten_years_of_steps():
    lease = signed(lines=[line(SuiteFactory(), FIRST, None)], facts=YEARLY)
    assert len(steps(lease)) == 11 and steps(lease)[-1][0] == dt.date(2036, 4, 1)


@pytest.mark.django_db
def test_a_letting_without_end_has_no_step_after_the_last_year_of_the_portal():
    lease = signed(lines=[line(SuiteFactory(), dt.date(2198, 1, 1), None)], facts=YEARLY)
    assert steps(lease)[-1][0] == dt.date(2200, 1, 1)


@pytest.mark.django_db
def test_rates_entered_by_hand_are_kept_and_the_service_charge_goes_on():
    lease = accepted(
        lines=[line(SuiteFactory(), FIRST, dt.date(2029, 3, 31), service_charge_pkr=Decimal(900))], facts=YEARLY
    )
    by_hand = {"rent_pkr": 60_000, "service_charge_pkr": 1_000}
    LettingRate.objects.create(letting=lease.lettings.get(), from_date=dt.date(2027, 4, 1), **by_hand)
    actions.sign(lease=lease, signed_on=TODAY, by=UserFactory(), today=TODAY)
    rates = lease.lettings.get().rates.values_list("from_date__year", "rent_pkr", "service_charge_pkr")
    assert list(rates) == [(2026, 50_000, 900), (2027, 60_000, 1_000), (2028, 60_500, 1_000)]


@pytest.mark.django_db
def test_a_rent_of_zero_has_no_steps():
    lease = signed(lines=[line(SuiteFactory(), FIRST, None, rent=0)], facts=YEARLY)
    assert steps(lease) == [(FIRST, 0)]


@pytest.mark.django_db
def test_each_suite_of_a_lease_has_steps_of_its_own():
    one = SuiteFactory()
    two = SuiteFactory(park=one.park)
    lease = signed(lines=[line(one, FIRST, LAST), line(two, LAST, None, rent=10)], facts=YEARLY)
    assert [letting.rates.count() for letting in lease.lettings.order_by("pk")] == [1, 11]


@pytest.mark.django_db
def test_an_escalation_beyond_all_measure_is_refused():
    facts = {"escalation_percent": Decimal(100), "escalation_months": 1}
    with refused("Suite 7 grows beyond all measure", field="escalation_percent"):
        accepted(lines=[line(SuiteFactory(number="7"), FIRST, None)], facts=facts)
    lease = accepted(lines=[line(SuiteFactory(number="8"), FIRST, None)])
    with refused("Suite 8 grows beyond all measure", field="escalation_percent"):
        actions.sign(lease=lease, signed_on=TODAY, facts=facts, by=UserFactory(), today=TODAY)


@pytest.mark.django_db
def test_a_draft_with_a_rent_too_large_for_the_register_is_refused():
    with refused(field="rent_pkr"):
        draft(lines=[line(SuiteFactory(), rent=10**13)])
