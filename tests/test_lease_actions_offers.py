"""From draft to deed: what each step writes, who did it, and when it is refused."""

import datetime as dt
from decimal import Decimal

import pytest

from tenants import actions
from tenants.models import Lease, Letting, LettingRate
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import DAY, FIRST, LAST, TODAY, accepted, draft, line, offered, refused, signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def by():
    return UserFactory()


def test_a_draft_is_written_whole_with_number_suites_and_first_rates(by):
    suite, company = SuiteFactory(), CompanyFactory()
    lease = actions.draft_lease(
        company=company,
        park=suite.park,
        lines=[line(suite, rent=50_000, service_charge_pkr=Decimal("1500.505"), rent_basis="per_sqft")],
        facts={"deposit_pkr": Decimal(100_000), "due_day": 5},
        by=by,
        today=TODAY,
    )
    assert lease.state == "draft" and lease.number.startswith("L-")
    assert (lease.company, lease.park, lease.deposit_pkr, lease.due_day) == (company, suite.park, 100_000, 5)
    letting = lease.lettings.get()
    assert (letting.suite, letting.lease_state, letting.park) == (suite, "draft", suite.park)
    assert (letting.commencement_date, letting.expiry_date, letting.rent_basis) == (FIRST, LAST, "per_sqft")
    rate = letting.rates.get()
    assert (rate.from_date, rate.rent_pkr, rate.service_charge_pkr) == (FIRST, 50_000, Decimal("1500.51"))


def test_a_draft_may_have_no_suites_yet_and_gets_them_later(by):
    suite = SuiteFactory()
    lease = actions.draft_lease(company=CompanyFactory(), park=suite.park, by=by, today=TODAY)
    assert not lease.lettings.exists()
    actions.add_suites(lease=lease, lines=[line(suite)], by=by, today=TODAY)
    assert lease.lettings.get().suite == suite


def test_drafts_may_conflict_with_one_another_and_with_lettings():
    suite = SuiteFactory()
    signed(suite)
    assert draft(suite).state == draft(suite).state == "draft"


def test_a_suite_of_another_park_is_refused_and_nothing_is_written(by):
    here, there = SuiteFactory(), SuiteFactory(number="99")
    with refused("Suite 99 is not in", here.park.name, field="suite"):
        draft(lines=[line(here), line(there)])
    assert not Lease.objects.exists() and not Letting.objects.exists()
    lease = draft(here)
    with refused("Suite 99", field="suite"):
        actions.add_suites(lease=lease, lines=[line(there)], by=by, today=TODAY)


def test_a_suite_cannot_stand_twice_in_a_lease_on_one_day(by):
    suite = SuiteFactory(number="7")
    lease = draft(suite)
    with refused("Suite 7 stands in this lease twice", "31 March 2027", field="suite"):
        actions.add_suites(lease=lease, lines=[line(suite, LAST, None)], by=by, today=TODAY)
    actions.add_suites(lease=lease, lines=[line(suite, LAST + DAY, None)], by=by, today=TODAY)
    assert lease.lettings.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last": FIRST - DAY}, "expiry_date"),
        ({"first": dt.date(2201, 1, 1), "last": None}, "__all__"),
        ({"rent": None}, "rent_pkr"),
        ({"rent": -1}, "rent_pkr"),
        ({"rent_basis": "per_moon"}, "rent_basis"),
        ({"service_charge_pkr": Decimal(-1)}, "service_charge_pkr"),
    ],
)
def test_a_line_that_cannot_be_is_refused_on_its_field_with_its_suite_named(change, field):
    suite = SuiteFactory(number="12-B")
    with refused("Suite 12-B", field=field):
        draft(lines=[line(suite, **change)])
    assert not Lease.objects.exists()


def test_facts_that_cannot_be_are_refused_on_their_field():
    suite = SuiteFactory()
    with refused("interval", field="escalation_months"):
        draft(suite, facts={"escalation_percent": Decimal(10)})
    with refused(field="due_day"):
        draft(suite, facts={"due_day": 32})
    with pytest.raises(TypeError, match="state"):
        draft(suite, facts={"state": "signed"})


def test_an_offer_says_when_it_was_made_and_holds_its_suites():
    lease = offered(SuiteFactory(), deadline=TODAY + DAY)
    assert (lease.state, lease.offered_on, lease.offer_deadline) == ("offered", TODAY, TODAY + DAY)
    assert lease.lettings.get().lease_state == "offered"


def test_an_offer_needs_a_deadline_to_come_suites_and_their_rents(by):
    suite = SuiteFactory(number="5")
    lease = draft(suite)
    with refused("8 March 2026 has passed", field="deadline"):
        actions.offer(lease=lease, deadline=TODAY - DAY, by=by, today=TODAY)
    with refused("has no suites"):
        actions.offer(lease=LeaseFactory(), deadline=TODAY, by=by, today=TODAY)
    LettingRate.objects.all().delete()
    with refused("The rent of Suite 5 is not known", field="rent_pkr"):
        actions.offer(lease=lease, deadline=TODAY, by=by, today=TODAY)
    LettingRate.objects.create(letting=lease.lettings.get(), from_date=FIRST + DAY, rent_pkr=0)
    with refused("The rent of Suite 5 is not known", field="rent_pkr"):
        actions.offer(lease=lease, deadline=TODAY, by=by, today=TODAY)
    LettingRate.objects.create(letting=lease.lettings.get(), from_date=FIRST, rent_pkr=0)
    assert actions.offer(lease=lease, deadline=TODAY, by=by, today=TODAY).state == "offered"


def test_an_offer_is_accepted_until_its_deadline_and_not_after(by):
    lease = offered(SuiteFactory(), deadline=TODAY + DAY)
    with refused(lease.number, "lapsed", "10 March 2026"):
        actions.accept(lease=lease, accepted_on=TODAY + DAY, by=by, today=TODAY + 2 * DAY)
    with refused("still to come", field="accepted_on"):
        actions.accept(lease=lease, accepted_on=TODAY + DAY, by=by, today=TODAY)
    with refused("not made until 9 March 2026", field="accepted_on"):
        actions.accept(lease=lease, accepted_on=TODAY - DAY, by=by, today=TODAY + DAY)
    lease = actions.accept(lease=lease, accepted_on=TODAY + DAY, by=by, today=TODAY + DAY)
    assert (lease.state, lease.accepted_on) == ("accepted", TODAY + DAY)


def test_an_accepted_offer_is_signed_with_the_facts_of_its_deed(by):
    lease = accepted(SuiteFactory())
    with refused("still to come", field="signed_on"):
        actions.sign(lease=lease, signed_on=TODAY + DAY, by=by, today=TODAY)
    with refused("not accepted until 9 March 2026", field="signed_on"):
        actions.sign(lease=lease, signed_on=TODAY - DAY, by=by, today=TODAY)
    facts = {"signatory_company": "Sana Khan", "notice_months": 3}
    lease = actions.sign(lease=lease, signed_on=TODAY, facts=facts, by=by, today=TODAY)
    assert (lease.state, lease.deed_on_file, lease.signed_on) == ("signed", True, TODAY)
    assert (lease.signatory_company, lease.notice_months) == ("Sana Khan", 3)
    assert lease.lettings.get().lease_state == "signed"


def test_a_deed_is_refused_when_the_offer_was_accepted_too_late(by):
    lease = accepted(SuiteFactory())
    Lease.objects.filter(pk=lease.pk).update(offer_deadline=TODAY - DAY, offered_on=TODAY - DAY)
    with refused("after its last day, 8 March 2026"):
        actions.sign(lease=lease, signed_on=TODAY, by=by, today=TODAY)


def test_a_deed_is_refused_without_the_rent(by):
    lease = accepted(SuiteFactory(number="5"))
    LettingRate.objects.all().delete()
    with refused("The rent of Suite 5", field="rent_pkr"):
        actions.sign(lease=lease, signed_on=TODAY, by=by, today=TODAY)


def test_an_offer_ends_declined_or_withdrawn_and_a_draft_cancelled(by):
    first, second, third = SuiteFactory(), SuiteFactory(), SuiteFactory()
    lease = actions.decline(lease=offered(first), by=by, today=TODAY, reason="Too dear.")
    assert (lease.state, lease.state_reason) == ("declined", "Too dear.")
    lease = actions.withdraw(lease=accepted(second), by=by, today=TODAY, reason=" The floor is wet. ")
    assert (lease.state, lease.state_reason) == ("withdrawn", "The floor is wet.")
    lease = actions.cancel(lease=draft(third), by=by, today=TODAY)
    assert lease.state == "cancelled"
    for suite in (first, second, third):
        assert offered(suite).state == "offered"


def test_an_offer_is_withdrawn_for_a_reason_only(by):
    lease = offered(SuiteFactory())
    with refused("Say why", field="reason"):
        actions.withdraw(lease=lease, by=by, today=TODAY, reason="  ")
    with refused(field="reason"):
        actions.withdraw(lease=lease, by=by, today=TODAY, reason="x" * 301)


def test_history_says_who_did_it_and_why(by):
    lease = offered(SuiteFactory())
    actions.withdraw(lease=lease, by=by, today=TODAY, reason="The floor is wet.")
    for event in (lease.events.latest("pgh_id"), lease.lettings.get().events.latest("pgh_id")):
        assert event.pgh_context.metadata == {"user": by.pk, "reason": "The floor is wet."}


def test_the_instance_passed_in_is_never_trusted(by):
    stale = draft(SuiteFactory())
    fresh = actions.offer(lease=stale, deadline=TODAY, by=by, today=TODAY)
    assert stale.state == "draft"
    with refused("Only a draft", fresh.number, "offered"):
        actions.cancel(lease=stale, by=by, today=TODAY)
    stale.state = "accepted"
    with refused("Only an accepted offer", "offered"):
        actions.sign(lease=stale, signed_on=TODAY, by=by, today=TODAY)


def test_a_deleted_draft_or_closure_is_refused_in_words(by):
    lease = draft(SuiteFactory())
    Lease.objects.filter(pk=lease.pk).delete()
    with refused("deleted this meanwhile"):
        actions.offer(lease=lease, deadline=TODAY, by=by, today=TODAY)
    park = ParkFactory()
    company = CompanyFactory()
    type(company).objects.filter(pk=company.pk).delete()
    with refused("deleted this meanwhile"):
        actions.draft_lease(company=company, park=park, by=by, today=TODAY)


def test_demonstration_rows_and_real_ones_are_never_mixed(by):
    park = ParkFactory()
    real, demo = SuiteFactory(park=park), SuiteFactory(park=park, demo=True)
    firm, invented = CompanyFactory(), CompanyFactory(demo=True)
    for company, suite in ((firm, demo), (invented, real)):
        with refused("cannot be mixed", field="suite"):
            draft(suite, company=company)
        with refused("cannot be mixed", field="suite"):
            actions.record_existing(
                company=company, park=park, lines=[line(suite)], deed_on_file=False, by=by, reason="Seen.", today=TODAY
            )
    lease = draft(demo, company=invented)
    assert lease.demo and not draft(real, company=firm).demo
    with refused("cannot be mixed", field="suite"):
        actions.add_suites(lease=lease, lines=[line(real)], by=by, today=TODAY)
    mixed = LettingFactory(suite=demo, lease=draft(real, company=firm), state="draft", rent=1).lease
    with refused("cannot be mixed", field="suite"):
        actions.offer(lease=mixed, deadline=TODAY, by=by, today=TODAY)
    assert signed(demo, company=invented).demo
