"""What the page of an application tells the firm, in words: where it stands, what comes next, what happened.

People of PSEB are never named: a step was by the firm ("you"), by PSEB, or by a date that passed.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.words import dated

from .actions.following import CHANGEABLE, GOING_ON
from .models import Lease
from .models.application_parts import FOR_STAFF, TimelineKind
from .models.application_states import (
    REVIVED_WITHIN_DAYS,
    Actor,
    ApplicationState,
    DeclineCode,
    PassingCode,
)
from .models.lease_states import LeaseState

# What tells the same as a change of state of the same moment, and more.
TWINS = {
    ("", ApplicationState.OFFERED): TimelineKind.OFFER,
    (ApplicationState.OFFERED, ApplicationState.WAITING): TimelineKind.OFFER_ENDED,
    ("", ApplicationState.NEEDS_PAPER): TimelineKind.PAPER_ASKED,
}
SAME_MOMENT = dt.timedelta(seconds=30)
BY = {
    Actor.FIRM: gettext_lazy("by you"),
    Actor.STAFF: gettext_lazy("by PSEB"),
    Actor.CLOCK: gettext_lazy("by a date that passed"),
}


@dataclass(frozen=True)
class Situation:
    """Where an application stands today. `tag` is a state that has a mark of its own, `standing` the state that is
    true today, `offer` the lease whose offer is open or accepted, if any, `restore_until` the last day on which a
    lapsed application comes back."""

    standing: str
    tag: str
    label: str
    headline: str
    next_step: str
    offer: Lease | None = None
    accepted: bool = False
    restore_until: dt.date | None = None
    reasons: list = field(default_factory=list)

    @property
    def changeable(self):
        """Whether the choices can be changed."""
        return self.standing in CHANGEABLE

    @property
    def going_on(self):
        """Whether the application has not come to an end."""
        return self.standing in GOING_ON

    @property
    def can_withdraw(self):
        """Whether the firm can withdraw by itself: once it has accepted an offer, PSEB has to agree."""
        return self.going_on and not self.accepted


def situation(application, today):
    """The `Situation` of an application on `today`. One query where it has been offered something, else none."""
    state = application.state
    lease = None
    if state in (ApplicationState.OFFERED, ApplicationState.ALLOTTED):
        blocking = Q(state__in=[LeaseState.OFFERED, LeaseState.ACCEPTED, LeaseState.SIGNED])
        lease = Lease.objects.filter(blocking, application=application).select_related("park__city").first()
    if state == ApplicationState.OFFERED:
        return _of_offer(lease, today)
    return TELLERS[state](application, lease, today)


def _of_offer(lease, today):
    if lease is None or (lease.state == LeaseState.OFFERED and lease.offer_deadline < today):
        # Lapsed, though no row says so yet.
        return _waiting(None, None, today)
    if lease.state == LeaseState.ACCEPTED:
        return Situation(
            standing=ApplicationState.OFFERED,
            tag="accepted",
            label=_("Offer accepted"),
            headline=_("You accepted the offer %(lease)s.") % {"lease": lease.number},
            next_step=_(
                "The lease is signed next: PSEB writes to you about the deed and, where one is due, the deposit. "
                "Once it is signed, the space is yours."
            ),
            offer=lease,
            accepted=True,
        )
    return Situation(
        standing=ApplicationState.OFFERED,
        tag="offered",
        label=_("Offer made"),
        headline=_("PSEB offers you space. Answer by %(day)s.") % {"day": dated(lease.offer_deadline)},
        next_step=_(
            "Accept the offer, or decline it and keep waiting, until the end of %(day)s in Karachi. After that it "
            "lapses, and you keep your place in the queue."
        )
        % {"day": dated(lease.offer_deadline)},
        offer=lease,
    )


def _submitted(application, lease, today):
    return Situation(
        standing=ApplicationState.SUBMITTED,
        tag="submitted",
        label=_("Being checked"),
        headline=_("PSEB has your application and is checking it."),
        next_step=_(
            "PSEB looks at your papers. You then get an e-mail: either the application is complete and in the queue, "
            "or a paper is missing."
        ),
    )


def _needs_paper(application, lease, today):
    kept = application.complete_on is not None
    return Situation(
        standing=ApplicationState.NEEDS_PAPER,
        tag="needs_paper",
        label=_("Paper needed"),
        headline=_("PSEB needs a paper from you."),
        next_step=(
            _("Send it on this page. You keep your place in the queue meanwhile.")
            if kept
            else _(
                "Send it on this page. Your place in the queue goes by the day on which the application is complete."
            )
        ),
    )


def _waiting(application, lease, today):
    return Situation(
        standing=ApplicationState.WAITING,
        tag="waiting",
        label=_("In the queue"),
        headline=_("Your application is complete and in the queue."),
        next_step=_("When space that fits becomes free, PSEB offers it in the order of the queue and writes to you."),
    )


def _allotted(application, lease, today):
    return Situation(
        standing=ApplicationState.ALLOTTED,
        tag="allotted",
        label=_("Allotted"),
        headline=(
            _("The lease %(lease)s is signed: the space is yours.") % {"lease": lease.number}
            if lease
            else _("The lease is signed: the space is yours.")
        ),
        next_step=_("This application has come to its end. For anything about the lease, write to PSEB below."),
        offer=lease,
        accepted=True,
    )


def _lapsed(application, lease, today):
    until = timezone.localtime(application.state_at).date() + dt.timedelta(days=REVIVED_WITHIN_DAYS)
    # What was never complete has no place to come back to.
    back = application.complete_on is not None and today <= until
    if back:
        words = _("Answer by %(day)s and it goes back into the queue with its old date.") % {"day": dated(until)}
    elif application.complete_on is None:
        words = _("The paper that PSEB asked for did not come in time. You can apply again whenever you are ready.")
    else:
        words = _("It could be brought back until %(day)s. You can apply again whenever you are ready.") % {
            "day": dated(until)
        }
    return Situation(
        standing=ApplicationState.LAPSED,
        tag="lapsed",
        label=_("Lapsed"),
        headline=_("This application has lapsed because no answer came."),
        next_step=words,
        restore_until=until if back else None,
    )


def _declined(application, lease, today):
    reasons = [(_("Reason"), _label(DeclineCode, application.state_code)), (_("In words"), application.state_reason)]
    decided = _("Minute %(minute)s of %(day)s") % {
        "minute": application.state_minute,
        "day": dated(application.state_decided_on),
    }
    return Situation(
        standing=ApplicationState.DECLINED,
        tag="declined",
        label=_("Declined"),
        headline=_("PSEB has declined this application."),
        next_step=_(
            "If something in the reason is wrong or has changed since, write to PSEB on this page, or apply again."
        ),
        reasons=[*((name, words) for name, words in reasons if words), (_("Decision"), decided)],
    )


def _withdrawn(application, lease, today):
    return Situation(
        standing=ApplicationState.WITHDRAWN,
        tag="withdrawn",
        label=_("Withdrawn"),
        headline=(
            _("You withdrew this application.")
            if application.state_by == Actor.FIRM
            else _("This application was withdrawn.")
        ),
        next_step=_("Nothing more happens with it. You can apply again whenever you need space."),
        reasons=[(_("Reason"), application.state_reason)] if application.state_reason else [],
    )


TELLERS = {
    ApplicationState.SUBMITTED: _submitted,
    ApplicationState.NEEDS_PAPER: _needs_paper,
    ApplicationState.WAITING: _waiting,
    ApplicationState.ALLOTTED: _allotted,
    ApplicationState.LAPSED: _lapsed,
    ApplicationState.DECLINED: _declined,
    ApplicationState.WITHDRAWN: _withdrawn,
}


@dataclass(frozen=True)
class Told:
    """One entry of the timeline in words. `notes` are further sentences, `at` the moment, `by` who."""

    title: str
    at: dt.datetime
    by: str
    notes: list


def timeline_of(application):
    """What the firm may read of the timeline, the newest entry first, without what only repeats its neighbour."""
    entries = list(
        application.timeline.exclude(kind__in=FOR_STAFF).select_related("lease").order_by(F("at").desc(), "-pk")
    )
    moments = {}
    for entry in entries:
        moments.setdefault(entry.kind, []).append(entry.at)
    return [told(entry) for entry in entries if not _is_twin(entry, moments)]


def _is_twin(entry, moments):
    if entry.kind != TimelineKind.STATE:
        return False
    kind = TWINS.get((entry.from_state, entry.to_state)) or TWINS.get(("", entry.to_state))
    return any(abs(entry.at - at) < SAME_MOMENT for at in moments.get(kind, ()))


def told(entry):
    """A TimelineEntry as `Told`."""
    if entry.kind == TimelineKind.STATE:
        title = _state_title(entry)
    else:
        title = TITLES.get((entry.kind, entry.actor)) or TITLES.get(entry.kind) or entry.get_kind_display()
    codes = PassingCode if entry.kind == TimelineKind.PASSED else DeclineCode
    notes = [words for words in (_label(codes, entry.code), entry.text) if words]
    if entry.minute and entry.decided_on:
        notes.append(_("Minute %(minute)s of %(day)s") % {"minute": entry.minute, "day": dated(entry.decided_on)})
    if entry.lease_id and entry.kind in OF_OFFERS:
        notes.append(_("Offer %(lease)s") % {"lease": entry.lease.number})
    return Told(str(title), timezone.localtime(entry.at), str(BY.get(entry.actor, "")), notes)


def _state_title(entry):
    before, after = entry.from_state, entry.to_state
    if after == ApplicationState.WAITING and before == ApplicationState.OFFERED:
        return OFFER_ENDED_BY.get(entry.actor, "")
    if after == ApplicationState.WITHDRAWN and entry.actor != Actor.FIRM:
        return _("Application withdrawn")
    return STATE_TITLES.get((before, after)) or STATE_TITLES.get(after) or ApplicationState(after).label


def _label(codes, code):
    """What a reason code says; empty for none."""
    return str(dict(codes.choices).get(code, ""))


OF_OFFERS = (TimelineKind.OFFER, TimelineKind.ACCEPTED, TimelineKind.OFFER_ENDED, TimelineKind.DEPOSIT)
OFFER_ENDED_BY = {
    Actor.FIRM: gettext_lazy("You declined the offer and keep waiting"),
    Actor.CLOCK: gettext_lazy("The offer lapsed; you keep waiting"),
    Actor.STAFF: gettext_lazy("PSEB withdrew the offer; you keep waiting"),
}
STATE_TITLES = {
    ApplicationState.SUBMITTED: gettext_lazy("You sent the application"),
    ApplicationState.NEEDS_PAPER: gettext_lazy("A paper is needed"),
    ApplicationState.WAITING: gettext_lazy("Complete and in the queue"),
    (ApplicationState.LAPSED, ApplicationState.WAITING): gettext_lazy("Back in the queue with its old date"),
    ApplicationState.OFFERED: gettext_lazy("PSEB made you an offer"),
    ApplicationState.ALLOTTED: gettext_lazy("The lease was signed"),
    ApplicationState.LAPSED: gettext_lazy("The application lapsed"),
    ApplicationState.DECLINED: gettext_lazy("PSEB declined the application"),
    ApplicationState.WITHDRAWN: gettext_lazy("You withdrew the application"),
}
TITLES = {
    (TimelineKind.MESSAGE, Actor.FIRM): gettext_lazy("You wrote to PSEB"),
    (TimelineKind.MESSAGE, Actor.STAFF): gettext_lazy("PSEB wrote to you"),
    TimelineKind.PAPER_ASKED: gettext_lazy("PSEB asked for a paper"),
    (TimelineKind.PAPER, Actor.FIRM): gettext_lazy("You sent a paper"),
    TimelineKind.PAPER_CHECKED: gettext_lazy("PSEB looked at a paper"),
    (TimelineKind.CHOICES, Actor.FIRM): gettext_lazy("You changed your choices"),
    TimelineKind.INTEREST_ASKED: gettext_lazy("PSEB asked whether you are still interested"),
    TimelineKind.INTEREST: gettext_lazy("You said that you are still interested"),
    TimelineKind.OFFER: gettext_lazy("PSEB made you an offer"),
    (TimelineKind.ACCEPTED, Actor.FIRM): gettext_lazy("You accepted the offer"),
    (TimelineKind.OFFER_ENDED, Actor.FIRM): gettext_lazy("You declined the offer"),
    (TimelineKind.OFFER_ENDED, Actor.CLOCK): gettext_lazy("The offer lapsed"),
    (TimelineKind.OFFER_ENDED, Actor.STAFF): gettext_lazy("PSEB withdrew the offer"),
    TimelineKind.PASSED: gettext_lazy("Space was offered to a firm further down the queue"),
}
