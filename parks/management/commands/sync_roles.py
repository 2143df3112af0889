"""Make the four roles and give them just what the apps' role tables say. Safe to run at any time."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

from stp_portal.kit.roles import ROLES


def role_tables():
    """Every installed app's `roles.PERMISSIONS`."""
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.roles"):
            yield import_module(f"{config.name}.roles").PERMISSIONS


def wanted_permissions(role):
    """The (app label, codename) pairs that the tables give to `role`."""
    for table in role_tables():
        for label, actions in table.get(role, {}).items():
            app_label, model = label.split(".")
            for action in actions:
                yield app_label, f"{action}_{model}"


class Command(BaseCommand):
    help = "Make the four roles and their permissions; says what changed."

    @transaction.atomic
    def handle(self, *args, **options):
        """Create missing groups, add missing permissions, take away those that no table gives."""
        known = {
            (permission.content_type.app_label, permission.codename): permission
            for permission in Permission.objects.select_related("content_type")
        }
        for role in ROLES:
            group, created = Group.objects.get_or_create(name=role)
            wanted = {known[pair] for pair in wanted_permissions(role)}
            has = set() if created else set(group.permissions.all())
            if wanted != has:
                group.permissions.set(wanted)
            self.stdout.write(
                f"{role}: {len(wanted)} permissions, {len(wanted - has)} added, {len(has - wanted)} taken away"
            )
