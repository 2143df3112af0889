"""Host institutions with like names: asked about before they are saved, listed, and kept apart."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks.alike_hosts import COMMON, pairs, similar_to
from parks.models import DistinctHosts, HostInstitution
from stp_portal.kit.alike import ALIKE, alike
from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tests.factories import HostFactory, ParkFactory, UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
ADD = "/admin/parks/hostinstitution/add/"
PAIRS = "/admin/parks/hostinstitution/duplicates/"


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("University of the Punjab", "Punjab University", True),
        ("NUST", "National University of Sciences and Technology", True),
        ("GIFT University", "Gift Univ.", True),
        ("Virtual University of Pakistan", "Virtual University", True),
        ("University of Engineering & Technology Taxila", "UET Taxila", False),
        ("University of Lahore", "University of Karachi", False),
        (
            "Sir Syed University of Engineering & Technology (SSUET)",
            "NED University of Engineering & Technology",
            False,
        ),
        ("University of Engineering & Technology Lahore", "University of Engineering & Technology Taxila", False),
        ("Government College University Lahore", "Government College University Faisalabad", False),
    ],
)
def test_of_institutions_the_place_tells_them_apart(one, other, is_alike):
    assert (alike(one, other, COMMON) >= ALIKE) is is_alike


def added(client, **typed):
    return client.post(ADD, form_data(client.get(ADD)) | {"slug": "new"} | typed)


def test_a_like_name_is_shown_with_a_link_and_saved_when_it_is_said_to_be_another(client, officer):
    other = HostFactory(name="University of the Punjab")
    response = added(client, name="Punjab University", website="https://pu.example.org")
    html = response.content.decode()
    assert response.status_code == 200 and HostInstitution.objects.count() == 1
    assert reverse("admin:parks_hostinstitution_change", args=[other.pk]) in html
    assert "https://pu.example.org" in html and "It is another one: save" in html

    assert client.post(ADD, form_data(response) | {"_another": "1"}).status_code == 302
    pair = DistinctHosts.objects.get()
    assert (pair.first, pair.second.name, pair.by) == (other, "Punjab University", officer)
    assert pairs() == []
    assert similar_to("Punjab University", pk=pair.second_id) == []


def test_the_list_keeps_pairs_apart_and_asks_again(client, officer):
    one, other = HostFactory(name="Punjab University"), HostFactory(name="University of the Punjab")
    ParkFactory(host=other)
    html = client.get(PAIRS).content.decode()
    assert "1 pair." in html and "1 park" in html
    keys = {"first": other.pk, "second": one.pk}
    assert client.post(f"{PAIRS}different/", keys).status_code == 302
    assert "0 pairs." in client.get(PAIRS).content.decode()
    assert "ayesha" in client.get(f"{PAIRS}?known=1").content.decode()
    client.post(f"{PAIRS}different/", keys | {"again": "1"})
    assert len(pairs()) == 1
    for bad in ({}, {"first": one.pk, "second": one.pk}, {"first": "²", "second": "9" * 40}):
        assert client.post(f"{PAIRS}different/", bad).status_code == 404


def test_the_list_asks_as_often_for_many_pairs_as_for_one(client, officer):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAIRS).status_code == 200
        return len(queries)

    HostFactory(name="Ravi University"), HostFactory(name="University of Ravi")
    asked()
    once = asked()
    for number in range(20):
        HostFactory(name=f"Chenab {number} University"), HostFactory(name=f"University of Chenab {number}")
    assert asked() == once


def test_an_auditor_reads_the_pairs_and_a_park_manager_does_not(client):
    keys = {"first": HostFactory(name="Punjab University").pk, "second": HostFactory(name="University of Punjab").pk}
    client.force_login(UserFactory(role=AUDITOR))
    html = client.get(PAIRS).content.decode()
    assert "Punjab University" in html and "Not the same" not in html
    assert client.post(f"{PAIRS}different/", keys).status_code == 403
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory()]))
    assert client.get(PAIRS).status_code == 403
    assert client.post(f"{PAIRS}different/", keys).status_code == 403
    assert not DistinctHosts.objects.exists()
