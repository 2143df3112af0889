"""The page of an application tells its own firm what is its own, and nothing of others or of what staff keep; the
queue tells no name; a code tells what is in force. Every private field holds a mark of its own."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tenants.models import Lease, Letter
from tests.canaries import World
from tests.factories import UserFactory
from tests.marks import found_in
from tests.test_canary import read_all, told, whole

pytestmark = pytest.mark.django_db
# What staff keep to themselves, and what is only of the machinery.
FOR_STAFF = re.compile(
    r"\.(staff_note|checksum|file|last_error|message_id|key|form_token|reminded_on|note)\b"
    r"|who decided|JobRun|LinkRequest|LetterTemplate|tenants\.Mail|Lease\.(signatory|registration)"
)
PAGES = ("", "message", "papers", "choices", "withdraw", "offer", "interest", "add")


@pytest.fixture
def world(tmp_path, settings):
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.MEDIA_ROOT = tmp_path / "media"
    return World()


def own_pages(application):
    """All that the holder of the link of an application can read: by links and by guessing, also of refused forms."""
    client, base = Client(), f"/applications/{application.token}/"
    said = read_all(client, [f"{base}{page}/" if page else base for page in PAGES], under=base)
    for page in PAGES[1:]:
        said[f"POST {page}"] = whole(client.post(f"{base}{page}/", {"text": "\x00", "kind": "x"}))
    return said


def test_a_firm_reads_of_its_application_what_is_its_own_and_nothing_else(world):
    for number, application in enumerate(world.firms):
        said = own_pages(application)
        found = told(said, world.marks)
        # Its token stands in every address of its pages.
        others = {
            (mark, where): address
            for (mark, where), address in found.items()
            if not where.startswith(f"seen: firm {number}: ") and application.state != "allotted"
        }
        assert others == {}, application.state
        kept = {where for _mark, where in found if FOR_STAFF.search(where)}
        assert kept == set(), application.state
        # The reading came there: what it wrote and what it was told stands on its page.
        text = said[f"/applications/{application.token}/"]
        assert application.reference in text
        assert (
            application.messages.get(actor="firm").text in text and application.messages.get(actor="staff").text in text
        )


def test_a_firm_that_came_to_a_lease_reads_only_of_that_lease(world):
    application = next(one for one in world.firms if one.state == "allotted")
    number = world.firms.index(application)
    found = told(own_pages(application), world.marks)
    lease = Lease.objects.get(application=application)
    its_own = {str(rate.rent_pkr) for letting in lease.lettings.all() for rate in letting.rates.all()}
    foreign = [
        (mark, where)
        for mark, where in found
        if not where.startswith(f"seen: firm {number}: ") and mark.lower() not in about(lease) and mark not in its_own
    ]
    assert foreign == []


def about(lease):
    """What the firm of a lease may read of it: its number, its days, the company's own name and its amounts."""
    company = lease.company
    words = [lease.number, company.name, company.slug, lease.offer_deadline, lease.permitted_use]
    words += [lease.offered_on, lease.accepted_on, lease.signed_on, lease.deposit_received_on]
    words += [lease.deposit_pkr, lease.deposit_received_pkr]
    for letting in lease.lettings.all():
        words += [amount for rate in letting.rates.all() for amount in (rate.rent_pkr, rate.service_charge_pkr)]
    return {str(int(word) if hasattr(word, "quantize") else word).lower() for word in words}


def test_the_queue_and_its_files_tell_references_of_listed_parks_and_nothing_private(client, world):
    said = read_all(client, ["/queue/", "/queue/?format=csv", "/queue/?format=json"], under="/queue/")
    assert told(said, world.marks) == {}
    waiting = [one for one in world.firms if one.state == "waiting"]
    assert len(waiting) == 2
    for address in ("/queue/", "/queue/?format=csv", "/queue/?format=json"):
        assert all(one.reference in said[address] for one in waiting), address
        others = [one.reference for one in world.firms if one.state != "waiting"]
        assert not any(f'"{reference}"' in said[address] or f">{reference}<" in said[address] for reference in others)


def test_a_code_tells_firm_park_and_days_while_in_force_and_no_name_afterwards(client, world):
    letter = Letter.objects.exclude(code="").get()
    may_tell = {world.unwilling.name.lower(), letter.code.lower()}
    text = whole(client.get(f"/verify/{letter.code}/"))
    assert world.unwilling.name in text
    assert {mark.lower() for mark, _where in found_in(text, world.marks)} <= may_tell
    for letting in letter.lease.lettings.all():
        type(letting).objects.filter(pk=letting.pk).update(terminated_on=dt.date.today() - dt.timedelta(3))
    over = whole(client.get(f"/verify/{letter.code}/"))
    assert "ended" in over.lower()
    assert {mark.lower() for mark, _where in found_in(over, world.marks)} <= {letter.code.lower()}
    unknown = whole(client.get("/verify/ZZZZZZZZZZZZZZZZ/"))
    assert found_in(unknown, world.marks) == []


def test_an_address_of_another_firm_gives_nothing(client, world):
    """A letter is served by the link of its own application only, and no page without a link."""
    mine, other = world.firms[0], world.firms[1]
    number = other.letters.get().number
    assert client.get(f"/applications/{mine.token}/letters/{number}/").status_code == 404
    served = client.get(f"/applications/{other.token}/letters/{number}/")
    assert served.status_code == 200 and b"".join(served.streaming_content).startswith(b"%PDF")
    for address in (f"/applications/{other.reference}/", f"/applications/{other.pk}/", "/applications/"):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize("role", [AUDITOR, PARK_MANAGER])
def test_the_files_of_papers_and_letters_are_for_those_who_may_see_them(client, world, role):
    """An auditor opens none; a manager those of applications for an own park, and of no other."""
    client.force_login(UserFactory(role=role, parks=[world.seen] if role == PARK_MANAGER else []))
    for application in (world.firms[0], world.elsewhere):
        may = role == PARK_MANAGER and application is world.firms[0]
        for name, row in (
            ("applicationpaper_file", application.papers.get()),
            ("letter_file", application.letters.get()),
        ):
            response = client.get(reverse(f"admin:tenants_{name}", args=[row.pk]))
            list(response)
            assert response.status_code == (200 if may else 404), (role, name)
        status = client.get(reverse("admin:tenants_application_change", args=[application.pk])).status_code
        assert status == (200 if may or role == AUDITOR else 404)
