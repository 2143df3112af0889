"""What holds for all reports: scope, the first page, the overview, constant queries."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.desk import DAY, LISTS, CountQueries, Scene, csv_of, listed, make_one_of_each, page, text_of, watch_over
from tests.factories import ParkFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def watched(scene):
    watch_over(scene)
    return scene


def watch_lines(context):
    """The counts of the watch lists on the first page, by their key."""
    lines = (line for group in context["day"] for line in group.lines)
    place = reverse("admin:desk_watch")
    return {line.url.partition("#")[2]: line.count for line in lines if line.url.startswith(f"{place}#")}


def test_a_manager_gets_own_parks_alone_in_every_report(client, watched):
    client.force_login(watched.manager())

    for name in ("desk_parks", "desk_expiries", "desk_voids", "desk_watch"):
        text = text_of(page(client, name))
        assert "Alpha" in text and "Beta" not in text, name
    assert listed(page(client, "desk_watch"))["registrations"] == ["Lapsed Alpha"]
    for params in ({"list": key, "format": "csv"} for key in LISTS):
        assert {line["Park"] for line in csv_of(page(client, "desk_watch", **params))} == {"Alpha"}
    for name in ("desk_expiries", "desk_voids"):
        assert {line["Park"] for line in csv_of(page(client, name, format="csv"))} <= {"Alpha"}
    context = client.get("/admin/").context
    desk = context["desk"]
    assert watch_lines(context) == dict.fromkeys(LISTS, 1)
    assert desk["occupancy"].parks_listed == 1


def test_the_first_page_counts_what_the_reports_show(client, watched):
    response = client.get("/admin/")
    desk = response.context["desk"]

    shown = listed(page(client, "desk_watch"))
    assert watch_lines(response.context) == {key: len(shown[key]) for key in LISTS}
    total = page(client, "desk_rent_roll").context["roll"].total
    assert desk["occupancy"].lettable.suites == total.suites
    assert desk["occupancy"].let.suites + desk["occupancy"].holding_over.suites == total.suites_let
    assert desk["occupancy"].vacant.suites == page(client, "desk_voids").context["count"]
    assert desk["ending"] == page(client, "desk_expiries").context["count"]
    for name in ("desk_rent_roll", "desk_voids", "desk_expiries", "desk_watch", "desk_parks"):
        assert f'href="{reverse(f"admin:{name}")}' in text_of(response)


def test_without_the_right_to_see_leases_the_first_page_says_nothing_of_them(client, scene):
    client.force_login(UserFactory())

    response = client.get("/admin/")

    assert response.context["desk"] is None and "Rent roll" not in text_of(response)


def test_the_overview_counts_each_park(client, scene):
    response = page(client, "desk_parks", on=DAY.isoformat())

    alpha, beta = (line.found for line in response.context["page"].rows)
    assert (alpha.lettable.suites, alpha.let.suites, alpha.vacant.area_sqft) == (3, 2, 800)
    assert alpha.rate == Decimal(1500) / 2300 and beta.rate == 1
    assert "65.2\N{NO-BREAK SPACE}%" in text_of(response)


REPORTS = ("desk_parks", "desk_rent_roll", "desk_expiries", "desk_voids", "desk_watch", "desk_plan", "desk_timeline")


@pytest.mark.parametrize("name", [*REPORTS, "index"])
def test_queries_do_not_grow_with_the_rows(client, watched, name):
    args = [watched.alpha.pk] if name in {"desk_plan", "desk_timeline"} else []
    make_one_of_each(watched.alpha, 99)
    page(client, name, *args)
    with CountQueries() as few:
        page(client, name, *args)
    for number in range(20):
        park = watched.alpha if number % 2 else ParkFactory()
        make_one_of_each(park, number)
    # Pairs of names are compared anew once after a change.
    page(client, name, *args)
    with CountQueries() as many:
        assert page(client, name, *args).status_code == 200

    assert many.count == few.count <= 30
