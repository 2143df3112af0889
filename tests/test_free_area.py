"""Free area on the pages of parks: cards, filter, order, totals and downloads."""

import csv
import datetime as dt
import io
import json
import re

import pytest
from django.http import QueryDict
from django.utils import timezone

from parks.filters import ParkFilter
from parks.models import Park
from tests.factories import (
    CityFactory,
    HostFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
)

pytestmark = pytest.mark.django_db


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def names(html):
    return re.findall(r'<h3><a href="/parks/[^"]+"><bdi>([^<]+)</bdi>', html)


def card(html, name):
    """The card of a park as plain text."""
    start = html.index(f"<bdi>{name}</bdi>")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[start : html.index("</li>", start)]))


def let(suite, **days):
    today = timezone.localdate()
    days = {"commencement_date": today - dt.timedelta(9), "expiry_date": today + dt.timedelta(9)} | days
    return LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park), **days)


@pytest.fixture
def parks():
    """Four parks of Lahore: much free, a little, none, and one without suites."""
    lahore, host = CityFactory(name="Lahore", slug="lahore"), HostFactory(slug="host")
    made = {name: ParkFactory(name=name, city=lahore, host=host) for name in ("Much", "Little", "Full", "Unknown")}
    for park in made.values():
        StageEventFactory(park=park)
    SuiteFactory(park=made["Much"], lettable_area_sqft=5000)
    SuiteFactory(park=made["Little"], lettable_area_sqft=800)
    let(SuiteFactory(park=made["Little"], lettable_area_sqft=9000))
    let(SuiteFactory(park=made["Full"], lettable_area_sqft=700))
    return made


def test_a_card_says_the_free_area_or_that_none_is_or_that_it_is_not_reported(client, parks):
    html = page(client, "/parks/")
    assert card(html, "Much").endswith("Free area 5,000 sq ft ")
    assert card(html, "Little").endswith("Free area 800 sq ft ")
    assert card(html, "Full").endswith("Free area none free ")
    assert card(html, "Unknown").endswith("Free area Not reported ")
    assert "PSEB park" in card(html, "Much")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "desk", "lettable_area_sqft": None, "seats": 6}, "6 seats"),
        ({"lettable_area_sqft": None}, "1 suite, area not reported"),
        ({"lettable_area_sqft": "750.50"}, "750.5 sq ft"),
    ],
)
def test_without_an_area_a_card_says_seats_or_suites(client, facts, words):
    park = ParkFactory(name="Here")
    SuiteFactory(park=park, **facts)
    assert card(page(client, "/parks/"), "Here").endswith(f"Free area {words} ")


def test_the_filter_keeps_parks_with_so_much_free_and_counts_those_it_cannot_compare(client, parks):
    html = page(client, "/parks/?free_min=801")
    assert names(html) == ["Much"]
    assert "The free area of 1 park that fits the other filters is not reported; it is not shown." in html
    assert 'href="?free_missing=1"' in html
    assert names(page(client, "/parks/?free_missing=1")) == ["Unknown"]
    assert names(page(client, "/parks/?free_min=0")) == ["Full", "Little", "Much"]
    assert "Remove filter:</span> <bdi>Free: from 801 sq ft</bdi>" in html


@pytest.mark.parametrize("value", ["abc", "-1", "1e200000", "NaN", "9" * 5000, "%00"])
def test_a_bad_free_area_shows_its_message_and_no_rows(client, parks, value):
    html = page(client, f"/parks/?free_min={value}")
    assert "Free area from must be a number of square feet, like 1,200." in html and names(html) == []
    assert client.get(f"/parks/?free_min={value}&format=json").status_code == 400


def test_a_size_and_no_size_together_are_refused(client, parks):
    html = page(client, "/parks/?free_min=1&free_missing=1")
    assert "Parks whose free area is not reported have none to compare" in html and names(html) == []


def test_the_most_free_area_comes_first_and_the_unknown_last(client, parks):
    assert names(page(client, "/parks/?sort=free")) == ["Much", "Little", "Full", "Unknown"]


def test_an_empty_result_tells_that_the_free_area_is_in_the_way(client, parks):
    html = page(client, "/parks/?free_min=99999&city=lahore")
    assert "No park fits all of these filters." in html and "Without “Free area from, sq ft”: 4 parks" in html


def test_the_free_area_is_that_of_the_day_asked_about(client, parks):
    suite = parks["Full"].suites.get()
    before = timezone.localdate() - dt.timedelta(10)
    assert suite.lettable_area_sqft == 700
    assert card(page(client, f"/parks/?on={before}"), "Full").endswith("Free area 700 sq ft ")


def test_a_filter_without_the_free_area_is_refused():
    bare = Park.objects.listed().with_stage(dt.date(2026, 1, 1)).with_area()
    with pytest.raises(ValueError, match="lacks free_area_sqft"):
        ParkFilter(QueryDict(""), bare)


@pytest.mark.parametrize("address", ["/", "/cities/lahore/", "/regions/punjab/", "/hosts/host/"])
def test_places_and_the_home_page_total_what_is_free_with_its_coverage(client, parks, address):
    html = re.sub(r"<[^>]+>", "", page(client, address))
    assert "2 suites and desks are free, 5,800 sq ft" in html
    assert "in 3 of 4 listed parks, those whose suites are reported" in html


@pytest.mark.parametrize("address", ["/", "/cities/lahore/"])
def test_without_any_suite_a_total_is_not_reported(client, address):
    ParkFactory(city=CityFactory(slug="lahore"))
    html = page(client, address)
    assert "Free space is not reported" in html and not re.search(r"\b0 suites|\b0 sq ft|\b0 %", html)


def test_downloads_have_the_same_figures_and_say_what_is_invented(client, parks):
    parks["Much"].suites.update(demo=True)
    body = b"".join(client.get("/parks/?format=csv").streaming_content).decode("utf-8-sig")
    found = {row["name"]: row for row in csv.DictReader(io.StringIO(body))}
    fields = ("lettable_area_sqft", "free_area_sqft", "free_suites")
    assert {name: tuple(row[field] for field in fields) for name, row in found.items()} == {
        "Much": ("5000", "5000", "1"),
        "Little": ("9800", "800", "1"),
        "Full": ("700", "0", "0"),
        "Unknown": ("", "", ""),
    }
    assert {name for name, row in found.items() if row["demonstration"].lower() == "yes"} == {"Much"}
    record = json.loads(b"".join(client.get("/parks/?format=json").streaming_content))["results"][0]
    assert list(record)[-4:] == [*fields, "demonstration"]


def test_the_dictionary_of_the_data_names_the_new_fields(client):
    html = page(client, "/open-data/")
    for name in ("lettable_area_sqft", "free_area_sqft", "free_suites", "demonstration"):
        assert f'<div id="{name}">' in html


@pytest.mark.parametrize("query", ["", "?free_min=1", "?sort=free", "?format=csv"])
def test_the_list_takes_as_many_queries_for_20_parks_as_for_one(
    client, django_assert_num_queries, django_assert_max_num_queries, query
):
    def ask():
        response = client.get(f"/parks/{query}")
        return b"".join(response.streaming_content) if response.streaming else response.content

    def grow(number):
        for _number in range(number):
            park = ParkFactory()
            StageEventFactory(park=park)
            SuiteFactory(park=park)
            let(SuiteFactory(park=park))

    grow(1)
    with django_assert_max_num_queries(12) as few:
        ask()
    grow(20)
    with django_assert_num_queries(len(few)):
        ask()
