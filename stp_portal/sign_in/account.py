"""“Your account”: where one is signed in, the second factor, the recovery codes, the password. Of oneself alone."""

import time

from django.contrib import admin, messages
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as verify_session
from django_otp.plugins.otp_totp.models import TOTPDevice

from parks.models import SignInEvent, SignInKind, StaffSession

from . import factor, passwords, record, sessions
from .browsers import browser_words
from .forms import CodeForm

# In the session: the secret that is being set up in place of the present one.
NEW_SECRET = "stp_new_secret"  # noqa: S105 - the name of a key
SECRET_SECONDS = 15 * 60
LATELY = 10


def routes(wrap):
    """The pages under /admin/account/; `wrap` makes a staff page of a view."""
    pages = (
        ("", "account", require_safe(account)),
        ("sessions/<int:pk>/end/", "account_end_session", require_POST(end_session)),
        ("sessions/end-others/", "account_end_others", require_POST(end_others)),
        ("sessions/end-all/", "account_end_all", require_POST(end_all)),
        ("recovery-codes/", "account_recovery", require_http_methods(["GET", "HEAD", "POST"])(recovery)),
        ("second-factor/", "account_factor", require_http_methods(["GET", "HEAD", "POST"])(second_factor)),
    )
    return [path(f"account/{place}", wrap(never_cache(view)), name=name) for place, name, view in pages]


def shown_sessions(user, own_key=""):
    """The open sessions of `user` for a table: the row, the browser in words, whether it is the one that asks."""
    return [(row, browser_words(row.agent), row.session_key == own_key) for row in sessions.open_sessions(user)]


def account(request):
    """What the portal holds of this person's signing in."""
    about = SignInEvent.objects.filter(user=request.user).select_related("by")
    context = {
        "title": _("Your account"),
        "device": factor.device_of(request.user),
        "left": factor.recovery_left(request.user),
        "sessions": shown_sessions(request.user, request.session.session_key),
        "events": about.order_by("-at", "-pk")[:LATELY],
    }
    return _page(request, "account.html", context)


def end_session(request, pk):
    """End one of one's own sessions. One that is over, or another person's, is not there."""
    row = sessions.open_sessions(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    own = row.session_key == request.session.session_key
    sessions.end(row)
    record.note(SignInKind.SESSION_ENDED, user=request.user, request=request, note=browser_words(row.agent))
    if own:
        return _signed_out(request)
    messages.success(request, _("That session is ended."))
    return HttpResponseRedirect(reverse("admin:account"))


def end_others(request):
    """End all of one's own sessions but this one."""
    ended = sessions.end_all(request.user, except_key=request.session.session_key)
    record.note(SignInKind.SESSIONS_ENDED, user=request.user, request=request, note=_("all but the one that did it"))
    said = ngettext("%(n)s other session is ended.", "%(n)s other sessions are ended.", ended) % {"n": ended}
    messages.success(request, said if ended else _("You were signed in nowhere else."))
    return HttpResponseRedirect(reverse("admin:account"))


def end_all(request):
    """End all of one's own sessions, this one too."""
    sessions.end_all(request.user)
    record.note(SignInKind.SESSIONS_ENDED, user=request.user, request=request)
    return _signed_out(request)


def _signed_out(request):
    request.session.flush()
    return HttpResponseRedirect(reverse("admin:login"))


def recovery(request):
    """How many recovery codes are left; a POST makes new ones and shows them once."""
    context = {"title": _("Recovery codes"), "left": factor.recovery_left(request.user)}
    if request.method == "POST":
        context["codes"] = factor.new_recovery_codes(request.user)
        context["title"] = _("Your new recovery codes")
        record.note(SignInKind.RECOVERY_MADE, user=request.user, request=request)
    return _page(request, "recovery.html", context)


def _secret_of(request):
    """The secret that this browser is setting up; a new one when there is none, or an old one."""
    held = request.session.get(NEW_SECRET)
    if not isinstance(held, dict) or not 0 <= time.time() - held.get("at", 0) <= SECRET_SECONDS:
        held = {"secret": factor.new_secret(), "at": int(time.time())}
        request.session[NEW_SECRET] = held
    return held["secret"]


@sensitive_post_parameters()
def second_factor(request):
    """Another phone or app in place of the present one. The old one counts until the new one's code is right."""
    secret = _secret_of(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        device = _replaced(request, secret, form.cleaned_data["code"])
        if device is not None:
            verify_session(request, device)
            del request.session[NEW_SECRET]
            messages.success(request, _("From now on the new app counts. All your other sessions are ended."))
            return HttpResponseRedirect(reverse("admin:account"))
        form.add_error("code", _("Those digits are not right. Use those that the new app shows now."))
    context = {
        "title": _("Use another phone or app"),
        "form": form,
        "qr": factor.qr_of(request.user, secret),
        "secret": factor.secret_in_groups(secret),
    }
    return _page(request, "replace.html", context)


@transaction.atomic
def _replaced(request, secret, typed):
    """The new device, in place of all others of this person; None when `typed` is not its code."""
    user = get_user_model().objects.select_for_update().get(pk=request.user.pk)
    device = factor.confirmed_device(user, secret, typed)
    if device is None:
        return None
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    sessions.end_all(user, except_key=request.session.session_key)
    record.note(SignInKind.ENROLLED, user=user, request=request, note=_("in place of another"))
    return device


class OwnPasswordForm(PasswordChangeForm):
    """The present password, and a new one twice."""

    field_order = ["old_password", "new_password1", "new_password2"]


@sensitive_post_parameters()
def change_password(request):
    """A new password. All other sessions end; who had to choose one may go on."""
    form = OwnPasswordForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            keep_session(request, form.user)
            record.note(SignInKind.PASSWORD_CHANGED, user=form.user, request=request)
        return HttpResponseRedirect(reverse("admin:password_change_done"))
    context = {
        "title": _("Choose a password") if passwords.has_to_choose(request) else _("Change your password"),
        "form": form,
        "has_to_choose": passwords.has_to_choose(request),
    }
    return _page(request, "password.html", context)


def keep_session(request, user):
    """Carry this session over a change of its own password; every other one of `user` ends."""
    before = request.session.session_key
    update_session_auth_hash(request, user)
    request.session.pop(passwords.TO_CHOOSE, None)
    request.session.save()
    StaffSession.objects.filter(session_key=before, user=user).update(session_key=request.session.session_key)
    sessions.end_all(user, except_key=request.session.session_key)


def _page(request, template, context):
    request.current_app = admin.site.name
    return render(request, f"admin/sign_in/{template}", {**admin.site.each_context(request), **context})
