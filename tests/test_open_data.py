"""Downloads of the list: what they hold, how they are sent, what they refuse; and the page that documents them."""

import csv
import datetime as dt
import io
import json
import re
import zipfile

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks import open_data
from parks.models import Park
from stp_portal.kit.text import strip_unseen
from tests.factories import (
    AgreementFactory,
    AreaReportFactory,
    CityFactory,
    HostFactory,
    ParkFactory,
    SourceFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

FORMATS = ("csv", "xlsx", "json", "geojson")
NAMES = [
    *("code", "name", "name_ur", "slug", "url", "city", "region", "district", "host", "host_kind", "programme"),
    *("partnership_kind", "partnership_words", "women_only", "stage", "stage_on", "stage_on_precision"),
    *("stage_known_by", "reported_area_sqft", "area_source_url", "opened_on"),
    *("opened_on_precision", "power_hours", "generator"),
    *("internet_providers", "lift", "prayer_room", "womens_washroom", "parking_spaces", "latitude", "longitude"),
    *("last_verified_on", "source_url", "lettable_area_sqft", "free_area_sqft", "free_suites", "demonstration"),
]


def ask(client, kind, **params):
    response = client.get("/parks/", {**params, "format": kind})
    assert response.status_code == 200 and response.streaming
    return response


def body(response):
    """The bytes of a streamed answer; the test client closes what has been read to its end."""
    return b"".join(response.streaming_content)


def rows(client, kind, **params):
    """The rows of a download as dicts, as a reader of the format gives them."""
    data = body(ask(client, kind, **params))
    if kind == "csv":
        assert data.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    if kind == "xlsx":
        lines = openpyxl.load_workbook(io.BytesIO(data))["parks"].iter_rows(values_only=True)
        header = next(lines)
        return [dict(zip(header, line, strict=True)) for line in lines]
    found = json.loads(data)
    return found["results"] if kind == "json" else [feature["properties"] for feature in found["features"]]


def row(client, kind):
    (found,) = rows(client, kind)
    return found


def known_park():
    """A listed park with every published field."""
    source = SourceFactory(url="https://news.example.org/park")
    park = ParkFactory(
        name="Known Park",
        name_ur="پارک",
        slug="known-park",
        city=CityFactory(name="Mingora", region="khyber-pakhtunkhwa"),
        district="Swat",
        host=HostFactory(name="Host & Sons", kind="private_company"),
        partnership_kind="public_private",
        partnership_words="in partnership",
        women_only=False,
        source=source,
        latitude="34.77170",
        longitude="72.36020",
        coordinates_precision="surveyed",
        power_hours=0,
        generator=True,
        internet_providers="PTCL\nNayatel",
        lift=False,
        prayer_room=True,
        womens_washroom=True,
        parking_spaces=40,
        last_verified_on=dt.date(2026, 3, 9),
        last_verified_by=UserFactory(username="canary-verifier"),
    )
    StageEventFactory(park=park, on=dt.date(2022, 3, 1), on_precision="month")
    AreaReportFactory(park=park, area_sqft="12500.50", source=SourceFactory(url="https://news.example.org/area"))
    SuiteFactory(park=park, lettable_area_sqft="750.50", demo=True)
    return park


KNOWN = {
    "name": "Known Park",
    "name_ur": "پارک",
    "slug": "known-park",
    "url": "http://testserver/parks/known-park/",
    "city": "Mingora",
    "region": "khyber-pakhtunkhwa",
    "district": "Swat",
    "host": "Host & Sons",
    "host_kind": "private_company",
    "programme": "pseb",
    "partnership_kind": "public_private",
    "partnership_words": "in partnership",
    "women_only": False,
    "stage": "operational",
    "stage_on": "2022-03-01",
    "stage_on_precision": "month",
    "stage_known_by": None,
    "reported_area_sqft": 12500.5,
    "area_source_url": "https://news.example.org/area",
    "opened_on": "2022-03-01",
    "opened_on_precision": "month",
    "power_hours": 0,
    "generator": True,
    "internet_providers": ["PTCL", "Nayatel"],
    "lift": False,
    "prayer_room": True,
    "womens_washroom": True,
    "parking_spaces": 40,
    "latitude": 34.7717,
    "longitude": 72.3602,
    "last_verified_on": "2026-03-09",
    "source_url": "https://news.example.org/park",
    "lettable_area_sqft": 750.5,
    "free_area_sqft": 750.5,
    "free_suites": 1,
    "demonstration": True,
}


@pytest.mark.parametrize("kind", ["json", "geojson"])
def test_json_has_every_field_with_its_type(client, kind):
    park = known_park()
    assert row(client, kind) == {"code": park.code, **KNOWN}


def test_csv_has_every_field_as_text(client):
    park = known_park()
    words = {"True": "yes", "False": "no", "None": ""}
    expected = {name: words.get(str(value), str(value)) for name, value in KNOWN.items()}
    expected |= {"code": park.code, "internet_providers": "PTCL; Nayatel"}
    assert row(client, "csv") == expected


def test_a_workbook_has_real_dates_numbers_and_truth_values(client):
    known_park()
    found = row(client, "xlsx")
    assert found["stage_on"] == dt.datetime(2022, 3, 1)
    assert found["last_verified_on"] == dt.datetime(2026, 3, 9)
    assert (found["reported_area_sqft"], found["power_hours"], found["latitude"]) == (12500.5, 0, 34.7717)
    assert found["lift"] is False and found["generator"] is True
    assert found["internet_providers"] == "PTCL; Nayatel"


def test_a_workbook_says_of_which_day_it_is_and_what_each_field_means(client):
    data = body(ask(client, "xlsx", on="2021-06-30"))
    lines = list(openpyxl.load_workbook(io.BytesIO(data))["fields"].iter_rows(values_only=True))
    assert lines[1] == ("on", "The day of the register", dt.datetime(2021, 6, 30))
    assert [line[0] for line in lines[2:]] == NAMES


@pytest.mark.parametrize("kind", FORMATS)
def test_the_fields_are_these_in_this_order(client, kind):
    ParkFactory()
    assert list(row(client, kind)) == NAMES


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_not_known_is_empty_and_never_zero(client, kind):
    ParkFactory()
    known = {"code", "name", "slug", "url", "city", "region", "programme", "demonstration"}
    empty = "" if kind == "csv" else None
    assert {value for name, value in row(client, kind).items() if name not in known} == {empty}


def test_an_undated_stage_comes_with_the_day_by_which_it_was_known(client):
    StageEventFactory(on=None, known_by=dt.date(2025, 2, 1))
    found = row(client, "json")
    assert (found["stage_on"], found["stage_on_precision"], found["stage_known_by"]) == (None, None, "2025-02-01")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "#N/A", "\t=1"])
def test_a_text_is_never_a_formula(client, text):
    ParkFactory(name=text)
    assert row(client, "csv")["name"] == (text if text[0] == "#" else f"'{text}")
    sheet = openpyxl.load_workbook(io.BytesIO(body(ask(client, "xlsx"))))["parks"]
    assert (sheet["B2"].data_type, sheet["B2"].value) == ("s", text)
    assert row(client, "json")["name"] == text


def test_control_characters_spoil_no_file(client):
    dirty = "a\x0bb\x1f\u202ec\x01"
    ParkFactory(name=dirty)
    assert row(client, "csv")["name"] == row(client, "xlsx")["name"] == "a\nbc" == strip_unseen("a\nb\u202ec")
    assert row(client, "json")["name"] == dirty


def test_only_a_surveyed_point_is_published(client):
    ParkFactory(name="A", latitude="31.41871", longitude="73.07912", coordinates_precision="approximate")
    surveyed = ParkFactory(name="B", latitude="33.53001", longitude="73.15002", coordinates_precision="surveyed")
    ParkFactory(name="C")
    features = json.loads(body(ask(client, "geojson")))["features"]
    point = {"type": "Point", "coordinates": [73.15002, 33.53001]}
    assert [feature["geometry"] for feature in features] == [None, point, None]
    assert features[1]["id"] == surveyed.code
    for kind in FORMATS:
        approximate = rows(client, kind)[0]
        assert approximate["latitude"] in {None, ""} and approximate["longitude"] in {None, ""}


def test_nothing_private_is_in_any_file(client):
    park = known_park()
    Park.objects.filter(pk=park.pk).update(source_notes="canary notes", stage_words="canary words")
    AgreementFactory(park=park, signatory="Canary Signatory", note="canary note", scan_name="canary.pdf")
    AreaReportFactory(park=park, chosen=False, area_sqft=77_777, note="canary area")
    SuiteFactory(park=park, number="CANARY-1", rent_basis="per_sqft", rent_pkr=77_777)
    StageEventFactory(park=ParkFactory(name="Canary Unlisted", slug="canary-unlisted", listed=False))
    for kind in FORMATS:
        data = body(ask(client, kind))
        if kind == "xlsx":
            archive = zipfile.ZipFile(io.BytesIO(data))
            data = b"".join(archive.read(name) for name in archive.namelist())
        assert b"Known Park" in data
        assert b"canary" not in data.lower() and b"77777" not in data, kind


@pytest.mark.parametrize("kind", ["json", "geojson"])
def test_the_count_and_the_day_stand_before_the_rows(client, kind):
    ParkFactory.create_batch(2)
    found = json.loads(body(ask(client, kind)))
    assert (found["count"], found["on"]) == (2, f"{timezone.localdate():%Y-%m-%d}")
    assert list(found)[-1] == {"json": "results", "geojson": "features"}[kind]
    assert json.loads(body(ask(client, kind, q="nowhere"))) == {**found, "count": 0, list(found)[-1]: []}


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_list_is_a_whole_file(client, kind):
    assert rows(client, kind) == []


@pytest.mark.parametrize("kind", FORMATS)
def test_the_queries_grow_with_the_chunks_and_not_with_the_rows(client, kind, monkeypatch):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert len(rows(client, kind)) == Park.objects.count()
        return len(captured) - 1  # the count above

    def add(number):
        for _ in range(number):
            park = ParkFactory(city=city, host=host, source=source)
            StageEventFactory(park=park)
            AreaReportFactory(park=park, source=source)

    city, host, source = CityFactory(), HostFactory(), SourceFactory()
    add(30)
    few = queries()
    add(270)
    assert queries() == few <= 4
    monkeypatch.setattr(open_data, "CHUNK", 100)
    assert queries() == few + 2


@pytest.mark.parametrize("kind", ["csv", "json", "geojson"])
def test_a_file_is_sent_while_it_is_read(client, kind, monkeypatch):
    monkeypatch.setattr(open_data, "CHUNK", 2)
    StageEventFactory.create_batch(7)
    response = ask(client, kind)
    with CaptureQueriesContext(connection) as captured:
        parts = iter(response)
        next(parts), next(parts)
        begun = len(captured)
        list(parts)
        assert begun < len(captured)


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("json", "application/json"),
        ("geojson", "application/geo+json"),
    ],
)
def test_a_file_has_its_type_and_the_day_in_its_name(client, kind, content_type):
    response = ask(client, kind, on="2026-11-22")
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"] == f'attachment; filename="parks-2026-11-22.{kind}"'
    assert response["Cache-Control"] == "no-cache"
    body(response)


@pytest.mark.parametrize("params", [{}, {"stage": "nope"}])
@pytest.mark.parametrize(
    ("kind", "open_to_others"), [("csv", True), ("json", True), ("geojson", True), ("xlsx", False)]
)
def test_scripts_of_other_sites_may_read_what_is_for_programs(client, kind, open_to_others, params):
    response = client.get("/parks/", {"format": kind, **params})
    assert response.get("Access-Control-Allow-Origin") == ("*" if open_to_others else None)
    assert response["Cross-Origin-Resource-Policy"] == ("cross-origin" if open_to_others else "same-origin")
    list(response)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("area_min=abc", "area_min", "Area from must be a number of square feet, like 1,200."),
        ("area_min=9&area_max=1", "area_min", "Area from must not be larger than area to."),
        ("on=2026-02-30", "on", "Date must be a real date, like 2024-03-09 or 9 March 2024."),
        ("q=---", "q", "Type at least one letter or digit to search for."),
        ("stage=<b>", "stage", "Stage: “<b>” is not in the list. Choose from it, or remove the filter."),
    ],
)
def test_a_bad_filter_is_400_with_the_message_of_the_page(client, query, field, message):
    for kind in ("json", "geojson"):
        response = client.get(f"/parks/?{query}&format={kind}")
        assert (response.status_code, response.json()) == (400, {"errors": {field: [message]}})
        assert response["Content-Type"] == "application/json"
    for kind in ("csv", "xlsx"):
        response = client.get(f"/parks/?{query}&format={kind}")
        assert (response.status_code, response.content.decode()) == (400, f"{message}\n")
        assert response["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("kind", ["pdf", "html", "csv;x", "%00", "x" * 500, "<b>"])
def test_an_unknown_format_is_400_and_names_those_that_there_are(client, kind):
    response = client.get("/parks/", {"format": kind})
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert response.content.decode() == "Format must be one of these: csv, xlsx, json, geojson.\n"


def test_an_empty_format_is_the_page_and_capitals_are_read(client):
    assert b"<html" in client.get("/parks/?format=").content
    assert json.loads(body(ask(client, "JSON")))["count"] == 0


def test_an_unknown_order_or_page_gives_all_rows_in_the_default_order(client):
    ParkFactory(name="B"), ParkFactory(name="A")
    assert [found["name"] for found in rows(client, "json", sort="nope", page="9")] == ["A", "B"]


def test_a_file_of_an_earlier_day_shows_the_stage_of_that_day(client):
    event = StageEventFactory(stage="mou_signed", on=dt.date(2020, 1, 1))
    StageEventFactory(park=event.park, on=dt.date(2024, 1, 1))
    assert [found["stage"] for found in rows(client, "json", on="2021-06-30")] == ["mou_signed"]
    assert [found["stage"] for found in rows(client, "json")] == ["operational"]


def test_the_list_links_to_its_files_with_its_filters_and_order_but_without_its_page(client):
    ParkFactory.create_batch(30)
    text = client.get("/parks/?sort=city&region=punjab&page=2").content.decode()
    links = re.findall(r'href="(\?[^"]*format=[^"]*)"', text)
    assert links == [f"?sort=city&amp;region=punjab&amp;format={kind}" for kind in FORMATS]


@pytest.mark.parametrize("query", ["?q=nowhere", "?area_min=abc"])
def test_a_list_without_rows_offers_no_file(client, query):
    ParkFactory()
    assert "format=" not in client.get(f"/parks/{query}").content.decode()
