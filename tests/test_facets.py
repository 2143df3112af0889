"""The number beside each choice of a filter is the number of parks that it gives."""

import datetime as dt
import random
import re

import pgtrigger
import pytest
from django.http import QueryDict
from django.utils import timezone

from parks.facets import COLUMNS, FLAGS, facets_of
from parks.filters import AMENITIES, ParkFilter
from parks.models import AreaReport, HostAgreement, Park, StageEvent
from tenants.occupancy import with_free_area
from tests.factories import ParkFactory, StageEventFactory, SuiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_register")]


def filters_for(query, on=None):
    day = on or timezone.localdate()
    parks = with_free_area(Park.objects.listed().with_stage(day).with_area(), day, day)
    return ParkFilter(QueryDict(query), parks)


def found(query):
    """The slow, obvious count: filter the list itself."""
    filters = filters_for(query)
    assert filters.form.is_valid(), filters.form.errors
    return filters.queryset.filter(filters.all_of(filters.conditions())).count()


def with_only(query, name, value):
    """The same address with one value of one filter."""
    params = QueryDict(query, mutable=True)
    params.setlist(name, [value])
    return params.urlencode()


@pytest.fixture
def equipped():
    """Some parks with amenities, of which the real register reports none."""
    throw = random.Random(7)
    for number in range(12):
        park = ParkFactory(
            name=f"Equipped {number}",
            programme=throw.choice(["pseb", "sco"]),
            power_hours=throw.choice([None, 0, 20, 24]),
            generator=throw.choice([None, True, False]),
            internet_providers=throw.choice(["", "One\nTwo"]),
            lift=throw.choice([None, True]),
            parking_spaces=throw.choice([None, 0, 9]),
        )
        StageEventFactory(park=park, stage=throw.choice(["operational", "closed"]))
        if number % 3:
            SuiteFactory(park=park, lettable_area_sqft=throw.choice([None, 800, 2_000]))


QUERIES = [
    "",
    "region=punjab",
    "region=punjab&region=sindh&stage=operational",
    "q=park&programme=sco",
    "stage=operational&programme=pseb&host_kind=government_body",
    "area_min=1000&stage=fit_out",
    "city=lahore&stage=closed",
    "free_min=1000&region=punjab",
    "free_missing=1&stage=operational",
    "women_only=1&partnership=sco",
    "amenity=generator",
    "amenity=generator&amenity=lift&stage=operational",
]


@pytest.mark.parametrize("query", QUERIES)
def test_each_choice_counts_what_it_gives(equipped, query):
    filters = filters_for(query)
    assert filters.form.is_valid()
    facets = facets_of(filters)
    assert facets.count == found(query)
    assert sum(facets.by_programme.values()) == facets.count
    for name in COLUMNS:
        for value, _label in filters.form.fields[name].choices:
            assert facets.parks[name][value] == found(with_only(query, name, value)), (name, value)
    for key in FLAGS:
        compared = {"area_missing": {"area_min", "area_max"}, "free_missing": {"free_min"}}.get(key, set())
        if not compared & set(QueryDict(query)):
            assert facets.parks["flags"][key] == found(with_only(query, key, "1")), key
    for key in AMENITIES:
        more = QueryDict(query, mutable=True)
        more.setlist("amenity", [*more.getlist("amenity"), key])
        assert facets.parks["amenity"][key] == found(more.urlencode()), key


def test_all_choices_take_two_queries(equipped, django_assert_num_queries):
    filters = filters_for("region=punjab&stage=operational&amenity=lift")
    assert filters.form.is_valid()
    with django_assert_num_queries(2):
        facets_of(filters)


def test_the_page_writes_the_number_beside_the_choice(client):
    html = client.get("/parks/?region=punjab").content.decode()
    assert '<span>Operational</span><span class="num">2</span>' in html
    assert '<span>Sindh</span><span class="num">8</span>' in html


def test_a_city_that_gives_nothing_is_left_out_unless_it_is_ticked(client):
    html = client.get("/parks/?region=sindh&city=lahore").content.decode()
    assert 'value="lahore" checked' in html and 'value="karachi"' in html and 'value="multan"' not in html


def test_the_latest_change_of_a_park_or_of_one_of_its_facts_comes_first(client):
    arfa = Park.objects.get(name="Arfa Software Technology Park")
    fazal = Park.objects.get(name="Fazal Software Technology Park")
    kinds = [model.pgh_event_model for model in (Park, StageEvent, AreaReport, HostAgreement)]

    def written(events, year):
        events.update(pgh_created_at=dt.datetime(year, 1, 1, tzinfo=dt.UTC))

    # Events are stamped with the start of their transaction, which in a test is one and the same.
    with pgtrigger.ignore(*(f"parks.{kind.__name__}:append_only" for kind in kinds)):
        for kind in kinds:
            written(kind.objects.all(), 2020)
        written(Park.pgh_event_model.objects.filter(pgh_obj_id=arfa.pk), 2021)
        written(StageEvent.pgh_event_model.objects.filter(park_id=fazal.pk), 2022)
    html = client.get("/parks/?sort=changed").content.decode()
    names = re.findall(r"<h3>\s*<a [^>]*><bdi>(.*?)</bdi>", html)
    assert names[:2] == [fazal.name, arfa.name] and len(names) == 25
