"""Closures of suites: days on which nobody can have them."""

from django.db.models import Q
from django.utils.translation import gettext as _

from parks.models import Suite, SuiteClosure
from stp_portal.kit.words import dated

from .checks import blocking_on, closed_text, set_aside
from .errors import Refused, cleaned, in_the_way
from .locked import found, locked

# The column of that name is an argument of another.
CALLED = {"reason": "closure_reason"}


def close_suite(*, suite, first_day, last_day=None, closure_reason, note="", by, today, reason=""):
    """Close `suite` from `first_day` to `last_day`, both inclusive, None until further notice; returns the closure.

    `closure_reason` is a ClosureReason. Raises Refused when the suite is let, held or offered on one of the days, or
    closed already.
    """
    with locked(by=by, reason=reason, park=suite.park_id, suites=[suite]):
        here = found(Suite.objects.select_related("park"), suite)
        closure = SuiteClosure(suite=here, first_day=first_day, last_day=last_day, reason=closure_reason, note=note)
        # Before the questions below, whose ranges reversed days would break.
        cleaned(closure, arguments=CALLED, constraints=False)
        lettings = blocking_on(here, first_day, last_day)
        set_aside(Q(lettings__in=lettings), today)
        standing = list(lettings.all())
        if standing:
            raise in_the_way(standing)
        other = _closures(here, first_day, last_day).first()
        if other is not None:
            raise Refused(closed_text(here, other))
        cleaned(closure, arguments=CALLED)
        closure.save(force_insert=True)
    return closure


def reopen_suite(*, closure, last_day, by, today, reason=""):
    """Make `last_day` the last day of `closure`, inclusive; returns the closure.

    Raises Refused when that is before its first day: a closure that was never there is deleted, not ended. Also
    when it would become longer: what is closed in addition is closed by itself.
    """
    with locked(by=by, reason=reason, park=closure.suite.park_id, suites=[closure.suite]):
        here = found(SuiteClosure.objects, closure)
        if last_day < here.first_day:
            raise Refused(
                {"last_day": _("The closure begins on %(day)s: it cannot end before.") % {"day": dated(here.first_day)}}
            )
        if here.last_day is not None and last_day > here.last_day:
            raise Refused(
                {
                    "last_day": _("The closure ends on %(day)s already: close the suite for the days after it.")
                    % {"day": dated(here.last_day)}
                }
            )
        here.last_day = last_day
        cleaned(here, arguments=CALLED)
        here.save(update_fields=["last_day"])
    return here


def _closures(suite, first, last):
    """Closures of `suite` on some of the days from `first` to `last`, None without end."""
    rows = SuiteClosure.objects.filter(Q(last_day__isnull=True) | Q(last_day__gte=first), suite=suite)
    return rows if last is None else rows.filter(first_day__lte=last)
