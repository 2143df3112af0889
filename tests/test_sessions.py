"""A signed-in browser: how long it stays so, and what ends it at once."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import SignInEvent, StaffSession
from stp_portal.kit.roles import LETTINGS_OFFICER
from stp_portal.sign_in import sessions
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
INDEX = "/admin/"


@pytest.fixture
def user():
    return UserFactory(username="ayesha", role=LETTINGS_OFFICER)


@pytest.fixture
def browser(user):
    """A browser in which the user has signed in."""
    browser = Client(REMOTE_ADDR="203.0.113.7", headers={"user-agent": "Firefox"})
    sign_in(browser, user, PASSWORD)
    return browser


def is_in(browser):
    return browser.get(INDEX).status_code == 200


def ago(**fields):
    """Move the one session back: `began_at` and `seen_at` by so many minutes."""
    now = timezone.now()
    StaffSession.objects.update(**{name: now - dt.timedelta(minutes=minutes) for name, minutes in fields.items()})


def test_a_session_says_where_and_since_when(browser, user):
    row = StaffSession.objects.get()
    assert (row.user, row.address, row.agent, row.ended_at) == (user, "203.0.113.7", "Firefox", None)
    assert row.session_key == browser.session.session_key


def test_a_session_that_goes_unused_for_two_hours_ends(browser):
    ago(began_at=130, seen_at=119)
    assert is_in(browser)
    ago(began_at=130, seen_at=121)
    assert not is_in(browser)
    assert StaffSession.objects.get().ended_at is not None


def test_a_session_that_is_used_ends_after_twelve_hours(browser):
    ago(began_at=12 * 60 - 1, seen_at=1)
    assert is_in(browser)
    ago(began_at=12 * 60 + 1, seen_at=1)
    assert not is_in(browser)


def test_how_long_a_session_may_go_unused_is_a_setting(browser, settings):
    settings.STAFF_IDLE_MINUTES = 10
    ago(began_at=30, seen_at=11)
    assert not is_in(browser)


def test_the_last_use_is_written_every_five_minutes_and_not_with_each_page(browser):
    ago(began_at=30, seen_at=4)
    before = StaffSession.objects.get().seen_at
    assert is_in(browser) and StaffSession.objects.get().seen_at == before
    ago(began_at=30, seen_at=6)
    assert is_in(browser)
    assert timezone.now() - StaffSession.objects.get().seen_at < dt.timedelta(minutes=1)


def test_a_page_looks_its_session_up_once(browser):
    with CaptureQueriesContext(connection) as queries:
        assert is_in(browser)
    assert sum('FROM "parks_staffsession"' in query["sql"] for query in queries) == 1


@pytest.mark.parametrize("lost", ["is_active", "is_staff", "password", "device", "row", "row of another"])
def test_what_is_lost_counts_with_the_next_request(browser, user, lost):
    assert is_in(browser)
    if lost == "password":
        user.set_password("quite-another-word-7")
        user.save()
    elif lost == "device":
        TOTPDevice.objects.all().delete()
    elif lost == "row":
        sessions.end(StaffSession.objects.get())
    elif lost == "row of another":
        StaffSession.objects.update(user=UserFactory(username="bilal", role=LETTINGS_OFFICER))
    else:
        setattr(user, lost, False)
        user.save()
    answer = browser.get(reverse("admin:parks_park_changelist"))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")


def test_a_row_that_has_ended_opens_nothing_though_the_session_is_still_there(browser):
    StaffSession.objects.update(ended_at=timezone.now())
    assert Session.objects.exists() and not is_in(browser)


def test_a_session_without_a_row_opens_nothing(browser):
    StaffSession.objects.all().delete()
    assert not is_in(browser)


def test_all_other_sessions_end_and_this_one_stays(browser, user):
    other = Client()
    sign_in(other, user, PASSWORD)
    stranger = Client()
    stranger.force_login(UserFactory(username="bilal", role=LETTINGS_OFFICER))
    assert sessions.end_all(user, except_key=browser.session.session_key) == 1
    assert is_in(browser) and not is_in(other) and is_in(stranger)


def test_signing_out_ends_the_session_and_is_recorded(browser, user):
    key = browser.cookies["sessionid"].value
    assert browser.get("/admin/logout/").status_code == 405 and is_in(browser)
    browser.post("/admin/logout/")
    assert StaffSession.objects.get().ended_at is not None
    assert list(SignInEvent.objects.order_by("pk").values_list("kind", flat=True)) == ["signed_in", "signed_out"]
    # The key does not come to life again.
    browser.cookies["sessionid"] = key
    assert not is_in(browser)
    browser.post("/admin/logout/")
    assert SignInEvent.objects.count() == 2


def test_a_sign_in_clears_away_what_ran_out(browser, user):
    ago(began_at=13 * 60, seen_at=13 * 60)
    Session.objects.update(expire_date=timezone.now() - dt.timedelta(minutes=1))
    old = Session.objects.get().pk
    sign_in(Client(), user, PASSWORD)
    assert not Session.objects.filter(pk=old).exists()
    assert StaffSession.objects.get(session_key=old).ended_at is not None
    assert StaffSession.objects.filter(ended_at__isnull=True).count() == 1


def test_where_a_browser_comes_from_is_believed_only_of_our_own_proxies(user):
    browser = Client(REMOTE_ADDR="203.0.113.7", headers={"x-forwarded-for": "10.0.0.1"})
    sign_in(browser, user, PASSWORD)
    assert StaffSession.objects.get().address == "203.0.113.7"


def test_a_foreign_host_gets_no_sign_in_page(client):
    assert client.get("/admin/login/", headers={"host": "evil.example"}).status_code == 400
    answer = client.get(INDEX, headers={"x-forwarded-host": "evil.example"})
    assert answer["Location"] == "/admin/login/?next=/admin/"
