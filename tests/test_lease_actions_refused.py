"""What cannot be: every action in every state that does not allow it, and suites that are not free."""

import datetime as dt

import pytest
from django.db import IntegrityError

from parks.models import Suite, SuiteClosure
from tenants import actions
from tenants.actions import ALLOWED, checks
from tenants.models import Lease, Letting
from tenants.models.lease_states import LeaseState
from tests.factories import WAY, LettingFactory, SuiteFactory, UserFactory, bring_to
from tests.leases import DAY, FIRST, LAST, TODAY, accepted, draft, line, offered, refused, signed

pytestmark = pytest.mark.django_db

CALLS = {
    "add_suites": lambda lease, **who: actions.add_suites(lease=lease, lines=[line(_another(lease))], **who),
    "offer": lambda lease, **who: actions.offer(lease=lease, deadline=TODAY, **who),
    "cancel": lambda lease, **who: actions.cancel(lease=lease, **who),
    "accept": lambda lease, **who: actions.accept(lease=lease, accepted_on=TODAY, **who),
    "decline": lambda lease, **who: actions.decline(lease=lease, **who),
    "withdraw": lambda lease, **who: actions.withdraw(lease=lease, **who),
    "sign": lambda lease, **who: actions.sign(lease=lease, signed_on=TODAY, **who),
    "note_deposit": lambda lease, **who: actions.note_deposit(lease=lease, received_pkr=1, received_on=TODAY, **who),
    "file_deed": lambda lease, **who: actions.file_deed(lease=lease, signed_on=TODAY, **who),
    "record_notice": lambda lease, **who: actions.record_notice(lease=lease, given_on=TODAY, **who),
    "record_vacated": lambda lease, **who: actions.record_vacated(lease=lease, last_day=LAST, **who),
    "terminate": lambda lease, **who: actions.terminate(lease=lease, last_day=LAST, **who),
    "give_back": lambda lease, **who: actions.give_back(letting=lease.lettings.get(), last_day=LAST, **who),
    "renew": lambda lease, **who: actions.renew(lease=lease, expiry_date=LAST + 365 * DAY, **who),
}
FACTS = {
    "offered": {"offered_on": TODAY, "offer_deadline": TODAY},
    "accepted": {"accepted_on": TODAY},
    "withdrawn": {"state_reason": "The floor is wet."},
    "signed": {"deed_on_file": False, "signed_on": None, "state_reason": "Seen there."},
}


def _another(lease):
    return SuiteFactory(park=lease.park)


def in_state(state):
    """A lease of one suite in `state`; signed without a deed, so that one can be filed."""
    letting = LettingFactory(state="draft", commencement_date=FIRST, expiry_date=LAST, rent=1)
    for step in [*WAY.get(state, []), state]:
        if step != "draft":
            Lease.objects.filter(pk=letting.lease_id).update(state=step, **FACTS.get(step, {}))
    return Lease.objects.get(pk=letting.lease_id)


def test_the_table_has_every_action_on_a_lease():
    assert set(CALLS) == set(ALLOWED)


@pytest.mark.parametrize("state", LeaseState.values)
@pytest.mark.parametrize("action", CALLS)
def test_each_action_is_done_in_the_states_that_allow_it_and_refused_in_all_others(action, state):
    lease = in_state(state)
    before = Lease.objects.values().get(pk=lease.pk), list(Letting.objects.values())
    if state in ALLOWED[action]:
        CALLS[action](lease, by=UserFactory(), today=TODAY, reason="Why not.")
    else:
        with refused(lease.number, lease.get_state_display().lower()):
            CALLS[action](lease, by=UserFactory(), today=TODAY, reason="Why not.")
        assert (Lease.objects.values().get(pk=lease.pk), list(Letting.objects.values())) == before


def test_a_handover_on_the_same_day_is_refused_and_on_the_next_day_allowed():
    suite = SuiteFactory(number="101")
    standing = signed(suite)
    name = str(standing.company)
    said = ("Suite 101 is let to", name, standing.number, "from 1 April 2026 to 31 March 2027")
    same = draft(lines=[line(suite, LAST, LAST + DAY)])
    with refused(*said, lettings=standing.lettings.all()):
        actions.offer(lease=same, deadline=TODAY, by=UserFactory(), today=TODAY)
    assert offered(lines=[line(suite, LAST + DAY, None)]).state == "offered"
    before = draft(lines=[line(suite, FIRST - DAY, FIRST)])
    with refused(*said):
        actions.offer(lease=before, deadline=TODAY, by=UserFactory(), today=TODAY)
    assert offered(lines=[line(suite, FIRST - DAY, FIRST - DAY)]).state == "offered"


def test_a_letting_without_end_keeps_the_suite_for_ever():
    suite = SuiteFactory()
    standing = signed(lines=[line(suite, FIRST, None)])
    late = draft(lines=[line(suite, dt.date(2199, 1, 1), None)])
    with refused(standing.number, "from 1 April 2026 without end"):
        actions.offer(lease=late, deadline=TODAY, by=UserFactory(), today=TODAY)


def test_29_february_is_a_day_like_others():
    suite = SuiteFactory()
    leap = dt.date(2028, 2, 29)
    standing = signed(lines=[line(suite, FIRST, leap)])
    with refused(standing.number, "29 February 2028"):
        offered(lines=[line(suite, leap, None)])
    assert offered(lines=[line(suite, dt.date(2028, 3, 1), None)]).state == "offered"


def test_the_way_a_suite_is_taken_is_told_in_words():
    first, second = SuiteFactory(number="1"), SuiteFactory(number="2")
    held, open_offer = accepted(first), offered(second)
    with refused("is held for", held.company, "accepted lease", held.number):
        offered(first)
    with refused("is offered to", open_offer.company, open_offer.number):
        offered(second)


def test_all_that_is_in_the_way_is_named_at_once():
    one = SuiteFactory(number="1")
    two = SuiteFactory(number="2", park=one.park)
    first, second = signed(one), signed(two)
    both = [*first.lettings.all(), *second.lettings.all()]
    with refused("Suite 1", first.number, "Suite 2", second.number, lettings=both):
        offered(one, two)


def test_a_lapsed_offer_in_the_way_is_set_aside_in_the_same_act():
    suite = SuiteFactory()
    park = suite.park
    other = SuiteFactory(park=park)
    old, elsewhere = offered(suite, deadline=TODAY), offered(other, deadline=TODAY)
    later = offered(lines=[line(suite, LAST + DAY, None)], deadline=TODAY)
    with refused(old.number):
        offered(suite, today=TODAY)
    by = UserFactory()
    new = actions.offer(lease=draft(suite), deadline=TODAY + DAY, by=by, today=TODAY + DAY, reason="Second try.")
    states = dict(Lease.objects.values_list("pk", "state"))
    assert states[new.pk] == "offered" and states[old.pk] == "lapsed"
    assert states[elsewhere.pk] == states[later.pk] == "offered"
    event = old.events.latest("pgh_id")
    assert event.pgh_context.metadata == {"user": by.pk, "reason": "Second try."}
    assert old.lettings.get().lease_state == "lapsed"


def test_a_lapsed_offer_stays_as_it_is_when_the_act_is_refused():
    suite = SuiteFactory()
    old = offered(suite, deadline=TODAY)
    standing = signed(lines=[line(suite, LAST + DAY, None)])
    with refused(standing.number):
        offered(lines=[line(suite, FIRST, None)], today=TODAY + DAY)
    assert Lease.objects.get(pk=old.pk).state == "offered"


def test_an_offer_twice_in_one_lease_is_refused_even_when_entered_past_the_actions():
    suite = SuiteFactory(number="9")
    lease = draft(suite)
    LettingFactory(suite=suite, lease=lease, state="draft", commencement_date=LAST, rent=1, expiry_date=None)
    with refused("Suite 9 stands in this lease twice", field="suite"):
        actions.offer(lease=lease, deadline=TODAY, by=UserFactory(), today=TODAY)


@pytest.mark.parametrize(
    ("first", "last", "free"),
    [
        (FIRST - 9 * DAY, FIRST - DAY, True),
        (FIRST - 9 * DAY, FIRST, False),
        (LAST, None, False),
        (LAST + DAY, None, True),
        (FIRST - 9 * DAY, None, False),
    ],
)
def test_a_closed_day_is_in_the_way_of_an_offer_and_of_a_deed(first, last, free):
    suite = SuiteFactory(number="3")
    lease, waiting = draft(suite), accepted(suite)
    SuiteClosure.objects.create(suite=suite, first_day=first, last_day=last, reason="repair")
    calls = {"sign": waiting, "offer": lease}
    if free:
        CALLS["sign"](waiting, by=UserFactory(), today=TODAY)
        return
    with refused("Suite 3 is closed from", "repair"):
        CALLS["sign"](waiting, by=UserFactory(), today=TODAY)
    actions.withdraw(lease=waiting, by=UserFactory(), today=TODAY, reason="Closed.")
    with refused("Suite 3 is closed from", "repair"):
        CALLS["offer"](calls["offer"], by=UserFactory(), today=TODAY)


def test_a_suite_is_let_within_its_service_only():
    suite = SuiteFactory(number="3", in_service_from=FIRST, withdrawn_from=LAST + DAY)
    assert signed(suite).state == "signed"
    suite = SuiteFactory(number="4", in_service_from=FIRST + DAY)
    with refused("Suite 4 does not come into service until 2 April 2026"):
        offered(suite)
    suite = SuiteFactory(number="5", withdrawn_from=LAST)
    with refused("Suite 5 is withdrawn from 31 March 2027 on"):
        offered(suite)
    with refused("Suite 5 is withdrawn"):
        offered(lines=[line(suite, FIRST, None)])


def test_a_suite_withdrawn_since_the_offer_is_not_signed():
    suite = SuiteFactory(number="4")
    lease = accepted(suite)
    Suite.objects.filter(pk=suite.pk).update(withdrawn_from=LAST)
    with refused("Suite 4 is withdrawn"):
        actions.sign(lease=lease, signed_on=TODAY, by=UserFactory(), today=TODAY)


def test_a_tenant_who_holds_over_is_in_the_way_until_recorded_as_gone():
    suite = SuiteFactory(number="8")
    old = signed(suite)
    after = LAST + 10 * DAY
    next_one = draft(lines=[line(suite, after, None)], today=after)
    with refused("Suite 8 is let to", old.number, "holding over", lettings=old.lettings.all()):
        actions.offer(lease=next_one, deadline=after, by=UserFactory(), today=after)
    actions.record_vacated(lease=old, last_day=after, by=UserFactory(), today=after)
    with refused("holding over"):
        actions.offer(lease=next_one, deadline=after, by=UserFactory(), today=after)
    actions.record_vacated(lease=old, last_day=after - DAY, by=UserFactory(), today=after)
    assert actions.offer(lease=next_one, deadline=after, by=UserFactory(), today=after).state == "offered"


def test_the_same_company_may_go_on_with_a_new_lease():
    suite = SuiteFactory()
    old = signed(suite)
    after = LAST + 10 * DAY
    assert offered(lines=[line(suite, after, None)], company=old.company, today=after).state == "offered"


def test_whoever_is_there_already_is_recorded_over_a_tenant_who_never_left_on_paper():
    suite = SuiteFactory()
    signed(suite)
    after = LAST + 10 * DAY
    facts = {"company": draft(suite).company, "park": suite.park, "deed_on_file": False, "reason": "Seen there."}
    with refused("holding over"):
        actions.record_existing(lines=[line(suite, after + DAY, None)], by=UserFactory(), today=after, **facts)
    lease = actions.record_existing(lines=[line(suite, after, None)], by=UserFactory(), today=after, **facts)
    assert lease.state == "signed"


def test_who_comes_second_in_a_race_reads_who_came_first(monkeypatch):
    suite = SuiteFactory(number="101")
    winner = signed(suite)
    lease = draft(suite)
    # As if the winner had not been there to be seen yet: only the database is left to refuse.
    monkeypatch.setattr("tenants.actions.states.require_free", lambda *args, **kwargs: None)
    with refused("Suite 101 is let to", winner.number, winner.company, lettings=winner.lettings.all()):
        actions.offer(lease=lease, deadline=TODAY, by=UserFactory(), today=TODAY)
    assert Lease.objects.get(pk=lease.pk).state == "draft"


def test_a_lease_changed_by_others_at_the_same_moment_is_named_with_its_state(monkeypatch):
    lease = draft(SuiteFactory())

    def broken(lettings, today):
        Lease.objects.filter(pk=lease.pk).update(state="cancelled")
        Lease.objects.filter(pk=lease.pk).update(state="offered")

    monkeypatch.setattr("tenants.actions.states.require_free", broken)
    with refused("Somebody else changed lease", lease.number, "draft"):
        actions.offer(lease=lease, deadline=TODAY, by=UserFactory(), today=TODAY)


def test_any_other_refusal_of_the_database_comes_in_words(monkeypatch):
    suite = SuiteFactory()
    monkeypatch.setattr(checks, "closed_text", lambda *args: "")
    SuiteClosure.objects.create(suite=suite, first_day=FIRST, reason="repair")
    monkeypatch.setattr("tenants.actions.suite._closures", lambda *args: SuiteClosure.objects.none())
    monkeypatch.setattr("tenants.actions.suite.cleaned", lambda *args, **kwargs: None)
    with refused("already closed on some of these days"):
        actions.close_suite(suite=suite, first_day=FIRST, closure_reason="repair", by=UserFactory(), today=TODAY)


def test_without_the_actions_the_database_refuses_the_promotion_of_a_conflicting_draft():
    suite = SuiteFactory()
    signed(suite)
    lease = draft(suite)
    with pytest.raises(IntegrityError, match="letting_once"):
        bring_to(lease, "offered")
