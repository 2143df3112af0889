"""What leaves as a file comes back unchanged: 0 changes, and one edited cell is exactly one change."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from parks.models import AreaReport, Park, StageEvent, Suite
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from stp_portal.kit.text import clean_line
from tenants.importing import engine, staging
from tenants.importing.headers import find_header, recognise
from tenants.importing.reading import open_source
from tenants.models import Company, CompanyContact
from tests.factories import (
    AreaReportFactory,
    CityFactory,
    CompanyFactory,
    HostFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LISTS = {
    "parks": "/admin/parks/park/?",
    "suites": "/admin/parks/suite/?",
    "companies": "/admin/tenants/company/?",
    "leases": "/admin/tenants/lease/?",
    "leases with lettings": "/admin/tenants/lease/?part=lettings&",
}
# Texts that a spreadsheet would run, number, date or cut, and texts that only look like our own protection.
TRICKY = (
    *("=SUM(A1:A9)", "+92 42 111", "-5", "@home", "'quoted'", "'=1", "''=1", "'", "\u200b=1", "＝1"),
    *(
        "007",
        "0.10",
        "1E5",
        "12.0",
        "1-2",
        "3/4",
        "2024-03-05",
        "5-Mar-24",
        "10%",
        "1,20,000",
        "TRUE",
        "yes",
        "n/a",
        "-",
    ),
    *(
        "_x0041_",
        "a;b",
        'say "hi"',
        "tab\there",
        " spaced  out ",
        "لاہور ۱۲۳",
        "Café\u0301",
        "a\x0bb",
        "a\u2028b\u00a0c",
    ),
)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.PRIVATE_ROOT = tmp_path


@pytest.fixture
def person(client):
    """An administrator, signed in."""
    user = UserFactory(role=ADMINISTRATOR)
    client.force_login(user)
    return user


def download(client, what, kind):
    """The bytes of a file."""
    response = client.get(f"{LISTS[what]}format={kind}")
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def back_in(what, kind, body, person, empties="keep"):
    """The reviewed batch of a file, with the columns as its headings say."""
    batch = staging.receive(what.split()[0], SimpleUploadedFile(f"file.{kind}", body), person)
    with batch.file.open("rb") as file, open_source(file, batch.filename) as source:
        batch.sheet = source.sheets[0]
        batch.header_row, batch.columns = find_header(source.rows(batch.sheet), batch.kind)
    found = recognise(batch.kind, batch.columns)
    assert len(found) == len(batch.columns), [name for place, name in enumerate(batch.columns) if place not in found]
    batch.mapping = {str(place): key for place, key in found.items()}
    batch.empties = empties
    staging.stage(batch, person)
    return engine.review(batch, person, timezone.localdate())


def counts(batch):
    """New, changed, unchanged and refused rows."""
    return batch.rows_new, batch.rows_changed, batch.rows_unchanged, batch.rows_refused


def told(batch):
    """What is not unchanged, for a failing test to say."""
    return [(row.number, row.changes, row.problems) for row in batch.rows.exclude(outcome="unchanged")]


def edited(kind, body, column, row, value):
    """The file with one cell changed: in column named `column`, the `row`-th below the heading, from 0."""
    if kind == "csv":
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
        lines[row + 1][lines[0].index(column)] = value
        out = io.StringIO(newline="")
        csv.writer(out).writerows(lines)
        return out.getvalue().encode()
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book.active
    place = [cell.value for cell in sheet[1]].index(column) + 1
    sheet.cell(row + 2, place).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_register():
    """Rows of all kinds with all that can be known, with nothing that need not be, and with tricky texts."""
    today = timezone.localdate()
    lahore, hall = CityFactory(name="Lahore"), HostFactory(name="Arfa Tower")
    full = ParkFactory(
        name="Arfa Park",
        name_ur="ارفع پارک",
        city=lahore,
        host=hall,
        district="Lahore",
        partnership_kind="university_or_college",
        partnership_words="MoU with a university",
        women_only=True,
        address="346-B,\nFerozepur Road",
        latitude="31.47560",
        longitude="74.34250",
        coordinates_precision="surveyed",
        description="First line\n\n=not a formula",
        power_hours=18,
        generator=True,
        internet_providers="PTCL\nNayatel",
        lift=False,
        prayer_room=True,
        womens_washroom=False,
        parking_spaces=0,
    )
    AreaReportFactory(park=full, area_sqft="44000.50")
    StageEventFactory(park=full, stage="mou_signed", on=dt.date(2019, 1, 1), on_precision="year")
    StageEventFactory(park=full, stage="operational", on=dt.date(2021, 3, 1), on_precision="month")
    undated = ParkFactory(name="Bare Park", city=lahore)
    StageEventFactory(park=undated, stage="identified", on=None, on_precision="", known_by=dt.date(2022, 5, 5))
    ParkFactory(name="Unlisted", listed=False, programme="sco")
    desk = SuiteFactory(park=full, number="D-1", kind="desk", hall="Hall A", lettable_area_sqft=None, seats=1)
    rooms = [
        SuiteFactory(
            park=full,
            number=number,
            floor=floor,
            lettable_area_sqft=area,
            rent_basis="per_sqft",
            rent_pkr="95.50",
            service_charge_pkr=0,
            fit_out="warm_shell",
            in_service_from=dt.date(2022, 1, 1),
        )
        for number, floor, area in (("007", -1, "1200.25"), ("7", 0, "900"), ("1-2", 3, "1000"), ("A-301", 12, "1"))
    ]
    SuiteFactory(park=undated, number="12.0", withdrawn_from=today, lettable_area_sqft=None)
    company = CompanyFactory(
        name="Acme (Pvt) Ltd",
        name_ur="ایکمی",
        secp_number="0012345",
        ntn="0012345-6",
        pseb_number="Z-25-12345/26",
        pseb_expiry_date=dt.date(2027, 6, 30),
        activity="software",
        size_class="up_to_20",
        website="https://acme.example.com/a?b=c",
        public_listing=True,
        note="Two\nlines",
    )
    CompanyContact.objects.create(
        company=company, name="Sana", role="CEO", email="s@example.org", phone="+923001234567"
    )
    CompanyContact.objects.create(company=company, name="Second", email="t@example.org")
    other = CompanyFactory(name="Bolt")
    lease = LeaseFactory(company=company, park=full, deposit_pkr=0, due_day=5, notice_months=3, note="=kept")
    LettingFactory(suite=rooms[0], lease=lease, state="draft", rent="120000.75", charge=0, expiry_date=None)
    LettingFactory(suite=rooms[1], lease=lease, rent_basis="fixed", terminated_on=dt.date(2026, 11, 30))
    LettingFactory(suite=rooms[2], lease=LeaseFactory(company=other, park=full), state="offered", rent=1)
    LettingFactory(suite=rooms[3], lease=LeaseFactory(company=other, park=full), state="draft")
    LettingFactory(suite=desk, lease=LeaseFactory(company=other, park=full), state="withdrawn", rent=5)
    LeaseFactory(company=company, park=undated, escalation_percent="0.50", escalation_months=12)


@pytest.mark.parametrize("empties", ["keep", "clear"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", LISTS)
def test_a_file_that_nobody_touched_changes_nothing(client, person, what, kind, empties):
    a_register()
    body = download(client, what, kind)

    batch = back_in(what, kind, body, person, empties)

    rows = {"parks": 3, "suites": 6, "companies": 2, "leases": 5, "leases with lettings": 5}[what]
    assert counts(batch) == (0, 0, rows, 0), told(batch)


# Of each kind: a column, a row of it from 0, and what is typed there.
EDITS = {
    "parks": ("description", 0, "Another text"),
    "suites": ("seats", 1, "12"),
    "companies": ("NTN", 0, "7654321-0"),
    "leases": ("permitted use", 0, "Software"),
    "leases with lettings": ("registration number of the deed", 0, "R-1"),
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("what", EDITS)
def test_one_edited_cell_is_exactly_one_change(client, person, what, kind):
    a_register()
    body = edited(kind, download(client, what, kind), *EDITS[what])

    batch = back_in(what, kind, body, person)

    assert batch.rows_changed == 1 and not batch.rows_new and not batch.rows_refused, told(batch)
    (changes,) = [each.changes for each in batch.rows.exclude(outcome="unchanged")]
    assert len(changes) == 1 and changes[0][2] == EDITS[what][2]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", TRICKY)
def test_a_tricky_text_comes_back_as_it_was(client, person, kind, text):
    park = ParkFactory(name="Arfa")
    company = CompanyFactory(name="Acme")
    suite = SuiteFactory(park=park, number="1")
    # Past all cleaning, as an older load may have written it.
    Park.objects.filter(pk=park.pk).update(name_note=text, description=f"{text}\n\n{text}", partnership_words=text)
    Company.objects.filter(pk=company.pk).update(note=text, name_ur=text)
    CompanyContact.objects.create(company=company, name=text, role=text, email="s@example.org")
    # A suite's number is one line of visible characters, which the database sees to.
    Suite.objects.filter(pk=suite.pk).update(number=clean_line(text))

    for what in ("parks", "suites", "companies"):
        batch = back_in(what, kind, download(client, what, kind), person)
        assert counts(batch) == (0, 0, 1, 0), (what, told(batch))


def test_a_number_whose_zeros_a_spreadsheet_took_is_known_again(client, person):
    company = CompanyFactory(name="Acme", secp_number="0012345")
    body = edited("xlsx", download(client, "companies", "xlsx"), "SECP number", 0, 12345)

    batch = back_in("companies", "xlsx", body, person)

    assert counts(batch) == (0, 0, 1, 0), told(batch)
    assert company.secp_number == "0012345"


def test_a_manager_takes_own_parks_out_and_back_in(client):
    a_register()
    own = Park.objects.get(name="Arfa Park")
    user = UserFactory(role=PARK_MANAGER, parks=[own])
    client.force_login(user)

    for what, rows in (("parks", 1), ("suites", 5)):
        for kind in ("csv", "xlsx"):
            batch = back_in(what, kind, download(client, what, kind), user)
            assert counts(batch) == (0, 0, rows, 0), told(batch)


def test_contacts_leave_with_those_who_may_see_them_alone(client):
    a_register()
    for role, seen in ((LETTINGS_OFFICER, True), (PARK_MANAGER, True), (AUDITOR, False)):
        parks = Park.objects.filter(name="Arfa Park") if role == PARK_MANAGER else []
        client.force_login(UserFactory(role=role, parks=list(parks)))
        text = download(client, "companies", "csv").decode()
        assert ("Sana" in text) is ("s@example.org" in text) is ("contact, name" in text) is seen, role


def test_a_park_that_is_read_back_keeps_its_reports_and_events(client, person):
    a_register()
    before = (AreaReport.objects.count(), StageEvent.objects.count())
    body = edited("xlsx", download(client, "parks", "xlsx"), "description", 0, "Another text")
    batch = back_in("parks", "xlsx", body, person)

    assert engine.apply(batch, "all", person, timezone.localdate()).ok

    assert (AreaReport.objects.count(), StageEvent.objects.count()) == before
    assert counts(back_in("parks", "csv", download(client, "parks", "csv"), person)) == (0, 0, 3, 0)
