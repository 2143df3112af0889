"""“Your account”: one's own sessions, second factor, recovery codes and password, and nobody else's."""

import time

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import SignInEvent, StaffSession
from stp_portal.sign_in import factor
from stp_portal.sign_in.account import NEW_SECRET
from stp_portal.sign_in.browsers import browser_words
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import code_for, code_of, device_for, sign_in

pytestmark = pytest.mark.django_db
ACCOUNT, INDEX, PASSWORDS = "/admin/account/", "/admin/", "/admin/password_change/"
NEW = "quite-another-kettle-77"


def signed_in(user):
    """A new browser of `user`."""
    browser = Client()
    browser.force_login(user)
    return browser


def session_of(browser):
    """The row of a browser's session."""
    return StaffSession.objects.get(session_key=browser.session.session_key)


def is_in(browser):
    return browser.get(INDEX).status_code == 200


def kinds(user):
    """What the record holds of `user`, the oldest first."""
    return list(SignInEvent.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def user():
    return UserFactory(role="Lettings officer")


@pytest.mark.parametrize("role", ["Administrator", "Lettings officer", "Park manager", "Auditor", None])
def test_everyone_of_the_staff_has_the_page_and_the_header_leads_to_it(role):
    browser = signed_in(UserFactory(role=role))
    assert f'href="{ACCOUNT}"' in browser.get(INDEX).content.decode()
    assert browser.get(ACCOUNT).status_code == 200


def test_the_page_lists_ones_own_open_sessions_and_marks_this_one(user):
    here, there, stranger = signed_in(user), signed_in(user), signed_in(UserFactory(role="Auditor"))
    StaffSession.objects.filter(pk=session_of(there).pk).update(agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
    shown = here.get(ACCOUNT).context["sessions"]
    assert {row.pk: (words, own) for row, words, own in shown} == {
        session_of(here).pk: ("unknown browser", True),
        session_of(there).pk: ("Firefox on Windows", False),
    }
    assert session_of(stranger).pk not in {row.pk for row, _words, _own in shown}


@pytest.mark.parametrize(
    "agent, words",
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/120 Mobile Safari", "Samsung Internet on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.0", "unknown browser"),
        ("", "unknown browser"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent, words):
    assert browser_words(agent) == words


def test_ending_one_session_signs_that_browser_out_alone(user):
    here, there, third = signed_in(user), signed_in(user), signed_in(user)
    answer = here.post(reverse("admin:account_end_session", args=[session_of(there).pk]))
    assert answer["Location"] == ACCOUNT
    assert [is_in(browser) for browser in (here, there, third)] == [True, False, True]
    assert kinds(user) == ["session_ended"]


def test_another_persons_session_is_not_there(user):
    other = signed_in(UserFactory(role="Auditor"))
    answer = signed_in(user).post(reverse("admin:account_end_session", args=[session_of(other).pk]))
    assert answer.status_code == 404
    assert is_in(other)


def test_a_session_that_is_over_is_not_there(user):
    here, there = signed_in(user), signed_in(user)
    address = reverse("admin:account_end_session", args=[session_of(there).pk])
    here.post(address)
    assert here.post(address).status_code == 404
    assert here.post(reverse("admin:account_end_session", args=[10**30])).status_code == 404


def test_ending_this_very_session_leads_to_the_sign_in(user):
    here, there = signed_in(user), signed_in(user)
    answer = here.post(reverse("admin:account_end_session", args=[session_of(here).pk]))
    assert answer["Location"] == "/admin/login/"
    assert [is_in(here), is_in(there)] == [False, True]


def test_all_other_sessions_end_and_this_one_stays(user):
    here, there, other = signed_in(user), signed_in(user), signed_in(UserFactory(role="Auditor"))
    here.post(reverse("admin:account_end_others"))
    assert [is_in(browser) for browser in (here, there, other)] == [True, False, True]
    assert kinds(user) == ["sessions_ended"]


def test_all_sessions_end_this_one_too(user):
    here, there, other = signed_in(user), signed_in(user), signed_in(UserFactory(role="Auditor"))
    assert here.post(reverse("admin:account_end_all"))["Location"] == "/admin/login/"
    assert [is_in(browser) for browser in (here, there, other)] == [False, False, True]


def test_new_recovery_codes_are_shown_once_and_the_old_ones_are_worth_nothing(user):
    here, address = signed_in(user), reverse("admin:account_recovery")
    old = factor.new_recovery_codes(user)
    assert here.get(address).context["left"] == len(old)
    answer = here.post(address)
    new = answer.context["codes"]
    assert len(set(new)) == factor.RECOVERY_CODES and all(code in answer.content.decode() for code in new)
    assert "no-store" in answer["Cache-Control"]
    assert not any(code in here.get(address).content.decode() for code in new)
    assert factor.check(user, old[0]) is None
    assert kinds(user) == ["recovery_made"]


def test_the_recovery_codes_of_today_are_worth_something(user):
    new = signed_in(user).post(reverse("admin:account_recovery")).context["codes"]
    assert factor.check(user, new[0]) == factor.RECOVERY


def replace(browser, step=0):
    """The answer to the code of the app that is being set up."""
    address = reverse("admin:account_factor")
    browser.get(address)
    return browser.post(address, {"code": code_for(browser.session[NEW_SECRET]["secret"], step)})


def test_another_app_takes_the_place_of_the_present_one(user):
    here, there, old = signed_in(user), signed_in(user), device_for(user)
    assert replace(here)["Location"] == ACCOUNT
    assert TOTPDevice.objects.filter(user=user).get().key != old.key
    assert [is_in(here), is_in(there)] == [True, False]
    assert kinds(user) == ["enrolled"]
    assert NEW_SECRET not in here.session


def test_the_new_app_signs_in_afterwards(user):
    replace(signed_in(user))
    browser = Client()
    sign_in(browser, user, PASSWORD)
    assert is_in(browser)


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "1" * 500, "١٢٣٤٥٦"])
def test_until_the_new_apps_code_is_right_the_old_one_counts(user, code):
    here, old = signed_in(user), device_for(user)
    address = reverse("admin:account_factor")
    here.get(address)
    before = here.session[NEW_SECRET]
    answer = here.post(address, {"code": code})
    assert answer.status_code == 200 and "Error:" in answer.content.decode()
    # The picture that was scanned stays the same.
    assert here.session[NEW_SECRET] == before
    assert TOTPDevice.objects.filter(user=user).get() == old


def test_the_code_of_the_old_app_does_not_confirm_the_new_one(user):
    here, old = signed_in(user), device_for(user)
    address = reverse("admin:account_factor")
    here.get(address)
    assert here.post(address, {"code": code_of(old)}).status_code == 200
    assert TOTPDevice.objects.filter(user=user).get() == old


def test_a_picture_that_was_left_lying_is_made_anew(user):
    here, address = signed_in(user), reverse("admin:account_factor")
    here.get(address)
    session = here.session
    first = session[NEW_SECRET]["secret"]
    session[NEW_SECRET] = {"secret": first, "at": int(time.time()) - 3600}
    session.save()
    here.get(address)
    assert here.session[NEW_SECRET]["secret"] != first


def test_a_changed_password_ends_every_other_session_and_keeps_this_one(user):
    here, there = signed_in(user), signed_in(user)
    data = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post(PASSWORDS, data)["Location"] == "/admin/password_change/done/"
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert [is_in(here), is_in(there)] == [True, False]
    assert session_of(here).ended_at is None
    assert StaffSession.objects.filter(user=user, ended_at=None).count() == 1
    assert kinds(user) == ["password_changed"]


def test_without_the_present_password_none_is_changed(user):
    here = signed_in(user)
    answer = here.post(PASSWORDS, {"old_password": "guessed", "new_password1": NEW, "new_password2": NEW})
    assert answer.status_code == 200 and "Error:" in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_pages_are_never_kept_by_a_browser(user):
    here = signed_in(user)
    for name in ("account", "account_recovery", "account_factor", "password_change"):
        assert "no-store" in here.get(reverse(f"admin:{name}"))["Cache-Control"], name


def test_the_picture_of_the_new_app_is_a_drawing_without_inline_style(user):
    page = signed_in(user).get(reverse("admin:account_factor")).content.decode()
    drawing = page[page.index('<div class="enrol-qr">') :].split("</div>")[0]
    assert "<svg" in drawing and "style=" not in drawing
