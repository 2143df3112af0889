"""Watch lists: who stands on each, who leaves it, and the ways to act."""

import pytest
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR
from tenants.models import Lease, Letting
from tests.desk import LISTS, Scene, book_of, csv_of, days_ago, listed, page, text_of, watch_over
from tests.factories import LettingFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def watched(scene):
    watch_over(scene)
    return scene


def test_each_list_has_its_cases_and_no_others(client, watched):
    # Acme's registration is valid on its last day; Bolt has no number.
    assert listed(page(client, "desk_watch")) == {
        "without_agreement": ["Bare Alpha", "Bare Beta"],
        "holding_over": ["Stay Alpha", "Stay Beta"],
        "registrations": ["Lapsed Alpha", "Lapsed Beta", "Bolt"],
        "offers": ["Offer Alpha", "Offer Beta"],
    }
    text = text_of(page(client, "desk_watch"))
    assert "No number" in text and "Found at a visit." in text
    # Bare and Stay have numbers without an expiry.
    assert "whose expiry is not recorded: 4." in text


def test_what_is_settled_leaves_the_lists(client, watched):
    Lease.objects.filter(company__name__startswith="Stay").update(vacated_on=days_ago(5))
    Lease.objects.filter(company__name__startswith="Offer").update(offer_deadline=days_ago(1))
    Lease.objects.filter(company__name__startswith="Bare").update(deed_on_file=True, signed_on=days_ago(3))
    Letting.objects.filter(lease__company__name__startswith="Lapsed").update(terminated_on=days_ago(1))

    assert listed(page(client, "desk_watch")) == {
        "without_agreement": [],
        "holding_over": [],
        "registrations": ["Bolt"],
        "offers": [],
    }


@pytest.mark.parametrize(("deadline", "seen"), [(0, True), (14, True), (15, False), (-1, False)])
def test_offers_are_watched_from_14_days_before_their_last_day(client, scene, deadline, seen):
    LettingFactory(suite=scene.s103, state="offered", commencement_date=days_ago(-60), expiry_date=None)
    Lease.objects.filter(state="offered").update(offer_deadline=days_ago(-deadline), offered_on=days_ago(30))

    assert bool(listed(page(client, "desk_watch"))["offers"]) is seen


def test_the_guided_pages_are_offered_to_those_who_may_use_them(client, watched):
    lease = Lease.objects.get(company__name="Bare Alpha")
    address = reverse("admin:tenants_lease_file_deed", args=[lease.pk])
    text = text_of(page(client, "desk_watch"))
    assert f'href="{address}"' in text
    for name in ("tenants_lease_record_vacated", "tenants_lease_renew"):
        stay = Lease.objects.get(company__name="Stay Alpha")
        assert f'href="{reverse(f"admin:{name}", args=[stay.pk])}"' in text
    assert client.get(address).status_code == 200

    client.force_login(UserFactory(role=AUDITOR))
    assert address not in text_of(page(client, "desk_watch"))


def test_a_watch_list_leaves_as_csv_and_all_of_them_as_a_workbook(client, watched):
    shown = listed(page(client, "desk_watch"))
    for key in LISTS:
        lines = csv_of(page(client, "desk_watch", list=key, format="csv"))
        assert [line["Company"] for line in lines] == shown[key]
    book = book_of(page(client, "desk_watch", format="xlsx"))
    assert [[row[3] for row in rows[1:]] for rows in list(book.values())[:4]] == [shown[key] for key in LISTS]
    assert page(client, "desk_watch", format="csv").status_code == 400
    assert page(client, "desk_watch", list="nope", format="csv").status_code == 400
    assert page(client, "desk_watch", list="nope").status_code == 400
