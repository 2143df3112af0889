"""Parks and suites that an application asks for: chosen, ordered and removed without script."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.apply import answer, begin, page_of, ready
from tests.factories import CityFactory, ParkFactory, StageEventFactory, SuiteFactory
from tests.space_pages import html_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def park():
    return ParkFactory(name="Arfa Tower", slug="arfa", city=CityFactory(name="Lahore", slug="lahore"))


def test_choices_are_added_moved_and_removed_without_script(client, park):
    suite = SuiteFactory(park=park, number="B-1", lettable_area_sqft=1_150)
    other = ParkFactory(name="Swat Park", slug="swat", women_only=True)
    draft = begin(client)
    answer(client, draft, "firm", "numbers", "needs", "team")
    address = page_of(draft, "choices")
    response = client.post(address, {"go": "1"})
    assert response.status_code == 422 and "Choose at least one park or suite." in text_of(response)
    html = html_of(client.get(address))
    assert f'<option value="p{park.pk}">' in html and f'<option value="s{suite.pk}">Suite B-1, Arfa Tower' in html
    for key in (f"p{park.pk}", f"s{suite.pk}", f"p{other.pk}"):
        assert client.post(address, {"add": key}).status_code == 302
    assert client.post(address, {"up": f"p{other.pk}"}).status_code == 302
    assert client.post(address, {"remove": f"p{park.pk}"}).status_code == 302
    draft.refresh_from_db()
    assert draft.answers["choices"]["wanted"] == [f"p{other.pk}", f"s{suite.pk}"]
    html = html_of(client.get(address))
    assert ">women only<" in html and f'<option value="p{other.pk}"' not in html
    assert client.post(address, {"go": "1"}).url == page_of(draft, "contact")


def test_what_is_chosen_in_the_lists_is_added_by_the_button_that_leads_on(client, park):
    suite = SuiteFactory(park=park)
    draft = begin(client)
    answer(client, draft, "firm", "numbers", "needs", "team")
    response = client.post(page_of(draft, "choices"), {"add": [f"p{park.pk}", f"s{suite.pk}"], "go": "1"})
    assert response.url == page_of(draft, "contact")
    draft.refresh_from_db()
    assert draft.answers["choices"]["wanted"] == [f"p{park.pk}", f"s{suite.pk}"]
    assert client.post(page_of(draft, "choices"), {"add": ["x", ""], "go": "1"}).status_code == 422


@pytest.mark.parametrize("added", ["", "x", "p0", "p" + "9" * 18, "s" + "9" * 5000, "p１", "\x00"])
def test_what_is_no_choice_is_refused(client, park, added):
    draft = begin(client, park)
    answer(client, draft, "firm", "numbers", "needs", "team")
    response = client.post(page_of(draft, "choices"), {"add": added})
    assert response.status_code == 422 and "Choose a park or a suite from the list." in text_of(response)


def test_there_are_five_choices_at_most(client):
    parks = [ParkFactory() for _n in range(6)]
    draft = begin(client, *parks[:5])
    answer(client, draft, "firm", "numbers", "needs", "team")
    response = client.post(page_of(draft, "choices"), {"add": f"p{parks[5].pk}"})
    assert response.status_code == 422 and "Remove one first." in text_of(response)
    assert "Add a choice" not in text_of(client.get(page_of(draft, "choices")))


def test_a_park_that_was_closed_meanwhile_has_to_be_removed(client, park):
    draft = ready(client, park, ParkFactory())
    StageEventFactory(park=park, stage="closed", on=timezone.localdate() - dt.timedelta(days=1))
    assert client.get(page_of(draft, "check")).url == page_of(draft, "choices")
    assert "It cannot be applied for any more: remove it." in text_of(client.get(page_of(draft, "choices")))
    assert client.post(page_of(draft, "choices"), {"go": "1"}).status_code == 422
    client.post(page_of(draft, "choices"), {"remove": f"p{park.pk}"})
    assert client.get(page_of(draft, "check")).status_code == 200


def test_choices_can_be_narrowed_to_a_city(client, park):
    other = ParkFactory(name="Swat Park", city=CityFactory(name="Mingora", slug="mingora"))
    draft = begin(client)
    answer(client, draft, "firm", "numbers", "needs", "team")
    html = html_of(client.get(page_of(draft, "choices") + "?city=mingora"))
    assert f'value="p{other.pk}"' in html and f'value="p{park.pk}"' not in html
    for city in ("nowhere", "%00", "9" * 5000):
        assert client.get(page_of(draft, "choices") + f"?city={city}").status_code == 200


def test_desks_are_offered_to_who_asks_for_desks(client, park):
    desk = SuiteFactory(park=park, number="9", kind="desk", lettable_area_sqft=None, seats=1)
    suite = SuiteFactory(park=park, number="A-1")
    draft = begin(client)
    answer(client, draft, "firm", "numbers", "needs", "team", wanted_area_sqft="", wanted_seats="8")
    html = html_of(client.get(page_of(draft, "choices")))
    assert f'value="s{desk.pk}"' in html and f'value="s{suite.pk}"' not in html
