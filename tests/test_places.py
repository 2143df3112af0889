"""The pages of cities, regions and hosts: the listed parks there and nothing of the others."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks.models import Park
from parks.models.place import Region
from stp_portal.kit.words import dated
from tests.factories import AreaReportFactory, CityFactory, HostFactory, ParkFactory, StageEventFactory

pytestmark = pytest.mark.django_db


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status, address
    html = re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return re.sub(r"(?<=>) | (?=<)", "", html)


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def names(html):
    return re.findall(r"<h3><a [^>]*><bdi>(.*?)</bdi>", html)


@pytest.fixture
def mingora():
    return CityFactory(
        name="Mingora", slug="mingora", name_ur="مینگورہ", aliases="Mangora\n\nSwat", region=Region.KHYBER_PAKHTUNKHWA
    )


def test_a_city_shows_its_listed_parks_as_the_list_does_with_its_other_names(client, mingora):
    park = ParkFactory(name="Swat Park", city=mingora, host=HostFactory(name="The Mall"))
    StageEventFactory(park=park)
    AreaReportFactory(park=park, area_sqft=4500)
    ParkFactory(name="Elsewhere")
    html = page(client, "/cities/mingora/")
    assert names(html) == ["Swat Park"]
    text = text_of(html)
    assert "Other names: Mangora , Swat" in text and "مینگورہ" in text
    assert "4,500 sq ft" in text and "since 1 March 2022" in text and "The Mall" in text
    assert '<a href="/regions/khyber-pakhtunkhwa/">Khyber Pakhtunkhwa</a>' in html
    assert 'href="/parks/?city=mingora"' in html


def test_counts_are_by_programme_and_of_a_day(client, mingora):
    ParkFactory.create_batch(2, city=mingora, programme="sco")
    ParkFactory(city=mingora)
    text = text_of(page(client, "/cities/mingora/"))
    assert f"On {dated(timezone.localdate())} , by programme: PSEB park 1 · SCO park 2" in text
    assert "3 listed parks" in text


def test_a_region_names_its_cities_with_their_listed_parks_and_links_to_the_filter(client, mingora):
    ParkFactory.create_batch(2, city=mingora)
    ParkFactory(city=mingora, listed=False)
    ParkFactory(city=CityFactory(name="Bannu", slug="bannu", region=Region.KHYBER_PAKHTUNKHWA))
    ParkFactory(city=CityFactory(name="Hidden Town", region=Region.KHYBER_PAKHTUNKHWA), listed=False)
    html = page(client, "/regions/khyber-pakhtunkhwa/")
    assert "Bannu (1) , Mingora (2)" in text_of(html)
    assert "Hidden Town" not in html
    assert 'href="/parks/?region=khyber-pakhtunkhwa"' in html and len(names(html)) == 3


def test_a_region_without_a_listed_park_says_so_and_offers_the_way_on(client):
    ParkFactory(name="Hidden Canary", city=CityFactory(region=Region.BALOCHISTAN), listed=False)
    html = page(client, "/regions/balochistan/")
    assert "No park is listed in Balochistan yet." in text_of(html)
    assert "Hidden Canary" not in html and "Filter these parks" not in html
    assert 'href="/contact/"' in html and 'href="/parks/"' in html


def test_a_host_shows_its_parks_kind_and_website(client):
    host = HostFactory(
        name="Hazara University", slug="hazara", kind="university_or_college", website="https://hu.edu.pk"
    )
    ParkFactory(name="Hazara Park", host=host)
    html = page(client, "/hosts/hazara/")
    assert names(html) == ["Hazara Park"]
    assert "University or college" in text_of(html) and 'href="https://hu.edu.pk"' in html


@pytest.mark.parametrize("kind", ["cities", "hosts"])
def test_a_place_with_unlisted_parks_alone_is_404_as_if_it_were_not_there(client, kind):
    park = ParkFactory(listed=False, city=CityFactory(slug="secret"), host=HostFactory(slug="secret"))
    page(client, f"/{kind}/secret/", 404)
    park.listed = True
    park.save()
    page(client, f"/{kind}/secret/")


@pytest.mark.parametrize(
    "address", ["/cities/nowhere/", "/regions/nowhere/", "/hosts/nowhere/", "/regions/PUNJAB/", "/cities/a%00b/"]
)
def test_an_unknown_place_is_404(client, address):
    page(client, address, 404)


def test_an_unlisted_park_is_not_shown_beside_listed_ones(client, mingora):
    host = HostFactory(slug="mall")
    ParkFactory(city=mingora, host=host)
    ParkFactory(name="Hidden Canary", city=mingora, host=host, listed=False)
    for address in ("/cities/mingora/", "/regions/khyber-pakhtunkhwa/", "/hosts/mall/"):
        html = page(client, address)
        assert "Hidden Canary" not in html and "1 listed park" in text_of(html)


def test_more_than_25_parks_are_paged_and_a_bad_page_gives_the_first(client, mingora):
    ParkFactory.create_batch(26, city=mingora)
    first, second = page(client, "/cities/mingora/"), page(client, "/cities/mingora/?page=2")
    assert len(names(first)) == 25 and len(names(second)) == 1
    assert not set(names(first)) & set(names(second))
    assert "(page 2 of 2)" in re.search("<title>(.*?)</title>", second)[1]
    for bad in ("3", "abc", "-1", "9" * 5000, "%00"):
        html = page(client, f"/cities/mingora/?page={bad}&x=1")
        assert names(html) == names(first)
        assert 'rel="canonical" href="http://testserver/cities/mingora/"' in html and "noindex" in html


@pytest.mark.parametrize("address", ["/cities/mingora/", "/regions/khyber-pakhtunkhwa/", "/hosts/mall/"])
def test_the_number_of_queries_does_not_grow_with_the_parks(client, mingora, address):
    host = HostFactory(slug="mall")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(client, address)
        return len(captured)

    StageEventFactory(park=ParkFactory(city=mingora, host=host))
    one = queries()
    for _number in range(20):
        StageEventFactory(park=ParkFactory(city=mingora, host=host))
    assert queries() == one <= 12


def test_names_with_markup_are_inert(client):
    ParkFactory(city=CityFactory(name="<script>x</script>", slug="x", aliases="<b>y", name_ur="<i>"))
    html = page(client, "/cities/x/")
    assert "<script>" not in html and "<b>y" not in html and "<i>" not in html


def test_a_park_page_links_to_its_places_and_the_home_tiles_to_the_regions(client, mingora):
    ParkFactory(slug="swat", city=mingora, host=HostFactory(slug="mall"))
    html = page(client, "/parks/swat/")
    for address in ("/cities/mingora/", "/regions/khyber-pakhtunkhwa/", "/hosts/mall/", "/parks/swat/ask/"):
        assert f'href="{address}"' in html
    home = page(client, "/")
    assert all(f'href="/regions/{region}/"' in home for region in Region.values)


@pytest.mark.usefixtures("real_register")
def test_every_place_of_the_real_register_answers_with_its_count(client):
    places = set()
    for city, region, host in Park.objects.listed().values_list("city__slug", "city__region", "host__slug"):
        places |= {f"/cities/{city}/", f"/regions/{region}/"} | ({f"/hosts/{host}/"} if host else set())
    assert len(places) > 50
    counts = {address: int(re.search(r'id="count">(\d+)', page(client, address))[1]) for address in places}
    assert sum(count for address, count in counts.items() if address.startswith("/regions/")) == 68
    assert sum(count for address, count in counts.items() if address.startswith("/cities/")) == 68
