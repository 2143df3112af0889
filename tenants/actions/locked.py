"""The one way to write leases: locks, the state as it is under them, history, and who won when two wrote at once."""

from contextlib import contextmanager
from dataclasses import dataclass, field

import pghistory
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Park, Suite, SuiteClosure
from stp_portal.kit.constraints import words_for
from tenants.models import Lease, Letting, LettingRate
from tenants.models.lease_states import TRIGGER_MESSAGES, LeaseState

from .errors import Refused, cleaned, in_the_way

# From which states each action on a lease is allowed; the database keeps the same paths (`models.lease.PATHS`).
ALLOWED = {
    "add_suites": (LeaseState.DRAFT,),
    "offer": (LeaseState.DRAFT,),
    "cancel": (LeaseState.DRAFT,),
    "accept": (LeaseState.OFFERED,),
    "decline": (LeaseState.OFFERED,),
    "withdraw": (LeaseState.OFFERED, LeaseState.ACCEPTED),
    "sign": (LeaseState.ACCEPTED,),
    "note_deposit": (LeaseState.ACCEPTED, LeaseState.SIGNED),
    "file_deed": (LeaseState.SIGNED,),
    "record_notice": (LeaseState.SIGNED,),
    "record_vacated": (LeaseState.SIGNED,),
    "terminate": (LeaseState.SIGNED,),
    "give_back": (LeaseState.SIGNED,),
    "renew": (LeaseState.SIGNED,),
}
ONLY = {
    "add_suites": gettext_lazy("Suites are added to drafts only."),
    "offer": gettext_lazy("Only a draft can be offered."),
    "cancel": gettext_lazy("Only a draft can be cancelled."),
    "accept": gettext_lazy("Only an offer can be accepted."),
    "decline": gettext_lazy("Only an offer can be declined."),
    "withdraw": gettext_lazy("Only an offer, accepted or not, can be withdrawn."),
    "sign": gettext_lazy("Only an accepted offer can be signed."),
    "note_deposit": gettext_lazy("A deposit is noted once the offer is accepted."),
    "file_deed": gettext_lazy("A deed is filed for a company in occupation only."),
    "record_notice": gettext_lazy("Notice is given on a signed lease only."),
    "record_vacated": gettext_lazy("Only a signed lease has a last day of occupation."),
    "terminate": gettext_lazy("Only a signed lease can be terminated."),
    "give_back": gettext_lazy("Only a suite under a signed lease can be given back."),
    "renew": gettext_lazy("Only a signed lease can be renewed."),
}


@dataclass
class Locked:
    """What is locked: the lease as it is now, with park, its `lettings` and the `suites` by key."""

    park: Park
    lease: Lease | None = None
    lettings: list = field(default_factory=list)
    suites: dict = field(default_factory=dict)

    def allow(self, action):
        """Refuse `action` unless the lease's state allows it."""
        if self.lease.state not in ALLOWED[action]:
            raise Refused(
                _("%(rule)s Lease %(lease)s is: %(state)s.")
                % {"rule": ONLY[action], "lease": self.lease, "state": self.lease.get_state_display().lower()}
            )

    def require_lettings(self):
        """Refuse a lease that has no suites."""
        if not self.lettings:
            raise Refused(_("Lease %(lease)s has no suites yet: add them first.") % {"lease": self.lease})

    def change(self, **facts):
        """Write these columns of the lease and no others; raises Refused when one of them cannot be."""
        for name, value in facts.items():
            setattr(self.lease, name, value)
        cleaned(self.lease)
        self.lease.save(update_fields=list(facts))

    def fresh(self):
        """The lease as the database has it after the action."""
        return Lease.objects.select_related("company", "park").get(pk=self.lease.pk)


@contextmanager
def locked(*, by, reason, lease=None, park=None, suites=(), firm=""):
    """One transaction of `by`, who gives `reason`, with all that it is about locked; yields a Locked.

    `by` None is the firm itself, through the link of its application `firm`, or a date that passed.

    Locks the lease, its lettings, its park (or `park`), then in the order of their keys the lease's suites and
    `suites`: the order in which the database locks under a change of state by SQL, so that nobody waits in a ring.
    Only rows read here are to be trusted, never the instances passed in. Raises Refused when the database refuses.
    """
    # Known before the locks, so that who was first can still be told.
    at = Locked(park=park)
    try:
        who = {"user": by.pk} if by is not None else {"firm": firm} if firm else {}
        with transaction.atomic(), pghistory.context(**who, reason=reason):
            if lease is not None:
                at.lease = found(Lease.objects.select_for_update(of=["self"]).select_related("company"), lease)
                mine = Letting.objects.filter(lease=at.lease).order_by("pk")
                at.lettings = list(mine.select_for_update(no_key=True))
            at.park = found(Park.objects.select_for_update(no_key=True), at.lease.park_id if lease else park)
            keys = {letting.suite_id for letting in at.lettings} | {suite.pk for suite in suites}
            rows = Suite.objects.select_for_update(no_key=True, of=["self"]).select_related("park")
            at.suites = {suite.pk: suite for suite in rows.filter(pk__in=keys).order_by("pk")}
            for letting in at.lettings:
                letting.suite, letting.lease = at.suites[letting.suite_id], at.lease
            yield at
    except IntegrityError as error:
        raise _lost(at, lease, error) from error


def found(rows, instance):
    """The row of `rows` with the key of `instance`, which may be the key itself; Refused when it is gone."""
    row = rows.filter(pk=getattr(instance, "pk", instance)).first()
    if row is None:
        raise Refused(_("Somebody has deleted this meanwhile."))
    return row


def _lost(at, lease, error):
    """What to say to the one who came second; asked anew, since the winner was not there to be seen before."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if name == "letting_once":
        for letting in at.lettings:
            winners = list(Letting.objects.in_the_way_of(letting).select_related("suite", "lease__company"))
            if winners:
                return in_the_way(winners)
        return Refused(_("Somebody else let the suite at the same moment. Look again and repeat."))
    if name in ("letting_lease_state_fk", "lease_state_path") and lease is not None:
        now = Lease.objects.filter(pk=lease.pk).first()
        if now is not None:
            return Refused(
                _("Somebody else changed lease %(lease)s at the same moment. It is now: %(state)s.")
                % {"lease": now, "state": now.get_state_display().lower()}
            )
    return Refused(words_for(error, [Lease, Letting, LettingRate, SuiteClosure], TRIGGER_MESSAGES))
