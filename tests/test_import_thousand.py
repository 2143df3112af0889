"""A thousand messy rows for the parks of the real register, each with what it must come to."""

import datetime as dt
import io
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

import openpyxl
import pytest
from django.core.files.base import ContentFile

from parks.columns import park_rows
from parks.models import Park, Suite
from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.importing import engine, undo
from tenants.importing.headers import find_header, recognise
from tenants.importing.reading import open_source
from tenants.models.batch import LEFT_OUT
from tests.factories import UserFactory
from tests.importing import TODAY, changes, outcomes, reasons, table_hashes

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("real_register")]

ROWS = 1_000
HEADINGS = (
    *("STP Name", "Office No.", "Floor\u00a0No", "Type", "Area (sft)", "Capacity", "Rent basis", "Rent (Rs.)"),
    *("In service from", "Remarks of the clerk"),
)
FIRST = 6
MARCH_5 = dt.date(2024, 3, 5)


@dataclass
class Expected:
    """What one row must come to: its outcome, the stored fields, and of a refused one the heading and a word."""

    outcome: str
    stored: dict
    heading: str = ""
    word: str = ""


# Of each kind of row: what it has in columns other than plain ones, and what it must come to.
def good(cells, **stored):
    return cells, lambda: Expected("new", dict(stored))


def bad(cells, heading, word):
    return cells, lambda: Expected("refused", {}, heading, word)


KINDS = [
    good({}, lettable_area_sqft=Decimal(1000), floor=1, in_service_from=None),
    good({"Area (sft)": "12,000 sft"}, lettable_area_sqft=Decimal(12_000)),
    good({"Area (sft)": "1,20,000"}, lettable_area_sqft=Decimal(120_000)),
    good({"Area (sft)": "۱۲۰۰"}, lettable_area_sqft=Decimal(1200)),
    good({"Area (sft)": "100 sq m"}, lettable_area_sqft=Decimal("1076.39")),
    good({"Area (sft)": "\u00a01200 sq. ft.\u00a0"}, lettable_area_sqft=Decimal(1200)),
    good({"In service from": "05-03-2024"}, in_service_from=MARCH_5),
    good({"In service from": "5-Mar-24"}, in_service_from=MARCH_5),
    good({"In service from": 45356}, in_service_from=MARCH_5),
    good({"In service from": "45356"}, in_service_from=MARCH_5),
    good({"In service from": MARCH_5}, in_service_from=MARCH_5),
    good({"Rent (Rs.)": "Rs. 95/-", "Rent basis": "per sft"}, rent_pkr=Decimal(95), rent_basis="per_sqft"),
    good({"Rent (Rs.)": "1.2 lakh", "Rent basis": "lump sum"}, rent_pkr=Decimal(120_000), rent_basis="fixed"),
    good(
        {"Type": "workstation", "Area (sft)": None, "Rent (Rs.)": "PKR 15,000", "Rent basis": "per seat"},
        **{"kind": "desk", "seats": 1, "lettable_area_sqft": None, "rent_pkr": Decimal(15_000)},
    ),
    good({"Floor\u00a0No": "G"}, floor=0),
    good({"Floor\u00a0No": "basement"}, floor=-1),
    good({"Capacity": "12 persons"}, seats=12),
    bad({"Area (sft)": "about 1000"}, "Area (sft)", "not a number"),
    bad({"STP Name": "STP-9999"}, "STP Name", "no park"),
    bad({"In service from": "31-02-2024"}, "In service from", ""),
    bad({"Area (sft)": "#REF!"}, "Area (sft)", "#REF!"),
    bad({"Rent (Rs.)": "500"}, "Rent basis", ""),
    bad({"Type": "desk"}, "", "desk"),
    bad({"Office No.": None}, "Office No.", "needs"),
]


def sheet_rows(parks):
    """(cells by heading, Expected) of each row; every park comes by code, by name, and by a name that was mistyped."""
    found = []
    for number in range(ROWS):
        park = parks[number % len(parks)]
        named = (park.code, f" {park.name.upper()}\u00a0", park.code.lower())[number % 3]
        if number % 3 == 1 and sum(other.name.lower() == park.name.lower() for other in parks) > 1:
            named = park.code
        cells = {
            "STP Name": named,
            "Office No.": f"S-{number}",
            "Floor\u00a0No": 1,
            "Area (sft)": 1000,
            "Remarks of the clerk": "seen" if number % 5 else None,
        }
        special, expected = KINDS[number % len(KINDS)]
        told = expected()
        told.stored |= {"park_id": park.pk} if told.outcome == "new" else {}
        found.append((cells | special, told))
    _repeat(found, 100, "Row")
    return found


def _repeat(found, place, word):
    """Make the row after `place` one about the same suite: both are refused."""
    first, second = found[place], found[place + 1]
    second[0].update(first[0])
    for _cells, told in (first, second):
        told.outcome, told.stored, told.heading, told.word = "refused", {}, "Office No.", word


def workbook(rows):
    """The workbook: a sheet of notes, then the register under two title rows, with gaps and merged cells."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["Prepared by the estate office"])
    sheet = book.create_sheet("Suites 2026")
    sheet["A1"] = "Pakistan Software Export Board"
    sheet.merge_cells("A1:J1")
    sheet["A3"] = "List of offices, all figures as on 30 June"
    for place, heading in enumerate(HEADINGS, start=1):
        sheet.cell(FIRST - 1, place, heading)
    numbers, number = {}, FIRST
    for place, (cells, told) in enumerate(rows):
        # The clerk leaves a row empty between two blocks.
        number += 1 if place % 50 == 49 else 0
        numbers[number] = told
        for column, heading in enumerate(HEADINGS, start=1):
            if cells.get(heading) is not None:
                sheet.cell(number, column, cells[heading])
        number += 1
    file = io.BytesIO()
    book.save(file)
    return ContentFile(file.getvalue(), name="offices.xlsx"), numbers


def staged(kind, file, sheet, by):
    """The batch of one sheet, its header found and its columns recognised."""
    batch = engine.receive(kind, file, by)
    with batch.file.open("rb") as stored, open_source(stored, batch.filename) as source:
        batch.header_row, cells = find_header(list(islice(source.rows(sheet), 30)), kind)
    batch.sheet, batch.columns = sheet, [getattr(cell, "text", cell) for cell in cells]
    known = recognise(kind, batch.columns)
    batch.mapping = {str(place): known.get(place, LEFT_OUT) for place in range(len(batch.columns))}
    engine.stage(batch, by)
    return batch


def test_a_thousand_messy_rows_come_to_what_they_must_and_go_again():
    by = UserFactory(role=LETTINGS_OFFICER)
    file, expected = workbook(sheet_rows(list(Park.objects.order_by("pk"))))
    before = table_hashes()
    batch = staged("suites", file, "Suites 2026", by)
    assert (batch.header_row, batch.mapping["9"]) == (FIRST - 1, LEFT_OUT)
    batch = engine.review(batch, by, TODAY)
    assert table_hashes() == before

    found, said = outcomes(batch), reasons(batch)
    wrong = {
        number: (told, found.get(number), said.get(number))
        for number, told in expected.items()
        if found.get(number) != told.outcome
        or (
            told.outcome == "refused"
            and not any(
                told.heading in (heading, "") and told.word in reason for heading, reason in said.get(number, ())
            )
        )
    }
    assert wrong == {}
    assert set(found) == set(expected)

    assert engine.apply(batch, "good", by, TODAY).ok
    stored = {suite.number: suite for suite in Suite.objects.all()}
    numbers = {row.number: row.values.get("number") for row in batch.rows.all()}
    for number, told in expected.items():
        for name, value in told.stored.items():
            assert (number, name, getattr(stored[numbers[number]], name)) == (number, name, value)

    again = engine.review(staged("suites", file, "Suites 2026", by), by, TODAY)
    assert (again.rows_new, again.rows_changed) == (0, 0)
    assert again.rows_unchanged == sum(told.outcome == "new" for told in expected.values())
    batch.refresh_from_db()
    undo.undo(batch, by, TODAY)
    assert table_hashes() == before


def test_the_real_register_with_one_cell_more_in_each_row_changes_that_cell_alone():
    by = UserFactory(role=LETTINGS_OFFICER)
    book = openpyxl.Workbook()
    book.active.append(["STP Name", "City/District", "Programme", "Covered Area (sft)", "Lift"])
    parks = list(park_rows(Park.objects.order_by("pk"), TODAY))
    for park in parks:
        area = f"{park.reported_area_sqft:,.2f} sq ft" if park.reported_area_sqft else None
        name = f"\u00a0{park.name}  "
        book.active.append([name, park.city.name.upper(), park.get_programme_display(), area, "ہاں"])
    file = io.BytesIO()
    book.save(file)
    batch = staged("parks", ContentFile(file.getvalue(), name="parks.xlsx"), book.active.title, by)
    batch = engine.review(batch, by, TODAY)
    assert reasons(batch) == {}
    assert set(outcomes(batch).values()) == {"changed"}
    assert set(map(tuple, changes(batch).values())) == {(("Lift", "", "yes"),)}
    assert len(parks) == batch.rows_changed
