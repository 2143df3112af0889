"""What administrators do about the signing in of an account: its password, second factor, sessions and locks."""

import dataclasses
import datetime as dt
from collections.abc import Callable

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from parks.models import EnrolmentCode, SignInEvent, SignInKind
from stp_portal.kit.passwords import made
from stp_portal.kit.text import CleansText

from . import enrolment, factor, record, sessions
from .account import shown_sessions

MOST_REASON = 300
LATELY = 10


class ReasonForm(CleansText, forms.Form):
    """Why it is done; the record of sign-ins keeps it."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=MOST_REASON,
        help_text=gettext_lazy("Stands in the record of sign-ins. Like “phone lost, asked for by telephone”."),
        error_messages={"required": gettext_lazy("Say why: it stands in the record of sign-ins.")},
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


class SetForm(SetPasswordForm):
    """A password for another account: typed twice, or with both boxes empty one that the portal makes."""

    generated = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def clean(self):
        """Fills in a password where none was typed."""
        typed = [self.cleaned_data.get(name) for name in ("new_password1", "new_password2")]
        if not self.errors and not any(typed):
            self.generated = made()
            self.cleaned_data["new_password1"] = self.cleaned_data["new_password2"] = self.generated
        elif not self.errors and not all(typed):
            self.add_error("new_password2", self.error_messages["password_mismatch"])
        return super().clean()


@dataclasses.dataclass(frozen=True)
class Step:
    """One thing that is done to an account, with a reason. `idle` says why there is nothing to do, "" when there is."""

    title: str
    words: str
    button: str
    said: str
    idle: Callable
    run: Callable
    on_oneself: bool = False


def open_locks(user):
    """The addresses from which `user` is locked out now, each as a dictionary with `ip_address`."""
    since = timezone.now() - settings.AXES_COOLOFF_TIME
    tries = AccessAttempt.objects.filter(username=user.get_username(), attempt_time__gte=since)
    wrong = tries.values("ip_address").annotate(wrong=Sum("failures_since_start")).order_by("ip_address")
    return wrong.filter(wrong__gte=settings.AXES_FAILURE_LIMIT)


def open_code(user):
    """The enrolment code of `user` that is open now, None without one."""
    return EnrolmentCode.objects.filter(user=user, used_at=None, expires_at__gt=timezone.now()).first()


def _end_sessions(request, user, reason):
    sessions.end_all(user)
    record.note(SignInKind.SESSIONS_ENDED, user=user, by=request.user, request=request, note=reason)


def _lift_lock(request, user, reason):
    AxesProxyHandler.reset_attempts(username=user.get_username())
    record.note(SignInKind.LOCK_LIFTED, user=user, by=request.user, request=request, note=reason)


def set_back(user, *, reason):
    """Take the second factor of `user` away, end its sessions and lift its locks; done on the command line."""
    AxesProxyHandler.reset_attempts(username=user.get_username())
    factor.take_away(user, by=None, reason=reason)


def _take_factor(request, user, reason):
    factor.take_away(user, by=request.user, reason=reason, request=request)


STEPS = {
    "take_factor": Step(
        gettext_lazy("Take the second factor away"),
        gettext_lazy(
            "For a phone that is lost or broken. The app and the recovery codes of this account no longer count, and "
            "its sessions end. To come in again the person needs the password and an enrolment code, which you make "
            "as the next step. First make sure, by another way than mail, that it is the person who asks."
        ),
        gettext_lazy("Take the second factor away"),
        gettext_lazy("The second factor is taken away and all sessions are ended. Now make an enrolment code."),
        lambda user: "" if factor.device_of(user) else _("This account has no second factor."),
        _take_factor,
    ),
    "end_sessions": Step(
        gettext_lazy("End all sessions"),
        gettext_lazy("Every browser that is signed in as this account is signed out with its next request."),
        gettext_lazy("End all sessions"),
        gettext_lazy("All sessions of this account are ended."),
        lambda user: "" if sessions.open_sessions(user).exists() else _("This account is signed in nowhere."),
        _end_sessions,
    ),
    "lift_lock": Step(
        gettext_lazy("Lift the lock"),
        gettext_lazy(
            "After ten wrong passwords from one address the account is locked for that address for a quarter of an "
            "hour. Lift the lock when you know that it was the person, and not somebody who guesses."
        ),
        gettext_lazy("Lift the lock"),
        gettext_lazy("The lock is lifted."),
        lambda user: "" if open_locks(user).exists() else _("This account is not locked."),
        _lift_lock,
        on_oneself=True,
    ),
}
PLACES = {"take_factor": "second-factor", "end_sessions": "end-sessions", "lift_lock": "lift-lock"}


def routes(wrap):
    """The pages beside an account's own; `wrap` makes a staff page of a view."""
    both = require_http_methods(["GET", "HEAD", "POST"])
    own = [("enrolment_code", "enrolment-code", enrolment_code)]
    own += [(name, PLACES[name], step_view(step)) for name, step in STEPS.items()]
    return [
        path(f"auth/user/<int:pk>/{place}/", wrap(never_cache(both(view))), name=f"auth_user_{name}")
        for name, place, view in own
    ]


def account_or_404(request, pk):
    """The account, for one who may change it; 403 for others, 404 when there is none."""
    return admin.site.get_model_admin(User).object_or_404(request, pk, "change")


def _own(request):
    messages.info(request, _("For your own account this is done here."))
    return HttpResponseRedirect(reverse("admin:account"))


def step_view(step):
    """The page of one Step."""

    def view(request, pk):
        user = account_or_404(request, pk)
        if user == request.user and not step.on_oneself:
            return _own(request)
        idle = step.idle(user)
        form = ReasonForm(request.POST if request.method == "POST" and not idle else None)
        if form.is_valid():
            with transaction.atomic():
                step.run(request, user, form.cleaned_data["reason"])
            messages.success(request, step.said)
            return HttpResponseRedirect(change_page(user))
        return _page(request, "step.html", user, {"title": step.title, "step": step, "idle": idle, "form": form})

    return view


def enrolment_code(request, pk):
    """A code by which an account sets up its second factor: made by a POST, shown once."""
    user = account_or_404(request, pk)
    if user == request.user:
        return _own(request)
    has_factor = factor.device_of(user) is not None
    context = {"title": _("Make an enrolment code"), "has_factor": has_factor, "open_code": open_code(user)}
    if request.method == "POST" and not has_factor:
        context["code"] = enrolment.make_code(user, by=request.user, request=request)
        context["title"] = _("Enrolment code")
        context["until"] = timezone.now() + dt.timedelta(days=enrolment.OPEN_DAYS)
    return _page(request, "enrolment_code.html", user, context)


@sensitive_post_parameters()
def set_password(request, user):
    """Another account's password; it has to be replaced at the next sign-in, and all sessions end."""
    if user == request.user:
        return HttpResponseRedirect(reverse("admin:password_change"))
    form = SetForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with transaction.atomic():
            form.save()
            sessions.end_all(user)
            note_password(request, user)
        if form.generated:
            return handed_over(request, user, form.generated)
        messages.success(request, _("The password is set. A different one has to be chosen at the next sign-in."))
        return HttpResponseRedirect(change_page(user))
    return _page(request, "set_password.html", user, {"title": _("Set a password"), "form": form})


def note_password(request, user):
    """Record that the password of `user` was set by the person of `request`."""
    record.note(SignInKind.PASSWORD_CHANGED, user=user, by=request.user, request=request)


def handed_over(request, user, password):
    """A password that the portal made, shown once."""
    return _page(request, "handed_over.html", user, {"title": _("Password, shown once"), "password": password})


def about(user):
    """What an account's page says of its signing in."""
    return {
        "device": factor.device_of(user),
        "left": factor.recovery_left(user),
        "open_code": open_code(user),
        "sessions": shown_sessions(user),
        "locks": list(open_locks(user)),
        "events": SignInEvent.objects.filter(user=user).select_related("by").order_by("-at", "-pk")[:LATELY],
    }


def change_page(user):
    """The address of an account's page."""
    return reverse("admin:auth_user_change", args=[user.pk])


def _page(request, template, user, context):
    request.current_app = admin.site.name
    own = {"account": user, "account_url": change_page(user), "opts": User._meta}
    return render(request, f"admin/sign_in/{template}", {**admin.site.each_context(request), **own, **context})
