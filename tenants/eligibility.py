"""Who may be given space: the firm's registrations and papers, each with its validity on the day of the decision.

It tells what is so and decides nothing: that is for people.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.words import dated

from .apply.papers import needed
from .models import Application
from .models.application_states import OPEN_STATES
from .models.company import Activity
from .models.paper import PaperFinding, PaperKind


class CheckState(models.TextChoices):
    """What a check found on the day."""

    OK = "ok", gettext_lazy("In order")
    MISSING = "missing", gettext_lazy("Missing")
    EXPIRED = "expired", gettext_lazy("Expired")
    UNKNOWN = "unknown", gettext_lazy("To be judged")
    NOT_LOOKED_AT = "not_looked_at", gettext_lazy("Not looked at yet")


@dataclass(frozen=True)
class Check:
    """One line of the checklist. `valid_until` is the last day, None where none is known; `why` says what is so."""

    key: str
    label: str
    state: CheckState
    valid_until: dt.date | None
    why: str

    @property
    def is_ok(self):
        """Whether nothing stands against it."""
        return self.state == CheckState.OK


# Registrations: kind of paper, column of the number, column of the last day that the firm typed.
REGISTRATIONS = (
    (PaperKind.INCORPORATION, "secp_number", "secp_expiry_date", gettext_lazy("Company registration (SECP)")),
    (PaperKind.NTN, "ntn", "ntn_expiry_date", gettext_lazy("Tax registration (NTN)")),
    (PaperKind.PSEB, "pseb_number", "pseb_expiry_date", gettext_lazy("PSEB registration")),
)


def checklist(application, on):
    """The `Check`s of the application on the day `on`, in the order in which they are read. Four queries.

    A paper that was accepted comes before what the firm typed: its last day counts, and its not being there is told.
    """
    papers = {}
    for paper in application.papers.order_by("received_at", "pk"):
        papers.setdefault(paper.kind, []).append(paper)
    wanted = needed(application.pseb_number)
    rows = [
        _registration(application, papers.get(kind, []), kind in wanted, number, expiry, label, on, kind)
        for kind, number, expiry, label in REGISTRATIONS
    ]
    others = [kind for kind in wanted if kind not in {row[0] for row in REGISTRATIONS}]
    rows += [_paper(kind, papers.get(kind, []), on) for kind in others]
    asked = application.requests.filter(closed_at__isnull=True).exclude(kind__in=wanted)
    rows += [
        Check(f"asked {each.pk}", each.get_kind_display(), CheckState.MISSING, None, _("Asked for.")) for each in asked
    ]
    return [*rows, _activity(application), *_women_only(application), *_double(application)]


def _registration(application, papers, paper_wanted, number, expiry, label, on, kind):  # noqa: PLR0917
    """A registration: its number, its paper and its last day."""
    number, typed = getattr(application, number), getattr(application, expiry)
    good = _newest(papers, PaperFinding.GOOD)
    until = good.valid_until if good is not None and good.valid_until else typed
    said = [_("No. %(number)s.") % {"number": number}] if number else []

    def check(state, words):
        return Check(str(kind), str(label), state, until, " ".join([*said, words]).strip())

    if not number and good is None:
        if _newest(papers, PaperFinding.NEW):
            return check(CheckState.NOT_LOOKED_AT, _("No number given; a paper came."))
        return check(CheckState.MISSING, _("No number given and no paper."))
    if until is not None and until < on:
        return check(CheckState.EXPIRED, _("Ran out on %(day)s.") % {"day": dated(until)})
    if good is None:
        return check(*_without_good(papers, paper_wanted))
    if until is None:
        return check(CheckState.OK, _("The paper is accepted; no last day is known."))
    source = _("as the paper says") if good.valid_until else _("as the firm wrote")
    return check(CheckState.OK, _("Valid until %(day)s, %(source)s.") % {"day": dated(until), "source": source})


def _without_good(papers, wanted):
    """State and words where no paper of the kind was accepted."""
    if _newest(papers, PaperFinding.NEW):
        return CheckState.NOT_LOOKED_AT, _("A paper came and has not been looked at.")
    if papers:
        return CheckState.MISSING, _("The paper that came was not accepted.")
    return CheckState.MISSING if wanted else CheckState.UNKNOWN, _("No paper came.")


def _paper(kind, papers, on):
    """A paper that is needed by itself."""
    good, label = _newest(papers, PaperFinding.GOOD), str(PaperKind(kind).label)
    if good is None:
        state, words = _without_good(papers, True)
        return Check(str(kind), label, state, None, words)
    if good.valid_until and good.valid_until < on:
        return Check(
            str(kind),
            label,
            CheckState.EXPIRED,
            good.valid_until,
            _("Ran out on %(day)s.") % {"day": dated(good.valid_until)},
        )
    return Check(str(kind), label, CheckState.OK, good.valid_until, _("The paper is accepted."))


def _newest(papers, finding):
    """The newest of these papers, the oldest first, with that finding; None without one."""
    return next((paper for paper in reversed(papers) if paper.finding == finding), None)


def _activity(application):
    """What the firm does."""
    label = str(_("Activity"))
    state = CheckState.UNKNOWN if application.activity == Activity.OTHER else CheckState.OK
    return Check("activity", label, state, None, str(application.get_activity_display()))


def _women_only(application):
    """Parks for women only among the choices; no line without one."""
    chosen = application.choices.filter(withdrawn_on__isnull=True, park__women_only=True)
    parks = list(chosen.order_by("rank").values_list("park__name", flat=True))
    if not parks:
        return
    women, team = application.women_staff, application.team_size
    if women is None:
        state, words = CheckState.UNKNOWN, _("The firm did not say how many of its people are women.")
    elif women < team:
        state, words = CheckState.UNKNOWN, _("%(women)s of %(team)s people are women.") % {"women": women, "team": team}
    else:
        state, words = CheckState.OK, _("All %(team)s people are women.") % {"team": team}
    label = _("For women only: %(parks)s") % {"parks": ", ".join(dict.fromkeys(parks))}
    yield Check("women_only", label, state, None, words)


def _double(application):
    """Other open applications of the same firm, by its numbers or its e-mail; no line without one."""
    same = Q(email__iexact=application.email)
    for column in ("secp_number", "ntn", "pseb_number"):
        if value := getattr(application, column):
            same |= Q(**{column: value})
    others = Application.objects.filter(same, state__in=OPEN_STATES).exclude(pk=application.pk).order_by("reference")
    references = list(others.values_list("reference", flat=True)[:5])
    if references:
        words = _("Open as well: %(references)s.") % {"references": ", ".join(references)}
        yield Check("double", str(_("Other applications of this firm")), CheckState.UNKNOWN, None, words)
