"""Leases from before the portal, occupations without a deed, renewals and closures."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.models import SuiteClosure
from tenants import actions
from tenants.actions import COPIED, RESET
from tenants.models import Lease, Letting, LettingRate
from tests.factories import CompanyFactory, SuiteFactory, UserFactory
from tests.leases import DAY, FIRST, LAST, TODAY, accepted, draft, line, offered, refused, signed

pytestmark = pytest.mark.django_db

SINCE, UNTIL = dt.date(2024, 7, 1), dt.date(2027, 6, 30)
YEARLY = {"escalation_percent": Decimal(10), "escalation_months": 12}


@pytest.fixture
def by():
    return UserFactory()


@pytest.fixture
def suite():
    return SuiteFactory(number="101")


def existing(suite, by, **kwargs):
    facts = {
        "company": CompanyFactory(),
        "park": suite.park,
        "lines": [line(suite, SINCE, UNTIL, rent=1_000)],
        "deed_on_file": True,
        "signed_on": SINCE,
        "reason": "File 12/2024.",
        "today": TODAY,
    } | kwargs
    return actions.record_existing(by=by, **facts)


def test_a_deed_from_before_the_portal_is_entered_with_its_steps(suite, by):
    lease = existing(suite, by, facts=YEARLY)
    assert (lease.state, lease.deed_on_file, lease.signed_on) == ("signed", True, SINCE)
    rents = lease.lettings.get().rates.values_list("from_date__year", "rent_pkr")
    assert list(rents) == [(2024, 1000), (2025, 1100), (2026, 1210)]
    assert lease.events.latest("pgh_id").pgh_context.metadata["reason"] == "File 12/2024."


def test_an_occupation_without_a_deed_is_entered_as_such_rent_known_or_not(suite, by):
    lease = existing(suite, by, deed_on_file=False, signed_on=None, lines=[line(suite, SINCE, None, rent=None)])
    assert (lease.state, lease.deed_on_file, lease.signed_on) == ("signed", False, None)
    assert lease.state_reason == "File 12/2024."
    assert not LettingRate.objects.exists()
    assert list(Lease.objects.without_deed()) == [lease]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"lines": []}, "suite"),
        ({"signed_on": None}, "signed_on"),
        ({"deed_on_file": False}, "signed_on"),
        ({"signed_on": TODAY + DAY}, "signed_on"),
    ],
)
def test_an_existing_lease_is_refused_without_what_it_needs(suite, by, change, field):
    with refused(field=field):
        existing(suite, by, **change)
    with refused("rent of Suite 101", field="rent_pkr"):
        existing(suite, by, lines=[line(suite, SINCE, UNTIL, rent=None)])
    assert not Lease.objects.exists()


def test_an_existing_lease_is_refused_when_another_stands_and_replaces_a_lapsed_offer(suite, by):
    old = offered(suite)
    with refused(old.number, old.company):
        existing(suite, by)
    assert existing(suite, by, today=TODAY + DAY).state == "signed"
    assert Lease.objects.get(pk=old.pk).state == "lapsed"
    with refused("is let to"):
        existing(suite, by)


def test_an_occupation_gets_its_deed_once_its_rent_is_known(suite, by):
    lease = existing(suite, by, deed_on_file=False, signed_on=None, lines=[line(suite, SINCE, UNTIL, rent=None)])

    def file(day=TODAY):
        return actions.file_deed(lease=lease, signed_on=day, facts=YEARLY, by=by, today=TODAY)

    with refused("The rent of Suite 101 is not known", field="rent_pkr"):
        file()
    LettingRate.objects.create(letting=lease.lettings.get(), from_date=SINCE, rent_pkr=1000)
    with refused("still to come", field="signed_on"):
        file(TODAY + DAY)
    with refused(field="signed_on"):
        file(None)
    filed = file()
    assert (filed.deed_on_file, filed.signed_on, filed.escalation_percent) == (True, TODAY, 10)
    assert lease.lettings.get().rates.count() == 3
    with refused(lease.number, "9 March 2026", "already on file"):
        file()


def test_every_field_of_a_lease_and_of_a_letting_is_either_copied_or_reset():
    for model in (Lease, Letting):
        named = [*COPIED[model], *RESET[model]]
        assert sorted(named) == sorted(field.name for field in model._meta.concrete_fields)


def test_a_renewal_begins_the_day_after_at_the_rent_of_the_last_day(suite, by):
    terms = {"permitted_use": "Software", "deposit_pkr": Decimal(9), "notice_months": 3, "due_day": 5}
    deed = {"signatory_company": "Sana Khan", "registration_number": "R-1"}
    lease = existing(suite, by, facts=YEARLY | terms | deed)
    renewal = actions.renew(lease=lease, expiry_date=dt.date(2028, 2, 29), by=by, today=TODAY, changes={"due_day": 8})
    assert (renewal.state, renewal.renews, renewal.company, renewal.park) == (
        "draft",
        lease,
        lease.company,
        lease.park,
    )
    assert (renewal.permitted_use, renewal.deposit_pkr, renewal.notice_months) == ("Software", 9, 3)
    assert (renewal.escalation_percent, renewal.escalation_months, renewal.due_day) == (10, 12, 8)
    assert (renewal.signatory_company, renewal.registration_number, renewal.deed_on_file) == ("", "", False)
    assert renewal.number != lease.number
    letting = renewal.lettings.get()
    assert (letting.suite, letting.commencement_date, letting.expiry_date) == (
        suite,
        UNTIL + DAY,
        dt.date(2028, 2, 29),
    )
    assert list(letting.rates.values_list("from_date", "rent_pkr")) == [(UNTIL + DAY, 1210)]


def test_only_suites_still_with_the_company_are_renewed(by):
    suites = [SuiteFactory(number=str(number)) for number in range(1)]
    suites += [SuiteFactory(number=str(number), park=suites[0].park) for number in range(1, 4)]
    lines = [line(suites[0], FIRST, LAST - DAY), *(line(suite) for suite in suites[1:])]
    lease = signed(lines=lines)
    actions.give_back(letting=lease.lettings.get(suite=suites[1]), last_day=LAST, by=by, today=TODAY)
    after = LAST + 30 * DAY
    existing(suites[2], by, lines=[line(suites[2], after - DAY, None)], today=after, signed_on=TODAY)
    renewal = actions.renew(lease=lease, expiry_date=None, by=by, today=after)
    kept = renewal.lettings.values_list("suite__number", "commencement_date", "expiry_date")
    assert list(kept) == [("0", LAST, None), ("3", LAST + DAY, None)]


def test_a_renewal_that_cannot_be_is_refused(suite, by):
    def renew(lease, until=LAST + 365 * DAY):
        return actions.renew(lease=lease, expiry_date=until, by=by, today=TODAY)

    with refused("Suite 101 under lease", "has no end"):
        renew(signed(lines=[line(suite, FIRST, None)]))
    lease = signed(SuiteFactory(number="7"))
    with refused("Suite 7", "before the commencement", field="expiry_date"):
        renew(lease, LAST)
    assert not lease.renewals.exists()
    actions.record_vacated(lease=lease, last_day=LAST, by=by, today=TODAY)
    with refused("last day of occupation", "31 March 2027"):
        renew(lease)
    lease = signed(SuiteFactory())
    actions.terminate(lease=lease, last_day=LAST - DAY, by=by, today=TODAY, reason="Agreed.")
    with refused(lease.number, "No suite"):
        renew(lease)


def test_a_lease_is_renewed_once_and_the_one_that_does_is_named(by):
    lease = signed(SuiteFactory())

    def renew(today=TODAY):
        return actions.renew(lease=lease, expiry_date=LAST + 365 * DAY, by=by, today=today)

    first, second = renew(), renew()
    actions.offer(lease=first, deadline=TODAY, by=by, today=TODAY)
    with refused(first.number, "already renews", lease.number):
        renew()
    with refused(first.number, "already renews", lease.number):
        actions.offer(lease=second, deadline=TODAY, by=by, today=TODAY)
    tomorrow = TODAY + DAY
    assert renew(today=tomorrow).state == "draft"
    actions.offer(lease=second, deadline=tomorrow, by=by, today=tomorrow)
    assert Lease.objects.get(pk=first.pk).state == "lapsed"
    actions.accept(lease=second, accepted_on=tomorrow, by=by, today=tomorrow)
    assert actions.sign(lease=second, signed_on=tomorrow, by=by, today=tomorrow).state == "signed"
    with refused(second.number, "already renews"):
        renew(today=tomorrow)


def close(suite, first, last=None, today=TODAY, **kwargs):
    who = {"by": UserFactory(), "closure_reason": "repair"} | kwargs
    return actions.close_suite(suite=suite, first_day=first, last_day=last, today=today, **who)


def test_a_suite_is_closed_with_its_reason_and_reopened(suite, by):
    closure = close(suite, FIRST, note="The lift.", closure_reason="disputed", by=by, reason="Called.")
    assert (closure.first_day, closure.last_day, closure.reason, closure.note) == (FIRST, None, "disputed", "The lift.")
    assert closure.events.get().pgh_context.metadata == {"user": by.pk, "reason": "Called."}
    reopened = actions.reopen_suite(closure=closure, last_day=FIRST, by=by, today=TODAY)
    assert reopened.last_day == FIRST and SuiteClosure.objects.get().last_day == FIRST
    assert offered(lines=[line(suite, FIRST + DAY, None)]).state == "offered"


def test_a_closure_cannot_end_before_it_begins_nor_grow(suite, by):
    closure = close(suite, FIRST, LAST)
    with refused("begins on 1 April 2026", field="last_day"):
        actions.reopen_suite(closure=closure, last_day=FIRST - DAY, by=by, today=TODAY)
    with refused("ends on 31 March 2027 already", field="last_day"):
        actions.reopen_suite(closure=closure, last_day=LAST + DAY, by=by, today=TODAY)
    SuiteClosure.objects.all().delete()
    with refused("deleted this meanwhile"):
        actions.reopen_suite(closure=closure, last_day=LAST, by=by, today=TODAY)


@pytest.mark.parametrize("bring", [signed, accepted, offered])
def test_a_suite_with_a_lease_cannot_be_closed_on_its_days(suite, bring):
    lease = bring(suite)
    for first, last in ((LAST, None), (FIRST - DAY, FIRST), (FIRST - DAY, None)):
        with refused("Suite 101", lease.number, lease.company, lettings=lease.lettings.all()):
            close(suite, first, last)
    close(suite, FIRST - DAY, FIRST - DAY)
    close(suite, LAST + DAY)


def test_drafts_and_lapsed_offers_do_not_keep_a_suite_open(suite):
    draft(suite)
    lapsed = offered(suite)
    close(suite, FIRST, today=TODAY + DAY)
    assert Lease.objects.get(pk=lapsed.pk).state == "lapsed"


def test_closures_that_overlap_or_cannot_be_are_refused(suite):
    close(suite, FIRST, LAST)
    with refused("Suite 101 is closed from 1 April 2026 to 31 March 2027: repair."):
        close(suite, LAST)
    close(suite, LAST + DAY)
    with refused(field="last_day"):
        close(suite, FIRST, FIRST - DAY)
    with refused(field="closure_reason"):
        close(SuiteFactory(), FIRST, closure_reason="moon")
    with refused("1900 to 2200"):
        close(SuiteFactory(), dt.date(2201, 1, 1))


def test_a_new_lease_takes_one_number_of_the_sequence(suite, by):
    first = existing(suite, by)
    second = existing(SuiteFactory(park=suite.park), by)
    assert int(second.number[2:]) == int(first.number[2:]) + 1
