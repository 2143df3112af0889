"""The steps of signing in: password, then code, or for a new account the setting up of its second factor.

Between the steps nobody is signed in: the session holds a half state of its own that opens nothing.
"""

import time
from functools import partial

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user_model
from django.contrib.auth import login as begin_session
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django_otp import login as verify_session
from django_otp.middleware import is_verified

from parks.models import SignInEvent, SignInKind

from . import enrolment, factor, passwords, record, sessions
from .forms import CodeForm, EnrolForm, PasswordForm

HALF = "stp_half"
CONFIRMED_AT = "stp_confirmed_at"
HALF_SECONDS, MOST_TRIES = 600, 5
BACKEND = "stp_portal.sign_in.backend.StaffBackend"


def safe_next(request):
    """Where the person was going, when that is a page of the portal, else the staff site's first page."""
    asked = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME, ""))
    own = {request.get_host()}
    known = url_has_allowed_host_and_scheme(asked, allowed_hosts=own, require_https=request.is_secure())
    return asked if known and asked.isprintable() else reverse("admin:index")


@sensitive_post_parameters()
def password_step(request):
    """User name and password; a right pair leads on to the second factor and opens nothing yet."""
    if request.method == "GET" and admin.site.has_permission(request):
        return HttpResponseRedirect(safe_next(request))
    form = PasswordForm(request, data=request.POST) if request.method == "POST" else PasswordForm(request)
    if request.method == "POST" and form.is_valid():
        user = form.get_user()
        # Whatever the browser had before is not carried into the new session.
        sessions.leave(request)
        request.session.flush()
        request.session[HALF] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "at": int(time.time()),
            "tries": 0,
            "next": safe_next(request),
        }
        step = "login_code" if factor.device_of(user) else "login_enrol"
        return HttpResponseRedirect(reverse(f"admin:{step}"))
    if request.method == "POST" and form.has_error("__all__") and not getattr(request, "axes_locked_out", False):
        _note_wrong_password(request, form)
    return _page(request, "admin/login.html", {"title": _("Staff sign-in"), "form": form})


def _note_wrong_password(request, form):
    name = form.cleaned_data.get("username", "")
    user = get_user_model().objects.filter(username=name).first()
    # The same row is written for a name of nobody: what takes as long tells nothing.
    record.note(SignInKind.WRONG_PASSWORD, user=user, request=request)


def half_of(request):
    """The (user, half state) of a browser between the steps, else (None, None).

    A password changed or an account switched off since ends it, and so do ten minutes and five wrong codes.
    """
    half = request.session.get(HALF)
    if not isinstance(half, dict):
        return None, None
    user = get_user_model().objects.filter(pk=half.get("user"), is_active=True, is_staff=True).first()
    known = (
        user is not None
        and 0 <= time.time() - half.get("at", 0) <= HALF_SECONDS
        and half.get("tries", MOST_TRIES) < MOST_TRIES
        and constant_time_compare(half.get("hash", ""), user.get_session_auth_hash())
    )
    if not known:
        del request.session[HALF]
        return None, None
    return user, half


def _wrong(request, user, half):
    """Count a wrong code; whether there is no further try."""
    half["tries"] += 1
    request.session[HALF] = half
    record.note(SignInKind.WRONG_CODE, user=user, request=request)
    return half["tries"] >= MOST_TRIES


def _again(request):
    """Back to the password: the half state ran out."""
    request.session.pop(HALF, None)
    return HttpResponseRedirect(reverse("admin:login", query={"again": "1"}))


@sensitive_post_parameters()
def code_step(request):
    """The second factor of an account that has one; a right code signs in."""
    user, half = half_of(request)
    if user is None:
        return _again(request)
    device = factor.device_of(user)
    if device is None:
        return HttpResponseRedirect(reverse("admin:login_enrol"))
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    if request.method == "POST" and form.is_valid():
        kind = factor.check(user, form.cleaned_data["code"])
        if kind is not None:
            return _sign_in(request, user, device, half, kind)
        if _wrong(request, user, half):
            return _again(request)
        form.add_error("code", wrong_code(user))
    context = {"title": _("Second step: your code"), "form": form, "account": user}
    return _page(request, "admin/sign_in/code.html", context)


def wrong_code(user):
    """The sentence about a wrong code of `user`, with how long it has to wait."""
    words = _("That code is not right. Use the code that the app shows now; each works once.")
    wait = factor.wait_seconds(user)
    if wait > 1:
        more = ngettext("Wait %(n)s second before the next try.", "Wait %(n)s seconds before the next try.", wait)
        words = f"{words} {more % {'n': wait}}"
    return words


def _sign_in(request, user, device, half, kind):
    """The session begins: its key is a new one, its row is written."""
    begin(request, user, device)
    record.note(
        SignInKind.RECOVERY_USED if kind == factor.RECOVERY else SignInKind.SIGNED_IN, user=user, request=request
    )
    return HttpResponseRedirect(half["next"])


def begin(request, user, device):
    """Sign `user` in with the second factor `device`."""
    request.session.pop(HALF, None)
    begin_session(request, user, backend=BACKEND)
    verify_session(request, device)
    request.session[CONFIRMED_AT] = int(time.time())
    passwords.note_at_sign_in(request, user)
    # The page that answers this very request knows it too, as every later one does by the middleware.
    request.user.is_verified = partial(is_verified, request.user)
    request._staff_session = sessions.begin(request, user)


@sensitive_post_parameters()
def enrol_step(request):
    """Setting up the second factor of an account that has none; then its recovery codes are shown once."""
    user, half = half_of(request)
    if user is None:
        return _again(request)
    if factor.device_of(user) is not None:
        return HttpResponseRedirect(reverse("admin:login_code"))
    if "secret" not in half:
        half["secret"] = factor.new_secret()
        request.session[HALF] = half
    needs_code = not enrolment.is_first(user)
    form = EnrolForm(request.POST if request.method == "POST" else None, needs_code=needs_code)
    if request.method == "POST" and form.is_valid() and (answer := _enrolled(request, user, half, form)):
        return answer
    context = {
        "title": _("Set up your second factor"),
        "form": form,
        "account": user,
        "qr": factor.qr_of(user, half["secret"]),
        "secret": factor.secret_in_groups(half["secret"]),
        "needs_code": needs_code,
    }
    return _page(request, "admin/sign_in/enrol.html", context)


def _enrolled(request, user, half, form):
    """The answer to a filled form of `enrol_step`; None when it is to be shown again, with what is wrong."""
    try:
        done = enrolment.enrol(
            user,
            secret=half["secret"],
            typed=form.cleaned_data["code"],
            code=form.cleaned_data.get("enrolment", ""),
            request=request,
        )
    except enrolment.AlreadyEnrolled:
        return HttpResponseRedirect(reverse("admin:login_code"))
    if isinstance(done, list):
        begin(request, user, factor.device_of(user))
        record.note(SignInKind.SIGNED_IN, user=user, request=request)
        context = {"title": _("Your recovery codes"), "codes": done, "next": half["next"], "account": user}
        return _page(request, "admin/sign_in/codes.html", context)
    if _wrong(request, user, half):
        return _again(request)
    if done == "code":
        form.add_error("code", _("Those digits are not right. Use those that the app shows now."))
    elif "enrolment" in form.fields:
        form.add_error("enrolment", _("That enrolment code is not right, was used, or is older than three days."))
    else:
        # Another account became the first in the meantime: now a code is asked for.
        return HttpResponseRedirect(request.path)
    return None


def locked_out(request, response=None, credentials=None):
    """The page of a name that is locked for an address: the same whether there is such a name."""
    name = (credentials or {}).get("username", "")
    user = get_user_model().objects.filter(username=name).first()
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    known = SignInEvent.objects.filter(
        kind=SignInKind.LOCKED_OUT, user=user, address=record.address_of(request), at__gte=since
    )
    # Once for each lock: who goes on trying fills no table.
    if not known.exists():
        record.note(SignInKind.LOCKED_OUT, user=user, request=request)
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    context = {"title": _("Locked for a while"), "minutes": seconds // 60}
    locked = _page(request, "admin/sign_in/locked.html", context, status=429)
    locked["Retry-After"] = str(seconds)
    return locked


def sign_out(request):
    """End the session of `request` and record it; whoever has none is left alone."""
    if sessions.leave(request) is not None:
        record.note(SignInKind.SIGNED_OUT, user=request.user, request=request)


def _page(request, template, context, status=200):
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "site_url": "/",
        "app_path": request.get_full_path(),
        "username": request.user.get_username(),
        "again": "again" in request.GET,
        REDIRECT_FIELD_NAME: safe_next(request),
        **context,
    }
    return render(request, template, context, status=status)
