"""What PSEB has to do about applications, and since when: asked here by the staff list, its filters and the counts."""

import datetime as dt

from django.db import models
from django.db.models import Case, CharField, DateTimeField, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .models import ApplicationChoice, ApplicationMessage, ApplicationPaper, Lease, PaperRequest
from .models.application_states import OPEN_STATES, Actor, ApplicationState
from .models.lease_states import LeaseState
from .models.paper import PaperFinding

# How old what waits may be before the first page tells it apart, in days.
OLD_DAYS = (7, 30)
# A paper of a firm that is good for no longer than so many days is asked for again in time.
LAPSING_DAYS = 30


class Due(models.TextChoices):
    """What waits for PSEB. Each is annotated by `with_due` as `<value>_since`: the moment from which it waits."""

    CHECK = "check", _("Check it: it is new")
    PAPER = "paper", _("Look at a paper")
    WHOLE = "whole", _("Put it into the queue: nothing is asked for any more")
    MESSAGE = "message", _("Answer a message")
    DEED = "deed", _("Sign the deed: the offer was accepted")


def with_due(applications, today):
    """Annotate `standing` on `today`, for each Due its moment or None, `due_since`, the earliest of them, and
    `overdue_on`: the last day of a paper that was asked for and should have come by `today`, None without one.

    `lapsing_on` is the first day on which an accepted paper of an open application runs out, when that is at most
    30 days after `today`, else None."""
    mine = {"application": OuterRef("pk")}
    messages = ApplicationMessage.objects.filter(**mine, actor=Actor.FIRM, answered_at__isnull=True)
    papers = ApplicationPaper.objects.filter(**mine, finding=PaperFinding.NEW)
    requests = PaperRequest.objects.filter(**mine, closed_at__isnull=True)
    accepted = Lease.objects.filter(**mine, state=LeaseState.ACCEPTED)
    is_open = Q(state__in=OPEN_STATES)
    settled = Q(state=ApplicationState.NEEDS_PAPER) & ~Exists(requests) & ~Exists(papers)
    rows = applications.with_standing(today).annotate(
        check_since=_when(Q(state=ApplicationState.SUBMITTED), F("created_at")),
        paper_since=_when(is_open, Subquery(papers.order_by("received_at").values("received_at")[:1])),
        whole_since=_when(settled, F("state_at")),
        message_since=Subquery(messages.order_by("at").values("at")[:1]),
        deed_since=_when(
            Q(state=ApplicationState.OFFERED),
            Cast(Subquery(accepted.order_by("pk").values("accepted_on")[:1]), DateTimeField()),
        ),
        overdue_on=Case(
            When(
                Q(state=ApplicationState.NEEDS_PAPER),
                then=Subquery(requests.filter(due_on__lt=today).order_by("due_on").values("due_on")[:1]),
            ),
            output_field=models.DateField(),
        ),
    )
    valid = ApplicationPaper.objects.filter(
        **mine, finding=PaperFinding.GOOD, valid_until__lte=today + dt.timedelta(days=LAPSING_DAYS)
    )
    rows = rows.annotate(
        lapsing_on=Case(
            When(is_open, then=Subquery(valid.order_by("valid_until").values("valid_until")[:1])),
            output_field=models.DateField(),
        )
    )
    # LEAST skips nulls: what does not wait has no moment.
    return rows.annotate(due_since=Least(*(f"{due.value}_since" for due in Due)))


def with_first_choice(applications):
    """Annotate `first_park`, the name of the park of the first choice, None without one, and `choices_count`."""
    choices = ApplicationChoice.objects.filter(application=OuterRef("pk"))
    return applications.annotate(
        first_park=Subquery(choices.order_by("rank").values("park__name")[:1], output_field=CharField()),
        choices_count=Subquery(
            choices.order_by().values("application").annotate(n=models.Count("pk")).values("n"),
            output_field=models.IntegerField(),
        ),
    )


def due_of(application):
    """The `Due`s of an application of `with_due`, the longest waiting first."""
    found = [(getattr(application, f"{due.value}_since"), due) for due in Due]
    return [due for since, due in sorted((row for row in found if row[0] is not None), key=lambda row: row[0])]


def narrow(applications, due):
    """Those of `with_due` for which `due` waits, a value of `Due`; "pseb" is any, "overdue" a paper of the firm,
    "lapsing" an accepted paper that runs out."""
    if due in {"overdue", "lapsing"}:
        return applications.filter(**{f"{due}_on__isnull": False})
    return applications.filter(**{f"{_since(due)}__isnull": False})


def _since(due):
    return "due_since" if due == "pseb" else f"{Due(due).value}_since"


def waiting_over(due, days, today):
    """The condition, over `with_due`, that `due`, a value of `Due` or "pseb", has waited since a day more than
    `days` before `today`."""
    first = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=days), dt.time()))
    return Q(**{f"{_since(due)}__lt": first})


def longest_first():
    """The order of the inbox: what has waited for PSEB longest, then the rest, the newest first."""
    return (F("due_since").asc(nulls_last=True), "-created_at", "-pk")


def _when(condition, moment):
    return Case(When(condition, then=moment), default=Value(None), output_field=DateTimeField())


def choosing(applications, park):
    """Applications with a choice of the park `park`, a key, that was not withdrawn."""
    choices = ApplicationChoice.objects.filter(application=OuterRef("pk"), park=park, withdrawn_on__isnull=True)
    return applications.filter(Exists(choices))
