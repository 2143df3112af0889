"""Accounts and roles are in the history too, without their secrets."""

import pytest
from django.contrib.auth.models import Group

from parks.models import Account, RoleGiven
from tests.factories import UserFactory

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
