"""Nothing private reaches a public page, file, feed or error page, nor a role that may not see it.

Every private column of both apps holds a mark of its own; the whole public site is read by its links.
"""

import io
import re
import zipfile
from urllib.parse import urldefrag, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tenants.admin.guides import OF_LEASE
from tenants.models import Company, CompanyContact, Enquiry, SpaceNeed
from tests.canaries import World
from tests.factories import UserFactory
from tests.marks import found_in
from tests.test_links import HOME, START, links

pytestmark = pytest.mark.django_db
# Pages by query are without number; each kind of query is read this often on each page.
MOST_QUERIES = 2
# Of staff pages that differ only in their row, so many are read.
MOST_ALIKE = 2
ON_A_LEASE = [guide.name for guide in OF_LEASE.values()]


@pytest.fixture
def world(tmp_path, settings):
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.MEDIA_ROOT = tmp_path / "media"
    return World()


def whole(response):
    """All that an answer says: headers, body, of a workbook the sheets inside."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{head}\n{body.decode(errors='replace')}"


def read_all(client, start, *, under="/", skip=(), most_alike=None):
    """{address: what it says} of all that is reached by links from `start`.

    Of addresses that differ only in the values of a query, a few are read: they are filters, orders and pages. With
    `most_alike` so many of those that differ only in a number, and none but files of those with a query.
    """
    said, waiting, asked = {}, list(start), {}
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        if address in said or not parts.path.startswith(under) or parts.path.startswith(("/static/", *skip)):
            continue
        if most_alike and parts.query and "format=" not in parts.query and address not in start:
            # Filters and orders of a list show no more than the list.
            continue
        most = MOST_QUERIES if parts.query else most_alike
        if most is not None and address not in start:
            path = re.sub(r"\d+", "0", parts.path) if most_alike else parts.path
            kind = (path, re.sub(r"=[^&]*", "", parts.query), *re.findall(r"format=(\w+)", parts.query)[:1])
            asked[kind] = asked.get(kind, 0) + 1
            if asked[kind] > most:
                continue
        response = client.get(address)
        assert response.status_code < 500, address
        said[address] = whole(response)
        if response.status_code == 200 and not response.streaming:
            waiting += sorted(urldefrag(one.removeprefix(HOME[:-1]))[0] for one in links(response, address))
    return said


def told(said, marks):
    """{(mark, where it was put): the first address that tells it}."""
    found = {}
    for address, text in said.items():
        for mark in found_in(text, marks):
            found.setdefault(mark, address)
    return found


def answers(client, world):
    """Error pages, refused forms and addresses that somebody guesses."""
    hidden, room = world.hidden, world.hidden_suite
    private = [company.slug for company in Company.objects.exclude(pk=world.shown.pk)]
    # What was typed is shown again, so an address made of marks is itself no mark that is told.
    guesses = {
        "hidden park": f"/parks/{hidden.slug}/",
        "its text": f"/parks/{hidden.slug}/share.txt",
        "its form": f"/parks/{hidden.slug}/ask/",
        "its suite": f"/space/{hidden.slug}/{room.pk}/",
        "the suite in another park": f"/space/{world.seen.slug}/{room.pk}/",
        "its suite's text": f"/space/{hidden.slug}/{room.pk}/share.txt",
        "compared": f"/compare/?suite={room.pk}&suite={world.secret_suite.pk}&suite={world.over_suite.pk}",
        "no such": "/space/seen-park/999999999/",
        "bad filter": "/space/?area_min=x&move_in=2026-02-30",
        "bad file": "/space/?format=csv&area_min=x",
        "staff": "/admin/",
        "roll": "/admin/desk/rent-roll/?format=csv",
        **{f"company {slug}": f"/companies/{slug}/" for slug in private},
        **{f"logo {slug}": f"/companies/{slug}/logo-480.jpg/" for slug in private},
    }
    for name, address in guesses.items():
        response = client.get(address)
        assert response.status_code < 500, address
        text = whole(response)
        for part in re.findall(r"zq\w+kanari", address):
            text = text.replace(part, "")
        yield name, text
    for address in ("/space/need/", "/parks/seen-park/ask/"):
        yield f"POST {address}", whole(client.post(address, {"name": "\x00"}))


def test_every_private_column_of_both_apps_is_marked(world):
    assert world.unmarked() == []


def test_no_public_page_or_file_tells_anything_private(client, world):
    said = read_all(client, [*START, "/space/", "/companies/", "/compare/"], skip=("/admin/",))
    said |= dict(answers(client, world))
    assert told(said, world.marks) == {}
    # The reading came everywhere, and what may be told is told.
    for pattern in (
        *("/space/$", "/space/seen-park/[0-9]+/$", r"/space/seen-park/[0-9]+/share\.txt$", "/space/need/"),
        *("/parks/seen-park/$", "/companies/shown-firm/$", r"/compare/\?", r"/feeds/", "/sitemap.xml"),
        *(rf"/{name}/\?.*format={kind}" for name in ("space", "parks") for kind in ("csv", "xlsx", "json")),
    ):
        assert any(re.match(pattern, address) for address in said), pattern
    assert "Shown Firm" in said["/parks/seen-park/"] and "Shown Firm" in said["/companies/"]
    assert sum(address.startswith("/space/seen-park/") for address in said) >= 20


def test_the_reading_finds_what_is_told(client, world, monkeypatch):
    """Proof that the tests here can fail: a name without consent, an agreed rent, a note and a scan's name."""
    lease = world.secret_suite.lettings.get().lease
    rent = lease.lettings.get().rates.first().rent_pkr
    paper = lease.documents.get()
    monkeypatch.setattr("tenants.panels.Company.objects", Everyone(Company.objects))
    monkeypatch.setattr("tenants.share.cost_text", lambda _cost: f"Rs {rent:,}")
    monkeypatch.setattr("stp_portal.kit.errors.render_to_string", lambda *_args: f"{lease.note} {paper.scan_name}")
    said = read_all(
        client, ["/parks/seen-park/", f"/space/seen-park/{world.secret_suite.pk}/share.txt"], under="/parks/"
    )
    said["share"] = whole(client.get(f"/space/seen-park/{world.secret_suite.pk}/share.txt"))
    said["missing"] = whole(client.get("/space/seen-park/0/"))
    found = {mark for mark, _where in told(said, world.marks)}
    assert {world.unwilling.name, str(int(rent)), lease.note, paper.scan_name} <= found


class Everyone:
    """Companies, all of which seem to consent."""

    def __init__(self, rows):
        self.rows = rows

    def shown(self, on):
        """All companies."""
        return self.rows.all()


def test_no_public_page_tells_a_private_mark_by_what_a_search_finds(client, world):
    """A search for a mark finds what a search for a word that stands nowhere finds: nothing."""
    # One of each column is enough.
    of_column = {re.sub(r"\s+of\s.*|^\w+: ", "", where): str(mark) for mark, where in world.marks.planted}
    numbers = set(of_column.values())
    assert len(numbers) > 50
    found = {}
    # Each mark is sought where one looks for firms, and every other in each of the other lists too.
    for address, sought in (
        ("/companies/", sorted(numbers)),
        ("/space/", sorted(numbers)[::2]),
        ("/parks/", sorted(numbers)[1::2]),
    ):
        nothing = said_of(client, address, "zqxxxxnothing")
        for mark in sought:
            if said_of(client, address, mark) != nothing:
                found[mark] = address
    assert found == {}


def said_of(client, address, word):
    """The page of a search for `word`, without the word and where it leads."""
    text = client.get(address, {"q": word}).content.decode()
    assert word in text
    main = text[text.index("<main") :]
    return re.sub(r'(?:href|value)="[^"]*"', "", main).replace(word, "")


def test_an_agreed_rent_moves_nobody_in_a_list_by_cost(client, world):
    """Filters and orders go by what is asked, so that nothing can be told from who is left out."""
    before = [client.get("/space/", query).content for query in ({"sort": "rent"}, {"rent_max": "60000"})]
    for letting in world.seen.lettings.all():
        letting.rates.update(rent_pkr=1, service_charge_pkr=1)
    assert [client.get("/space/", query).content for query in ({"sort": "rent"}, {"rent_max": "60000"})] == before


# --- roles


def contact_marks(world):
    """The marks of people: at companies, and of those who wrote."""
    asked = r"tenants\.(CompanyContact\.|Enquiry\.(name|email|phone)|SpaceNeed\.(name|email)|LinkRequest|Mail\.)"
    applied = r"tenants\.(Application\.(contact_|email|phone)|ApplicationMessage\.|ApplicationPaper\.(name|file))"
    people = re.compile(rf"{asked}|{applied}|parks\.Correction\.(name|email)")
    found = world.marks.only(people.search)
    assert len(found.planted) > 40
    return found


def staff_pages(user, more=()):
    """All that `user` can read on the staff site by its links, and by the addresses `more`."""
    client = Client()
    client.force_login(user)
    skip = ("/admin/logout", "/admin/jsi18n")
    return read_all(client, ["/admin/", *more], under="/admin/", skip=skip, most_alike=MOST_ALIKE)


def test_an_auditor_reads_everything_but_the_people(world):
    searches = [
        f"{reverse(f'admin:tenants_{name}_changelist')}?q={word}"
        for name, word in (
            *(("company", "firm"), ("lease", "L"), ("enquiry", "e"), ("spaceneed", "e")),
            ("application", "STP"),
        )
    ]
    said = staff_pages(UserFactory(role=AUDITOR), searches)
    assert told(said, contact_marks(world)) == {}
    text = "\n".join(said.values())
    assert world.unwilling.name in text and "/admin/desk/rent-roll/?format=csv" in "\n".join(said)
    assert any("history" in address for address in said)


@pytest.mark.parametrize("model", [CompanyContact, Enquiry, SpaceNeed])
def test_an_auditor_cannot_find_people_by_searching_for_them(client, world, model):
    client.force_login(UserFactory(role=AUDITOR))
    name = "company" if model is CompanyContact else model._meta.model_name
    person = model.objects.first()
    for word in (person.name, person.email):
        listed = client.get(reverse(f"admin:tenants_{name}_changelist"), {"q": word})
        assert list(listed.context["cl"].result_list) == []


def test_a_park_manager_reads_nothing_of_any_other_park(world):
    """One company rents in all three parks: of its leases elsewhere nothing is told either."""
    pages = [reverse(f"admin:tenants_company_{name}", args=[world.shown.pk]) for name in ("change", "history")]
    said = staff_pages(UserFactory(role=PARK_MANAGER, parks=[world.seen]), pages)
    elsewhere = world.marks.only(lambda where: where.startswith(("other: ", "hidden: ")))
    assert len(elsewhere.planted) > 60
    assert told(said, elsewhere) == {}
    # Beside an application stands what is free and public, in other parks too.
    text = "\n".join(words for address, words in said.items() if "/tenants/application/" not in address)
    assert world.other.name not in text
    assert world.unwilling.name in text and world.shown.name in text


def test_no_address_of_another_park_is_open_to_a_park_manager(client, world):
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[world.seen]))
    for park in (world.other, world.hidden):
        suite, lease = park.suites.first(), park.leases.first()
        closure, letting, document = suite.closures.first(), lease.lettings.get(), lease.documents.get()
        alone = Company.objects.exclude(pk=world.shown.pk).get(leases__park=park)
        found = {}
        for name, key in (
            *((f"desk_{name}", park.pk) for name in ("plan", "timeline")),
            *((f"parks_suite_{name}", suite.pk) for name in ("change", "history", "close")),
            ("parks_suiteclosure_reopen", closure.pk),
            ("tenants_letting_give_back", letting.pk),
            ("tenants_leasedocument_scan", document.pk),
            *((f"tenants_lease_{name}", lease.pk) for name in ("change", "history", *ON_A_LEASE)),
            *((f"tenants_company_{name}", alone.pk) for name in ("change", "history", "logo")),
            ("parks_hostagreement_scan", park.agreements.get().pk),
        ):
            found[name] = client.get(reverse(f"admin:{name}", args=[key])).status_code
        assert set(found.values()) == {404}, found
        for name in ("rent_roll", "expiries", "voids"):
            answer = client.get(reverse(f"admin:desk_{name}"), {"park": park.pk})
            assert "Select a park from the list." in answer.content.decode()
            assert client.get(reverse(f"admin:desk_{name}"), {"park": park.pk, "format": "csv"}).status_code == 400
