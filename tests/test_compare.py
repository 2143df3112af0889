"""Up to four suites or parks side by side."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from tenants.costs import Cost, first_month, first_year, monthly_cost, with_monthly_cost
from tests.factories import (
    AreaReportFactory,
    CityFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
)

pytestmark = pytest.mark.django_db


def page(client, query, status=200):
    response = client.get(f"/compare/{query}")
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def rows(html):
    """{label: [entry, …]} of all tables, as plain texts."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", html.split("<tbody>", 1)[1]):
        texts = [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", cell)).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)
        ]
        found[texts[0]] = texts[1:]
    return found


def suite(**facts):
    return SuiteFactory(**{"rent_basis": "per_sqft", "rent_pkr": 100, "service_charge_pkr": 5000} | facts)


@pytest.mark.parametrize(
    ("facts", "cost"),
    [
        ({}, (Decimal(100_000), Decimal(5000), Decimal(105_000))),
        ({"rent_pkr": "33.335", "lettable_area_sqft": 1}, (Decimal("33.34"), Decimal(5000), Decimal("5033.34"))),
        ({"rent_basis": "per_seat", "seats": 12}, (Decimal(1200), Decimal(5000), Decimal(6200))),
        ({"rent_basis": "per_seat", "seats": None}, None),
        ({"lettable_area_sqft": None}, None),
        ({"rent_basis": "fixed", "rent_pkr": 0}, (Decimal(0), Decimal(5000), Decimal(5000))),
        ({"service_charge_pkr": None}, (Decimal(100_000), None, None)),
        ({"rent_basis": "", "rent_pkr": None}, None),
    ],
)
def test_a_month_costs_the_same_in_python_and_in_the_database(facts, cost):
    made = suite(**facts)
    made.refresh_from_db()
    found = monthly_cost(made)
    assert (found and (found.rent, found.charge, found.total)) == cost
    row = with_monthly_cost(type(made).objects.filter(pk=made.pk)).get()
    assert (row.monthly_rent_pkr, row.monthly_total_pkr) == ((cost[0], cost[2]) if cost else (None, None))


def test_a_first_month_holds_the_deposit_and_a_first_year_does_not():
    made = suite()
    start = first_month(made, 3)
    assert (start.rent, start.charge, start.deposit, start.total) == (100_000, 5000, 300_000, 405_000)
    assert first_year(made) == Cost(Decimal(1_200_000), Decimal(60_000))
    assert first_month(suite(rent_basis="", rent_pkr=None), 3) is None


def test_differences_stand_in_words(client):
    cheap = suite(number="A-1", lettable_area_sqft=1000)
    large = suite(number="B-1", lettable_area_sqft=3000, park=cheap.park, fit_out="raw")
    found = rows(page(client, f"?suite={cheap.pk}&suite={large.pk}"))
    assert found["Net lettable area different"] == ["1,000 sq ft smallest", "3,000 sq ft largest"]
    assert found["Rent and charge, first year different"] == ["Rs 1,260,000 lowest", "Rs 3,660,000 highest"]
    assert found["The same per sq ft different"] == ["Rs 105 highest", "Rs 101.67 lowest"]
    assert found["Park"] == [cheap.park.name] * 2 and found["Seats"] == ["Not reported"] * 2
    assert found["Fit-out"] == ["Not reported", "Raw"]


def test_what_is_unknown_is_neither_lowest_nor_zero(client):
    request, known = suite(number="A", rent_basis="", rent_pkr=None), suite(number="B")
    found = rows(page(client, f"?suite={request.pk}&suite={known.pk}"))
    assert found["Rent a month"] == ["on request", "Rs 100,000"]
    assert found["Rent and charge, first year"] == ["Not reported", "Rs 1,260,000"]


def test_equal_ends_are_both_marked(client):
    made = [suite(number=name, seats=seats) for name, seats in (("A", 4), ("B", 4), ("C", 9))]
    found = rows(page(client, "?" + "&".join(f"suite={each.pk}" for each in made)))
    assert found["Seats different"] == ["4 fewest", "4 fewest", "9 most"]


def test_a_let_suite_says_its_state_and_from_when_it_is_free(client):
    today = timezone.localdate()
    free, taken = suite(number="A"), suite(number="B")
    LettingFactory(
        suite=taken,
        lease=LeaseFactory(park=taken.park),
        commencement_date=today - dt.timedelta(9),
        expiry_date=today + dt.timedelta(9),
        rent="987654.32",
    )
    html = page(client, f"?suite={free.pk}&suite={taken.pk}")
    found = rows(html)
    assert found["State today different"] == ["Vacant", "Let"]
    assert found["Free from different"][0] == "Now earliest" and "latest" in found["Free from different"][1]
    assert "987654" not in html and "987,654" not in html


def test_parks_are_compared_as_well_and_beside_suites(client):
    one, two = ParkFactory(slug="one", power_hours=20), ParkFactory(slug="two", power_hours=24)
    StageEventFactory(park=one)
    AreaReportFactory(park=one, area_sqft=9000)
    made = suite(park=two)
    found = rows(page(client, f"?park=one&park=two&suite={made.pk}"))
    assert found["Hours of power a day different"] == ["20 fewest", "24 most"]
    assert found["Free area today"] == ["Not reported", "1,000 sq ft"]
    assert found["Covered area, as reported"] == ["9,000 sq ft", "Not reported"]
    assert found["Net lettable area"] == ["1,000 sq ft"]


def test_each_can_be_removed_and_another_added_without_script(client):
    first, second = suite(number="A"), suite(number="B")
    third = suite(number="C", park=first.park)
    html = page(client, f"?suite={first.pk}&suite={second.pk}")
    assert f'href="?suite={second.pk}"' in html and f'href="?suite={first.pk}"' in html
    assert html.count(f'<input type="hidden" name="suite" value="{first.pk}">') == 2
    assert f'<option value="{third.pk}">' in html and f'<option value="{first.pk}">' not in html
    assert "<script" not in html


def test_a_choice_names_free_suites_of_the_same_city_only(client):
    lahore = CityFactory()
    first = suite(number="A", park=ParkFactory(city=lahore))
    near = suite(number="B", park=ParkFactory(city=lahore))
    far = suite(number="C")
    taken = suite(number="D", park=near.park)
    today = timezone.localdate()
    LettingFactory(suite=taken, commencement_date=today, expiry_date=today)
    html = page(client, f"?suite={first.pk}")
    assert f'<option value="{near.pk}">' in html
    assert f'<option value="{far.pk}">' not in html and f'<option value="{taken.pk}">' not in html
    assert f'<option value="{far.pk}">' in page(client, "")


def test_bad_values_are_named_and_left_out(client):
    made = suite(number="A-77")
    hidden = suite(park=ParkFactory(listed=False, slug="hidden"))
    gone = suite(withdrawn_from=dt.date(2020, 1, 1))
    bad = [
        "abc",
        "-1",
        "0",
        "9" * 5000,
        "1e5",
        "٣",
        "%00",
        "<b>x",
        str(hidden.pk),
        str(gone.pk),
        "99999999999999999999",
    ]
    for value in bad:
        html = page(client, f"?suite={made.pk}&suite={value}")
        assert "can be compared; it is left out" in html and "A-77" in html and "<b>x" not in html
    for value in ("hidden", "nope", "a%00b", "x" * 5000):
        assert "can be compared; it is left out" in page(client, f"?park={value}")
    assert "Choose up to four" in page(client, "?suite=&park=")


def test_the_same_twice_is_one_and_a_fifth_is_left_out_with_a_word(client):
    made = [suite(number=f"N-{number}") for number in range(5)]
    one = page(client, f"?suite={made[0].pk}&suite={made[0].pk}")
    assert one.count('<span class="hidden">Remove:</span>') == 1
    html = page(client, "?" + "&".join(f"suite={each.pk}" for each in made))
    assert html.count('<span class="hidden">Remove:</span>') == 4 and "N-4<" not in html
    assert "Up to four can be compared" in html and "Add another" not in html


def test_suites_of_one_number_are_told_apart_in_narrow_tables(client):
    one, two = suite(number="A-1", park=ParkFactory(name="North")), suite(number="A-1", park=ParkFactory(name="South"))
    html = page(client, f"?suite={one.pk}&suite={two.pk}")
    assert 'data-label="A-1, North"' in html and 'data-label="A-1, South"' in html


def test_four_take_as_many_queries_as_one(client, django_assert_num_queries, django_assert_max_num_queries):
    parks = [ParkFactory(slug=f"p-{number}") for number in range(2)]
    made = [suite(number=f"N-{number}") for number in range(2)]
    with django_assert_max_num_queries(8) as few:
        page(client, f"?suite={made[0].pk}&park=p-0")
    assert parks
    for _number in range(20):
        suite(park=made[0].park)
    with django_assert_num_queries(len(few)):
        page(client, f"?suite={made[1].pk}&park=p-1")
