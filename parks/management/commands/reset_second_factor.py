"""Takes the second factor of one account away, for a phone that is lost when no administrator can sign in."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Takes the second factor and the recovery codes of an account away, ends its sessions and lifts its locks."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *args, username, **options):
        account = get_user_model().objects.filter(username=username).first()
        if account is None:
            raise CommandError(f"There is no account “{username}”.")
        admin.site.take_factor(account, reason="on the command line")
        self.stdout.write(
            f"The second factor of “{username}” is taken away and its sessions are ended. "
            f"The way in again: manage.py enrolment_code {username}"
        )
