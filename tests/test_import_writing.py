"""Bulk writing: the refused are found among the good, and what several rows need is made once."""

import pytest

from parks.models import HostInstitution, Park
from tenants.importing.planning import Plan, Write
from tenants.importing.writing import Writer
from tests.factories import CityFactory

pytestmark = pytest.mark.django_db


def plan(number, slug, city):
    """A park with a host that all of these plans need."""
    host = HostInstitution(name="PITB", slug="pitb")
    park = Park(name=f"Park {number}", slug=slug, city=city, programme="pseb", host=host, code=f"X-{number}")
    return [Plan(number, writes=[Write(park, None, 1), Write(host, None, 0, once=("host", "pitb"))])]


def test_a_host_needed_by_several_is_made_by_the_first_that_is_accepted():
    city = CityFactory()
    writer = Writer(None, commits=False)
    groups = [plan(number, "Not A Slug" if number in {0, 5} else f"park-{number}", city) for number in range(9)]
    refused = writer.write(groups)
    assert set(refused) == {0, 5}
    assert refused[0][0].key == "slug"
    assert HostInstitution.objects.get().parks.count() == 7


def test_a_host_made_for_one_chunk_is_there_for_the_next_unless_it_was_rolled_back():
    city = CityFactory()
    writer = Writer(None, commits=False)
    assert writer.write([plan(1, "one", city)]) == {}
    assert writer.write([plan(2, "two", city)]) == {}
    assert HostInstitution.objects.get().parks.count() == 2
    Park.objects.all().delete()
    HostInstitution.objects.all().delete()
    writer.forget()
    assert writer.write([plan(3, "three", city)]) == {}
    assert HostInstitution.objects.get().parks.count() == 1
