"""What writes several rows of supply, or a row with its author. Each is one transaction with its reason."""

import pghistory
from django.db import transaction
from django.db.models import Max

from .models import Park, Suite


def verify_park(*, park, on, by):
    """Record that `by` checked the park's facts on the day `on`."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason="verified"):
        Park.objects.filter(pk=park.pk).update(last_verified_on=on, last_verified_by=by)


def add_floor(*, park, suites, by, reason):
    """Create unsaved `suites` of one floor, left to right after those that stand there; returns how many.

    Raises IntegrityError when the database refuses one of them; none is created then.
    """
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        # Two pastes at once would otherwise count on from the same place.
        Park.objects.select_for_update(no_key=True).get(pk=park.pk)
        floors = {suite.floor for suite in suites}
        last = dict(
            Suite.objects.filter(park=park, floor__in=floors)
            .order_by()
            .values_list("floor")
            .annotate(last=Max("position"))
        )
        for suite in suites:
            suite.park = park
            suite.position = last[suite.floor] = last.get(suite.floor, 0) + 1
        return len(Suite.objects.bulk_create(suites))
