"""Keys of another park's rows, put into every address, action, box, list and file: nothing told, nothing changed."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tests.db_hash import changed_tables, db_hash
from tests.factories import ParkFactory, UserFactory
from tests.test_roles import address, routes, rows  # noqa: F401 - the fixture of that name

pytestmark = pytest.mark.django_db
REFUSED = {403, 404, 405}
# What belongs to no park: every member of staff with the right may look at it.
OF_NO_PARK = {"parks_city", "parks_hostinstitution", "parks_source", "parks_headlineclaim", "parks_incentive"}
# Pages about oneself.
OWN = ("admin:account", "admin:login", "admin:logout", "admin:password_change")
# Written by refusing, not by what was asked.
LOGS = {"parks_signinevent"}


def aimed(rows):  # noqa: F811
    """(route, address) of every staff page that names a row of the fixture's park."""
    for route in routes():
        space, _, name = route.partition(":")
        model = next((label for label in rows if name.startswith(f"{label}_")), "")
        if space != "admin" or route.startswith(OWN) or model in OF_NO_PARK:
            continue
        place = address(route, rows)
        if any(part.isdigit() for part in place.split("?")[0].split("/")):
            yield route, place


@pytest.fixture
def stranger(client, rows):  # noqa: F811
    """The manager of another park, signed in."""
    user = UserFactory(role=PARK_MANAGER, parks=[ParkFactory(name="A park of the stranger")])
    client.force_login(user)
    return user


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_of_another_park_s_row_is_told_from_one_that_is_not_there(client, rows, stranger, method):  # noqa: F811
    found, before, asked = {}, db_hash(LOGS), 0
    for route, place in aimed(rows):
        response = getattr(client, method)(place, {"post": "yes", "confirm": "1", "reason": "Forged"})
        list(response)
        asked += 1
        if response.status_code not in REFUSED:
            found[route] = (response.status_code, place)
    assert asked > 80
    assert found == {}
    assert changed_tables(before, LOGS) == []


def models_of_parks(rows):  # noqa: F811
    """(model, its admin, key of the fixture's row) of everything that belongs to a park."""
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower.replace(".", "_")
        if label in rows and label not in OF_NO_PARK and isinstance(rows[label], int):
            yield model, page, rows[label]


def actions_of(page, user):
    """The names of the actions that this person's list offers."""
    request = RequestFactory().get("/admin/")
    request.user = user
    return list(page.get_actions(request))


def test_no_action_does_anything_with_another_park_s_rows(client, rows, stranger):  # noqa: F811
    before, tried = db_hash(LOGS), 0
    for model, page, key in models_of_parks(rows):
        place = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for action in actions_of(page, stranger):
            for across in ("0", "1"):
                sent = {"action": action, "_selected_action": [key], "select_across": across, "index": "0"}
                response = client.post(place, sent)
                body = b"".join(response).decode("utf-8", "replace")
                tried += 1
                assert response.status_code in {200, 302, 403, 404}, (place, action)
                assert rows["park"].name not in body, (place, action)
    assert tried > 5
    # A file of no row may leave, and is recorded.
    assert set(changed_tables(before, LOGS)) <= {"parks_exportrecord"}


def test_no_list_search_box_or_file_tells_another_park_s_rows(client, rows, stranger):  # noqa: F811
    park, asked = rows["park"], 0
    park.name = "Zafrani Technology Park"
    park.save(update_fields=["name"])
    for model, page, key in models_of_parks(rows):
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        place = reverse(f"admin:{label}_changelist")
        for query in ("", "?q=Zafrani", f"?park__id__exact={park.pk}", f"?park={park.pk}", "?format=csv"):
            response = client.get(place + query)
            body = b"".join(response).decode("utf-8", "replace")
            asked += 1
            assert response.status_code in {200, 302, 403, 404}, place + query
            if response.status_code == 200:
                assert "Zafrani Technology" not in body and f"/{label.replace('_', '/')}/{key}/" not in body, (
                    place + query
                )
        for name in page.get_autocomplete_fields(RequestFactory().get("/")):
            query = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
            response = client.get(reverse("admin:autocomplete"), {**query, "term": "Zafrani"})
            asked += 1
            assert response.status_code == 403 or response.json()["results"] == [], (label, name)
    for name in ("desk_parks", "desk_rent_roll", "desk_expiries", "desk_voids", "desk_watch", "desk_occupancy"):
        for query in ({}, {"park": park.pk}, {"park": park.pk, "format": "csv"}, {"known": "2026-01-01"}):
            response = client.get(reverse(f"admin:{name}"), query)
            body = b"".join(response).decode("utf-8", "replace")
            asked += 1
            assert response.status_code in {200, 400} and "Zafrani" not in body, (name, query)
    assert asked > 60


def test_an_auditor_who_sends_everything_changes_nothing(client, rows):  # noqa: F811
    client.force_login(UserFactory(role=AUDITOR))
    before, answers = db_hash(LOGS), {}
    for route in routes():
        if not route.startswith("admin:") or route.startswith(OWN):
            continue
        response = client.post(address(route, rows), {"post": "yes", "confirm": "1", "reason": "Forged"})
        list(response)
        answers[route] = response.status_code
    assert len(answers) > 150
    assert changed_tables(before, LOGS) == []
    assert {route for route, status in answers.items() if status >= 500} == set()
