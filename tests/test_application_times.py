"""How long each step usually takes, from the cases of the last twelve months."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.application_times import UsualDays, usual_days
from tenants.models import TimelineEntry
from tests.applications import ApplicationFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


def at(day, hour=12):
    """An hour of a day in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def lived(*steps, demo=True):
    """An application that reached each (state, day) in its order; a demonstration brings a past of its own."""
    application = ApplicationFactory(demo=demo)
    before = ""
    for state, day in steps:
        TimelineEntry.objects.create(
            application=application,
            kind="state",
            from_state=before,
            to_state=state,
            actor="staff",
            at=day if isinstance(day, dt.datetime) else at(day),
        )
        before = state
    return application


def ago(days):
    return TODAY - dt.timedelta(days)


def usual(state, today=TODAY):
    return usual_days(state, today, demo=True)


def test_the_middle_case_and_nine_of_ten_are_told():
    for days in (1, 2, 3, 4, 5, 6, 7, 8, 9, 40):
        lived(("submitted", ago(100)), ("waiting", ago(100 - days)))
    assert usual("submitted") == UsualDays(median=5, p90=9, cases=10)


def test_fewer_than_five_cases_tell_nothing():
    for _case in range(4):
        lived(("submitted", ago(10)), ("waiting", ago(8)))
    assert usual("submitted") is None
    lived(("submitted", ago(10)), ("declined", ago(8)))
    assert usual("submitted") == UsualDays(2, 2, 5)


def test_cases_count_for_twelve_months_after_their_end():
    for _case in range(5):
        lived(("submitted", dt.date(2025, 1, 1)), ("waiting", dt.date(2025, 11, 20)))
    assert usual("submitted").cases == 5
    assert usual("submitted", TODAY + dt.timedelta(1)) is None
    assert usual("submitted", dt.date(2025, 11, 20)).cases == 5
    assert usual("submitted", dt.date(2025, 11, 19)) is None


def test_days_are_those_of_the_calendar_in_karachi():
    for _case in range(5):
        lived(("submitted", at(ago(3), 23)), ("waiting", at(ago(2), 1)))
    assert usual("submitted") == UsualDays(1, 1, 5)


@pytest.mark.parametrize("end", ["withdrawn", "lapsed"])
def test_what_the_firm_broke_off_says_nothing_of_the_step(end):
    for _case in range(5):
        lived(("submitted", ago(40)), ("waiting", ago(30)), (end, ago(29)))
    assert usual("waiting") is None


def test_a_wait_goes_on_through_a_paper_that_was_asked_for_and_through_a_lapse():
    for between in ("needs_paper", "lapsed"):
        for _case in range(3):
            lived(
                ("submitted", ago(70)),
                *(("waiting", ago(60)), (between, ago(30)), ("waiting", ago(20)), ("offered", ago(10))),
            )
    assert usual("waiting") == UsualDays(50, 50, 6)


def test_after_an_offer_that_ended_a_new_wait_begins():
    for _case in range(3):
        lived(
            *(("waiting", ago(90)), ("offered", ago(80)), ("waiting", ago(70)), ("offered", ago(66))),
            ("allotted", ago(60)),
        )
    assert usual("waiting") == UsualDays(4, 10, 6)
    assert usual("offered") is None
    for _case in range(2):
        lived(("offered", ago(50)), ("allotted", ago(44)))
    assert usual("offered") == UsualDays(6, 6, 5)


@pytest.mark.parametrize("state", ["allotted", "declined", "withdrawn", "lapsed"])
def test_an_end_has_no_next_step(state):
    assert usual(state) is None


def test_demonstrations_and_real_cases_are_counted_apart():
    for _case in range(5):
        lived(("submitted", ago(10)), ("waiting", ago(8)))
    assert usual("submitted").cases == 5 and usual_days("submitted", TODAY) is None
    for _case in range(5):
        ApplicationFactory(state="waiting")
    assert usual_days("submitted", timezone.localdate()) == UsualDays(0, 0, 5)


def test_one_query_whatever_the_number_of_cases():
    for _case in range(7):
        lived(("submitted", ago(10)), ("waiting", ago(8)))
    with CaptureQueriesContext(connection) as queries:
        usual("submitted")
    assert len(queries) == 1
