"""The public form for a mistake on a park's page, and the page that tells what became of it."""

import datetime as dt
import gzip
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks import actions
from parks.correction_facts import FACTS, digest, said
from parks.models import AreaReport, Correction, CorrectionCount, Park
from parks.models.correction import CorrectionFact
from stp_portal.kit.sent_forms import FormToken
from tests.factories import CityFactory, CorrectionFactory, ParkFactory, UserFactory, full_park
from tests.test_places import text_of

pytestmark = pytest.mark.django_db
REPORT = "/parks/swat/report/district/"


@pytest.fixture
def park():
    city = CityFactory(name="Mingora", slug="mingora")
    return ParkFactory(name="Swat Park", slug="swat", city=city, district="Malakand")


def token(park, seconds=60, fact="district"):
    """A form token that was made so many seconds ago."""
    about = f"correction {park.pk} {fact}"
    return str(FormToken(uuid.uuid4(), about, int(timezone.now().timestamp()) - seconds))


def filled(park, **changes):
    """What a browser sends; None leaves a field out."""
    data = {
        "form_token": token(park),
        "proposed": "Swat",
        "known_from": "The district's\r\nown page.",
        "name": "Sana Khan",
        "email": "sana@example.org",
        "subject": "",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


def refused(client, data, message, status=422):
    """The page of a refused form, with the message in its summary and the title saying so."""
    response = client.post(REPORT, data)
    html = re.sub(r"\s+", " ", response.content.decode())
    assert response.status_code == status, text_of(html)
    assert "There is a problem" in html and re.search(r"<title>\s*Error:", html)
    assert message.replace("'", "&#x27;") in html
    assert not Correction.objects.exists()
    return html


def test_each_fact_of_a_park_s_page_has_a_link_that_says_which_fact(client):
    park = full_park()
    Park.objects.filter(pk=park.pk).update(description="Old walls.", generator=True)
    html = client.get(park.get_absolute_url()).content.decode()
    links = re.findall(rf'<a[^>]* href="/parks/{park.slug}/report/(\w+)/"[^>]*>(.*?)</a>', html, re.DOTALL)
    assert {fact for fact, _words in links} == set(FACTS) - {"photo"}
    names = [text_of(words).strip() for fact, words in links if fact != "other"]
    assert len(names) == len(set(names))
    for fact in ("district", "area", "stage", "agreement", "suites", "lift"):
        assert f"Report a mistake : {FACTS[fact]}" in names, names


def test_a_park_without_amenities_asks_for_each_of_them(client, park):
    html = client.get("/parks/swat/").content.decode()
    for fact in ("power_hours", "generator", "internet_providers", "lift", "prayer_room", "womens_washroom"):
        assert f'href="/parks/swat/report/{fact}/"' in html


def test_the_links_weigh_little(client):
    park = full_park()
    assert len(gzip.compress(client.get(park.get_absolute_url()).content)) <= 6 * 1024


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_a_form_that_says_what_the_register_says(client, fact):
    park = full_park()
    response = client.get(f"/parks/{park.slug}/report/{fact}/")
    html = response.content.decode()
    assert response.status_code == 200 and str(FACTS[fact]) in text_of(html).replace("&#x27;", "'")
    assert "noindex" in html and "<script" not in html and "style=" not in html
    words = said(park, fact, timezone.localdate())
    assert ("The register says:" in html) == (fact != CorrectionFact.OTHER) == bool(words)
    for line in words.splitlines():
        assert line.replace("'", "&#x27;") in html


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unlisted_park_and_an_unknown_fact_cannot_be_reported(client, park, method):
    ParkFactory(slug="hidden", listed=False)
    for address in ("/parks/hidden/report/district/", "/parks/no/report/district/", "/parks/swat/report/rent/"):
        assert getattr(client, method)(address, filled(park)).status_code == 404
    assert not Correction.objects.exists()


def test_a_report_is_kept_and_changes_nothing_on_any_page(client, park):
    pages = ("/parks/swat/", "/parks/", "/parks/?format=csv", "/", "/open-data/")
    before = [body(client.get(page)) for page in pages]
    forged = {"fact": "name", "state": "accepted", "answer": "x", "park": "1", "shown": "y", "token": "z"}
    response = client.post(REPORT, filled(park) | forged)
    report = Correction.objects.get()
    assert re.fullmatch(rf"COR-{timezone.localdate().year}-\d{{5}}", report.reference)
    kept = (report.park, report.fact, report.shown, report.proposed, report.known_from, report.name, report.email)
    assert kept == (
        *(park, "district", "Malakand", "Swat"),
        *("The district's\nown page.", "Sana Khan", "sana@example.org"),
    )
    assert (report.state, report.answer, report.decided_by) == ("waiting", "", None)
    assert response.status_code == 302 and response.url == f"/corrections/{report.token}/"
    assert [body(client.get(page)) for page in pages] == before


def body(response):
    """All that an answer holds."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_page_of_a_report_says_what_was_reported_and_nothing_of_the_person(client, park):
    address = client.post(REPORT, filled(park)).url
    response = client.get(address)
    text = text_of(response.content.decode())
    assert "Being checked by PSEB." in text and "Malakand" in text and "Swat" in text
    for personal in ("Sana", "sana@", "own page"):
        assert personal not in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer" and response["X-Robots-Tag"] == "noindex"
    assert "noindex" in response.content.decode() and "private" in response["Cache-Control"]
    assert address not in client.get("/sitemap.xml").content.decode()


@pytest.mark.parametrize("state", ["accepted", "declined"])
def test_the_page_tells_the_outcome_and_the_answer_but_not_who_decided(client, park, state):
    report = CorrectionFactory(park=park)
    user = UserFactory(username="ayesha-decides")
    before, today = digest(said(park, "district", timezone.localdate())), timezone.localdate()
    values = {"district": "Swat"} if state == "accepted" else None
    actions.decide_correction(
        correction=report, state=state, answer="Thank you.", seen=before, on=today, by=user, values=values
    )
    text = text_of(client.get(report.get_absolute_url()).content.decode())
    assert ("Accepted on" in text) == (state == "accepted") and ("Not changed, as decided on" in text) == (
        state == "declined"
    )
    assert "Thank you." in text and "ayesha" not in text and ("Changed to" in text) == (state == "accepted")


def test_an_unknown_address_of_a_report_is_the_same_404_as_any(client, park):
    report = CorrectionFactory(park=park)
    other = report.token[:-1] + ("A" if report.token[-1] != "A" else "B")
    pages = [client.get(f"/corrections/{key}/") for key in (other, "x" * 43, report.reference, report.token[:-1])]
    assert {page.status_code for page in pages} == {404}
    said_there = {re.sub(r"[0-9a-f]{16}", "", page.content.decode()) for page in pages}
    assert len(said_there) == 1


def test_the_page_of_a_report_names_no_park_that_is_not_listed(client, park):
    report = CorrectionFactory(park=park, shown="Malakand", proposed="elsewhere")
    Park.objects.filter(pk=park.pk).update(listed=False)
    html = client.get(report.get_absolute_url()).content.decode()
    assert report.reference in html and "elsewhere" in html
    for hidden in ("Swat Park", "/parks/swat/", "Malakand", "Mingora"):
        assert hidden not in html


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"proposed": " \r\n "}, "Say what would be right."),
        ({"proposed": "a" * 2001}, "This must be 2,000 characters or fewer; it has 2001."),
        ({"known_from": "a" * 2001}, "This must be 2,000 characters or fewer; it has 2001."),
        ({"name": "a" * 101}, "Your name must be 100 characters or fewer."),
        ({"name": "Sana\r\nBcc: x@y.pk"}, "Your name must be one line without control characters."),
        ({"email": "sana"}, "Enter an e-mail address, like name@example.com, or leave it empty."),
        ({"email": "a@b.pk\nBcc: x@y.pk"}, "The e-mail address must be one line without control characters."),
        ({"subject": "buy"}, "A field that must stay empty came back filled in"),
        ({"form_token": None}, "This page was open for too long."),
        ({"form_token": "W10:x"}, "This page was open for too long."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, park, changes, message):
    html = refused(client, filled(park, **changes), message)
    for name in ("name", "email"):
        if name not in changes:
            assert f'value="{filled(park)[name]}"' in html
    if "known_from" not in changes:
        assert "The district&#x27;s own page." in html
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", html)


def test_the_token_of_another_form_is_not_taken(client, park):
    for other in (
        token(ParkFactory()),
        token(park, fact="name"),
        str(FormToken(uuid.uuid4(), f"enquiry {park.pk}", int(timezone.now().timestamp()) - 60)),
    ):
        refused(client, filled(park, form_token=other), "This page was open for too long.")


def test_a_form_that_comes_back_within_two_seconds_can_be_sent_again(client, park):
    fast = token(park, 0)
    html = refused(client, filled(park, form_token=fast), "The form came back too fast")
    assert f'name="form_token" value="{fast}"' in html


def test_the_same_form_sent_often_makes_one_report_with_one_page(client, park):
    data = filled(park)
    assert len({client.post(REPORT, data).url for _number in range(5)}) == 1
    assert Correction.objects.count() == 1 and CorrectionCount.objects.get().taken == 1
    response = client.post(REPORT, data | {"proposed": "Dir"})
    html = response.content.decode()
    assert response.status_code == 422 and f"sent before, as {Correction.objects.get().reference}" in html
    assert "Dir" in html and Correction.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_at_the_same_moment_makes_one_report():
    park = ParkFactory(slug="swat")
    data = filled(park)

    def send(_number):
        try:
            return Client().post(REPORT, data).get("Location")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(send, range(12)))) == 1
    assert Correction.objects.count() == 1


def test_after_many_in_an_hour_the_page_says_when_to_come_back_and_keeps_the_text(client, park, monkeypatch):
    monkeypatch.setattr(actions, "MOST_REPORTS_AN_HOUR", 2)
    for _number in range(2):
        assert client.post(REPORT, filled(park)).status_code == 302
    response = client.post(REPORT, filled(park, proposed="My long text"))
    assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 3600
    assert "My long text" in response.content.decode() and Correction.objects.count() == 2
    assert client.post(REPORT, filled(park), REMOTE_ADDR="10.0.0.9").status_code == 302
    CorrectionCount.objects.update(hour=timezone.now() - dt.timedelta(hours=2))
    assert client.post(REPORT, filled(park)).status_code == 302


def test_what_the_person_wrote_is_not_in_the_history(client, park):
    client.post(REPORT, filled(park))
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM parks_correctionevent e")
        told = "\n".join(row[0] for row in cursor.fetchall())
    report = Correction.objects.get()
    assert report.reference in told
    for personal in ("Sana", "sana@", "own page", report.token, str(report.form_token)):
        assert personal not in told


def test_the_form_asks_the_database_as_often_for_many_facts_as_for_one(client):
    park = full_park()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/parks/{park.slug}/report/area/")
        return len(queries)

    few = asked()
    for number in range(5):
        AreaReport.objects.create(park=park, area_sqft=100 + number)
    assert asked() == few
