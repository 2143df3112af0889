"""All timed work: what has lapsed is recorded, who has to answer is reminded, mail leaves.

Each job can be run twice or be killed without harm: what it did it finds done. One run at a time, by an advisory lock.
"""

import datetime as dt
import logging
import uuid
from contextlib import contextmanager
from functools import partial

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parks import digest_file
from parks.digest_check import compare_newest
from parks.models import CorrectionCount, SealedDay
from parks.sealing import seal_due
from stp_portal.kit import through
from tenants import mails, outbox
from tenants.actions.applied import applied, go, told
from tenants.actions.checks import set_aside
from tenants.apply.drafts import erase_old_drafts
from tenants.letters.issue import acknowledge

from .models import (
    Application,
    ApplicationCount,
    ApplicationPaper,
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
# In one mail.
MOST_LINKS = 20
RUNS_KEPT_DAYS = 90
# Lines of digests in one mail.
MOST_DIGESTS = 150
HOURS = (ApplicationCount, CorrectionCount, EnquiryCount, LinkCount, VerifyCount)


def record_lapsed_offers(today):
    """Record offers whose last day has passed, and write to the firms; returns how many were recorded."""
    offers = Lease.objects.filter(state=LeaseState.OFFERED, offer_deadline__lt=today)
    recorded = _each(_keys(offers), partial(_record_lapsed, today))
    # Also of those that another act recorded in passing.
    key = Concat(Value("offer_lapsed "), Cast(OuterRef("pk"), CharField()))
    lapsed = Lease.objects.filter(~Exists(Mail.objects.filter(key=key)), state=LeaseState.LAPSED)
    _each(_keys(lapsed.filter(application__isnull=False)), _write_of_lapsed)
    return recorded


def _record_lapsed(today, pk):
    with transaction.atomic(), pghistory.context(reason="lapsed"):
        return set_aside(Q(pk=pk), today)


def _write_of_lapsed(pk):
    lease = Lease.objects.select_related("application").get(pk=pk)
    return _written("offer_lapsed", application=lease.application, key=f"offer_lapsed {pk}", lease=lease)


def remind_of_offers(today):
    """Remind of offers that end within two days; returns how many mails were written."""
    ending = Lease.objects.filter(
        state=LeaseState.OFFERED,
        application__isnull=False,
        offered_on__lt=today,
        offer_deadline__gte=today,
        offer_deadline__lte=today + OFFER_REMINDED_DAYS * DAY,
    )
    return _each(_keys(ending), _write_of_ending)


def _write_of_ending(pk):
    lease = Lease.objects.select_related("application").get(pk=pk)
    mine = lease.application
    link = mails.absolute(reverse("tenants:application-offer", args=[mine.token]))
    return _written("offer_reminder", application=mine, key=f"offer_reminder {pk}", lease=lease, offer_link=link)


def remind_of_papers(today):
    """Remind of papers that are due within a week; returns how many mails were written."""
    due = PaperRequest.objects.filter(
        ~_ours_to_look_at(today),
        application__state=ApplicationState.NEEDS_PAPER,
        closed_at__isnull=True,
        reminded_on__isnull=True,
        due_on__gte=today,
        due_on__lte=today + PAPER_REMINDED_DAYS * DAY,
        asked_at__lt=_midnight(today),
    )
    return _each(_keys(due), partial(_remind_of_paper, today))


def _remind_of_paper(today, pk):
    with transaction.atomic(), pghistory.context(reason="reminded"):
        row = PaperRequest.objects.select_for_update(of=["self"]).select_related("application").get(pk=pk)
        if row.reminded_on is not None or row.closed_at is not None:
            return 0
        row.reminded_on = today
        row.save(update_fields=["reminded_on"])
        return _written("paper_reminder", application=row.application, key=f"paper_reminder {pk}", request=row)


def lapse_without_papers(today):
    """Let applications lapse whose paper did not come by its day; returns how many.

    Not while a paper that came has not been looked at, which is for PSEB to do, nor within 14 days after one was not
    accepted, so that the firm can send another.
    """
    overdue = PaperRequest.objects.filter(~_ours_to_look_at(today), closed_at__isnull=True, due_on__lt=today)
    waiting = Application.objects.filter(state=ApplicationState.NEEDS_PAPER, requests__in=overdue).distinct()
    return _each(_keys(waiting), partial(_lapse_without_paper, today, overdue))


def _lapse_without_paper(today, overdue, pk):
    with applied(application=pk, by=None, reason="lapsed") as mine:
        if mine.state != ApplicationState.NEEDS_PAPER or not overdue.filter(application=mine).exists():
            return 0
        _go_lapsed(mine, _("a paper that was asked for did not come"), today)
    return 1


def _ours_to_look_at(today):
    """Whether, since a paper was asked for, one came that nobody has looked at or that was found bad a short while ago.

    Whatever form of its page the firm sent it with, so not only what came for that request.
    """
    came = ApplicationPaper.objects.filter(application=OuterRef("application"), received_at__gte=OuterRef("asked_at"))
    bad = Q(finding=PaperFinding.BAD, found_on__gt=today - ANSWER_WITHIN_DAYS * DAY)
    return Exists(came.filter(Q(finding=PaperFinding.NEW) | bad))


def ask_for_interest(today):
    """Ask every 90 days whether a waiting firm is still interested, remind twice, then let it lapse.

    Returns how many were asked, reminded or lapsed.
    """
    waiting = Application.objects.filter(state=ApplicationState.WAITING)
    first = waiting.filter(interest_asked=0, interest_since__lte=today - INTEREST_EVERY_DAYS * DAY)
    again = waiting.filter(interest_asked__gte=1, interest_asked_on__lte=today - ANSWER_WITHIN_DAYS * DAY)
    return _each(sorted(_keys(first) + _keys(again)), partial(_ask, today))


def _ask(today, pk):
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
            # The last day that is left: the next step is taken on the day after.
            until=today + (ANSWER_WITHIN_DAYS - 1) * DAY,
            last=mine.interest_asked == TIMES_ASKED,
        )
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
    return _each(_keys(LinkRequest.objects.all()), _answer_link_request)


def _answer_link_request(pk):
    with transaction.atomic():
        request = LinkRequest.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
        if request is None:
            return 0
        # Whoever asked more than once gets one mail.
        LinkRequest.objects.filter(email__iexact=request.email).delete()
        rows = Application.objects.filter(email__iexact=request.email).order_by("demo", "-created_at", "-pk")
        rows = list(rows[:MOST_LINKS])
        if not rows:
            return 0
        told_of = [
            {
                "reference": row.reference,
                "state": row.get_state_display(),
                "link": mails.absolute(row.get_absolute_url()),
            }
            for row in rows
        ]
        # To the address as it was given with the application, not as it was typed here.
        return _written("links", application=rows[0], key=f"links {pk}", applications=told_of)


def seal_history(_today):
    """Seal the days of the history that are due, and mail their digests; returns how many days were sealed."""
    sealed = len(seal_due())
    mail_digests()
    return sealed


def mail_digests():
    """Mail the digests that were not mailed yet, to the address that is set; returns how many mails were written."""
    if not settings.HISTORY_DIGEST_TO:
        return 0
    told = Mail.objects.filter(kind="digest").order_by("-pk").values_list("key", flat=True).first()
    rows = SealedDay.objects.order_by("day")
    if told:
        rows = rows.filter(day__gt=dt.date.fromisoformat(told.removeprefix("digest ")))
    written, lines = 0, [digest_file.line_of(row) for row in rows]
    for start in range(0, len(lines), MOST_DIGESTS):
        some = lines[start : start + MOST_DIGESTS]
        key, to = f"digest {some[-1].day.isoformat()}", settings.HISTORY_DIGEST_TO
        written += _written("digest", key=key, to=to, lines=some, first=some[0].day, last=some[-1].day)
    return written


def compare_history(_today):
    """Compare the newest days of the history with their digests, once for each sealed day; returns how many agree.

    Raises RuntimeError, that names the first that does not: somebody has to look.
    """
    check = compare_newest()
    if check is None:
        return 0
    if check.why:
        raise RuntimeError(f"{check.differs.isoformat()}: {check.why}" if check.differs else check.why)
    return check.days


def clear_away(today):
    """Erase counts of past hours and runs of more than 90 days ago; returns how many rows went."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    gone = sum(model.objects.filter(hour__lt=hour).delete()[0] for model in HOURS)
    return gone + JobRun.objects.filter(started_at__lt=_midnight(today - RUNS_KEPT_DAYS * DAY)).delete()[0]


def send_mail(_today):
    """Send what is due; returns the counts in words. Raises RuntimeError when the mail server takes none: somebody has
    to know, although every mail waits for the next try."""
    counts, down = outbox.send_due()
    words = ", ".join(f"{state} {number}" for state, number in counts.items() if number) or "0"
    if down:
        raise RuntimeError(f"{down} ({words})")
    return words


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
    "history sealed": seal_history,
    "history compared": compare_history,
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
        with through.source(through.TIMED, job=name):
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


def _each(keys, step):
    """Do `step` for each of `keys`; returns the sum of what was done. One that fails keeps none of the others; it
    raises RuntimeError at the end."""
    done, failed = 0, []
    for key in keys:
        try:
            done += step(key)
        except Exception as error:
            logger.exception("timed work failed for %s", key)
            failed.append(f"{key}: {error}")
    if failed:
        raise RuntimeError(f"{done} done, {len(failed)} failed: {'; '.join(failed)}")
    return done


def _written(kind, **about):
    """One when this mail was queued, none when it had been."""
    return int(mails.queue(kind, **about) is not None)


def _keys(rows):
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _midnight(day):
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
