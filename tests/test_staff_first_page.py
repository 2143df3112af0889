"""The first page of the staff site: what waits in the registers, by rights, and cheaply."""

import pytest
from django.urls import reverse
from django.utils import timezone

from parks.models import ParkAssignment
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tests.desk import CountQueries
from tests.factories import (
    AreaReportFactory,
    CorrectionFactory,
    ImportBatchFactory,
    ParkFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MISTAKES = "Reported mistakes"
ALIKE = {"Companies that may be one", "Host institutions that may be one"}
ASKED = {MISTAKES, "Differing areas", "Imports", *ALIKE}


def first_page(client, user):
    """What waits, from its label to (words, whether somebody has to act)."""
    client.force_login(user)
    response = client.get("/admin/")
    rows = [line for group in response.context["day"] for line in group.lines if str(line.label) in ASKED]
    html = response.content.decode()
    assert all(f'<a href="{line.url}">{line.label}</a>' in html for line in rows)
    assert {client.get(line.url).status_code for line in rows} <= {200}
    return {str(line.label): (line.words, line.due) for line in rows}


def differing(park):
    AreaReportFactory(park=park, area_sqft=10_000, chosen=True)
    AreaReportFactory(park=park, area_sqft=20_000, chosen=False)


def test_it_counts_what_waits_and_leads_there(client):
    officer = UserFactory(role=LETTINGS_OFFICER)
    park = ParkFactory()
    differing(park)
    CorrectionFactory(park=park)
    ImportBatchFactory(created_by=officer)
    ImportBatchFactory(created_by=officer, state="applied", rows=[])

    assert first_page(client, officer) == {
        MISTAKES: ("1 waiting", True),
        "Differing areas": ("1 park", True),
        "Imports": ("1 begun, not brought in", False),
        **dict.fromkeys(ALIKE, ("0 pairs", False)),
    }
    waiting = client.get(reverse("admin:parks_correction_changelist"), {"state__exact": "waiting"})
    assert waiting.status_code == 200 and waiting.context["cl"].result_count == 1


def test_with_nothing_waiting_nothing_is_marked(client):
    found = first_page(client, UserFactory(role=AUDITOR))

    assert found[MISTAKES] == ("0 waiting", False) and set(found) >= ALIKE
    assert {due for _words, due in found.values()} == {False}


def test_a_manager_gets_the_counts_of_own_parks_and_no_list_of_all_companies(client):
    manager = UserFactory(role=PARK_MANAGER)
    own, other = ParkFactory(), ParkFactory()
    ParkAssignment.objects.create(user=manager, park=own, first_day=timezone.localdate())
    CorrectionFactory(park=own)
    for _n in range(2):
        CorrectionFactory(park=other)
    differing(other)
    ImportBatchFactory(created_by=UserFactory(role=LETTINGS_OFFICER))

    assert first_page(client, manager) == {
        MISTAKES: ("1 waiting", True),
        "Differing areas": ("0 parks", False),
        "Imports": ("0 begun, not brought in", False),
    }


def test_who_may_open_none_of_these_lists_sees_none(client):
    assert first_page(client, UserFactory()) == {}


def test_the_number_of_queries_does_not_grow(client):
    officer = UserFactory(role=LETTINGS_OFFICER)
    first_page(client, officer)
    with CountQueries() as before:
        client.get("/admin/")
    for _n in range(3):
        park = ParkFactory()
        differing(park)
        CorrectionFactory(park=park)
        ImportBatchFactory(created_by=officer)
    with CountQueries() as after:
        client.get("/admin/")

    assert after.count == before.count


def test_an_empty_list_says_so_and_a_fruitless_search_leads_back(client):
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    imports = reverse("admin:tenants_importbatch_changelist")

    assert "Nothing is here yet." in client.get(imports).content.decode()
    found = client.get(imports, {"q": "nosuchfile"}).content.decode()
    assert "Nothing matches this search" in found and "Show the whole list" in found
