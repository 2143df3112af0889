"""Any combination of filters gives what plain Python finds, on the screen as in every download."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from stp_portal.kit.dates import months_before
from tenants import occupancy
from tenants.costs import monthly_cost
from tests.space_pages import CANARY, CANARY_RENT, FORMATS, after, all_found, ask, found_soon, key_of, rows, world

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture(scope="module")
def space(django_db_setup, django_db_blocker):
    """The world of `space_pages`, once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world(TODAY)
        transaction.set_rollback(True)


def some(*values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)


VALUES = {
    "q": st.sampled_from(["arfa", "hub", "kurrachee", "s 1", "d", "12"]),
    "region": some("punjab", "sindh", "balochistan"),
    "city": some("lahore", "karachi", "quetta"),
    "area_min": st.sampled_from(["0", "500", "1,500", "4000"]),
    "area_max": st.sampled_from(["450", "۲۵۰۰", "6000 sq ft"]),
    "seats": st.sampled_from(["1", "3", "12"]),
    "rent_max": st.sampled_from(["Rs 20,000", "75000", "300,000"]),
    "move_in": st.sampled_from([0, 10, 20, 30, 49, 60, 300, 401]).map(lambda days: after(TODAY, days).isoformat()),
    "months": st.sampled_from(["1", "2", "12", "120"]),
    "kind": some("suite", "desk"),
    "fit_out": some("raw", "warm_shell", "plug_and_play"),
    "amenity": some("lift", "power", "generator"),
    "women_only": st.sampled_from(["1", "0"]),
    "on_request": st.just("1"),
}
COMBINATIONS = st.lists(st.sampled_from(list(VALUES)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)
WORDS = {
    "arfa": "arfa tower lahore",
    "nastp": "nastp hub karachi kurrachee",
    "quetta-hub": "quetta hub",
}
HAS = {"arfa": {"lift", "power", "generator"}, "nastp": {"lift"}, "quetta-hub": set()}


def number(text):
    digits = text.translate(str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789"))
    return Decimal("".join(letter for letter in digits if letter.isdigit()))


def is_free(periods, first, last):
    """Whether no day from `first` to `last` lies in one of the periods, both ends of which count."""
    return all(last < begins or (ends is not None and first > ends) for begins, ends in periods)


def fits(suite, params):
    """Whether the suite fits all filters but the days."""
    words = f"{WORDS[suite.park.slug]} {suite.park.code} {suite.number}".lower().replace("-", " ").split()
    cost = monthly_cost(suite)
    total = cost and cost.total
    area, seats = suite.lettable_area_sqft, suite.seats
    tests = {
        "q": lambda q: all(any(word.startswith(part) for word in words) for part in q.split()),
        "region": lambda values: suite.park.city.region in values,
        "city": lambda values: suite.park.city.slug in values,
        "area_min": lambda text: area is not None and area >= number(text),
        "area_max": lambda text: area is not None and area <= number(text),
        "seats": lambda text: seats is not None and seats >= number(text),
        "rent_max": lambda text: total is not None and total <= number(text),
        "kind": lambda values: suite.kind in values,
        "fit_out": lambda values: suite.fit_out in values,
        "amenity": lambda keys: set(keys) <= HAS[suite.park.slug],
        "women_only": lambda yes: yes == "0" or suite.park.women_only is True,
        "on_request": lambda _yes: total is None,
    }
    return all(test(params[name]) for name, test in tests.items() if name in params)


def expected(space, params):
    """The keys of the free suites, by plain Python."""
    suites, busy = space
    first = dt.date.fromisoformat(params["move_in"]) if "move_in" in params else TODAY
    last = months_before(first, -int(params["months"])) - dt.timedelta(1) if "months" in params else first
    return {
        key
        for key, suite in suites.items()
        if suite.park.listed and fits(suite, params) and is_free(busy[key], first, last)
    }


def is_refused(params):
    """Combinations that the form names as impossible."""
    reversed_areas = {"area_min", "area_max"} <= set(params) and number(params["area_min"]) > number(params["area_max"])
    return reversed_areas or {"on_request", "rent_max"} <= set(params)


@hypothesis_settings(max_examples=60, deadline=None)
@given(params=COMBINATIONS, sort=st.sampled_from(["", "rent", "area", "free_from", "fit"]))
def test_any_combination_gives_what_plain_python_finds(space, params, sort):
    client = Client()
    params = {**params, "sort": sort}
    shown = all_found(client, **params)
    if is_refused(params):
        assert shown is None
        return
    assert len(shown) == len(set(shown)) and set(shown) == expected(space, params)


@hypothesis_settings(max_examples=25, deadline=None)
@given(params=COMBINATIONS, sort=st.sampled_from(["", "rent", "area", "free_from"]), page=st.sampled_from(["", "2"]))
def test_each_format_has_the_rows_of_the_screen_in_its_order(space, params, sort, page):
    client = Client()
    shown = all_found(client, **params, sort=sort)
    for kind in FORMATS:
        query = {**params, "sort": sort, "page": page}
        if shown is None:
            assert client.get("/space/", {**query, "format": kind}).status_code == 400
        else:
            assert [key_of(row) for row in rows(client, kind, **query)] == shown


@hypothesis_settings(max_examples=25, deadline=None)
@given(params=COMBINATIONS.filter(lambda params: "months" not in params))
def test_free_soon_is_what_is_not_free_on_the_day_and_is_within_90_days(space, params):
    if is_refused(params):
        return
    suites, busy = space
    first = dt.date.fromisoformat(params["move_in"]) if "move_in" in params else TODAY
    days = {
        key: next((n for n in range(91) if is_free(busy[key], after(first, n), after(first, n))), None)
        for key, suite in suites.items()
        if suite.park.listed and fits(suite, params)
    }
    soon = {key: n for key, n in days.items() if n}
    shown = found_soon(ask(Client(), **params))
    assert set(shown) <= set(soon) and len(shown) == min(len(soon), 10)
    assert [soon[key] for key in shown] == sorted(soon.values())[:10]


def test_the_columns_say_cost_and_days_as_known(space):
    suites, busy = space
    client = Client()
    for kind in FORMATS:
        for row in rows(client, kind):
            suite = suites[key_of(row)]
            cost = monthly_cost(suite)
            blank = "" if kind == "csv" else None
            total = None if cost is None or cost.total is None else cost.total
            assert (
                row["monthly_total_pkr"] == blank if total is None else Decimal(str(row["monthly_total_pkr"])) == total
            )
            assert row["suite"] == suite.number and row["park"] == suite.park.name
            assert str(row["free_from"])[:10] == TODAY.isoformat()
            next_busy = min((first for first, _last in busy[suite.pk] if first > TODAY), default=None)
            until = next_busy and (next_busy - dt.timedelta(1)).isoformat()
            assert str(row["free_until"] or "")[:10] == (until or "")


def test_the_downloads_name_no_tenant_and_no_agreed_rent(space):
    client = Client()
    for kind in FORMATS:
        for params in ({}, {"move_in": after(TODAY, 401).isoformat()}):
            text = str(rows(client, kind, **params))
            assert CANARY not in text and str(CANARY_RENT) not in text


def test_downloads_say_what_is_a_demonstration(space):
    suites, _busy = space
    key = next(iter(key_of(row) for row in rows(Client(), "json")))
    type(suites[key]).objects.filter(pk=key).update(demo=True)
    for kind, yes in (("csv", "yes"), ("json", True), ("xlsx", True)):
        marked = {key_of(row) for row in rows(Client(), kind) if row["demonstration"] == yes}
        assert marked == {key}
    type(suites[key]).objects.filter(pk=key).update(demo=False)


def test_json_says_which_day_and_which_days_were_asked_for(space):
    day = after(TODAY, 5).isoformat()
    response = Client().get("/space/", {"format": "json", "move_in": day, "months": "2"})
    head = b"".join(response.streaming_content).decode().partition("[")[0]
    assert f'"on": "{TODAY.isoformat()}"' in head and f'"move_in": "{day}"' in head and '"months": 2' in head
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Disposition"] == f'attachment; filename="free-space-{TODAY.isoformat()}.json"'


def test_a_format_that_is_none_is_refused_by_name():
    response = Client().get("/space/", {"format": "pdf"})
    assert response.status_code == 400
    assert "Format must be one of these: csv, xlsx, json." in response.content.decode()


def test_the_search_and_the_state_of_a_suite_agree(space):
    suites, _busy = space
    kept = occupancy.with_state(next(iter(suites.values())).__class__.objects.filter(park__listed=True), TODAY, TODAY)
    vacant = {suite.pk for suite in kept if suite.state == "vacant"}
    assert set(all_found(Client())) == vacant
