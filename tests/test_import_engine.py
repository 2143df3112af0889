"""The engine of imports, through companies: what is reviewed, what is applied, and that the two are one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER, sees_all_parks
from tenants.actions.errors import Refused
from tenants.importing import engine, staging, undo
from tenants.importing.reading import Unreadable
from tenants.models import Company, CompanyContact, ImportBatch, ImportRow
from tests.factories import CompanyFactory, LeaseFactory, UserFactory
from tests.importing import (
    TODAY,
    applied,
    changes,
    csv_file,
    outcomes,
    reasons,
    receive,
    reviewed,
    row_of,
    table_hashes,
)

pytestmark = pytest.mark.django_db

HEADINGS = ["Name", "NTN", "Website", "Note"]
CONTACT = ["name", "contact_name", "contact_role", "contact_email", "contact_phone"]


def test_a_new_a_changed_an_unchanged_and_a_refused_row_are_told_apart():
    CompanyFactory(name="Systems Ltd", ntn="1234567-8", note="")
    CompanyFactory(name="NetSol", ntn="7654321-0", note="as it is")
    before = table_hashes()
    batch = reviewed(
        "companies",
        HEADINGS,
        ["Arbisoft", "1111111-1", "", ""],
        ["Systems Ltd", "1234567-8", "", "seen in May"],
        ["NetSol", "7654321-0", "", "as it is"],
        ["Somebody", "123", "", ""],
    )
    assert outcomes(batch) == {2: "new", 3: "changed", 4: "unchanged", 5: "refused"}
    assert changes(batch)[3] == [("Note of staff", "", "seen in May")]
    assert ("Web name", "", "arbisoft") in changes(batch)[2]
    heading, text, reason, accepts = row_of(batch, 5).problems[0]
    assert (heading, text) == ("NTN", "123")
    assert reason
    assert accepts
    assert (batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_refused) == (1, 1, 1, 1)
    assert table_hashes() == before


def test_apply_writes_what_the_review_showed_and_the_same_file_again_changes_nothing():
    CompanyFactory(name="Systems Ltd", ntn="1234567-8", note="")
    before = table_hashes()
    rows = (["Arbisoft", "1111111-1", "", ""], ["Systems Ltd", "1234567-8", "", "x"])
    batch = applied("companies", HEADINGS, *rows)
    assert Company.objects.get(name="Arbisoft").slug == "arbisoft"
    assert Company.objects.get(name="Systems Ltd").note == "x"
    assert (batch.state, batch.applied_by) == ("applied", batch.created_by)
    again = reviewed("companies", HEADINGS, *rows)
    assert (again.rows_new, again.rows_changed, again.rows_unchanged) == (0, 0, 2)
    assert staging.applied_before(again, batch.created_by, TODAY) == batch
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before
    assert ImportBatch.objects.get(pk=batch.pk).state == "undone"


def test_one_refused_row_keeps_all_of_them_out_unless_the_good_ones_are_asked_for():
    batch = reviewed("companies", HEADINGS, ["Arbisoft", "", "", ""], ["Somebody", "123", "", ""])
    with pytest.raises(Refused):
        engine.apply(batch, "all", batch.created_by, TODAY)
    assert not Company.objects.exists()
    assert engine.apply(batch, "good", batch.created_by, TODAY).ok
    assert Company.objects.get().name == "Arbisoft"


@pytest.mark.parametrize("steps", [[], ["apply"], ["discard"]])
def test_what_is_not_reviewed_or_is_done_already_is_not_applied(steps):
    by = UserFactory(role=LETTINGS_OFFICER)
    if not steps:
        batch = receive("companies", HEADINGS, ["Arbisoft", "", "", ""], by=by)
        engine.stage(batch, by)
    else:
        batch = reviewed("companies", HEADINGS, ["Arbisoft", "", "", ""], by=by)
        engine.apply(batch, "all", by, TODAY) if steps == ["apply"] else engine.discard(batch, by)
    count = Company.objects.count()
    with pytest.raises(Refused):
        engine.apply(batch, "all", by, TODAY)
    assert Company.objects.count() == count


@pytest.mark.parametrize("role", [AUDITOR, PARK_MANAGER])
def test_who_may_not_change_companies_imports_none_at_any_step(role):
    officer, other = UserFactory(role=LETTINGS_OFFICER), UserFactory(role=role)
    batch = reviewed("companies", HEADINGS, ["Arbisoft", "", "", ""], by=officer)
    for step in (
        lambda: engine.receive("companies", csv_file(HEADINGS), other),
        lambda: engine.stage(batch, other),
        lambda: engine.review(batch, other, TODAY),
        lambda: engine.apply(batch, "all", other, TODAY),
        lambda: engine.discard(batch, other),
        lambda: undo.undo(batch, other, TODAY),
    ):
        with pytest.raises(Refused):
            step()
    assert not Company.objects.exists()
    assert ImportBatch.objects.get().state == "reviewed"


def test_a_heading_without_a_column_stops_the_file():
    by = UserFactory(role=ADMINISTRATOR)
    batch = receive("companies", ["Name", "Colour"], ["Arbisoft", "green"], by=by)
    batch.mapping = {"0": "name"}
    with pytest.raises(Refused, match="Colour"):
        engine.stage(batch, by)
    batch.mapping = {"0": "name", "1": "-"}
    assert engine.stage(batch, by) == 1


def test_two_columns_of_one_kind_and_no_column_at_all_are_refused():
    by = UserFactory(role=ADMINISTRATOR)
    batch = receive("companies", ["Name", "Firm"], ["Arbisoft", "Arbisoft"], by=by)
    for mapping in ({"0": "name", "1": "name"}, {"0": "-", "1": "-"}):
        batch.mapping = mapping
        with pytest.raises(Refused):
            engine.stage(batch, by)


def test_a_file_that_is_no_table_makes_no_batch():
    with pytest.raises(Unreadable):
        engine.receive("companies", csv_file([]), UserFactory(role=LETTINGS_OFFICER))
    assert not ImportBatch.objects.exists()


def test_an_empty_cell_keeps_or_clears_as_was_chosen():
    CompanyFactory(name="Arbisoft", note="old", website="https://arbisoft.com")
    row = ["Arbisoft", "", "", ""]
    assert outcomes(reviewed("companies", HEADINGS, row)) == {2: "unchanged"}
    batch = applied("companies", HEADINGS, row, empties="clear")
    assert set(changes(batch)[2]) == {("Website", "https://arbisoft.com", ""), ("Note of staff", "old", "")}
    assert (Company.objects.get().note, Company.objects.get().website) == ("", "")
    cleared = reviewed("companies", ["slug", "name"], [Company.objects.get().slug, ""], empties="clear")
    assert reasons(cleared)[2][0][0] == "name"


def test_the_number_of_an_identity_card_is_kept_nowhere():
    batch = reviewed("companies", HEADINGS, ["Ali", "61101-7654321-9", "", ""], ["Sana", "", "", "61101-7654321-9"])
    assert set(outcomes(batch).values()) == {"refused"}
    assert "7654321" not in str(list(ImportRow.objects.values_list("values", "problems", "changes", "label")))


def test_rows_about_one_company_or_with_one_number_are_refused_together():
    company = CompanyFactory(name="Arbisoft", secp_number="0123456")
    batch = reviewed(
        "companies",
        ["name", "secp_number", "ntn", "note"],
        ["Arbisoft", "", "", "one"],
        ["", "123456", "", "two"],
        ["New One", "", "1111111-1", ""],
        ["New Two", "", "1111111", ""],
        ["New Three", "", "", ""],
        ["NEW  THREE", "", "", ""],
        ["Alone", "", "", ""],
    )
    assert outcomes(batch) == dict.fromkeys(range(2, 8), "refused") | {8: "new"}
    assert reasons(batch)[2] == [("", "Row 3 is about the same company.")]
    assert reasons(batch)[5] == [("ntn", "Row 4 gives the same.")]
    assert company.note == Company.objects.get(pk=company.pk).note


def test_a_name_alone_does_not_change_a_number():
    company = CompanyFactory(name="Arbisoft", ntn="1111111-1")
    batch = reviewed("companies", ["name", "ntn"], ["Arbisoft", "2222222-2"])
    assert reasons(batch)[2][0][0] == "ntn"
    batch = reviewed("companies", ["slug", "ntn"], [company.slug, "2222222-2"])
    assert changes(batch)[2] == [("NTN", "1111111-1", "2222222-2")]


def test_a_new_company_with_a_like_name_comes_with_a_warning_and_is_not_refused():
    CompanyFactory(name="Arbisoft Limited")
    batch = reviewed("companies", ["name"], ["Arbi Soft (Pvt) Ltd"], ["Something else"])
    assert outcomes(batch) == {2: "new", 3: "new"}
    assert "Arbisoft Limited" in row_of(batch, 2).problems[0][2]
    assert row_of(batch, 3).problems == []
    assert engine.apply(batch, "all", batch.created_by, TODAY).ok


def test_new_companies_of_one_web_name_get_numbers():
    CompanyFactory(name="Other", slug="arbisoft")
    applied("companies", ["name"], ["Arbisoft"], ["Arbisoft!"], ["اردو"])
    assert set(Company.objects.values_list("slug", flat=True)) == {"arbisoft", "arbisoft-2", "arbisoft-3", "company"}


def test_a_contact_is_made_changed_and_told():
    applied("companies", CONTACT, ["Arbisoft", "Ali", "CEO", "ali@example.com", "0300 1234567"])
    contact = CompanyContact.objects.get()
    assert (contact.name, contact.phone) == ("Ali", "+923001234567")
    batch = applied("companies", CONTACT, ["Arbisoft", "Ali Khan", "", "", ""])
    assert [new for _label, _old, new in changes(batch)[2]] == ["Ali Khan"]
    assert (CompanyContact.objects.get().name, CompanyContact.objects.get().role) == ("Ali Khan", "CEO")
    assert reasons(reviewed("companies", CONTACT, ["Netsol", "Ali", "", "", ""]))[2]


def test_a_number_that_lost_its_zeros_is_found_and_a_company_with_leases_keeps_them():
    company = CompanyFactory(name="Arbisoft", secp_number="0012345")
    LeaseFactory(company=company)
    batch = applied("companies", ["secp_number", "name"], ["12345", "Arbisoft Ltd"])
    assert batch.rows_changed == 1
    assert Company.objects.get(pk=company.pk).leases.count() == 1


@pytest.mark.parametrize("step", ["review", "apply"])
def test_a_chunk_takes_a_number_of_queries_that_does_not_grow_with_its_rows(step):
    by = UserFactory(role=ADMINISTRATOR)
    # Asked once for each person.
    assert sees_all_parks(by)
    taken = []
    for first, count in ((0, 3), (100, 60)):
        numbers = range(first, first + count)
        for number in list(numbers)[: count // 3]:
            CompanyFactory(name=f"There {number}", ntn=f"{2_000_000 + number}")
        rows = [
            [f"{'There' if number - first < count // 3 else 'New'} {number}", f"{2_000_000 + number}", "", "x"]
            for number in numbers
        ]
        batch = receive("companies", HEADINGS, *rows, by=by)
        engine.stage(batch, by)
        if step == "apply":
            engine.review(batch, by, TODAY)
        with CaptureQueriesContext(connection) as queries:
            if step == "review":
                engine.review(batch, by, TODAY)
            else:
                assert engine.apply(batch, "all", by, TODAY).ok
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_chunks_of_any_size_come_to_the_same(monkeypatch):
    rows = [[f"Firm {number}", f"{3_000_000 + number % 7}" if number > 10 else "", "", ""] for number in range(25)]
    found = []
    for size in (500, 4, 1):
        monkeypatch.setattr(engine, "CHUNK", size)
        batch = reviewed("companies", HEADINGS, *rows)
        found.append((batch.digest, outcomes(batch)))
    assert found[0] == found[1] == found[2]
