"""Who may set up a second factor: whoever holds an enrolment code, and on a new machine the first administrator."""

import datetime as dt
import secrets

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import EnrolmentCode, SignInKind

from . import factor, record

OPEN_DAYS = 3
CODE_LETTERS, GROUP = 16, 4


class AlreadyEnrolled(Exception):
    """The account has a second factor; a second one was about to be set up."""


def digest(code):
    """What the database keeps of an enrolment code."""
    return salted_hmac("stp.enrolment", factor.cleaned(code), algorithm="sha256").hexdigest()


@transaction.atomic
def make_code(user, *, by=None, request=None):
    """A new enrolment code for `user`, as it is shown once; open for three days. An earlier one no longer works."""
    code = "".join(secrets.choice(factor.LETTERS) for _one in range(CODE_LETTERS))
    get_user_model().objects.select_for_update().get(pk=user.pk)
    EnrolmentCode.objects.filter(user=user, used_at__isnull=True).update(used_at=timezone.now())
    EnrolmentCode.objects.create(
        user=user, digest=digest(code), made_by=by, expires_at=timezone.now() + dt.timedelta(days=OPEN_DAYS)
    )
    record.note(SignInKind.CODE_MADE, user=user, by=by, request=request)
    return "-".join(code[at : at + GROUP] for at in range(0, CODE_LETTERS, GROUP))


def is_first(user):
    """Whether `user` is the administrator of a machine of its own on which nobody has a second factor yet."""
    if not (settings.EMBEDDED and user.is_superuser):
        return False
    return not TOTPDevice.objects.filter(confirmed=True).exists()


def _open_code(user, typed):
    """The open EnrolmentCode of `user` that `typed` is, locked; else None."""
    rows = EnrolmentCode.objects.select_for_update().filter(
        user=user, used_at__isnull=True, expires_at__gt=timezone.now()
    )
    return next((row for row in rows if constant_time_compare(row.digest, digest(typed))), None)


@transaction.atomic
def enrol(user, *, secret, typed, code, request):
    """Set up the second factor of `user`; returns its recovery codes, or the name of what is wrong.

    `typed` is the app's code for `secret`, `code` the enrolment code. Wrong is "code" or "enrolment". Raises
    AlreadyEnrolled. Two at once for one account, and two first accounts at once, stand in line.
    """
    # Whoever is first is decided among all accounts.
    accounts = get_user_model().objects.order_by("pk")
    list(accounts.filter(is_superuser=True).select_for_update() if is_first(user) else ())
    user = accounts.select_for_update().get(pk=user.pk)
    if factor.device_of(user) is not None:
        raise AlreadyEnrolled
    held = None
    if not is_first(user):
        held = _open_code(user, code)
        if held is None:
            return "enrolment"
    if factor.confirmed_device(user, secret, typed) is None:
        return "code"
    if held is not None:
        held.used_at = timezone.now()
        held.save(update_fields=["used_at"])
    record.note(SignInKind.ENROLLED, user=user, request=request)
    return factor.new_recovery_codes(user)
