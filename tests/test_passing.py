"""Nobody is passed over without a reason, whoever makes the offer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
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


def test_a_desk_beside_a_suite_does_not_take_the_offer_into_the_queue_for_desks(officer):
    suite = SuiteFactory(lettable_area_sqft=900)
    desk = SuiteFactory(park=suite.park, kind="desk", lettable_area_sqft=None, seats=1)
    ahead = waiting(suite.park)
    lease = drafted(officer, suite)
    actions.add_suites(
        lease=lease,
        lines=[Line(desk, dt.date(2030, 1, 1), dt.date(2030, 12, 31), rent_pkr=Decimal(1_000))],
        by=officer,
        today=TODAY,
    )
    with pytest.raises(actions.Refused, match=ahead.reference):
        offer(officer, lease)


@pytest.mark.parametrize("in_one_step", [True, False])
def test_who_is_served_and_who_is_passed_over_are_locked_together_in_the_order_of_their_keys(officer, in_one_step):
    """In two steps an offer in another park, which serves the one and passes the other, would wait in a ring."""
    suite = SuiteFactory(lettable_area_sqft=900)
    ahead = waiting(suite.park, complete_on=dt.date(2026, 1, 1))
    mine = waiting(suite.park, complete_on=dt.date(2026, 1, 2))
    line = Line(suite, dt.date(2030, 1, 1), dt.date(2030, 12, 31), rent_pkr=Decimal(1_000))
    lease = None if in_one_step else drafted(officer, suite, application=mine)
    with CaptureQueriesContext(connection) as asked:
        if in_one_step:
            actions.offer_space(
                application=mine,
                park=suite.park,
                lines=[line],
                deadline=DEADLINE,
                passing="no_fit",
                by=officer,
                today=TODAY,
            )
        else:
            offer(officer, lease, passing="no_fit")
    locks = [
        query["sql"]
        for query in asked
        if 'FROM "tenants_application"' in query["sql"] and "FOR NO KEY UPDATE" in query["sql"]
    ]
    assert f"IN ({ahead.pk}, {mine.pk}) ORDER BY" in locks[0]
