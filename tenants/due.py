"""All timed work: what has lapsed is recorded, who has to answer is reminded, mail leaves.

Each job can be run twice or be killed without harm: what it did it finds done. One run at a time, by an advisory lock.
"""

import datetime as dt
import logging
import uuid
from contextlib import contextmanager

import pghistory
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import mails, outbox
from tenants.actions.applied import applied, go, told
from tenants.actions.checks import set_aside
from tenants.apply.drafts import erase_old_drafts
from tenants.letters.issue import acknowledge

from .models import (
    Application,
    ApplicationCount,
    EnquiryCount,
    JobRun,
    Lease,
    LinkCount,
    LinkRequest,
    Mail,
    PaperRequest,
    VerifyCount,
)
from .models.application_parts import TimelineKind
from .models.application_states import REVIVED_WITHIN_DAYS, ApplicationState
from .models.lease_states import LeaseState
from .models.paper import PaperFinding

logger = logging.getLogger("stp.due")

# One number for all machines that run it on the same database.
RUNNING = 0x53545032
DAY = dt.timedelta(days=1)
OFFER_REMINDED_DAYS = 2
PAPER_REMINDED_DAYS = 7
# "Still interested?": the question after so many days, then two reminders, then the application lapses.
INTEREST_EVERY_DAYS = 90
ANSWER_WITHIN_DAYS = 14
TIMES_ASKED = 3
RUNS_KEPT_DAYS = 90
HOURS = (ApplicationCount, EnquiryCount, LinkCount, VerifyCount)


def record_lapsed_offers(today):
    """Record offers whose last day has passed, and write to the firms; returns how many were recorded."""
    recorded = 0
    for pk in _keys(Lease.objects.filter(state=LeaseState.OFFERED, offer_deadline__lt=today)):
        with transaction.atomic(), pghistory.context(reason="lapsed"):
            recorded += set_aside(Q(pk=pk), today)
    # Also of those that another act recorded in passing.
    lapsed = Lease.objects.filter(state=LeaseState.LAPSED, application__isnull=False).select_related("application")
    key = Concat(Value("offer_lapsed "), Cast(OuterRef("pk"), CharField()))
    for lease in lapsed.filter(~Exists(Mail.objects.filter(key=key))):
        mails.queue("offer_lapsed", application=lease.application, key=f"offer_lapsed {lease.pk}", lease=lease)
    return recorded


def remind_of_offers(today):
    """Remind of offers that end within two days; returns how many mails were written."""
    ending = Lease.objects.filter(
        state=LeaseState.OFFERED,
        application__isnull=False,
        offered_on__lt=today,
        offer_deadline__gte=today,
        offer_deadline__lte=today + OFFER_REMINDED_DAYS * DAY,
    )
    written = 0
    for lease in ending.select_related("application"):
        link = mails.absolute(reverse("tenants:application-offer", args=[lease.application.token]))
        key = f"offer_reminder {lease.pk}"
        written += (
            mails.queue("offer_reminder", application=lease.application, key=key, lease=lease, offer_link=link)
            is not None
        )
    return written


def remind_of_papers(today):
    """Remind of papers that are due within a week; returns how many mails were written."""
    due = PaperRequest.objects.filter(
        application__state=ApplicationState.NEEDS_PAPER,
        closed_at__isnull=True,
        reminded_on__isnull=True,
        due_on__gte=today,
        due_on__lte=today + PAPER_REMINDED_DAYS * DAY,
        asked_at__lt=_midnight(today),
    ).exclude(papers__finding=PaperFinding.NEW)
    written = 0
    for pk in _keys(due):
        with transaction.atomic(), pghistory.context(reason="reminded"):
            row = PaperRequest.objects.select_for_update(of=["self"]).select_related("application").get(pk=pk)
            if row.reminded_on is None and row.closed_at is None:
                row.reminded_on = today
                row.save(update_fields=["reminded_on"])
                mails.queue("paper_reminder", application=row.application, key=f"paper_reminder {pk}", request=row)
                written += 1
    return written


def lapse_without_papers(today):
    """Let applications lapse whose paper did not come by its day; returns how many.

    Not while a paper that came for it has not been looked at: then it is PSEB's turn.
    """
    overdue = PaperRequest.objects.filter(closed_at__isnull=True, due_on__lt=today)
    overdue = overdue.exclude(papers__finding=PaperFinding.NEW)
    waiting = Application.objects.filter(state=ApplicationState.NEEDS_PAPER, requests__in=overdue).distinct()
    return sum(
        _lapse(pk, ApplicationState.NEEDS_PAPER, _("a paper that was asked for did not come"), today, overdue)
        for pk in _keys(waiting)
    )


def ask_for_interest(today):
    """Ask every 90 days whether a waiting firm is still interested, remind twice, then let it lapse.

    Returns how many were asked, reminded or lapsed.
    """
    waiting = Application.objects.filter(state=ApplicationState.WAITING)
    first = waiting.filter(interest_asked=0, interest_since__lte=today - INTEREST_EVERY_DAYS * DAY)
    again = waiting.filter(interest_asked__gte=1, interest_asked_on__lte=today - ANSWER_WITHIN_DAYS * DAY)
    return sum(_ask(pk, today) for pk in _keys(first) + _keys(again))


def _ask(pk, today):
    """One step for one application, if it is still due under the lock."""
    with applied(application=pk, by=None, reason="asked whether still interested") as mine:
        if mine.state != ApplicationState.WAITING:
            return 0
        since, wait = (
            (mine.interest_asked_on, ANSWER_WITHIN_DAYS)
            if mine.interest_asked
            else (mine.interest_since, INTEREST_EVERY_DAYS)
        )
        if since is None or since + wait * DAY > today:
            return 0
        if mine.interest_asked >= TIMES_ASKED:
            _go_lapsed(mine, _("there was no answer to the question whether you are still interested"), today)
            return 1
        mine.interest_asked, mine.interest_asked_on = mine.interest_asked + 1, today
        mine.save(update_fields=["interest_asked", "interest_asked_on"])
        told(mine, TimelineKind.INTEREST_ASKED, by=None, clock=True)
        mails.queue(
            "interest" if mine.interest_asked == 1 else "interest_again",
            application=mine,
            key=f"interest {pk} {mine.interest_since} {mine.interest_asked}",
            until=today + ANSWER_WITHIN_DAYS * DAY,
            last=mine.interest_asked == TIMES_ASKED,
        )
    return 1


def _lapse(pk, state, why, today, overdue):
    with applied(application=pk, by=None, reason="lapsed") as mine:
        if mine.state != state or not mine.requests.filter(pk__in=overdue.values("pk")).exists():
            return 0
        _go_lapsed(mine, why, today)
    return 1


def _go_lapsed(mine, why, today):
    go(mine, ApplicationState.LAPSED, by=None, clock=True, reason=why[:1].upper() + why[1:] + ".")
    # What never stood in the queue has no place to come back to.
    until = today + REVIVED_WITHIN_DAYS * DAY if mine.complete_on else None
    mails.queue(
        "lapsed", application=mine, key=f"lapsed {mine.pk} {mine.state_at.isoformat()}", reason=why, until=until
    )


def answer_link_requests(_today):
    """Mail the links of their applications to whoever asked, if the address is known; returns how many mails."""
    written = 0
    for pk in _keys(LinkRequest.objects.all()):
        with transaction.atomic():
            request = LinkRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
            if request is None:
                continue
            rows = Application.objects.filter(email__iexact=request.email).order_by("-created_at")[:20]
            if rows:
                told_of = [
                    {
                        "reference": row.reference,
                        "state": row.get_state_display(),
                        "link": mails.absolute(row.get_absolute_url()),
                    }
                    for row in rows
                ]
                # To the address as it was given with the application, not as it was typed here.
                mails.queue("links", key=f"links {pk}", to=rows[0].email, applications=told_of)
                written += 1
            # Whoever asked more than once gets one mail.
            LinkRequest.objects.filter(email__iexact=request.email).delete()
    return written


def clear_away(today):
    """Erase counts of past hours and runs of more than 90 days ago; returns how many rows went."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    gone = sum(model.objects.filter(hour__lt=hour).delete()[0] for model in HOURS)
    return gone + JobRun.objects.filter(started_at__lt=_midnight(today - RUNS_KEPT_DAYS * DAY)).delete()[0]


def send_mail(_today):
    """Send what is due; returns a sentence of counts."""
    counts = outbox.send_due()
    return ", ".join(f"{state} {number}" for state, number in counts.items() if number) or "0"


# In this order: what lapses first, so that its mail leaves in the same run.
JOBS = {
    "lapsed offers": record_lapsed_offers,
    "offers ending": remind_of_offers,
    "papers due": remind_of_papers,
    "papers missing": lapse_without_papers,
    "still interested": ask_for_interest,
    "acknowledgements": acknowledge,
    "links asked for": answer_link_requests,
    "old drafts": erase_old_drafts,
    "clearing away": clear_away,
    "mail": send_mail,
}


def run(today=None, only=None):
    """Do all timed work, or the jobs named in `only`, as of the day `today`; returns the JobRun rows, None when
    another run is under way. A job that fails is written down and keeps no other from running."""
    today = today or timezone.localdate()
    with _alone() as alone:
        if not alone:
            return None
        JobRun.objects.filter(finished_at__isnull=True).update(
            finished_at=timezone.now(), ok=False, error="The run ended before this was finished."
        )
        number = uuid.uuid4()
        return [_run(number, name, job, today) for name, job in JOBS.items() if not only or name in only]


def _run(number, name, job, today):
    row = JobRun.objects.create(run=number, job=name, started_at=timezone.now())
    try:
        row.result, row.ok = str(job(today))[:300], True
    except Exception as error:
        logger.exception("timed work failed: %s", name)
        row.ok, row.error = False, f"{type(error).__name__}: {error}"[:5000]
    row.finished_at = timezone.now()
    row.save(update_fields=["result", "ok", "error", "finished_at"])
    return row


@contextmanager
def _alone():
    """Whether this is the only run; held by the session, so that a killed run lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [RUNNING])
        alone = cursor.fetchone()[0]
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [RUNNING])


def _keys(rows):
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _midnight(day):
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
