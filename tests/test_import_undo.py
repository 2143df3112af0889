"""Taking imports back: every table as it was, and refused with the rows in the way where later work stands on it."""

import pytest
from django.utils import timezone

from parks.models import Park
from stp_portal.kit.roles import PARK_MANAGER
from tenants.actions.errors import Refused
from tenants.importing import engine, undo
from tenants.models import Company, CompanyContact, ImportBatch
from tests.factories import CompanyFactory, LeaseFactory, ParkFactory, SuiteFactory, UserFactory
from tests.importing import TODAY, applied, reviewed, table_hashes

pytestmark = pytest.mark.django_db
HEADINGS = ["name", "ntn", "website", "note", "contact_name", "contact_email"]
ROW = ["Arbisoft", "1111111-1", "arbisoft.com", "x", "Ali", "ali@example.com"]


def test_undo_restores_every_table_and_the_history_tells_of_both():
    company = CompanyFactory(name="Systems Ltd", note="old")
    before = table_hashes()
    batch = applied("companies", HEADINGS, ROW, ["Systems Ltd", "2222222-2", "systems.pk", "new", "", ""])
    assert (Company.objects.count(), CompanyContact.objects.count()) == (2, 1)
    assert table_hashes() != before
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before
    reasons = [
        event.pgh_context.metadata["reason"]
        for event in Company.pgh_event_model.objects.filter(pgh_obj_id=company.pk, pgh_label="update").order_by(
            "pgh_id"
        )
    ]
    assert reasons == [
        f"the old register (import {batch.pk})",
        f"the old register (import {batch.pk} undone)",
    ]


def test_an_import_is_undone_once_and_only_after_it_was_applied():
    batch = reviewed("companies", HEADINGS, ROW)
    with pytest.raises(Refused):
        undo.undo(batch, batch.created_by, TODAY)
    engine.apply(batch, "all", batch.created_by, TODAY)
    undo.undo(batch, batch.created_by, TODAY)
    with pytest.raises(Refused):
        undo.undo(batch, batch.created_by, TODAY)


def test_a_row_changed_since_stands_in_the_way_and_nothing_is_undone():
    batch = applied("companies", HEADINGS, ROW, ["Netsol", "2222222-2", "", "", "", ""])
    company = Company.objects.get(name="Arbisoft")
    company.note = "called them"
    company.save()
    before = table_hashes()
    with pytest.raises(undo.InTheWay) as refused:
        undo.undo(batch, batch.created_by, TODAY)
    assert [(each.row, each.model, each.pk) for each in refused.value.blockers] == [(2, "tenants.company", company.pk)]
    assert "Arbisoft" in refused.value.blockers[0].what
    assert (table_hashes(), ImportBatch.objects.get().state) == (before, "applied")


def test_a_row_deleted_since_stands_in_the_way():
    batch = applied("companies", HEADINGS[:2], ROW[:2])
    Company.objects.get(name="Arbisoft").delete()
    assert [each.reason for each in undo.blockers(batch)] == ["It was deleted after the import."]


@pytest.mark.parametrize("later", ["lease", "contact"])
def test_what_refers_to_a_made_row_stands_in_the_way(later):
    batch = applied("companies", HEADINGS[:2], ROW[:2])
    company = Company.objects.get(name="Arbisoft")
    if later == "lease":
        row = LeaseFactory(company=company)
    else:
        row = CompanyContact.objects.create(company=company, name="Sana", email="sana@example.com")
    assert [(each.row, each.pk) for each in undo.blockers(batch)] == [(2, row.pk)]
    with pytest.raises(undo.InTheWay):
        undo.undo(batch, batch.created_by, TODAY)
    assert Company.objects.filter(pk=company.pk).exists()


def test_what_refers_to_a_row_that_was_only_changed_is_no_hindrance():
    company = CompanyFactory(name="Arbisoft")
    batch = applied("companies", HEADINGS[:4], ["Arbisoft", "", "", "seen"])
    LeaseFactory(company=company)
    undo.undo(batch, batch.created_by, TODAY)
    assert Company.objects.get().note == company.note


def test_imports_are_undone_the_last_one_first():
    first = applied("companies", HEADINGS[:4], ROW[:4])
    second = applied("companies", HEADINGS[:4], [*ROW[:3], "y"])
    before = table_hashes()
    with pytest.raises(undo.InTheWay):
        undo.undo(first, first.created_by, TODAY)
    assert table_hashes() == before
    undo.undo(second, second.created_by, TODAY)
    # Its events are later ones of the row, which is yet as the first one left it.
    undo.undo(first, first.created_by, TODAY)
    assert not Company.objects.exists()


def test_a_value_that_another_row_took_since_is_told_in_words():
    company = CompanyFactory(name="Arbisoft", ntn="1111111-1")
    batch = applied("companies", ["slug", "ntn"], [company.slug, "3333333-3"])
    CompanyFactory(ntn="1111111-1")
    before = table_hashes()
    with pytest.raises(Refused, match="Another company has this NTN"):
        undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_a_park_manager_takes_back_nothing_in_a_park_that_is_no_longer_assigned():
    park = ParkFactory()
    manager = UserFactory(role=PARK_MANAGER, parks=[park])
    batch = applied("suites", ["park", "number", "floor"], [park.code, "1", "1"], by=manager)
    manager.park_assignments.update(last_day=TODAY)
    tomorrow = TODAY + timezone.timedelta(days=1)
    with pytest.raises(Refused, match="no longer in your parks"):
        undo.undo(batch, manager, tomorrow)


def test_many_rows_are_looked_at_with_a_number_of_queries_that_does_not_grow(django_assert_max_num_queries):
    park = ParkFactory()
    rows = [[park.code, f"S{number}", "1"] for number in range(40)]
    batch = applied("suites", ["park", "number", "floor"], *rows)
    with django_assert_max_num_queries(12):
        assert undo.blockers(batch) == []


def test_a_park_whose_host_was_made_goes_back_to_the_host_before():
    park = ParkFactory()
    SuiteFactory(park=park)
    before = table_hashes()
    batch = applied("parks", ["code", "host"], [park.code, "A new host"])
    assert Park.objects.get().host.name == "A new host"
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before
