"""The pages on which two companies become one: what they show before it is done, and to whom."""

import pytest
from django.db import OperationalError

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.models import Company, CompanyContact, Lease, MergedCompany
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, SuiteFactory, UserFactory
from tests.staff_pages import form_data
from tests.test_merge import change, merged, page

pytestmark = pytest.mark.django_db


def preview(client, kept, other, **typed):
    return client.post(page(kept), {"other": other.pk, "reason": "One firm", "preview": "1"} | typed)


def test_the_page_shows_before_it_does(client, officer):
    kept = CompanyFactory(name="Systems Ltd", ntn="1111111-1")
    other = CompanyFactory(name="Systems Limited", ntn="2222222-2", secp_number="0012345")
    lease = LeaseFactory(company=other)
    assert f"?other={other.pk}" in client.get(page(kept)).content.decode()
    asked = client.get(page(kept), {"other": other.pk})
    data = form_data(asked)
    assert (data["name"], data["ntn"], data["secp_number"]) == ("kept", "kept", "merged")

    shown = client.post(page(kept), data | {"ntn": "merged", "reason": "One firm", "preview": "1"})
    html = shown.content.decode()
    assert "<bdi>1111111-1</bdi></del> → <ins><bdi>2222222-2</bdi>" in html and str(lease) in html
    assert Company.objects.count() == 2 and not MergedCompany.objects.exists()
    back = form_data(client.post(page(kept), form_data(shown) | {"edit": "1"}))
    assert (back["ntn"], back["reason"]) == ("merged", "One firm")

    done = client.post(page(kept), form_data(shown) | {"confirm": "1"}, follow=True)
    assert "is now part of" in done.content.decode()
    kept.refresh_from_db()
    assert (kept.ntn, kept.secp_number, kept.leases.get()) == ("2222222-2", "0012345", lease)
    assert b"Gone meanwhile" not in client.post(page(kept), form_data(shown) | {"confirm": "1"}).content


@pytest.mark.parametrize("what", ["kept", "other", "lease", "contact", "newcomer"])
def test_nothing_is_merged_when_something_moved_since_it_was_shown(client, officer, what):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    lease = LeaseFactory(company=other)
    data = form_data(preview(client, kept, other, name="kept")) | {"confirm": "1"}
    {
        "kept": lambda: Company.objects.filter(pk=kept.pk).update(note="new"),
        "other": lambda: Company.objects.filter(pk=other.pk).update(website="https://new.pk"),
        "lease": lambda: Lease.objects.filter(pk=lease.pk).update(note="new"),
        "contact": lambda: CompanyContact.objects.create(company=other, name="Omar", email="o@gone.pk"),
        "newcomer": lambda: merged(other, CompanyFactory()),
    }[what]()
    response = client.post(page(kept), data)
    assert response.status_code == 200 and not MergedCompany.objects.filter(company=kept).exists()
    if what != "other":
        assert "something has moved since you looked" in response.content.decode()
        assert client.post(page(kept), form_data(response) | {"confirm": "1"}).status_code == 302
        assert MergedCompany.objects.filter(company=kept, former_id=other.pk).exists()


def test_a_forged_or_missing_token_merges_nothing(client, officer):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    for token in ({}, {"_shown": "0" * 64}):
        response = preview(client, kept, other, name="kept", confirm="1", **token)
        assert response.status_code == 200 and Company.objects.count() == 2


@pytest.mark.parametrize("other", ["", "x", "²", "0", "9" * 30, "self"])
def test_an_other_company_that_is_none_is_asked_for_again(client, officer, other):
    kept = CompanyFactory()
    other = str(kept.pk) if other == "self" else other
    for response in (client.get(page(kept), {"other": other}), client.post(page(kept), {"other": other})):
        assert response.status_code == 200 and "The other company" in response.content.decode()
    assert client.get("/admin/tenants/company/999999999/merge/").status_code == 404


def test_a_choice_that_is_none_and_a_missing_reason_are_said(client, officer):
    kept, other = CompanyFactory(name="Kept", note="a"), CompanyFactory(name="Gone", note="b")
    response = preview(client, kept, other, name="nonsense", note="kept", reason=" ")
    assert response.status_code == 200 and set(response.context["form"].errors) == {"name", "reason"}
    long = preview(client, kept, other, name="kept", note="kept", reason="x" * 301)
    assert set(long.context["form"].errors) == {"reason"}


def test_only_who_changes_companies_and_leases_everywhere_merges(client):
    suite = SuiteFactory()
    kept = LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park)).lease.company
    other = LettingFactory(suite=SuiteFactory(park=suite.park), lease=LeaseFactory(park=suite.park)).lease.company
    for user in (UserFactory(role=PARK_MANAGER, parks=[suite.park]), UserFactory(role=AUDITOR)):
        client.force_login(user)
        assert client.get(page(kept)).status_code == 403
        assert preview(client, kept, other, confirm="1").status_code == 403
        assert b"Merge with another" not in client.get(change(kept)).content
    for role in (ADMINISTRATOR, LETTINGS_OFFICER):
        client.force_login(UserFactory(role=role))
        assert client.get(page(kept)).status_code == 200
        assert b"Merge with another" in client.get(change(kept)).content
    assert Company.objects.count() == 2


def test_a_merge_that_others_stand_in_the_way_of_says_so_and_keeps_what_was_typed(client, officer, monkeypatch):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")

    class Deadlock(Exception):
        pgcode = "40P01"

    def watch(*_arguments):
        raise OperationalError("deadlock detected") from Deadlock()

    monkeypatch.setattr("tenants.admin.merge.watch", watch)
    html = preview(client, kept, other, name="kept", reason="The same NTN").content.decode()
    assert "Nothing was merged: try again." in html and "The same NTN" in html
