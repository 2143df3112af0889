"""The steps of applications one by one: finished within some days, or open at their end, and how long they took.

What begins and ends a step is as for the usual times that firms are told.
"""

import datetime as dt
from dataclasses import dataclass
from math import ceil

from django.core.exceptions import EmptyResultSet
from django.db import connections

from .application_times import BEGINS_AFTER, ENDS, start_of
from .models import Application, ApplicationChoice, TimelineEntry
from .models.application_states import ApplicationState

STAGES = tuple(ENDS)
QUESTION = """
WITH stages (state, ends, after) AS (VALUES {stages}),
asked AS (SELECT id, reference, demo FROM {applications} WHERE id IN ({scope})),
entries AS (
    SELECT e.id, e.application_id, e.at, e.from_state, e.to_state
    FROM {timeline} e JOIN asked ON asked.id = e.application_id
    WHERE e.kind = 'state' AND e.at < %s
),
newest AS (
    SELECT DISTINCT ON (application_id) * FROM entries ORDER BY application_id, at DESC, id DESC
),
steps AS (
    SELECT s.state, s.after, e.application_id, e.at AS seen_at, e.at AS ended_at
    FROM entries e JOIN stages s ON e.from_state = s.state AND e.to_state = ANY(s.ends)
    WHERE e.at >= %s
    UNION ALL
    SELECT s.state, s.after, n.application_id, 'infinity', NULL
    FROM newest n JOIN stages s ON n.to_state = s.state
        -- A wait goes on through a paper that is asked for.
        OR (s.state = 'waiting' AND n.to_state = 'needs_paper' AND n.from_state = 'waiting')
)
SELECT asked.id, asked.reference, asked.demo, first.park_id, steps.state,
    (begun.at AT TIME ZONE 'Asia/Karachi')::date, (steps.ended_at AT TIME ZONE 'Asia/Karachi')::date
FROM steps JOIN asked ON asked.id = steps.application_id
LEFT JOIN LATERAL (
    SELECT c.park_id FROM {choices} c WHERE c.application_id = asked.id ORDER BY c.rank LIMIT 1
) first ON true
CROSS JOIN LATERAL (
    SELECT min(e.at) AS at FROM entries e
    WHERE e.application_id = asked.id AND e.to_state = steps.state AND e.at < steps.seen_at AND e.at > COALESCE(
        (SELECT max(x.at) FROM entries x
         WHERE x.application_id = asked.id AND x.to_state = ANY(steps.after) AND x.at < steps.seen_at),
        '-infinity'
    )
) begun
WHERE begun.at IS NOT NULL
ORDER BY begun.at, asked.id
"""


@dataclass(frozen=True)
class Step:
    """A step of an application. `ended` is None while it is open; `days` are whole ones by the calendar of Karachi,
    of an open step those so far. `park_id` is the park of the first choice, None without choices."""

    application_id: int
    reference: str
    demo: bool
    park_id: int | None
    stage: ApplicationState
    begun: dt.date
    ended: dt.date | None
    days: int


@dataclass(frozen=True)
class Days:
    """A number of days; with `at_least` it is that of a step that is still open, and can only grow."""

    days: int
    at_least: bool


@dataclass(frozen=True)
class StepTimes:
    """How long some steps of one stage took: the middle one and the one that nine of ten stay within, open ones
    counted with their days so far; None without any. `oldest` is the open Step that began first, None without one."""

    finished: int
    open: int
    median: Days | None
    p90: Days | None
    oldest: Step | None


def steps_between(applications, first_day, last_day):
    """The Steps of `applications` that ended from `first_day` to `last_day`, and those open at the end of `last_day`,
    by their beginning. One query.

    A step that the firm broke off, or that lapsed, has neither ended nor is it open.
    """
    connection = connections[applications.db]
    quote = connection.ops.quote_name
    try:
        scope, params = applications.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    stages = [(state.value, [*map(str, ENDS[state])], [*map(str, BEGINS_AFTER[state])]) for state in STAGES]
    question = QUESTION.format(
        stages=", ".join(["(%s, %s::text[], %s::text[])"] * len(stages)),
        applications=quote(Application._meta.db_table),
        choices=quote(ApplicationChoice._meta.db_table),
        timeline=quote(TimelineEntry._meta.db_table),
        scope=scope,
    )
    until = start_of(last_day + dt.timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(question, [*(each for row in stages for each in row), *params, until, start_of(first_day)])
        return [
            Step(key, reference, demo, park, ApplicationState(stage), begun, ended, ((ended or last_day) - begun).days)
            for key, reference, demo, park, stage, begun, ended in cursor.fetchall()
        ]


def times_of(steps):
    """The StepTimes of the Steps of one stage."""
    standing = [step for step in steps if step.ended is None]
    return StepTimes(
        finished=len(steps) - len(standing),
        open=len(standing),
        median=share_within(steps, 50),
        p90=share_within(steps, 90),
        oldest=min(standing, key=lambda step: (step.begun, step.application_id), default=None),
    )


def share_within(steps, percent):
    """The Days that `percent` of a hundred steps stay within; None of no step.

    The smallest number of days such that so many steps are no longer. An open step stands where its days so far put
    it, behind finished ones of as many days; a figure that falls on it is a least one.
    """
    if not steps:
        return None
    ordered = sorted(steps, key=lambda step: (step.days, step.ended is None))
    found = ordered[ceil(len(ordered) * percent / 100) - 1]
    return Days(found.days, found.ended is None)
