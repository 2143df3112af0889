"""What administrators do about the signing in of an account, and the record of sign-ins."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import EnrolmentCode, SignInEvent, StaffSession
from stp_portal.kit.admin_reasons import FIELD
from stp_portal.sign_in import enrolment, factor, passwords, record
from stp_portal.sign_in.accounts import open_locks
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import device_for, password_step
from tests.staff_pages import exported, form_data

pytestmark = pytest.mark.django_db
WHY = "phone lost, asked for by telephone"
STEPS = ("take_factor", "end_sessions", "lift_lock", "enrolment_code")


def page(step, user):
    return reverse(f"admin:auth_user_{step}", args=[user.pk])


def kinds(user):
    """What the record holds of `user`, each with who did it and why, the oldest first."""
    return list(SignInEvent.objects.filter(user=user).order_by("pk").values_list("kind", "by__username", "note"))


@pytest.fixture
def boss():
    return UserFactory(role="Administrator", username="boss")


@pytest.fixture
def desk(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def user():
    return UserFactory(role="Auditor", username="hand")


def lock(user, address="10.0.0.9", failures=None):
    """So many wrong passwords from an address."""
    browser = Client(REMOTE_ADDR=address)
    for _try in range(failures or settings.AXES_FAILURE_LIMIT):
        password_step(browser, user.username, "wrong")


def test_a_second_factor_is_taken_away_with_a_reason_and_its_sessions_end(desk, user):
    theirs = Client()
    theirs.force_login(user)
    factor.new_recovery_codes(user)
    assert desk.post(page("take_factor", user), {"reason": WHY}).status_code == 302
    assert not TOTPDevice.objects.filter(user=user).exists() and factor.recovery_left(user) == 0
    assert theirs.get("/admin/").status_code == 302
    assert kinds(user) == [("factor_reset", "boss", WHY)]


def test_all_sessions_end_with_a_reason_and_the_second_factor_stays(desk, user):
    theirs = Client()
    theirs.force_login(user)
    desk.post(page("end_sessions", user), {"reason": WHY})
    assert theirs.get("/admin/").status_code == 302
    assert factor.device_of(user) is not None
    assert desk.get("/admin/").status_code == 200
    assert kinds(user) == [("sessions_ended", "boss", WHY)]


def test_a_lock_is_lifted_with_a_reason(desk, user):
    other = UserFactory(role="Auditor")
    lock(user)
    lock(other)
    assert [row["ip_address"] for row in open_locks(user)] == ["10.0.0.9"]
    desk.post(page("lift_lock", user), {"reason": WHY})
    assert not open_locks(user) and open_locks(other)
    assert password_step(Client(REMOTE_ADDR="10.0.0.9"), user.username, PASSWORD).status_code == 302
    assert kinds(user)[-1] == ("lock_lifted", "boss", WHY)


def test_some_wrong_passwords_are_no_lock_and_an_old_lock_is_none(desk, user):
    lock(user, failures=settings.AXES_FAILURE_LIMIT - 1)
    assert not open_locks(user)
    lock(user, failures=1)
    assert open_locks(user)
    AccessAttempt.objects.update(attempt_time=timezone.now() - settings.AXES_COOLOFF_TIME)
    assert not open_locks(user)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_nothing_is_done_without_a_reason(desk, user, reason):
    device = device_for(user)
    answer = desk.post(page("take_factor", user), {"reason": reason})
    assert answer.status_code == 200 and "Error:" in answer.content.decode()
    assert TOTPDevice.objects.get(user=user) == device
    assert kinds(user) == []


@pytest.mark.parametrize("step", ["take_factor", "end_sessions", "lift_lock"])
def test_where_there_is_nothing_to_do_the_page_says_so_and_does_nothing(desk, user, step):
    for answer in (desk.get(page(step, user)), desk.post(page(step, user), {"reason": WHY})):
        assert answer.status_code == 200 and "There is nothing to do." in answer.content.decode()
    assert kinds(user) == []


def test_an_enrolment_code_is_shown_once_and_sets_the_account_up(desk, user):
    assert not EnrolmentCode.objects.exists() and desk.get(page("enrolment_code", user)).status_code == 200
    assert not EnrolmentCode.objects.exists()
    answer = desk.post(page("enrolment_code", user))
    code = answer.context["code"]
    assert code in answer.content.decode() and "no-store" in answer["Cache-Control"]
    assert code not in desk.get(page("enrolment_code", user)).content.decode()
    assert EnrolmentCode.objects.get().digest == enrolment.digest(code)
    assert kinds(user) == [("code_made", "boss", "")]


def test_an_account_with_a_second_factor_gets_no_enrolment_code(desk, user):
    device_for(user)
    answer = desk.post(page("enrolment_code", user))
    assert "first take the second factor away" in answer.content.decode()
    assert not EnrolmentCode.objects.exists()


@pytest.mark.parametrize("step", STEPS)
def test_the_account_of_a_superuser_is_only_a_superusers_to_touch(desk, step):
    above = UserFactory(is_superuser=True)
    device_for(above)
    for method in (desk.get, desk.post):
        assert method(page(step, above), {"reason": WHY}).status_code == 403
    assert factor.device_of(above) is not None and kinds(above) == []


@pytest.mark.parametrize("step", ["take_factor", "end_sessions", "enrolment_code", "password_change"])
def test_for_ones_own_account_the_way_leads_to_ones_own_pages(desk, boss, step):
    answer = desk.post(page(step, boss), {"reason": WHY, "new_password1": "", "new_password2": ""})
    own = "/admin/password_change/" if step == "password_change" else "/admin/account/"
    assert (answer.status_code, answer["Location"]) == (302, own)
    assert kinds(boss) == [] and desk.get("/admin/").status_code == 200


@pytest.mark.parametrize("step", [*STEPS, "password_change"])
def test_an_account_that_is_not_there_is_not_found(desk, step):
    for key in (10**9, 10**30):
        assert desk.post(reverse(f"admin:auth_user_{step}", args=[key]), {"reason": WHY}).status_code == 404


def test_a_password_that_the_portal_makes_is_shown_once_and_has_to_be_replaced(desk, user):
    theirs = Client()
    theirs.force_login(user)
    answer = desk.post(page("password_change", user), {"new_password1": "", "new_password2": ""})
    password = answer.context["password"]
    assert password in answer.content.decode() and "no-store" in answer["Cache-Control"]
    user.refresh_from_db()
    assert user.check_password(password) and passwords.is_anothers(user)
    assert theirs.get("/admin/").status_code == 302
    assert not StaffSession.objects.filter(user=user, ended_at=None).exists()
    assert kinds(user) == [("password_changed", "boss", "")]


@pytest.mark.parametrize(
    "first, second",
    [("kettle-of-tea-41", ""), ("", "kettle-of-tea-41"), ("kettle-of-tea-41", "kettle-of-tea-42"), ("short", "short")],
)
def test_a_password_that_is_typed_wrong_is_not_set(desk, user, first, second):
    answer = desk.post(page("password_change", user), {"new_password1": first, "new_password2": second})
    assert answer.status_code == 200 and "Error:" in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD) and kinds(user) == []


def test_a_new_account_gets_a_password_of_the_portal_when_none_is_typed(desk):
    answer = desk.post(reverse("admin:auth_user_add"), {"username": "newcomer", "password1": "", "password2": ""})
    password = answer.context["password"]
    made = User.objects.get(username="newcomer")
    assert password in answer.content.decode()
    assert made.check_password(password) and passwords.is_anothers(made) and not made.is_staff
    assert kinds(made) == [("password_changed", "boss", "")]


def test_a_new_account_keeps_a_typed_password(desk):
    data = {"username": "newcomer", "password1": "kettle-of-tea-41", "password2": "kettle-of-tea-41"}
    made_at = desk.post(reverse("admin:auth_user_add"), data)
    made = User.objects.get(username="newcomer")
    assert made_at["Location"] == reverse("admin:auth_user_change", args=[made.pk])
    assert made.check_password("kettle-of-tea-41") and passwords.is_anothers(made)


@pytest.mark.parametrize(
    "first, second", [("kettle-of-tea-41", ""), ("", "kettle-of-tea-41"), ("stp-park-2026", "stp-park-2026")]
)
def test_a_new_account_is_not_made_with_a_password_that_breaks_the_rules(desk, first, second):
    data = {"username": "newcomer", "password1": first, "password2": second}
    assert desk.post(reverse("admin:auth_user_add"), data).status_code == 200
    assert not User.objects.filter(username="newcomer").exists()


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_an_account_that_is_switched_off_is_out_with_its_next_request(desk, user, lost):
    theirs = Client()
    theirs.force_login(user)
    address = reverse("admin:auth_user_change", args=[user.pk])
    data = form_data(desk.get(address)) | {"groups": [str(user.groups.get().pk)], FIELD: WHY}
    del data[lost]
    assert desk.post(address, data).status_code == 302
    assert theirs.get("/admin/").status_code == 302
    assert not StaffSession.objects.filter(user=user, ended_at=None).exists()


def test_an_accounts_page_says_what_is_known_of_its_signing_in(desk, user):
    address = reverse("admin:auth_user_change", args=[user.pk])
    assert "None yet" in desk.get(address).content.decode()
    theirs = Client()
    theirs.force_login(user)
    lock(user)
    said = desk.get(address).content.decode()
    assert "None yet" not in said and "10.0.0.9" in said and "Locked out" in said
    for step in ("take_factor", "end_sessions", "lift_lock"):
        assert page(step, user) in said
    assert page("enrolment_code", user) not in said


def test_an_accounts_page_asks_as_much_of_the_database_for_many_sessions(desk, user):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse("admin:auth_user_change", args=[user.pk]))
        return len(queries)

    Client().force_login(user)
    record.note("signed_in", user=user)
    asked()
    few = asked()
    for _more in range(15):
        Client().force_login(user)
        record.note("sessions_ended", user=user, by=UserFactory(role="Administrator"))
    assert asked() == few


def test_an_auditor_reads_an_account_and_is_offered_no_step(client, user):
    client.force_login(UserFactory(role="Auditor"))
    device_for(user)
    said = client.get(reverse("admin:auth_user_change", args=[user.pk])).content.decode()
    assert "Second factor" in said
    assert not any(page(step, user) in said for step in (*STEPS, "password_change"))


@pytest.mark.parametrize("role", ["Administrator", "Auditor"])
def test_the_record_of_sign_ins_is_a_list_with_filters(client, user, role):
    client.force_login(UserFactory(role=role))
    record.note("wrong_password", user=user)
    record.note("wrong_password")
    record.note("signed_in", user=user)
    address = reverse("admin:parks_signinevent_changelist")

    def listed(**asked):
        answer = client.get(address, asked)
        return [(row.kind, row.user) for row in answer.context["cl"].result_list]

    assert listed() == [("signed_in", user), ("wrong_password", None), ("wrong_password", user)]
    assert listed(kind__exact="signed_in") == [("signed_in", user)]
    assert listed(outcome="refused") == [("wrong_password", None), ("wrong_password", user)]
    assert listed(outcome="unknown") == [("wrong_password", None)]
    assert listed(user__id__exact=user.pk) == [("signed_in", user), ("wrong_password", user)]
    SignInEvent.objects.create(kind="signed_out", user=user, at=timezone.now() - dt.timedelta(days=3))
    assert len(listed(days="1")) == 3
    assert listed(days="7")[-1] == ("signed_out", user)
    assert [row["account"] for row in exported(client.get(address, {"format": "csv"}))][1] == "no such account"


def test_a_line_of_the_record_is_read_and_never_changed(desk, user):
    event = record.note("signed_in", user=user)
    address = reverse("admin:parks_signinevent_change", args=[event.pk])
    assert desk.get(address).status_code == 200
    assert desk.post(address, {"note": "x"}).status_code == 403
    assert desk.post(reverse("admin:parks_signinevent_delete", args=[event.pk]), {"post": "yes"}).status_code == 403


def test_the_librarys_own_pages_with_their_secrets_are_not_there(desk):
    for address in ("/admin/otp_totp/totpdevice/", "/admin/otp_static/staticdevice/", "/admin/axes/accessattempt/"):
        assert desk.get(address).status_code == 404


def test_nothing_of_a_password_is_on_an_accounts_page(desk, user):
    said = desk.get(reverse("admin:auth_user_change", args=[user.pk])).content.decode()
    assert "algorithm" not in said and user.password[-8:] not in said
