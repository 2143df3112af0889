"""The downloads hold the rows of the screen, in its order, for any combination of filters."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from parks.filters import SORTS
from parks.models.park import PartnershipKind, Programme
from parks.models.place import HostKind, Region
from parks.models.stage import Stage
from tests.test_open_data import FORMATS, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_register")]


def some(values):
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)


VALUES = {
    "q": st.sampled_from(["university", "it park", "mangora", "stp", "پارک", "---"]),
    "region": some(Region.values),
    "city": some(["lahore", "karachi", "islamabad", "quetta", "peshawar"]),
    "stage": some([*Stage.values, "nope"]),
    "programme": some(Programme.values),
    "host_kind": some(HostKind.values),
    "partnership": some(PartnershipKind.values),
    "women_only": st.sampled_from(["1", "0"]),
    "area_min": st.sampled_from(["0", "5,000", "25000", "abc"]),
    "area_max": st.sampled_from(["10000", "۵۰۰۰۰", "900000"]),
    "area_missing": st.just("1"),
    "on": st.sampled_from(["2021-06-30", "2023-01-01", "9 March 2026", "2030-01-01"]),
}
# Few filters at a time, since many leave no row; half of the lists are as on today.
COMBINATIONS = st.lists(st.sampled_from(list(VALUES)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def slugs_on_screen(client, params):
    """The parks of all pages of the list, in order; None when a filter is refused."""
    found, page = [], 1
    while True:
        text = client.get("/parks/", {**params, "page": page}).content.decode()
        if "There is a problem" in text:
            return None
        found += re.findall(r'<h3>\s*<a href="/parks/([^/"]+)/"', text)
        if 'rel="next"' not in text:
            return found
        page += 1


@hypothesis_settings(max_examples=50, deadline=None)
@given(params=COMBINATIONS, sort=st.sampled_from(["", *SORTS]), page=st.sampled_from(["", "2"]))
def test_each_format_has_the_rows_of_the_screen_in_its_order(params, sort, page):
    client = Client()
    expected = slugs_on_screen(client, {**params, "sort": sort})
    for kind in FORMATS:
        asked = {**params, "sort": sort, "page": page}
        if expected is None:
            assert client.get("/parks/", {**asked, "format": kind}).status_code == 400
        else:
            assert [row["slug"] for row in rows(client, kind, **asked)] == expected


def test_without_filters_all_68_parks_are_in_each_file():
    client = Client()
    screen = slugs_on_screen(client, {})
    assert len(screen) == 68
    for kind in FORMATS:
        assert [row["slug"] for row in rows(client, kind)] == screen
