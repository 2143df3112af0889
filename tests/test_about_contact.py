"""The pages of words: what is published is quoted with its source, what is not is said to be not."""

import os
import re
import runpy

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parks.models import HostAgreement, Incentive
from parks.models.stage import Stage
from parks.views.about import STAGES
from stp_portal.postgres import BASE_DIR
from tests.factories import AreaReportFactory, ParkFactory, SourceFactory, StageEventFactory
from tests.test_places import page, text_of

pytestmark = pytest.mark.django_db


def test_every_stage_is_explained_in_its_rank(client):
    assert [stage for stage, _words, _source in STAGES] == list(Stage)
    html = page(client, "/about/")
    places = [html.index(f'?stage={stage.value}">{stage.label}</a>') for stage in Stage]
    assert places == sorted(places)


def test_what_is_not_published_of_getting_space_is_said_so(client):
    text = text_of(page(client, "/about/"))
    for words in (
        "Minimum term Not published.",
        "Who may Not published for these parks.",
        "Papers Not published for these parks.",
        "are not published, as far as this register could find by 22 November 2026",
        "Unknown is not zero.",
    ):
        assert words in text


def test_the_register_s_incentives_are_quoted_with_source_and_date_or_said_to_be_unpublished(client):
    assert "What a firm is said to get Not published." in text_of(page(client, "/about/"))
    source = SourceFactory(url="https://propakistani.pk/x")
    facts = {"published_on": "2022-04-07", "published_on_precision": "day", "source": source}
    Incentive.objects.create(title="Rent", words="25% off rent", **facts)
    Incentive.objects.create(title="Hidden", words="canary", shown=False, **facts)
    text = text_of(page(client, "/about/"))
    assert "Rent: “25% off rent” Source: propakistani.pk , 7 April 2022" in text
    assert "canary" not in text


def test_coverage_counts_listed_parks_alone(client):
    AreaReportFactory(park=ParkFactory())
    AreaReportFactory(park=ParkFactory(listed=False))
    AreaReportFactory(park=ParkFactory(), chosen=False)
    assert "1 of 2 listed parks, of all programmes, have a reported area" in text_of(page(client, "/about/"))


def test_sources_are_counted_by_publisher_each_once(client):
    park = ParkFactory(source=SourceFactory(url="https://www.dawn.com/1", publisher="Dawn"))
    second = SourceFactory(url="https://www.dawn.com/2", publisher="Dawn")
    StageEventFactory(park=park, source=second)
    AreaReportFactory(park=park, source=second)
    HostAgreement.objects.create(
        park=park, kind="mou", parties="A; B", source=SourceFactory(url="https://www.nation.com.pk/3")
    )
    text = text_of(page(client, "/about/"))
    assert "Public pages cite 3 publications, by publisher:" in text
    assert "Dawn (2)" in text and "nation.com.pk (1)" in text


def test_a_source_of_unlisted_parks_alone_is_not_named(client):
    hidden = ParkFactory(listed=False, source=SourceFactory(url="https://canary-a.example/"))
    StageEventFactory(park=hidden, source=SourceFactory(url="https://canary-b.example/"))
    AreaReportFactory(park=hidden, source=SourceFactory(url="https://canary-c.example/"))
    SourceFactory(url="https://canary-d.example/")
    text = text_of(page(client, "/about/"))
    assert "canary" not in text and "No source is recorded yet." in text


def test_many_publishers_are_folded_and_take_no_more_queries(client):
    park = ParkFactory()

    def queries():
        with CaptureQueriesContext(connection) as captured:
            html = page(client, "/about/")
        return len(captured), html

    few, html = queries()
    assert "The other publishers" not in html
    for number in range(15):
        source = SourceFactory(url=f"https://paper-{number:02}.example/")
        StageEventFactory(park=park, source=source, stage=Stage.values[number % 11], on=f"2020-01-{number + 1:02}")
    many, html = queries()
    assert few == many <= 12
    assert "The other publishers (3)" in text_of(html)


def test_nothing_set_is_said_to_be_not_set(client, settings):
    settings.CONTACT_EMAIL = settings.CONTACT_PHONE = settings.CONTACT_ADDRESS = settings.CONTACT_HOURS = ""
    html = page(client, "/contact/")
    assert text_of(html).count("Not set") >= 4
    assert "mailto:" not in html and "tel:" not in html


def test_what_is_set_is_shown_with_links(client, settings):
    settings.CONTACT_EMAIL, settings.CONTACT_PHONE = "parks@pseb.org.pk", "+92 51 1234567"
    settings.CONTACT_ADDRESS, settings.CONTACT_HOURS = "F-5/1 <b>", "9 to 5"
    html = page(client, "/contact/")
    assert 'href="mailto:parks@pseb.org.pk"' in html and 'href="tel:+92511234567"' in html
    assert "F-5/1 &lt;b&gt;" in html and "9 to 5" in html and "Not set" not in text_of(html)


def test_neither_page_sets_a_cookie(client):
    for address in ("/about/", "/contact/"):
        assert not client.get(address).cookies


@pytest.fixture
def load(monkeypatch, tmp_path):
    """settings.py read anew with some variables set."""

    def load(**given):
        for name, value in {"VAR_DIR": str(tmp_path / "var"), "ENV_FILE": os.devnull, **given}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(BASE_DIR / "stp_portal" / "settings.py"))

    return load


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("CONTACT_EMAIL", "parks@pseb.org.pk"),
        ("CONTACT_PHONE", "+92 51 1234567"),
        ("CONTACT_PHONE", "0300 1234567"),
        ("CONTACT_ADDRESS", "2nd floor, ETC, F-5/1, Islamabad"),
        ("CONTACT_HOURS", "Monday to Friday, 9:00–17:00"),
    ],
)
def test_good_contact_settings_are_taken_and_empty_ones_are_empty(load, name, good):
    assert load(**{name: f" {good} "})[name] == good
    assert load(**{name: "  "})[name] == ""


@pytest.mark.parametrize(
    ("name", "bad", "sentence"),
    [
        ("CONTACT_EMAIL", "pseb", "CONTACT_EMAIL must be an e-mail address, not “pseb”."),
        ("CONTACT_EMAIL", "a@b", "must be an e-mail address"),
        ("CONTACT_EMAIL", "a@b.pk?cc=x@y.pk", "must be an e-mail address"),
        ("CONTACT_EMAIL", "a@b.pk\nBcc: c@d.pk", "CONTACT_EMAIL must be one line of at most 254 characters."),
        ("CONTACT_PHONE", "call us", "CONTACT_PHONE must be a number like +92 51 1234567"),
        ("CONTACT_PHONE", "12345", "CONTACT_PHONE must be a number"),
        ("CONTACT_PHONE", "٠٣٠٠١٢٣٤٥٦٧", "CONTACT_PHONE must be a number"),
        ("CONTACT_PHONE", "1" * 16, "CONTACT_PHONE must be a number"),
        ("CONTACT_ADDRESS", "x" * 301, "CONTACT_ADDRESS must be one line of at most 300 characters."),
        ("CONTACT_HOURS", "9 to 5\x1b[31m", "CONTACT_HOURS must be one line of at most 200 characters."),
    ],
)
def test_nonsense_in_a_contact_setting_is_refused_in_one_sentence(load, name, bad, sentence):
    with pytest.raises(ImproperlyConfigured, match=re.escape(sentence)) as refusal:
        load(**{name: bad})
    assert "\n" not in str(refusal.value)
