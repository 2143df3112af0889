"""Every link of the public site leads to a page, and every fragment to its place on it."""

import re
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.staticfiles import finders

from parks import images
from parks.models import Park, ParkPhoto
from tests import pictures
from tests.factories import ParkFactory

pytestmark = pytest.mark.django_db

HOME = "http://testserver/"
START = ("/", "/sitemap.xml", "/robots.txt", "/.well-known/security.txt", "/feeds/events.atom")
REPORT = re.compile(r"/parks/[^/]+/report/(?P<fact>[^/]+)/")
MOST_FORMS = 3
IN_XML = re.compile(r"<loc>([^<]+)</loc>|<id>(http[^<]+)</id>|\bhref=\"([^\"]+)\"")
IN_TEXT = re.compile(r"https?://\S+")
ATTRIBUTES = re.compile(r"""\b(?:href|src|srcset|content)=["']([^"']*)["']""")


def links(response, address):
    """The addresses that a public answer names, absolute; those of other hosts left out."""
    kind = response["Content-Type"].split(";")[0]
    if kind not in {"text/html", "text/plain", "application/xml", "application/atom+xml"}:
        return set()
    text = response.content.decode()
    if kind == "text/plain":
        found = IN_TEXT.findall(text)
    elif kind == "text/html":
        found = []
        for tag in re.findall(r"<(?:a|link|img|source|area|meta)\s[^>]*>", text):
            for value in ATTRIBUTES.findall(tag):
                if tag.startswith("<meta") and not value.startswith(HOME):
                    continue
                # srcset: pairs of an address and a width.
                found += [part.split()[0] for part in value.split(", ") if part] if "srcset" in tag else [value]
        # What structured data names: its fragments are names, not places on a page.
        found += [urldefrag(one)[0] for one in re.findall(r'":"(http://testserver/[^"]*)"', text)]
    else:
        found = [one for groups in IN_XML.findall(text) for one in groups if one]
    absolute = {urljoin(HOME + address.lstrip("/"), unescape(one)) for one in found}
    return {one for one in absolute if one.startswith(HOME)}


def crawl(client):
    """{address: (answer's status, the page that named it)}, and the fragments that no page has, by who named them.

    Pages without a query are read on; one with a query, of which there are thousands, is only asked for.
    """
    asked, statuses, fragments, ids, waiting = {}, {}, {}, {}, [(address, "") for address in START]
    while waiting:
        address, named_by = waiting.pop()
        if address in statuses:
            continue
        if address.startswith("/static/"):
            statuses[address] = (200 if finders.find(address.removeprefix("/static/")) else 404, named_by)
            continue
        if about := REPORT.fullmatch(address):
            # One form for all parks: of each fact a few are enough.
            asked[about["fact"]] = asked.get(about["fact"], 0) + 1
            if asked[about["fact"]] > MOST_FORMS:
                continue
        response = client.get(address)
        statuses[address] = (response.status_code, named_by)
        if response.streaming:
            list(response.streaming_content)
            continue
        if response.status_code != 200:
            continue
        ids[address] = set(re.findall(r'\bid="([^"]+)"', response.content.decode(errors="replace")))
        if urlsplit(address).query:
            continue
        for found in links(response, address):
            link, fragment = urldefrag(found.removeprefix(HOME[:-1]))
            waiting.append((link, address))
            if fragment:
                fragments[link, fragment] = address
    return statuses, {
        "#".join(place): named_by for place, named_by in fragments.items() if place[1] not in ids.get(place[0], ())
    }


def test_a_dead_link_and_a_dead_fragment_are_found(client, monkeypatch):
    ParkFactory()
    monkeypatch.setattr("parks.models.Park.get_absolute_url", lambda park: "/parks/gone/#nothing")
    statuses, fragments = crawl(client)
    assert statuses["/parks/gone/"][0] == 404
    assert "/parks/gone/#nothing" in fragments


@pytest.fixture
def with_photo(real_register, tmp_path, settings):
    """One park of the register with a photo, so that links to files are crawled too."""
    settings.MEDIA_ROOT = tmp_path
    stored = images.store(pictures.uploaded(pictures.encoded(pictures.drawing((1000, 600)))))
    park = Park.objects.listed().by_name().first()
    ParkPhoto.objects.create(
        park=park, stem=stored.stem, width=stored.width, height=stored.height, widths=list(stored.widths), alt="A gate"
    )
    return stored.stem


def test_every_link_of_the_site_answers(client, with_photo):
    statuses, fragments = crawl(client)
    assert {address: found for address, found in statuses.items() if found[0] != 200} == {}
    assert fragments == {}
    # The crawl came everywhere: 68 parks with their texts and forms, files of the photo, feeds, filters, downloads.
    for pattern, least in (
        (r"/parks/[a-z0-9-]+/$", 68),
        (r"/parks/[a-z0-9-]+/share\.txt$", 68),
        (r"/parks/[a-z0-9-]+/ask/$", 50),
        (r"/cities/", 20),
        (r"/regions/", 5),
        (r"/hosts/", 30),
        (rf"/photos/{with_photo}-", 4),
        (r"/parks/\?", 10),
        (r"/static/", 2),
        (r"/(about|contact|open-data|apply|queue|verify)/$", 6),
        (r"/applications/find/$", 1),
    ):
        assert sum(bool(re.match(pattern, address)) for address in statuses) >= least, pattern
