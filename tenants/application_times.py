"""How long each step of an application took in real cases. Whole days by the calendar of Karachi."""

import datetime as dt
from dataclasses import dataclass

from django.db import connections
from django.utils import timezone

from stp_portal.kit.dates import months_after

from .models import TimelineEntry
from .models.application_states import ApplicationState

PERIOD_MONTHS = 12
# Fewer cases than these say more of one firm than of what is usual.
FEWEST_CASES = 5
# What ends a step by doing what it is for. Steps that the firm broke off say nothing of how long it takes.
ENDS = {
    ApplicationState.SUBMITTED: (ApplicationState.WAITING, ApplicationState.NEEDS_PAPER, ApplicationState.DECLINED),
    ApplicationState.NEEDS_PAPER: (ApplicationState.WAITING, ApplicationState.DECLINED),
    ApplicationState.WAITING: (ApplicationState.OFFERED, ApplicationState.DECLINED),
    ApplicationState.OFFERED: (ApplicationState.ALLOTTED,),
}
# A step begins when its state is first reached after these: a wait goes on through a paper that is asked for.
BEGINS_AFTER = {
    ApplicationState.SUBMITTED: (),
    ApplicationState.NEEDS_PAPER: (ApplicationState.WAITING,),
    ApplicationState.WAITING: (ApplicationState.OFFERED,),
    ApplicationState.OFFERED: (ApplicationState.WAITING,),
}
# From the ends, which an index finds by their day, back to the beginning of each.
QUESTION = """
WITH steps AS (
    SELECT (finish.at AT TIME ZONE 'Asia/Karachi')::date - (begun.at AT TIME ZONE 'Asia/Karachi')::date AS days
    FROM {entries} finish
    JOIN {applications} a ON a.id = finish.application_id AND a.demo = %(demo)s
    CROSS JOIN LATERAL (
        SELECT min(e.at) AS at FROM {entries} e
        WHERE e.application_id = finish.application_id AND e.kind = 'state' AND e.to_state = %(state)s
            AND e.at < finish.at AND e.at > COALESCE(
                (SELECT max(x.at) FROM {entries} x
                 WHERE x.application_id = finish.application_id AND x.kind = 'state'
                    AND x.to_state = ANY(%(after)s) AND x.at < finish.at),
                '-infinity'
            )
    ) begun
    WHERE finish.kind = 'state' AND finish.from_state = %(state)s AND finish.to_state = ANY(%(ends)s)
        AND finish.at >= %(since)s AND finish.at < %(until)s AND begun.at IS NOT NULL
)
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY days), percentile_disc(0.9) WITHIN GROUP (ORDER BY days), count(*)
FROM steps
"""


@dataclass(frozen=True)
class UsualDays:
    """How many days a step took: the middle case, the one that nine of ten stayed within, and the cases counted."""

    median: int
    p90: int
    cases: int


def usual_days(state, today, *, demo=False):
    """The `UsualDays` of the step that begins with `state`, from the steps that ended in the 12 months up to `today`
    inclusive. None below five cases, and for states that no step follows.

    A step ends by what it is for: a withdrawal or a lapse is not counted, a paper asked for during the wait does not
    end it. Cases of demonstrations are counted among themselves (`demo`). One query.
    """
    if state not in ENDS:
        return None
    first = months_after(today, -PERIOD_MONTHS)
    entries = TimelineEntry._meta
    quote = connections[TimelineEntry.objects.db].ops.quote_name
    with connections[TimelineEntry.objects.db].cursor() as cursor:
        cursor.execute(
            QUESTION.format(
                entries=quote(entries.db_table),
                applications=quote(entries.get_field("application").related_model._meta.db_table),
            ),
            {
                "state": state,
                "demo": demo,
                "ends": [str(end.value) for end in ENDS[state]],
                "after": [str(one.value) for one in BEGINS_AFTER[state]],
                "since": start_of(first),
                "until": start_of(today + dt.timedelta(days=1)),
            },
        )
        median, p90, cases = cursor.fetchone()
    return UsualDays(median, p90, cases) if cases >= FEWEST_CASES else None


def start_of(day):
    """The first moment of `day` in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
