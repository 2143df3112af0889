"""Let, holding over, held, closed and vacant: the days on which they change, and what the figures stand on."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.models import Park, Suite, SuiteClosure
from tenants import occupancy as occ
from tenants.models import Lease, Letting
from tests.factories import CityFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, bring_to

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
BEFORE, AFTER = FIRST - DAY, LAST + DAY
# A day from which everything below is past.
LATER = dt.date(2030, 1, 1)
ALL = Suite.objects.all()


def state(suite, on, today=LATER):
    return occ.with_state(Suite.objects.filter(pk=suite.pk), on, today).get().state


def free_from(suite, on, today=LATER):
    row = occ.with_free_from(Suite.objects.filter(pk=suite.pk), on, today).get()
    return row.free_from, row.free_until


def vacant_since(suite, on, today=LATER):
    row = occ.with_vacant_since(Suite.objects.filter(pk=suite.pk), on, today).get()
    return row.vacant_since, row.void_days


def lease_of(letting, **facts):
    Lease.objects.filter(pk=letting.lease_id).update(**facts)


def close(suite, first, last=None):
    SuiteClosure.objects.create(suite=suite, first_day=first, last_day=last, reason="repair")


def test_a_suite_is_let_from_the_first_to_the_last_day_of_its_letting():
    suite = LettingFactory(terminated_on=LAST - DAY).suite
    assert [state(suite, on) for on in (BEFORE, FIRST, LAST - DAY, LAST)] == ["vacant", "let", "let", "vacant"]


def test_a_suite_is_held_over_from_the_day_after_the_expiry_to_the_last_day_of_occupation():
    letting = LettingFactory()
    assert state(letting.suite, AFTER) == "holding_over"
    assert state(letting.suite, LATER) == "holding_over"
    assert free_from(letting.suite, FIRST) == (None, None)
    lease_of(letting, vacated_on=LAST + 9 * DAY)
    assert state(letting.suite, LAST + 9 * DAY) == "holding_over"
    assert state(letting.suite, LAST + 10 * DAY) == "vacant"
    assert free_from(letting.suite, FIRST) == (LAST + 10 * DAY, None)
    assert vacant_since(letting.suite, LAST + 12 * DAY) == (LAST + 10 * DAY, 3)


def test_a_tenant_who_left_before_the_expiry_keeps_the_suite_to_the_expiry_and_no_longer():
    letting = LettingFactory()
    lease_of(letting, vacated_on=dt.date(2026, 6, 30))
    assert (state(letting.suite, LAST), state(letting.suite, AFTER)) == ("let", "vacant")
    assert free_from(letting.suite, FIRST) == (AFTER, None)
    assert vacant_since(letting.suite, AFTER) == (AFTER, 1)


def test_nobody_is_expected_to_stay_beyond_an_expiry_that_has_not_come():
    letting = LettingFactory()
    assert free_from(letting.suite, FIRST, today=LAST) == (AFTER, None)
    assert list(occ.free_for(ALL, AFTER, None, today=LAST)) == [letting.suite]
    assert not occ.free_for(ALL, AFTER, None, today=AFTER).exists()


def test_a_tenant_who_stayed_is_gone_once_the_suite_is_let_to_another():
    letting = LettingFactory()
    LettingFactory(
        suite=letting.suite, commencement_date=LAST + 31 * DAY, terminated_on=LAST + 40 * DAY, expiry_date=None
    )
    assert occ.free_windows(ALL, FIRST, None, LATER) == {letting.suite_id: [(LAST + 41 * DAY, None)]}
    assert vacant_since(letting.suite, LATER)[0] == LAST + 41 * DAY


def test_a_renewal_of_part_of_a_lease_frees_the_other_suites():
    kept = LettingFactory()
    left = LettingFactory(suite=SuiteFactory(park=kept.park), lease=kept.lease)
    renewal = LeaseFactory(park=kept.park, company=kept.lease.company, renews=kept.lease)
    LettingFactory(suite=kept.suite, lease=renewal, commencement_date=AFTER, expiry_date=None)
    assert [state(letting.suite, AFTER) for letting in (kept, left)] == ["let", "vacant"]


def test_a_tenant_who_stays_is_shown_before_the_one_who_has_accepted():
    letting = LettingFactory()
    next_one = LettingFactory(suite=letting.suite, commencement_date=AFTER, expiry_date=None, state="accepted")
    row = occ.with_occupant(ALL, AFTER, LATER).get()
    assert (state(letting.suite, AFTER), row.letting_id) == ("holding_over", letting.pk)
    lease_of(letting, vacated_on=LAST)
    row = occ.with_occupant(ALL, AFTER, LATER).get()
    assert (state(letting.suite, AFTER), row.letting_id) == ("held", next_one.pk)


def test_an_offer_holds_a_suite_until_the_day_of_its_deadline():
    letting = LettingFactory(state="offered")
    lease_of(letting, offer_deadline=dt.date(2026, 3, 9))
    assert state(letting.suite, FIRST, today=dt.date(2026, 3, 9)) == "held"
    assert state(letting.suite, FIRST, today=dt.date(2026, 3, 10)) == "vacant"
    assert list(occ.free_for(ALL, FIRST, LAST, today=dt.date(2026, 3, 10))) == [letting.suite]
    assert not occ.free_for(ALL, FIRST, LAST, today=dt.date(2026, 3, 9)).exists()


@pytest.mark.parametrize("lease_state", ["draft", "lapsed", "declined", "withdrawn", "cancelled"])
def test_a_lease_that_came_to_nothing_holds_nothing(lease_state):
    suite = LettingFactory(state=lease_state).suite
    assert (state(suite, FIRST), free_from(suite, FIRST)) == ("vacant", (FIRST, None))


def test_a_closed_suite_is_closed_to_its_last_day_but_let_first():
    suite = SuiteFactory()
    close(suite, FIRST, LAST)
    assert [state(suite, on) for on in (BEFORE, FIRST, LAST, AFTER)] == ["vacant", "closed", "closed", "vacant"]
    assert free_from(suite, FIRST) == (AFTER, None)
    LettingFactory(suite=suite)
    assert state(suite, FIRST) == "let"


def test_out_of_service_goes_before_closed_and_after_let():
    suite = SuiteFactory(in_service_from=FIRST, withdrawn_from=LAST)
    close(suite, dt.date(2020, 1, 1))
    assert [state(suite, on) for on in (BEFORE, FIRST, LAST - DAY, LAST)] == [
        "not_in_service",
        "closed",
        "closed",
        "not_in_service",
    ]
    LettingFactory(suite=suite)
    assert state(suite, LAST) == "let"


def test_windows_lie_between_lettings_and_outside_closures():
    suite, never = SuiteFactory(in_service_from=FIRST, withdrawn_from=dt.date(2028, 1, 1)), SuiteFactory()
    LettingFactory(suite=suite, commencement_date=dt.date(2026, 3, 1), terminated_on=dt.date(2026, 4, 30))
    LettingFactory(suite=suite, commencement_date=dt.date(2026, 5, 1), terminated_on=dt.date(2026, 5, 31))
    close(suite, dt.date(2026, 8, 1), dt.date(2026, 8, 31))
    LettingFactory(suite=never, commencement_date=dt.date(2020, 1, 1), expiry_date=None)
    assert occ.free_windows(ALL, dt.date(2025, 1, 1), None, LATER) == {
        suite.pk: [
            (FIRST, dt.date(2026, 2, 28)),
            (dt.date(2026, 6, 1), dt.date(2026, 7, 31)),
            (dt.date(2026, 9, 1), dt.date(2027, 12, 31)),
        ],
        never.pk: [],
    }
    assert occ.free_windows(ALL.filter(pk=suite.pk), dt.date(2026, 2, 27), dt.date(2026, 6, 1), LATER) == {
        suite.pk: [(dt.date(2026, 2, 27), dt.date(2026, 2, 28)), (dt.date(2026, 6, 1), dt.date(2026, 6, 1))]
    }


def test_a_suite_never_let_is_vacant_since_it_came_into_service_or_since_nobody_knows():
    known, unknown = SuiteFactory(in_service_from=FIRST), SuiteFactory()
    assert vacant_since(known, FIRST) == (FIRST, 1)
    assert vacant_since(known, LAST) == (FIRST, 365)
    assert vacant_since(unknown, FIRST) == (None, None)
    assert vacant_since(known, BEFORE) == (None, None)


def test_a_suite_is_free_for_a_term_only_when_in_service_and_open_on_all_of_its_days():
    suite = SuiteFactory(in_service_from=FIRST, withdrawn_from=AFTER)
    assert list(occ.free_for(ALL, FIRST, LAST, LATER)) == [suite]
    for first, last in ((BEFORE, LAST), (FIRST, AFTER), (FIRST, None)):
        assert not occ.free_for(ALL, first, last, LATER).exists()
    close(suite, dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    assert not occ.free_for(ALL, FIRST, dt.date(2026, 5, 1), LATER).exists()
    assert not occ.free_for(ALL, dt.date(2026, 5, 31), LAST, LATER).exists()
    assert list(occ.free_for(ALL, FIRST, dt.date(2026, 4, 30), LATER)) == [suite]
    assert list(occ.free_for(ALL, dt.date(2026, 6, 1), LAST, LATER)) == [suite]


def test_reversed_days_are_refused():
    for ask in (occ.free_for, occ.free_windows):
        with pytest.raises(ValueError, match="before"):
            ask(ALL, LAST, FIRST, LATER)


def test_a_suite_let_many_times_is_one_row():
    suite = SuiteFactory()
    for n in range(20):
        day = FIRST + n * DAY
        LettingFactory(suite=suite, commencement_date=day, expiry_date=day)
    assert occ.with_free_from(ALL, FIRST, LATER).count() == 1
    assert len(occ.free_for(ALL, BEFORE, BEFORE, LATER)) == 1


def test_suites_that_become_free_are_those_whose_first_window_begins_within_the_days():
    ending, later, free, coming = (SuiteFactory() for _ in range(4))
    LettingFactory(suite=ending, terminated_on=LAST - DAY)
    LettingFactory(suite=later, expiry_date=LAST + 90 * DAY, terminated_on=LAST + 89 * DAY)
    Suite.objects.filter(pk=coming.pk).update(in_service_from=LAST)
    found = occ.becoming_free(ALL, dt.date(2026, 12, 1), LAST, LATER)
    assert {suite.pk: suite.free_from for suite in found} == {ending.pk: LAST, coming.pk: LAST}
    closed, left = later, LettingFactory(commencement_date=dt.date(2024, 1, 1), expiry_date=BEFORE)
    lease_of(left, vacated_on=LAST - DAY)
    close(closed, dt.date(2026, 11, 1), LAST - DAY)
    LettingFactory(suite=free, commencement_date=dt.date(2027, 6, 1), expiry_date=None)
    found = occ.becoming_free(ALL, dt.date(2026, 12, 1), LAST, LATER)
    assert {suite.pk for suite in found} == {ending.pk, coming.pk, left.suite_id}
    assert free_from(free, LAST) == (LAST, dt.date(2027, 5, 31))
    Letting.objects.filter(suite=closed).update(terminated_on=dt.date(2026, 10, 31))
    assert closed in occ.becoming_free(ALL, dt.date(2026, 12, 1), LAST, LATER)


def mixed_park():
    """A park of 3,000 sq ft of which 1,000 are let, 500 held over and 500 closed; a desk is let, a room bare."""
    park = ParkFactory(city=CityFactory(region="sindh"), programme="sco")
    let, over, closed, _ = (SuiteFactory(park=park, lettable_area_sqft=area) for area in (1000, 500, 500, 1000))
    SuiteFactory(park=park, lettable_area_sqft=None)
    desk = SuiteFactory(park=park, kind="desk", lettable_area_sqft=None, seats=1)
    LettingFactory(suite=let)
    LettingFactory(suite=desk)
    LettingFactory(suite=over, commencement_date=dt.date(2024, 1, 1), expiry_date=dt.date(2024, 12, 31))
    close(closed, FIRST)
    return park


def test_the_rate_counts_let_and_holding_over_on_all_lettable_area():
    mixed_park()
    ParkFactory()
    found = occ.occupancy(ALL, Park.objects.all(), FIRST, LATER)
    assert (found.on, found.parks_listed, found.parks_counted) == (FIRST, 2, 1)
    assert (found.rate, found.seat_rate) == (Decimal("0.5"), Decimal(1))
    assert found.let == occ.Measure(suites=2, area_sqft=Decimal(1000), seats=1)
    assert found.vacant == occ.Measure(suites=2, area_sqft=Decimal(1000), without_area=1)
    assert found.lettable == occ.Measure(suites=6, area_sqft=Decimal(3000), seats=1, without_area=1)


def test_a_park_without_suites_has_no_rate_and_no_area_rather_than_0():
    ParkFactory()
    found = occ.occupancy(ALL, Park.objects.all(), FIRST, LATER)
    assert (found.parks_listed, found.parks_counted, found.rate, found.seat_rate) == (1, 0, None, None)
    park = occ.with_free_area(Park.objects.all(), FIRST, LATER).get()
    assert (park.lettable_area_sqft, park.free_area_sqft, park.free_seats, park.free_suites) == (None,) * 4


def test_a_full_park_has_0_free_and_one_whose_free_suites_have_no_area_has_an_unknown_one():
    full, bare = LettingFactory().park, SuiteFactory(lettable_area_sqft=None).park
    SuiteFactory(park=bare, lettable_area_sqft=700, seats=5)
    LettingFactory(suite=bare.suites.get(seats=5))
    parks = occ.with_free_area(Park.objects.all(), FIRST, LATER).in_bulk()
    assert (parks[full.pk].free_area_sqft, parks[full.pk].free_suites, parks[full.pk].free_seats) == (0, 0, None)
    assert (parks[bare.pk].lettable_area_sqft, parks[bare.pk].free_area_sqft) == (700, None)
    assert (parks[bare.pk].free_suites, parks[bare.pk].free_seats) == (1, None)


def test_parks_can_be_filtered_sorted_and_counted_by_their_free_area():
    small, large = (SuiteFactory(lettable_area_sqft=area).park for area in (Decimal("900.50"), 10_000))
    parks = occ.with_free_area(Park.objects.all(), FIRST, LATER)
    assert list(parks.order_by("-free_area_sqft")) == [large, small]
    assert list(parks.filter(free_area_sqft__gte=901)) == [large]
    assert parks.filter(free_area_sqft__lte=Decimal("900.50"), free_suites=1).count() == 1


def test_occupancy_is_told_by_park_city_region_and_programme():
    park, empty = mixed_park(), ParkFactory()
    whole = occ.occupancy(ALL, Park.objects.filter(pk=park.pk), FIRST, LATER)
    nothing = occ.Occupancy(FIRST, parks_listed=1)
    for key, values in {
        "park_id": (park.pk, empty.pk),
        "park__city_id": (park.city_id, empty.city_id),
        "park__city__region": ("sindh", "punjab"),
        "park__programme": ("sco", "pseb"),
    }.items():
        found = occ.occupancy_by(ALL, Park.objects.all(), key, FIRST, LATER)
        assert found == dict(zip(values, (whole, nothing), strict=True))
    with pytest.raises(ValueError, match="park__name"):
        occ.occupancy_by(ALL, Park.objects.all(), "park__name", FIRST, LATER)


def test_only_the_suites_of_the_parks_asked_about_count():
    mixed_park()
    other = SuiteFactory().park
    found = occ.occupancy(ALL, Park.objects.filter(pk=other.pk), FIRST, LATER)
    assert (found.parks_counted, found.lettable.suites) == (1, 1)


def test_the_day_of_so_many_ends_is_the_day_after_the_last_of_them():
    for n in (9, 3, 6):
        LettingFactory(expiry_date=LAST - n * DAY)
    LettingFactory(expiry_date=LAST, terminated_on=LAST - 5 * DAY)
    LettingFactory(expiry_date=FIRST - DAY, commencement_date=FIRST - 40 * DAY)
    asked = [occ.day_of_ends(ALL, number, FIRST, LAST, LATER) for number in (1, 2, 3, 4, 5)]
    assert asked == [LAST - 8 * DAY, LAST - 5 * DAY, LAST - 4 * DAY, LAST - 2 * DAY, LAST]
    assert occ.day_of_ends(ALL.filter(pk=0), 1, FIRST, LAST, LATER) == LAST


def test_the_suites_of_a_park_come_to_the_same_as_when_the_database_counts_them():
    park = ParkFactory()
    suites = [SuiteFactory(park=park, number=str(n), seats=n or None) for n in range(4)]
    SuiteFactory(park=park, number="5", lettable_area_sqft=None)
    LettingFactory(suite=suites[0])
    close(suites[1], FIRST, None)
    Suite.objects.filter(pk=suites[2].pk).update(withdrawn_from=FIRST)
    parks = Park.objects.filter(pk=park.pk)
    for rows in (ALL, ALL.filter(pk=suites[2].pk)):
        found = occ.occupancy_of(occ.with_state(rows, FIRST, LATER), FIRST)
        assert found == occ.occupancy(rows, parks, FIRST, LATER)
    assert occ.occupancy(ALL, parks, FIRST, LATER).lettable.suites == 4


def ask_everything():
    """Ask each function once and read its answer."""
    parks = Park.objects.all()
    list(occ.with_state(ALL, FIRST, LATER))
    list(occ.with_occupant(ALL, FIRST, LATER))
    list(occ.free_for(ALL, FIRST, LAST, LATER))
    list(occ.vacant_suites(ALL, FIRST, LATER))
    occ.free_windows(ALL, FIRST, LAST, LATER)
    list(occ.with_free_from(ALL, FIRST, LATER))
    list(occ.becoming_free(ALL, FIRST, LAST, LATER))
    list(occ.with_vacant_since(ALL, FIRST, LATER))
    list(occ.with_vacancy(ALL, FIRST, LATER))
    occ.day_of_ends(ALL, 3, FIRST, LAST, LATER)
    occ.occupancy(ALL, parks, FIRST, LATER)
    occ.occupancy_by(ALL, parks, "park__city__region", FIRST, LATER)
    list(occ.with_free_area(parks, FIRST, LATER))


def test_the_number_of_queries_does_not_grow_with_the_suites(django_assert_num_queries):
    mixed_park()
    with django_assert_num_queries(16):
        ask_everything()
    for _ in range(3):
        mixed_park()
    with django_assert_num_queries(16):
        ask_everything()


def test_a_drafted_letting_never_stands_in_the_way():
    letting = LettingFactory(state="draft")
    other = LettingFactory(suite=letting.suite, lease=LeaseFactory(park=letting.park))
    assert state(letting.suite, FIRST) == "let"
    assert Letting.objects.standing(LATER).get() == other
    bring_to(Lease.objects.get(pk=letting.lease_id), "cancelled")
    assert state(letting.suite, FIRST) == "let"
