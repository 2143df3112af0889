"""The rent roll: what each suite brings on a day, its totals and the weighted average lease expiry, by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.models import Park, SuiteClosure
from tenants.models import Lease
from tenants.rent_roll import rent_roll
from tests.factories import LeaseFactory, LettingFactory, ParkFactory, SuiteFactory

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
ON = dt.date(2026, 11, 22)


def roll(on=ON, parks=None, today=ON):
    return rent_roll(Park.objects.all() if parks is None else parks, on, today)


def a_park(name="Arfa Park"):
    """A park with a suite of each state, floor by floor from the ground."""
    park = ParkFactory(name=name)
    suites = [
        SuiteFactory(park=park, floor=floor, number=f"{floor}-A", lettable_area_sqft=area, seats=seats)
        for floor, area, seats in [(0, 1000, 10), (1, 500, None), (2, 2000, None), (3, 300, None), (4, 700, None)]
    ]
    let, over, held, closed, _ = suites
    first = LettingFactory(suite=let, rent=Decimal("60000.50"), charge=5000, expiry_date=dt.date(2027, 11, 22))
    first.rates.create(from_date=dt.date(2027, 1, 1), rent_pkr=66000, service_charge_pkr=5500)
    LettingFactory(
        suite=over,
        rent=30000,
        charge=2000,
        commencement_date=dt.date(2024, 1, 1),
        expiry_date=dt.date(2026, 10, 31),
    )
    LettingFactory(suite=held, rent=99000, state="accepted", commencement_date=ON, expiry_date=None)
    SuiteClosure.objects.create(suite=closed, first_day=ON, reason="repair")
    return park


def test_a_row_says_who_is_in_the_suite_and_on_what_terms():
    park = a_park()
    row = roll().rows[0]
    assert (row.park, row.floor, row.suite.number, row.area_sqft, row.seats) == (park, 0, "0-A", 1000, 10)
    assert (row.state, row.word, row.company) == ("let", "current", row.lease.company)
    assert (row.commencement, row.expiry, row.days_to_expiry) == (dt.date(2026, 1, 1), dt.date(2027, 11, 22), 365)
    assert (row.rent_pkr, row.service_charge_pkr) == (Decimal("60000.50"), Decimal(5000))
    assert row.monthly_pkr == Decimal("65000.50")
    assert (row.next_step_on, row.next_rent_pkr) == (dt.date(2027, 1, 1), Decimal(66000))


def test_every_suite_has_a_row_and_only_a_tenant_a_company_and_a_rent():
    a_park()
    rows = roll().rows
    assert [row.state for row in rows] == ["let", "holding_over", "held", "closed", "vacant"]
    assert [row.word for row in rows] == ["current", "holding_over", "accepted", "", ""]
    assert [row.company is not None for row in rows] == [True, True, False, False, False]
    assert [row.rent_pkr for row in rows] == [Decimal("60000.50"), 30000, None, None, None]
    assert [row.days_to_expiry for row in rows] == [365, -22, None, None, None]
    assert rows[2].lease is not None
    assert rows[3].letting is rows[4].lease is None


def test_the_rent_is_that_of_the_day_asked_about():
    a_park()
    assert roll(dt.date(2026, 12, 31)).rows[0].rent_pkr == Decimal("60000.50")
    later = roll(dt.date(2027, 1, 1)).rows[0]
    assert (later.rent_pkr, later.service_charge_pkr, later.next_step_on) == (66000, 5500, None)


def test_the_day_after_a_suite_is_given_back_its_rent_is_gone():
    a_park()
    letting = LettingFactory(suite=SuiteFactory(park=Park.objects.get()), rent=7000, terminated_on=ON)
    assert roll(ON).total.rent_pkr - roll(ON + DAY).total.rent_pkr == 7000
    row = next(row for row in roll(ON + DAY).rows if row.suite == letting.suite)
    assert (row.state, row.company) == ("vacant", None)


def test_totals_are_of_let_and_held_over_suites_to_the_paisa():
    a_park()
    total = roll().total
    assert (total.suites, total.suites_let, total.area_let_sqft) == (5, 2, 1500)
    assert (total.rent_pkr, total.service_charge_pkr) == (Decimal("90000.50"), Decimal(7000))
    assert total.monthly_pkr == Decimal("97000.50")
    assert (total.rent_unknown, total.without_end, total.area_unknown) == (0, 0, 0)


def test_the_weighted_average_lease_expiry_is_as_computed_by_hand():
    park = ParkFactory()

    def let(area, rent, days):
        """Let for this many days from the day asked about, both days counted."""
        last = None if days is None else ON + (days - 1) * DAY
        LettingFactory(suite=SuiteFactory(park=park, lettable_area_sqft=area), rent=rent, expiry_date=last)

    let(1000, 100_000, 731)
    let(3000, 50_000, 1461)
    let(2000, None, 1096)
    let(500, 80_000, None)
    total = roll().total
    # By rent: (100,000 × 731 + 50,000 × 1,461) / 150,000 = 974.33 days = 2.6676 years of 365.25 days.
    assert total.wale_years == Decimal("2.67")
    # By area: (1,000 × 731 + 3,000 × 1,461 + 2,000 × 1,096) / 6,000 = 1,217.67 days = 3.3338 years.
    assert total.wale_by_area == Decimal("3.33")
    assert (total.suites_let, total.without_end, total.rent_unknown) == (4, 1, 1)


def test_a_tenant_holding_over_weighs_with_no_time_left():
    park = ParkFactory()
    LettingFactory(suite=SuiteFactory(park=park), rent=1000, expiry_date=ON + 730 * DAY)
    LettingFactory(suite=SuiteFactory(park=park), rent=1000, expiry_date=ON - DAY)
    # 731 days and none: 365.5 on average.
    assert (roll().total.wale_years, roll().total.wale_by_area) == (Decimal("1.00"), Decimal("1.00"))
    assert roll().rows[1].days_to_expiry == -1


def test_the_last_day_of_a_lease_is_a_day_of_it():
    LettingFactory(rent=1000, expiry_date=ON)
    row = roll().rows[0]
    assert (row.days_to_expiry, row.state) == (0, "let")
    assert roll().total.wale_years == Decimal("0.00")


def test_nothing_let_has_no_average():
    SuiteFactory()
    LettingFactory(expiry_date=None, rent=5)
    LettingFactory(rent=0)
    total = roll().total
    assert (total.wale_years, total.suites_let, total.without_end) == (None, 2, 1)
    assert roll(parks=Park.objects.none()).total.wale_by_area is None


def test_an_unknown_rent_is_counted_and_not_taken_for_0():
    LettingFactory(rent=None)
    LettingFactory(rent=0)
    total = roll().total
    assert (total.rent_pkr, total.rent_unknown, total.suites_let) == (0, 1, 2)
    assert sorted(row.monthly_pkr is None for row in roll().rows) == [False, True]


def test_parks_follow_one_another_by_name_each_with_its_total():
    a_park("Zeta Park")
    a_park("alpha Park")
    ParkFactory(name="Beta Park")
    found = roll()
    assert [part.park.name for part in found.parks] == ["alpha Park", "Zeta Park"]
    assert [row for part in found.parks for row in part.rows] == found.rows
    assert [part.total.monthly_pkr for part in found.parks] == [Decimal("97000.50")] * 2
    assert found.total.monthly_pkr == Decimal("194001.00")


def test_only_the_parks_asked_about_are_in_it():
    a_park()
    other = LettingFactory().park
    assert {row.park for row in roll(parks=Park.objects.filter(pk=other.pk)).rows} == {other}


def test_a_suite_withdrawn_or_not_yet_in_service_has_no_row():
    park = ParkFactory()
    SuiteFactory(park=park, withdrawn_from=ON)
    SuiteFactory(park=park, in_service_from=ON + DAY)
    last = SuiteFactory(park=park, withdrawn_from=ON + DAY)
    assert [row.suite for row in roll().rows] == [last]


def test_the_word_tells_notice_and_days_are_asked_as_known_today():
    letting = LettingFactory(rent=1000)
    Lease.objects.filter(pk=letting.lease_id).update(notice_given_on=ON)
    assert [roll(on).rows[0].word for on in (ON - DAY, ON)] == ["current", "in_notice"]
    after = dt.date(2027, 1, 1)
    assert [roll(after, today=today).rows[0].state for today in (after, ON)] == ["holding_over", "vacant"]


def test_the_number_of_queries_is_the_same_for_1_row_and_for_100(django_assert_num_queries):
    letting = LettingFactory(rent=1000)

    def read():
        for row in roll().rows:
            str((row.company, row.lease, row.park, row.letting, row.rent_pkr, row.word, row.expiry))

    with django_assert_num_queries(4):
        read()
    for _ in range(99):
        suite = SuiteFactory(park=letting.park)
        LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park), rent=1000)
    assert len(roll().rows) == 100
    with django_assert_num_queries(4):
        read()
