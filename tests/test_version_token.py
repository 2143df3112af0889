"""Nobody overwrites unseen what a colleague has just saved."""

import re
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from parks.models import City, Park, StageEvent, Suite
from stp_portal.kit.roles import LETTINGS_OFFICER

from .factories import CityFactory, ParkFactory, StageEventFactory, SuiteFactory, UserFactory
from .staff_pages import form_data, token_in

pytestmark = pytest.mark.django_db


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


@pytest.fixture
def officer(client):
    user = UserFactory(username="Ayesha", role=LETTINGS_OFFICER)
    client.force_login(user)
    return user


def test_a_page_made_before_a_colleagues_save_is_refused_and_shows_what_changed(client, officer):
    city = CityFactory(name="Mingora", aliases="Swat")
    mine = form_data(client.get(page_of(city)))
    colleague = Client()
    colleague.force_login(UserFactory(username="Bilal", role=LETTINGS_OFFICER))
    theirs = form_data(colleague.get(page_of(city)))
    assert colleague.post(page_of(city), theirs | {"aliases": "Swat\nMangora"}).status_code == 302

    response = client.post(page_of(city), mine | {"name": "Mingora City"})

    html = response.content.decode()
    assert response.status_code == 200
    city.refresh_from_db()
    assert (city.name, city.aliases) == ("Mingora", "Swat\nMangora")
    assert "Someone else saved changes while this page was open" in html
    assert "Bilal" in html and "Other names" in html
    assert "<del><bdi>Swat</bdi></del>" in html and "<ins><bdi>Swat\nMangora</bdi></ins>" in html


def test_what_was_typed_is_kept_and_what_was_not_touched_follows_the_colleague(client, officer):
    city = CityFactory(name="Mingora", aliases="Swat")
    mine = form_data(client.get(page_of(city)))
    City.objects.filter(pk=city.pk).update(aliases="Swat\nMangora")

    refused = client.post(page_of(city), mine | {"name": "Mingora City"})
    again = form_data(refused)
    assert again["name"] == "Mingora City"
    assert again["aliases"] == "Swat\nMangora"

    assert client.post(page_of(city), again).status_code == 302
    city.refresh_from_db()
    assert (city.name, city.aliases) == ("Mingora City", "Swat\nMangora")


def test_yes_no_and_unknown_follow_the_colleague_too(client, officer):
    park = ParkFactory(lift=None, listed=False)
    mine = form_data(client.get(page_of(park)))
    Park.objects.filter(pk=park.pk).update(lift=False, generator=True, listed=True)

    again = form_data(client.post(page_of(park), mine | {"name": "Renamed"}))

    assert (again["lift"], again["generator"], again["listed"]) == ("false", "true", "on")
    assert client.post(page_of(park), again).status_code == 302
    park.refresh_from_db()
    assert (park.name, park.lift, park.generator, park.listed) == ("Renamed", False, True, True)


@pytest.mark.parametrize("token", [None, "", "abc", "0", "0-0-0-0-0-0-0-0-0", "-1", "9" * 40])
def test_a_page_without_a_usable_token_is_refused(client, officer, token):
    city = CityFactory(name="Mingora")
    data = form_data(client.get(page_of(city))) | {"name": "Changed"}
    del data["_version"]
    if token is not None:
        data["_version"] = token

    response = client.post(page_of(city), data)

    assert response.status_code == 200
    assert "nothing was saved" in response.content.decode()
    assert City.objects.get().name == "Mingora"


def test_the_refused_page_brings_the_token_of_now(client, officer):
    city = CityFactory(name="Mingora")
    data = form_data(client.get(page_of(city))) | {"name": "Changed"}
    token = data.pop("_version")

    assert token_in(client.post(page_of(city), data)) == token


def test_a_changed_added_or_deleted_inline_row_also_makes_the_page_old(client, officer):
    park = ParkFactory()
    event = StageEventFactory(park=park, stage="mou_signed")
    for change in (
        lambda: StageEvent.objects.filter(pk=event.pk).update(note="seen"),
        lambda: SuiteFactory(park=park),
        event.delete,
    ):
        data = form_data(client.get(page_of(park)))
        change()

        response = client.post(page_of(park), data | {"name": "Mine"})

        assert "Someone else saved changes" in response.content.decode()
        assert Park.objects.get().name == park.name


def test_an_inline_row_that_was_not_touched_follows_the_colleague(client, officer):
    park = ParkFactory()
    suite = SuiteFactory(park=park, lettable_area_sqft=1200)
    data = form_data(client.get(page_of(park)))
    Suite.objects.filter(pk=suite.pk).update(lettable_area_sqft=1350)

    again = form_data(client.post(page_of(park), data | {"suites-0-number": "B-7"}))

    assert again["suites-0-lettable_area_sqft"] == "1350"
    assert client.post(page_of(park), again).status_code == 302
    suite.refresh_from_db()
    assert (suite.number, suite.lettable_area_sqft) == ("B-7", 1350)


def test_another_parks_rows_do_not_make_the_page_old(client, officer):
    park = ParkFactory()
    data = form_data(client.get(page_of(park)))
    SuiteFactory()

    assert client.post(page_of(park), data | {"name": "Mine"}).status_code == 302


def test_a_new_object_needs_no_token(client, officer):
    data = {"name": "Turbat", "slug": "turbat", "region": "balochistan", "aliases": "", "name_ur": ""}

    response = client.post(reverse("admin:parks_city_add"), data)

    assert response.status_code == 302
    assert not re.search("_version", client.get(reverse("admin:parks_city_add")).content.decode())


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_once_one_wins_and_the_other_is_told():
    user = UserFactory(is_superuser=True)
    park = ParkFactory()
    clients = [Client(), Client()]
    pages = []
    for each in clients:
        each.force_login(user)
        pages.append(form_data(each.get(page_of(park))))
    start, statuses = threading.Barrier(2), []

    def save(number):
        start.wait()
        try:
            response = clients[number].post(page_of(park), pages[number] | {"name": f"Name {number}"})
            statuses.append((response.status_code, number))
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[number]) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(status for status, _number in statuses) == [200, 302]
    winner = next(number for status, number in statuses if status == 302)
    assert Park.objects.get().name == f"Name {winner}"
