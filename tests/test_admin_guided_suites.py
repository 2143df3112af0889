"""Closing, reopening and withdrawing suites on the staff pages: never on days on which they are let."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from parks.models import Suite, SuiteClosure
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.models import Lease
from tests.factories import LettingFactory, SuiteFactory, UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def days(count):
    """The day so many days from today."""
    return TODAY + dt.timedelta(days=count)


def let(first=-100, last=100, **kwargs):
    """A letting from so many days from today to so many."""
    return LettingFactory(commencement_date=days(first), expiry_date=days(last), **kwargs)


def close_page(suite):
    return reverse("admin:parks_suite_close", args=[suite.pk])


def suite_page(suite):
    return reverse("admin:parks_suite_change", args=[suite.pk])


def closure_of(suite, first=-5, last=None):
    return SuiteClosure.objects.create(
        suite=suite, first_day=days(first), last_day=days(last) if last else None, reason="repair"
    )


CLOSE = {"first_day": TODAY.isoformat(), "closure_reason": "repair", "note": "Roof"}


@pytest.mark.parametrize("role", [LETTINGS_OFFICER, PARK_MANAGER])
def test_a_suite_is_closed_and_reopened_from_its_page(client, role):
    suite = SuiteFactory()
    client.force_login(UserFactory(role=role, parks=[suite.park]))
    assert close_page(suite) in client.get(suite_page(suite)).content.decode()

    shown = client.post(close_page(suite), CLOSE | {"preview": "1"})
    assert "<del>Vacant</del> → <ins>Closed</ins>" in shown.content.decode()
    assert not SuiteClosure.objects.exists()
    assert client.post(close_page(suite), form_data(shown) | {"confirm": "1"})["Location"] == suite_page(suite)

    closure = SuiteClosure.objects.get()
    url = reverse("admin:parks_suiteclosure_reopen", args=[closure.pk])
    assert url in client.get(suite_page(suite)).content.decode()
    shown = client.post(url, {"last_day": days(3).isoformat(), "preview": "1"})
    assert client.post(url, form_data(shown) | {"confirm": "1"}).status_code == 302
    closure.refresh_from_db()
    assert (closure.first_day, closure.last_day, closure.note) == (TODAY, days(3), "Roof")


@pytest.mark.parametrize("state", ["offered", "accepted", "signed"])
def test_a_suite_that_is_let_or_held_cannot_be_closed_and_the_lease_is_linked(client, officer, state):
    letting = let(10, 100, state=state)
    response = client.post(close_page(letting.suite), CLOSE | {"preview": "1"})
    html = response.content.decode()

    assert response.context["effects"] is None and letting.lease.number in html
    assert reverse("admin:tenants_lease_change", args=[letting.lease.pk]) in html and 'value="Roof"' in html
    before_it = client.post(close_page(letting.suite), CLOSE | {"last_day": days(9).isoformat(), "preview": "1"})
    assert before_it.context["effects"] is not None


def test_closing_needs_the_right_and_the_park(client):
    mine, other = SuiteFactory(), SuiteFactory()
    closures = closure_of(mine), closure_of(other)
    for role, own, others in ((PARK_MANAGER, 200, 404), (AUDITOR, 403, 403), (None, 404, 404)):
        client.force_login(UserFactory(role=role, parks=[mine.park]))
        for method in (client.get, client.post):
            for suite, closure, status in zip((mine, other), closures, (own, others), strict=True):
                assert method(close_page(suite)).status_code == status
                assert method(reverse("admin:parks_suiteclosure_reopen", args=[closure.pk])).status_code == status


def test_the_suites_own_page_closes_nothing_even_when_forged(client, officer):
    letting = let()
    closure = closure_of(letting.suite, -300, -200)
    data = form_data(client.get(suite_page(letting.suite))) | {
        "closures-TOTAL_FORMS": "2",
        "closures-INITIAL_FORMS": "1",
        "closures-0-id": closure.pk,
        "closures-0-suite": letting.suite.pk,
        "closures-0-first_day": days(-1).isoformat(),
        "closures-0-last_day": "",
        "closures-0-reason": "repair",
        "closures-1-first_day": TODAY.isoformat(),
        "closures-1-reason": "repair",
    }
    client.post(suite_page(letting.suite), data)

    assert [(row.first_day, row.last_day) for row in SuiteClosure.objects.all()] == [(days(-300), days(-200))]


def test_a_closure_entered_by_mistake_can_be_deleted(client, officer):
    closure = closure_of(SuiteFactory())
    data = form_data(client.get(suite_page(closure.suite))) | {"closures-0-DELETE": "on"}

    assert client.post(suite_page(closure.suite), data).status_code == 302
    assert not SuiteClosure.objects.exists()


@pytest.mark.parametrize(
    ("field", "day", "refused"),
    [
        ("withdrawn_from", 100, True),
        ("withdrawn_from", 101, False),
        ("withdrawn_from", 0, True),
        ("in_service_from", -99, True),
        ("in_service_from", -100, False),
    ],
)
def test_a_suite_is_not_taken_out_of_service_on_days_on_which_it_is_let(client, officer, field, day, refused):
    letting = let()
    data = form_data(client.get(suite_page(letting.suite))) | {field: days(day).isoformat()}
    response = client.post(suite_page(letting.suite), data)

    suite = Suite.objects.get()
    assert (response.status_code, getattr(suite, field)) == ((200, None) if refused else (302, days(day)))
    if refused:
        html = response.content.decode()
        assert letting.lease.number in html and letting.lease.company.name in html
        assert field in response.context["adminform"].form.errors


def test_a_tenant_holding_over_keeps_the_suite_in_service_and_a_lapsed_offer_does_not(client, officer):
    over = let(-100, -5)
    late = let(5, 50, state="offered")
    Lease.objects.filter(pk=late.lease.pk).update(offered_on=days(-9), offer_deadline=days(-1))
    for letting, status in ((over, 200), (late, 302)):
        data = form_data(client.get(suite_page(letting.suite))) | {"withdrawn_from": TODAY.isoformat()}
        assert client.post(suite_page(letting.suite), data).status_code == status


def test_the_parks_page_keeps_the_same_rule(client, officer):
    letting = let()
    url = reverse("admin:parks_park_change", args=[letting.suite.park.pk])
    data = form_data(client.get(url)) | {"suites-0-in_service_from": TODAY.isoformat()}

    response = client.post(url, data)
    assert response.status_code == 200 and letting.lease.number in response.content.decode()
    assert Suite.objects.get().in_service_from is None


def test_the_suites_page_says_what_it_is_today_and_asks_as_often_for_few_lettings_as_for_many(client, officer):
    letting = let()
    client.get(suite_page(letting.suite))
    with CaptureQueriesContext(connection) as few:
        html = client.get(suite_page(letting.suite)).content.decode()
    assert f"{days(101):%-d %B %Y}" in html and ">Let<" in html.replace(" ", "").replace("\n", "")
    for number in range(1, 6):
        let(100 + number * 10, 105 + number * 10, suite=letting.suite)
    with CaptureQueriesContext(connection) as many:
        client.get(suite_page(letting.suite))

    assert len(few) == len(many)
