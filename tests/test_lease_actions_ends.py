"""How signed leases end: terminated, given back suite by suite, in notice, vacated."""

import datetime as dt

import pytest

from parks.models import SuiteClosure
from tenants import actions
from tenants.models import Lease, Letting
from tests.factories import LeaseFactory, SuiteFactory, UserFactory
from tests.leases import DAY, FIRST, LAST, TODAY, line, offered, refused, signed

pytestmark = pytest.mark.django_db

MIDDLE = dt.date(2026, 9, 30)


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def lease():
    """Of suites 1, 2 and 3 for a year from April 2026; 3 without end."""
    first = SuiteFactory(number="1")
    second, third = SuiteFactory(number="2", park=first.park), SuiteFactory(number="3", park=first.park)
    return signed(lines=[line(first), line(second), line(third, FIRST, None)])


def of(lease, number):
    return lease.lettings.get(suite__number=number)


def ends(lease):
    return list(lease.lettings.order_by("suite__number").values_list("terminated_on", flat=True))


def terminate(lease, last_day, by, **kwargs):
    who = {"by": by, "today": TODAY, "reason": "Agreed."} | kwargs
    return actions.terminate(lease=lease, last_day=last_day, **who)


def give_back(letting, last_day, by, today=TODAY):
    return actions.give_back(letting=letting, last_day=last_day, by=by, today=today)


def test_a_lease_is_terminated_on_a_last_day_for_all_that_still_runs(lease, by):
    give_back(of(lease, "1"), MIDDLE - DAY, by)
    terminate(lease, MIDDLE, by)
    assert ends(lease) == [MIDDLE - DAY, MIDDLE, MIDDLE]
    assert Lease.objects.with_word(MIDDLE, TODAY).get(pk=lease.pk).word == "current"
    assert Lease.objects.with_word(MIDDLE + DAY, TODAY).get(pk=lease.pk).word == "terminated"


def test_what_was_terminated_is_free_from_the_next_day(lease, by):
    terminate(lease, MIDDLE, by)
    suite = of(lease, "1").suite
    with refused(lease.number, "to 30 September 2026"):
        offered(lines=[line(suite, MIDDLE, None)])
    assert offered(lines=[line(suite, MIDDLE + DAY, None)]).state == "offered"


def test_a_termination_needs_a_reason(lease, by):
    with refused("Say why", field="reason"):
        terminate(lease, MIDDLE, by, reason=" ")


def test_a_lease_cannot_be_terminated_before_one_of_its_lettings_commences(by):
    first = SuiteFactory(number="1")
    second = SuiteFactory(number="2", park=first.park)
    lease = signed(lines=[line(first), line(second, MIDDLE, None)])
    with refused("letting of Suite 2 commences on 30 September 2026", field="last_day"):
        terminate(lease, MIDDLE - DAY, by)
    assert ends(lease) == [None, None]
    terminate(lease, MIDDLE, by)
    assert ends(lease) == [MIDDLE, MIDDLE]


def test_a_lease_cannot_be_terminated_after_it_is_over(by):
    lease = signed(SuiteFactory())
    with refused(lease.number, "is over by then", "31 March 2027", field="last_day"):
        terminate(lease, LAST + DAY, by)
    terminate(lease, LAST, by)
    assert ends(lease) == [LAST]


def test_one_suite_is_given_back_and_the_others_stay(lease, by):
    letting = give_back(of(lease, "2"), MIDDLE, by)
    assert (letting.terminated_on, letting.last_day) == (MIDDLE, MIDDLE)
    assert ends(lease) == [None, MIDDLE, None]
    assert offered(lines=[line(letting.suite, MIDDLE + DAY, None)]).state == "offered"


def test_a_suite_cannot_be_given_back_before_it_commences_or_after_it_expires(lease, by):
    with refused("Suite 1 commences on 1 April 2026", field="last_day"):
        give_back(of(lease, "1"), FIRST - DAY, by)
    with refused("Suite 1 expires on 31 March 2027", field="last_day"):
        give_back(of(lease, "1"), LAST + DAY, by)
    assert give_back(of(lease, "1"), FIRST, by).terminated_on == FIRST
    assert give_back(of(lease, "3"), LAST + DAY, by).terminated_on == LAST + DAY


def test_the_day_of_giving_back_may_be_moved_while_nothing_stands_in_the_way(lease, by):
    letting = give_back(of(lease, "1"), MIDDLE, by)
    assert give_back(letting, MIDDLE - DAY, by).terminated_on == MIDDLE - DAY
    assert give_back(letting, MIDDLE + DAY, by).terminated_on == MIDDLE + DAY
    other = offered(lines=[line(letting.suite, MIDDLE + 2 * DAY, None)])
    with refused(other.number, other.company, lettings=other.lettings.all()):
        give_back(letting, MIDDLE + 2 * DAY, by)
    # Once that offer has lapsed it is no longer in the way.
    assert give_back(letting, LAST, by, today=TODAY + DAY).terminated_on == LAST
    assert Lease.objects.get(pk=other.pk).state == "lapsed"


def test_a_closure_since_then_keeps_the_day_from_being_moved_later(lease, by):
    letting = give_back(of(lease, "1"), MIDDLE, by)
    SuiteClosure.objects.create(suite=letting.suite, first_day=MIDDLE + DAY, reason="repair")
    with refused("Suite 1 is closed"):
        give_back(letting, MIDDLE + DAY, by)
    assert give_back(letting, MIDDLE, by).terminated_on == MIDDLE


def test_notice_is_recorded_corrected_and_taken_back(lease, by):
    give_back(of(lease, "3"), LAST, by)
    with refused("still to come", field="given_on"):
        actions.record_notice(lease=lease, given_on=TODAY + DAY, by=by, today=TODAY)
    with refused("was over by then", "31 March 2027", field="given_on"):
        actions.record_notice(lease=lease, given_on=LAST + DAY, by=by, today=LAST + DAY)
    lease = actions.record_notice(lease=lease, given_on=FIRST, by=by, today=FIRST)
    assert Lease.objects.with_word(FIRST, FIRST).get(pk=lease.pk).word == "in_notice"
    assert actions.record_notice(lease=lease, given_on=TODAY, by=by, today=FIRST).notice_given_on == TODAY
    with refused("Say why", field="reason"):
        actions.record_notice(lease=lease, given_on=None, by=by, today=FIRST)
    lease = actions.record_notice(lease=lease, given_on=None, by=by, today=FIRST, reason="They stay.")
    assert lease.notice_given_on is None


def test_nobody_holds_over_after_the_last_day_of_occupation(by):
    lease = signed(SuiteFactory())
    after = LAST + 10 * DAY
    assert Lease.objects.with_word(after, after).get(pk=lease.pk).word == "holding_over"
    lease = actions.record_vacated(lease=lease, last_day=after - DAY, by=by, today=after)
    assert lease.vacated_on == after - DAY
    assert Lease.objects.with_word(after - DAY, after).get(pk=lease.pk).word == "holding_over"
    assert Lease.objects.with_word(after, after).get(pk=lease.pk).word == "expired"
    with refused("Say why", field="reason"):
        actions.record_vacated(lease=lease, last_day=None, by=by, today=after)
    lease = actions.record_vacated(lease=lease, last_day=None, by=by, today=after, reason="They are still there.")
    assert lease.vacated_on is None


def test_a_last_day_of_occupation_that_cannot_be_is_refused(lease, by):
    def vacate(lease, last_day=LAST):
        return actions.record_vacated(lease=lease, last_day=last_day, by=by, today=TODAY)

    with refused("Suite 3 has no end: terminate"):
        vacate(lease)
    terminate(lease, MIDDLE, by)
    with refused("given back already, the last on 30 September 2026"):
        vacate(lease)
    lease = signed(SuiteFactory())
    with refused("commences on 1 April 2026", field="last_day"):
        vacate(lease, FIRST - DAY)
    renewal = actions.renew(lease=lease, expiry_date=None, by=by, today=TODAY)
    assert vacate(lease).vacated_on == LAST
    Lease.objects.filter(pk=renewal.pk).update(state="offered", offered_on=TODAY, offer_deadline=TODAY)
    Lease.objects.filter(pk=renewal.pk).update(state="accepted", accepted_on=TODAY)
    actions.sign(lease=renewal, signed_on=TODAY, by=by, today=TODAY)
    with refused("The company stays", renewal.number):
        vacate(lease)


def test_nobody_occupied_a_suite_that_others_had_by_then(by):
    suite = SuiteFactory()
    lease = signed(suite)
    other = signed(lines=[line(suite, LAST + 5 * DAY, None)])
    after = LAST + 20 * DAY
    with refused(other.number, other.company, lettings=other.lettings.all()):
        actions.record_vacated(lease=lease, last_day=LAST + 5 * DAY, by=by, today=after)
    lease = actions.record_vacated(lease=lease, last_day=LAST + 4 * DAY, by=by, today=after)
    assert lease.vacated_on == LAST + 4 * DAY


def test_a_signed_lease_without_suites_is_refused_in_words(by):
    lease = LeaseFactory(state="signed")
    with refused(lease.number, "no suites"):
        terminate(lease, LAST, by)
    with refused(lease.number, "no suites"):
        actions.record_vacated(lease=lease, last_day=LAST, by=by, today=TODAY)
    with refused(lease.number, "no suites"):
        actions.renew(lease=lease, expiry_date=LAST, by=by, today=TODAY)


def test_a_day_beyond_the_years_is_refused(by):
    lease = signed(lines=[line(SuiteFactory(), FIRST, None)])
    with refused("1900 to 2200"):
        terminate(lease, dt.date(9999, 12, 31), by)
    with refused("1900 to 2200"):
        give_back(lease.lettings.get(), dt.date(2201, 1, 1), by)
    assert Letting.objects.get().terminated_on is None
