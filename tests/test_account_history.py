"""Accounts and roles are in the history too, without their secrets."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from parks.models import Account, RoleGiven
from tests.factories import UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db


def test_a_changed_account_is_in_the_history_without_its_password():
    user = UserFactory(role=None, email="old@example.org")
    user.email = "new@example.org"
    user.save()
    events = Account.pgh_event_model.objects.filter(pgh_obj_id=user.pk).order_by("pgh_id")
    assert list(events.values_list("pgh_label", "email")) == [
        ("insert", "old@example.org"),
        ("update", "new@example.org"),
    ]
    held = {field.name for field in Account.pgh_event_model._meta.fields}
    assert not held & {"password", "last_login"}


def test_signing_in_is_not_a_change_of_the_account(client):
    user = UserFactory(role="Auditor")
    before = Account.pgh_event_model.objects.count()
    client.force_login(user)
    assert Account.pgh_event_model.objects.count() == before


def test_a_role_given_and_taken_away_is_in_the_history():
    user = UserFactory(role="Auditor")
    group = Group.objects.get(name="Auditor")
    user.groups.remove(group)
    events = RoleGiven.pgh_event_model.objects.filter(user_id=user.pk).order_by("pgh_id")
    assert list(events.values_list("pgh_label", "group_id")) == [("insert", group.pk), ("delete", group.pk)]


def test_the_page_of_an_account_shows_what_was_changed_and_by_whom(client):
    boss, user = UserFactory(is_superuser=True, username="boss"), UserFactory(role="Auditor", username="new-hand")
    client.force_login(boss)
    address = reverse("admin:auth_user_change", args=[user.pk])
    data = form_data(client.get(address)) | {"last_name": "Khan"}
    data["groups"] = [str(Group.objects.get(name="Park manager").pk)]
    assert client.post(address, data).status_code == 302
    page = client.get(reverse("admin:auth_user_history", args=[user.pk])).content.decode()
    for words in ("boss", "Khan", "Auditor", "Park manager"):
        assert words in page


def test_an_account_that_a_colleague_has_changed_is_not_saved_over(client):
    user = UserFactory(role="Auditor")
    client.force_login(UserFactory(is_superuser=True))
    address = reverse("admin:auth_user_change", args=[user.pk])
    data = form_data(client.get(address)) | {"last_name": "Khan"}
    user.groups.clear()
    response = client.post(address, data)
    assert response.status_code == 200 and "Someone else saved changes" in response.content.decode()
    user.refresh_from_db()
    assert user.last_name == "" and not user.groups.exists()
