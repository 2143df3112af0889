"""Imports of parks and suites: how rows are found, what is added beside them, and who may touch what."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.columns import PARKS, SUITES, park_rows
from parks.models import AreaReport, HostInstitution, Park, StageEvent, Suite
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.actions.errors import Refused
from tenants.importing import undo
from tests.factories import (
    AreaReportFactory,
    CityFactory,
    HostFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)
from tests.importing import TODAY, applied, changes, outcomes, reasons, reviewed, table_hashes

pytestmark = pytest.mark.django_db

NEW = ["name", "city", "programme", "host", "covered_area_sqft", "stage", "stage_on"]


def exported(columns, row, *skipped):
    """The headings and cells with which `row` would be downloaded."""
    shown = [column for column in columns if not column.derived and column.key not in skipped]
    return [column.key for column in shown], [column.of(row) for column in shown]


def manager_of(*parks):
    return UserFactory(role=PARK_MANAGER, parks=parks)


def test_a_new_park_comes_with_its_host_area_and_stage_and_goes_again():
    city = CityFactory(name="Lahore")
    before = table_hashes()
    batch = applied(
        "parks",
        NEW,
        ["Arfa Tower", "lahore", "PSEB park", "PITB", "12,000 sq ft", "Operational", "2012-01"],
        ["Second Park", "Lahore", "PSEB park", "pitb", "", "", ""],
    )
    park = park_rows(Park.objects.filter(name="Arfa Tower"), TODAY).get()
    assert (park.city, park.host.name, park.reported_area_sqft, park.listed) == (city, "PITB", 12_000, False)
    assert (park.stage_facts["stage"], park.stage_facts["on"], park.stage_facts["on_precision"]) == (
        *("operational", "2012-01-01", "month"),
    )
    assert HostInstitution.objects.get().parks.count() == 2
    assert ("Host institution", "", "PITB (a new host institution)") in changes(batch)[2]
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_a_review_uses_up_no_code_of_a_park():
    CityFactory(name="Lahore")
    code = ParkFactory().code
    reviewed("parks", NEW, ["Arfa Tower", "Lahore", "PSEB park", "", "", "", ""])
    assert int(ParkFactory().code[4:]) == int(code[4:]) + 1


def test_a_park_as_it_was_downloaded_changes_nothing_and_one_cell_changes_one():
    park = ParkFactory(host=HostFactory(), latitude="31.4", longitude="73.1", coordinates_precision="approximate")
    AreaReportFactory(park=park, area_sqft=10_000)
    StageEventFactory(park=park, on=dt.date(2022, 3, 1), on_precision="month")
    row = park_rows(Park.objects.all(), TODAY).get()
    headings, cells = exported(PARKS, row)
    assert outcomes(reviewed("parks", headings, cells)) == {2: "unchanged"}
    for key, value, label, old, new in (
        ("lift", "yes", "Lift", "", "yes"),
        ("covered_area_sqft", "11000", "Covered area, as reported, sq ft", "10,000 sq ft", None),
        ("stage", "Closed", "Stage", "Operational", "Closed"),
        ("name", "Other Name", "Name", park.name, "Other Name"),
    ):
        edited = [value if heading == key else cell for heading, cell in zip(headings, cells, strict=True)]
        told = changes(reviewed("parks", headings, edited))[2]
        assert (told[0][0], told[0][1]) == (label, old)
        assert new is None or told[0][2] == new


def test_an_area_that_is_new_stands_beside_the_one_shown_and_comes_once():
    park = ParkFactory()
    AreaReportFactory(park=park, area_sqft=10_000)
    applied("parks", ["code", "covered_area_sqft"], [park.code, 11_000])
    assert list(AreaReport.objects.order_by("pk").values_list("area_sqft", "chosen")) == [
        (10_000, True),
        (11_000, False),
    ]
    again = reviewed("parks", ["code", "covered_area_sqft"], [park.code, 11_000])
    assert outcomes(again) == {2: "unchanged"}
    assert "is on file" in again.rows.get().problems[0][2]


def test_a_stage_without_a_date_is_known_by_today_and_comes_once():
    park = ParkFactory()
    StageEventFactory(park=park)
    applied("parks", ["code", "stage"], [park.code, "closed"])
    assert StageEvent.objects.get(stage="closed").known_by == TODAY
    assert outcomes(reviewed("parks", ["code", "stage"], [park.code, "closed"])) == {2: "unchanged"}


@pytest.mark.parametrize(
    ("cells", "heading", "reason"),
    [
        ({"code": "STP-9999"}, "code", "There is no park with this code."),
        ({"city": "Lahor"}, "city", "This city is not in the register."),
        ({"stage_on": "2020-05-05"}, "stage_on", "The stage is recorded with another date"),
        ({"stage": "closed", "stage_on": "2026-12-31"}, "stage_on", "still to come"),
        ({"slug": "taken"}, "slug", "Another park has this web name."),
        ({"slug": "other"}, "slug", "fixed once the park has been listed"),
        ({"latitude": "31.4"}, None, "Give both latitude and longitude"),
    ],
)
def test_what_cannot_be_is_refused_with_its_column(cells, heading, reason):
    CityFactory(name="Lahore")
    ParkFactory(slug="taken")
    park = ParkFactory(listed=True)
    StageEventFactory(park=park)
    row = {"code": park.code, "stage": "Operational", "stage_on": "", **cells}
    batch = reviewed("parks", list(row), list(row.values()))
    found = [column for column, said in reasons(batch)[2] if reason in said]
    # What is about two columns may be told of either, or of the row.
    assert len(found) == 1
    assert heading in (None, found[0])


def test_the_listing_of_a_park_is_taken_back_whole():
    park = ParkFactory(listed=False)
    before = table_hashes()
    batch = applied("parks", ["code", "listed"], [park.code, "yes"])
    assert Park.objects.get().first_listed_on is not None
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_two_rows_about_one_park_are_both_refused():
    park = ParkFactory()
    batch = reviewed("parks", ["code", "name", "lift"], [park.code, "", "yes"], ["", park.name, "no"])
    assert reasons(batch) == {
        2: [("", "Row 3 is about the same park.")],
        3: [("", "Row 2 is about the same park.")],
    }


def test_a_park_manager_changes_own_parks_and_learns_of_no_other():
    mine, other = ParkFactory(name="Mine"), ParkFactory(name="Other", slug="other")
    manager = manager_of(mine)
    batch = reviewed(
        "parks",
        ["code", "name", "lift", "programme"],
        [mine.code, "", "yes", ""],
        [other.code, "", "yes", ""],
        ["STP-9998", "", "yes", ""],
        ["", "Other", "yes", "PSEB park"],
        ["", "Nowhere", "yes", "PSEB park"],
        by=manager,
    )
    assert outcomes(batch) == {2: "changed", 3: "refused", 4: "refused", 5: "refused", 6: "refused"}
    said = reasons(batch)
    assert said[3] == said[4]
    assert said[5] == said[6]


def test_a_park_manager_leaves_the_office_its_fields_and_facts():
    park = ParkFactory(listed=False)
    batch = reviewed(
        "parks",
        ["code", "listed", "stage", "covered_area_sqft", "host"],
        [park.code, "yes", "closed", "500", "A new one"],
        by=manager_of(park),
    )
    assert {heading for heading, _reason in reasons(batch)[2]} == {"listed", "stage", "covered_area_sqft", "host"}


def test_an_auditor_imports_nothing():
    with pytest.raises(Refused):
        reviewed("parks", ["code", "lift"], ["STP-0001", "yes"], by=UserFactory(role=AUDITOR))


# --- suites

SUITE = ["park", "number", "floor", "kind", "lettable_area_sqft", "seats", "rent_basis", "rent_pkr"]


def test_suites_are_made_changed_and_taken_back():
    park = ParkFactory()
    SuiteFactory(park=park, number="101", lettable_area_sqft=900)
    before = table_hashes()
    batch = applied(
        "suites",
        SUITE,
        [park.code, "101", "1", "", "100 sq m", "", "", ""],
        [park.name, "G-7", "G", "", "1,200", "", "per sq ft", "Rs. 95/-"],
        [park.code, "D1", "0", "desk", "", "", "per seat", "1.2 lakh"],
        mode="good",
    )
    assert outcomes(batch) == {2: "changed", 3: "new", 4: "new"}
    assert Suite.objects.get(number="101").lettable_area_sqft == Decimal("1076.39")
    assert Suite.objects.get(number="D1").seats == 1
    assert ("Seats", "", "1") in changes(batch)[4]
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_a_suite_as_it_was_downloaded_changes_nothing():
    suite = SuiteFactory(rent_basis="per_sqft", rent_pkr=90, in_service_from=dt.date(2020, 1, 1))
    headings, cells = exported(SUITES, suite)
    assert outcomes(reviewed("suites", headings, cells)) == {2: "unchanged"}


def test_a_suite_that_came_back_under_its_number_is_another():
    park = ParkFactory()
    old = SuiteFactory(park=park, number="7", withdrawn_from=dt.date(2024, 1, 1))
    new = SuiteFactory(park=park, number="7", in_service_from=dt.date(2024, 1, 1))
    rows = [exported(SUITES, suite)[1] for suite in (old, new)]
    headings = exported(SUITES, old)[0]
    assert outcomes(reviewed("suites", headings, *rows)) == {2: "unchanged", 3: "unchanged"}
    batch = applied("suites", ["park", "number", "seats"], [park.code, "7", 12])
    assert (batch.rows_changed, Suite.objects.get(seats=12).pk) == (1, new.pk)


def test_a_suite_is_not_withdrawn_under_a_letting():
    letting = LettingFactory()
    suite = letting.suite
    batch = reviewed("suites", ["park", "number", "withdrawn_from"], [suite.park.code, suite.number, "2026-12-01"])
    assert reasons(batch)[2][0][0] == "withdrawn_from"
    assert str(letting.lease) in reasons(batch)[2][0][1]


def test_a_suite_of_anothers_park_is_as_unknown_as_none():
    mine, other = ParkFactory(), ParkFactory()
    batch = reviewed(
        "suites",
        SUITE,
        [mine.code, "1", "1", "", "", "", "", ""],
        [other.code, "1", "1", "", "", "", "", ""],
        ["STP-9997", "1", "1", "", "", "", "", ""],
        by=manager_of(mine),
    )
    assert outcomes(batch) == {2: "new", 3: "refused", 4: "refused"}
    said = reasons(batch)
    assert said[3] == said[4]


def test_a_number_twice_in_one_park_is_refused_twice():
    park = ParkFactory()
    batch = reviewed("suites", SUITE[:3], [park.code, "a-1", "1"], [park.name, "A-1", "2"])
    assert {number: said[0][0] for number, said in reasons(batch).items()} == {2: "number", 3: "number"}


@pytest.mark.parametrize("role", [LETTINGS_OFFICER])
def test_what_the_database_alone_refuses_is_told_of_its_row_only(role):
    park = ParkFactory()
    rows = [[park.code, str(number), "1", "", "100", "", "", ""] for number in range(20)]
    rows[7][3], rows[7][4], rows[7][6], rows[7][7] = "desk", "", "per sq ft", "10"
    batch = reviewed("suites", SUITE, *rows, by=UserFactory(role=role))
    assert set(reasons(batch)) == {9}
    assert (batch.rows_new, batch.rows_refused) == (19, 1)
