"""The first staff account and its password."""

from io import StringIO

import pytest
from django.contrib.auth import authenticate as authenticate_in
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import RequestFactory

pytestmark = pytest.mark.django_db


def authenticate(**credentials):
    """Whom the portal takes these for, coming from a browser."""
    return authenticate_in(RequestFactory().post("/admin/login/"), **credentials)


def ensure_staff(**options):
    output = StringIO()
    call_command("ensure_staff", stdout=output, **options)
    return output.getvalue()


def told(text):
    """The password in what the command printed."""
    return text.split("password")[1].split()[0]


def test_the_first_run_makes_an_administrator_and_shows_the_password_once():
    said = ensure_staff()
    account = authenticate(username="admin", password=told(said))
    assert account.is_superuser
    assert account.is_staff
    assert told(said) not in account.password
    assert ensure_staff() == ""
    assert get_user_model().objects.count() == 1


def test_passwords_are_long_and_never_the_same():
    first, second = told(ensure_staff()), told(ensure_staff(new_password=True))
    assert first != second
    assert len(first.replace("-", "")) == 20
    assert not set(first) & set("0o1li")


def test_a_new_password_replaces_the_old_one():
    old = told(ensure_staff())
    new = told(ensure_staff(new_password=True))
    assert authenticate(username="admin", password=old) is None
    assert authenticate(username="admin", password=new).username == "admin"


def test_a_portal_that_has_an_administrator_gets_no_second_one():
    get_user_model().objects.create_superuser("ayesha", password="something-long-1")
    assert ensure_staff() == ""
    assert list(get_user_model().objects.values_list("username", flat=True)) == ["ayesha"]


@pytest.mark.parametrize("lost", ["is_active", "is_staff", "is_superuser"])
def test_an_account_that_lost_its_rights_gets_them_back_only_when_asked(lost):
    ensure_staff()
    get_user_model().objects.update(**{lost: False})
    said = ensure_staff()
    assert "No administrator can sign in" in said
    assert not getattr(get_user_model().objects.get(), lost)

    assert authenticate(username="admin", password=told(ensure_staff(new_password=True)))
    account = get_user_model().objects.get()
    assert account.is_active
    assert account.is_staff
    assert account.is_superuser


def test_nobody_else_is_touched_by_a_new_password():
    other = get_user_model().objects.create_user("bilal", password="something-long-2", is_staff=True)
    ensure_staff(new_password=True)
    other.refresh_from_db()
    assert other.check_password("something-long-2")
    assert not other.is_superuser
