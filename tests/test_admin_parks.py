"""The staff pages of the register: one-tap verification, history, constraints."""

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from parks.models import City, HostAgreement, HostInstitution, Park, StageEvent

from .factories import (
    CityFactory,
    HostFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
    full_park,
)
from .staff_pages import change, form_data

pytestmark = pytest.mark.django_db
PARKS = "/admin/parks/park/"


# --- verified today


def test_one_tap_records_who_checked_the_facts_and_when(client, officer):
    park = ParkFactory()

    response = client.post(reverse("admin:parks_park_verify", args=[park.pk]))

    park.refresh_from_db()
    assert response.status_code == 302 and response["Location"] == change(park)
    assert (park.last_verified_on, park.last_verified_by) == (timezone.localdate(), officer)


def test_a_tap_in_the_list_comes_back_to_the_list_with_its_filters(client, officer):
    url = reverse("admin:parks_park_verify", args=[ParkFactory().pk])

    there = client.post(url, HTTP_REFERER=f"http://testserver{PARKS}?stage=operational")
    elsewhere = client.post(url, HTTP_REFERER=f"http://evil.example{PARKS}?x=1")

    assert there["Location"] == f"{PARKS}?stage=operational"
    assert elsewhere["Location"].endswith("/change/")
    assert client.post(url, HTTP_REFERER="http://[broken").status_code == 302


def test_a_link_cannot_verify_a_park(client, officer):
    park = ParkFactory()

    assert client.get(reverse("admin:parks_park_verify", args=[park.pk])).status_code == 405
    assert Park.objects.get().last_verified_on is None


# --- history


def test_the_history_page_says_who_changed_which_field_and_why(client, officer):
    park = ParkFactory(name="Old name", lift=None)
    event = StageEventFactory(park=park)
    data = form_data(client.get(change(park)))
    client.post(change(park), data | {"name": "New <b>name</b>", "lift": "true", "stage_events-0-note": "seen"})
    client.post(reverse("admin:parks_park_verify", args=[park.pk]))

    response = client.get(reverse("admin:parks_park_history", args=[park.pk]))

    html = response.content.decode()
    assert "<del><bdi>Old name</bdi></del> → <ins><bdi>New &lt;b&gt;name&lt;/b&gt;</bdi></ins>" in html
    assert "<del><bdi>empty</bdi></del> → <ins><bdi>yes</bdi></ins>" in html
    assert "<ins><bdi>seen</bdi></ins>" in html
    assert "<bdi>verified</bdi>" in html
    entries = response.context["page"].object_list
    assert {entry.who for entry in entries if entry.action == "update"} == {"ayesha"}
    assert {entry.pk for entry in entries if entry.model is StageEvent} == {event.pk}


def test_the_history_also_shows_what_was_changed_past_the_pages(client, officer):
    park = ParkFactory(name="Before")
    Park.objects.filter(pk=park.pk).update(name="After")

    html = client.get(reverse("admin:parks_park_history", args=[park.pk])).content.decode()

    assert "<del><bdi>Before</bdi></del> → <ins><bdi>After</bdi></ins>" in html
    assert "the system" in html


# --- what only the database refuses


def test_a_constraint_that_only_the_database_sees_comes_back_as_its_sentence(client, officer, monkeypatch):
    monkeypatch.setattr(City, "validate_constraints", lambda self, exclude=None: None)
    CityFactory(name="Lahore", region="punjab")

    response = client.post(
        "/admin/parks/city/add/",
        {"name": "lahore", "slug": "lahore-2", "region": "punjab", "aliases": "Lavapuri", "name_ur": ""},
    )

    assert response.status_code == 200
    assert "This city is already in the register." in response.content.decode()
    assert form_data(response)["aliases"] == "Lavapuri"
    assert City.objects.count() == 1


def test_a_lost_race_for_a_web_name_names_the_field(client, officer, monkeypatch):
    monkeypatch.setattr(HostInstitution, "validate_unique", lambda self, exclude=None: None)
    monkeypatch.setattr(HostInstitution, "validate_constraints", lambda self, exclude=None: None)
    HostFactory(slug="arfa")

    response = client.post(
        "/admin/parks/hostinstitution/add/", {"name": "Arfa", "name_ur": "", "kind": "", "website": "", "slug": "arfa"}
    )

    assert response.status_code == 200
    assert "Another row already has this value: web name." in response.content.decode()


def test_the_fixed_web_name_of_a_listed_park_cannot_be_posted(client, officer):
    park = ParkFactory(slug="arfa")
    data = form_data(client.get(change(park)))

    client.post(change(park), data | {"slug": "other"})

    assert Park.objects.get().slug == "arfa"


def test_reversed_service_dates_are_an_error_on_the_date_field(client, officer):
    suite = SuiteFactory()
    url = reverse("admin:parks_suite_change", args=[suite.pk])
    data = form_data(client.get(url)) | {"in_service_from": "1 March 2026", "withdrawn_from": "28 February 2026"}

    response = client.post(url, data)

    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert errors == {"withdrawn_from": ["The suite is withdrawn before it comes into service."]}


def test_an_area_that_is_no_number_is_explained_and_kept(client, officer):
    suite = SuiteFactory()
    url = reverse("admin:parks_suite_change", args=[suite.pk])

    response = client.post(url, form_data(client.get(url)) | {"lettable_area_sqft": "1_200"})

    assert response.context["adminform"].form.errors == {
        "lettable_area_sqft": ["Area must be a number of square feet, like 1,200."]
    }
    assert form_data(response)["lettable_area_sqft"] == "1_200"


def test_a_file_is_taken_back_when_the_database_refuses_its_row(client, officer, monkeypatch, settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path / "private"
    monkeypatch.setattr(HostAgreement, "validate_constraints", lambda self, exclude=None: None)
    monkeypatch.setattr(HostAgreement, "clean", lambda self: None)
    data = {"park": ParkFactory().pk, "kind": "mou", "parties": "PSEB; host"}
    data |= {"effective_date": "2026-03-01", "expiry_date": "2026-02-01"}
    data["scan"] = SimpleUploadedFile("MoU.pdf", b"%PDF-1.7")

    response = client.post("/admin/parks/hostagreement/add/", data)

    assert "The agreement expires before it takes effect." in response.content.decode()
    assert not HostAgreement.objects.exists()
    assert not [path for path in settings.PRIVATE_ROOT.rglob("*") if path.is_file()]


# --- deleting


def test_a_park_with_facts_is_not_deleted_and_the_page_says_what_holds_it(client):
    client.force_login(UserFactory(is_superuser=True))
    park = full_park()
    url = reverse("admin:parks_park_delete", args=[park.pk])

    assert "would require deleting the following protected related objects" in client.get(url).content.decode()
    client.post(url, {"post": "yes", "_why": "x"})
    assert Park.objects.filter(pk=park.pk).exists()


def test_a_row_that_came_into_use_meanwhile_is_named_instead_of_an_error_page(client, monkeypatch):
    client.force_login(UserFactory(is_superuser=True))
    city = ParkFactory().city
    monkeypatch.setattr(
        admin.site.get_model_admin(City), "get_deleted_objects", lambda objs, request: ([], {}, set(), [])
    )

    sent = {"post": "yes", "_why": "x"}
    response = client.post(reverse("admin:parks_city_delete", args=[city.pk]), sent, follow=True)

    assert "Not deleted: other rows of the register refer to it." in response.content.decode()
    assert City.objects.filter(pk=city.pk).exists()


def test_an_unused_city_is_deleted_and_its_history_stays(client):
    client.force_login(UserFactory(is_superuser=True))
    city = CityFactory(name="Typo")

    client.post(reverse("admin:parks_city_delete", args=[city.pk]), {"post": "yes", "_why": "x"})

    assert not City.objects.exists()
    labels = City.pgh_event_model.objects.filter(pgh_obj_id=city.pk).order_by("pgh_id").values_list("pgh_label", "name")
    assert list(labels) == [("insert", "Typo"), ("delete", "Typo")]


def test_no_list_offers_to_delete_rows_by_ticking_them(client):
    client.force_login(UserFactory(is_superuser=True))
    ParkFactory()

    assert "delete_selected" not in client.get("/admin/parks/park/").content.decode()
