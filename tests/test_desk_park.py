"""The stacking plan and the timeline of a park."""

import datetime as dt

import pytest
from django.utils import timezone

from parks.models import SuiteClosure
from tenants.desk.timeline import window_around
from tenants.models import Lease
from tests.desk import (
    DAY,
    Scene,
    page,
    text_of,
)
from tests.factories import LettingFactory, SuiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]


@pytest.fixture
def scene():
    return Scene()


def test_each_cell_of_the_plan_leads_to_its_lease_on_that_day(client, scene):
    text = text_of(page(client, "desk_plan", scene.alpha.pk, on=DAY.isoformat()))
    assert f'href="/admin/tenants/lease/{scene.lease.pk}/change/"' in text and "Acme" in text
    assert "on=2026-05-15" in text and "on=2026-07-15" in text

    text = text_of(page(client, "desk_plan", scene.alpha.pk, on="2025-12-31"))
    assert f"/admin/tenants/lease/{scene.lease.pk}/" not in text


def test_the_months_around_keep_to_the_calendar(client, scene):
    text = text_of(page(client, "desk_plan", scene.alpha.pk, on="2026-03-31"))
    assert "on=2026-02-28" in text and "on=2026-04-30" in text
    for name in ("desk_plan", "desk_timeline"):
        for day in ("1900-01-01", "2200-12-31"):
            assert page(client, name, scene.alpha.pk, on=day).status_code == 200


def test_the_timeline_spans_24_months_around_the_day():
    window = window_around(dt.date(2026, 6, 15))
    assert (window.first, window.last) == (dt.date(2025, 6, 1), dt.date(2027, 5, 31))
    assert len(window.months) == 24 and window.months[0][0] == "0.000"


def bars(client, park, on=DAY):
    lanes = page(client, "desk_timeline", park.pk, on=on.isoformat()).context["lanes"]
    return {lane.suite.number: [(bar.kind, bar.first, bar.last) for bar in lane.bars] for lane in lanes}


def test_the_lanes_tell_lettings_vacancies_closures_and_what_is_held(client, scene):
    SuiteClosure.objects.create(suite=scene.s103, first_day=dt.date(2026, 7, 1), last_day=None, reason="repair")
    LettingFactory(
        suite=scene.s102, state="accepted", commencement_date=dt.date(2027, 2, 1), expiry_date=dt.date(2028, 1, 31)
    )

    found = bars(client, scene.alpha)

    assert found["102"] == [
        ("vacant", None, dt.date(2025, 12, 31)),
        ("let", dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        *(
            [("holding_over", dt.date(2027, 1, 1), None)]
            if timezone.localdate() > dt.date(2026, 12, 31)
            else [("vacant", dt.date(2027, 1, 1), dt.date(2027, 1, 31))]
        ),
        ("held", dt.date(2027, 2, 1), dt.date(2028, 1, 31)),
    ]
    assert found["103"] == [
        ("vacant", dt.date(2026, 6, 1), dt.date(2026, 6, 30)),
        ("closed", dt.date(2026, 7, 1), None),
    ]
    text = text_of(page(client, "desk_timeline", scene.alpha.pk, on=DAY.isoformat()))
    assert f'aria-label="Let, {scene.lease} Acme, 1 January 2026 to 31 December 2026"' in text
    assert f'href="/admin/tenants/lease/{scene.lease.pk}/change/"' in text
    assert "Closed: " in text and "style=" not in text


def test_a_bar_stands_where_its_days_are(client, scene):
    lanes = page(client, "desk_timeline", scene.beta.pk, on=DAY.isoformat()).context["lanes"]
    bar = next(bar for bar in lanes[0].bars if bar.kind == "let")

    # 214 days from 1 June to 1 January, 365 of 730 days wide.
    assert (bar.x, bar.width) == (f"{214 * 100 / 730:.3f}", "50.000")


def test_who_stays_on_is_drawn_until_the_last_day_of_occupation(client, scene):
    suite = SuiteFactory(park=scene.beta, number="2")
    old = LettingFactory(suite=suite, commencement_date=dt.date(2019, 1, 1), expiry_date=dt.date(2019, 12, 31))
    assert bars(client, scene.beta, dt.date(2020, 1, 1))["2"][-1] == ("holding_over", dt.date(2020, 1, 1), None)

    Lease.objects.filter(pk=old.lease_id).update(vacated_on=dt.date(2020, 2, 29))
    assert bars(client, scene.beta, dt.date(2020, 1, 1))["2"][-2:] == [
        ("holding_over", dt.date(2020, 1, 1), dt.date(2020, 2, 29)),
        ("vacant", dt.date(2020, 3, 1), None),
    ]


@pytest.mark.parametrize("name", ["desk_plan", "desk_timeline"])
def test_a_bad_date_on_a_park_s_page_gets_its_message_and_no_rows(client, scene, name):
    text = text_of(page(client, name, scene.alpha.pk, on="13/13/2026"))

    assert (
        "Date must be a real date" in text
        and ">101<" not in text
        and ">101<" in text_of(page(client, name, scene.alpha.pk))
    )


@pytest.mark.parametrize("name", ["desk_plan", "desk_timeline"])
def test_another_park_is_as_one_that_does_not_exist(client, scene, name):
    client.force_login(scene.manager())

    assert page(client, name, scene.alpha.pk).status_code == 200
    for key in (scene.beta.pk, 999_999, 10**30):
        assert page(client, name, key).status_code == 404
