"""Why: asked for on money, stage, decision and deletion, and kept in the history."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from parks.models import City, Suite
from stp_portal.kit import history

from .factories import CityFactory, SuiteFactory, UserFactory
from .staff_pages import form_data
from .test_roles import rows  # noqa: F401 - the fixture of that name

pytestmark = pytest.mark.django_db
# Names of columns that are money, a stage, a decision or a right.
WEIGHTY = ("_pkr", "rent_basis", "stage", "certainty", "state", "listed", "escalation", "deposit", "public_listing")
WEIGHTY += ("notice_months", "lock_in_months", "groups", "is_superuser", "is_staff", "is_active", "user_permissions")
WEIGHTY += ("withdrawn_from", "effective_date", "expiry_date", "committed_area", "shown", "chosen", "amount")
EXEMPT = {
    "tenants.Letting": "edited in drafts alone, which bind nobody: offering one asks for its reason",
    "tenants.Company.pseb_expiry_date": "a fact of the firm's certificate, not a decision",
    "parks.Park.stage_words": "the words of a source; the stage itself is a row of its own",
    "parks.Incentive.shown": "an incentive of the government on the public page, not one of the board's decisions",
}


def test_an_asking_rent_is_not_changed_without_a_reason_and_what_was_typed_is_kept(client, officer):
    suite = SuiteFactory()
    address = reverse("admin:parks_suite_change", args=[suite.pk])
    data = form_data(client.get(address)) | {"rent_pkr": "150", "rent_basis": "per_sqft"}

    refused = client.post(address, data | {"_why": "  "})
    assert refused.status_code == 200 and Suite.objects.get(pk=suite.pk).rent_pkr is None
    assert form_data(refused)["rent_pkr"] == "150" and "id_why_error" in refused.content.decode()

    assert client.post(address, data | {"_why": "The board decided"}).status_code == 302
    assert history.entries(Suite, suite.pk)[0].reason == "The board decided"


def test_what_is_no_money_stage_or_decision_needs_no_reason(client, officer):
    suite = SuiteFactory()
    address = reverse("admin:parks_suite_change", args=[suite.pk])
    data = form_data(client.get(address)) | {"floor": "3", "_why": ""}

    assert client.post(address, data).status_code == 302


def test_nothing_is_deleted_without_a_reason(client):
    client.force_login(UserFactory(role="Administrator"))
    city = CityFactory()
    address = reverse("admin:parks_city_delete", args=[city.pk])

    page = client.post(address, {"post": "yes"})
    assert page.status_code == 200 and "id_why_error" in page.content.decode()
    assert City.objects.filter(pk=city.pk).exists()

    assert client.post(address, {"post": "yes", "_why": "Entered twice"}).status_code == 302
    assert history.entries(City, city.pk)[0].reason == "Entered twice"


def editable(page, request, obj):
    """The names of the fields of a page or an inline that this person can change."""
    if isinstance(page, admin.ModelAdmin):
        return set(page.get_form(request, obj, change=obj is not None).base_fields)
    return set(page.get_formset(request, obj).form.base_fields)


def test_every_field_of_money_stage_decision_or_right_asks_why(rows):  # noqa: F811
    request = RequestFactory().get("/")
    request.user = UserFactory(is_superuser=True)
    silent, asked = [], 0
    for model, page in admin.site._registry.items():
        label = model._meta.label_lower.replace(".", "_")
        obj = model._base_manager.filter(pk=rows[label]).first() if isinstance(rows.get(label), int) else None
        if obj is None or not page.has_change_permission(request, obj):
            continue
        for part in (page, *page.get_inline_instances(request, obj)):
            names = [name for name in editable(part, request, obj) if any(word in name for word in WEIGHTY)]
            for name in names:
                asked += 1
                told = part.model._meta.label
                if name not in part.reason_for and not {told, f"{told}.{name}"} & EXEMPT.keys():
                    silent.append(f"{type(part).__name__}.{name}")
    assert asked > 20
    assert silent == []


def test_a_new_stage_asks_and_a_new_suite_does_not(client, officer):
    park = SuiteFactory().park
    address = reverse("admin:parks_park_change", args=[park.pk])
    page = form_data(client.get(address))

    def with_row(prefix, **facts):
        place = f"{prefix}-{page[f'{prefix}-TOTAL_FORMS']}"
        return page | {
            "_why": "",
            f"{prefix}-TOTAL_FORMS": str(int(page[f"{prefix}-TOTAL_FORMS"]) + 1),
            **{f"{place}-{name}": value for name, value in facts.items()},
        }

    stage = with_row("stage_events", stage="mou_signed", certainty="actual", on="2020-01-01", on_precision="day")
    assert client.post(address, stage).status_code == 200 and not park.stage_events.exists()
    suite = with_row("suites", floor="2", position="1", number="2-01", kind="suite", in_service_from="2020-01-01")
    assert client.post(address, suite).status_code == 302 and park.suites.filter(number="2-01").exists()
