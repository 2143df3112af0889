"""The search of the history: what it finds, who may see it, how it is paged."""

import uuid

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks.models import ExportRecord, Park
from tenants.models import Company

from .factories import CompanyFactory, ParkFactory, SuiteFactory, UserFactory
from .staff_pages import exported

pytestmark = pytest.mark.django_db
SEARCH = "/admin/history/"


def found(client, **params):
    """The entries of the page."""
    response = client.get(SEARCH, params)
    assert response.status_code == 200
    return [entry for group in response.context["groups"] for entry in group.entries]


def changed(park, *, user=None, reason="", **facts):
    """Change a park as a page would, in a context of its own; returns its key."""
    with pghistory.context(user=getattr(user, "pk", None), reason=reason) as context:
        Park.objects.filter(pk=park.pk).update(**facts)
    return context.id


def test_person_reason_field_kind_and_row_each_narrow(client, officer):
    one, two = ParkFactory(name="One"), ParkFactory(name="Two")
    zara = UserFactory(username="zara")
    changed(one, user=zara, reason="The host wrote in March", name="Uno")
    changed(two, user=officer, reason="A visit", district="Swat")

    assert {entry.pk for entry in found(client, person="zar", kind="parks.park")} == {one.pk}
    assert {entry.pk for entry in found(client, why="wrote in march")} == {one.pk}
    updates = [entry for entry in found(client, field="district", kind="parks.park") if entry.action == "update"]
    assert {entry.pk for entry in updates} == {two.pk}
    assert {entry.pk for entry in found(client, kind="parks.park", row=two.pk)} == {two.pk}
    assert found(client, since="2001-01-01", until="2001-12-31") == []


def test_what_one_request_changed_stands_together_and_has_a_page(client, officer):
    park = ParkFactory()
    with pghistory.context(reason="both") as context:
        Park.objects.filter(pk=park.pk).update(name="Changed")
        suite = SuiteFactory(park=park)
    page = client.get(reverse("admin:history_request", args=[context.id]))

    kinds = {(entry.model._meta.model_name, entry.pk) for entry in page.context["entries"]}
    assert kinds == {("park", park.pk), ("suite", suite.pk)}
    assert reverse("admin:history_request", args=[context.id]) in client.get(SEARCH).content.decode()
    assert client.get(reverse("admin:history_request", args=[uuid.uuid4()])).status_code == 404


def test_pages_meet_without_gap_or_double(client, officer):
    park = ParkFactory()
    for number in range(120):
        changed(park, name=f"Name {number}")
    seen, address = [], f"{SEARCH}?kind=parks.park"
    while address:
        page = client.get(address)
        seen += [entry.event for group in page.context["groups"] for entry in group.entries]
        address = SEARCH + page.context["older"] if page.context["older"] else ""

    every = Park.pgh_event_model.objects.order_by("-pgh_id").values_list("pgh_id", flat=True)
    assert seen == list(every) and len(seen) > 120


def test_a_park_manager_sees_rows_of_own_parks_alone(client):
    mine, other = ParkFactory(), ParkFactory()
    theirs = SuiteFactory(park=other)
    manager = UserFactory(role="Park manager", parks=[mine])
    key = changed(other, reason="canary-of-other", name="Else")
    client.force_login(manager)

    assert {entry.pk for entry in found(client, kind="parks.park")} == {mine.pk}
    assert theirs.pk not in {entry.pk for entry in found(client, kind="parks.suite")}
    assert found(client, why="canary-of-other") == []
    assert client.get(reverse("admin:history_request", args=[key])).status_code == 404


def test_an_auditor_finds_companies_and_never_their_contacts(client):
    company = CompanyFactory()
    company.contacts.create(name="Contact of the firm", phone="+923001234567")
    client.force_login(UserFactory(role="Auditor"))

    page = client.get(SEARCH)

    assert company.name in page.content.decode() and "Contact of the firm" not in page.content.decode()
    assert "tenants.companycontact" not in dict(page.context["form"].fields["kind"].choices)
    assert "Contact of the firm" not in client.get(SEARCH, {"kind": "tenants.companycontact"}).content.decode()


def test_a_deleted_row_is_found_by_whoever_sees_all_parks(client, officer):
    company = CompanyFactory(name="Gone Soft")
    key = company.pk
    Company.objects.filter(pk=key).delete()

    assert {entry.action for entry in found(client, kind="tenants.company", row=key)} == {"insert", "delete"}


def test_the_file_holds_what_the_page_shows_and_is_recorded(client, officer):
    park = ParkFactory()
    changed(park, reason="=1+1", name="Changed")

    rows = exported(client.get(SEARCH, {"kind": "parks.park", "format": "csv"}))

    assert [row["Action"] for row in rows] == ["Changed", "Added"]
    assert rows[0]["Reason"] == "'=1+1"
    assert list(ExportRecord.objects.values_list("name", "rows")) == [("history", 2)]


@pytest.mark.parametrize(
    "params",
    [
        {"since": "31-31-31"},
        {"since": "2026-02-02", "until": "2026-01-01"},
        {"kind": "auth.user"},
        {"row": "9" * 30},
        {"row": "x"},
        {"person": "a\x00b"},
        {"field": "x" * 500},
    ],
)
def test_nonsense_is_named_and_shows_no_rows(client, officer, params):
    ParkFactory()
    page = client.get(SEARCH, params)

    assert page.status_code == 200 and page.context["faults"] and not page.context["groups"]
    assert client.get(SEARCH, params | {"format": "csv"}).status_code == 400


@pytest.mark.parametrize("mark", ["x", "~~", "2026-13-01T00:00:00+00:00~1~1", f"2026-01-01T00:00:00Z~1~{'9' * 30}"])
def test_a_forged_mark_of_a_page_gives_the_first(client, officer, mark):
    ParkFactory()
    assert found(client, before=mark)


def test_the_search_asks_as_often_for_many_rows_as_for_few(client, officer):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found(client)
        return len(queries)

    park = ParkFactory()
    cost()
    few = cost()
    for number in range(60):
        changed(park, name=f"Name {number}", reason="r")

    assert cost() == few <= 30
