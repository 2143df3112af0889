"""Signed-in browsers: each has a row, and a row that has ended opens nothing."""

import datetime as dt

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from parks.models import StaffSession

from . import record

# How often a session's last use is written at most.
TOUCH = dt.timedelta(minutes=5)


def idle():
    """How long a session may go unused."""
    return dt.timedelta(minutes=settings.STAFF_IDLE_MINUTES)


def longest():
    """How long a session lasts at most, used or not."""
    return dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)


def begin(request, user):
    """The row of the session that `request` has just begun; StaffSession. Those that ran out are cleared away."""
    _clear()
    if not request.session.session_key:
        request.session.save()
    return StaffSession.objects.create(
        user=user,
        session_key=request.session.session_key,
        address=record.address_of(request),
        agent=record.agent_of(request),
    )


def of(request):
    """The StaffSession of `request` when it is live, else None: asked of the database once for each request.

    Writes its use every five minutes, and ends one that went unused for too long.
    """
    if not hasattr(request, "_staff_session"):
        request._staff_session = _find(request)
    return request._staff_session


def _find(request):
    key = request.session.session_key
    if not key or not request.user.is_authenticated:
        return None
    row = StaffSession.objects.filter(session_key=key, user=request.user.pk, ended_at__isnull=True).first()
    if row is None:
        return None
    now = timezone.now()
    # Django moves a session's own end on whenever something is written into it.
    if now - row.seen_at > idle() or now - row.began_at > longest():
        end(row)
        return None
    if now - row.seen_at > TOUCH:
        StaffSession.objects.filter(pk=row.pk, ended_at__isnull=True).update(seen_at=now)
    return row


def open_sessions(user):
    """The live sessions of `user`, the last used first."""
    since = timezone.now() - idle()
    alive = timezone.now() - longest()
    return StaffSession.objects.filter(
        user=user, ended_at__isnull=True, seen_at__gte=since, began_at__gte=alive
    ).order_by("-seen_at", "-pk")


def end(session):
    """End one session; its browser is signed out with its next request."""
    StaffSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=timezone.now())
    Session.objects.filter(session_key=session.session_key).delete()


@transaction.atomic
def _clear():
    now = timezone.now()
    # Rows that another sign-in is clearing are left to it: two that wait for each other would both be lost.
    over = StaffSession.objects.filter(ended_at__isnull=True, began_at__lt=now - longest())
    keys = list(over.select_for_update(skip_locked=True).values_list("pk", flat=True))
    StaffSession.objects.filter(pk__in=keys).update(ended_at=now)
    expired = Session.objects.filter(expire_date__lt=now).select_for_update(skip_locked=True)
    Session.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()


def leave(request):
    """End the session of `request`, when it has a live one; returns the StaffSession or None."""
    row = of(request)
    if row is not None:
        end(row)
    return row


def end_all(user, except_key=""):
    """End all sessions of `user` but the one with the key `except_key`; returns how many."""
    rows = StaffSession.objects.filter(user=user, ended_at__isnull=True).exclude(session_key=except_key)
    keys = list(rows.values_list("session_key", flat=True))
    ended = StaffSession.objects.filter(session_key__in=keys, ended_at__isnull=True).update(ended_at=timezone.now())
    Session.objects.filter(session_key__in=keys).delete()
    return ended
