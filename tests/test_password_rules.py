"""What a new password has to be, and that one which somebody else has set is replaced before anything else."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from parks.models import SignInEvent
from stp_portal.kit import passwords as rules
from stp_portal.sign_in import passwords
from tests.factories import PASSWORD, UserFactory
from tests.signing_in import device_for, sign_in

pytestmark = pytest.mark.django_db
FIRST, OWN = "kettle-of-green-tea-41", "seven-loud-herons-93"
INDEX, CHANGE = "/admin/", "/admin/password_change/"


def refused(password, **facts):
    """The codes by which a password is refused."""
    user = UserFactory(username="contact-of-firm", **facts)
    with pytest.raises(ValidationError) as error:
        validate_password(password, user)
    return {one.code for one in error.value.error_list}


@pytest.mark.parametrize("password", ["my-STP-is-the-best-1", "P S E B forever 2026", "the.portal.of.mine"])
def test_words_of_the_portal_are_refused_however_they_are_written(password):
    assert refused(password) == {"password_has_portal_word"}


@pytest.mark.parametrize("password", ["xx-Contact-Of-Firm-99", "contactoffirm and more"])
def test_the_user_name_is_refused_however_it_is_written(password):
    assert "password_has_name" in refused(password)


def test_a_short_user_name_forbids_no_letters():
    validate_password("kettle-of-green-tea-41", User(username="of"))


def test_the_present_password_is_refused():
    assert refused(PASSWORD) >= {"password_unchanged"}


def test_a_password_that_the_portal_makes_keeps_the_rules():
    user = UserFactory(username="abc")
    made = {rules.made() for _one in range(50)}
    assert len(made) == 50
    for password in made:
        validate_password(password, user)
        assert not set(password) & set("0o1li")


def test_one_made_with_a_word_of_the_portal_is_thrown_away(monkeypatch):
    letters = iter("stpa" + "bcde" * 4 + "wxyz" * 5)
    monkeypatch.setattr(rules.secrets, "choice", lambda _letters: next(letters))
    assert rules.made() == "-".join(["wxyz"] * 5)


def administrator():
    browser = Client()
    browser.force_login(UserFactory(is_superuser=True))
    return browser


def set_by_another(user, password=FIRST):
    """The password of `user`, set by an administrator."""
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    return administrator().post(address, {"new_password1": password, "new_password2": password})


def test_a_password_set_by_somebody_else_opens_nothing_but_the_choice_of_another():
    user = UserFactory(role="Lettings officer")
    device_for(user)
    set_by_another(user)
    browser = Client()
    sign_in(browser, user, FIRST)
    for page in (INDEX, reverse("admin:parks_park_changelist"), reverse("admin:desk_rent_roll"), "/admin/account/"):
        answer = browser.get(page)
        assert (answer.status_code, answer["Location"]) == (302, CHANGE), page
    answer = browser.post(reverse("admin:parks_city_add"), {"name": "Lahore"})
    assert (answer.status_code, answer["Location"]) == (302, CHANGE)
    assert "Somebody else has set" in browser.get(CHANGE).content.decode()

    same = browser.post(CHANGE, {"old_password": FIRST, "new_password1": FIRST, "new_password2": FIRST})
    assert same.status_code == 200 and browser.get(INDEX).status_code == 302
    browser.post(CHANGE, {"old_password": FIRST, "new_password1": OWN, "new_password2": OWN})
    assert browser.get(INDEX).status_code == 200


def test_one_who_has_to_choose_a_password_may_leave():
    user = UserFactory(role="Auditor")
    device_for(user)
    set_by_another(user)
    browser = Client()
    sign_in(browser, user, FIRST)
    assert browser.post(reverse("admin:logout")).status_code == 200
    sign_in(browser, user, FIRST)
    assert browser.get(INDEX)["Location"] == CHANGE


def test_who_has_chosen_once_is_not_asked_again():
    user = UserFactory(role="Auditor")
    device_for(user)
    set_by_another(user)
    browser = Client()
    sign_in(browser, user, FIRST)
    browser.post(CHANGE, {"old_password": FIRST, "new_password1": OWN, "new_password2": OWN})
    again = Client()
    sign_in(again, user, OWN)
    assert again.get(INDEX).status_code == 200
    assert not passwords.is_anothers(user)


def test_a_first_password_from_the_command_line_is_ones_own():
    user = User.objects.create_superuser("only-one", password=FIRST)
    browser = Client()
    device_for(user)
    sign_in(browser, user, FIRST)
    assert browser.get(INDEX).status_code == 200


def test_a_password_is_in_no_record():
    user = UserFactory(role="Auditor")
    set_by_another(user)
    for event in SignInEvent.objects.all():
        assert FIRST not in str(vars(event))
