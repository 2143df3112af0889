"""On one day all pages, reports and files say the same of every suite of the demonstration, whatever the day."""

import datetime as dt
import io
import json

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from parks.models import Park, Suite
from stp_portal.kit.roles import AUDITOR
from tenants.models.lease_states import LeaseWord
from tenants.occupancy import SuiteState, with_free_from, with_state
from tests.factories import UserFactory
from tests.staff_pages import exported

pytestmark = pytest.mark.django_db
# Days from the day on which the demonstration was loaded: "today" itself, and days on which the clock has gone on.
DAYS = (0, 1, 45, 200, 1_000)
# Whose words in the rent roll mean that somebody is in the suite.
OCCUPIED = {"current": SuiteState.LET, "in_notice": SuiteState.LET, "holding_over": SuiteState.HOLDING_OVER}


@pytest.fixture(scope="module")
def demonstration(real_register, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_demo", stdout=io.StringIO())
        # One park is taken off the public pages: the reports alone go on telling of it.
        Park.objects.filter(pk=Suite.objects.order_by("-park").values("park")[:1]).update(listed=False)
        yield timezone.localdate()
        transaction.set_rollback(True)


@pytest.fixture(params=DAYS)
def today(request, demonstration, monkeypatch):
    """The portal's today."""
    day = demonstration + dt.timedelta(request.param)
    monkeypatch.setattr(timezone, "localdate", lambda *_args, **_kwargs: day)
    return day


@pytest.fixture
def staff(demonstration):
    client = Client()
    client.force_login(UserFactory(role=AUDITOR))
    return client


def states(on, today, **which):
    """{(code of the park, number): state} of the suites, but for those not in service."""
    suites = with_state(Suite.objects.filter(**which), on, today).select_related("park")
    return {
        (suite.park.code, suite.number): suite.state for suite in suites if suite.state != SuiteState.NOT_IN_SERVICE
    }


def of(state, found):
    return {key for key, value in found.items() if value == state}


def sheet(client, name, on):
    """The rows of a report, by park and suite."""
    rows = exported(client.get(reverse(f"admin:{name}"), {"on": on.isoformat(), "format": "csv"}))
    found = {(row["Park code"], row["Suite"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_the_search_its_files_and_the_home_page_count_what_is_vacant(client, today):
    vacant = of(SuiteState.VACANT, states(today, today, park__listed=True))
    assert len(vacant) >= 15
    body = b"".join(client.get("/space/", {"format": "json"}).streaming_content)
    rows = json.loads(body)["results"]
    assert {(row["park_code"], row["suite"]) for row in rows} == vacant
    page = client.get("/space/")
    assert page.context["page"].count == len(vacant)
    space = client.get("/").context["space"]
    assert space.vacant.suites == len(vacant)
    assert space.lettable.suites == len(states(today, today, park__listed=True))
    by_park = {}
    for code, _number in vacant:
        by_park[code] = by_park.get(code, 0) + 1
    body = b"".join(client.get("/parks/", {"format": "json"}).streaming_content)
    figures = {row["code"]: row["free_suites"] for row in json.loads(body)["results"]}
    assert {code: number for code, number in figures.items() if number} == by_park
    listed = {code for code, _number in states(today, today, park__listed=True)}
    assert {code for code, number in figures.items() if number == 0} == listed - set(by_park)


def test_the_page_of_a_park_and_those_of_its_suites_say_the_same(client, today):
    for park in Park.objects.listed().filter(suites__isnull=False).distinct().order_by("pk"):
        expected = {number: state for (_code, number), state in states(today, today, park=park).items()}
        space = client.get(park.get_absolute_url()).context["space"]
        cells = [cell for floor in space["plan"].floors for cell in floor.cells]
        units = [unit for cell in cells for unit in (cell.desks or (cell,))]
        assert {unit.suite.number: unit.state for unit in units} == expected
        vacant = of(SuiteState.VACANT, expected)
        assert space["free_count"] == len(vacant) == space["bar"].occupancy.vacant.suites
        dated = with_free_from(park.suites.all(), today, today)
        for suite in dated.order_by("pk")[::3]:
            page = client.get(reverse("tenants:suite-detail", args=[park.slug, suite.pk]))
            if suite.withdrawn_from and suite.withdrawn_from <= today:
                assert page.status_code == 404
                continue
            said = page.context["availability"]
            assert said.is_free == (suite.number in vacant) == (suite.free_from == today)
            assert str(said) in client.get(reverse("tenants:suite-share", args=[park.slug, suite.pk])).content.decode()


@pytest.mark.parametrize("back", [0, 1, 400, -60, -700])
def test_the_reports_of_a_day_say_the_same(staff, today, back):
    on = today - dt.timedelta(back)
    expected = states(on, today)
    roll = sheet(staff, "desk_rent_roll", on)
    words = {str(label): key for key, label in LeaseWord.choices}
    plain = {str(state.label): state for state in SuiteState}
    found = {}
    for key, row in roll.items():
        word = row["State"]
        found[key] = OCCUPIED.get(words.get(word)) if row["Rent, PKR a month"] or row["Lease"] else plain[word]
        if found[key] is None:
            # A held suite has the lease that holds it, and its own state.
            found[key] = plain.get(word, SuiteState.LET)
    assert found == expected
    assert set(sheet(staff, "desk_voids", on)) == of(SuiteState.VACANT, expected)
    total = staff.get(reverse("admin:desk_parks"), {"on": on.isoformat()}).context["total"]
    for state in SuiteState:
        if state != SuiteState.NOT_IN_SERVICE:
            assert getattr(total, state.value).suites == len(of(state, expected)), state
    for park in Park.objects.filter(suites__isnull=False).distinct().order_by("pk")[:4]:
        plan = staff.get(reverse("admin:desk_plan", args=[park.pk]), {"on": on.isoformat()}).context["plan"]
        cells = [cell for floor in plan.floors for cell in floor.cells]
        units = [unit for cell in cells for unit in (cell.desks or (cell,))]
        mine = {number: state for (code, number), state in expected.items() if code == park.code}
        assert {unit.suite.number: unit.state for unit in units} == mine


@pytest.mark.parametrize("ahead", [0, 30, 365])
def test_a_search_for_a_day_to_come_finds_what_will_be_vacant_then(client, today, ahead):
    on = today + dt.timedelta(ahead)
    body = client.get("/space/", {"format": "json", "move_in": on.isoformat()}).streaming_content
    rows = json.loads(b"".join(body))["results"]
    found = {(row["park_code"], row["suite"]) for row in rows}
    assert found == of(SuiteState.VACANT, states(on, today, park__listed=True))
