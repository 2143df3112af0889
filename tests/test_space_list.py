"""The page of the search for free space: ways on from nothing, boxes, chips, what it costs to make and to send."""

import gzip
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stp_portal.kit.words import dated
from tests.factories import CityFactory, ParkFactory
from tests.space_pages import (
    CANARY,
    after,
    ask,
    count,
    found,
    found_soon,
    html_of,
    let,
    one_of_each,
    parts,
    suite,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def park():
    city = CityFactory(name="Lahore", slug="lahore", region="punjab", aliases="Lahaur")
    return ParkFactory(name="Arfa Tower", slug="arfa", city=city)


def test_nothing_free_says_where_and_leads_to_what_pseb_can_be_told(client, park, today):
    ParkFactory(city=CityFactory(name="Quetta", slug="quetta", region="balochistan"))
    suite(park)
    day = after(today, 5)
    html = html_of(ask(client, city="quetta"))
    assert "No free space is published in Quetta" in html
    assert '<a href="/space/need/?city=quetta">tell PSEB what you need</a>' in html
    assert "Without “City”: 1 free" in html
    text = text_of(ask(client, region="balochistan", move_in=day.isoformat()))
    assert f"No free space is published in Balochistan for {dated(day)}; tell PSEB" in text
    text = text_of(ask(client, region="balochistan", seats="4"))
    assert "No free space is published in Balochistan that fits all of these filters;" in text
    assert "/space/need/?" not in html_of(ask(client, region="balochistan"))


def test_a_date_that_is_none_stays_in_its_box_as_it_was_typed(client, park):
    html = html_of(ask(client, move_in="2027-02-30"))
    assert '<input type="text" name="move_in" value="2027-02-30"' in html
    assert '<input type="date" name="move_in" value="2027-02-03"' in html_of(ask(client, move_in="3 February 2027"))


def test_without_any_suite_the_page_says_so_and_how_far_the_register_goes(client, park):
    ParkFactory()
    text = text_of(ask(client))
    assert "No free space is published; tell PSEB what you need" in text.replace(" ;", ";")
    assert "0 of 2 listed parks have suites on record" in text
    suite(park)
    assert "1 of 2 listed parks have suites on record" in text_of(ask(client))


def test_an_empty_result_offers_each_way_on_with_what_it_gives(client, park, today):
    one = suite(park, lettable_area_sqft=500, seats=5)
    let(one, after(today, 60), None)
    html = html_of(ask(client, months="12", q="arfa"))
    assert "Without “For how many months”: 1 free" in html and "Without “Search”" not in html
    html = html_of(ask(client, move_in=after(today, 70).isoformat(), q="arfa"))
    assert "Without “Move in on”: 1 free" in html
    html = html_of(ask(client, seats="6", area_min="600"))
    assert "Dropping one of them is not enough" not in html and "Without" not in html
    suite(park, "B", lettable_area_sqft=700, seats=1)
    html = html_of(ask(client, seats="5", area_min="600", q="nowhere"))
    assert "Without “" not in html and "Only “Search”" not in html
    assert "Each alone gives:" in html and "Only “Seats, at least”: 1 free" in html


def test_the_boxes_count_what_ticking_them_gives(client, today):
    one_of_each(today)

    def boxes(html):
        return re.findall(r'<input type="checkbox" name="(\w+)" value="([\w-]+)"[^>]*>.*?class="num">(\d+)<', html)

    counts = {(name, value): int(n) for name, value, n in boxes(html_of(ask(client, region="punjab")))}
    assert counts["region", "sindh"] == 1 and counts["city", "multan"] == 1 and ("city", "karachi") not in counts
    assert counts["kind", "suite"] == 1 and counts["kind", "desk"] == 0 and counts["amenity", "lift"] == 1
    for (name, value), n in counts.items():
        assert count(ask(client, **({"region": [value, "punjab"]} if name == "region" else {name: value}))) >= n


def test_chips_remove_one_filter_each(client, park, today):
    suite(park)
    day = after(today, 3)
    html = html_of(ask(client, city="lahore", rent_max="9000", seats="4", months="6", move_in=day.isoformat()))
    for label in ("Lahore", "Up to Rs 9,000 a month", "4 seats or more", "For 6 months", f"Move in {dated(day)}"):
        assert f"<bdi>{label}</bdi>" in html
    assert 'href="?city=lahore&amp;rent_max=9000&amp;seats=4&amp;months=6"' in html
    html = html_of(ask(client, months="soon", rent_max="much"))
    assert "<bdi>For “soon” months</bdi>" in html and "<bdi>Up to “much” a month</bdi>" in html


def test_a_phone_shows_four_filters_and_no_page_needs_a_script(client, park):
    suite(park)
    html = html_of(ask(client))
    form = re.search(r'<form class="filters".*?</form>', html)[0]
    open_part = re.sub(r'<details class="more">.*?</details>(?=<button)', "", form)
    named = re.findall(r'<label for="id_(\w+)">|<details class="facet" id="id_(\w+)"', open_part)
    assert [a or b for a, b in named] == ["q", "city", "area_min", "move_in"]
    assert "<script" not in html and "style=" not in html
    assert '<details class="more">' in html and '<details class="more" open>' in html_of(ask(client, seats="3"))


def test_neither_tenant_nor_agreed_rent_is_ever_on_the_search_page(client, park, today):
    let(suite(park, "Let"), after(today, -9), after(today, 30))
    suite(park, "Free")
    free, soon = parts(ask(client))
    page = ask(client, q="canary").content.decode() + free + soon
    assert len(found_soon(ask(client))) == 1
    assert CANARY not in page and "987654" not in page and "987,654" not in page


def test_demonstration_suites_are_marked(client, park):
    suite(park, demo=True)
    assert ">demonstration</span>" in html_of(ask(client))


PARAMS = {
    "q": "arfa",
    "region": "punjab",
    "area_min": "1",
    "seats": "1",
    "rent_max": "999999",
    "months": "3",
    "amenity": "lift",
    "sort": "free_from",
}


@pytest.mark.parametrize("params", [{}, PARAMS, {**PARAMS, "q": "nowhere"}])
def test_the_number_of_queries_is_small_and_does_not_grow_with_the_suites(client, today, params):
    park = ParkFactory(name="Arfa", city=CityFactory(region="punjab"), lift=True)
    facts = {"rent_basis": "fixed", "rent_pkr": 5, "service_charge_pkr": 0, "seats": 3}

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            ask(client, **params)
        return len(captured)

    suite(park, "First", **facts)
    let(suite(park, "Let", **facts), after(today, -9), after(today, 30))
    few = queries()
    for n in range(100):
        one = suite(park if n % 2 else ParkFactory(name=f"Arfa {n}", lift=True), f"S-{n}", **facts)
        if n % 3 == 0:
            let(one, after(today, -9), after(today, n))
    assert queries() == few <= 12


def test_a_page_of_25_stays_within_its_budget(client, park):
    for n in range(60):
        suite(park, f"A-{n}", seats=n + 1, rent_basis="per_sqft", rent_pkr=n + 1, service_charge_pkr=n)
    response = ask(client)
    assert len(found(response)) == 25
    assert len(gzip.compress(response.content)) <= 12 * 1024


def test_pages_neither_repeat_nor_miss_a_suite(client, park):
    keys = {suite(park, f"A-{n}").pk for n in range(60)}
    pages = [found(ask(client, page=page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [25, 25, 10] and set().union(*pages) == keys
    assert found_soon(ask(client, page=2)) == []
