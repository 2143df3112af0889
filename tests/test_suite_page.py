"""The page of a suite: facts, from when it is free, what it costs; never whom it is let to or for how much."""

import datetime as dt
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks.models import Incentive, Suite, SuiteClosure
from stp_portal.kit.words import dated
from tenants.models import Lease
from tenants.subsidy import percent_off
from tests.factories import CityFactory, LettingFactory, ParkFactory, SourceFactory, StageEventFactory, SuiteFactory
from tests.space_pages import CANARY, after, html_of, keys, let, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def park():
    return ParkFactory(
        name="Arfa Tower", slug="arfa", city=CityFactory(name="Lahore", slug="lahore"), lift=True, power_hours=24
    )


@pytest.fixture
def suite(park):
    return SuiteFactory(
        park=park,
        number="A-301",
        floor=3,
        seats=12,
        lettable_area_sqft=1200,
        fit_out="plug_and_play",
        rent_basis="per_sqft",
        rent_pkr=95,
        service_charge_pkr=6000,
    )


def page(client, suite, status=200, end=""):
    response = client.get(f"/space/{suite.park.slug}/{suite.pk}/{end}")
    assert response.status_code == status
    return response


def text(client, suite):
    return text_of(page(client, suite))


def test_it_says_what_the_suite_is_and_what_its_park_has(client, suite, today):
    words = text(client, suite)
    for fact in ("Suite A-301", "Arfa Tower", "Lahore", "Floor 3", "1,200 sq ft", "12 seats", "Plug and play"):
        assert fact in words
    assert "24 hours a day" in words and "Lift Yes" in words and f"As on {dated(today)}" in words
    assert "Free now" in words and "A desk has none of its own" not in words


def test_the_cost_adds_up_to_the_rupee(client, suite):
    words = text(client, suite)
    assert "Rs 95 per sq ft × 1,200 sq ft Rs 114,000" in words
    assert "Together Rs 120,000" in words
    assert "Usual deposit 3 months' rent Rs 342,000 Together Rs 462,000" in words
    assert "Twelve months with service charge, without the deposit Rs 1,440,000" in words


def test_the_deposit_is_a_setting(client, suite, settings):
    settings.DEPOSIT_MONTHS = 1
    assert "Usual deposit 1 month's rent Rs 114,000 Together Rs 234,000" in text(client, suite)


def test_on_request_shows_no_figure_and_an_unknown_charge_no_sum(client, park):
    words = text(client, SuiteFactory(park=park))
    assert "On request" in words and "The rent is on request: ask PSEB." in words and "Rs" not in words
    words = text(client, SuiteFactory(park=park, rent_basis="fixed", rent_pkr=50_000))
    assert "service charge not reported" in words and "Together" not in words
    assert "Twelve months' rent, without service charge and deposit Rs 600,000" in words
    words = text(client, SuiteFactory(park=park, lettable_area_sqft=None, rent_basis="per_sqft", rent_pkr=95))
    assert "The asking rent is Rs 95 per sq ft a month; the size it is multiplied by is not reported." in words


def incentive(words, **facts):
    return Incentive.objects.create(
        title="Rental subsidy",
        words=words,
        published_on=dt.date(2022, 4, 7),
        published_on_precision="day",
        source=SourceFactory(),
        **facts,
    )


def test_a_published_subsidy_is_computed_as_an_example_where_its_words_allow(client, suite):
    incentive("25% off rent")
    words = text(client, suite)
    assert "“25% off rent”" in words and "7 April 2022" in words
    assert "Example: with 25% off, the rent would be Rs 85,500 a month, and the first year Rs 1,098,000" in words
    assert "Whether it applies to this suite" in words


@pytest.mark.parametrize(
    "words", ["one year of free internet", "up to 250% off rent", "0% off rent", "a subsidy of 25%"]
)
def test_a_subsidy_that_cannot_be_computed_is_words_alone(client, suite, words):
    incentive(words)
    shown = text(client, suite)
    assert f"“{words}”" in shown and "Example:" not in shown


def test_no_example_without_a_cost_and_no_incentive_that_is_not_shown(client, park, suite):
    incentive("25% off rent", shown=False)
    assert "off rent" not in text(client, suite)
    Incentive.objects.update(shown=True)
    assert "Example:" not in text(client, SuiteFactory(park=park))


@pytest.mark.parametrize(("words", "percent"), [("20% off rent", "20"), ("12.5 % off the rent", "12.5"), ("x", None)])
def test_the_percentage_is_read_from_the_words(words, percent):
    assert (str(percent_off(words)) if percent else percent_off(words)) == percent


def test_a_let_suite_says_until_when_and_from_when_it_is_free_but_not_to_whom(client, suite, today):
    let(suite, after(today, -30), after(today, 29))
    response = page(client, suite)
    words = text_of(response)
    assert f"Let until {dated(after(today, 29))}." in words and f"Free from {dated(after(today, 30))}" in words
    shared = page(client, suite, end="share.txt").content.decode()
    assert f"Let until {dated(after(today, 29))}." in shared
    for public in (response.content.decode(), shared):
        assert CANARY not in public and "987" not in public and Lease.objects.get().number not in public


def test_let_without_end_is_said_so(client, suite, today):
    let(suite, after(today, -30), None)
    assert "Let without end, as far as is known today." in text(client, suite)


def test_free_for_a_while_says_until_when(client, suite, today):
    let(suite, after(today, 60), None)
    assert f"Free until {dated(after(today, 59))}, when it is let, held or closed again." in text(client, suite)


def test_what_else_keeps_a_suite_from_being_free_is_said_in_its_own_words(client, park, today):
    closed = SuiteFactory(park=park)
    SuiteClosure.objects.create(suite=closed, first_day=today, last_day=after(today, 4), reason="repair")
    assert f"Closed until {dated(after(today, 4))}." in text(client, closed)
    shut = SuiteFactory(park=park)
    SuiteClosure.objects.create(suite=shut, first_day=today, reason="repair")
    assert "Closed until further notice." in text(client, shut)
    held = SuiteFactory(park=park)
    LettingFactory(suite=held, state="accepted", commencement_date=today, expiry_date=after(today, 9))
    assert f"Held for a firm until {dated(after(today, 9))}." in text(client, held)
    over = SuiteFactory(park=park)
    let(over, after(today, -90), after(today, -1))
    words = text(client, over)
    assert "The day of its handover is not known." in words and "olding over" not in words
    later = SuiteFactory(park=park, in_service_from=after(today, 40))
    words = text(client, later)
    assert f"Not in service until {dated(after(today, 39))}." in words and "Free now" not in words


def test_a_closure_between_a_letting_and_the_day_it_is_free_is_what_is_named(client, suite, today):
    let(suite, after(today, -30), after(today, 9))
    SuiteClosure.objects.create(suite=suite, first_day=after(today, 10), last_day=after(today, 19), reason="repair")
    words = text(client, suite)
    assert f"Closed until {dated(after(today, 19))}." in words and f"Free from {dated(after(today, 20))}" in words


def test_only_suites_of_listed_parks_that_are_or_will_be_in_service_have_a_page(client, park, suite, today):
    for other in (
        SuiteFactory(park=ParkFactory(listed=False)),
        SuiteFactory(park=park, withdrawn_from=today),
        SuiteFactory(park=park, in_service_from=after(today, -9), withdrawn_from=after(today, -1)),
    ):
        page(client, other, status=404)
        page(client, other, status=404, end="share.txt")
    page(client, SuiteFactory(park=park, withdrawn_from=after(today, 1)))
    other = ParkFactory(slug="other")
    for address in (f"/space/{other.slug}/{suite.pk}/", f"/space/{other.slug}/{suite.pk}/share.txt"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("key", ["0", "-1", "9" * 30, "9" * 5000, "a", "1a", "%00", "9223372036854775808"])
def test_a_key_that_is_none_is_404(client, park, key):
    assert client.get(f"/space/arfa/{key}/").status_code == 404
    assert client.get(f"/space/arfa/{key}/share.txt").status_code == 404


def test_similar_suites_are_free_of_the_same_kind_and_city_and_nearest_in_size(client, park, suite, today):
    near = [SuiteFactory(park=park, lettable_area_sqft=1200 + 10 * n) for n in (5, 1, 3, 2, 4)]
    SuiteFactory(park=park, kind="desk", lettable_area_sqft=None, seats=1)
    SuiteFactory(lettable_area_sqft=1200)
    let(SuiteFactory(park=park, lettable_area_sqft=1200), after(today, -9), None)
    shown = keys(html_of(page(client, suite)))
    assert shown == [near[n].pk for n in (1, 3, 2, 4)]
    desk, other = (SuiteFactory(park=park, kind="desk", lettable_area_sqft=None, seats=n) for n in (3, 4))
    assert keys(html_of(page(client, desk)))[0] == other.pk


def test_one_asks_for_it_by_the_form_of_its_park_which_begins_with_its_number(client, park, suite):
    html = html_of(page(client, suite))
    link = re.search(r'href="(/parks/arfa/ask/\?suite=\d+)">Ask for ?<bdi>Suite A-301</bdi>', html)[1]
    form = client.get(link).content.decode()
    assert re.search(r"<textarea[^>]*>\s*Suite A-301:", form)
    hidden = SuiteFactory(park=ParkFactory(), number="Z-9")
    for key in (hidden.pk, "x", "9" * 40, "%00", "-1", ""):
        response = client.get(f"/parks/arfa/ask/?suite={key}")
        assert response.status_code == 200 and "Z-9" not in response.content.decode()


def test_nobody_is_asked_to_apply_in_a_park_that_was_closed(client, park, suite, today):
    StageEventFactory(park=park, stage="closed", on=after(today, -5))
    html = html_of(page(client, suite))
    assert "nobody can apply for space in it" in html and "/ask/" not in html
    assert '/space/need/?city=lahore">Tell PSEB what you need' in html


def test_the_share_text_is_short_plain_and_whole(client, suite, today):
    response = page(client, suite, end="share.txt")
    shared = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert shared.splitlines() == [
        "Suite A-301, Arfa Tower",
        "Lahore, Punjab",
        "Floor 3, 1,200 sq ft",
        "Free now",
        "Rs 120,000 a month with service charge",
        f"http://testserver/space/arfa/{suite.pk}/",
        f"As the register has it on {dated(today)}.",
    ]
    park = ParkFactory(name="ا" * 200, city=CityFactory(name="ب" * 100))
    long = page(client, SuiteFactory(park=park, number="9" * 30, demo=True), end="share.txt").content.decode()
    assert len(long) < 700 and long.startswith("Demonstration: this suite does not exist.")


def test_the_crumbs_are_structured_and_no_script_runs(client, suite):
    html = page(client, suite).content.decode()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    assert [step["name"] for step in data["itemListElement"]] == ["Free space", "Lahore", "Arfa Tower", "Suite A-301"]
    assert data["itemListElement"][-1]["item"] == f"http://testserver/space/arfa/{suite.pk}/"
    assert html.count("<script") == 1 and "style=" not in html


def test_a_number_cannot_bring_markup_along(client, park):
    one = SuiteFactory(park=park, number="</script><b>x", hall="<i>h", kind="desk", lettable_area_sqft=None, seats=1)
    html = page(client, one).content.decode()
    assert "<b>x" not in html and "<i>h" not in html


def test_a_demonstration_suite_says_so(client, suite):
    Suite.objects.update(demo=True)
    assert "This suite is a demonstration." in text(client, suite)


def test_the_number_of_queries_does_not_grow(client, park, suite, today):
    incentive("25% off rent")
    let(suite, after(today, -30), after(today, 29))
    SuiteFactory(park=park)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(client, suite)
        return len(captured)

    few = queries()
    for n in range(100):
        other = SuiteFactory(park=park)
        if n % 2:
            let(other, after(today, -n), after(today, n))
    assert queries() == few <= 12


def test_the_sitemap_has_the_pages_of_free_space(client, park, suite, today):
    gone = SuiteFactory(park=park, withdrawn_from=today)
    hidden = SuiteFactory(park=ParkFactory(slug="hidden", listed=False))
    addresses = re.findall(r"<loc>http://testserver(/space/[^<]*)</loc>", client.get("/sitemap.xml").content.decode())
    assert addresses == ["/space/", "/space/need/", f"/space/arfa/{suite.pk}/"]
    assert str(gone.pk) not in addresses[-1] and hidden.pk != suite.pk
