"""Whether suites are free for the lettings that are to be written. Asked under the locks of `locked`."""

from itertools import combinations

from django.db.models import Q
from django.utils.translation import gettext as _

from parks.models import SuiteClosure
from stp_portal.kit.words import dated
from tenants.models import Lease, Letting
from tenants.models.lease_states import LeaseState
from tenants.querysets import days_of

from .errors import Refused, days_text, in_the_way, in_words, suite_text


def make_way(lettings, today):
    """Set the offers that lapsed by `today` and lie in the way of `lettings` to `lapsed`; returns how many."""
    lapsed = set()
    for letting in lettings:
        lapsed |= set(
            Letting.objects.in_the_way_of(letting)
            .filter(lease_state=LeaseState.OFFERED, lease__offer_deadline__lt=today)
            .values_list("lease", flat=True)
        )
    return set_aside(Q(pk__in=lapsed), today)


def set_aside(which, today):
    """Set the offers among `which` that lapsed by `today` to `lapsed`; returns how many.

    An offer whose row another writer has in hand is left as it is and then stands in the way: to wait for it
    here, with the park locked, could be for ever.
    """
    mine = [lease.pk for lease in lapsed_in_hand(which, today)]
    return Lease.objects.filter(pk__in=mine).update(state=LeaseState.LAPSED)


def lapsed_in_hand(which, today):
    """The offers among `which` that lapsed by `today`, locked, without those that another writer has in hand."""
    offers = Lease.objects.filter(which, state=LeaseState.OFFERED, offer_deadline__lt=today).order_by("pk")
    return list(offers.select_for_update(skip_locked=True, of=["self"]))


def require_free(lettings, today, *, past_tenants=True):
    """Refuse `lettings` of one lease when a suite is not free on each of their days.

    In the way are other blocking lettings, the lease's own of the same suite, days on which the suite is closed or
    out of service, and a tenant who is holding over on the day of commencement. `past_tenants=False` leaves the
    last out for lettings that have commenced by `today`: whoever is there now, the former tenant is not.
    """
    require_once(lettings)
    make_way(lettings, today)
    blocking = []
    for letting in lettings:
        blocking += Letting.objects.in_the_way_of(letting).select_related("suite", "lease__company")
    if blocking:
        raise in_the_way(blocking)
    require_service(lettings)
    for letting in lettings:
        if past_tenants or letting.commencement_date > today:
            _require_left(letting, today)


def require_once(lettings):
    """Refuse two of `lettings` that have the same suite on the same day."""
    for one, other in combinations(lettings, 2):
        if one.suite_id == other.suite_id and overlap(one, other.commencement_date, other.last_day):
            raise Refused(
                {
                    "suite": _("%(suite)s stands in this lease twice: %(one)s and %(other)s.")
                    % {
                        "suite": suite_text(one.suite),
                        "one": days_text(one.commencement_date, one.last_day),
                        "other": days_text(other.commencement_date, other.last_day),
                    }
                }
            )


def require_service(lettings, closures=None):
    """Refuse lettings on days on which their suite is closed or out of service.

    `closures` are those of the suites; they are asked for when not given.
    """
    for letting in lettings:
        suite, last = letting.suite, letting.last_day
        if suite.in_service_from and letting.commencement_date < suite.in_service_from:
            raise Refused(
                _("%(suite)s does not come into service until %(day)s.")
                % {"suite": suite_text(suite), "day": dated(suite.in_service_from)}
            )
        if suite.withdrawn_from and (last is None or last >= suite.withdrawn_from):
            raise Refused(
                _("%(suite)s is withdrawn from %(day)s on.")
                % {"suite": suite_text(suite), "day": dated(suite.withdrawn_from)}
            )
    if closures is None:
        closures = list(SuiteClosure.objects.filter(suite__in={letting.suite_id for letting in lettings}))
    for letting in lettings:
        for closure in closures:
            if closure.suite_id == letting.suite_id and overlap(letting, closure.first_day, closure.last_day):
                raise Refused(closed_text(letting.suite, closure))


def closed_text(suite, closure):
    """`Suite 101 is closed from … to …: repair.`"""
    return _("%(suite)s is closed %(days)s: %(why)s.") % {
        "suite": suite_text(suite),
        "days": days_text(closure.first_day, closure.last_day),
        "why": closure.get_reason_display().lower(),
    }


def blocking_on(suite, first, last):
    """Blocking lettings of `suite` on some of the days from `first` to `last`, None without end."""
    return (
        Letting.objects.blocking()
        .filter(suite=suite, term__overlap=days_of(first, last))
        .select_related("suite", "lease__company")
        .order_by("commencement_date")
    )


def _require_left(letting, today):
    """Refuse when another company is holding over in the suite on the day on which `letting` commences."""
    there = (
        Letting.objects.holding_over(letting.commencement_date, today)
        .filter(suite=letting.suite_id)
        .exclude(lease__company=letting.lease.company_id)
        .select_related("suite", "lease__company")
        .first()
    )
    if there is not None:
        raise still_there(there)


def still_there(there):
    """A Refused that names the letting `there`, whose company is holding over."""
    return Refused(
        _("%(let)s It ran out, but the company is holding over: record its last day of occupation first.")
        % {"let": in_words(there)},
        lettings=[there],
    )


def overlap(letting, first, last):
    """Whether `letting` runs on some of the days from `first` to `last`, None without end."""
    ends = letting.last_day
    return (last is None or letting.commencement_date <= last) and (ends is None or first <= ends)
