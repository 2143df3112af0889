"""The offer page of the staff site once more: what is shown is what is done, and a line is left out with its suite."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants import actions
from tenants.models import Lease, PassingOver
from tests.applications import ApplicationFactory
from tests.factories import SuiteFactory, UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


@pytest.fixture
def officer(client):
    user = UserFactory(role="Lettings officer")
    client.force_login(user)
    return user


def suite_of(**facts):
    asking = {"rent_basis": "per_sqft", "rent_pkr": Decimal(60), "service_charge_pkr": Decimal(0)}
    return SuiteFactory(**{"lettable_area_sqft": 1_000} | asking | facts)


def waiting(*choices, **facts):
    return ApplicationFactory(state="waiting", choices=choices, move_in=TODAY + 30 * DAY, **facts)


def at(application, *suites):
    query = "&".join(f"suite={suite.pk}" for suite in suites)
    return reverse("admin:tenants_application_offer", args=[application.pk]) + ("?" + query if query else "")


def filled(client, application, *suites, **typed):
    return form_data(client.get(at(application, *suites))) | {"minute": "4/2026", "preview": "1"} | typed


def test_the_preview_names_who_is_passed_over_and_why(client, officer):
    suite = suite_of()
    ahead = waiting(suite.park)
    application = waiting(suite)
    shown = client.post(at(application), filled(client, application, passing="no_answer"))
    assert [(one.application, one.code) for one in shown.context["effects"].passed] == [(ahead, "no_answer")]
    html = shown.content.decode()
    assert "Who is passed over, and why" in html and ahead.company_name in html
    assert "Held for the firm until the end of" in html and "4/2026" in html


def test_one_who_comes_ahead_meanwhile_is_never_passed_over_unseen(client, officer):
    """The reason given for all would have covered the new one silently."""
    suite = suite_of()
    first, second = waiting(suite.park), waiting(suite.park)
    application = waiting(suite)
    shown = client.post(at(application), filled(client, application, passing="no_fit"))
    third = waiting(suite.park, complete_on=first.complete_on - DAY)

    answer = client.post(at(application), form_data(shown) | {"confirm": "1"})
    assert "something has moved" in answer.content.decode() and third.reference in answer.content.decode()
    assert not Lease.objects.exists() and not PassingOver.objects.exists()
    assert client.post(at(application), form_data(answer) | {"confirm": "1"}).status_code == 302
    assert set(PassingOver.objects.values_list("application", flat=True)) == {first.pk, second.pk, third.pk}


def test_a_line_whose_suite_is_emptied_is_left_out(client, officer):
    one = suite_of(number="A1")
    other = suite_of(number="A2", park=one.park)
    application = waiting(one)
    data = filled(client, application, one, other)
    assert {data["lines-0-suite"], data["lines-1-suite"]} == {"A1", "A2"}
    shown = client.post(at(application), data | {"lines-0-suite": " "})
    client.post(at(application), form_data(shown) | {"confirm": "1"})
    assert [letting.suite.number for letting in Lease.objects.get().lettings.all()] == [data["lines-1-suite"]]


def test_without_any_suite_the_form_says_so(client, officer):
    application = waiting(suite_of())
    data = filled(client, application)
    shown = client.post(at(application), data | {"lines-0-suite": ""})
    assert "at least one suite" in shown.content.decode() and shown.context["effects"] is None


def test_a_service_charge_that_is_not_reported_is_asked_for_and_never_taken_for_none(client, officer):
    application = waiting(suite_of(service_charge_pkr=None))
    data = filled(client, application)
    assert data["lines-0-service_charge_pkr"] == ""
    shown = client.post(at(application), data)
    assert shown.context["effects"] is None and "0 where there is none" in shown.content.decode()
    assert client.post(at(application), data | {"lines-0-service_charge_pkr": "0"}).context["effects"] is not None


def test_the_guided_page_does_not_sign_before_the_scan_is_there(client, officer):
    suite = suite_of()
    application = waiting(suite)
    shown = client.post(at(application), filled(client, application))
    client.post(at(application), form_data(shown) | {"confirm": "1"})
    lease = actions.accept_by_firm(application=application, lease=Lease.objects.get())
    url = reverse("admin:tenants_lease_sign", args=[lease.pk])
    shown = client.post(url, {"signed_on": TODAY.isoformat(), "preview": "1"})
    assert shown.context["effects"] is None and "scan of the deed" in shown.content.decode()


def test_who_may_not_make_leases_does_not_reach_the_page(client):
    application = waiting(suite_of())
    client.force_login(UserFactory(role="Auditor"))
    assert client.get(at(application)).status_code == 403
