"""The queues for space: one per park and size band. What is published and what decides are the same rows.

In a queue stand the applications that are complete and wait, also while a paper is asked for, or have an offer, and
whose choice of the park stands. They stand by the day on which they were complete; on one day the lower reference goes
first. References count up through all years, so the shorter one is the lower.
"""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import Length

from parks.models import Park

from .models import Application, ApplicationChoice
from .models.application_states import ApplicationState, QueueBand

WAITING = ApplicationState.WAITING
IN_QUEUE = (ApplicationState.WAITING, ApplicationState.NEEDS_PAPER, ApplicationState.OFFERED)
BANDS = [band.value for band in QueueBand]


@dataclass(frozen=True)
class Row:
    """One published line: who stands where in the queue of a park and a band. `state` is the standing."""

    park: Park
    band: str
    position: int
    reference: str
    complete_on: dt.date
    state: str
    application_pk: int


@dataclass(frozen=True)
class Place:
    """The place of one application in one queue: `position` of `of`."""

    park: Park
    band: str
    position: int
    of: int


def order_of(reference, complete_on):
    """What a queue is ordered by."""
    return (complete_on, len(reference), reference)


def standing_in_queues(today):
    """Applications that stand in the queues as known on `today`, in their order, with `standing`."""
    return (
        Application.objects.with_standing(today)
        .filter(standing__in=IN_QUEUE, complete_on__isnull=False)
        .annotate(reference_length=Length("reference"))
        .order_by("complete_on", "reference_length", "reference")
    )


def rows(today, park=None, band=None):
    """The rows of every queue of a listed park, or of `park` and `band` alone, by park, band and position."""
    choices = ApplicationChoice.objects.filter(withdrawn_on__isnull=True, park__listed=True)
    if park is not None:
        choices = choices.filter(park=park)
    standing = standing_in_queues(today)
    if band is not None:
        standing = standing.filter(band=band)
    facts = {pk: facts for pk, *facts in standing.values_list("pk", "band", "reference", "complete_on", "standing")}
    found = set(choices.filter(application__in=standing.order_by()).values_list("park", "application"))
    parks = Park.objects.select_related("city").in_bulk({park for park, _pk in found})
    lines = [(parks[park], pk, *facts[pk]) for park, pk in found if pk in facts]

    def queue_of(line):
        return (line[0].name, line[0].pk, BANDS.index(line[2]))

    lines.sort(key=lambda line: (queue_of(line), order_of(line[3], line[4])))
    return [
        Row(where, size, position, reference, complete_on, state, pk)
        for _queue, group in groupby(lines, key=queue_of)
        for position, (where, pk, size, reference, complete_on, state) in enumerate(group, start=1)
    ]


def places_of(application, today):
    """The `Place` of the application in the queue of each listed park that it chose, in the order of its choices; none
    where it stands in no queue. Three queries, whatever the choices."""
    mine = standing_in_queues(today).filter(pk=application.pk).first()
    if mine is None:
        return []
    choices = application.choices.filter(withdrawn_on__isnull=True, park__listed=True)
    choices = choices.select_related("park__city").order_by("rank")
    parks = {choice.park_id: choice.park for choice in choices}
    standing = standing_in_queues(today).filter(band=mine.band).order_by()
    ahead = Q(application__in=standing.filter(_before(mine)).values("pk"))
    counted = (
        ApplicationChoice.objects.filter(
            withdrawn_on__isnull=True, park__in=list(parks), application__in=standing.values("pk")
        )
        .order_by()
        .values("park")
        .annotate(of=Count("application", distinct=True), ahead=Count("application", distinct=True, filter=ahead))
    )
    found = {row["park"]: row for row in counted}
    return [
        Place(park, mine.band, found[key]["ahead"] + 1, found[key]["of"]) for key, park in parks.items() if key in found
    ]


def ahead_of(application, park, band, today):
    """Who waits in the queue of `park` and `band` before `application`, in order; of None everyone who waits.

    Of one that does not stand in this queue, everyone as well. Those with an offer are served already.
    """
    queue = _of(park, band, today).filter(standing__in=[WAITING, ApplicationState.NEEDS_PAPER])
    if application is None:
        return list(queue)
    mine = _of(park, band, today).filter(pk=application.pk).first()
    return list(queue.exclude(pk=application.pk) if mine is None else queue.filter(_before(mine)))


def recompute(published):
    """The positions that follow from published rows alone: {(park, band, reference): position}.

    `published` are mappings with park, band, reference and date (an ISO day), as the downloads have them.
    """

    def queue_of(row):
        return (row["park"], row["band"])

    ordered = sorted(published, key=lambda row: (queue_of(row), order_of(row["reference"], row["date"])))
    return {
        (*queue, row["reference"]): position
        for queue, group in groupby(ordered, key=queue_of)
        for position, row in enumerate(group, start=1)
    }


def _of(park, band, today):
    chosen = ApplicationChoice.objects.filter(application=OuterRef("pk"), park=park, withdrawn_on__isnull=True)
    return standing_in_queues(today).filter(Exists(chosen), band=band)


def _before(application):
    """The condition of standing before `application`."""
    length = len(application.reference)
    return Q(complete_on__lt=application.complete_on) | Q(complete_on=application.complete_on) & (
        Q(reference_length__lt=length) | Q(reference_length=length, reference__lt=application.reference)
    )
