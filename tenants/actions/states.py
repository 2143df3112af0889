"""The way of a lease from draft to deed, one step an action. The offer is the lease."""

from django.db.models import Q
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated
from tenants.models import Lease, LettingRate
from tenants.models.lease import BLOCKING
from tenants.models.lease_states import LeaseState

from .answers import follow_acceptance, follow_end, follow_offer, follow_signing, require_papers_of_signing
from .checks import require_free, set_aside
from .errors import Refused, not_after, reason_given
from .lease import only_deed_facts
from .locked import locked
from .passing import record_passing
from .rates import later_rates, require_rates, write_steps


def offer(*, lease, deadline, by, today, reason="", passing=None):
    """Offer the draft `lease`, to be accepted until `deadline` inclusive; returns the lease.

    From now on its suites are held. `passing` says why those who wait further up the queue are passed over: see
    `record_passing`. Raises Refused when a suite is not free, a rent unknown, or somebody ahead without a reason.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("offer")
        if deadline < today:
            raise Refused({"deadline": _("%(day)s has passed: choose a day to come.") % {"day": dated(deadline)}})
        _check_ready(at)
        _require_steps(at)
        _require_renewed_once(at, today)
        require_free(at.lettings, today)
        record_passing(at, passing, by=by, today=today)
        at.change(state=LeaseState.OFFERED, offered_on=today, offer_deadline=deadline)
        follow_offer(at, by=by, today=today)
    return at.fresh()


def accept(*, lease, accepted_on, by, today, reason=""):
    """Record that the company accepted the offer `lease` on `accepted_on`; returns the lease.

    Raises Refused after the deadline: the offer has lapsed, and all the portal shows its suites as free.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("accept")
        not_after("accepted_on", accepted_on, today)
        if today > at.lease.offer_deadline:
            raise Refused(
                _("The offer %(lease)s lapsed: it was open until %(day)s. Draft a new one.")
                % {"lease": at.lease, "day": dated(at.lease.offer_deadline)}
            )
        if accepted_on < at.lease.offered_on:
            raise Refused(
                {"accepted_on": _("The offer was not made until %(day)s.") % {"day": dated(at.lease.offered_on)}}
            )
        at.change(state=LeaseState.ACCEPTED, accepted_on=accepted_on)
        follow_acceptance(at, by=by, today=accepted_on)
    return at.fresh()


def sign(*, lease, signed_on, facts=None, by, today, reason=""):
    """Record the deed of the accepted offer `lease`, signed on `signed_on`, with its `facts`; returns the lease.

    Writes the later rates from the escalation (see `write_steps`). Raises Refused, also when a rent is unknown:
    Punjab's act of 2009 wants rent, rate of enhancement and due date in the deed. A lease of more than a year has
    to be registered as well; the number may follow, as the registrar's does.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("sign")
        not_after("signed_on", signed_on, today)
        if signed_on < at.lease.accepted_on:
            raise Refused(
                {"signed_on": _("The offer was not accepted until %(day)s.") % {"day": dated(at.lease.accepted_on)}}
            )
        if at.lease.accepted_on > at.lease.offer_deadline:
            raise Refused(
                _("The offer was accepted on %(day)s, after its last day, %(last)s.")
                % {"day": dated(at.lease.accepted_on), "last": dated(at.lease.offer_deadline)}
            )
        require_papers_of_signing(at.lease)
        _check_ready(at)
        require_free(at.lettings, today)
        at.change(state=LeaseState.SIGNED, deed_on_file=True, signed_on=signed_on, **only_deed_facts(facts))
        write_steps(at.lettings, at.lease.escalation_percent, at.lease.escalation_months)
        follow_signing(at)
    return at.fresh()


def decline(*, lease, by, today, reason=""):
    """Record that the company declined the offer `lease`; returns the lease. Raises Refused."""
    return _end("decline", lease, LeaseState.DECLINED, by, reason)


def withdraw(*, lease, by, today, reason):
    """Take the offer `lease` back, accepted or not, for a `reason`; returns the lease. Raises Refused."""
    reason_given(reason, _("Say why the lease is withdrawn."))
    return _end("withdraw", lease, LeaseState.WITHDRAWN, by, reason)


def cancel(*, lease, by, today, reason=""):
    """Give the draft `lease` up; returns the lease. Raises Refused."""
    return _end("cancel", lease, LeaseState.CANCELLED, by, reason)


def _end(action, lease, state, by, reason):
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow(action)
        if at.lease.state in (LeaseState.OFFERED, LeaseState.ACCEPTED):
            follow_end(at, state, by=by)
        at.change(state=state, state_reason=reason.strip())
    return at.fresh()


def _check_ready(at):
    """Refuse a lease without suites or rents, and one that mixes demonstration rows with real ones."""
    at.require_lettings()
    if {at.lease.company.demo, *(suite.demo for suite in at.suites.values())} != {at.lease.demo}:
        raise Refused({"suite": _("Demonstration rows cannot be mixed with real ones.")})
    require_rates(at.lettings)


def _require_steps(at):
    """Refuse an escalation whose steps could not be written when the deed is signed."""
    known = LettingRate.objects.filter(letting__in=at.lettings).order_by("from_date")
    for letting in at.lettings:
        mine = [rate for rate in known if rate.letting_id == letting.pk]
        later_rates(letting, mine, at.lease.escalation_percent, at.lease.escalation_months)


def _require_renewed_once(at, today):
    """Refuse a second offer to renew one lease."""
    if at.lease.renews_id is None:
        return
    others = Q(renews=at.lease.renews_id) & ~Q(pk=at.lease.pk)
    set_aside(others, today)
    other = Lease.objects.filter(others, state__in=BLOCKING).select_related("renews").first()
    if other is not None:
        raise Refused(_("Lease %(other)s already renews lease %(old)s.") % {"other": other, "old": other.renews})
