"""The search for free space: what each filter gives, what bad input gets, and the ways on from nothing."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from parks.models import SuiteClosure
from stp_portal.kit.words import dated
from tenants import space
from tests.factories import CityFactory, LettingFactory, ParkFactory
from tests.space_pages import after, ask, count, found, found_soon, html_of, let, one_of_each, suite, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def park():
    city = CityFactory(name="Lahore", slug="lahore", region="punjab", aliases="Lahaur")
    return ParkFactory(name="Arfa Tower", slug="arfa", city=city)


def test_free_suites_of_listed_parks_are_there_and_no_others(client, park, today):
    free = suite(park)
    suite(ParkFactory(listed=False), "Hidden")
    suite(park, "Withdrawn", withdrawn_from=today)
    suite(park, "Later", in_service_from=after(today, 200))
    let(suite(park, "Let"), after(today, -30), after(today, 200))
    LettingFactory(suite=suite(park, "Offered"), state="offered", commencement_date=after(today, -1), expiry_date=None)
    closed = suite(park, "Closed")
    SuiteClosure.objects.create(suite=closed, first_day=after(today, -5), reason="repair")
    response = ask(client)
    assert found(response) == [free.pk] and count(response) == 1
    assert found_soon(response) == []


def test_a_card_says_where_how_large_from_when_and_for_how_much(client, park, today):
    suite(park, "A-301", lettable_area_sqft=1200, seats=12, rent_basis="per_sqft", rent_pkr=95, service_charge_pkr=6000)
    text = text_of(ask(client))
    assert "Suite A-301" in text and "Arfa Tower" in text and "Lahore" in text
    assert "1,200 sq ft · 12 seats" in text and "Rs 120,000 with service charge" in text
    assert "Free from Now" in text


def test_what_is_not_known_of_the_cost_is_said_and_never_a_zero(client, park):
    suite(park, "A", rent_basis="fixed", rent_pkr=50_000)
    suite(park, "B")
    suite(park, "C", lettable_area_sqft=None, rent_basis="per_sqft", rent_pkr=95, service_charge_pkr=1)
    text = text_of(ask(client))
    assert "Rs 50,000 service charge not reported" in text
    assert text.count("On request") == 2 and "Area not reported" in text and "Rs 0" not in text


def test_a_rent_of_zero_is_a_rent(client, park):
    suite(park, rent_basis="fixed", rent_pkr=0, service_charge_pkr=0)
    assert "Rs 0 with service charge" in text_of(ask(client))


@pytest.mark.parametrize("q", ["arfa", "LAHORE", "lahaur", "s-301", "301", "arfa 301", "٣٠١", "۳۰۱ tower"])
def test_a_suite_is_found_by_its_park_its_city_and_its_number(client, park, q):
    wanted = suite(park, "S-301")
    suite(ParkFactory(name="Nastp Hub"), "S-99")
    assert found(ask(client, q=q)) == [wanted.pk]


@pytest.mark.parametrize("number", ["S-301", "s 301", "S_301", "S-٣٠١", "Š-۳۰۱b"])
def test_a_number_is_found_however_it_is_written(client, park, number):
    wanted = suite(park, number)
    suite(park, "S-99")
    assert found(ask(client, q="s-301")) == [wanted.pk]


@pytest.mark.parametrize("q", ["n01", "arfa zz", "(", "%", "_", "a|b zz", "\\m301x"])
def test_a_search_text_is_words_and_never_a_pattern(client, park, q):
    suite(park, "S-301")
    assert found(ask(client, q=q)) == []


@pytest.mark.parametrize(
    ("params", "gives"),
    [
        ({"region": "punjab"}, "fit"),
        ({"region": ["punjab", "sindh"]}, "both"),
        ({"city": "multan"}, "fit"),
        ({"city": "karachi"}, "other"),
        ({"area_min": "2,000 sq ft"}, "fit"),
        ({"area_min": "2000.01"}, "none"),
        ({"area_max": "۲۰۰۰"}, "fit"),
        ({"area_max": "1999"}, "none"),
        ({"seats": "30"}, "fit"),
        ({"seats": "31"}, "none"),
        ({"seats": "2"}, "both"),
        ({"rent_max": "Rs 10,500"}, "fit"),
        ({"rent_max": "10,499.99"}, "none"),
        ({"kind": "desk"}, "other"),
        ({"fit_out": "raw"}, "fit"),
        ({"amenity": "lift"}, "fit"),
        ({"amenity": ["lift", "generator"]}, "none"),
        ({"women_only": "1"}, "fit"),
        ({"women_only": "0"}, "both"),
    ],
)
def test_each_filter_gives_what_it_says(client, today, params, gives):
    fit, other = one_of_each(today)
    expected = {"fit": {fit.pk}, "other": {other.pk}, "both": {fit.pk, other.pk}, "none": set()}[gives]
    response = ask(client, **params)
    assert set(found(response)) == expected and count(response) == len(expected)


@pytest.mark.parametrize(
    ("asked", "is_free"),
    [
        ((0, None), True),
        ((59, None), True),
        ((60, None), False),
        ((60, "1"), False),
        ((0, "1"), True),
        ((0, "3"), False),
    ],
)
def test_a_term_has_to_be_free_from_its_first_to_its_last_day(client, park, today, asked, is_free):
    move_in, months = asked
    one = suite(park)
    let(one, after(today, 60), after(today, 400))
    params = {"move_in": after(today, move_in).isoformat()} | ({"months": months} if months else {})
    assert found(ask(client, **params)) == ([one.pk] if is_free else [])


def test_a_term_of_a_month_ends_the_day_before_the_same_day_of_the_next_month(client, park, today):
    one = suite(park)
    first = today.replace(year=today.year + 1, month=3, day=10)
    let(one, dt.date(first.year, 4, 10), None)
    assert found(ask(client, move_in=first.isoformat(), months="1")) == [one.pk]
    assert found(ask(client, move_in=after(first, 1).isoformat(), months="1")) == []


def test_the_last_term_that_the_portal_knows_is_no_error(client, park):
    one = suite(park)
    assert found(ask(client, move_in="2200-12-31", months="120")) == [one.pk]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"q": "a\x00b"}, "Remove the invalid characters"),
        ({"q": "---"}, "Type at least one letter or digit"),
        ({"region": "mars"}, "“mars” is not in the list"),
        ({"city": "9" * 5000}, "is not in the list"),
        ({"area_min": "abc"}, "Area from must be a number of square feet, like 1,200."),
        ({"area_max": "NaN"}, "Area to must be a number of square feet, like 1,200."),
        ({"area_min": "1e200000"}, "Area from must be"),
        ({"area_min": "9", "area_max": "8"}, "Area from must not be larger than area to."),
        ({"seats": "0"}, "Seats must be a whole number from 1 to 10,000, like 12."),
        ({"seats": "1e3"}, "Seats must be a whole number"),
        ({"seats": "9" * 5000}, "Seats must be a whole number"),
        ({"rent_max": "-5"}, "Rent and service charge must be a number of rupees, like 95,000."),
        ({"rent_max": "Infinity"}, "must be a number of rupees"),
        ({"move_in": "2027-02-30"}, "Date must be a real date"),
        ({"move_in": "infinity"}, "Date must be a real date"),
        ({"move_in": "99999-01-01"}, "Date must be a real date"),
        ({"move_in": "2201-01-01"}, "Date must be in a year from 1900 to 2200."),
        ({"move_in": "2020-01-01"}, "The move-in date must be today or later."),
        ({"months": "0"}, "Months must be a whole number from 1 to 120, like 12."),
        ({"months": "121"}, "Months must be a whole number from 1 to 120, like 12."),
        ({"months": "one"}, "Months must be a whole number from 1 to 120, like 12."),
        ({"kind": "garage"}, "“garage” is not in the list"),
        ({"fit_out": "golden"}, "“golden” is not in the list"),
        ({"amenity": "pool"}, "“pool” is not in the list"),
        ({"women_only": "perhaps"}, "use 1 for yes"),
        ({"on_request": "1", "rent_max": "5"}, "remove one of the two"),
    ],
)
def test_a_bad_filter_is_named_beside_its_field_and_gives_no_rows(client, park, params, message):
    suite(park)
    response = ask(client, **params)
    html = html_of(response)
    assert "There is a problem" in html and re.search(r"<title>\s*Error:", html)
    assert html.count(message) == 2 and found(response) == [] and found_soon(response) == []
    assert "No suites are shown until the filter is put right." in html and 'content="noindex"' in html
    for kind in ("csv", "json", "xlsx"):
        refused = client.get("/space/", {**params, "format": kind})
        assert refused.status_code == 400 and message in refused.content.decode()


@pytest.mark.parametrize("name", ["seats", "months"])
def test_a_control_character_alone_is_an_empty_field_and_no_chip(client, park, name):
    one = suite(park)
    response = ask(client, **{name: "\x00"})
    assert found(response) == [one.pk] and response.context["chips"] == []


@pytest.mark.parametrize("extra", [{"sort": "lease__rent"}, {"page": "0"}, {"page": "9" * 5000}, {"page": "-1"}])
def test_a_bad_order_or_page_falls_back_with_a_canonical_link(client, park, extra):
    one = suite(park)
    response = ask(client, city="lahore", **extra)
    assert found(response) == [one.pk]
    assert '<link rel="canonical" href="http://testserver/space/?city=lahore">' in html_of(response)


def test_what_cannot_be_compared_is_counted_and_linked_to(client, park):
    fit = suite(park, "A", rent_basis="fixed", rent_pkr=100, service_charge_pkr=0, seats=5)
    lacking = {suite(park, "B", seats=None).pk, suite(park, "C", rent_basis="fixed", rent_pkr=1, seats=9).pk}
    suite(
        park, "D", kind="desk", lettable_area_sqft=None, seats=3, rent_basis="fixed", rent_pkr=9, service_charge_pkr=9
    )
    response = ask(client, rent_max="100")
    html = html_of(response)
    assert found(response)[-1] == fit.pk and len(found(response)) == 2
    assert "2 that fit the other filters have no published cost (on request) and are not shown." in html
    link = re.search(r'not shown\.<a href="(\?[^"]*)">Show them', html)[1].replace("&amp;", "&")
    assert set(found(client.get("/space/" + link))) == lacking
    assert "1 that fits the other filters is a desk, or has no reported area" in html_of(ask(client, area_min="1"))
    assert "1 that fits the other filters has no reported seats" in html_of(ask(client, seats="1"))
    assert "not shown" not in html_of(ask(client))


def test_the_orders(client, park, today):
    small = suite(park, "A", lettable_area_sqft=500, seats=30, rent_basis="fixed", rent_pkr=300, service_charge_pkr=0)
    middle = suite(park, "B", lettable_area_sqft=1000, seats=10, rent_basis="fixed", rent_pkr=200, service_charge_pkr=0)
    large = suite(park, "C", lettable_area_sqft=3000, seats=20, rent_basis="fixed", rent_pkr=100, service_charge_pkr=0)
    unknown = suite(park, "D", lettable_area_sqft=None, seats=None)
    let(small, after(today, -90), after(today, 9))
    let(middle, after(today, -90), after(today, 4))
    day = after(today, 30).isoformat()

    def order(**params):
        return found(ask(client, move_in=day, **params))

    assert order() == order(sort="rent") == [large.pk, middle.pk, small.pk, unknown.pk]
    assert order(sort="area") == [large.pk, middle.pk, small.pk, unknown.pk]
    assert order(sort="free_from") == [large.pk, unknown.pk, middle.pk, small.pk]
    assert order(area_min="400") == [small.pk, middle.pk, large.pk]
    assert order(area_min="400", area_max="1800") == [middle.pk, small.pk]
    assert order(area_max="9999") == [large.pk, middle.pk, small.pk]
    assert order(seats="9") == [middle.pk, large.pk, small.pk]
    # Half as many seats again, but the area is met; against twice the area and the seats met.
    assert order(area_min="500", seats="10") == [middle.pk, small.pk, large.pk]


def test_a_card_says_since_when_it_is_free_and_until_when(client, park, today):
    one = suite(park)
    let(one, after(today, -90), after(today, 9))
    let(one, after(today, 100), None)
    text = text_of(ask(client, move_in=after(today, 30).isoformat()))
    assert f"Free from {dated(after(today, 10))} until {dated(after(today, 99))}" in text


def test_what_becomes_free_within_90_days_stands_apart_on_the_first_page(client, park, today):
    soon = suite(park, "Soon")
    let(soon, after(today, -90), after(today, 89))
    late = suite(park, "Late")
    let(late, after(today, -90), after(today, 90))
    first = suite(park, "First", in_service_from=after(today, 10))
    free = suite(park, "Free")
    response = ask(client)
    assert found(response) == [free.pk] and found_soon(response) == [first.pk, soon.pk]
    assert dated(after(today, 90)) in text_of(response) and dated(after(today, 10)) in text_of(response)
    assert found_soon(ask(client, q="soon")) == [soon.pk]
    assert found_soon(ask(client, move_in=after(today, 1).isoformat())) == [first.pk, soon.pk, late.pk]
    assert count(response) == 1


def test_free_soon_means_for_the_whole_asked_term(client, park, today):
    one = suite(park)
    let(one, after(today, -90), after(today, 9))
    let(one, after(today, 80), None)
    assert found_soon(ask(client, months="1")) == found_soon(ask(client, months="2")) == [one.pk]
    assert found_soon(ask(client, months="3")) == []


def test_the_first_to_become_free_are_found_behind_any_number_that_are_let_on(
    client, park, today, django_assert_num_queries
):
    for n in range(space.ENDS_FOR_EACH):
        taken = suite(park, f"T-{n}")
        let(taken, after(today, -90), after(today, n))
        let(taken, after(today, n + 1), None)
    soon, later, free = (suite(park, name) for name in ("S", "L", "F"))
    let(soon, after(today, -90), after(today, 20))
    let(later, after(today, -90), after(today, 30))
    for most, keys, queries in ((1, [soon.pk], 3), (2, [soon.pk, later.pk], 2), (9, [soon.pk, later.pk], 2)):
        with django_assert_num_queries(queries):
            cards = space.free_soon(space.published(), space.Period(today), today, most)
        assert [card["pk"] for card in cards] == keys
    assert found_soon(ask(client)) == [soon.pk, later.pk]
    assert found(ask(client)) == [free.pk]


def test_a_suite_is_free_since_it_came_to_be_and_until_the_eve_of_its_next_letting(park, today):
    plain, between = suite(park, "P"), suite(park, "B")
    let(between, after(today, -90), after(today, 5))
    let(between, after(today, 60), None)
    day = space.Period(after(today, 10))
    cards = space.dated(space.as_cards(space.free(space.published(), day, today).order_by("pk"), day, today), today)
    assert [(card["pk"], card["free_since"], card["free_until"]) for card in cards] == [
        (plain.pk, today, None),
        (between.pk, after(today, 6), after(today, 59)),
    ]


def test_where_more_becomes_free_soon_than_is_shown_a_link_leads_on(client, park, today):
    for n in range(12):
        let(suite(park, f"S-{n}"), after(today, -90), after(today, n))
    response = ask(client)
    assert len(found_soon(response)) == 10
    link = re.search(r'<a href="(\?move_in=[0-9-]+)">More become free later', html_of(response))[1]
    assert len(found(client.get("/space/" + link))) == 11
