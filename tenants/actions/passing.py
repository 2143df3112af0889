"""Who stands further up the queue is passed over only with a reason, which the public queue prints."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants import queue
from tenants.models import Application, PassingOver, TimelineEntry
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import Actor, PassingCode, band_of_area

from .errors import Refused


def band_of(lease, lettings):
    """The band of the queue that an offer of `lettings` serves: of its application, else of what is let in all.

    What is not measured adds nothing: a desk beside a suite does not make of both an offer of desks.
    """
    if lease.application_id is not None:
        return lease.application.band
    areas = [letting.suite.lettable_area_sqft for letting in lettings]
    known = [area for area in areas if area is not None]
    return band_of_area(sum(known) if known else None)


def lock_queue(application, ahead):
    """Lock the `application` that is served, a key or None, and those `ahead` of it, in the order of their keys: two
    offers in different parks may pass over each other's, and must not wait in a ring."""
    keys = {one.pk for one in ahead} | ({application} if application is not None else set())
    rows = Application.objects.filter(pk__in=keys).order_by("pk")
    list(rows.select_for_update(no_key=True, of=["self"]).values_list("pk"))


def passed_by(lease, lettings, today):
    """The applications that wait before whom `lease` serves, in order; none where it renews another lease."""
    if lease.renews_id is not None or not lettings:
        return []
    application = lease.application if lease.application_id is not None else None
    return queue.ahead_of(application, lease.park, band_of(lease, lettings), today)


def record_passing(at, codes, *, by, today):
    """Write down who is passed over by the offer of the locked lease `at`; Refused where somebody is without a reason.

    `codes` maps keys of applications to a PassingCode, or is one code for all; None or empty is none.
    """
    ahead = passed_by(at.lease, at.lettings, today)
    if not ahead:
        return
    lock_queue(at.lease.application_id, ahead)
    # Somebody may have withdrawn, or come in, while this waited.
    ahead = passed_by(at.lease, at.lettings, today)
    of = {one.pk: codes if isinstance(codes, str) else (codes or {}).get(one.pk, "") for one in ahead}
    missing = [one for one in ahead if of[one.pk] not in PassingCode.values]
    if missing:
        said = ngettext(
            "%(count)s application waits further up this queue: %(names)s. Say why it is passed over.",
            "%(count)s applications wait further up this queue: %(names)s. Say why they are passed over.",
            len(missing),
        )
        names = ", ".join(one.reference for one in missing[:10])
        raise Refused({"passing": said % {"count": len(missing), "names": names}})
    band = band_of(at.lease, at.lettings)
    for one in ahead:
        facts = {"code": of[one.pk], "lease": at.lease}
        PassingOver.objects.update_or_create(
            application=one,
            lease=at.lease,
            defaults={"park": at.park, "band": band, "code": of[one.pk], "on": today, "by": by},
        )
        TimelineEntry.objects.create(
            application=one,
            kind=TimelineKind.PASSED,
            actor=Actor.STAFF,
            user=by,
            text=_("An offer was made further down the queue: %(why)s.") % {"why": PassingCode(of[one.pk]).label},
            **facts,
        )
