"""Pages of leases and suites that come back as no browser sent them: shown again, never an error of the portal."""

import pytest
from django.urls import reverse

from parks.models import SuiteClosure
from tests.factories import LettingFactory, SuiteFactory
from tests.lease_pages import TODAY, change, let
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("version", ["", "x", "1-2", "9" * 5000, "\x00"])
def test_a_draft_that_comes_back_without_its_version_is_shown_again_with_what_was_typed(client, officer, version):
    letting = LettingFactory(state="draft", rent=60_000)
    sent = form_data(client.get(change(letting.lease))) | {"_version": version, "note": "Typed by hand"}
    sent["lettings-0-rent_pkr"] = "71,000"

    response = client.post(change(letting.lease), sent)

    assert response.status_code == 200
    again = form_data(response)
    assert (again["note"], again["lettings-0-rent_pkr"]) == ("Typed by hand", "71,000")
    assert letting.rates.get().rent_pkr == 60_000


@pytest.mark.parametrize("key", ["x", "", "99999999", "9" * 5000, "\x00"])
@pytest.mark.parametrize("name", ["lettings-0-id", "lettings-INITIAL_FORMS", "lettings-TOTAL_FORMS"])
def test_a_signed_lease_that_comes_back_with_keys_of_no_row_is_shown_again(client, officer, name, key):
    letting = let(rent=60_000)
    sent = form_data(client.get(change(letting.lease)))

    assert client.post(change(letting.lease), sent | {name: key, "_version": "x"}).status_code == 200


@pytest.mark.parametrize("key", ["x", "99999999", "\x00"])
@pytest.mark.parametrize("name", ["closures-0-id", "closures-INITIAL_FORMS"])
def test_a_suite_that_comes_back_with_closures_of_no_row_is_shown_again(client, officer, name, key):
    suite = SuiteFactory()
    SuiteClosure.objects.create(suite=suite, first_day=TODAY, reason="repair")
    page = reverse("admin:parks_suite_change", args=[suite.pk])
    sent = form_data(client.get(page))

    assert client.post(page, sent | {name: key, "_version": "x"}).status_code == 200
