"""What staff do about applications: the queue, papers, refusals, messages. Each is one transaction; whatever the firm
has to know of goes out as a mail written in the same one.

`by` is the member of staff, `today` the day on which it is done, and `reason`, where there is one, is kept in the
history for staff.
"""

import datetime as dt

from django.utils import timezone
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated
from tenants import mails
from tenants.letters.issue import issue
from tenants.models import Application, ApplicationMessage, ApplicationPaper, PaperRequest
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import OPEN_STATES, Actor, ApplicationState
from tenants.models.letter import LetterKind
from tenants.models.paper import PaperFinding, PaperKind

from .applied import applied, cannot, go, told
from .errors import Refused, cleaned, not_after, reason_given
from .locked import found

State = ApplicationState
# From which states each step of staff is possible.
STEPS = {
    "complete": (State.SUBMITTED, State.NEEDS_PAPER),
    "ask": (State.SUBMITTED, State.NEEDS_PAPER, State.WAITING),
    "decline": (State.SUBMITTED, State.NEEDS_PAPER, State.WAITING),
    "look": OPEN_STATES,
    "assign": OPEN_STATES,
}
ANSWER_WITHIN_DAYS = 14
MOST_DAYS_TO_ANSWER = 180


def check_complete(*, application, by, today, reason=""):
    """Put the application into the queue; returns it.

    Its day there is the one on which it was sent, or on which the last paper that it had been asked for came in; a
    day that it has already is kept. Raises Refused while a paper is asked for or has not been looked at.
    """
    with applied(application=application, by=by, reason=reason, today=today) as mine:
        if mine.state not in STEPS["complete"]:
            raise cannot(mine, _("Only a new application, or one that a paper was asked for, is put into the queue."))
        if mine.requests.filter(closed_at__isnull=True).exists():
            raise Refused(_("A paper is still asked for: accept the one that came, or take the request back."))
        if mine.papers.filter(finding=PaperFinding.NEW).exists():
            raise Refused(_("Not every paper has been looked at: accept each, or say why it cannot be."))
        go(
            mine,
            State.WAITING,
            by=by,
            complete_on=mine.complete_on or day_complete(mine),
            interest_since=today,
            interest_asked=0,
            interest_asked_on=None,
        )
        mails.queue("complete", application=mine, key=f"complete {mine.pk} {mine.state_at.isoformat()}")
    return mine


def day_complete(application):
    """The day on which the application was whole: when it was sent, or when the last paper that was asked for and
    accepted came in."""
    asked = application.papers.filter(request__isnull=False, finding=PaperFinding.GOOD)
    moments = [application.created_at, *asked.values_list("received_at", flat=True)]
    return max(timezone.localtime(moment).date() for moment in moments)


def ask_paper(*, application, kind, words="", due_on, by, today):
    """Ask the firm for a paper of `kind`, `words` saying what is needed, until the day `due_on`; returns the request.

    The application then stands as one that a paper was asked for; a place in the queue is kept. Raises Refused.
    """
    with applied(application=application, by=by, today=today) as mine:
        if mine.state not in STEPS["ask"]:
            raise cannot(mine, _("A paper is asked for only before an offer is made."))
        if due_on <= today:
            raise Refused({"due_on": _("Give the firm a day to come.")})
        if due_on > today + dt.timedelta(days=MOST_DAYS_TO_ANSWER):
            raise Refused({"due_on": _("The day is more than %(days)s days away.") % {"days": MOST_DAYS_TO_ANSWER}})
        if kind == PaperKind.OTHER and not words.strip():
            raise Refused({"words": _("Say which paper is needed: the firm reads it.")})
        request = PaperRequest(application=mine, kind=kind, words=words.strip(), asked_by=by, due_on=due_on)
        cleaned(request)
        request.save()
        request.refresh_from_db()
        if mine.state != State.NEEDS_PAPER:
            go(mine, State.NEEDS_PAPER, by=by)
        told(mine, TimelineKind.PAPER_ASKED, by=by, text=_of_paper(request.get_kind_display(), words))
        mails.queue("paper_asked", application=mine, key=f"paper_asked {request.pk}", request=request)
    return request


def take_back_request(*, request, by, today, reason=""):
    """Settle a request for a paper without one; returns it. Settled already, nothing changes."""
    with applied(application=request.application_id, by=by, reason=reason) as mine:
        request = found(PaperRequest.objects.select_for_update(of=["self"]), request)
        if request.closed_at is None:
            _settle(PaperRequest.objects.filter(pk=request.pk))
            text = _("%(paper)s: no longer needed") % {"paper": request.get_kind_display()}
            told(mine, TimelineKind.PAPER_CHECKED, by=by, text=text)
            request.refresh_from_db()
    return request


def find_paper(*, paper, finding, finding_reason="", valid_until=None, by, today):
    """Record what staff found of a paper: accepted, which settles the request for it, or not, which needs a
    `finding_reason` that the firm reads; returns the paper.

    `valid_until` is the last day that the paper itself names. Raises Refused, also once the application has ended.
    """
    with applied(application=paper.application_id, by=by) as mine:
        if mine.state not in STEPS["look"]:
            raise cannot(mine, _("The papers of an application that has ended stay as they are."))
        paper = found(ApplicationPaper.objects.select_for_update(of=["self"]), paper)
        paper.finding, paper.finding_reason = finding, "" if finding == PaperFinding.GOOD else finding_reason.strip()
        if finding == PaperFinding.BAD and not paper.finding_reason:
            raise Refused({"finding_reason": _("Say why the paper is not accepted: the firm reads it.")})
        if finding == PaperFinding.NEW:
            raise Refused({"finding": _("Say whether the paper is accepted.")})
        paper.found_by, paper.found_on, paper.valid_until = by, today, valid_until
        asked = _asking_for(mine, paper)
        if finding == PaperFinding.GOOD and paper.request_id is None:
            # It came for the request, whatever form of the firm's page it was sent with.
            paper.request = asked.filter(asked_at__lte=paper.received_at).first()
        cleaned(paper, exclude=("file",))
        paper.save(update_fields=["finding", "finding_reason", "found_by", "found_on", "valid_until", "request"])
        paper.refresh_from_db()
        if finding == PaperFinding.GOOD:
            _settle(asked)
        word = _("accepted") if finding == PaperFinding.GOOD else _("not accepted. %(why)s") % {"why": finding_reason}
        text = _of_paper(paper.get_kind_display(), word)
        told(mine, TimelineKind.PAPER_CHECKED, by=by, text=text)
        if finding == PaperFinding.BAD:
            mails.queue("paper_bad", application=mine, key=f"paper_bad {paper.pk} {today}", paper=paper)
    return paper


def _asking_for(application, paper):
    """The open requests that an accepted paper settles: the one that it was sent for, and those of its kind."""
    asked = application.requests.filter(closed_at__isnull=True)
    if paper.kind == PaperKind.OTHER or paper.request_id is not None:
        return asked.filter(pk=paper.request_id)
    return asked.filter(kind=paper.kind)


def _settle(requests):
    requests.update(closed_at=timezone.now())


def _of_paper(kind, words):
    """`Tax registration certificate: words`, cut to what an entry of the timeline holds."""
    return f"{kind}: {words.strip()}"[:1000] if words.strip() else str(kind)


def decline(*, application, code, reason, minute, decided_on, by, today):
    """Decline the application for good: `code` is a DeclineCode, `reason` is what the firm reads, `minute` the number
    of the minute of the day `decided_on`; returns the application. The letter of regret goes with the mail.

    Raises Refused; an offer has to be withdrawn first.
    """
    with applied(application=application, by=by, today=today) as mine:
        if mine.state == State.OFFERED:
            raise Refused(_("There is an offer for this application: withdraw that first."))
        if mine.state not in STEPS["decline"]:
            raise cannot(mine, _("Only an application on which nothing was decided can be declined."))
        reason_given(reason, _("Say why: the firm reads it."))
        if not minute.strip():
            raise Refused({"minute": _("Give the number of the minute of this decision.")})
        not_after("decided_on", decided_on, today)
        sent_on = timezone.localtime(mine.created_at).date()
        if decided_on < sent_on:
            said = _("The application was not sent until %(day)s.") % {"day": dated(sent_on)}
            raise Refused({"decided_on": said})
        _settle(mine.requests.filter(closed_at__isnull=True))
        go(mine, State.DECLINED, by=by, reason=reason, code=code, minute=minute, decided_on=decided_on)
        letter = issue(kind=LetterKind.REGRET, application=mine, by=by, today=today, mail=None)
        mails.queue("declined", application=mine, key=f"declined {mine.pk}", letter=letter)
    return mine


def assign(*, application, to, by):
    """Give the application to the member of staff `to`, None to nobody; returns it. Raises Refused."""
    with applied(application=application, by=by) as mine:
        if mine.state not in STEPS["assign"]:
            raise cannot(mine, _("Only an open application is assigned."))
        if to is not None and not (to.is_active and to.has_perm("tenants.change_application")):
            raise Refused({"to": _("This person may not decide on applications.")})
        if mine.assigned_to_id != getattr(to, "pk", None):
            mine.assigned_to = to
            mine.save(update_fields=["assigned_to"])
            told(mine, TimelineKind.ASSIGNED, by=by, text=_("to nobody") if to is None else to.get_username())
    return mine


def note(*, application, text, by):
    """Replace the note of staff on the application; returns it."""
    with applied(application=application, by=by) as mine:
        mine.staff_note = text.strip()
        cleaned_note(mine)
        mine.save(update_fields=["staff_note"])
    return mine


def cleaned_note(application):
    """Refuse a note that is too long."""
    most = Application._meta.get_field("staff_note").max_length
    if len(application.staff_note) > most:
        raise Refused({"text": _("The note must be %(most)s characters or fewer.") % {"most": most}})


def send_message_staff(*, application, text, form_token, seen=None, by):
    """Write to the firm; returns the message, or the one that the same form (`form_token`) brought before.

    It answers the firm's messages up to the key `seen`, the newest that its writer had before the eyes; None is all.
    Raises Refused for an empty one.
    """
    reason_given(text, _("Write a message."))
    sent = ApplicationMessage.objects.filter(form_token=form_token, application=application)
    with applied(application=application, by=by) as mine:
        # One form at a time, since the application is locked.
        if before := sent.first():
            return before
        message = ApplicationMessage(
            application=mine, actor=Actor.STAFF, user=by, text=text.strip(), form_token=form_token
        )
        cleaned(message, arguments={"text": "text"})
        message.save()
        open_ones = mine.messages.filter(actor=Actor.FIRM, answered_at__isnull=True)
        if seen is not None:
            open_ones = open_ones.filter(pk__lte=seen)
        open_ones.update(answered_at=timezone.now())
        told(mine, TimelineKind.MESSAGE, by=by)
        mails.queue("message", application=mine, key=f"message {message.pk}", message=message)
    return message


def set_aside_message(*, message, by):
    """Record that a message of the firm needs no answer; returns it. Answered already, nothing changes."""
    with applied(application=message.application_id, by=by):
        rows = ApplicationMessage.objects.filter(pk=message.pk, actor=Actor.FIRM, answered_at__isnull=True)
        rows.update(answered_at=timezone.now())
        message.refresh_from_db()
    return message
