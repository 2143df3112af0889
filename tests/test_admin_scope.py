"""Who sees and changes what on the staff pages."""

from datetime import date, timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from parks.models import HeadlineClaim, HostAgreement, Incentive, Park, ParkPhoto, Source, Suite, SuiteClosure
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER

from .factories import (
    UserFactory,
    full_park,
)
from .staff_pages import change, exported, form_data, names_in

pytestmark = pytest.mark.django_db
PARKS = "/admin/parks/park/"


# --- scope


@pytest.fixture
def manager(client):
    mine, other = full_park(), full_park()
    user = UserFactory(role=PARK_MANAGER, parks=[mine])
    user.mine, user.other = mine, other
    client.force_login(user)
    return user


def test_a_manager_sees_the_assigned_park_alone(client, manager):
    assert names_in(client.get(PARKS)) == {manager.mine.name}
    assert names_in(client.get("/admin/parks/suite/")) == {suite.number for suite in manager.mine.suites.all()}
    assert client.get(change(manager.mine)).status_code == 200


@pytest.mark.parametrize("page", ["change", "history", "verify", "paste_floor", "delete"])
def test_every_page_of_another_park_is_404_for_a_manager(client, manager, page):
    for park, missing in ((manager.other, True), (Park(pk=999_999), True)):
        url = reverse(f"admin:parks_park_{page}", args=[park.pk])
        status = client.post(url).status_code if page == "verify" else client.get(url).status_code
        # Without the right to delete anything there is no telling which park there is.
        assert status == (403 if page == "delete" else 404) and missing
    assert Park.objects.get(pk=manager.other.pk).last_verified_on is None


def test_a_manager_whose_assignment_has_ended_sees_nothing(client, manager):
    manager.park_assignments.update(last_day=timezone.localdate() - timedelta(days=1))
    assert names_in(client.get(PARKS)) == set()
    assert client.get(change(manager.mine)).status_code == 404

    manager.park_assignments.update(last_day=timezone.localdate())
    assert names_in(client.get(PARKS)) == {manager.mine.name}


def autocomplete(client, model, field, term=""):
    return client.get(
        "/admin/autocomplete/", {"app_label": "parks", "model_name": model, "field_name": field, "term": term}
    )


def test_the_box_for_parks_offers_a_manager_the_assigned_park_alone(client, manager):
    offered = autocomplete(client, "suite", "park").json()["results"]

    assert [row["text"] for row in offered] == [manager.mine.name]


def test_forged_requests_to_the_boxes_get_nothing(client, manager):
    # Users: a manager has no right to see them, nor assignments.
    assert autocomplete(client, "park", "last_verified_by").status_code == 403
    assert autocomplete(client, "park", "words").status_code == 403
    assert autocomplete(client, "nope", "park").status_code == 403
    assert autocomplete(client, "suite", "park", term="a\x00'\\").status_code == 200
    assert client.get("/admin/autocomplete/").status_code == 403


def test_a_suite_cannot_be_put_into_another_park_by_hand(client, manager):
    data = {"park": manager.other.pk, "floor": "1", "position": "1", "number": "X-1", "kind": "suite"}
    data |= {"closures-TOTAL_FORMS": "0", "closures-INITIAL_FORMS": "0"}

    response = client.post("/admin/parks/suite/add/", data)

    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()
    assert not Suite.objects.filter(number="X-1").exists()


@pytest.mark.parametrize("value", ["abc", "\x00", "9" * 30, "-1", "1.0", "٣"])
def test_a_forged_choice_is_an_error_beside_its_field(client, officer, value):
    data = {"park": value, "floor": "1", "position": "1", "number": "X-1", "kind": "suite"}
    data |= {"closures-TOTAL_FORMS": "0", "closures-INITIAL_FORMS": "0"}

    response = client.post("/admin/parks/suite/add/", data)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["park"]
    assert not Suite.objects.exists()
    assert client.get(f"/admin/parks/suite/add/?park={value.replace(chr(0), '%00')}").status_code == 200


def test_a_manager_changes_facts_but_not_what_the_office_decides(client, manager):
    data = form_data(client.get(change(manager.mine)))
    assert not {"listed", "slug", "programme", "last_verified_on"} & set(data)

    forged = {"listed": "", "slug": "mine", "programme": "sco", "code": "X", "ref": "X", "description": "Near the gate"}
    assert client.post(change(manager.mine), data | forged).status_code == 302

    before = (manager.mine.listed, manager.mine.slug, manager.mine.programme, manager.mine.code, manager.mine.ref)
    park = Park.objects.get(pk=manager.mine.pk)
    assert park.description == "Near the gate"
    assert (park.listed, park.slug, park.programme, park.code, park.ref) == before


def test_an_auditor_reads_every_page_and_changes_none(client):
    client.force_login(UserFactory(role=AUDITOR))
    park = full_park()

    assert client.get(change(park)).status_code == 200
    assert client.post(change(park), {"name": "x"}).status_code == 403
    assert client.post(reverse("admin:parks_park_verify", args=[park.pk])).status_code == 403
    assert client.get(reverse("admin:parks_park_paste_floor", args=[park.pk])).status_code == 403
    assert "Verified today" not in client.get(PARKS).content.decode()
    assert Park.objects.get().name == park.name


def test_a_managers_export_of_everything_holds_the_assigned_park_alone(client, manager):
    selected = [manager.mine.pk, manager.other.pk]

    response = client.post(
        PARKS, {"action": "export_csv", "_selected_action": selected, "select_across": "1", "index": "0"}
    )

    assert [row["code"] for row in exported(response)] == [manager.mine.code]


@pytest.mark.parametrize("role", [None, ADMINISTRATOR, LETTINGS_OFFICER, PARK_MANAGER, AUDITOR])
def test_every_page_of_every_object_opens_for_those_who_may_view_it(client, role):
    park = full_park()
    ParkPhoto.objects.create(park=park, stem="a" * 32, width=640, height=400, widths=[480, 640], alt="The gate")
    SuiteClosure.objects.create(suite=park.suites.get(), first_day=date(2026, 1, 1), reason="repair")
    HostAgreement.objects.update(scan="ab/abcdef", scan_name="MoU.pdf")
    user = UserFactory(is_superuser=role is None, role=role, parks=[park])
    HeadlineClaim.objects.create(on=date(2026, 1, 1), on_precision="day", source=Source.objects.get())
    Incentive.objects.create(title="Rent", words="…", published_on=date(2026, 1, 1), published_on_precision="day")
    client.force_login(user)

    for model, page in admin.site._registry.items():
        may_view = user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        for row in model._default_manager.all()[:1]:
            for name in ("changelist", "change", "history"):
                url = reverse(page.url_name(name), args=[] if name == "changelist" else [row.pk])
                assert client.get(url).status_code == (200 if may_view else 403), url


# --- accounts


def test_an_administrator_cannot_rise_above_the_role(client):
    administrator = UserFactory(role=ADMINISTRATOR)
    boss = UserFactory(is_superuser=True)
    client.force_login(administrator)
    url = reverse("admin:auth_user_change", args=[administrator.pk])

    client.post(url, form_data(client.get(url)) | {"is_superuser": "on", "user_permissions": "1"})
    administrator.refresh_from_db()
    assert not administrator.is_superuser and not administrator.user_permissions.exists()

    password = reverse("admin:auth_user_password_change", args=[boss.pk])
    assert client.get(password).status_code == 403
    assert client.post(reverse("admin:auth_user_change", args=[boss.pk]), {"username": "x"}).status_code == 403


def test_roles_are_given_by_ticking_them(client):
    client.force_login(UserFactory(role=ADMINISTRATOR))
    user = UserFactory()
    UserFactory(role=AUDITOR)
    url = reverse("admin:auth_user_change", args=[user.pk])
    page = client.get(url)
    auditor = next(
        value for value, label in page.context["adminform"].form.fields["groups"].choices if label == AUDITOR
    )

    assert client.post(url, form_data(page) | {"groups": [str(auditor)]}).status_code == 302
    assert list(user.groups.values_list("name", flat=True)) == [AUDITOR]


def test_a_lettings_officer_has_no_business_with_accounts(client, officer):
    assert client.get("/admin/auth/user/").status_code == 403
    assert client.get(reverse("admin:auth_user_change", args=[officer.pk])).status_code == 403
