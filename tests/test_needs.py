"""Tell PSEB what you need: what the form keeps, what it refuses, and that nothing typed is lost."""

import re
import uuid

import pytest
from django.utils import timezone

from stp_portal.kit.sent_forms import FormToken
from tenants import actions
from tenants.models import Enquiry, EnquiryCount, SpaceNeed
from tenants.models.need import SizeBand
from tests.factories import CityFactory, ParkFactory
from tests.space_pages import after, html_of, text_of

pytestmark = pytest.mark.django_db
NEED = "/space/need/"


@pytest.fixture
def quetta():
    return CityFactory(name="Quetta", slug="quetta")


def token(seconds=60, park=None):
    """A form token that was made so many seconds ago."""
    about = f"enquiry {park.pk}" if park else "need"
    return str(FormToken(uuid.uuid4(), about, int(timezone.now().timestamp()) - seconds))


def filled(**changes):
    """What a browser sends; None leaves a field out."""
    data = {
        "form_token": token(),
        "city": "quetta",
        "size_band": "up_to_1000",
        "needed_from": "",
        "note": "Power by day.\r\nParking.",
        "company": "Khan Soft",
        "name": "Sana Khan",
        "email": "sana@example.org",
        "subject": "",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


def refused(client, data, message, status=422):
    response = client.post(NEED, data)
    html = html_of(response)
    assert response.status_code == status, text_of(response)
    assert "There is a problem" in html and re.search(r"<title>\s*Error:", html)
    assert message.replace("'", "&#x27;") in html
    assert not SpaceNeed.objects.exists()
    return html


def test_the_form_needs_no_script_and_begins_with_the_city_of_the_address(client, quetta):
    CityFactory(name="Gwadar", slug="gwadar")
    response = client.get(NEED + "?city=quetta")
    html = html_of(response)
    assert response.status_code == 200 and set(response.cookies) == {"csrftoken"}
    assert '<option value="quetta" selected>Quetta</option>' in html and '<option value="gwadar">' in html
    assert "<script" not in html and "style=" not in html and " required" not in html and "novalidate" in html
    assert "no-cache" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert text_of(response).count("(optional)") == 5


@pytest.mark.parametrize("city", ["nowhere", "%00", "9" * 5000, "<script>", ""])
def test_a_city_that_is_none_leaves_the_choice_open(client, quetta, city):
    response = client.get(f"{NEED}?city={city}")
    assert response.status_code == 200 and 'value="quetta" selected' not in html_of(response)


def test_a_need_is_kept_as_demand_and_thanked_for_without_what_was_written(client, quetta):
    day = after(timezone.localdate(), 30)
    response = client.post(NEED, filled(needed_from=day.isoformat()))
    need = SpaceNeed.objects.get()
    kept = (need.city, need.size_band, need.needed_from, need.company, need.name, need.email, need.demo)
    assert kept == (quetta, "up_to_1000", day, "Khan Soft", "Sana Khan", "sana@example.org", False)
    assert need.note == "Power by day.\nParking."
    assert response.status_code == 302
    thanks = client.get(response.url)
    text = text_of(thanks)
    assert "Space in Quetta : 500 to 1,000 sq ft." in text
    for personal in ("Sana", "sana", "Khan Soft", "Parking"):
        assert personal not in response.url and personal not in thanks.content.decode()


@pytest.mark.parametrize("size", SizeBand.values)
def test_city_and_size_are_enough(client, quetta, size):
    blank = dict.fromkeys(("needed_from", "note", "company", "name", "email"), "")
    assert client.post(NEED, filled(size_band=size, **blank)).status_code == 302
    assert SpaceNeed.objects.get().size_band == size


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"city": ""}, "Choose a city."),
        ({"city": None}, "Choose a city."),
        ({"city": "nowhere"}, "Choose a city from the list."),
        ({"city": "a\x00b"}, "Choose a city from the list."),
        ({"city": "9" * 5000}, "Choose a city from the list."),
        ({"size_band": ""}, "Choose how much space you need."),
        ({"size_band": "huge"}, "Choose a size from the list."),
        ({"needed_from": "2027-02-30"}, "Date must be a real date"),
        ({"needed_from": "2020-01-01"}, "The day must be today or later."),
        ({"needed_from": "2199-01-01"}, "The day must be within five years from today."),
        ({"note": "x" * 1001}, "This must be 1,000 characters or fewer; it has 1001."),
        ({"company": "x" * 151}, "The company's name must be 150 characters or fewer."),
        ({"company": "a\nb"}, "The company's name must be one line"),
        ({"name": "x" * 101}, "Your name must be 100 characters or fewer."),
        ({"name": "a\x00b"}, "Your name must be one line"),
        ({"email": "sana"}, "Enter an e-mail address, like name@example.com, or leave it empty."),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "The e-mail address must be one line"),
        ({"subject": "buy"}, "A field that must stay empty came back filled in"),
        ({"form_token": ""}, "This page was open for too long."),
        ({"form_token": "x:y"}, "This page was open for too long."),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_what_was_typed_stays(client, quetta, changes, message):
    html = refused(client, filled(**changes), message)
    if "note" not in changes:
        assert "Power by day." in html
    if "company" not in changes:
        assert 'value="Khan Soft"' in html


def test_the_limits_are_met_to_the_character(client, quetta):
    note = "ی" * 1000
    assert client.post(NEED, filled(note=note, company="x" * 150, name="x" * 100)).status_code == 302
    assert SpaceNeed.objects.get().note == note


def test_a_form_that_comes_back_too_fast_or_too_late_is_not_believed_at_once(client, quetta):
    refused(client, filled(form_token=token(seconds=0)), "The form came back too fast to be checked.")
    refused(client, filled(form_token=token(seconds=25 * 3600)), "This page was open for too long.")


def test_the_token_of_an_enquiry_is_none_of_this_form(client, quetta):
    refused(client, filled(form_token=token(park=ParkFactory())), "This page was open for too long.")


def test_one_form_sent_twice_makes_one_need_and_a_changed_one_says_so(client, quetta):
    data = filled()
    first, second = client.post(NEED, data), client.post(NEED, data)
    assert first.status_code == second.status_code == 302 and SpaceNeed.objects.count() == 1
    changed = client.post(NEED, data | {"note": "Something else."})
    assert changed.status_code == 422 and "This form was sent before." in text_of(changed)
    assert "Something else." in changed.content.decode() and SpaceNeed.objects.count() == 1


def test_needs_and_enquiries_share_the_limit_of_an_hour(client, quetta):
    park = ParkFactory(slug="swat")
    ask = {
        "form_token": str(FormToken(uuid.uuid4(), f"enquiry {park.pk}", int(timezone.now().timestamp()) - 60)),
        "kind": "question",
        "name": "Sana",
        "email": "sana@example.org",
        "message": "How much?",
    }
    assert client.post("/parks/swat/ask/", ask).status_code == 302
    for _number in range(actions.MOST_AN_HOUR - 1):
        assert client.post(NEED, filled()).status_code == 302
    response = client.post(NEED, filled(note="My long text"))
    assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 3600
    assert "My long text" in response.content.decode()
    assert "Many forms came from your network" in text_of(response)
    counts = (Enquiry.objects.count(), SpaceNeed.objects.count(), EnquiryCount.objects.get().taken)
    assert counts == (1, actions.MOST_AN_HOUR - 1, actions.MOST_AN_HOUR)


def test_no_one_can_send_fields_that_the_form_has_not(client, quetta):
    other = CityFactory()
    client.post(NEED, filled(id="99", demo="on", created_at="2020-01-01", city_id=str(other.pk)))
    need = SpaceNeed.objects.get()
    assert (need.demo, need.city) == (False, quetta) and need.created_at.year == timezone.now().year


def test_the_thank_you_page_is_for_signed_needs_alone(client, quetta):
    url = client.post(NEED, filled()).url
    assert client.get(url).status_code == 200
    key = SpaceNeed.objects.get().pk
    for forged in (f"{key}", f"{key}:x", url.split("/")[-2][:-1] + "_", "9" * 120):
        assert client.get(f"/space/need/sent/{forged}/").status_code == 404
    assert client.post(url).status_code == 405


def test_a_form_without_its_token_is_refused(quetta, client):
    client.handler.enforce_csrf_checks = True
    assert client.post(NEED, filled()).status_code == 403
    assert not SpaceNeed.objects.exists()
