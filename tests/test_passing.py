"""Nobody is passed over without a reason, whoever makes the offer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from tenants import actions
from tenants.actions import Line
from tenants.models import PassingOver
from tests.applications import ApplicationFactory, desks
from tests.factories import CompanyFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import signed

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DEADLINE = TODAY + dt.timedelta(9)


@pytest.fixture
def officer(db):
    return UserFactory(role="Lettings officer")


def drafted(officer, suite, **facts):
    """A draft of 2030 for some company."""
    return actions.draft_lease(
        company=CompanyFactory(),
        park=suite.park,
        lines=[Line(suite, dt.date(2030, 1, 1), dt.date(2030, 12, 31), rent_pkr=Decimal(1_000))],
        by=officer,
        today=TODAY,
        **facts,
    )


def offer(officer, lease, **said):
    return actions.offer(lease=lease, deadline=DEADLINE, by=officer, today=TODAY, **said)


def waiting(park, **facts):
    return ApplicationFactory(state="waiting", choices=[park], **facts)


def test_an_offer_past_somebody_who_waits_needs_a_reason_and_writes_it_down(officer):
    suite = SuiteFactory(lettable_area_sqft=900)
    ahead = waiting(suite.park)
    lease = drafted(officer, suite)
    with pytest.raises(actions.Refused, match=ahead.reference):
        offer(officer, lease)
    with pytest.raises(actions.Refused):
        offer(officer, lease, passing={ahead.pk: "because"})
    offer(officer, lease, passing={ahead.pk: "no_fit"})
    row = PassingOver.objects.get()
    assert (row.application, row.lease, row.park, row.band, row.code, row.by) == (
        ahead,
        lease,
        suite.park,
        "up_to_1500",
        "no_fit",
        officer,
    )
    assert ahead.timeline.filter(kind="passed", code="no_fit").exists()


def test_those_of_another_band_another_park_or_behind_are_passed_by_nobody(officer):
    suite = SuiteFactory(lettable_area_sqft=900)
    desks(5, state="waiting", choices=[suite.park])
    waiting(suite.park, wanted_area_sqft=300)
    waiting(ParkFactory())
    mine = waiting(suite.park, complete_on=dt.date(2026, 1, 1))
    waiting(suite.park, complete_on=dt.date(2026, 1, 2))
    lease = drafted(officer, suite, application=mine)
    assert offer(officer, lease).state == "offered"
    assert not PassingOver.objects.exists()


def test_one_who_has_an_offer_is_served_and_not_passed_over(officer):
    suite = SuiteFactory(lettable_area_sqft=900)
    other = SuiteFactory(lettable_area_sqft=900, park=suite.park)
    first = waiting(suite.park, complete_on=dt.date(2026, 1, 1))
    offer(officer, drafted(officer, suite, application=first))
    second = waiting(suite.park, complete_on=dt.date(2026, 1, 2))
    assert offer(officer, drafted(officer, other, application=second)).state == "offered"


def test_who_renews_passes_nobody_over(officer):
    lease = signed(SuiteFactory(lettable_area_sqft=900))
    waiting(lease.park)
    renewal = actions.renew(lease=lease, expiry_date=dt.date(2032, 12, 31), by=officer, today=TODAY)
    assert offer(officer, renewal).state == "offered"
