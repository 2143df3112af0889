"""The second factor: a time-based code of an app, or one of ten recovery codes.

Recovery codes are kept as keyed digests in django-otp's table: whoever reads the database cannot sign in with them.
"""

import base64
import hashlib
import hmac
import math
import re
import secrets

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from parks.models import SignInKind

from . import record, sessions

TOTP, RECOVERY = "totp", "recovery"
DEVICE_NAME, RECOVERY_NAME = "app", "recovery codes"
RECOVERY_CODES = 10
ISSUER = "STP portal"
# No 0/o, 1/l/i: codes that are read from paper.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LETTERS, GROUP = 12, 4
MOST_TYPED = 60


def device_of(user):
    """The account's confirmed TOTPDevice, None without one."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def cleaned(typed):
    """A code as it is compared: no spaces or dashes, small letters, digits of any script as Western ones."""
    text = re.sub(r"[\s\-‐-―]", "", str(typed)[:MOST_TYPED]).lower()
    return "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)


def digest(code):
    """The 16 letters that the database keeps of a recovery code."""
    key = hashlib.sha256(f"recovery:{settings.SECRET_KEY}".encode()).digest()
    made = hmac.new(key, cleaned(code).encode(), hashlib.sha256).digest()
    return base64.b32encode(made[:10]).decode().lower()


@transaction.atomic
def check(user, typed):
    """Whether `typed` is right for `user`: "totp", "recovery" or None.

    A right code is used up: of two that come at once one wins. Wrong ones slow the next down, twice as long each
    time (django-otp).
    """
    code = cleaned(typed)
    if len(code) == 6 and code.isascii() and code.isdigit():
        for device in TOTPDevice.objects.filter(user=user, confirmed=True).select_for_update():
            if device.verify_token(code):
                return TOTP
        return None
    # Too short or too long for a recovery code is a slip, and slows nothing down.
    if len(code) != RECOVERY_LETTERS:
        return None
    for device in StaticDevice.objects.filter(user=user, confirmed=True).select_for_update():
        if device.verify_token(digest(code)):
            return RECOVERY
    return None


def wait_seconds(user):
    """How many seconds from now until a code of the account is looked at again, 0 when it need not wait."""
    devices = [*TOTPDevice.objects.filter(user=user, confirmed=True), *StaticDevice.objects.filter(user=user)]
    refused = [why for allowed, why in (device.verify_is_allowed() for device in devices) if not allowed]
    left = [(why["locked_until"] - timezone.now()).total_seconds() for why in refused]
    return max(1, math.ceil(max(left))) if left else 0


@transaction.atomic
def new_recovery_codes(user):
    """Ten new codes for `user`, as they are shown once; those that there were no longer work."""
    device, _made = StaticDevice.objects.get_or_create(user=user, name=RECOVERY_NAME)
    device = StaticDevice.objects.select_for_update().get(pk=device.pk)
    device.token_set.all().delete()
    codes = ["".join(secrets.choice(LETTERS) for _one in range(RECOVERY_LETTERS)) for _two in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=digest(code))
    return ["-".join(code[at : at + GROUP] for at in range(0, RECOVERY_LETTERS, GROUP)) for code in codes]


def recovery_left(user):
    """How many recovery codes are left."""
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


def new_secret():
    """A secret of 160 bits for an app, in hexadecimal."""
    return random_hex(20)


def confirmed_device(user, secret, typed):
    """A new TOTPDevice of `user` when `typed` is the app's present code for `secret`, else None."""
    device = TOTPDevice(user=user, name=DEVICE_NAME, key=secret, confirmed=True)
    code = cleaned(typed)
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    with transaction.atomic():
        if device.verify_token(code):
            return device
        # A wrong code has saved the device to count it.
        transaction.set_rollback(True)
    return None


def secret_in_groups(secret):
    """The secret as it is typed into an app: base 32 in groups of four."""
    text = base64.b32encode(bytes.fromhex(secret)).decode().rstrip("=")
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def qr_of(user, secret):
    """The QR code of the secret as inline SVG, black on white in every scheme."""
    device = TOTPDevice(user=user, key=secret)
    device.name = DEVICE_NAME
    settings_url = device.config_url
    return segno.make(settings_url, error="m").svg_inline(
        scale=5, border=3, light="#fff", title=_("QR code for the app")
    )


@transaction.atomic
def take_away(user, *, by, reason, request=None):
    """Remove the second factor and the recovery codes of `user` and end its sessions."""
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    sessions.end_all(user)
    record.note(SignInKind.FACTOR_RESET, user=user, by=by, request=request, note=reason)
