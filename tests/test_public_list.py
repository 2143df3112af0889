"""The public list over the real register: what the filters give, and what bad input gets."""

import datetime as dt
import gzip
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from parks.models import AreaReport, Park
from tests.factories import CityFactory, ParkFactory, StageEventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_register")]


def html_of(response):
    """The page without the white space that only its template's layout has."""
    html = re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return re.sub(r"(?<=>) | (?=<)", "", html)


def names(response):
    """The names on a list page, in order."""
    return re.findall(r"<h3><a [^>]*><bdi>(.*?)</bdi>", html_of(response))


def count(response):
    """The number that stands over the list."""
    return int(re.search(r'id="count">([\d,]+) park', html_of(response))[1].replace(",", ""))


def ask(client, query=""):
    response = client.get(f"/parks/{query}")
    assert response.status_code == 200
    return response


def test_without_filters_every_listed_park_is_there_counted_by_programme(client):
    response = ask(client)
    assert count(response) == 68
    text = html_of(response)
    for words in (
        "PSEB park 30",
        "PSEB pipeline 10",
        "e-Rozgaar hybrid 5",
        "PSEB flagship 3",
        "SCO park 10",
        "Other programme 10",
    ):
        assert words in text


def test_all_pages_together_show_each_park_once(client):
    seen = [name for page in (1, 2, 3) for name in names(ask(client, f"?page={page}"))]
    assert len(seen) == len(set(seen)) == 68


def test_punjab_operational_are_amazon_and_arfa(client):
    found = names(ask(client, "?region=punjab&stage=operational"))
    assert found == ["Amazon Software Technology Park (Amazon Outlet Mall)", "Arfa Software Technology Park"]
    assert names(ask(client, "?region=punjab&stage=operational&programme=pseb")) == found[:1]


@pytest.mark.parametrize("q", ["mangora", "MANGORA", "Mingora", "مینگورہ", "مينگوره", "vertexsoft"])
def test_a_place_is_found_by_each_of_its_names(client, q):
    assert names(ask(client, f"?q={q}")) == ["Vertexsoft Software Technology Park"]


@pytest.mark.parametrize(
    ("stage", "parks"),
    [
        ("operational", 20),
        ("reported_established", 16),
        ("identified", 16),
        ("fit_out", 6),
        ("mou_signed", 5),
        ("state_unknown", 4),
        ("abandoned", 1),
        ("closed", 0),
    ],
)
def test_each_stage_has_its_parks(client, stage, parks):
    assert count(ask(client, f"?stage={stage}&on=2026-11-22")) == parks


def test_several_values_of_one_filter_widen_it(client):
    assert count(ask(client, "?stage=operational&stage=abandoned&on=2026-11-22")) == 21
    assert (
        count(ask(client, "?city=lahore&city=quetta"))
        == Park.objects.filter(city__name__in=["Lahore", "Quetta"]).count()
    )


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("host_kind=chamber_of_commerce", {"host__kind": "chamber_of_commerce"}),
        ("partnership=sco", {"partnership_kind": "sco"}),
        ("programme=e_rozgaar", {"programme": "e_rozgaar"}),
        ("women_only=1", {"women_only": True}),
        ("city=islamabad", {"city__slug": "islamabad"}),
    ],
)
def test_each_filter_gives_the_rows_of_its_column(client, query, where):
    assert count(ask(client, f"?{query}")) == Park.objects.filter(**where).count() > 0


@pytest.mark.parametrize("typed", ["25000", "25,000", " 25000 sq ft ", "۲۵۰۰۰", "25000.0"])
def test_an_area_is_read_as_people_type_it(client, typed):
    response = client.get("/parks/", {"area_min": typed})
    areas = AreaReport.objects.filter(chosen=True, area_sqft__gte=25000)
    assert count(response) == areas.count() == 6


def test_an_area_filter_says_how_many_parks_it_cannot_compare_and_links_to_them(client):
    response = ask(client, "?area_min=1000&programme=pseb")
    text = html_of(response)
    assert "25 parks that fit the other filters have no reported area and are not shown." in text
    link = re.search(r'not shown\.<a href="(\?[^"]*)">Show them', text)[1].replace("&amp;", "&")
    assert count(ask(client, link)) == 25
    assert "area_min" not in link and "programme=pseb" in link


def test_the_register_as_it_stood_leaves_out_parks_without_a_stage_then(client):
    response = ask(client, "?on=2021-05-31")
    expected = Park.objects.with_stage(dt.date(2021, 5, 31)).exclude(stage=None).count()
    assert count(response) == expected > 0
    assert "as on" in html_of(response)
    assert count(ask(client, "?on=2021-05-31&stage=operational")) < 20


def test_a_park_without_any_stage_is_listed_today_but_not_on_a_date(client):
    ParkFactory(name="Stageless", listed=True)
    assert "Stageless" in names(ask(client, "?q=stageless"))
    assert names(ask(client, "?q=stageless&on=2026-11-22")) == []


def test_unlisted_parks_are_never_shown(client):
    park = ParkFactory(name="Hidden Canary", listed=False)
    StageEventFactory(park=park)
    assert names(ask(client, "?q=canary")) == []
    assert client.get(f"/parks/{park.slug}/").status_code == 404


def test_the_orders(client):
    by_name = names(ask(client))
    assert by_name == sorted(by_name, key=str.lower)
    assert names(ask(client, "?sort=area"))[:2] == ["Karachi IT Park", "Islamabad IT Park (Chak Shahzad)"]
    assert names(ask(client, "?sort=opened"))[0] == escape("Women's Software Technology Park Muzaffarabad")
    cities = re.findall(r"<dt>City and host</dt><dd><bdi>(.*?)</bdi>", html_of(ask(client, "?sort=city")))
    assert cities == sorted(cities, key=str.lower)


@pytest.mark.parametrize("page", ["0", "-5", "abc", "4", "1" + "0" * 30, "9" * 5000, "%00", "1.5", "١"])
def test_a_bad_page_gives_the_first_with_a_canonical_link(client, page):
    response = ask(client, f"?page={page}&region=sindh")
    text = html_of(response)
    assert 'rel="canonical" href="http://testserver/parks/?region=sindh"' in text
    assert names(response) == names(ask(client, "?region=sindh"))


@pytest.mark.parametrize("sort", ["lease__rent", "password", "-name", "nope", "%00"])
def test_an_unknown_order_gives_the_default_with_a_canonical_link(client, sort):
    response = ask(client, f"?sort={sort}")
    assert names(response) == names(ask(client))
    assert 'rel="canonical" href="http://testserver/parks/"' in html_of(response)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("area_min=abc", "Area from must be a number of square feet, like 1,200."),
        ("area_max=-1", "Area to must be a number of square feet, like 1,200."),
        ("area_min=1_000", "Area from must be a number of square feet, like 1,200."),
        ("area_min=1e200000", "Area from must be a number of square feet, like 1,200."),
        ("area_min=NaN", "Area from must be a number of square feet, like 1,200."),
        ("area_min=Infinity", "Area from must be a number of square feet, like 1,200."),
        ("area_min=" + "9" * 5000, "Area from must be a number of square feet, like 1,200."),
        ("area_min=9&area_max=1", "Area from must not be larger than area to."),
        ("on=2026-02-30", "Date must be a real date, like 2024-03-09 or 9 March 2024."),
        ("on=0000-00-00", "Date must be a real date"),
        ("on=99999-01-01", "Date must be a real date"),
        ("on=infinity", "Date must be a real date"),
        ("on=1899-12-31", "Date must be in a year from 1900 to 2200."),
        ("on=9999-12-31", "Date must be in a year from 1900 to 2200."),
        ("stage=nope", "Stage: “nope” is not in the list."),
        ("region=punjab&region=x", "Region: “x” is not in the list."),
        ("city=" + "1" * 5000, "is not in the list."),
        ("city=%00", "is not in the list."),
        ("programme=1e400", "Programme: “1e400” is not in the list."),
        ("women_only=maybe", "Women-only parks: use 1 for yes"),
        ("q=a%00b", "Remove the invalid characters from the search text."),
        ("q=---", "Type at least one letter or digit to search for."),
        ("q=" + "a" * 201, "200 characters"),
        ("area_missing=1&area_min=5", "none to compare"),
    ],
)
def test_a_bad_filter_shows_its_message_and_no_rows(client, query, message):
    response = ask(client, f"?{query}")
    text = html_of(response)
    assert names(response) == []
    assert text.count(escape(message)) >= 2, "once in the summary, once beside the field"
    assert "There is a problem" in text
    assert "<title>Error:" in text
    assert "\x00" not in text


def test_what_was_typed_is_still_there_after_an_error(client):
    text = html_of(ask(client, "?q=lahore&area_min=abc&stage=operational"))
    assert 'value="lahore"' in text and 'value="abc"' in text
    assert re.search(r'value="operational" ?checked', text)


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", "' OR 1=1--", "(a+)+$", "{{7*7}}", "<script>alert(1)</script>"])
def test_a_search_text_is_taken_literally(client, q):
    response = client.get("/parks/", {"q": q})
    text = html_of(response)
    assert response.status_code == 200
    assert "<script>" not in text and "49" not in "".join(names(response))


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%ED%A0%80", "park[]=1", "q=a&q=b", "region=", "stage=&area_min="])
def test_odd_addresses_are_answered(client, query):
    ask(client, f"?{query}")


def test_active_filters_are_chips_that_remove_one_value(client):
    text = html_of(ask(client, "?region=punjab&region=sindh&q=karachi&page=1&sort=city"))
    links = re.findall(r'<a class="chip" href="([^"]*)">.*?<bdi>(.*?)</bdi>', text)
    assert [label for _link, label in links] == ["“karachi”", "Punjab", "Sindh"]
    link = {label: link for link, label in links}["Punjab"].replace("&amp;", "&")
    assert link == "?region=sindh&q=karachi&sort=city"


def test_an_empty_result_says_which_filter_to_drop(client):
    text = html_of(ask(client, "?region=sindh&stage=operational&on=2026-11-22&q=karachi"))
    assert "No park fits all of these filters." in text
    ways = dict(re.findall(r'<li><a href="(\?[^"]*)">Without “(.*?)”', text))
    assert set(ways.values()) == {"Stage"}
    link = next(iter(ways)).replace("&amp;", "&")
    assert count(ask(client, link)) == Park.objects.search("karachi").filter(city__region="sindh").count() > 0


def test_an_empty_result_takes_no_more_queries_for_more_filters(client):
    with CaptureQueriesContext(connection) as captured:
        ask(client, "?q=zzz")
    few = len(captured)
    every = "&region=punjab&city=lahore&stage=closed&programme=sco&host_kind=other&partnership=sco&women_only=1"
    with CaptureQueriesContext(connection) as captured:
        ask(client, f"?q=zzz a b c d e f g{every}&area_min=5&area_max=6&on=2024-01-01")
    assert few <= len(captured) <= 12


def test_without_its_date_an_empty_result_is_that_of_today(client):
    html = html_of(ask(client, "?stage=reported_established&on=2024-01-01"))
    ways = {label: link for link, label in re.findall(r'<a href="(\?[^"]*)">Without “(.*?)”', html)}
    assert set(ways) == {"Stage", "As it stood on"}
    found = re.search(r"Without “As it stood on”: (\d+) parks", html)
    assert int(found[1]) == count(ask(client, ways["As it stood on"])) == 16


def test_when_no_single_filter_explains_an_empty_result_each_alone_is_offered(client):
    html = html_of(ask(client, "?region=balochistan&stage=abandoned&women_only=1"))
    assert "Dropping one of them is not enough." in html
    links = re.findall(r'<a href="(\?[^"]*)">Only “(.*?)”: (\d+) park', html)
    assert {label for _link, label, _parks in links} == {"Region", "Stage", "Women-only parks"}
    for link, _label, parks in links:
        assert count(ask(client, link)) == int(parks)


def test_an_area_from_zero_still_says_what_it_cannot_compare(client):
    html = html_of(ask(client, "?area_min=0"))
    assert "57 parks that fit the other filters have no reported area" in html


def test_of_a_repeated_single_value_the_last_counts_and_is_shown(client):
    response = ask(client, "?q=foo&q=arfa")
    assert names(response) == ["Arfa Software Technology Park"]
    assert re.findall(r'<a class="chip" href="([^"]*)">', html_of(response)) == ["?"]


def test_the_canonical_link_keeps_the_page_under_an_unknown_order(client):
    assert 'href="http://testserver/parks/?page=2"' in html_of(ask(client, "?page=2&sort=zzz"))


def test_the_canonical_link_leaves_out_what_the_list_does_not_know(client):
    html = html_of(ask(client, "?utm_source=x&region=sindh&sort=city"))
    assert 'rel="canonical" href="http://testserver/parks/?region=sindh&sort=city"' in html.replace("&amp;", "&")


def test_a_date_may_be_typed_with_urdu_digits(client):
    assert count(ask(client, "?on=۲۰۲۱-۰۶-۳۰")) == count(ask(client, "?on=2021-06-30"))


@pytest.mark.parametrize("name", ["q", "area_min", "area_max", "on"])
def test_control_characters_are_never_written_into_the_page(client, name):
    html = ask(client, f"?{name}=a%00%0b%1b").content.decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", html)


def test_the_counts_of_the_home_page_open_into_their_rows(client):
    html = html_of(client.get("/"))
    links = re.findall(r'<td class="n" data-label="[^"]*"><a href="/parks/(\?[^"]*)">([\d,]+)</a>', html)
    assert len(links) >= 12
    for link, number in links:
        assert count(ask(client, link.replace("&amp;", "&"))) == int(number)


def test_a_form_sent_to_a_page_for_reading_is_405_even_without_a_token():
    assert Client(enforce_csrf_checks=True).post("/parks/", {"q": "x"}).status_code == 405


def test_the_number_of_queries_does_not_grow_with_the_rows(client):
    def queries(query):
        with CaptureQueriesContext(connection) as captured:
            ask(client, query)
        return len(captured)

    one = queries("?q=vertexsoft")
    city = CityFactory(name="Bench")
    for number in range(100):
        StageEventFactory(park=ParkFactory(name=f"Many {number:03}", city=city, listed=True))
    assert queries("?q=many") == one <= 12
    assert queries("") <= 12


def test_a_page_of_25_rows_is_within_its_weight(client):
    assert len(gzip.compress(ask(client).content)) <= 12 * 1024


def test_pages_go_out_compressed_and_not_at_all_when_unchanged(client):
    first = client.get("/parks/", headers={"Accept-Encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip" and len(first.content) <= 12 * 1024
    again = client.get("/parks/", headers={"Accept-Encoding": "gzip", "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_public_page_sets_a_cookie(client):
    for address in ("/", "/parks/", "/parks/arfa-software-technology-park/", "/nowhere/"):
        assert not client.get(address).cookies
