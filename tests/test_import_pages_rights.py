"""What can be had of an import besides its steps, and who may do what with it."""

import datetime as dt
import io

import openpyxl
import pytest
from django.urls import reverse

from parks.models import Suite
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.columns import COMPANIES
from tenants.models import ImportBatch
from tests.factories import ImportBatchFactory, ParkFactory, SuiteFactory, UserFactory
from tests.import_files import SUITES, csv_upload
from tests.import_pages import apply, at, many, reviewed, text, upload, workbook
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def park():
    return ParkFactory(name="Alpha Park")


# --- report, file, template


def test_the_report_has_every_row_with_what_became_of_it(client, officer, park):
    SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=900)
    rows = [("Alpha Park", "A-1", 1, 1000), ("Alpha Park", "A-2", 2, 500), ("Alpha Park", "A-3", 1, "=1+1")]
    batch = reviewed(client, *rows)
    sheets = workbook(client.get(at("report", batch.pk)))
    assert sheets["Changed"][1][0] == 2 and sheets["Changed"][1][3:] == ["900 sq ft", "1,000 sq ft"]
    new = dict(zip(*sheets["New"][:2], strict=True))
    assert new["Row"] == 3 and "500 sq ft" in new.values()
    refused = dict(zip(*sheets["Refused"][:2], strict=True))
    assert (refused["Row"], refused["Column"], refused["Value"]) == (4, "Sq.Ft", "=1+1")
    assert refused["Reason"] and refused["What would be accepted"]
    assert ["Checksum (SHA-256)", batch.checksum] in sheets["About"]


def test_the_file_comes_back_byte_by_byte_and_only_to_who_may_see_people(client, officer):
    batch = upload(client, csv_upload(SUITES, ("Alpha Park", "A-1", 1, 500)))
    response = client.get(at("file", batch.pk))
    assert b"".join(response.streaming_content) == csv_upload(SUITES, ("Alpha Park", "A-1", 1, 500)).read()
    assert "attachment" in response.headers["Content-Disposition"] and "no-store" in response.headers["Cache-Control"]
    client.force_login(UserFactory(role=AUDITOR))
    assert client.get(at("file", batch.pk)).status_code == 403


def test_an_auditor_does_not_read_the_people_in_an_import_of_companies(client, officer):
    contact = next(str(column.label) for column in COMPANIES if column.key == "contact_name")
    row = {"outcome": "changed", "label": "Acme"}
    row["changes"] = [["Name", "Acme", "Acme Ltd"], [contact, "", "Sana Khan"]]
    batch = ImportBatchFactory(
        kind="companies",
        created_by=officer,
        columns=["Company", "Person"],
        mapping={"0": "name", "1": "contact_name"},
        rows=[row, {"outcome": "refused", "problems": [["Person", "Sana Malik", "Too long.", ""]]}],
    )

    def told():
        pages = [text(client.get(at("review", batch.pk, show=show))) for show in ("changed", "refused")]
        return "\n".join(pages) + str(workbook(client.get(at("report", batch.pk))))

    assert "Sana Khan" in told() and "Sana Malik" in told()
    client.force_login(UserFactory(role=AUDITOR))
    said = told()
    assert "Acme Ltd" in said and "Sana" not in said


@pytest.mark.parametrize("kind", ["parks", "suites", "companies", "leases"])
def test_the_template_is_a_workbook_whose_headings_are_all_recognised(client, officer, kind):
    response = client.get(at("template", kind))
    content = b"".join(response.streaming_content)
    headings = next(openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True))
    batch = upload(client, csv_upload([str(heading) for heading in headings], ["x" for _heading in headings]), kind)
    assert client.get(at("columns", batch.pk)).context["form"].open_questions == 0
    assert client.get(at("template", "users")).status_code == 404


# --- who may


def test_a_park_manager_imports_suites_of_own_parks_alone(client, park):
    other = ParkFactory(name="Beta Park")
    SuiteFactory(park=other, number="B-1", floor=1, lettable_area_sqft=100)
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
    kinds = [choice[0] for choice in client.get(at("upload")).context["form"].fields["kind"].choices]
    assert "suites" in kinds and "companies" not in kinds and "leases" not in kinds
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500), ("Beta Park", "B-1", 1, 999))
    assert (batch.rows_new, batch.rows_refused) == (1, 1)
    apply(client, batch, mode="good")
    assert Suite.objects.get(number="B-1").lettable_area_sqft == 100 and Suite.objects.filter(number="A-1").exists()
    for kind in ("companies", "leases"):
        assert client.get(at("template", kind)).status_code == 403


PAGES = ("change", "columns", "review", "report", "file", "undo", "history")


def test_others_imports_are_not_there_for_a_park_manager(client, park):
    others = ImportBatchFactory(rows=many("changed", 1), created_by=UserFactory(role=PARK_MANAGER, parks=[park]))
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
    assert {client.get(at(page, others.pk)).status_code for page in PAGES} == {404}
    assert {client.post(at(page, others.pk)).status_code for page in ("columns", "review", "undo", "discard")} == {404}
    assert not client.get(at("changelist")).context["cl"].result_list
    assert {client.get(at(page, 2**70)).status_code for page in PAGES if page not in {"change", "history"}} == {404}


def test_an_auditor_reads_and_changes_nothing(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    tab = form_data(client.get(at("review", batch.pk))) | {"apply": "1"}
    client.force_login(UserFactory(role=AUDITOR))
    for page in ("changelist", "change", "review", "report", "history"):
        response = client.get(at(page, *([] if page == "changelist" else [batch.pk])))
        assert response.status_code == 200, page
        # Read to its end, so that the file behind it is closed.
        list(response)
    for page in ("columns", "review", "undo", "discard"):
        assert client.post(at(page, batch.pk), tab).status_code == 403, page
    for address in (at("upload"), at("add"), at("columns", batch.pk), at("template", "suites")):
        assert client.get(address).status_code == 403, address
    assert client.post(at("upload"), {"kind": "suites"}).status_code == 403
    page = text(client.get(at("review", batch.pk)))
    assert 'name="apply"' not in page and "Discard" not in page
    batch.refresh_from_db()
    assert batch.state == "reviewed"


def test_who_lost_the_right_to_the_rows_cannot_take_an_import_further(client, officer, park):
    batch = ImportBatchFactory(kind="leases", rows=many("changed", 1), created_by=officer)
    manager = UserFactory(role=PARK_MANAGER, parks=[park])
    ImportBatch.objects.filter(pk=batch.pk).update(created_by=manager)
    client.force_login(manager)
    assert client.get(at("review", batch.pk)).status_code == 200
    assert client.post(at("review", batch.pk), {"again": "1"}).status_code == 403
    assert client.get(at("columns", batch.pk)).status_code == 403


# --- the list, and the ways in


def test_the_list_says_who_when_file_checksum_and_counts(client, officer):
    batch = ImportBatchFactory(rows=many("new", 3), created_by=officer, filename="june.xlsx")
    page = text(client.get(at("changelist")))
    assert "june.xlsx" in page and batch.checksum[:12] in page and "ayesha" in page
    found = client.get(at("changelist"), {"q": batch.checksum[:20]}).context["cl"].result_list
    assert [row.pk for row in found] == [batch.pk]
    assert client.post(at("change", batch.pk), {}).status_code == 403


@pytest.mark.parametrize(
    ("list_name", "kind", "manager"),
    [
        *[("parks_park", "parks", True), ("parks_suite", "suites", True)],
        *[("tenants_company", "companies", False), ("tenants_lease", "leases", False)],
    ],
)
def test_each_list_leads_to_its_import_by_rights(client, park, list_name, kind, manager):
    shown = {}
    for role in (LETTINGS_OFFICER, PARK_MANAGER, AUDITOR):
        client.force_login(UserFactory(role=role, parks=[park] if role == PARK_MANAGER else []))
        page = client.get(reverse(f"admin:{list_name}_changelist")).content.decode()
        shown[role] = f"{at('upload')}?kind={kind}" in page and at("template", kind) in page
    assert shown == {LETTINGS_OFFICER: True, PARK_MANAGER: manager, AUDITOR: False}


def test_the_days_of_the_list_are_those_of_karachi(client, officer):
    batch = ImportBatchFactory(rows=many("new", 1), created_by=officer)
    moment = dt.datetime(2026, 6, 30, 20, 30, tzinfo=dt.UTC)
    ImportBatch.objects.filter(pk=batch.pk).update(created_at=moment)
    assert "1 July 2026, 01:30" in text(client.get(at("change", batch.pk)))
