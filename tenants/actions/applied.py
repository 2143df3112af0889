"""The one way to write an application: its leases and itself locked, its state as it is under them, and history."""

from contextlib import contextmanager

import pghistory
from django.db import IntegrityError, InternalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from stp_portal.kit.constraints import words_for
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationMessage,
    ApplicationPaper,
    Company,
    Lease,
    PaperRequest,
    PassingOver,
    TimelineEntry,
)
from tenants.models.application_states import APPLICATION_TRIGGER_MESSAGES, Actor
from tenants.models.lease_states import TRIGGER_MESSAGES

from .checks import set_aside
from .errors import Refused
from .locked import found

WRITTEN = (
    *(Application, ApplicationChoice, ApplicationMessage, ApplicationPaper, PaperRequest, PassingOver, TimelineEntry),
    *(Company, Lease),
)


@contextmanager
def applied(*, application, by, reason="", today=None):
    """One transaction of `by`, a member of staff or None for the firm itself, who gives `reason`; yields the
    application as it is now, with its leases and itself locked.

    Its leases are locked first, in the order of their keys, as by whoever changes a lease: so nobody waits in a
    ring. With `today` an offer that lapsed by then is recorded as lapsed before the application is locked, which
    is then waiting again. Only the row yielded is to be trusted, never the instance passed in, which may be a key.
    Raises Refused when the application is gone or when the database refuses.
    """
    key = getattr(application, "pk", application)
    try:
        with transaction.atomic():
            list(Lease.objects.filter(application=key).order_by("pk").select_for_update(of=["self"]).values("pk"))
            if today is not None:
                set_aside(Q(application=key), today)
            now = found(Application.objects.select_for_update(no_key=True, of=["self"]), key)
            who = {"firm": now.reference} if by is None else {"user": by.pk}
            with pghistory.context(**who, reason=reason):
                yield now
    except (IntegrityError, InternalError) as error:
        raise Refused(words_for(error, WRITTEN, {**TRIGGER_MESSAGES, **APPLICATION_TRIGGER_MESSAGES})) from error


def go(application, state, *, by, reason="", code="", minute="", decided_on=None, clock=False, **facts):
    """Bring a locked `application` to `state` in one statement, with all that its timeline will tell of the step.

    `by` is a member of staff or None for the firm; with `clock` a date that passed brought it about. `reason` is
    read by the firm. `facts` are other columns that change with it. The instance is what the row is afterwards.
    """
    actor = Actor.CLOCK if clock else Actor.FIRM if by is None else Actor.STAFF
    Application.objects.filter(pk=application.pk).update(
        state=state,
        state_by=actor,
        state_user=by if actor == Actor.STAFF else None,
        state_reason=reason.strip(),
        state_code=code,
        state_minute=minute.strip(),
        state_decided_on=decided_on,
        **facts,
    )
    application.refresh_from_db()


def told(application, kind, *, by, clock=False, **facts):
    """Write an entry of this `kind` in the timeline of a locked `application`; returns it. `by` as in `go`."""
    actor = Actor.CLOCK if clock else Actor.FIRM if by is None else Actor.STAFF
    return TimelineEntry.objects.create(
        application=application, kind=kind, actor=actor, user=by if actor == Actor.STAFF else None, **facts
    )


def cannot(application, sentence):
    """A Refused that says the rule and where the application stands now."""
    return Refused(
        _("%(rule)s Application %(application)s is: %(state)s.")
        % {"rule": sentence, "application": application, "state": application.get_state_display().lower()}
    )
