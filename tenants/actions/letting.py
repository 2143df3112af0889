"""Lettings that end before their expiry: the whole lease, or one suite of it."""

from django.utils.translation import gettext as _

from stp_portal.kit.words import dated

from .checks import require_free
from .errors import Refused, cleaned, reason_given, suite_text
from .lease import FILLED
from .locked import locked


def terminate(*, lease, last_day, by, today, reason):
    """End every letting of the signed `lease` that runs on `last_day`, inclusive; returns the lease.

    They count as handed back that day. Suites given back before stay as they are. Raises Refused: a letting cannot
    end before it commences, nor after its expiry.
    """
    reason_given(reason, _("Say why the lease is terminated."))
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("terminate")
        at.require_lettings()
        _check_commenced(at.lettings, last_day)
        running = [letting for letting in at.lettings if letting.last_day is None or letting.last_day >= last_day]
        if not running:
            last = max(letting.last_day for letting in at.lettings)
            raise Refused(
                {
                    "last_day": _("Lease %(lease)s is over by then: its last day is %(day)s.")
                    % {"lease": at.lease, "day": dated(last)}
                }
            )
        for letting in running:
            _end(letting, last_day)
    return at.fresh()


def give_back(*, letting, last_day, by, today, reason=""):
    """End one `letting` of a signed lease on `last_day`, inclusive; returns the letting.

    The day may be one to come. A suite already given back may get another day, also a later one when nothing
    stands in the way. Raises Refused.
    """
    with locked(by=by, reason=reason, lease=letting.lease) as at:
        at.allow("give_back")
        here = next(one for one in at.lettings if one.pk == letting.pk)
        _check_commenced([here], last_day)
        if here.expiry_date and last_day > here.expiry_date:
            raise Refused(
                {
                    "last_day": _("The letting of %(suite)s expires on %(day)s, before that.")
                    % {"suite": suite_text(here.suite), "day": dated(here.expiry_date)}
                }
            )
        longer = here.last_day is not None and last_day > here.last_day
        _end(here, last_day, today=today if longer else None)
        here.refresh_from_db()
    return here


def _check_commenced(lettings, last_day):
    for letting in lettings:
        if letting.commencement_date > last_day:
            raise Refused(
                {
                    "last_day": _(
                        "The letting of %(suite)s commences on %(day)s: it cannot end before that. "
                        "Choose that day or a later one."
                    )
                    % {"suite": suite_text(letting.suite), "day": dated(letting.commencement_date)}
                }
            )


def _end(letting, last_day, today=None):
    letting.terminated_on = last_day
    if today is not None:
        require_free([letting], today)
    cleaned(letting, exclude=FILLED)
    letting.save(update_fields=["terminated_on"])
