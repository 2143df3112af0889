"""Needs for space on the staff pages: read, counted, downloaded, never changed."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tenants.models import SpaceNeed
from tests.factories import CityFactory, ParkFactory, UserFactory
from tests.staff_pages import exported

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/spaceneed/"
SUMMARY = "/admin/tenants/spaceneed/summary/"


def need(city, band="up_to_500", **kwargs):
    kwargs = {"name": "Sana Canary", "email": "canary@example.org", "company": "Ravi"} | kwargs
    return SpaceNeed.objects.create(city=city, size_band=band, form_token=uuid.uuid4(), **kwargs)


def test_needs_are_read_and_never_changed(client, officer):
    row = need(CityFactory(name="Quetta"))
    url = reverse("admin:tenants_spaceneed_change", args=[row.pk])

    assert "Quetta" in client.get(LIST).content.decode()
    page = client.get(url).content.decode()
    assert "canary@example.org" in page and 'name="_save"' not in page
    for address in (url, f"{LIST}add/", reverse("admin:tenants_spaceneed_delete", args=[row.pk])):
        assert client.post(address, {"name": "x", "post": "yes"}).status_code == 403
    assert SpaceNeed.objects.get().name == "Sana Canary"


def test_demand_is_counted_by_city_and_size_and_each_count_opens_into_its_rows(client, officer):
    quetta, swat = CityFactory(name="Quetta"), CityFactory(name="Swat")
    for band in ("desks", "up_to_500", "up_to_500"):
        need(quetta, band)
    need(swat, "desks")
    response = client.get(SUMMARY)

    assert [(row["name"], row["total"]) for row in response.context["rows"]] == [("Quetta", 3), ("Swat", 1)]
    assert response.context["sums"] == [2, 2, 0, 0, 0, 0] and response.context["total"] == 4
    link = f"{LIST}?city__id__exact={quetta.pk}&amp;size_band__exact=up_to_500"
    assert link in response.content.decode()
    assert client.get(link.replace("&amp;", "&")).context["cl"].result_count == 2


def test_the_count_asks_as_often_for_one_city_as_for_many(client, officer):
    need(CityFactory())
    with CaptureQueriesContext(connection) as few:
        client.get(SUMMARY)
    for _number in range(6):
        need(CityFactory())
    with CaptureQueriesContext(connection) as many:
        client.get(SUMMARY)

    assert len(few) == len(many)


def test_nobody_has_asked_yet_is_said(client, officer):
    assert "Nobody has told PSEB" in client.get(SUMMARY).content.decode()


def test_a_manager_counts_the_cities_of_own_parks_and_each_need_once(client):
    mine, other = ParkFactory(), ParkFactory()
    second = ParkFactory(city=mine.city)
    need(mine.city)
    need(other.city)
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[mine, second]))

    rows = client.get(SUMMARY).context["rows"]
    assert [(row["name"], row["total"]) for row in rows] == [(mine.city.name, 1)]
    assert client.get(LIST).context["cl"].result_count == 1
    client.force_login(UserFactory())
    assert client.get(SUMMARY).status_code == 403


def test_an_auditor_sees_no_senders_on_page_list_search_or_file(client):
    row = need(CityFactory())
    client.force_login(UserFactory(role=AUDITOR))
    export = client.post(LIST, {"action": "export_csv", "_selected_action": [row.pk], "index": "0"})
    [line] = exported(export)

    assert line["company"] == "Ravi" and not {"name", "e-mail"} & set(line)
    for url in (LIST, reverse("admin:tenants_spaceneed_change", args=[row.pk])):
        assert "anary" not in client.get(url).content.decode()
    assert client.get(LIST, {"q": "canary"}).context["cl"].result_count == 0
