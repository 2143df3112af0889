"""The first staff account. Its generated password is shown once and kept only as a hash."""

import secrets

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import transaction

# No 0/o, 1/l/i: a password that is read from one screen and typed on another.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
NAME = "admin"


def generated_password():
    """Twenty letters in four groups: about 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(4))


class Command(BaseCommand):
    help = f"Makes the administrator “{NAME}” when the portal has no active administrator."

    def add_arguments(self, parser):
        parser.add_argument(
            "--new-password",
            action="store_true",
            help=f"Give “{NAME}” a new password, its rights back, and take its second factor away.",
        )

    @transaction.atomic
    def handle(self, *args, new_password=False, **options):
        accounts = get_user_model().objects
        if not new_password and accounts.filter(is_superuser=True, is_staff=True, is_active=True).exists():
            return
        account = accounts.select_for_update().filter(username=NAME).first()
        if account and not new_password:
            self.stdout.write(
                f"No administrator can sign in: “{NAME}” is switched off or has lost its rights. "
                "`make password` gives them back."
            )
            return
        password = generated_password()
        if account:
            account.is_active = account.is_staff = account.is_superuser = True
            account.set_password(password)
            account.save(update_fields=["is_active", "is_staff", "is_superuser", "password"])
            # Whoever lost the password may have lost the phone too.
            admin.site.take_factor(account, reason="a new password on the command line")
        else:
            account = accounts.create_superuser(username=NAME, password=password)
        code = admin.site.enrolment_code(account)
        needed = f"asks for this enrolment code, good for three days: {code}" if code else "needs nothing else for it"
        self.stdout.write(
            f"\n  Staff account   user name  {NAME}\n                  password   {password}\n"
            "  The password is shown this once and kept nowhere; `make password` sets a new one.\n"
            "  The next sign-in sets up the second factor, with an authenticator app on a phone,\n"
            f"  and {needed}.\n"
        )
