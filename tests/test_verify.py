"""The check of a letter of allotment: what it says, to whom it says nothing, and how often one may ask."""

import datetime as dt
import re
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks.models import City
from tenants.letters.issue import issue
from tenants.letters.pdf import code_text
from tenants.models import Letter, VerifyCount
from tests.factories import (
    CityFactory,
    CompanyFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    SuiteFactory,
    UserFactory,
)

# The package offers the view under the name of its module.
verify = import_module("tenants.views.verify")
pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 3, 9)
DAY = dt.timedelta(days=1)
SPACE = "\N{NO-BREAK SPACE}"
FIRM = "Nadir Systems (Private) Limited"


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


def allotted(first=TODAY - 30 * DAY, last=TODAY + 30 * DAY, on=TODAY):
    """A letter of allotment of the firm, on the day `on`."""
    city = City.objects.filter(name="Lahore").first() or CityFactory(name="Lahore")
    park = ParkFactory(name="Arfa Tower", city=city)
    lease = LeaseFactory(park=park, company=CompanyFactory(name=FIRM))
    LettingFactory(suite=SuiteFactory(park=park), lease=lease, commencement_date=first, expiry_date=last)
    return issue(kind="allotment", lease=lease, by=UserFactory(), today=on)


def page_of(response):
    """What the page says, but for its own address and what was asked."""
    lines = response.content.decode().splitlines()
    return [re.sub('value="[^"]*"', "", line) for line in lines if 'property="og:url"' not in line]


def ask(client, code):
    return client.get(reverse("tenants:verify-code", args=[code]))


def test_an_allotment_in_force_names_firm_park_and_days(client):
    response = ask(client, allotted().code)
    said = response.content.decode()
    assert response.status_code == 200
    for part in (
        FIRM,
        "Arfa Tower, Lahore",
        "is in force today",
        "7\N{NO-BREAK SPACE}February",
        "8\N{NO-BREAK SPACE}April",
    ):
        assert part in said


def test_it_is_in_force_on_its_last_day_and_over_on_the_next(client):
    assert "is in force today" in ask(client, allotted(last=TODAY).code).content.decode()
    said = ask(client, allotted(last=TODAY - DAY, on=TODAY - DAY).code).content.decode()
    assert "no longer in force" in said
    assert "It ended on" in said
    assert f"8{SPACE}March" in said


def test_an_allotment_that_ended_names_neither_firm_nor_park(client):
    said = ask(client, allotted(last=TODAY - DAY, on=TODAY - DAY).code).content.decode()
    assert FIRM not in said
    assert "Arfa" not in said


def test_a_termination_counts_as_the_end(client):
    letter = allotted()
    letter.lease.lettings.update(terminated_on=TODAY - DAY)
    assert FIRM not in ask(client, letter.code).content.decode()


def test_an_allotment_to_come_says_from_when(client):
    said = ask(client, allotted(first=TODAY + DAY).code).content.decode()
    assert "is in force from" in said
    assert FIRM in said
    assert "in force today" not in said


def test_an_allotment_without_a_last_day_says_so(client):
    assert "no fixed last day" in ask(client, allotted(last=None).code).content.decode()


def test_capitals_dashes_and_spaces_do_not_matter(client):
    code = allotted().code
    for typed in (
        code.lower(),
        code_text(code),
        code_text(code).replace("-", " "),
        f" {code} ",
        code_text(code).lower(),
    ):
        response = client.get(reverse("tenants:verify"), {"code": typed}, follow=True)
        assert response.redirect_chain[-1][0] == reverse("tenants:verify-code", args=[code])
        assert FIRM in response.content.decode()


UNKNOWN = ["A" * 16, "unknown", "1" * 16, "AAAA", "' OR 1=1 --", "%00", "ا" * 16, "0" * 16, "B" * 400]


def test_codes_that_no_letter_has_look_alike_whatever_they_are(client):
    allotted()
    pages = {}
    for code in UNKNOWN:
        response = ask(client, code)
        assert response.status_code == 404
        pages[code] = page_of(response)
    assert len({str(each) for each in pages.values()}) == 1


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGH-JKLM", "abcd efgh 0000 1111", "../x", "a/b?c#d", "<b>", "///", "..", "%2e", "۱۲۳"]
)
def test_a_code_typed_wrong_comes_back_to_be_corrected(client, typed):
    response = client.get(reverse("tenants:verify"), {"code": typed}, follow=True)
    assert response.status_code == 404
    assert f'value="{verify.shown(typed) or "unknown"}"' in response.content.decode()


def test_every_question_takes_the_same_queries(client):
    letter, over = allotted(), allotted(last=TODAY - DAY, on=TODAY - DAY)
    shapes = {}
    for code in (letter.code, over.code, *UNKNOWN[:4]):
        VerifyCount.objects.all().delete()
        with CaptureQueriesContext(connection) as caught:
            ask(client, code)
        shapes[code] = [query["sql"].split(" ", 2)[:2] for query in caught.captured_queries]
    assert len({str(shape) for shape in shapes.values()}) == 1
    assert any("tenants_lease" in query["sql"] for query in caught.captured_queries)


def test_too_many_questions_get_a_friendly_429(client, monkeypatch):
    monkeypatch.setattr(verify, "MOST_AN_HOUR", 2)
    code = allotted().code
    assert [ask(client, each).status_code for each in ("A" * 16, code, code)] == [404, 200, 429]
    response = ask(client, "A" * 16)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 3600
    assert "Ask again after" in response.content.decode()
    assert FIRM not in ask(client, code).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_question_is_counted_outside_any_transaction_too(client):
    assert ask(client, "A" * 16).status_code == 404
    assert VerifyCount.objects.get().taken == 1


def test_neither_form_nor_answer_is_kept_or_listed(client):
    for response in (client.get(reverse("tenants:verify")), ask(client, allotted().code), ask(client, "x")):
        assert "no-store" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "no-referrer"


def test_the_form_says_when_nothing_was_typed(client):
    response = client.get(reverse("tenants:verify"), {"code": "  "})
    said = response.content.decode()
    assert response.status_code == 200
    assert 'href="#code"' in said
    assert "<title>Error:" in " ".join(said.split()).replace("<title> ", "<title>")
    assert VerifyCount.objects.count() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_a_page_to_read(client, method):
    assert getattr(client, method)(reverse("tenants:verify")).status_code == 405


def test_a_demonstration_is_said_to_be_one_and_unknown_once_cleared(client):
    park = ParkFactory(demo=True)
    lease = LeaseFactory(park=park, company=CompanyFactory(demo=True), demo=True)
    LettingFactory(suite=SuiteFactory(park=park, demo=True), lease=lease, expiry_date=None)
    letter = issue(kind="allotment", lease=lease, by=UserFactory(), today=TODAY)
    assert "firm and allotment are invented" in ask(client, letter.code).content.decode()
    Letter.objects.filter(pk=letter.pk).delete()
    cleared = ask(client, letter.code)
    assert cleared.status_code == 404
    assert page_of(cleared) == page_of(ask(client, "A" * 16))
