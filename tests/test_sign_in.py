"""Signing in: a password, then a code; what goes wrong says the same whoever asks."""

import re
import time

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import SignInEvent, StaffSession
from stp_portal.kit.roles import LETTINGS_OFFICER
from stp_portal.sign_in import steps
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import code_of, device_for, password_step, sign_in

pytestmark = pytest.mark.django_db
INDEX, LOGIN, CODE = "/admin/", "/admin/login/", "/admin/login/code/"


@pytest.fixture
def user():
    return UserFactory(username="ayesha", role=LETTINGS_OFFICER)


def test_a_password_and_a_code_open_the_staff_site(client, user):
    device = device_for(user)
    answer = password_step(client, "ayesha", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert client.get(INDEX).status_code == 302
    answer = client.post(CODE, {"code": code_of(device)})
    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    assert client.get(INDEX).status_code == 200
    assert [event.kind for event in SignInEvent.objects.all()] == ["signed_in"]


def test_a_password_alone_opens_nothing(client, user):
    device_for(user)
    password_step(client, "ayesha", PASSWORD)
    for page in (INDEX, reverse("admin:parks_park_changelist"), reverse("admin:desk_rent_roll")):
        answer = client.get(page)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, LOGIN)
    assert not StaffSession.objects.exists()


def test_one_who_is_signed_in_without_the_second_factor_is_asked_for_it(client, user):
    client.force_login(user)
    TOTPDevice.objects.all().delete()
    assert client.get(INDEX).status_code == 302


def plain(answer):
    """The page without what is drawn anew for each: the token, the request's id, the name that was typed."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    return re.sub(r'name="username" value="[^"]+"', 'name="username"', text)


def kept_headers(answer):
    """The headers that a person could compare; those of the moment and the request aside."""
    of_the_moment = {"X-Request-ID", "Content-Length", "Expires", "Last-Modified", "Date"}
    return {name: value for name, value in answer.items() if name not in of_the_moment}


def shape(queries):
    """The statements without their values."""
    return [
        re.sub(r"s\d+_x\d+|NULL|'[^']*'|\b\d+\b|ARRAY\[.*?\]", "?", query["sql"]).split(" WHERE ")[0]
        for query in queries
    ]


WRONG = {
    "nobody": ("nobody", "some-long-guess"),
    "wrong": ("ayesha", "some-long-guess"),
    "new": ("new", "some-long-guess"),
    "closed": ("closed", PASSWORD),
    "firm": ("firm", PASSWORD),
}


@pytest.fixture
def people(user):
    device_for(user)
    UserFactory(username="new", role=LETTINGS_OFFICER)
    UserFactory(username="closed", role=LETTINGS_OFFICER, is_active=False)
    UserFactory(username="firm", is_staff=False)


@pytest.mark.parametrize("kind", ["wrong", "new", "closed", "firm"])
def test_no_name_a_wrong_password_and_no_right_are_answered_alike(people, kind):
    """In words, status, headers, statements and rows."""
    seen = []
    for name, password in (WRONG["nobody"], WRONG[kind]):
        before = SignInEvent.objects.count(), AccessAttempt.objects.count(), Session.objects.count()
        browser = Client()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = password_step(browser, name, password)
        after = SignInEvent.objects.count(), AccessAttempt.objects.count(), Session.objects.count()
        rows = [now - then for then, now in zip(before, after, strict=True)]
        cookies = sorted(browser.cookies)
        seen.append((answer.status_code, plain(answer), kept_headers(answer), cookies, rows, shape(queries)))
    for first, second in zip(*seen, strict=True):
        assert first == second
    assert seen[0][0] == 200 and seen[0][4] == [1, 1, 0]
    assert "The user name or the password is wrong" in seen[0][1]


def test_ten_wrong_passwords_lock_a_name_whether_it_exists_or_not(people):
    seen = []
    for name in ("nobody", "ayesha"):
        browser = Client()
        tries = [password_step(browser, name, "some-long-guess") for _try in range(11)]
        assert [answer.status_code for answer in tries] == [200] * 9 + [429] * 2
        rows = list(SignInEvent.objects.filter(kind="locked_out").values_list("user__username", flat=True))
        seen.append((plain(tries[-1]), kept_headers(tries[-1]), len(rows)))
    assert seen[0][:2] == seen[1][:2] and (seen[0][2], seen[1][2]) == (1, 2)
    assert seen[0][1]["Retry-After"] == "900" and "no-store" in seen[0][1]["Cache-Control"]


def test_a_locked_name_is_refused_its_right_password_and_gets_in_from_another_address(people, user):
    here, elsewhere = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    for _try in range(10):
        password_step(here, "ayesha", "some-long-guess")
    assert password_step(here, "ayesha", PASSWORD).status_code == 429
    assert password_step(elsewhere, "ayesha", PASSWORD).status_code == 302
    # What the address says of itself moves no lock.
    answer = here.post(LOGIN, {"username": "ayesha", "password": PASSWORD}, headers={"X-Forwarded-For": "10.0.0.2"})
    assert answer.status_code == 429


def test_behind_a_proxy_the_lock_holds_the_address_that_the_proxy_saw(people, settings):
    settings.PROXIES = 1
    browser = Client(REMOTE_ADDR="10.0.0.1")
    for last in range(10):
        # What the client wrote itself stands to the left of what the proxy adds.
        headers = {"X-Forwarded-For": f"10.9.9.{last}, 203.0.113.7"}
        browser.post(LOGIN, {"username": "ayesha", "password": "some-long-guess"}, headers=headers)
    known = {"username": "ayesha", "password": PASSWORD}
    assert browser.post(LOGIN, known, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 429
    assert browser.post(LOGIN, known, headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 302


def test_a_sign_in_forgets_the_wrong_passwords_before_it(client, people, user):
    for _try in range(9):
        password_step(client, "ayesha", "some-long-guess")
    sign_in(client, user, PASSWORD)
    assert not AccessAttempt.objects.exists()
    assert password_step(Client(), "ayesha", "some-long-guess").status_code == 200


def test_what_was_typed_as_the_name_of_nobody_is_not_in_the_record(client):
    password_step(client, "my-secret-password", "")
    password_step(client, "my-secret-password", "x")
    event = SignInEvent.objects.get()
    assert (event.kind, event.user, event.note) == ("wrong_password", None, "")


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(client, user, target):
    assert sign_in(client, user, PASSWORD, next=target)["Location"] == INDEX
    # One who is signed in already is not sent there either.
    assert client.get(LOGIN, {"next": target})["Location"] == INDEX


def test_the_page_that_was_asked_for_comes_after_the_second_step(client, user):
    asked = "/admin/parks/park/?q=swat"
    assert sign_in(client, user, PASSWORD, next=asked)["Location"] == asked


def test_the_session_gets_a_new_key_with_each_step(client, user):
    """A key that somebody planted in the browser opens nothing after its owner has signed in."""
    device = device_for(user)
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    password_step(client, "ayesha", PASSWORD)
    half = client.session.session_key
    client.post(CODE, {"code": code_of(device)})
    whole = client.session.session_key
    assert len({planted, half, whole}) == 3 and "planted" not in client.session
    assert set(Session.objects.values_list("pk", flat=True)) == {whole}


def half_client(account, changes):
    """A browser between the steps, its half state changed."""
    browser = Client()
    device_for(account)
    password_step(browser, account.get_username(), PASSWORD)
    session = browser.session
    session[steps.HALF] = {**session[steps.HALF], **changes}
    session.save()
    return browser


@pytest.mark.parametrize(
    "changes",
    [
        {"at": int(time.time()) - steps.HALF_SECONDS - 60},
        {"at": int(time.time()) + 3600},
        {"tries": steps.MOST_TRIES},
        {"hash": "forged"},
        {"user": 0},
    ],
    ids=["old", "of the future", "tried out", "forged", "of nobody"],
)
def test_a_half_state_that_ran_out_or_is_none_begins_again(user, changes):
    browser = half_client(user, changes)
    answer = browser.post(CODE, {"code": code_of(device_for(user))})
    assert answer["Location"] == f"{LOGIN}?again=1" and steps.HALF not in browser.session
    assert "Begin again with your password" in browser.get(answer["Location"]).content.decode()
    assert browser.get(INDEX).status_code == 302 and not StaffSession.objects.exists()


@pytest.mark.parametrize("lost", ["is_active", "is_staff", "password"])
def test_between_the_steps_a_lost_right_or_a_new_password_ends_the_sign_in(user, lost):
    browser = half_client(user, {})
    if lost == "password":
        user.set_password("quite-another-word-7")
    else:
        setattr(user, lost, False)
    user.save()
    assert browser.post(CODE, {"code": code_of(device_for(user))})["Location"] == f"{LOGIN}?again=1"
    assert not StaffSession.objects.exists()


@pytest.mark.parametrize("page", [CODE, "/admin/login/enrol/"])
def test_who_gave_no_password_comes_to_no_second_step(client, page):
    for answer in (client.get(page), client.post(page, {"code": "123456"})):
        assert (answer.status_code, answer["Location"]) == (302, f"{LOGIN}?again=1")


def test_the_back_button_after_signing_in_leads_on(client, user):
    sign_in(client, user, PASSWORD)
    answer = client.post(CODE, {"code": "123456"}, follow=True)
    assert answer.redirect_chain[-1] == (INDEX, 302)
    assert client.get(LOGIN)["Location"] == INDEX


def test_two_tabs_sign_in_one_after_the_other(client, user):
    """The second tab's password ends the session of the first: one browser has one."""
    sign_in(client, user, PASSWORD)
    sign_in(client, user, PASSWORD)
    assert client.get(INDEX).status_code == 200
    assert StaffSession.objects.filter(ended_at__isnull=True).count() == 1


@pytest.mark.parametrize("page", [LOGIN, CODE, "/admin/login/enrol/", INDEX])
def test_pages_of_signing_in_are_never_kept_and_hold_no_script_of_their_own(client, page):
    answer = client.get(page)
    assert answer["Cache-Control"] == "no-store, private"
    assert "<script>" not in answer.content.decode() and "unsafe" not in answer["Content-Security-Policy"]
