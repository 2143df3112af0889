"""How long applications take: figures by hand, open cases counted, demonstrations apart."""

import datetime as dt

import pytest
from django.utils import timezone

from tenants.application_steps import Days, steps_between, times_of
from tenants.models import Application, TimelineEntry
from tests.applications import ApplicationFactory
from tests.desk import CountQueries, book_of, csv_of, page, text_of
from tests.factories import ParkFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 30)


def at(day, hour=12):
    """An hour of a day in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def before(days, last=LAST):
    return last - dt.timedelta(days)


def lived(*steps, **facts):
    """A demonstration, which brings a past of its own, that reached each (state, day) in its order."""
    application, came_from = ApplicationFactory(demo=True, **facts), ""
    for state, day in steps:
        TimelineEntry.objects.create(
            application=application, kind="state", from_state=came_from, to_state=state, actor="staff", at=at(day)
        )
        came_from = state
    return application


def times(stage, first=FIRST, last=LAST):
    steps = steps_between(Application.objects.all(), first, last)
    return times_of([step for step in steps if step.stage == stage])


def test_open_cases_count_with_their_days_so_far():
    for days in (1, 2, 3):
        lived(("submitted", before(60)), ("waiting", before(60 - days)), ("declined", before(50)))
    old = lived(("submitted", before(40)))

    found = times("submitted")

    assert (found.finished, found.open) == (3, 1)
    assert found.median == Days(2, at_least=False)
    assert found.p90 == Days(40, at_least=True)
    assert (found.oldest.application_id, found.oldest.days, found.oldest.reference) == (old.pk, 40, old.reference)


def test_a_figure_is_a_least_one_when_it_falls_on_an_open_case():
    for days in (10, 20):
        lived(("submitted", before(60)), ("waiting", before(60 - days)), ("declined", before(30)))
    lived(("submitted", before(1)))
    assert times("submitted").median == Days(10, at_least=False)
    lived(("submitted", before(9)))
    lived(("submitted", before(10)))
    # 1 (open), 9 (open), 10, 10 (open), 20.
    assert times("submitted").median == Days(10, at_least=False)
    lived(("submitted", before(2)))
    assert times("submitted").median == Days(9, at_least=True)


def test_of_equally_long_cases_the_finished_one_comes_first():
    lived(("submitted", before(9)), ("waiting", LAST))
    lived(("submitted", before(9)))
    assert times("submitted").median == Days(9, at_least=False)
    assert times("submitted").p90 == Days(9, at_least=True)


def test_without_cases_nothing_is_known():
    found = times("offered")
    assert (found.finished, found.open, found.median, found.p90, found.oldest) == (0, 0, None, None, None)


def test_a_step_counts_in_the_period_in_which_it_ended_both_days_included():
    lived(("submitted", before(200)), ("waiting", FIRST), ("declined", LAST))
    assert (times("submitted").finished, times("waiting").finished) == (1, 1)
    assert times("submitted", FIRST + dt.timedelta(1)).finished == 0
    # At the end of the day before it was declined it was open.
    eve = times("waiting", FIRST, before(1))
    assert (eve.finished, eve.open, eve.oldest.days) == (0, 1, (before(1) - FIRST).days)


@pytest.mark.parametrize("end", ["withdrawn", "lapsed"])
def test_what_was_broken_off_is_neither_finished_nor_open(end):
    lived(("submitted", before(40)), ("waiting", before(30)), (end, before(3)))
    assert (times("waiting").finished, times("waiting").open) == (0, 0)


def test_a_wait_goes_on_through_a_paper_that_is_asked_for():
    lived(("submitted", before(70)), ("waiting", before(60)), ("needs_paper", before(30)))
    assert times("waiting").oldest.days == 60 and times("needs_paper").oldest.days == 30
    lived(("submitted", before(50)), ("needs_paper", before(45)))
    assert times("waiting").open == 1 and times("needs_paper").open == 2


def test_after_a_declined_offer_a_new_wait_begins():
    lived(("submitted", before(90)), ("waiting", before(80)), ("offered", before(60)), ("waiting", before(50)))
    found = times("waiting")
    assert (found.finished, found.open, found.oldest.days) == (1, 1, 50)
    assert found.median == Days(20, at_least=False)


def report(client, **params):
    return page(client, "desk_processing", **{"from": FIRST.isoformat(), "to": LAST.isoformat(), **params})


@pytest.fixture
def world():
    alpha, beta = ParkFactory(name="Alpha"), ParkFactory(name="Beta")
    for park, days in ((alpha, 4), (alpha, 8), (beta, 30)):
        lived(("submitted", before(60)), ("waiting", before(60 - days)), choices=[park])
    return alpha, beta


def test_the_page_tells_each_stage_and_each_park(client, world):
    text = text_of(report(client))

    assert "8 days" in text and "30 days" in text and "at least 56 days" in text
    assert "Alpha" in text and "Beta" in text and "4 days; 9 of 10 within 8 days" in text
    assert "Demonstration:" in text
    one = report(client, park=world[1].pk)
    assert one.context["count"] == 2 and "Alpha</a>" not in text_of(one)


def test_demonstrations_are_counted_apart_from_real_cases(client, world):
    today = timezone.localdate()
    ApplicationFactory(choices=[world[0]])

    response = page(client, "desk_processing", **{"from": FIRST.isoformat(), "to": today.isoformat()})

    real, demo = response.context["sections"]
    assert (real["demo"], demo["demo"]) == (False, True)
    assert [line.times.open for line in real["lines"]] == [1, 0, 0, 0]
    assert [line.times.open for line in demo["lines"]] == [0, 0, 3, 0]
    assert [(line.label, line.demo) for line in response.context["page"].rows] == [
        ("Alpha", False),
        ("Alpha", True),
        ("Beta", True),
    ]


def test_the_files_have_the_figures_and_the_steps_behind_them(client, world):
    stages = {
        (line["Stage"], line["Demonstration"]): line
        for line in csv_of(report(client, format="csv"))
        if line["Demonstration"] == "yes"
    }
    first = stages["Submitted", "yes"]
    assert (first["Median, days"], first["Median is at least that"], first["Finished"], first["Open"]) == (
        *("8", "no"),
        *("3", "0"),
    )
    parks = csv_of(report(client, format="csv", sheet="parks"))
    assert [(line["Park of the first choice"], line["Stage"]) for line in parks][::4] == [
        ("Alpha", "Submitted"),
        ("Beta", "Submitted"),
    ]
    steps = csv_of(report(client, format="csv", sheet="steps"))
    assert len(steps) == 6 and sum(line["Open"] == "yes" for line in steps) == 3
    book = book_of(report(client, format="xlsx"))
    assert len(book["Steps"]) == 7 and {"Stages", "By park", "About"} < set(book)


BAD = [
    ({"from": "2026-02-30"}, "Date must be a real date"),
    ({"to": "a\x00"}, "Date must be a real date"),
    ({"to": "2200-12-31"}, "cannot be after today"),
    ({"from": "2026-07-01"}, "must be the same day as"),
    ({"from": "1899-12-31"}, "Date must be in a year from 1900 to 2200."),
    ({"park": "9" * 5000}, "Select a park from the list."),
]


@pytest.mark.parametrize(("params", "message"), BAD)
def test_bad_input_gets_its_message_and_no_rows(client, world, params, message):
    text = text_of(report(client, **params))
    assert message in text and "No rows are shown" in text and "at least" not in text
    refused = report(client, **params, format="csv")
    assert refused.status_code == 400 and message in refused.content.decode()
    assert report(client, format="csv", sheet="x").status_code == 400


def test_without_dates_the_twelve_months_up_to_today_are_shown(client):
    today = timezone.localdate()
    context = page(client, "desk_processing").context
    assert context["last"] == today and 365 <= (today - context["first"]).days + 1 <= 366
    assert "No application finished a step" in text_of(page(client, "desk_processing"))
    for day in ("1900-01-01", "1900-12-31", "1901-02-28"):
        assert page(client, "desk_processing", to=day).status_code == 200


def test_a_manager_sees_applications_to_own_parks_and_no_other_park_by_name(client, world):
    alpha, beta = world
    lived(("submitted", before(20)), choices=[beta, alpha])
    lived(("submitted", before(20)), choices=[beta])
    client.force_login(UserFactory(role="Park manager", parks=[alpha]))

    response = report(client)

    assert [line.label for line in response.context["page"].rows] == ["Alpha", "First choice is another park"]
    assert "Beta" not in text_of(response)
    assert response.context["sections"][-1]["lines"][0].times.open == 1
    steps = csv_of(report(client, format="csv", sheet="steps"))
    assert len(steps) == 5 and {line["Park of the first choice"] for line in steps} == {"Alpha", ""}
    assert report(client, park=beta.pk, format="csv").status_code == 400


def test_queries_do_not_grow_with_the_applications(client, world):
    report(client)
    with CountQueries() as few:
        report(client)
    for _case in range(10):
        lived(("submitted", before(60)), ("waiting", before(6)), choices=[ParkFactory()])
    with CountQueries() as many:
        report(client)
    assert many.count == few.count <= 20
