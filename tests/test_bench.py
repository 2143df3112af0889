"""The floors of the benchmarks are honest: the same rows in the same order as our pages, in one query."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks.models import AreaReport, Park, StageEvent
from tests.bench import floors, generate
from tests.factories import ParkFactory

pytestmark = pytest.mark.django_db
PARKS = 120
LINK = re.compile(r'href="/parks/([^"?/]+)/"')


@pytest.fixture(scope="module")
def generated(django_db_setup, django_db_blocker):
    """A small register of the generator, emptied after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        generate.fill(PARKS)
        yield
        transaction.set_rollback(True)


def slugs(client, address):
    """The parks that a page links to, in order, each once."""
    return list(dict.fromkeys(LINK.findall(client.get(address).content.decode())))


def register():
    """What a reader sees of a generated register, without keys, which a sequence gives anew."""
    return [
        list(Park.objects.order_by("ref").values("ref", "name", "name_ur", "slug", "city__name", "host__slug")),
        list(StageEvent.objects.order_by("park__ref", "rank").values("park__ref", "stage", "effective_on")),
        list(AreaReport.objects.order_by("park__ref", "area_sqft").values("park__ref", "area_sqft", "source__url")),
    ]


def test_the_generator_makes_the_same_register_each_time():
    made = []
    for _ in range(2):
        with transaction.atomic():
            generate.fill(30)
            made.append(register())
            transaction.set_rollback(True)
    assert made[0] == made[1]
    assert [len(rows) > 5 for rows in made[0]] == [True, True, True]


def test_the_generator_adds_nothing_to_what_it_made():
    generate.fill(30)
    before = register()
    generate.fill(30)
    assert register() == before


def test_the_generator_refuses_a_database_that_holds_other_parks():
    park = ParkFactory()
    with pytest.raises(ValueError, match="not made for these benchmarks"):
        generate.fill(5)
    assert Park.objects.get() == park


@pytest.mark.parametrize(
    "query",
    [
        "",
        "region=punjab&stage=operational",
        "region=sindh&region=balochistan&stage=mou_signed&stage=identified&stage=reported_established",
        "region=punjab&stage=closed&stage=abandoned&stage=suspended&stage=state_unknown",
        "q=lahore",
        "q=lahore university",
        "q=mangora",
        "q=كراچی",
        "q=nothing-of-this-name",
    ],
)
def test_the_floor_of_the_list_shows_our_rows_in_our_order(generated, client, settings, query):
    settings.ROOT_URLCONF = "tests.bench.urls"
    ours = slugs(client, f"/parks/?{query}")
    assert slugs(client, f"/bench/parks/?{query}") == ours
    assert bool(ours) == ("nothing" not in query)


@pytest.mark.parametrize(
    ("asked", "of"),
    [
        ({}, lambda parks: parks),
        (
            {"regions": ["punjab", "sindh"], "stages": ["operational", "mou_signed"]},
            lambda parks: parks.filter(city__region__in=["punjab", "sindh"], stage__in=["operational", "mou_signed"]),
        ),
        ({"text": "university"}, lambda parks: parks.search("university")),
    ],
)
def test_the_floor_of_the_list_has_our_stages_areas_and_counts(generated, asked, of):
    found = of(Park.objects.listed().with_stage(timezone.localdate()).with_area()).by_name()
    rows = floors.list_rows(**asked)
    ours = found.values_list("slug", "stage", "reported_area_sqft", "host__name", "city__name", "programme")
    assert [
        tuple(row[name] for name in ("slug", "stage", "area_sqft", "host", "city", "programme")) for row in rows
    ] == list(ours[: floors.PER_PAGE])
    assert sum(rows[0]["programmes"].values()) == found.count() > floors.PER_PAGE / 5


def test_the_floor_of_a_park_has_its_facts_and_neighbours_in_our_order(generated, client, settings):
    settings.ROOT_URLCONF = "tests.bench.urls"
    on = timezone.localdate()
    for park in Park.objects.listed().with_stage(on).order_by("ref")[:20]:
        (row,) = floors.rows_of(floors.DETAIL, {"slug": park.slug})
        assert row["stage"] == park.stage
        assert [fact["id"] for fact in row["events"] or []] == list(
            park.stage_events.order_by("effective_on", "rank", "pk").values_list("pk", flat=True)
        )
        assert [fact["area_sqft"] for fact in row["areas"] or []] == list(
            park.area_reports.values_list("area_sqft", flat=True)
        )
        assert [fact["parties"] for fact in row["agreements"] or []] == list(
            park.agreements.values_list("parties", flat=True)
        )
        ours = [slug for slug in slugs(client, f"/parks/{park.slug}/") if slug != park.slug]
        assert [other["slug"] for other in row["nearby"] or []] == ours
        assert slugs(client, f"/bench/parks/{park.slug}/") == ours


def test_each_floor_asks_one_query(generated, client, settings):
    settings.ROOT_URLCONF = "tests.bench.urls"
    slug = Park.objects.order_by("ref")[0].slug
    for address in ("/bench/parks/", "/bench/parks/?q=lahore", f"/bench/parks/{slug}/"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        assert len(queries) == 1
    assert len(client.get("/bench/fixed/").content) == floors.FIXED_BYTES


def test_the_floors_are_no_addresses_of_the_portal(client):
    assert client.get("/bench/parks/").status_code == 404
    assert client.get("/bench/fixed/").status_code == 404
