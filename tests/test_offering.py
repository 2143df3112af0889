"""From an application to an offer, the firm's answer and the deposit, as actions."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from tenants import actions
from tenants.actions.offering import terms_of
from tenants.models import Application, Company, Lease, LeaseDocument, Letter, LettingRate, Mail
from tenants.schedule import schedule_of
from tests.applications import ApplicationFactory, choose
from tests.factories import ParkFactory, SuiteFactory, UserFactory
from tests.leases import line, refused

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2030, 1, 1), dt.date(2032, 12, 31)


@pytest.fixture
def officer(db):
    return UserFactory(role="Lettings officer")


def waiting(*choices, **facts):
    return ApplicationFactory(state="waiting", choices=choices, **facts)


def offer(officer, application, suite, **facts):
    """The suite for three years from 2030 on, open for nine days."""
    given = {
        "application": application,
        "park": suite.park,
        "lines": [line(suite, FIRST, LAST)],
        "deadline": TODAY + 9 * DAY,
        "minute": "4/2026",
        "decided_on": TODAY,
        "by": officer,
        "today": TODAY,
    }
    return actions.offer_space(**given | facts)


def accept(lease, **said):
    return actions.accept_by_firm(application=lease.application, lease=lease, **said)


def note(lease, officer, received_on=TODAY, received_pkr=150_000):
    return actions.note_deposit(
        lease=lease, received_pkr=Decimal(received_pkr), received_on=received_on, by=officer, today=TODAY
    )


def with_scan(lease):
    LeaseDocument.objects.create(lease=lease, kind="deed", scan="deed.pdf", scan_name="deed.pdf")


def written():
    return [model.objects.count() for model in (Company, Lease, Letter, Mail)]


def test_an_offer_enters_the_firm_holds_the_suite_and_tells_it_once(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    application = waiting(suite)
    lease = offer(officer, application, suite)
    application.refresh_from_db()
    assert (application.state, application.company, lease.application) == ("offered", lease.company, application)
    assert lease.company.name == application.company_name
    assert lease.company.contacts.get().email == application.email
    entry = application.timeline.get(to_state="offered")
    assert (entry.user, entry.minute, entry.decided_on) == (officer, "4/2026", TODAY)
    assert application.timeline.filter(kind="offer", lease=lease).count() == 1
    assert Mail.objects.get(key=f"offer {lease.pk}").letter == Letter.objects.get()


@pytest.mark.parametrize("state", ["submitted", "needs_paper", "offered", "declined", "withdrawn", "lapsed"])
def test_only_a_waiting_application_is_made_an_offer_and_a_refusal_writes_nothing(officer, state):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    application = ApplicationFactory(state=state, choices=[suite])
    before = written()
    with refused():
        offer(officer, application, suite)
    assert written() == before


def test_a_suite_that_is_held_for_another_firm_is_refused_and_the_firm_is_not_entered(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    held = offer(officer, waiting(suite), suite)
    before = written()
    with refused(held.number):
        offer(officer, waiting(suite), suite)
    assert written() == before


def test_a_decision_of_a_day_to_come_is_refused(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    with refused(field="decided_on"):
        offer(officer, waiting(suite), suite, decided_on=TODAY + DAY)


def test_an_escalation_that_could_not_be_written_at_signing_is_refused_with_the_offer(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    facts = {"escalation_percent": Decimal(100), "escalation_months": 1}
    with refused("beyond all measure", field="escalation_percent"):
        offer(officer, waiting(suite), suite, facts=facts)


def test_the_page_of_an_offer_whose_escalation_went_wild_afterwards_still_opens(client, officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    Lease.objects.filter(pk=lease.pk).update(escalation_percent=100, escalation_months=1)
    answer = client.get(f"/applications/{lease.application.token}/offer/")
    assert answer.status_code == 200 and "is not recorded" in answer.content.decode()


def test_a_lapsed_offer_of_the_same_firm_is_recorded_when_it_is_made_another(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    application = waiting(suite)
    late = offer(officer, application, suite)
    Lease.objects.filter(pk=late.pk).update(offered_on=TODAY - 9 * DAY, offer_deadline=TODAY - DAY)
    lease = offer(officer, application, suite)
    assert [Lease.objects.get(pk=one.pk).state for one in (late, lease)] == ["lapsed", "offered"]
    assert Application.objects.get(pk=application.pk).complete_on == application.complete_on


# --- the firm's answer


def test_an_acceptance_takes_the_other_choices_out_of_the_queues_and_a_withdrawal_brings_them_back(officer):
    suite, other = SuiteFactory(lettable_area_sqft=1_000), ParkFactory()
    application = waiting(suite, suite.park, other)
    lease = accept(offer(officer, application, suite))
    assert list(application.choices.order_by("rank").values_list("withdrawn_on", flat=True)) == [None, None, TODAY]
    actions.withdraw(lease=lease, by=officer, today=TODAY, reason="The roof fell in.")
    assert not application.choices.filter(withdrawn_on__isnull=False).exists()
    back = Application.objects.get(pk=application.pk)
    assert (back.state, back.complete_on) == ("waiting", application.complete_on)


@pytest.mark.parametrize("what", ["deposit", "rent", "term"])
def test_terms_that_staff_changed_while_the_firm_read_them_are_not_accepted(officer, what):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    read = terms_of(lease)
    if what == "deposit":
        Lease.objects.filter(pk=lease.pk).update(deposit_pkr=1)
    elif what == "rent":
        LettingRate.objects.filter(letting__lease=lease).update(rent_pkr=99_000)
    else:
        lease.lettings.update(expiry_date=LAST + DAY)
    with refused("changed the offer"):
        accept(lease, terms=read)
    assert Lease.objects.get(pk=lease.pk).state == "offered"
    assert accept(lease, terms=terms_of(lease)).state == "accepted"


def test_an_acceptance_that_is_sent_twice_is_one_although_the_first_changed_the_lease(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    read = terms_of(lease)
    assert accept(lease, terms=read).accepted_on == accept(lease, terms=read).accepted_on == TODAY


def test_another_firm_can_neither_accept_nor_decline(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    other = waiting(ParkFactory())
    with refused("another application"):
        actions.accept_by_firm(application=other, lease=lease)
    with refused("another application"):
        actions.decline_by_firm(application=other, lease=lease)


def test_a_firm_that_declines_frees_the_suite_at_once(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    actions.decline_by_firm(application=lease.application, lease=lease, then="withdraw")
    assert offer(officer, waiting(suite), suite).state == "offered"


# --- deposit and deed


def test_a_deposit_is_noted_of_what_was_accepted_and_not_of_a_day_to_come(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = offer(officer, waiting(suite), suite)
    with refused():
        note(lease, officer)
    accept(lease)
    with refused(field="received_on"):
        note(lease, officer, TODAY + DAY)
    note(lease, officer, received_pkr=140_000)
    assert note(lease, officer).deposit_received_pkr == 150_000
    assert lease.application.timeline.filter(kind="deposit").count() == 2


def test_a_lease_without_a_deposit_is_signed_with_its_scan_alone(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = accept(offer(officer, waiting(suite), suite, facts={"deposit_pkr": Decimal(0)}))
    with refused("scan of the deed"):
        actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY)
    with_scan(lease)
    assert actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY).state == "signed"


def test_the_schedule_of_a_signed_lease_is_that_of_its_rates_and_no_longer_of_its_escalation(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    facts = {"escalation_percent": Decimal(10), "escalation_months": 12}
    lease = accept(offer(officer, waiting(suite), suite, facts=facts))
    with_scan(lease)
    lease = actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY)
    assert len(schedule_of(lease).steps) == 3
    # A step that was agreed away.
    LettingRate.objects.filter(letting__lease=lease, from_date__year=2032).delete()
    assert len(schedule_of(lease).steps) == 2


def test_an_application_with_two_choices_of_one_park_keeps_both_when_that_park_is_offered(officer):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    beside = SuiteFactory(lettable_area_sqft=1_000, park=suite.park)
    application = ApplicationFactory(state="waiting")
    choose(application, suite.park, beside)
    accept(offer(officer, application, suite))
    kept = application.choices.filter(withdrawn_on__isnull=True).get()
    assert kept.suite is None
