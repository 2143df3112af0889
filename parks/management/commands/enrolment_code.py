"""A code by which one member of staff sets up a second factor. Shown once; the database keeps a digest."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Makes an enrolment code for an account without a second factor; it is good for three days and once."

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *args, username, **options):
        account = get_user_model().objects.filter(username=username, is_active=True, is_staff=True).first()
        if account is None:
            raise CommandError(f"There is no active staff account “{username}”.")
        if admin.site.has_factor(account):
            raise CommandError(
                f"“{username}” has a second factor. If its phone is lost: manage.py reset_second_factor {username}"
            )
        code = admin.site.enrolment_code(account)
        if not code:
            self.stdout.write(
                f"“{username}” needs no code: the first sign-in on this machine sets up the second factor."
            )
            return
        self.stdout.write(
            f"\n  Enrolment code for “{username}”: {code}\n"
            "  It is shown this once, works once and for three days. An earlier one no longer works.\n"
        )
