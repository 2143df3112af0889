"""The guided pages when they are old, sent twice, or asked for by the wrong person."""

import pytest
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.admin.guides import NEW, OF_LEASE
from tenants.models import Lease
from tests.factories import CompanyFactory, SuiteFactory, UserFactory
from tests.lease_pages import TODAY, change, confirmed, days, everything, let, lines, page, previewed
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db


# --- old pages and second clicks


def test_confirming_what_has_changed_since_shows_it_anew_and_does_nothing(client, officer):
    letting = let(rent=100)
    url = page("lease_terminate", letting.lease)
    shown = form_data(previewed(client, url, last_day=days(10).isoformat(), reason="Agreed."))
    Lease.objects.filter(pk=letting.lease.pk).update(notice_given_on=days(-1))

    response = client.post(url, shown | {"confirm": "1"})
    assert response.status_code == 200 and "something has moved since you looked" in response.content.decode()
    letting.refresh_from_db()
    assert letting.terminated_on is None
    assert client.post(url, form_data(response) | {"confirm": "1"}).status_code == 302


@pytest.mark.parametrize("shown", ["", "x", "0" * 64])
def test_nothing_is_done_that_was_not_shown(client, officer, shown):
    lease = let(rent=100).lease
    url = page("lease_record_notice", lease)
    response = client.post(url, {"given_on": TODAY.isoformat(), "confirm": "1", "_shown": shown})

    assert response.status_code == 200
    assert Lease.objects.get().notice_given_on is None


def test_a_second_click_changes_nothing_and_says_what_it_met(client, officer):
    lease = let(state="draft", rent=100).lease
    url = page("lease_offer", lease)
    shown = form_data(previewed(client, url, deadline=days(9).isoformat())) | {"confirm": "1"}
    assert client.post(url, shown).status_code == 302
    after = everything()

    again = client.post(url, shown)
    assert again.status_code == 200 and "Only a draft can be offered" in again.content.decode()
    assert everything() == after


def test_a_draft_sent_twice_is_made_once_and_the_first_is_linked(client, officer):
    suite = SuiteFactory(number="7")
    url = reverse("admin:tenants_lease_draft")
    typed = {"company": CompanyFactory().pk, "park": suite.park.pk} | lines(("7", days(1), "", "100"))
    shown = form_data(previewed(client, url, **typed)) | {"confirm": "1"}
    assert client.post(url, shown).status_code == 302

    again = client.post(url, shown)
    lease = Lease.objects.get()
    assert f'<a href="{change(lease)}">{lease}</a>' in again.content.decode()


# --- who


def test_managers_and_auditors_are_refused_and_others_parks_are_not_there(client):
    mine, other = let(rent=1), let(rent=1)

    def urls(letting):
        return [page("letting_give_back", letting), *(page(f"lease_{name}", letting.lease) for name in OF_LEASE)]

    for role, expected in ((PARK_MANAGER, 404), (AUDITOR, 403), (LETTINGS_OFFICER, 200)):
        client.force_login(UserFactory(role=role, parks=[mine.suite.park]))
        for method in (client.get, client.post):
            assert {method(url).status_code for url in urls(mine)} == {200 if role == LETTINGS_OFFICER else 403}
            assert {method(url).status_code for url in urls(other)} == {expected}
            for name in NEW:
                status = method(reverse(f"admin:tenants_lease_{name}")).status_code
                assert status == (200 if role == LETTINGS_OFFICER else 403)
    before = everything()
    client.logout()
    assert client.post(page("lease_cancel", mine.lease), {"confirm": "1"}).status_code == 302
    assert everything() == before


def test_who_did_it_and_why_stand_in_the_history(client, officer):
    lease = let(rent=100).lease
    confirmed(client, page("lease_terminate", lease), last_day=days(10).isoformat(), reason="Both agreed.")
    html = client.get(reverse("admin:tenants_lease_history", args=[lease.pk])).content.decode()

    assert "Both agreed." in html and "ayesha" in html
