"""What leaves a park's page: the text to pass on, structured data, what a shared link shows."""

import datetime as dt
import json
import re

import pytest

from parks.models import ParkPhoto
from parks.structured import data_block
from tests.factories import AreaReportFactory, CityFactory, HostFactory, ParkFactory, StageEventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def park():
    park = ParkFactory(
        name="Arfa Park",
        name_ur="ارفع",
        slug="arfa",
        city=CityFactory(name="Lahore", slug="lahore", region="punjab"),
        host=HostFactory(name="The Host", slug="the-host"),
        latitude="31.5",
        longitude="74.3",
        coordinates_precision="approximate",
        lift=False,
        generator=True,
    )
    StageEventFactory(park=park, on=dt.date(2012, 2, 1), on_precision="month")
    AreaReportFactory(park=park, area_sqft=44_000, reported_on=dt.date(2021, 1, 1), reported_on_precision="year")
    return park


def share(client, slug="arfa"):
    response = client.get(f"/parks/{slug}/share.txt")
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return response.content.decode()


def graph(client, slug="arfa"):
    html = client.get(f"/parks/{slug}/").content.decode()
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    return {one["@type"]: one for one in json.loads(block)["@graph"]}


def metas(client, address):
    html = client.get(address).content.decode()
    return dict(re.findall(r'<meta (?:name|property)="([^"]+)"\s+content="([^"]*)"', html))


def test_a_park_as_text_says_what_matters_and_where_to_read_on(client, park, monkeypatch):
    monkeypatch.setattr("parks.views.share.timezone.localdate", lambda: dt.date(2026, 3, 9))
    assert share(client).splitlines() == [
        "Arfa Park",
        "Lahore, Punjab",
        "Stage: Operational, February 2012",
        "Covered area, as reported: 44,000 sq ft",
        "Find it: search a map for “The Host, Lahore”; the exact place is not surveyed.",
        "http://testserver/parks/arfa/",
        "As the register has it on 9 March 2026.",
    ]


def test_what_is_unknown_is_not_reported_in_the_text_too(client):
    ParkFactory(name="Bare", slug="bare", city=CityFactory(name="Islamabad", region="islamabad"))
    text = share(client, "bare")
    assert "Stage: not reported" in text and "as reported: not reported" in text
    assert "“Bare, Islamabad”" in text and "Islamabad, Islamabad" not in text


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("reported_established", "Stage: Reported established, date not reported; known by 1 January 2024"),
        ("state_unknown", "Stage: Present state not known, as on 1 January 2024"),
    ],
)
def test_an_undated_stage_is_told_by_when_it_was_known(client, stage, words):
    StageEventFactory(park=ParkFactory(slug="arfa"), stage=stage, on=None, known_by=dt.date(2024, 1, 1))
    assert words in share(client)


def test_only_a_surveyed_point_leaves_the_house(client, park):
    assert "31.5" not in share(client) and "geo" not in graph(client)["Place"]
    type(park).objects.update(coordinates_precision="surveyed")
    assert "Find it: 31.50000, 74.30000 (surveyed)" in share(client)
    assert graph(client)["Place"]["geo"] == {"@type": "GeoCoordinates", "latitude": 31.5, "longitude": 74.3}


def test_the_text_stays_under_700_characters_with_the_address_whole(client, settings):
    host = ".".join(["h" * 60] * 4)
    settings.ALLOWED_HOSTS = [host]
    city = CityFactory(name="مدینہ " * 16, region="azad-jammu-and-kashmir")
    park = ParkFactory(name="نام\n" * 50, slug="s" * 120, city=city, host=HostFactory(name="میزبان " * 28))
    StageEventFactory(park=park, stage="reported_established", on=None, known_by=dt.date(2024, 9, 30))
    AreaReportFactory(park=park, area_sqft="99999998.55")
    for name in ("testserver", host):
        settings.ALLOWED_HOSTS = [name]
        text = client.get(f"/parks/{park.slug}/share.txt", headers={"Host": name}).content.decode()
        assert len(text) < 700
        assert f"\nhttp://{name}/parks/{park.slug}/\n" in text
        assert "Stage: Reported established" in text and "As the register has it on" in text and "…" in text


def test_an_unlisted_park_is_not_shared(client):
    ParkFactory(slug="hidden", listed=False)
    assert client.get("/parks/hidden/share.txt").status_code == 404


def test_the_page_of_a_park_links_to_its_text(client, park):
    assert 'href="/parks/arfa/share.txt"' in client.get("/parks/arfa/").content.decode()


def test_structured_data_says_what_is_known_and_nothing_else(client, park):
    place = graph(client)["Place"]
    assert (place["name"], place["url"], place["identifier"]) == (
        "Arfa Park",
        "http://testserver/parks/arfa/",
        park.code,
    )
    assert place["alternateName"] == {"@value": "ارفع", "@language": "ur"}
    assert place["address"] == {
        "@type": "PostalAddress",
        "addressLocality": "Lahore",
        "addressRegion": "Punjab",
        "addressCountry": "PK",
    }
    properties = {one["name"]: one for one in place["additionalProperty"]}
    assert (properties["Stage"]["value"], properties["Stage"]["description"]) == ("Operational", "February 2012")
    area = properties["Covered area, as reported"]
    assert (area["value"], area["unitCode"], area["description"]) == (44000, "FTK", "2021")
    assert {one["name"]: one["value"] for one in place["amenityFeature"]} == {"Generator": True, "Lift": False}
    ParkFactory(slug="bare")
    bare = graph(client, "bare")["Place"]
    assert not {"amenityFeature", "alternateName", "description", "geo", "image"} & set(bare)
    assert [one["name"] for one in bare["additionalProperty"]] == ["Programme"]


def test_the_way_to_a_park_leads_over_its_region_and_city(client, park):
    steps = graph(client)["BreadcrumbList"]["itemListElement"]
    assert [(step["position"], step["name"], step["item"].removeprefix("http://testserver")) for step in steps] == [
        (1, "Parks", "/parks/"),
        (2, "Punjab", "/regions/punjab/"),
        (3, "Lahore", "/cities/lahore/"),
        (4, "Arfa Park", "/parks/arfa/"),
    ]


def test_a_name_cannot_break_out_of_the_structured_data(client):
    name = "</script><script>alert(1)</script><!-- & \N{LINE SEPARATOR}"
    ParkFactory(name=name, slug="bad")
    html = client.get("/parks/bad/").content.decode()
    assert "<script>alert" not in html and html.count("</script>") == 1
    assert graph(client, "bad")["Place"]["name"] == name
    assert str(data_block({"a": "<!--&"})).count("<") == 2


def test_a_shared_link_shows_title_words_and_the_first_photo(client, park):
    found = metas(client, "/parks/arfa/")
    assert found["og:title"] == "Arfa Park, Lahore"
    assert found["og:description"] == found["description"] == "Arfa Park, Lahore: Operational. PSEB park."
    assert (found["og:url"], found["og:locale"]) == ("http://testserver/parks/arfa/", "en_GB")
    assert found["og:image"].endswith("/static/img/share.png") and found["twitter:card"] == "summary_large_image"
    for position, stem in ((2, "b" * 32), (1, "a" * 32)):
        ParkPhoto.objects.create(
            park=park, stem=stem, width=960, height=600, widths=[480, 960], alt="The gate", position=position
        )
    found = metas(client, "/parks/arfa/")
    assert found["og:image"] == f"http://testserver/photos/{'a' * 32}-960.jpg"
    assert (found["og:image:alt"], found["twitter:card"]) == ("The gate", "summary_large_image")
    assert graph(client)["Place"]["image"][0] == found["og:image"]


def test_every_page_has_one_canonical_address_and_a_title_to_share(client, park):
    for address in ("/", "/parks/", "/parks/arfa/", "/about/", "/contact/", "/open-data/", "/cities/lahore/"):
        html = client.get(address).content.decode()
        assert re.findall(r'<link rel="canonical"\s+href="([^"]+)"', html) == [f"http://testserver{address}"], address
        assert len(re.findall(r'property="og:title"\s+content="[^"\n]+"', html)) == 1, address
    missing = client.get("/nowhere/").content.decode()
    assert "canonical" not in missing and "og:url" not in missing


def test_the_feed_can_be_found_from_home_and_list(client, park):
    for address in ("/", "/parks/"):
        link = re.search(r'<link rel="alternate"[^>]*application/atom\+xml[^>]*>', client.get(address).content.decode())
        assert 'href="/feeds/events.atom"' in link[0], address
