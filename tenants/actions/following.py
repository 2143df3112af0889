"""What a firm does about its own application, through the page that it alone has the address of.

Each is one transaction and safe to send twice: what is done already is done, and said to be.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Case, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.words import dated
from tenants import mails
from tenants.apply import limits
from tenants.apply.papers import keep_paper
from tenants.models import (
    ApplicationChoice,
    ApplicationMessage,
    ApplicationPaper,
    LinkCount,
    LinkRequest,
    TimelineEntry,
)
from tenants.models.application_parts import MOST_CHOICES, TimelineKind
from tenants.models.application_states import REVIVED_WITHIN_DAYS, Actor, ApplicationState
from tenants.words import suite_title

from .applied import applied, go, told
from .errors import Refused

# States in which the firm may change what it asks for, and all those that are no end.
CHANGEABLE = (ApplicationState.SUBMITTED, ApplicationState.NEEDS_PAPER, ApplicationState.WAITING)
GOING_ON = (*CHANGEABLE, ApplicationState.OFFERED)
MOST_WORDS = 1000
MOST_LINKS_AN_HOUR = 10


def send_message(*, application, text, form_token, client, moment):
    """Keep a message of the firm; returns it, or the one that the same form (`form_token`) brought before.

    `client` is the throttle's key of the sender at `moment`. Raises TooManySent.
    """
    sent = ApplicationMessage.objects.filter(form_token=form_token, application=application)
    try:
        with transaction.atomic():
            if before := sent.first():
                return before
            limits.count("message", client=client, moment=moment)
            message = ApplicationMessage.objects.create(
                application=application, actor=Actor.FIRM, text=text, form_token=form_token
            )
            told(application, TimelineKind.MESSAGE, by=None)
    except IntegrityError:
        # The same form in another request, a moment ago; what was counted here is rolled back.
        if before := sent.first():
            return before
        raise
    return message


def send_paper(*, application, upload, kind, request=None, client, moment):
    """Keep a file of the firm as a paper of the application; returns the ApplicationPaper.

    `request`, a PaperRequest of this application, is what it answers; that stays open until staff find the paper
    good. The same file sent twice is one paper. Raises Refused once the application has come to an end,
    ValidationError for a file that is not taken, TooManySent.
    """
    kept = None
    try:
        with applied(application=application, by=None) as mine:
            if mine.state not in GOING_ON:
                raise Refused(_("This application has come to an end: papers can no longer be added."))
            before = set(ApplicationPaper.objects.filter(application=mine).values_list("pk", flat=True))
            kept = keep_paper(upload=upload, kind=kind, application=mine, request=request, client=client, moment=moment)
            if kept.pk not in before:
                told(mine, TimelineKind.PAPER, by=None, text=str(kept.get_kind_display()))
    except BaseException:
        # The row goes with the transaction, the file does not.
        if kept is not None and kept.pk not in before:
            kept.file.storage.delete(kept.file.name)
        raise
    return kept


def withdraw_application(*, application, reason="", today):
    """Withdraw the application for good; returns it. Withdrawn already, nothing changes.

    Raises Refused when an offer is open, which is declined on its own page, or accepted, and at any other end.
    """
    with applied(application=application, by=None, today=today) as mine:
        if mine.state == ApplicationState.WITHDRAWN:
            return mine
        if mine.state == ApplicationState.OFFERED:
            raise Refused(_("There is an offer for this application: answer it first."))
        if mine.state not in GOING_ON:
            raise Refused(_("This application has come to an end already."))
        go(mine, ApplicationState.WITHDRAWN, by=None, reason=reason)
        mails.queue("withdrawn", application=mine, key=f"withdrawn {mine.reference}")
    return mine


def change_choices(*, application, wanted, client, moment, today):
    """Make `wanted` the choices, in their order: [(Park, Suite of it or None)], one to five; returns whether anything
    changed. `client` is the throttle's key of the sender at `moment`; a change counts as a message.

    Raises Refused for none, too many or one twice, and once an offer is open or the application has ended;
    TooManySent.
    """
    keys = [(park.pk, suite and suite.pk) for park, suite in wanted]
    if not keys:
        raise Refused(_("Choose at least one park or suite."))
    if len(keys) > MOST_CHOICES:
        raise Refused(_("Up to five parks or suites can be chosen."))
    if len(set(keys)) < len(keys):
        raise Refused(_("This park or suite is chosen twice."))
    with applied(application=application, by=None, today=today) as mine:
        require_changeable(mine)
        if [(choice.park_id, choice.suite_id) for choice in choices_of(mine)] == keys:
            return False
        limits.count("message", client=client, moment=moment)
        set_choices(mine, wanted, keys)
    return True


def add_choice(*, application, park, suite=None, client, moment, today):
    """Add a park, or a suite of it, below the choices; returns whether it was not among them yet.

    `client` and `moment` as in `change_choices`. Raises Refused when there are five, once an offer is open, and when
    the application has ended; TooManySent.
    """
    with applied(application=application, by=None, today=today) as mine:
        require_changeable(mine)
        there = choices_of(mine)
        key = (park.pk, suite and suite.pk)
        if any((choice.park_id, choice.suite_id) == key for choice in there):
            return False
        if len(there) >= MOST_CHOICES:
            raise Refused(_("You have five choices already: take one out first."))
        limits.count("message", client=client, moment=moment)
        set_choices(
            mine,
            [*((choice.park, choice.suite) for choice in there), (park, suite)],
            [*((choice.park_id, choice.suite_id) for choice in there), key],
        )
    return True


def answer_interest(*, application, today):
    """Record that the firm is still interested; returns whether that changed anything.

    A lapsed application comes back with its date, up to 14 days after it lapsed and only if it had been complete;
    else Refused. Nothing is recorded while nothing was asked.
    """
    with applied(application=application, by=None) as mine:
        asked_anew = {"interest_since": today, "interest_asked": 0, "interest_asked_on": None}
        if mine.state == ApplicationState.LAPSED:
            require_revivable(mine, today)
            go(mine, ApplicationState.WAITING, by=None, **asked_anew)
            lapses = TimelineEntry.objects.filter(application=mine, kind=TimelineKind.STATE, to_state="lapsed").count()
            mails.queue("restored", application=mine, key=f"restored {mine.reference} {lapses}")
            return True
        if mine.state not in GOING_ON:
            raise Refused(_("This application has come to an end already."))
        if not mine.interest_asked:
            return False
        for name, value in asked_anew.items():
            setattr(mine, name, value)
        mine.save(update_fields=list(asked_anew))
        told(mine, TimelineKind.INTEREST, by=None)
    return True


def choices_of(application):
    """The choices with park and suite, by rank."""
    rows = ApplicationChoice.objects.filter(application=application).select_related("park", "suite")
    return list(rows.order_by("rank"))


def set_choices(application, wanted, keys):
    """Write the choices of a locked application, which are others than it had; `keys` are those of `wanted`."""
    there = {(choice.park_id, choice.suite_id): choice for choice in choices_of(application)}
    gone = [choice.pk for key, choice in there.items() if key not in keys]
    ApplicationChoice.objects.filter(pk__in=gone).delete()
    ranks = {there[key].pk: rank for rank, key in enumerate(keys, start=1) if key in there}
    if ranks:
        # One statement: the ranks are compared at its end.
        moved = Case(*(When(pk=pk, then=Value(rank)) for pk, rank in ranks.items()))
        ApplicationChoice.objects.filter(pk__in=ranks).exclude(
            Q(*(Q(pk=pk, rank=rank) for pk, rank in ranks.items()), _connector=Q.OR)
        ).update(rank=moved)
    ApplicationChoice.objects.bulk_create(
        ApplicationChoice(application=application, rank=rank, park=park, suite=suite)
        for rank, (key, (park, suite)) in enumerate(zip(keys, wanted, strict=True), start=1)
        if key not in there
    )
    words = "; ".join(f"{rank}. {choice_text(park, suite)}" for rank, (park, suite) in enumerate(wanted, start=1))
    text = words if len(words) <= MOST_WORDS else f"{words[: MOST_WORDS - 1]}…"
    told(application, TimelineKind.CHOICES, by=None, text=text)


def choice_text(park, suite):
    """`Park` or `Suite A-301, Park`."""
    return f"{suite_title(suite.kind, suite.number)}, {park.name}" if suite else park.name


def require_changeable(application):
    """Refuse unless the choices may be changed. An offer that has lapsed is recorded by now, and none."""
    if application.state == ApplicationState.OFFERED:
        raise Refused(_("There is an offer for this application: the choices cannot be changed while it stands."))
    if application.state not in CHANGEABLE:
        raise Refused(_("This application has come to an end: its choices can no longer be changed."))


def require_revivable(application, today):
    """Refuse unless this lapsed application can come back on `today`."""
    until = timezone.localtime(application.state_at).date() + dt.timedelta(days=REVIVED_WITHIN_DAYS)
    if application.complete_on is None:
        raise Refused(
            _("This application lapsed before it was complete, so it has no place to come back to: send a new one.")
        )
    if today > until:
        raise Refused(
            _("This application could be brought back until %(day)s: send a new one.") % {"day": dated(until)}
        )


def ask_for_links(*, email, client, moment):
    """Note that somebody asked for the links of the applications under `email`; timed work looks them up and mails
    them. What is done here is the same whether or not the address is known. `client` is the throttle's key of the
    sender at `moment`. Raises TooManySent.
    """
    with transaction.atomic():
        if not throttle.take(LinkCount, client, moment, MOST_LINKS_AN_HOUR):
            raise TooManySent
        LinkRequest.objects.create(email=email)
