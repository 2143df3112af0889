"""Sitemap, robots.txt, the Atom feed of stage events and security.txt."""

import datetime as dt
import re
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.utils import timezone

from parks.models import Park, StageEvent
from tenants.models import ApplicationDraft
from tests.applications import ApplicationFactory
from tests.factories import AreaReportFactory, CityFactory, HostFactory, ParkFactory, SourceFactory, StageEventFactory

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def xml_of(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own


def sitemap(client):
    """{path: day of the last change, or None}."""
    lines = {}
    for line in xml_of(client, "/sitemap.xml"):
        address, changed = line.find(f"{SITEMAP}loc").text, line.find(f"{SITEMAP}lastmod")
        assert address.startswith("http://testserver/")
        lines[address.removeprefix("http://testserver")] = None if changed is None else changed.text
    return lines


def entries(client):
    return [
        {
            "id": entry.find(f"{ATOM}id").text,
            "title": entry.find(f"{ATOM}title").text,
            "summary": re.sub(r"<[^>]+>", "", entry.find(f"{ATOM}summary").text),
            "link": entry.find(f"{ATOM}link").get("href"),
            "day": entry.find(f"{ATOM}updated").text,
            "published": entry.find(f"{ATOM}published").text,
        }
        for entry in xml_of(client, "/feeds/events.atom").iter(f"{ATOM}entry")
    ]


def backdate(model, row, day, label="insert"):
    """History cannot be changed by the portal; a test must take its guard away to make an old event."""
    table = model.pgh_event_model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        cursor.execute(
            f'UPDATE "{table}" SET pgh_created_at = %s WHERE pgh_obj_id = %s AND pgh_label = %s',  # noqa: S608
            [day, row.pk, label],
        )
        cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def test_the_sitemap_has_every_page_with_something_listed_and_no_other(client):
    city = CityFactory(slug="lahore", region="punjab")
    ParkFactory(slug="here", city=city, host=HostFactory(slug="arfa-karim"))
    ParkFactory(slug="there", city=city)
    ParkFactory(slug="hidden", listed=False, city=CityFactory(region="sindh", slug="karachi"), host=HostFactory())
    assert set(sitemap(client)) == {
        *("/", "/parks/", "/about/", "/contact/", "/open-data/", "/space/", "/space/need/", "/companies/"),
        *("/apply/", "/queue/"),
        *("/regions/punjab/", "/cities/lahore/", "/hosts/arfa-karim/", "/parks/here/", "/parks/there/"),
    }


def test_a_page_changed_when_its_park_or_a_fact_of_it_did(client):
    old, new = dt.datetime(2024, 5, 1, 20, tzinfo=dt.UTC), dt.datetime(2025, 6, 2, 12, tzinfo=dt.UTC)
    city = CityFactory(slug="lahore")
    park, other = ParkFactory(slug="a", city=city), ParkFactory(slug="b", city=city, host=HostFactory(slug="h"))
    report = AreaReportFactory(park=park)
    for one in (park, other):
        backdate(Park, one, old)
    backdate(type(report), report, new)
    found = sitemap(client)
    # 20:00 in Greenwich is the next day in Karachi.
    assert (found["/parks/a/"], found["/parks/b/"], found["/hosts/h/"]) == ("2025-06-02", "2024-05-02", "2024-05-02")
    assert found["/cities/lahore/"] == found["/parks/"] == found["/"] == "2025-06-02"
    assert found["/about/"] is None


def test_an_empty_register_has_a_sitemap_a_feed_and_no_fault(client):
    assert sitemap(client)["/parks/"] is None
    assert entries(client) == []


def test_the_sitemap_and_the_feed_ask_the_same_few_questions_at_any_size(client, django_assert_num_queries):
    for _number in range(3):
        StageEventFactory(source=SourceFactory())
    with django_assert_num_queries(4):
        client.get("/sitemap.xml")
    with django_assert_num_queries(2):
        client.get("/feeds/events.atom")


def test_robots_may_read_all_but_the_staff_site(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    rules = RobotFileParser()
    rules.parse(response.content.decode().splitlines())
    assert rules.site_maps() == ["http://testserver/sitemap.xml"]
    assert rules.can_fetch("anyone", "/parks/arfa/") and rules.can_fetch("anyone", "/")
    assert not rules.can_fetch("anyone", "/admin/") and not rules.can_fetch("anyone", "/admin/login/")


def test_pages_behind_a_secret_address_are_in_no_sitemap_and_say_that_they_are_not_to_be_listed(client):
    """Robots may read them: only so do they learn that a secret address which they came across is not to be listed."""
    application = ApplicationFactory(choices=[ParkFactory()])
    draft = ApplicationDraft.objects.create(token="d" * 43)
    for address in (f"/applications/{application.token}/", f"/apply/{draft.token}/", "/verify/AAAAAAAAAAAAAAAA/"):
        response = client.get(address)
        assert "noindex" in response["X-Robots-Tag"] and "noindex" in response.content.decode(), address
        # Pages with forms: under "no-referrer" a browser would send them without an origin, which is refused.
        assert response["Referrer-Policy"] in {"no-referrer", "same-origin"}, address
        assert "no-store" in response["Cache-Control"], address
    assert not any(path.startswith(("/applications/", "/verify/")) or path == "/apply/d" for path in sitemap(client))


@pytest.mark.parametrize(
    ("on", "precision", "day", "words"),
    [
        (dt.date(2022, 3, 9), "day", "2022-03-09", "9 March 2022"),
        (dt.date(2024, 2, 1), "month", "2024-02-29", "February 2024"),
        (dt.date(2021, 1, 1), "year", "2021-12-31", "2021"),
    ],
)
def test_an_entry_stands_on_the_last_day_of_its_own_date(client, on, precision, day, words):
    event = StageEventFactory(
        park=ParkFactory(name="Arfa & <b>Co</b>", city=CityFactory(name="Lahore"), slug="arfa"),
        on=on,
        on_precision=precision,
        note="Seen by <staff>",
        source=SourceFactory(publisher="Dawn"),
    )
    (entry,) = entries(client)
    assert entry["day"] == entry["published"] == f"{day}T00:00:00+05:00"
    assert entry["title"] == f"Operational: Arfa & <b>Co</b>, Lahore ({words})"
    assert entry["id"] == f"tag:localhost,2026:stage-events/{event.pk}"
    assert entry["link"] == "http://testserver/parks/arfa/"
    assert ("the day is not reported, so this stands on the last day of that" in entry["summary"]) == (
        precision != "day"
    )
    assert "Seen by &lt;staff&gt;" in entry["summary"] and "Dawn" in entry["summary"]


def test_an_undated_event_stands_on_the_day_it_was_entered_and_says_so(client):
    event = StageEventFactory(on=None, stage="reported_established", known_by=dt.date(2020, 1, 1))
    backdate(StageEvent, event, dt.datetime(2025, 6, 1, 20, tzinfo=dt.UTC))
    (entry,) = entries(client)
    assert entry["day"] == "2025-06-02T00:00:00+05:00"
    assert entry["title"].endswith("(no date reported; entered on 2 June 2025)")
    assert "Known by 1 January 2020" in entry["summary"]


def test_a_correction_moves_no_entry_and_keeps_its_id(client):
    event = StageEventFactory(on=None, known_by=dt.date(2020, 1, 1))
    backdate(StageEvent, event, dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC))
    before = entries(client)[0]
    event.note = "corrected"
    event.save()
    after = entries(client)[0]
    assert (after["id"], after["day"]) == (before["id"], before["day"]) and "corrected" in after["summary"]


def test_the_feed_has_listed_parks_only_and_nothing_that_has_not_happened(client):
    today = timezone.localdate()
    StageEventFactory(park=ParkFactory(listed=False))
    StageEventFactory(certainty="expected")
    StageEventFactory(on=today + dt.timedelta(1))
    happened = StageEventFactory(on=today)
    assert [entry["id"].rpartition("/")[2] for entry in entries(client)] == [str(happened.pk)]


def test_the_feed_is_the_50_newest_in_order(client):
    park = ParkFactory()
    first = dt.date(2020, 1, 1)
    for number in range(53):
        StageEventFactory(park=park, on=first + dt.timedelta(number * 7 % 53))
    days = [entry["day"][:10] for entry in entries(client)]
    assert days == [str(first + dt.timedelta(number)) for number in range(52, 2, -1)]


def test_the_feed_names_itself_its_author_and_an_id_that_no_host_changes(client, settings):
    settings.ALLOWED_HOSTS = [".parks.example.org", "testserver"]
    StageEventFactory()
    feed = xml_of(client, "/feeds/events.atom")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": "http://testserver/parks/", "self": "http://testserver/feeds/events.atom"}
    assert feed.find(f"{ATOM}id").text == "tag:parks.example.org,2026:stage-events"
    assert "PSEB" in feed.find(f"{ATOM}author/{ATOM}name").text
    assert client.get("/feeds/events.atom")["Content-Type"] == "application/atom+xml; charset=utf-8"


def test_a_reader_that_asks_by_date_misses_no_event_that_was_entered_late(client):
    StageEventFactory(on=dt.date(2024, 1, 1))
    first = client.get("/feeds/events.atom")
    assert "Last-Modified" not in first
    assert client.get("/feeds/events.atom", headers={"If-None-Match": first["ETag"]}).status_code == 304
    StageEventFactory(on=dt.date(2012, 1, 1))
    again = {"If-None-Match": first["ETag"], "If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert client.get("/feeds/events.atom", headers=again).status_code == 200


def security(client):
    response = client.get("/.well-known/security.txt")
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return dict(line.split(": ", 1) for line in response.content.decode().splitlines())


def test_security_txt_always_names_someone_and_expires_within_a_year(client, settings):
    settings.SECURITY_CONTACT = ""
    fields = security(client)
    assert fields["Contact"] == "http://testserver/contact/"
    expires = dt.datetime.fromisoformat(fields["Expires"])
    assert dt.timedelta(90) < expires - dt.datetime.now(dt.UTC) < dt.timedelta(365)
    assert fields["Canonical"] == "http://testserver/.well-known/security.txt"
    assert fields["Preferred-Languages"] == "en, ur"
    settings.SECURITY_CONTACT = "mailto:security@example.org"
    assert security(client)["Contact"] == "mailto:security@example.org"


def test_no_address_is_made_from_a_host_that_is_not_ours(client):
    for address in ("/robots.txt", "/sitemap.xml", "/feeds/events.atom", "/.well-known/security.txt"):
        assert client.get(address, headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.usefixtures("real_register")
def test_many_undated_events_entered_at_once_do_not_hide_the_dated_ones(client):
    text = client.get("/feeds/events.atom").content.decode()
    titles = re.findall(r"<title>(.*?)</title>", text)[1:]
    dated_ones = [title for title in titles if "no date reported" not in title]
    assert len(dated_ones) == StageEvent.objects.dated().count() and "Muzaffarabad" in dated_ones[0]
    assert any("Arfa Software Technology Park" in title for title in dated_ones)
