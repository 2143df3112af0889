"""Staff lists: filters, search, export, and what they ask of the database."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import PARK_MANAGER

from .factories import (
    AreaReportFactory,
    CityFactory,
    HostFactory,
    ParkFactory,
    SourceFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
    full_park,
)
from .staff_pages import change, exported, names_in

pytestmark = pytest.mark.django_db
PARKS = "/admin/parks/park/"


# --- lists


@pytest.mark.parametrize(
    "model", sorted(admin.site._registry, key=lambda model: model.__name__), ids=lambda m: m.__name__
)
def test_every_list_asks_the_database_as_often_at_20_rows_as_at_1(client, officer, model):
    client.force_login(UserFactory(is_superuser=True))
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    UserFactory(role=PARK_MANAGER, parks=[full_park()])
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get(url).status_code == 200
    for _number in range(19):
        UserFactory(role=PARK_MANAGER, parks=[full_park()])

    with CaptureQueriesContext(connection) as many:
        assert client.get(url).status_code == 200

    assert len(many) == len(few)
    assert len(many) <= 12


def test_a_park_page_asks_as_often_for_20_events_as_for_2(client, officer):
    park = full_park()
    StageEventFactory(park=park, source=SourceFactory())
    client.get(change(park))
    with CaptureQueriesContext(connection) as few:
        client.get(change(park))
    for number in range(18):
        StageEventFactory(park=park, on=date(2023, 1, 1) + timedelta(days=number), source=SourceFactory())

    with CaptureQueriesContext(connection) as many:
        assert client.get(change(park)).status_code == 200

    assert len(many) == len(few)


def test_the_list_says_the_stage_today_and_the_chosen_area(client, officer):
    park = ParkFactory(name="Arfa")
    StageEventFactory(park=park, stage="mou_signed", on=date(2020, 1, 1))
    StageEventFactory(park=park, stage="operational", on=timezone.localdate() + timedelta(days=1))
    AreaReportFactory(park=park, area_sqft=44_000)

    html = client.get(PARKS).content.decode()

    assert "MoU signed</td>" in html and "44,000 sq ft</td>" in html


def test_the_filters_narrow_the_list(client, officer):
    today = timezone.localdate()
    old = ParkFactory(name="Old", last_verified_on=today - timedelta(days=181), last_verified_by=officer)
    ParkFactory(name="Fresh", last_verified_on=today - timedelta(days=180), last_verified_by=officer, women_only=True)
    StageEventFactory(park=old, stage="mou_signed", on=date(2021, 1, 1))
    open_park = ParkFactory(name="Open", city=CityFactory(region="sindh"), listed=False, programme="sco")
    StageEventFactory(park=open_park, stage="operational", on=date(2021, 1, 1))
    AreaReportFactory(park=open_park)

    for query, found in {
        "stage=mou_signed": {"Old"},
        "stage=operational": {"Open"},
        "stage=none": {"Fresh"},
        "stuck=1": {"Old"},
        "area=none": {"Old", "Fresh"},
        "area=known": {"Open"},
        "verified=stale": {"Old", "Open"},
        "verified=never": {"Open"},
        "programme__exact=sco": {"Open"},
        "city__region__exact=sindh": {"Open"},
        "listed__exact=0": {"Open"},
        "women_only__exact=1": {"Fresh"},
        "stage=mou_signed&area=known": set(),
    }.items():
        response = client.get(f"{PARKS}?{query}")
        assert response.status_code == 200
        assert names_in(response) == found, query


@pytest.mark.parametrize(
    "query",
    [
        "stage=nope",
        "stage=%00",
        "stuck=2",
        "nope=1",
        "e=1",
        "e=1&nope=1",
        "listed__exact=abc",
        "listed__exact=%00",
        "programme__exact=%00",
        "name__regex=(",
        "city__id__exact=1",
        "id__in=99999999999999999999",
        "last_verified_by__password__startswith=a",
        "last_verified_on__year=99999",
        "p=99999999999999999999",
    ],
)
def test_a_filter_that_makes_no_sense_is_named_and_the_list_shown(client, officer, query):
    for number in range(51):
        ParkFactory(name=f"P{number}")

    response = client.get(f"{PARKS}?{query}", follow=True)

    assert response.status_code == 200
    assert response.redirect_chain[-1][0].partition("?")[0] in {PARKS, "?e=1"}
    assert "That filter was not understood. The whole list is shown." in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "p=abc",
        "p=-1",
        "o=abc",
        "o=99",
        "o=-99.7",
        "q=%00",
        "q=%ff%fe",
        "q=%27%3B--",
        "q=" + "a" * 5000,
        "all=",
        "p=" + "9" * 5000,
    ],
)
def test_other_nonsense_in_the_address_shows_a_list(client, officer, query):
    ParkFactory()

    assert client.get(f"{PARKS}?{query}").status_code in {200, 302}
    assert client.get(f"/admin/parks/suite/?{query}").status_code in {200, 302}
    assert client.get(f"/admin/parks/source/?{query}").status_code in {200, 302}


@pytest.mark.parametrize("path", ["?_to_field=password", "?_popup=1&_to_field=name", "add/?_to_field=words"])
def test_a_forged_to_field_is_refused(client, officer, path):
    assert client.get(PARKS + path).status_code == 400


@pytest.mark.parametrize("key", ["abc", "1 OR 1=1", "9" * 30, "-1", "\x00", "1.5"])
def test_a_forged_selection_is_404(client, officer, key):
    data = {"action": "export_csv", "_selected_action": key, "index": "0"}

    assert client.post(PARKS, data).status_code == 404


# --- search


def test_search_finds_other_spellings_in_english_and_urdu(client, officer):
    mingora = CityFactory(name="Mingora", name_ur="مینگورہ", aliases="Mangora\nSwat")
    ParkFactory(name="Vertexsoft", city=mingora)
    ParkFactory(name="Other")
    host = HostFactory(name="Café House", name_ur="كراچی ہاؤس")

    for text in ("mangora", "MINGORA", "swat", "مینگورہ"):
        assert names_in(client.get(PARKS, {"q": text})) == {"Vertexsoft"}, text
        assert names_in(client.get("/admin/parks/city/", {"q": text})) == {"Mingora"}, text
    assert names_in(client.get("/admin/parks/hostinstitution/", {"q": "cafe"})) == {host.name}
    assert names_in(client.get("/admin/parks/hostinstitution/", {"q": "کراچی"})) == {host.name}


def test_search_of_suites_takes_number_and_park_together(client, officer):
    arfa = ParkFactory(name="Arfa")
    SuiteFactory(park=arfa, number="A-301")
    SuiteFactory(park=arfa, number="A-302")
    SuiteFactory(park=ParkFactory(name="Sitara"), number="B-301")

    assert names_in(client.get("/admin/parks/suite/", {"q": "arfa 301"})) == {"A-301"}
    assert names_in(client.get("/admin/parks/suite/", {"q": "301"})) == {"A-301", "B-301"}
    assert names_in(client.get("/admin/parks/suite/", {"q": "%"})) == set()


# --- export


def test_the_export_has_the_columns_of_the_list_as_plain_values(client, officer, caplog):
    park = ParkFactory(name="=HYPERLINK(1)", last_verified_on=date(2026, 3, 9), last_verified_by=officer)
    StageEventFactory(park=park)
    AreaReportFactory(park=park, area_sqft=44_000)
    other = ParkFactory()

    with caplog.at_level("INFO", logger="stp.staff"):
        response = client.post(PARKS, {"action": "export_csv", "_selected_action": [park.pk], "index": "0"})

    assert response["Content-Disposition"].endswith(f'{timezone.localdate().isoformat()}.csv"')
    (line,) = exported(response)
    told = {
        "code": park.code,
        "name": "'=HYPERLINK(1)",
        "city": park.city.name,
        "programme": "PSEB park",
        "stage": "Operational",
        "covered area, as reported, sq ft": "44000.00",
        "listed": "yes",
        "last verified on": "2026-03-09",
    }
    assert {name: line[name] for name in told} == told
    assert "check" not in line
    assert "export parks.park: 1 rows by ayesha" in caplog.text
    assert other.name not in caplog.text


def test_the_index_names_the_registers_lists_before_the_accounts(client):
    client.force_login(UserFactory(is_superuser=True))

    apps = client.get("/admin/").context["app_list"]

    assert [app["app_label"] for app in apps] == ["parks", "tenants", "auth"]
    assert [row["object_name"] for row in apps[0]["models"]][:3] == ["Park", "Suite", "StageEvent"]
