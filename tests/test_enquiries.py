"""The public form for a question or a visit: what it keeps, what it refuses, and that nothing typed is lost."""

import datetime as dt
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stp_portal.kit import throttle
from stp_portal.kit.sent_forms import FormToken
from tenants import actions
from tenants.models import Enquiry, EnquiryCount
from tests.factories import CityFactory, EnquiryFactory, ParkFactory, StageEventFactory
from tests.test_places import text_of

pytestmark = pytest.mark.django_db
ASK = "/parks/swat/ask/"


@pytest.fixture
def park():
    return ParkFactory(name="Swat Park", slug="swat", city=CityFactory(name="Mingora", slug="mingora"))


def token(park, seconds=60):
    """A form token that was made so many seconds ago."""
    return str(FormToken(uuid.uuid4(), f"enquiry {park.pk}", int(timezone.now().timestamp()) - seconds))


def filled(park, **changes):
    """What a browser sends; None leaves a field out."""
    data = {
        "form_token": token(park),
        "kind": "question",
        "name": "Sana Khan",
        "email": "sana@example.org",
        "phone": "0300 1234567",
        "company": "Khan Soft",
        "preferred_day": "",
        "message": "How much space is free?\r\nFor 12 people.",
        "subject": "",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


def refused(client, data, message, status=422):
    """The page of a refused form, with the message in its summary and the title saying so."""
    response = client.post(ASK, data)
    html = re.sub(r"\s+", " ", response.content.decode())
    assert response.status_code == status, text_of(html)
    assert "There is a problem" in html and re.search(r"<title>\s*Error:", html)
    assert message.replace("'", "&#x27;") in html
    assert not Enquiry.objects.exists()
    return html


def test_the_form_needs_no_script_and_sets_no_cookie_but_its_token(client, park):
    assert not client.get("/parks/swat/").cookies
    response = client.get(ASK)
    html = response.content.decode()
    assert response.status_code == 200 and set(response.cookies) == {"csrftoken"}
    assert "<script" not in html and "style=" not in html and " required" not in html and "novalidate" in html
    assert response["Cache-Control"] == "no-cache, private" or response["Cache-Control"] == "private, no-cache"
    assert text_of(html).count("(optional)") == 3
    for field in ("message", "preferred_day", "name", "email", "phone", "company", "subject"):
        assert f'<label for="id_{field}">' in html and f'id="id_{field}"' in html


def test_a_sent_form_is_kept_and_thanked_for_with_its_reference_and_nothing_else(client, park):
    response = client.post(ASK, filled(park, kind="visit", preferred_day=timezone.localdate().isoformat()))
    enquiry = Enquiry.objects.get()
    assert re.fullmatch(rf"ENQ-{timezone.localdate().year}-\d{{5}}", enquiry.reference)
    kept = (enquiry.park, enquiry.kind, enquiry.name, enquiry.email, enquiry.phone, enquiry.company, enquiry.state)
    assert kept == (park, "visit", "Sana Khan", "sana@example.org", "0300 1234567", "Khan Soft", "new")
    assert enquiry.message == "How much space is free?\nFor 12 people."
    assert enquiry.preferred_day == timezone.localdate()
    assert response.status_code == 302
    thanks = client.get(response.url)
    for personal in ("Sana", "sana", "0300", "Khan Soft", "12 people"):
        assert personal not in response.url and personal not in thanks.content.decode()
    assert enquiry.reference in text_of(thanks.content.decode())


def test_references_count_on_and_are_never_cut(park):
    first, second = EnquiryFactory(park=park), EnquiryFactory(park=park)
    assert int(second.reference[9:]) == int(first.reference[9:]) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('tenants_enquiry_reference', 99999)")
    assert EnquiryFactory(park=park).reference.endswith("-100000")


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unlisted_or_unknown_park_cannot_be_asked_about(client, method):
    park = ParkFactory(slug="hidden", listed=False)
    for slug in ("hidden", "nowhere"):
        assert getattr(client, method)(f"/parks/{slug}/ask/", filled(park)).status_code == 404
    assert not Enquiry.objects.exists()


def test_the_thank_you_page_is_for_signed_references_of_this_listed_park(client, park):
    url = client.post(ASK, filled(park)).url
    assert client.get(url).status_code == 200
    other = ParkFactory(slug="other")
    assert client.get(url.replace("/swat/", f"/{other.slug}/")).status_code == 404
    reference = Enquiry.objects.get().reference
    for forged in (reference, reference + ":x", url.split("/")[-2][:-1]):
        assert client.get(f"/parks/swat/ask/sent/{forged}/").status_code == 404
    park.listed = False
    park.save()
    assert client.get(url).status_code == 404


def test_an_empty_form_names_each_field_once_beside_it_and_once_in_the_summary(client, park):
    html = refused(client, filled(park, kind="", name="", email="", message=" \r\n "), "Enter your name.")
    for field, message in (
        ("kind", "Choose a question or a visit."),
        ("name", "Enter your name."),
        ("email", "Enter your e-mail address."),
        ("message", "Write your message."),
    ):
        assert f'<a href="#id_{field}">{message}</a>' in html
        assert f'id="id_{field}_error">{message}<' in html


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "spam"}, "Choose a question or a visit."),
        ({"name": "a" * 101}, "Your name must be 100 characters or fewer."),
        ({"company": "a" * 151}, "The company's name must be 150 characters or fewer."),
        ({"message": "a" * 3001}, "The message must be 3,000 characters or fewer; it has 3001."),
        ({"name": "Sana\r\nBcc: x@y.pk"}, "Your name must be one line without control characters."),
        ({"name": "a\x00b"}, "Your name must be one line without control characters."),
        ({"email": "a@b.pk\nBcc: x@y.pk"}, "The e-mail address must be one line without control characters."),
        ({"phone": "0300\t1234567"}, "The phone number must be one line without control characters."),
        ({"company": "a\u2028b"}, "The company's name must be one line without control characters."),
        ({"email": "sana"}, "Enter an e-mail address, like name@example.com."),
        ({"email": "a@b@c.pk"}, "Enter an e-mail address, like name@example.com."),
        ({"email": "a" * 250 + "@b.pk"}, "The e-mail address must be 254 characters or fewer."),
        ({"phone": "call me"}, "Enter a phone number, like 0300 1234567 or +92 300 1234567, or leave it empty."),
        ({"phone": "12345"}, "Enter a phone number, like"),
        ({"phone": "1" * 16}, "Enter a phone number, like"),
        ({"preferred_day": "30 February 2027", "kind": "visit"}, "Date must be a real date"),
        ({"preferred_day": "2020-01-01", "kind": "visit"}, "The preferred day must be today or later."),
        ({"preferred_day": "2199-01-01", "kind": "visit"}, "The preferred day must be within a year from today."),
        ({"preferred_day": "2199-01-01"}, "A preferred day goes with a visit"),
        ({"subject": "buy"}, "A field that must stay empty came back filled in"),
        ({"form_token": None}, "This page was open for too long."),
        ({"form_token": "forged"}, "This page was open for too long."),
        ({"form_token": "W10:x"}, "This page was open for too long."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(client, park, changes, message):
    html = refused(client, filled(park, **changes), message)
    for name in ("name", "email", "phone", "company"):
        if name not in changes:
            assert f'value="{filled(park)[name]}"' in html
    if "message" not in changes:
        assert "How much space is free?" in html
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", html)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone", "+92 (51) 920-1234", "+92 (51) 920-1234"),
        ("phone", "۰۳۰۰ ۱۲۳۴۵۶۷", "0300 1234567"),
        ("phone", "", ""),
        ("name", "  صنا   خان ", "صنا خان"),
        ("name", "é" * 100, "é" * 100),
        ("company", "😀" * 150, "😀" * 150),
        ("message", "a" * 3000, "a" * 3000),
        ("message", "x" * 1499 + "\r\n" + "y" * 1500, "x" * 1499 + "\n" + "y" * 1500),
        ("message", "from\x0bWord", "from\nWord"),
    ],
)
def test_what_people_write_is_kept_to_the_last_character(client, park, field, typed, kept):
    assert client.post(ASK, filled(park, **{field: typed})).status_code == 302
    assert getattr(Enquiry.objects.get(), field) == kept


def test_fields_that_the_form_does_not_have_are_ignored(client, park):
    forged = {"state": "answered", "reference": "ENQ-1", "id": "1", "staff_note": "x", "created_at": "2000-01-01"}
    assert client.post(ASK, filled(park, **forged)).status_code == 302
    enquiry = Enquiry.objects.get()
    assert (enquiry.state, enquiry.staff_note) == ("new", "") and enquiry.reference != "ENQ-1"
    assert enquiry.created_at.year >= 2026


def test_the_token_of_another_park_is_not_taken(client, park):
    refused(client, filled(park, form_token=token(ParkFactory())), "This page was open for too long.")


def test_a_form_that_comes_back_within_two_seconds_or_after_a_day_can_be_sent_again(client, park):
    fast = token(park, 0)
    html = refused(client, filled(park, form_token=fast), "The form came back too fast")
    assert f'name="form_token" value="{fast}"' in html, "the second try has waited long enough"
    old = token(park, 24 * 3600 + 60)
    html = refused(client, filled(park, form_token=old), "This page was open for too long.")
    fresh = re.search(r'name="form_token" value="([^"]+)"', html)[1]
    assert fresh != old and FormToken.read(fresh, f"enquiry {park.pk}").age(timezone.now()) < 60


def test_the_same_form_sent_twenty_times_makes_one_enquiry_with_one_reference(client, park):
    data = filled(park)
    assert len({client.post(ASK, data).url for _number in range(20)}) == 1
    assert Enquiry.objects.count() == 1
    assert EnquiryCount.objects.get().taken == 1


def test_a_form_that_was_changed_after_it_was_sent_says_so_and_can_be_sent_as_another(client, park):
    data = filled(park)
    client.post(ASK, data)
    response = client.post(ASK, data | {"message": "Something else"})
    html = response.content.decode()
    reference = Enquiry.objects.get().reference
    assert response.status_code == 422 and f"sent before, as {reference}" in html and "Something else" in html
    fresh = re.search(r'name="form_token" value="([^"]+)"', html)[1]
    assert fresh != data["form_token"] and FormToken.read(fresh, f"enquiry {park.pk}")


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_at_the_same_moment_makes_one_enquiry():
    park = ParkFactory(slug="swat")
    data = filled(park)

    def send(_number):
        try:
            response = Client().post(ASK, data)
            return response.status_code, response.get("Location")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(send, range(16)))
    assert len(answers) == 1 and answers.pop()[0] == 302
    assert Enquiry.objects.count() == 1 and EnquiryCount.objects.get().taken == 1


def test_a_form_whose_double_took_the_last_place_is_thanked_for_too(client, park, monkeypatch):
    data = filled(park)
    number = FormToken.read(data["form_token"], f"enquiry {park.pk}").number

    def taken_by_the_double(*_args):
        facts = {name: data[name] for name in ("kind", "name", "email", "phone", "company")}
        EnquiryFactory(park=park, form_token=number, message=data["message"].replace("\r", ""), **facts)
        return False

    monkeypatch.setattr(throttle, "take", taken_by_the_double)
    assert client.post(ASK, data).status_code == 302
    assert Enquiry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_more_than_the_limit_passes_at_the_same_moment(monkeypatch):
    monkeypatch.setattr(actions.receiving, "MOST_AN_HOUR", 3)
    park = ParkFactory(slug="swat")

    def send(data):
        try:
            return Client().post(ASK, data).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(send, [filled(park) for _number in range(10)]))
    assert codes == [302] * 3 + [429] * 7
    assert Enquiry.objects.count() == 3


def test_after_ten_in_an_hour_the_page_says_when_to_come_back_and_keeps_the_text(client, park):
    for _number in range(actions.MOST_AN_HOUR):
        assert client.post(ASK, filled(park)).status_code == 302
    response = client.post(ASK, filled(park, message="My long text"))
    html = response.content.decode()
    assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 3600
    assert "My long text" in html and "Many forms came from your network" in html
    assert Enquiry.objects.count() == actions.MOST_AN_HOUR
    assert client.post(ASK, filled(park), REMOTE_ADDR="10.0.0.9").status_code == 302
    past = timezone.now() - dt.timedelta(hours=1)
    EnquiryCount.objects.update(hour=throttle.hour_of(past))
    assert client.post(ASK, filled(park)).status_code == 302


def test_addresses_are_stored_only_hashed_and_erased_with_their_hour(client, park):
    client.post(ASK, filled(park), REMOTE_ADDR="203.0.113.7")
    row = EnquiryCount.objects.get()
    assert "203.0.113.7" not in row.client and len(row.client) == 64
    EnquiryCount.objects.update(hour=row.hour - dt.timedelta(hours=1))
    client.post(ASK, filled(park), REMOTE_ADDR="203.0.113.8")
    assert [count.hour for count in EnquiryCount.objects.all()] == [throttle.hour_of(timezone.now())]


def test_the_hash_of_one_address_differs_from_hour_to_hour(rf):
    request, now = rf.get("/", REMOTE_ADDR="203.0.113.7"), timezone.now()
    assert throttle.client_key(request, now) == throttle.client_key(request, throttle.hour_of(now))
    assert throttle.client_key(request, now) != throttle.client_key(request, now + throttle.HOUR)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.1"),
        (1, "nonsense", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::/64"),
        (1, "::ffff:1.1.1.1", "1.1.1.1"),
    ],
)
def test_a_forwarded_address_is_believed_only_as_far_as_our_proxies_wrote_it(rf, settings, proxies, forwarded, address):
    settings.PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert throttle.client_address(request) == address


def test_a_form_without_its_security_token_is_refused(park):
    client = Client(enforce_csrf_checks=True)
    assert client.post(ASK, filled(park)).status_code == 403
    assert not Enquiry.objects.exists()


def test_the_pages_take_few_queries(client, park):
    for method, status in ((client.get, 200), (client.post, 422)):
        with CaptureQueriesContext(connection) as captured:
            assert method(ASK).status_code == status
        assert len(captured) <= 12


def test_nothing_of_an_enquiry_is_on_a_public_page(client, park):
    EnquiryFactory(
        park=park,
        name="Canary Name",
        email="canary@example.org",
        phone="0300 canary",
        company="Canary Company",
        message="canary message",
        staff_note="canary note",
    )
    for address in (
        *("/", "/parks/", "/parks/swat/", ASK, "/cities/mingora/", "/regions/punjab/", "/about/", "/contact/"),
        *("/parks/swat/share.txt", "/feeds/events.atom", "/sitemap.xml", "/parks/?format=json"),
    ):
        response = client.get(address)
        assert response.status_code == 200, address
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert b"canary" not in content.lower(), address


def test_a_park_that_was_given_up_can_be_asked_about_but_not_visited(client):
    event = StageEventFactory(park=ParkFactory(listed=True), stage="abandoned")
    address = f"/parks/{event.park.slug}/ask/"
    page = client.get(address).content.decode()
    assert 'value="question"' in page and 'value="visit"' not in page
    response = client.post(address, {"kind": "visit", "message": "x", "name": "x", "email": "a@example.org"})
    assert response.status_code == 422 and "This park cannot be visited" in response.content.decode()
