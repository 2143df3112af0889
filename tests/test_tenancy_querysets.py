"""What a lease and a letting are on a date: upcoming, current, in notice, holding over, expired, terminated."""

import datetime as dt

import pytest
from django.utils import timezone

from tenants.models import Company, Lease, Letting
from tests.factories import (
    CompanyFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    SuiteFactory,
    UserFactory,
    bring_to,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
LATER = dt.date(2030, 1, 1)


def word(letting, on, today=LATER):
    return Lease.objects.with_word(on, today).get(pk=letting.lease_id).word


def change(letting, **facts):
    Lease.objects.filter(pk=letting.lease_id).update(**facts)


@pytest.mark.parametrize(
    ("on", "expected"),
    [(FIRST - DAY, "upcoming"), (FIRST, "current"), (LAST, "current"), (LAST + DAY, "holding_over")],
)
def test_a_lease_is_upcoming_current_and_then_holding_over(on, expected):
    assert word(LettingFactory(), on) == expected


def test_nobody_is_known_to_hold_over_before_the_day_has_come():
    letting = LettingFactory()
    assert word(letting, LAST + DAY, today=LAST) == "expired"
    assert word(letting, LAST + DAY, today=LAST + DAY) == "holding_over"


def test_a_lease_without_end_stays_current():
    assert word(LettingFactory(expiry_date=None), dt.date(2199, 1, 1)) == "current"


def test_notice_counts_from_its_day_until_the_end():
    letting = LettingFactory()
    change(letting, notice_given_on=dt.date(2026, 6, 1), vacated_on=LAST)
    assert word(letting, dt.date(2026, 5, 31)) == "current"
    assert word(letting, dt.date(2026, 6, 1)) == "in_notice"
    assert word(letting, LAST + DAY) == "expired"


def test_a_tenant_holds_over_until_the_last_day_of_occupation():
    letting = LettingFactory()
    change(letting, vacated_on=LAST + 10 * DAY)
    assert word(letting, LAST + 10 * DAY) == "holding_over"
    assert word(letting, LAST + 11 * DAY) == "expired"


def test_a_renewed_lease_is_expired_and_a_lease_with_a_drafted_renewal_holds_over():
    letting = LettingFactory()
    renewal = LeaseFactory(park=letting.park, company=letting.lease.company, renews=letting.lease)
    assert word(letting, LAST + DAY) == "holding_over"
    bring_to(renewal, "signed")
    assert word(letting, LAST + DAY) == "expired"


def test_a_terminated_lease_is_over_after_its_last_day():
    letting = LettingFactory(terminated_on=dt.date(2026, 6, 30))
    assert word(letting, dt.date(2026, 6, 30)) == "current"
    assert word(letting, dt.date(2026, 7, 1)) == "terminated"


def test_a_lease_that_gave_back_one_suite_is_not_terminated():
    letting = LettingFactory(terminated_on=dt.date(2026, 6, 30))
    kept = SuiteFactory(park=letting.park)
    with_two = LettingFactory(suite=kept, lease=letting.lease)
    assert word(letting, dt.date(2026, 7, 1)) == "current"
    assert word(with_two, LAST + DAY) == "holding_over"


def test_the_span_of_a_lease_is_that_of_all_its_lettings():
    letting = LettingFactory()
    LettingFactory(suite=SuiteFactory(park=letting.park), lease=letting.lease, expiry_date=None)
    lease = Lease.objects.with_span().get()
    assert (lease.first_day, lease.last_day) == (FIRST, None)
    Letting.objects.filter(expiry_date=None).update(expiry_date=LAST + DAY)
    assert Lease.objects.with_span().get().last_day == LAST + DAY


def test_an_offer_is_lapsed_on_the_day_after_its_deadline():
    letting = LettingFactory(state="offered")
    change(letting, offer_deadline=dt.date(2026, 3, 9))
    assert word(letting, FIRST, today=dt.date(2026, 3, 9)) == "offered"
    assert word(letting, FIRST, today=dt.date(2026, 3, 10)) == "lapsed"
    assert not Lease.objects.lapsed(dt.date(2026, 3, 9)).exists()
    assert Lease.objects.lapsed(dt.date(2026, 3, 10)).exists()


@pytest.mark.parametrize("state", ["draft", "accepted", "cancelled", "declined", "withdrawn", "lapsed"])
def test_an_unsigned_lease_is_called_by_its_state(state):
    assert word(LettingFactory(state=state), LAST + DAY) == state


def test_held_are_accepted_lettings_and_offers_that_have_not_lapsed():
    accepted, offered = LettingFactory(state="accepted"), LettingFactory(state="offered")
    LettingFactory(state="signed")
    LettingFactory(state="draft")
    change(offered, offer_deadline=dt.date(2026, 3, 9))
    today = dt.date(2026, 3, 9)
    assert set(Letting.objects.held(FIRST, today)) == {accepted, offered}
    assert set(Letting.objects.held(FIRST, today + DAY)) == {accepted}
    assert not Letting.objects.held(LAST + DAY, today).exists()


def test_holding_over_ends_with_the_next_tenant():
    letting = LettingFactory()
    on = LAST + 60 * DAY
    assert list(Letting.objects.holding_over(on, LATER)) == [letting]
    LettingFactory(suite=letting.suite, commencement_date=LAST + 30 * DAY, expiry_date=LAST + 40 * DAY)
    assert letting not in Letting.objects.holding_over(on, LATER)
    assert letting in Letting.objects.holding_over(LAST + 29 * DAY, LATER)


def test_a_suite_given_back_is_not_held_over():
    LettingFactory(terminated_on=dt.date(2026, 6, 30))
    assert not Letting.objects.holding_over(LAST + DAY, LATER).exists()


def test_the_rate_on_a_day_is_the_latest_that_has_begun():
    letting = LettingFactory(rent=100, charge=7)
    letting.rates.create(from_date=dt.date(2026, 7, 1), rent_pkr=110, service_charge_pkr=8)

    def rates(on):
        return (
            Letting.objects.with_rate(on)
            .with_next_step(on)
            .values_list("rent_pkr", "monthly_pkr", "next_step_on", "next_rent_pkr")[0]
        )

    assert rates(FIRST - DAY) == (None, None, FIRST, 100)
    assert rates(dt.date(2026, 6, 30)) == (100, 107, dt.date(2026, 7, 1), 110)
    assert rates(dt.date(2026, 7, 1)) == (110, 118, None, None)


def test_a_step_after_the_end_is_no_next_step():
    letting = LettingFactory(rent=100, terminated_on=dt.date(2026, 6, 30))
    letting.rates.create(from_date=dt.date(2026, 7, 1), rent_pkr=110)
    assert Letting.objects.with_next_step(FIRST).get().next_step_on is None


def test_a_company_is_shown_only_with_consent_and_a_letting_in_force_in_a_listed_park():
    def shown(on=FIRST):
        return Company.objects.shown(on).filter(pk=letting.lease.company_id).exists()

    letting = LettingFactory()
    assert not shown()
    Company.objects.update(public_listing=True)
    assert shown() and shown(LAST) and not shown(FIRST - DAY) and not shown(LAST + DAY)
    type(letting.park).objects.update(listed=False)
    assert not shown()


@pytest.mark.parametrize("state", ["draft", "offered", "accepted", "declined"])
def test_a_company_is_not_shown_for_what_is_not_signed(state):
    LettingFactory(state=state)
    Company.objects.update(public_listing=True)
    assert not Company.objects.shown(FIRST).exists()


def test_a_park_manager_sees_leases_and_companies_of_own_parks_only():
    mine, other = LettingFactory(), LettingFactory()
    manager = UserFactory(role="Park manager", parks=[mine.park])
    today = timezone.localdate()
    assert list(Lease.objects.scope_for(manager, today)) == [mine.lease]
    assert list(Letting.objects.scope_for(manager, today)) == [mine]
    assert list(Company.objects.scope_for(manager, today)) == [mine.lease.company]
    officer = UserFactory(role="Lettings officer")
    assert set(Company.objects.scope_for(officer, today)) == {mine.lease.company, other.lease.company}
    assert not Company.objects.scope_for(UserFactory(), today).exists()


def test_a_lease_is_found_by_its_number_and_by_its_company():
    lease = LeaseFactory(company=CompanyFactory(name="Indus Softworks"), park=ParkFactory())
    LeaseFactory()
    assert list(Lease.objects.search(lease.number.lower())) == [lease]
    assert list(Lease.objects.search("softw indus")) == [lease]
    assert not Lease.objects.search("softw jhelum").exists()
