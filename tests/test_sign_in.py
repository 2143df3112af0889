"""Signing in: a password, then a code; what goes wrong says the same whoever asks."""

import pytest
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import SignInEvent, StaffSession
from stp_portal.kit.roles import LETTINGS_OFFICER
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


def test_a_session_ended_elsewhere_opens_nothing(client, user):
    sign_in(client, user, PASSWORD)
    assert client.get(INDEX).status_code == 200
    StaffSession.objects.update(ended_at=StaffSession.objects.get().seen_at)
    assert client.get(INDEX).status_code == 302
