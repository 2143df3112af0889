"""The public list and pages of companies: who is there, and what never is."""

import datetime as dt
import re

import pytest
from django.utils import timezone

from parks import images
from parks.models import Park
from tenants.models import Company, CompanyContact, Lease, Letting
from tests.factories import (
    CityFactory,
    CompanyFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
)
from tests.pictures import drawing, encoded, uploaded

pytestmark = pytest.mark.django_db


def tenant(name="Agreed Ltd", park=None, listing=True, days=(-30, 30), **facts):
    """A company with a letting from the first to the last of `days`, counted from today."""
    today = timezone.localdate()
    company = CompanyFactory(name=name, slug=re.sub(r"\W+", "-", name.lower()), public_listing=listing, **facts)
    first, last = (today + dt.timedelta(day) for day in days)
    suite = SuiteFactory(park=park or ParkFactory())
    lease = LeaseFactory(park=suite.park, company=company)
    LettingFactory(suite=suite, lease=lease, commencement_date=first, expiry_date=last, rent="987654.32", charge=4321)
    return company


def names(client, query=""):
    html = client.get(f"/companies/{query}").content.decode()
    return re.findall(r'<h3><a href="/companies/[^"]+"><bdi>([^<]+)</bdi>', html)


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, True),
        ({"listing": False}, False),
        ({"days": (-30, -1)}, False),
        ({"days": (-30, 0)}, True),
        ({"days": (0, 30)}, True),
        ({"days": (1, 30)}, False),
    ],
)
def test_a_company_is_shown_only_with_consent_and_a_letting_in_force(client, facts, shown):
    company = tenant(**facts)
    assert names(client) == (["Agreed Ltd"] if shown else [])
    for address in (company.get_absolute_url(), f"/parks/{Park.objects.get().slug}/"):
        assert ("Agreed Ltd" in client.get(address).content.decode()) is shown
    assert client.get(company.get_absolute_url()).status_code == (200 if shown else 404)


def test_a_tenant_of_an_unlisted_park_alone_is_not_shown(client):
    company = tenant(park=ParkFactory(listed=False))
    assert names(client) == [] and client.get(company.get_absolute_url()).status_code == 404


def test_consent_withdrawn_takes_page_list_and_logo_away_at_once(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    photo = images.store(uploaded(encoded(drawing((600, 300)))))
    company = tenant(
        logo_stem=photo.stem, logo_width=photo.width, logo_height=photo.height, logo_widths=list(photo.widths)
    )
    logo = f"/companies/{company.slug}/logo-{photo.widths[0]}"
    for kind, content_type in (("webp", "image/webp"), ("jpg", "image/jpeg")):
        response = client.get(f"{logo}.{kind}/")
        assert response.status_code == 200 and response["Content-Type"] == content_type
        assert b"".join(response.streaming_content)
    assert f"{logo}.jpg/" in page(client, company.get_absolute_url())
    for wrong in (f"{logo}.png/", f"/companies/{company.slug}/logo-481.jpg/", "/companies/nobody/logo-480.jpg/"):
        assert client.get(wrong).status_code == 404
    Company.objects.update(public_listing=False)
    for address in (f"{logo}.webp/", company.get_absolute_url()):
        assert client.get(address).status_code == 404
    assert names(client) == []


def test_the_page_says_what_may_be_public_and_where_the_company_is(client):
    park = ParkFactory(name="Arfa Park", slug="arfa", city=CityFactory(name="Lahore", slug="lahore"))
    company = tenant(
        park=park,
        name_ur="راوی",
        activity="games",
        size_class="up_to_250",
        website="https://ravi.example.org/",
    )
    html = page(client, company.get_absolute_url())
    assert "Games and animation" in html and "21 to 250 people" in html and 'lang="ur" dir="rtl">راوی' in html
    assert '<a href="https://ravi.example.org/" rel="nofollow noopener">' in html
    suite = park.suites.get()
    assert '<a href="/parks/arfa/">' in html and f'<a href="/space/arfa/{suite.pk}/">' in html


def test_no_public_page_holds_what_is_private(client):
    """One canary a private field; every public page of the park, the company and the lists is read."""
    park = ParkFactory(slug="arfa", city=CityFactory(slug="lahore"))
    StageEventFactory(park=park)
    company = tenant(
        park=park,
        note="CANARY-NOTE",
        ntn="1234567-8",
        secp_number="7654321",
        pseb_number="Z-25-99999/26",
    )
    CompanyContact.objects.create(
        company=company,
        name="CANARY-PERSON",
        role="CANARY-ROLE",
        email="canary@private.example.org",
        phone="+923001234567",
    )
    silent = tenant(name="CANARY-SILENT", park=park, listing=False)
    lease = Lease.objects.get(company=company)
    Lease.objects.filter(pk=lease.pk).update(permitted_use="CANARY-USE")
    suites = [letting.suite_id for letting in Letting.objects.all()]
    addresses = [
        "/",
        "/parks/",
        "/parks/?format=csv",
        "/parks/?format=json",
        "/parks/?format=geojson",
        "/parks/arfa/",
        "/parks/arfa/share.txt",
        "/cities/lahore/",
        "/companies/",
        "/companies/?q=agreed",
        company.get_absolute_url(),
        f"/compare/?suite={suites[0]}&suite={suites[1]}&park=arfa",
        "/space/",
        *(f"/space/arfa/{pk}/" for pk in suites),
        "/sitemap.xml",
        "/feeds/events.atom",
    ]
    private = (
        *("CANARY", "private.example.org", "3001234567", "1234567-8", "7654321", "99999/26"),
        *("987654", "987,654", "4,321", "4321", lease.number, silent.slug),
    )
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert [word for word in private if word.lower() in body.decode().lower()] == [], address


@pytest.mark.parametrize("term", ["1234567", "7654321", "99999", "Z-25"])
def test_a_search_never_tells_a_companys_numbers(client, term):
    tenant(ntn="1234567-8", secp_number="7654321", pseb_number="Z-25-99999/26")
    assert names(client, f"?q={term}") == []


def test_the_search_finds_names_in_either_script_by_their_beginnings(client):
    tenant(name="Ravi Analytics", name_ur="راوی اینالیٹکس")
    tenant(name="Bolan Learning")
    assert names(client, "?q=ravi") == names(client, "?q=راوي") == names(client, "?q=ana") == ["Ravi Analytics"]


def test_filters_narrow_by_city_park_and_activity_and_count_their_choices(client):
    lahore, quetta = CityFactory(name="Lahore", slug="lahore"), CityFactory(name="Quetta", slug="quetta")
    arfa, other = (
        ParkFactory(name="Arfa", slug="arfa", city=lahore),
        ParkFactory(name="Other", slug="other", city=quetta),
    )
    tenant(name="A", park=arfa, activity="games")
    tenant(name="B", park=arfa, activity="software")
    tenant(name="C", park=other, activity="games")
    assert names(client, "?city=lahore") == ["A", "B"]
    assert names(client, "?park=other") == ["C"]
    assert names(client, "?activity=games") == ["A", "C"]
    assert names(client, "?city=lahore&city=quetta&activity=games") == ["A", "C"]
    assert names(client, "?city=quetta&activity=software") == []
    html = page(client, "/companies/?activity=games")
    assert '<span>Lahore</span><span class="num">1</span>' in html
    assert '<span>Software development</span><span class="num">1</span>' in html
    assert "Remove filter:</span> <bdi>Games and animation</bdi>" in html


def test_a_bad_filter_shows_its_message_and_no_rows(client):
    tenant()
    for query in ("?city=nowhere", "?park=%00", "?activity=x", "?q=%00", "?q=!!!"):
        html = page(client, f"/companies/{query}")
        assert "There is a problem" in html and "<title>Error:" in html and "Agreed Ltd" not in html


def test_odd_pages_and_orders_fall_back_to_the_first_and_to_names(client):
    tenant(name="Beta", days=(-100, 30))
    tenant(name="Alpha", days=(-200, 30))
    assert names(client, "?sort=nope&page=-1") == names(client, "?page=99999999999999") == ["Alpha", "Beta"]
    assert names(client, "?sort=newest") == ["Beta", "Alpha"]
    assert 'content="noindex"' in page(client, "/companies/?sort=nope")


def test_pages_of_the_list_neither_repeat_nor_miss_a_company(client):
    park = ParkFactory()
    for _number in range(30):
        tenant(name=f"Same {_number:02d}", park=park)
    found = names(client) + names(client, "?page=2")
    assert len(names(client)) == 25 and len(set(found)) == 30


def test_the_list_takes_as_many_queries_for_20_companies_as_for_one(
    client, django_assert_num_queries, django_assert_max_num_queries
):
    tenant(name="First")
    with django_assert_max_num_queries(7) as few:
        client.get("/companies/")
    for number in range(20):
        tenant(name=f"More {number}")
    with django_assert_num_queries(len(few)):
        client.get("/companies/")


def test_an_empty_list_says_why_and_leads_on(client):
    assert "No company is named yet." in page(client, "/companies/")
    tenant()
    html = page(client, "/companies/?q=zzz")
    assert "No company fits all of these filters." in html and "Show all companies" in html
