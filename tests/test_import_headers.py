"""Headings: which row has them, what each is, and what staff said of it before."""

from typing import NamedTuple

import pytest

from tenants.columns import COLUMNS
from tenants.importing.headers import find_header, name_of, recognise, remember, remembered, shape_of, unit_of
from tenants.models import ImportMapping
from tenants.models.batch import LEFT_OUT, ImportBatch
from tests.factories import UserFactory


class Cell(NamedTuple):
    text: str


class Row(NamedTuple):
    number: int
    cells: list


def sheet(*rows):
    """Rows as the reader gives them, from texts."""
    return [Row(number, [Cell(text) for text in texts]) for number, texts in enumerate(rows, start=1)]


@pytest.mark.parametrize(
    ("kind", "heading", "key"),
    [
        *(
            ("parks", heading, "covered_area_sqft")
            for heading in ("Sq.Ft", "Covered Area (sft)", "Covered Area (Sq. Ft.)")
        ),
        *(
            ("parks", heading, "covered_area_sqft")
            for heading in ("TOTAL AREA IN SQ FT", "Area (sq m)", "رقبہ (مربع فٹ)")
        ),
        *(
            ("parks", heading, "city")
            for heading in ("City/District", "City / District", "CITY", "شہر", "City\u00a0", "city*")
        ),
        *(
            ("parks", heading, "name")
            for heading in ("Name of STP", "STP Name", "Park", "name", "Software Technology Park")
        ),
        *(("parks", heading, "stage") for heading in ("Status", "Present Status", "stage")),
        *(
            (kind, heading, "park")
            for kind in ("suites", "leases")
            for heading in ("Park", "STP", "Name of STP", "STP Name", "Name of the Park", "Software Technology Park")
        ),
        *(
            ("suites", heading, "number")
            for heading in ("Suite #", "Office No.", "No.", "suite no", "Room\nNo", "دفتر نمبر")
        ),
        *(
            ("suites", heading, "lettable_area_sqft")
            for heading in ("Area (sft)", "Net lettable area", "NLA", "Sq.Ft", "SFT")
        ),
        *(
            ("suites", heading, "rent_pkr")
            for heading in ("Rent per sft (Rs)", "Asking Rent (PKR)", "Rent Rs.", "کرایہ")
        ),
        *(("companies", heading, "ntn") for heading in ("NTN", "NTN #", "NTN No.", "National Tax Number")),
        *(("companies", heading, "secp_number") for heading in ("SECP Reg. No", "SECP No.", "secp_number", "CUIN")),
        *(("companies", heading, "contact_phone") for heading in ("Contact No.", "Mobile", "Phone No", "فون نمبر")),
        *(("leases", heading, "commencement_date") for heading in ("Start Date (dd-mm-yyyy)", "From", "Commencement")),
        *(("leases", heading, "deposit_pkr") for heading in ("Security Deposit (Rs.)", "Security (Rs in thousand)")),
        *(("leases", heading, "rent_pkr") for heading in ("Monthly Rent", "Rent (Rs. in thousand)", "Rent")),
        ("leases", "Escalation %", "escalation_percent"),
        ("leases", "Tenant", "company"),
        ("companies", "Tenant", "name"),
        ("suites", "Park Name", "park"),
        ("leases", "Rent today, a month", "rent_today"),
    ],
)
def test_a_heading_is_recognised(kind, heading, key):
    assert recognise(kind, [heading]) == {0: key}


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        *(("parks", heading) for heading in ("Sr. No.", "", "Area (planned)", "Coordinates", "Cost", "%", "()")),
        ("leases", "Rent per sft"),
        ("leases", "Rent (planned)"),
        ("suites", "Rent (last tenant)"),
    ],
)
def test_a_heading_that_may_mean_something_else_stays_open(kind, heading):
    assert recognise(kind, [heading]) == {}


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_name_and_key_is_its_own_column_and_no_two_columns_share_one(kind):
    labels = [name_of(column.label) for column in COLUMNS[kind]]
    assert len(set(labels)) == len(labels)
    assert recognise(kind, [str(column.label) for column in COLUMNS[kind]]) == {
        place: column.key for place, column in enumerate(COLUMNS[kind])
    }
    owners = {}
    for column in COLUMNS[kind]:
        keys = [] if column.derived else [column.key]
        for name in {name_of(name) for name in (column.label, *keys, *column.aliases)}:
            assert owners.setdefault(name, column.key) == column.key, name


def test_of_two_headings_for_one_column_its_very_name_goes_first_and_else_both_stay_open():
    label = next(str(column.label) for column in COLUMNS["suites"] if column.key == "lettable_area_sqft")
    assert recognise("suites", ["Sq.Ft", "Floor", label]) == {1: "floor", 2: "lettable_area_sqft"}
    assert recognise("suites", ["Sq.Ft", "Floor", "NLA"]) == {1: "floor"}
    assert recognise("suites", [label, label]) == {}


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Covered Area (sft)", "sqft"),
        ("Area in Sq. Meters", "sqm"),
        ("Area (m²)", "sqm"),
        ("رقبہ (مربع میٹر)", "sqm"),
        ("Area (Marla)", "marla"),
        ("Rent per sft", "per_sqft"),
        ("Rent/sq m", "per_sqm"),
        ("Rent (Rs in '000)", "thousand"),
        ("Deposit (Rs. in lakhs)", "lakh"),
        ("Rent per annum", "a_year"),
        ("Rent (USD)", "foreign"),
        ("Escalation (%)", "percent"),
        ("Name", ""),
        ("Draft", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_the_unit_of_a_heading(heading, unit):
    assert unit_of(heading) == unit


@pytest.mark.django_db
def test_titles_above_the_headings_are_passed_over():
    rows = sheet(
        ["Pakistan Software Export Board"] * 5,
        ["Register of STPs as on 30 June 2026"],
        [],
        ["Sr. No.", "Name of STP", "City/District", "Sq.Ft", ""],
        ["1", "Arfa Tower", "Lahore", "17,000"],
        ["2", "City", "Karachi"],
    )
    assert find_header(rows, "parks") == (4, ["Sr. No.", "Name of STP", "City/District", "Sq.Ft"])
    assert find_header(iter(rows), "parks")[0] == 4


@pytest.mark.django_db
def test_a_sheet_without_any_known_heading_has_none():
    assert find_header(sheet(["a", "b"], ["1", "2"]), "parks") is None
    assert find_header([], "parks") is None


@pytest.mark.django_db
def test_what_staff_chose_is_remembered_for_the_same_headings():
    headings = ["Sr. No.", "Firm", "Firm", "Ka Naam"]
    by = UserFactory()
    batch = ImportBatch(kind="companies", columns=headings, mapping={"0": LEFT_OUT, "1": "name", "2": "note", "3": ""})
    assert remembered("companies", headings) == {}
    remember(batch, by)
    remember(batch, by)
    assert ImportMapping.objects.get().updated_by == by
    assert remembered("companies", ["SR NO", "firm ", "FIRM", "ka naam", ""]) == {0: LEFT_OUT, 1: "name", 2: "note"}
    assert remembered("leases", headings) == {}
    assert remembered("companies", headings[:3]) == {}
    assert find_header(sheet(["x", "name"], headings), "companies") == (2, headings)


@pytest.mark.django_db
def test_a_remembered_column_that_is_no_more_is_asked_about_again():
    ImportMapping.objects.create(
        kind="parks", shape=shape_of(["A", "B"]), columns={"a": "gone", "b": "name"}, updated_by=UserFactory()
    )
    assert remembered("parks", ["A", "B"]) == {1: "name"}


def test_the_shape_is_of_the_headings_in_their_order():
    assert shape_of(["A", "B", "", ""]) == shape_of([" a", "b."])
    assert shape_of(["A", "B"]) != shape_of(["B", "A"])
    assert shape_of(["A", "", "B"]) != shape_of(["A", "B"])
