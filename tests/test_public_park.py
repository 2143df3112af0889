"""The page of a park, the home page, errors, health and headers."""

import datetime as dt
import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.http import QueryDict
from django.utils import timezone

from parks.filters import ParkFilter
from parks.models import AreaReport, HostAgreement, Incentive, Park, Source
from stp_portal.kit import errors
from tests.factories import CityFactory, ParkFactory, StageEventFactory, UserFactory

pytestmark = pytest.mark.django_db


def page(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return re.sub(r"\s+", " ", body_of(response).replace("\N{NO-BREAK SPACE}", " "))


def body_of(response):
    """The text of a page or of a download; a workbook as the text of its sheets."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body.startswith(b"PK"):
        with ZipFile(BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    return body.decode()


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def park():
    source = Source.objects.create(
        url="https://www.example.org/news/1", published_on=dt.date(2021, 6, 1), published_on_precision="month"
    )
    park = ParkFactory(
        name="Arfa Park",
        slug="arfa",
        listed=True,
        source=source,
        partnership_kind="public_private",
        partnership_words="joint venture",
        source_notes="Some reports file it elsewhere.",
        latitude="31.5",
        longitude="74.3",
        coordinates_precision="approximate",
    )
    StageEventFactory(park=park, stage="operational", on=dt.date(2012, 2, 1), on_precision="month", source=source)
    AreaReport.objects.create(park=park, area_sqft=44000, chosen=True, source=source)
    AreaReport.objects.create(park=park, area_sqft="19500.50")
    HostAgreement.objects.create(park=park, kind="mou", parties="PSEB; The Host", source=source)
    return park


def test_each_fact_stands_with_its_source_and_date(client, park):
    text = text_of(page(client, "/parks/arfa/"))
    assert "Public-private partnership In the source's words: “joint venture” Source: example.org , June 2021" in text
    assert "44,000 sq ft" in text and "19,500.5 sq ft" in text
    assert "Operational" in text and "since February 2012" in text
    assert "MoU between PSEB and The Host , date of signature not reported" in text
    assert "Some reports file it elsewhere." in text


def test_what_is_unknown_is_not_reported_and_never_zero(client):
    bare = ParkFactory(name="Bare", slug="bare", listed=True)
    text = text_of(page(client, f"/parks/{bare.slug}/"))
    assert text.count("Not reported") >= 6
    assert not re.search(r"\b0 sq ft|\bNone\b|\b0 %", text)


def test_an_approximate_point_is_never_published(client, park):
    html = page(client, "/parks/arfa/")
    assert "31.5" not in html and "74.3" not in html
    assert re.search(r'href="geo:0,0\?q=[^"]+"', html)
    Park.objects.filter(pk=park.pk).update(coordinates_precision="surveyed")
    assert 'href="geo:31.50000,74.30000' in page(client, "/parks/arfa/")


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("abandoned", "This park was given up."),
        ("closed", "This park is closed."),
        ("suspended", "This park is suspended at present."),
        ("state_unknown", "The present state of this park is not known."),
    ],
)
def test_parks_that_ended_keep_their_page_and_say_so(client, stage, words):
    event = StageEventFactory(
        park=ParkFactory(listed=True), stage=stage, on=None, on_precision="", known_by=dt.date(2024, 1, 1)
    )
    assert words in page(client, f"/parks/{event.park.slug}/")


def test_a_park_that_never_opened_says_since_when(client):
    event = StageEventFactory(
        park=ParkFactory(listed=True), stage="mou_signed", on=dt.date(2012, 2, 1), on_precision="month"
    )
    address = f"/parks/{event.park.slug}/"
    assert "No opening reported since the MoU of February 2012." in text_of(page(client, address)).replace(" .", ".")
    StageEventFactory(park=event.park, stage="operational", on=dt.date(2013, 1, 1), on_precision="day")
    assert "No opening reported" not in page(client, address)


def test_an_opening_that_is_still_to_come_is_not_an_opening(client):
    event = StageEventFactory(
        park=ParkFactory(listed=True), stage="mou_signed", on=dt.date(2012, 2, 1), on_precision="day"
    )
    StageEventFactory(park=event.park, stage="operational", on=dt.date(2199, 1, 1), on_precision="day")
    text = text_of(page(client, f"/parks/{event.park.slug}/"))
    assert "No opening reported since the MoU of 1 February 2012" in text
    assert "counts from 1 January 2199" in text


def test_an_mou_known_by_an_agreement_alone_is_named_as_precisely_as_it_is_known(client):
    paper = HostAgreement.objects.create(
        park=ParkFactory(listed=True),
        kind="framework_mou",
        parties="PSEB; KPITB",
        signed_on=dt.date(2019, 1, 1),
        signed_on_precision="year",
    )
    assert "since the MoU of 2019" in text_of(page(client, f"/parks/{paper.park.slug}/"))


def test_nearby_parks_are_of_the_same_city_then_of_the_same_district(client):
    city = CityFactory(name="Lahore")
    park = ParkFactory(slug="here", listed=True, city=city, district="Lahore")
    ParkFactory(name="B same city", listed=True, city=city)
    ParkFactory(name="A same district", listed=True, district="Lahore")
    ParkFactory(name="Far away", listed=True)
    ParkFactory(name="Hidden", listed=False, city=city)
    html = page(client, f"/parks/{park.slug}/").split("Nearby parks")[1]
    assert re.findall(r"<bdi>([A-Z] same \w+)</bdi>", html) == ["B same city", "A same district"]
    assert "Far away" not in html and "Hidden" not in html


@pytest.mark.parametrize("slug", ["nope", "a" * 500, "x%00y", "%2e%2e%2fetc", "Ünï"])
def test_an_unknown_park_is_404_in_the_look_of_the_site(client, slug):
    html = page(client, f"/parks/{slug}/", 404)
    assert "Page not found" in html and 'href="/parks/"' in html


def test_long_names_and_markup_in_names_do_no_harm(client):
    park = ParkFactory(name="<script>alert(1)</script> " + "x" * 170, listed=True)
    html = page(client, f"/parks/{park.slug}/")
    assert "<script>alert" not in html and "&lt;script&gt;" in html


def test_the_home_page_counts_by_programme_with_date_and_coverage(client, park):
    ParkFactory(listed=True, programme="sco")
    text = text_of(page(client, "/"))
    today = timezone.localdate()
    assert f"On {today.day} {today:%B %Y}" in text
    assert "1 of 2 listed parks have a reported area" in text
    assert re.search(r"PSEB park 1 1 0 1", text) and re.search(r"SCO park 1 0 0 0", text)


def test_the_home_page_shows_only_events_that_have_a_date_of_their_own(client, park):
    StageEventFactory(
        park=ParkFactory(name="Undated", listed=True), on=None, on_precision="", known_by=dt.date(2026, 1, 1)
    )
    StageEventFactory(park=ParkFactory(name="Unlisted", listed=False), on=dt.date(2026, 1, 2), on_precision="day")
    html = page(client, "/").split("What happened last")[1]
    assert "Arfa Park" in html and "Undated" not in html and "Unlisted" not in html


def test_what_a_firm_gets_is_shown_as_published_with_its_date(client):
    source = Source.objects.create(url="https://example.org/2")
    Incentive.objects.create(
        title="Rental subsidy",
        words="25% off rent",
        published_on=dt.date(2022, 4, 7),
        published_on_precision="day",
        source=source,
    )
    Incentive.objects.create(
        title="Secret", words="x", published_on=dt.date(2022, 4, 7), published_on_precision="day", shown=False
    )
    text = text_of(page(client, "/"))
    assert "25% off rent" in text and "7 April 2022" in text and "Secret" not in text


def test_an_empty_register_has_a_home_and_a_list(client):
    assert "No dated event is recorded yet." in page(client, "/")
    assert "0 parks" in page(client, "/parks/")


def test_nothing_private_of_a_park_is_on_its_pages(client, park):
    """A canary in every field of supply that is not public."""
    person = UserFactory(role="Auditor", username="canary-user", email="canary@example.org")
    Park.objects.filter(pk=park.pk).update(last_verified_on=dt.date(2026, 1, 1), last_verified_by=person)
    park.agreements.update(
        scan="ca/nary-scan", scan_name="canary-name.pdf", signatory="canary-signatory", authority="canary-authority"
    )
    park.assignments.create(user=person, first_day=dt.date(2026, 1, 1))
    ParkFactory(name="canary unlisted", listed=False, city=park.city)
    assert get_user_model().objects.filter(username="canary-user").exists()
    seen, waiting = set(), {"/", "/parks/", "/parks/?on=2026-06-01", "/parks/?sort=area"}
    while waiting:
        address = waiting.pop()
        seen.add(address)
        html = page(client, address)
        assert "nary" not in html, address
        waiting |= {
            link.replace("&amp;", "&")
            for link in re.findall(r'href="(/[^"#]*)"', html)
            if not link.startswith(("/static/", "/admin/"))
        } - seen
    assert "/parks/arfa/" in seen


@pytest.mark.parametrize("address", ["/", "/parks/", "/parks/arfa/", "/nowhere/", "/healthz", "/admin/login/"])
def test_every_answer_has_the_safety_headers(client, park, address):
    response = client.get(address)
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "geolocation=()" in response["Permissions-Policy"]
    assert response["X-Frame-Options"] == "DENY"


def test_public_pages_have_no_script_and_nothing_from_another_host(client, park):
    for address in ("/", "/parks/", "/parks/arfa/", "/nowhere/"):
        html = client.get(address).content.decode()
        # A data block is read by search engines and never run.
        html = html.replace('<script type="application/ld+json">', "")
        assert "<script" not in html and "style=" not in html and " onclick" not in html
        assert not re.search(r'(?:src|href)="https?://(?!testserver)[^"]*\.(?:css|js|png|woff2?)', html)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
@pytest.mark.parametrize("address", ["/", "/parks/", "/parks/arfa/"])
def test_public_pages_are_for_reading(client, park, address, method):
    assert getattr(client, method)(address).status_code == 405


def test_health_answers_without_the_database_and_readiness_with_it(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "migrations": "ok"}


def test_readiness_says_when_the_database_does_not_answer(client, monkeypatch):
    def fail(*args):
        raise OperationalError

    monkeypatch.setattr("stp_portal.kit.health.MigrationExecutor", fail)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["database"]) == (503, "no answer")


@pytest.mark.parametrize("address", ["/", "/parks/", "/parks/arfa/"])
def test_while_the_database_is_away_pages_say_so_with_503(client, park, monkeypatch, address):
    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", fail)
    monkeypatch.setattr("stp_portal.kit.errors.connection.close", lambda: None)
    response = client.get(address)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "cannot be reached" in response.content.decode()


@pytest.mark.parametrize("address", ["/admin/", "/parks/"])
def test_members_of_staff_are_told_the_same_while_the_database_is_away(client, officer, monkeypatch, address):
    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    # Who is signed in is asked by a middleware, before any page.
    monkeypatch.setattr("django.db.models.sql.compiler.SQLCompiler.execute_sql", fail)
    monkeypatch.setattr("stp_portal.kit.errors.connection.close", lambda: None)
    client.raise_request_exception = False
    response = client.get(address)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert "cannot be reached" in response.content.decode()


def test_a_fault_of_ours_is_a_page_without_a_query(client, monkeypatch):
    html = errors.server_error(None).content.decode()
    assert "Something went wrong on our side" in html and "Traceback" not in html
    for handler, words in (
        (errors.bad_request, "could not be read"),
        (errors.forbidden, "may not open"),
        (errors.csrf_failure, "could not be checked"),
    ):
        assert words in handler(None).content.decode()


def test_a_filter_refuses_a_queryset_without_its_annotations():
    with pytest.raises(ValueError, match="reported_area_sqft, stage"):
        ParkFilter(QueryDict(""), Park.objects.all())
