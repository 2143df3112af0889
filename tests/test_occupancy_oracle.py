"""Occupancy and the rent roll against a slow, obvious oracle: random tenancies, days around every boundary."""

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants import occupancy as occ
from tenants.models import Lease
from tenants.rent_roll import rent_roll
from tests import tenancy_oracle as oracle
from tests.tenancy_oracle import DAY
from tests.tenancy_worlds import HORIZON, LOW, all_parks, all_suites, worlds, write

pytestmark = pytest.mark.django_db

OCCUPIED = ("let", "holding_over")
random_tenancies = settings(max_examples=40)


def asked_days(world, data, n=4):
    """Some pairs of `on` and `today`, each on or beside a boundary."""
    known = st.sampled_from(world.boundaries())
    return data.draw(st.lists(st.tuples(known, known), min_size=n, max_size=n, unique=True))


def in_a_world(check):
    """Run `check(world, data)` over random tenancies, each written and rolled back."""

    @given(drawn=worlds, data=st.data())
    @random_tenancies
    def run(drawn, data):
        with transaction.atomic():
            check(write(drawn), data)
            transaction.set_rollback(True)

    run()


def windows_of(suite, world, first, last, today):
    """The windows of the oracle; `last` None is without end."""
    free = [day for day in oracle.days(first, last or HORIZON) if oracle.is_free(suite, world.lettings, day, today)]
    return oracle.windows(free, HORIZON)


def test_states_occupants_and_free_suites_are_those_of_the_oracle():
    def check(world, data):
        for on, today in asked_days(world, data):
            found = occ.with_occupant(occ.with_state(all_suites(world), on, today), on, today).in_bulk()
            vacant = set(occ.vacant_suites(all_suites(world), on, today).values_list("pk", flat=True))
            for suite in world.suites:
                row, (_, letting) = found[suite.pk], oracle.occupant(suite, world.lettings, on, today)
                assert row.state == oracle.state(suite, world.lettings, on, today)
                assert row.letting_id == (letting and letting.pk)
                assert (suite.pk in vacant) == oracle.is_free(suite, world.lettings, on, today)

    in_a_world(check)


def test_free_for_a_term_and_the_windows_in_it_are_those_of_the_oracle():
    def check(world, data):
        for first, today in asked_days(world, data):
            last = data.draw(st.none() | st.sampled_from([day for day in world.boundaries() if day >= first]))
            free = set(occ.free_for(all_suites(world), first, last, today).values_list("pk", flat=True))
            windows = occ.free_windows(all_suites(world), first, last, today)
            assert set(windows) == {suite.pk for suite in world.suites}
            for suite in world.suites:
                expected = windows_of(suite, world, first, last, today)
                assert windows[suite.pk] == expected
                assert (suite.pk in free) == (expected == [(first, last)])

    in_a_world(check)


def test_free_from_and_vacant_since_are_those_of_the_oracle():
    def check(world, data):
        for on, today in asked_days(world, data):
            rows = occ.with_vacant_since(occ.with_free_from(all_suites(world), on, today), on, today)
            rows = occ.with_vacancy(rows, on, today).in_bulk()
            for suite in world.suites:
                row = rows[suite.pk]
                ahead = windows_of(suite, world, on, None, today)
                assert (row.free_from, row.free_until) == (ahead[0] if ahead else (None, None))
                since = on
                while since > LOW and oracle.is_free(suite, world.lettings, since - DAY, today):
                    since -= DAY
                if since == LOW or not oracle.is_free(suite, world.lettings, on, today):
                    since = None
                assert row.vacant_since == since
                assert row.void_days == (since and len(oracle.days(since, on)))
                if oracle.is_free(suite, world.lettings, on, today):
                    around = (row.vacancy.lower, row.vacancy.upper and row.vacancy.upper - DAY)
                    assert around == (since, row.free_until)
                else:
                    assert row.vacancy is None

    in_a_world(check)


def test_suites_becoming_free_are_those_of_the_oracle():
    def check(world, data):
        for first, today in asked_days(world, data):
            last = data.draw(st.sampled_from([day for day in world.boundaries() if day >= first]))
            found = occ.becoming_free(all_suites(world), first, last, today)
            ahead = {suite.pk: windows_of(suite, world, first, None, today) for suite in world.suites}
            assert {suite.pk: suite.free_from for suite in found} == {
                pk: windows[0][0] for pk, windows in ahead.items() if windows and first < windows[0][0] <= last
            }

    in_a_world(check)


def measure(suites):
    """The Measure of some suites of the oracle."""
    return occ.Measure(
        suites=len(suites),
        area_sqft=sum((suite.area for suite in suites if suite.area is not None), Decimal(0)),
        seats=sum(suite.seats or 0 for suite in suites),
        without_area=sum(suite.area is None and not suite.desk for suite in suites),
    )


def test_occupancy_and_free_area_are_those_of_the_oracle():
    def check(world, data):
        keys = {
            "park_id": lambda park: park.pk,
            "park__city_id": lambda park: park.city_id,
            "park__city__region": lambda park: park.city.region,
            "park__programme": lambda park: park.programme,
        }
        assert set(keys) == set(occ.KEYS)
        for on, today in asked_days(world, data, n=2):
            states = {suite.pk: oracle.state(suite, world.lettings, on, today) for suite in world.suites}

            def expected(parks, states=states, on=on):
                suites = [suite for suite in world.suites if suite.park in {park.pk for park in parks}]
                lettable = [suite for suite in suites if states[suite.pk] != "not_in_service"]
                found = occ.Occupancy(
                    on,
                    parks_listed=len(parks),
                    parks_counted=len({suite.park for suite in lettable}),
                    **{
                        state: measure([suite for suite in suites if states[suite.pk] == state])
                        for state in ("let", "holding_over", "held", "closed", "vacant")
                    },
                )
                assert found.lettable == measure(lettable)
                area, seats = measure(lettable).area_sqft, measure(lettable).seats
                taken = measure([suite for suite in suites if states[suite.pk] in OCCUPIED])
                assert found.rate == (taken.area_sqft / area if area else None)
                assert found.seat_rate == (Decimal(taken.seats) / seats if seats else None)
                return found

            assert occ.occupancy(all_suites(world), all_parks(world), on, today) == expected(world.parks)
            for key, value_of in keys.items():
                values = {value_of(park) for park in world.parks}
                assert occ.occupancy_by(all_suites(world), all_parks(world), key, on, today) == {
                    value: expected([park for park in world.parks if value_of(park) == value]) for value in values
                }
            for park in occ.with_free_area(all_parks(world), on, today):
                suites = [suite for suite in world.suites if suite.park == park.pk]
                lettable = [suite for suite in suites if states[suite.pk] != "not_in_service"]
                vacant = [suite for suite in suites if states[suite.pk] == "vacant"]
                assert park.lettable_area_sqft == known([suite.area for suite in lettable])
                assert park.free_suites == (len(vacant) if lettable else None)
                areas, rooms = known([suite.area for suite in lettable]), [s.area for s in vacant if not s.desk]
                assert park.free_area_sqft == (None if areas is None else known(rooms) if rooms else 0)
                seats = known([suite.seats for suite in lettable])
                assert park.free_seats == (None if seats is None else known([s.seats for s in vacant]) if vacant else 0)

    in_a_world(check)


def known(figures):
    """Their sum without the unknown ones; None when all are."""
    figures = [figure for figure in figures if figure is not None]
    return sum(figures) if figures else None


def test_the_rent_roll_and_the_words_are_those_of_the_oracle():
    def check(world, data):
        for on, today in asked_days(world, data, n=2):
            words = dict(Lease.objects.with_word(on, today).values_list("pk", "word"))
            for letting in world.lettings:
                assert words[letting.lease] == oracle.word(letting.lease, world.lettings, on, today)
            roll = rent_roll(all_parks(world), on, today)
            rows = {row.suite.pk: row for row in roll.rows}
            listed = [suite for suite in world.suites if oracle.state(suite, world.lettings, on, today) in STATES]
            assert [row.suite.pk for row in roll.rows] == [suite.pk for suite in listed]
            for suite in listed:
                check_row(rows[suite.pk], suite, world, on, today)
            assert [row for park in roll.parks for row in park.rows] == roll.rows
            for total, part in [(roll.total, roll.rows), *((park.total, park.rows) for park in roll.parks)]:
                check_total(total, part, on)

    in_a_world(check)


STATES = ("let", "holding_over", "held", "closed", "vacant")


def check_row(row, suite, world, on, today):
    """The row says of the suite what the oracle says."""
    state, letting = oracle.occupant(suite, world.lettings, on, today)
    assert row.state == oracle.state(suite, world.lettings, on, today)
    assert (row.area_sqft, row.seats, row.park.pk) == (suite.area, suite.seats, suite.park)
    if letting is None:
        assert (row.letting, row.lease, row.company, row.expiry, row.rent_pkr, row.word) == (None,) * 5 + ("",)
        return
    assert (row.letting.pk, row.lease.pk, row.word) == (letting.pk, letting.lease, words_of(world, letting, on, today))
    assert (row.commencement, row.expiry) == (letting.first, letting.last)
    assert row.days_to_expiry == (letting.last and (letting.last - on).days)
    if state == "held":
        assert (row.company, row.rent_pkr, row.monthly_pkr, row.next_step_on) == (None, None, None, None)
        return
    rent, charge = oracle.rate(letting, on)
    assert row.company.pk == row.lease.company_id
    assert (row.rent_pkr, row.service_charge_pkr) == (rent, charge)
    assert row.monthly_pkr == (None if rent is None else rent + charge)
    assert (row.next_step_on, row.next_rent_pkr) == oracle.next_step(letting, on)


def words_of(world, letting, on, today):
    """The word for the letting's lease."""
    return oracle.word(letting.lease, world.lettings, on, today)


def check_total(total, rows, on):
    """The total is that of its rows, whose figures have been checked one by one."""
    let = [row for row in rows if row.state in OCCUPIED]
    rents = [row.rent_pkr for row in let if row.rent_pkr is not None]
    assert (total.suites, total.suites_let) == (len(rows), len(let))
    assert total.area_let_sqft == sum((row.area_sqft for row in let if row.area_sqft is not None), Decimal(0))
    assert (total.rent_pkr, total.rent_unknown) == (sum(rents, Decimal(0)), len(let) - len(rents))
    assert total.monthly_pkr == total.rent_pkr + total.service_charge_pkr
    assert total.without_end == sum(row.expiry is None for row in let)
    assert total.wale_years == oracle.wale([(row.rent_pkr, row.expiry) for row in let], on)
    assert total.wale_by_area == oracle.wale([(row.area_sqft, row.expiry) for row in let], on)
