"""Signing in for tests: a browser that is signed in at once, codes of an app, the steps as people take them."""

import time

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import StaffSession
from stp_portal.sign_in.steps import CONFIRMED_AT

SECRET = "0123456789abcdef0123456789abcdef01234567"
plain_force_login = Client.force_login


def device_for(user, **facts):
    """The user's confirmed device, made when there is none."""
    device = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return device or TOTPDevice.objects.create(user=user, name="app", key=SECRET, confirmed=True, **facts)


def force_login(client, user, backend=None):
    """As Django's; a member of staff has passed the second factor too, and has just confirmed it."""
    plain_force_login(client, user, backend or "stp_portal.sign_in.backend.StaffBackend")
    if not user.is_staff:
        return
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device_for(user).persistent_id
    session[CONFIRMED_AT] = int(time.time())
    session.save()
    StaffSession.objects.get_or_create(session_key=session.session_key, defaults={"user": user})


def code_of(device, step=0):
    """What the app shows for `device`, `step` half minutes from now; one that was not used yet when step is 0."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + step * device.step
    return f"{totp.token():06d}"


def code_for(secret, step=0):
    """What an app shows for a secret in hexadecimal."""
    return code_of(TOTPDevice(key=secret), step)


def password_step(client, username, password, **more):
    """The answer to a user name and a password."""
    return client.post(reverse("admin:login"), {"username": username, "password": password, **more})


def sign_in(client, user, password, **more):
    """Both steps for a user with a device; returns the answer to the second."""
    device = device_for(user)
    # A code that was used in this half minute would not be taken again.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    password_step(client, user.get_username(), password, **more)
    return client.post(reverse("admin:login_code"), {"code": code_of(device)})


def user_named(name):
    """The account of that user name."""
    return get_user_model().objects.get(username=name)
