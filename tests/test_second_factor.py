"""The second factor: set up with a code from an administrator, used once each, taken away, set up by the first."""

import datetime as dt
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import EnrolmentCode, SignInEvent, StaffSession
from stp_portal.kit.roles import LETTINGS_OFFICER
from stp_portal.sign_in import enrolment, factor, steps
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import code_for, code_of, device_for, password_step

pytestmark = pytest.mark.django_db
INDEX, CODE, ENROL = "/admin/", "/admin/login/code/", "/admin/login/enrol/"


@pytest.fixture
def user():
    return UserFactory(username="ayesha", role=LETTINGS_OFFICER)


@pytest.fixture
def others(user):
    """Somebody on this portal has a second factor."""
    device_for(UserFactory(username="boss", is_superuser=True))


def kinds(user):
    return list(SignInEvent.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def enrolling(user):
    """A browser at the page of setting up, and the secret that it shows."""
    browser = Client()
    assert password_step(browser, user.get_username(), PASSWORD)["Location"] == ENROL
    shown = browser.get(ENROL).context["secret"].replace(" ", "")
    secret = browser.session[steps.HALF]["secret"]
    assert factor.secret_in_groups(secret).replace(" ", "") == shown
    return browser, secret


def test_an_account_sets_up_its_second_factor_with_a_code_of_an_administrator(user, others):
    code = enrolment.make_code(user)
    browser, secret = enrolling(user)
    answer = browser.post(ENROL, {"enrolment": code.upper(), "code": code_for(secret)})
    codes = answer.context["codes"]
    assert answer.status_code == 200 and len(set(codes)) == 10
    assert all(one in answer.content.decode() for one in codes)
    assert browser.get(INDEX).status_code == 200
    assert kinds(user) == ["code_made", "enrolled", "signed_in"]
    # Nothing of it is kept as it was shown.
    kept = set(StaticToken.objects.values_list("token", flat=True)) | {EnrolmentCode.objects.get().digest}
    assert not {factor.cleaned(one) for one in (*codes, code)} & kept


@pytest.mark.parametrize("which", ["none", "wrong", "another's", "old", "used", "replaced"])
def test_a_password_without_a_good_enrolment_code_sets_up_nothing(user, others, which):
    code = {"none": "", "wrong": "abcd-efgh-jkmn-pqrs"}.get(which) if which in {"none", "wrong"} else ""
    if which == "another's":
        code = enrolment.make_code(UserFactory(username="bilal", role=LETTINGS_OFFICER))
    elif which in {"old", "used", "replaced"}:
        code = enrolment.make_code(user)
    now = timezone.now()
    if which == "old":
        EnrolmentCode.objects.update(expires_at=now - dt.timedelta(seconds=1))
    elif which == "used":
        EnrolmentCode.objects.update(used_at=now)
    elif which == "replaced":
        enrolment.make_code(user)
    browser, secret = enrolling(user)
    answer = browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    assert answer.status_code == 200 and answer.context["form"].has_error("enrolment")
    assert not TOTPDevice.objects.filter(user=user).exists() and not StaffSession.objects.exists()
    assert browser.get(INDEX).status_code == 302


def test_an_enrolment_code_is_for_one_account_and_once(user, others):
    code = enrolment.make_code(user)
    browser, secret = enrolling(user)
    browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    factor.take_away(user, by=None, reason="phone lost")
    browser, secret = enrolling(user)
    answer = browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    assert answer.context["form"].has_error("enrolment")


@pytest.mark.parametrize("typed", ["000000", "12345", "abcdef", "۱۲۳۴۵۶", "0" * 60])
def test_wrong_digits_set_up_nothing_and_use_up_no_enrolment_code(user, others, typed):
    code = enrolment.make_code(user)
    browser, secret = enrolling(user)
    answer = browser.post(ENROL, {"enrolment": code, "code": typed})
    assert answer.context["form"].has_error("code") and answer.context["secret"] == factor.secret_in_groups(secret)
    assert not TOTPDevice.objects.filter(user=user).exists()
    browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    assert browser.get(INDEX).status_code == 200


def test_five_wrong_tries_begin_again_with_the_password(user):
    device = device_for(user)
    browser = Client()
    password_step(browser, "ayesha", PASSWORD)
    answers = [browser.post(CODE, {"code": "not-it"}) for _try in range(steps.MOST_TRIES)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [302]
    assert browser.post(CODE, {"code": code_of(device)})["Location"].startswith("/admin/login/?again")
    assert kinds(user) == ["wrong_code"] * 5 and not StaffSession.objects.exists()


def test_after_a_wrong_code_the_next_has_to_wait(user):
    device = device_for(user)
    wrong = f"{(int(code_of(device)) + 1) % 1_000_000:06d}"
    assert factor.check(user, wrong) is None
    # Even the right one, so that guesses cannot be sent as fast as they are made.
    assert factor.check(user, code_of(device)) is None
    TOTPDevice.objects.update(throttling_failure_timestamp=timezone.now() - dt.timedelta(seconds=2))
    assert factor.check(user, code_of(device)) == factor.TOTP


def test_a_code_of_the_app_is_good_once(user):
    device = device_for(user)
    code = code_of(device)
    assert factor.check(user, f"{code[:3]} {code[3:]}") == factor.TOTP
    assert factor.check(user, code) is None


@pytest.mark.parametrize("step", [-3, 3])
def test_a_code_of_another_time_is_not_good(user, step):
    assert factor.check(user, code_of(device_for(user), step)) is None


def test_a_recovery_code_signs_in_once_and_is_gone(user):
    device_for(user)
    codes = factor.new_recovery_codes(user)
    browser = Client()
    password_step(browser, "ayesha", PASSWORD)
    # As it may be typed from paper.
    assert browser.post(CODE, {"code": codes[3].upper().replace("-", " ")})["Location"] == INDEX
    assert browser.get(INDEX).status_code == 200
    assert factor.recovery_left(user) == 9 and kinds(user) == ["recovery_used"]
    assert factor.check(user, codes[3]) is None


def test_new_recovery_codes_put_an_end_to_the_old(user):
    device_for(user)
    old = factor.new_recovery_codes(user)
    new = factor.new_recovery_codes(user)
    assert factor.check(user, new[0]) == factor.RECOVERY
    assert factor.check(user, old[0]) is None and factor.recovery_left(user) == 9


def test_a_code_of_another_account_is_not_good(user):
    other = UserFactory(username="bilal", role=LETTINGS_OFFICER)
    device_for(user)
    TOTPDevice.objects.create(user=other, name="app", key=factor.new_secret(), confirmed=True)
    codes = factor.new_recovery_codes(other)
    assert factor.check(user, codes[0]) is None
    assert factor.check(user, code_of(factor.device_of(other))) is None
    # What the table holds is no code.
    StaticDevice.objects.update(throttling_failure_count=0)
    assert factor.check(other, StaticToken.objects.first().token) is None


def test_the_first_administrator_of_a_machine_of_its_own_needs_no_code(settings):
    settings.EMBEDDED = True
    boss = UserFactory(username="admin", is_superuser=True)
    browser, secret = enrolling(boss)
    assert "enrolment" not in browser.get(ENROL).context["form"].fields
    assert len(browser.post(ENROL, {"code": code_for(secret)}).context["codes"]) == 10
    assert browser.get(INDEX).status_code == 200
    # From now on every account needs one.
    assert not enrolment.is_first(UserFactory(username="second", is_superuser=True))


@pytest.mark.parametrize("why", ["another database", "no administrator"])
def test_elsewhere_and_for_others_the_first_needs_a_code_too(settings, why):
    settings.EMBEDDED = why != "another database"
    first = UserFactory(username="first", is_superuser=why == "another database", is_staff=True)
    browser, secret = enrolling(first)
    assert browser.post(ENROL, {"code": code_for(secret)}).context["form"].has_error("enrolment")


def test_one_who_has_a_second_factor_is_not_let_set_up_another_by_a_password(user):
    device_for(user)
    browser = Client()
    password_step(browser, "ayesha", PASSWORD)
    for answer in (browser.get(ENROL), browser.post(ENROL, {"code": "123456", "enrolment": "x"})):
        assert answer["Location"] == CODE
    assert TOTPDevice.objects.filter(user=user).count() == 1


def test_the_key_that_is_set_up_is_chosen_by_the_portal(user, others):
    """What a form sends as a secret is not looked at."""
    own = factor.new_secret()
    code = enrolment.make_code(user)
    browser, secret = enrolling(user)
    browser.post(ENROL, {"enrolment": code, "code": code_for(own), "secret": own})
    assert not TOTPDevice.objects.filter(user=user).exists()
    assert browser.session[steps.HALF]["secret"] == secret


def test_the_picture_is_drawn_without_inline_style(user, others):
    browser, secret = enrolling(user)
    said = browser.get(ENROL).content.decode()
    drawn = said[said.index('class="enrol-qr"') :].partition("</svg>")[0]
    assert "<svg" in drawn and "<path" in drawn and "&lt;svg" not in said
    assert "style=" not in said and "<script>" not in said
    assert factor.secret_in_groups(secret) in said


@pytest.fixture
def portal_of_many(settings):
    settings.EMBEDDED = False


def run(name, *args, **options):
    said = StringIO()
    call_command(name, *args, stdout=said, **options)
    return said.getvalue()


def test_a_code_made_on_the_command_line_lets_an_account_set_up(user, others):
    code = re.search(r": (\S+)", run("enrolment_code", "ayesha"))[1]
    browser, secret = enrolling(user)
    browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    assert browser.get(INDEX).status_code == 200


def test_no_code_is_made_for_who_cannot_use_it(user, others):
    UserFactory(username="closed", is_active=False)
    for name, words in (("nobody", "no active"), ("closed", "no active"), ("boss", "has a second factor")):
        with pytest.raises(CommandError, match=words):
            run("enrolment_code", name)
    assert not EnrolmentCode.objects.exists()


def test_a_second_factor_is_taken_away_on_the_command_line(user):
    browser = Client()
    browser.force_login(user)
    factor.new_recovery_codes(user)
    assert "is taken away" in run("reset_second_factor", "ayesha")
    assert factor.device_of(user) is None and factor.recovery_left(user) == 0
    assert browser.get(INDEX).status_code == 302 and kinds(user) == ["factor_reset"]
    with pytest.raises(CommandError, match="no account"):
        run("reset_second_factor", "nobody")


def test_the_first_account_of_another_database_is_shown_an_enrolment_code(portal_of_many):
    said = run("ensure_staff")
    password, code = re.search(r"password   (\S+)", said)[1], re.search(r"three days: (\S+)", said)[1].rstrip(".")
    browser = Client()
    password_step(browser, "admin", password)
    secret = browser.get(ENROL) and browser.session[steps.HALF]["secret"]
    browser.post(ENROL, {"enrolment": code, "code": code_for(secret)})
    assert browser.get(INDEX).status_code == 200


def test_a_new_password_takes_the_second_factor_of_the_first_account_and_its_sessions_away():
    run("ensure_staff")
    boss = steps.get_user_model().objects.get(username="admin")
    browser = Client()
    browser.force_login(boss)
    assert browser.get(INDEX).status_code == 200
    run("ensure_staff", new_password=True)
    assert factor.device_of(boss) is None and browser.get(INDEX).status_code == 302
    assert not StaffSession.objects.filter(ended_at__isnull=True).exists()
