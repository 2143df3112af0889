"""Free space for an application: which is found, in which order, and by how many queries."""

import datetime as dt
from decimal import Decimal

import pytest

from tenants import matching
from tenants.matching import Near
from tests.applications import ApplicationFactory, desks
from tests.factories import CityFactory, LettingFactory, ParkFactory, StageEventFactory, SuiteFactory

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 11, 20)
MOVE_IN = dt.date(2027, 1, 1)


def suite(park, area, **facts):
    """A suite of a park at Rs 100 a sq ft with no service charge."""
    money = {"rent_basis": "per_sqft", "rent_pkr": 100, "service_charge_pkr": 0}
    return SuiteFactory(park=park, lettable_area_sqft=area, **money | facts)


def found(application, on=ON):
    return [match.suites[0] for match in matching.free_now(application, on)]


def test_close_suites_come_by_choice_then_city_then_elsewhere():
    lahore = CityFactory()
    chosen, near, far = ParkFactory(city=lahore), ParkFactory(city=lahore), ParkFactory()
    elsewhere, beside, here = suite(far, 1_000), suite(near, 1_000), suite(chosen, 1_190)
    wished = suite(near, 3_000)
    application = ApplicationFactory(choices=[chosen, wished])
    assert found(application) == [wished, here, beside, elsewhere]
    nears = [match.near for match in matching.free_now(application, ON)]
    # The park of a chosen suite was chosen with it.
    assert nears == [Near.SUITE, Near.PARK, Near.PARK, Near.ELSEWHERE]


def test_only_what_is_within_a_fifth_of_the_size_is_close():
    park = ParkFactory()
    for area in (799, 1_201):
        suite(park, area)
    edges = [suite(park, 800), suite(park, 1_200)]
    assert set(found(ApplicationFactory(choices=[park]))) == set(edges)


def test_what_is_let_held_closed_or_unlisted_is_not_found():
    park = ParkFactory()
    let = suite(park, 1_000)
    LettingFactory(suite=let, commencement_date=dt.date(2026, 1, 1), expiry_date=None)
    suite(ParkFactory(listed=False), 1_000)
    ended = ParkFactory()
    suite(ended, 1_000)
    StageEventFactory(park=ended, stage="closed", on=dt.date(2026, 1, 1))
    assert found(ApplicationFactory(choices=[park])) == []


def test_a_fit_is_free_for_all_the_months_and_from_the_day_of_moving_in():
    park = ParkFactory()
    soon = suite(park, 1_000)
    LettingFactory(suite=soon, commencement_date=dt.date(2026, 1, 1), expiry_date=dt.date(2026, 12, 31))
    short = suite(park, 1_000)
    LettingFactory(suite=short, commencement_date=dt.date(2029, 1, 1), expiry_date=None)
    application = ApplicationFactory(choices=[park], move_in=MOVE_IN, months=36)
    assert [match.suites[0] for match in matching.fit(application, ON)] == [soon]
    assert found(application) == [short]
    assert matching.free_now(application, ON)[0].free_until == dt.date(2028, 12, 31)


def test_a_day_of_moving_in_that_has_passed_is_today():
    application = ApplicationFactory(move_in=dt.date(2026, 1, 1), months=12)
    period = matching.period_of(application, ON)
    assert (period.first_day, period.last_day) == (ON, dt.date(2027, 11, 19))


def test_a_fit_of_another_size_comes_last_and_only_from_chosen_parks():
    park, other = ParkFactory(), ParkFactory()
    large, close = suite(park, 5_000), suite(other, 1_100)
    suite(other, 5_000)
    matches = matching.fit(ApplicationFactory(choices=[park]), ON)
    assert [match.suites[0] for match in matches] == [close, large]
    assert matches[1].near == Near.OTHER_SIZE
    assert matches[1].percent_off == 400


def test_of_like_sizes_what_the_budget_covers_comes_first():
    park = ParkFactory()
    dear = suite(park, 1_000, rent_pkr=200)
    unknown = suite(park, 1_000, rent_basis="", rent_pkr=None, service_charge_pkr=None)
    cheap = suite(park, 1_005)
    matches = matching.free_now(ApplicationFactory(choices=[park], budget_pkr=150_000), ON)
    assert [match.suites[0] for match in matches] == [cheap, unknown, dear]
    assert [match.within_budget for match in matches] == [True, None, False]
    assert matches[0].month.total == Decimal("100500.00")
    assert matches[1].month is None


def test_a_park_for_women_only_is_found_when_chosen_or_when_all_are_women():
    park = ParkFactory(women_only=True)
    one = suite(park, 1_000)
    assert found(ApplicationFactory(team_size=12, women_staff=3)) == []
    assert found(ApplicationFactory(team_size=12, women_staff=12)) == [one]
    assert found(ApplicationFactory(team_size=12, choices=[park])) == [one]


def test_a_withdrawn_choice_counts_no_more():
    park = ParkFactory()
    suite(park, 1_000)
    application = ApplicationFactory(choices=[park])
    application.choices.update(withdrawn_on=ON)
    assert [match.near for match in matching.free_now(application, ON)] == [Near.ELSEWHERE]


def test_demonstration_suites_are_not_found_for_a_real_application():
    suite(ParkFactory(demo=True), 1_000, demo=True)
    assert found(ApplicationFactory()) == []


def test_what_the_park_lacks_is_told_and_what_is_not_reported_is_not():
    park = ParkFactory(power_hours=8, generator=None)
    suite(park, 1_000)
    application = ApplicationFactory(choices=[park], power_hours=16, generator=True)
    (match,) = matching.free_now(application, ON)
    assert match.short_of == ("power for 8 of 16 hours a day",)


def desk(park, hall="A", **facts):
    money = {"rent_basis": "per_seat", "rent_pkr": 10_000, "service_charge_pkr": 500}
    return SuiteFactory(park=park, kind="desk", hall=hall, lettable_area_sqft=None, seats=1, **money | facts)


def test_desks_are_found_by_parks_that_have_enough_and_in_one_hall_where_one_has():
    chosen, small = ParkFactory(), ParkFactory()
    for _each in range(2):
        desk(chosen, "A", rent_pkr=8_000)
    hall = [desk(chosen, "B") for _each in range(3)]
    desk(small)
    (match,) = matching.free_now(desks(3, choices=[small, chosen]), ON)
    assert set(match.suites) == set(hall)
    assert (match.park, match.rank, match.desks_free, match.size) == (chosen, 2, 5, 3)
    assert match.month.total == Decimal("31500.00")
    assert match.title == "3 desks"


def test_desks_of_several_halls_are_taken_where_none_has_enough():
    park = ParkFactory()
    cheap = [desk(park, "A", rent_pkr=8_000) for _each in range(2)]
    desk(park, "B")
    (match,) = matching.free_now(desks(3, choices=[park]), ON)
    assert set(cheap) < set(match.suites)
    assert len(match.suites) == 3


def test_a_chosen_desk_is_among_those_found():
    park = ParkFactory()
    for _each in range(3):
        desk(park, rent_pkr=5_000)
    wished = desk(park, rent_pkr=9_000)
    (match,) = matching.free_now(desks(2, choices=[wished]), ON)
    assert wished in match.suites


@pytest.mark.parametrize("make", ["areas", "desks"])
def test_the_number_of_queries_is_constant(make, django_assert_max_num_queries):
    park = ParkFactory()
    for _each in range(8):
        suite(ParkFactory(), 1_000)
        desk(ParkFactory())
    application = ApplicationFactory(choices=[park]) if make == "areas" else desks(1, choices=[park])
    with django_assert_max_num_queries(3):
        assert len(matching.fit(application, ON)) == 8
