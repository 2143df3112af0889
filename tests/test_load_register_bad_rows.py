"""`manage.py load_register` on bad files: every bad row named, nothing loaded."""

import pytest

from parks.models import (
    City,
    StageEvent,
)
from parks.register.parse import BadFolder, parse
from tests.registers import (
    append,
    by_staff,
    copied,
    edit,
    everything,
    load,
    park,
    refusal,
    rows_of,
    write,
)

LONG = "x" * 201
BAD_CELLS = [
    (("parks.csv", 3, "city"), "Lahor", "This city is not in cities.csv in the row's region."),
    (("parks.csv", 3, "region"), "sindh", "This city is not in cities.csv in the row's region."),
    (("parks.csv", 3, "region"), "Punjab", "This must be one of: punjab, sindh"),
    (("parks.csv", 3, "ref"), "R001", "Row 2 has the same key."),
    (("parks.csv", 3, "ref"), "", "This cell must not be empty."),
    (("parks.csv", 3, "name"), "", "This cell must not be empty."),
    (("parks.csv", 3, "programme"), "PSEB", "This must be one of: pseb, e_rozgaar"),
    (("parks.csv", 3, "programme"), "", "This cell must not be empty."),
    (("parks.csv", 3, "host_kind"), "mall", "This must be one of: university_or_college"),
    (("parks.csv", 3, "host_institution"), "", "There is no host institution that could be of this kind."),
    (("parks.csv", 15, "host_institution"), "Amazon Outlet Mall (IMARAT Group), GT Road", "of the same one."),
    (("parks.csv", 3, "partnership_kind"), "joint", "This must be one of: public_private"),
    (("parks.csv", 3, "women_only"), "true", "This must be yes, no or empty."),
    (("parks.csv", 3, "latitude"), "73.15", "This is outside Pakistan, where it is from 23.4 to 37.2."),
    (("parks.csv", 3, "longitude"), "33.53", "This is outside Pakistan, where it is from 60.8 to 77.9."),
    (("parks.csv", 3, "longitude"), "", "Give both coordinates or neither."),
    (("parks.csv", 3, "latitude"), "33.530001", "This number may have at most 5 decimals."),
    (("parks.csv", 3, "latitude"), "33,53", "This must be a plain number such as 1200"),
    (("parks.csv", 3, "latitude"), "NaN", "This must be a plain number such as 1200"),
    (("parks.csv", 3, "latitude"), "٣٣", "This must be a plain number such as 1200"),
    (("parks.csv", 3, "coordinates_precision"), "exact", "This must be one of: surveyed, approximate."),
    (("parks.csv", 3, "coordinates_precision"), "", "Coordinates and their precision go together"),
    (("parks.csv", 3, "source_url"), "javascript:alert(1)", "This must be a web address"),
    (("parks.csv", 3, "source_url"), "", "There is no source that could have this date."),
    (("parks.csv", 25, "source_date"), "2025-02-14", "says “2025-02-13” of the same one."),
    (("stage_events.csv", 4, "ref"), "R999", "This ref is not in parks.csv."),
    (("stage_events.csv", 4, "stage"), "opened", "This must be one of: identified"),
    (("stage_events.csv", 5, "stage"), "mou_signed", "Row 4 has the same key."),
    (("stage_events.csv", 4, "on_precision"), "month", "The date has the precision “day”."),
    (("stage_events.csv", 4, "on_precision"), "week", "This must be one of: day, month, year."),
    (("stage_events.csv", 4, "on_precision"), "", "The date has the precision “day”."),
    (("stage_events.csv", 4, "on"), "2021-05", "The date has the precision “month”."),
    (("stage_events.csv", 4, "on"), "2021-02-30", "This must be a real date"),
    (("stage_events.csv", 4, "on"), "20/05/2021", "This must be a real date"),
    (("stage_events.csv", 4, "on"), "0000-00-00", "This must be a real date"),
    (("stage_events.csv", 4, "on"), "1821-05-20", "The year must be from 1900 to 2200."),
    (("stage_events.csv", 4, "on"), "", "There is no date that this could be the precision of."),
    (("stage_events.csv", 3, "known_by"), "2025-02", "This date must give its day"),
    (("stage_events.csv", 3, "known_by"), "", "Give the date, or the day by which it was known."),
    (("agreements.csv", 2, "kind"), "lease", "This must be one of: mou"),
    (("agreements.csv", 2, "parties"), "", "This cell must not be empty."),
    (("agreements.csv", 2, "ref"), "R002", "has the same key."),
    (("area_reports.csv", 2, "area_sqft"), "0", "This number must be above 0."),
    (("area_reports.csv", 2, "area_sqft"), "-5", "This number must be above 0."),
    (("area_reports.csv", 2, "area_sqft"), "19,500", "This must be a plain number such as 1200"),
    (("area_reports.csv", 2, "area_sqft"), "1e4", "This must be a plain number such as 1200"),
    (("area_reports.csv", 2, "area_sqft"), "", "This cell must not be empty."),
    (("area_reports.csv", 2, "source_url"), "", "This cell must not be empty."),
    (("headline_claims.csv", 2, "parks"), "14.5", "This number may have at most 0 decimals."),
    (("headline_claims.csv", 2, "parks"), "-1", "This number must not be below 0."),
    (("headline_claims.csv", 10, "women_pct"), "120", "A percentage is from 0 to 100."),
    (("headline_claims.csv", 2, "date"), "", "This cell must not be empty."),
    (("headline_claims.csv", 2, "source_url"), "ftp://example.org/x", "This must be a web address"),
    (("cities.csv", 3, "name"), "FAISALABAD", "Row 2 has the same key."),
    (("cities.csv", 3, "latitude"), "3.5", "This is outside Pakistan"),
    (("incentives.csv", 2, "words"), "", "This cell must not be empty."),
    (("incentives.csv", 2, "title"), "Free internet", "has the same key."),
    (("parks.csv", 3, "notes"), "a\0b", "The cell holds a control character"),
]


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


@pytest.fixture
def loaded(db, folder):
    load(folder)
    return folder


@pytest.mark.parametrize(("place", "value", "reason"), BAD_CELLS)
def test_a_bad_cell_is_named_with_file_row_column_value_and_reason(folder, place, value, reason):
    file, row, column = place
    edit(folder, file, row, **{column: value})
    found = [problem for problem in parse(folder).problems if reason in problem.reason]
    assert [problem.file for problem in found] == [file]
    assert found[0].row in {row, row + 1, 3} and found[0].column
    assert found[0].value in {value, *rows_of(folder, file)[found[0].row - 1]}


def test_the_real_files_have_no_bad_cell(folder):
    assert parse(folder).problems == []


def test_all_bad_rows_are_reported_at_once_and_nothing_is_loaded(loaded):
    edit(loaded, "parks.csv", 3, name="Amazon Park")
    edit(loaded, "parks.csv", 4, city="Karachee", programme="none")
    edit(loaded, "stage_events.csv", 2, stage="opened")
    edit(loaded, "agreements.csv", 2, parties="x" * 301)
    edit(loaded, "area_reports.csv", 2, area_sqft="100000000")
    before = everything()

    printed = refusal(loaded)

    assert printed.splitlines()[0] == "5 bad rows or cells:"
    for line in (
        "parks.csv, row 4, column programme: “none”: This must be one of:",
        "stage_events.csv, row 2, column stage: “opened”: This must be one of:",
        "agreements.csv, row 2, column parties: “xxx",
        "area_reports.csv, row 2, column area_sqft: “100000000”: The area must be 99,999,999 sq ft or less.",
    ):
        assert line in printed
    assert "created" not in printed
    assert everything() == before
    assert refusal(loaded, "--dry-run") == printed


def test_a_row_of_the_file_that_only_the_database_refuses_is_named_too(loaded):
    clash = StageEvent.objects.get(park__ref="R006", stage="operational")
    with by_staff():
        StageEvent.objects.filter(pk=clash.pk).update(stage="closed", on="2026-05-01", on_precision="day")
    row = append(loaded, "stage_events.csv", ref="R006", stage="closed", on="2026-05-01", on_precision="day")
    good = append(loaded, "stage_events.csv", ref="R007", stage="closed", on="2026-05-01", on_precision="day")

    printed = refusal(loaded)

    assert printed.splitlines()[0] == "1 bad row or cell:"
    assert f"stage_events.csv, row {row}: “R006 / closed”: This event is already recorded on this date." in printed
    assert f"row {good}" not in printed
    assert not StageEvent.objects.filter(park__ref="R007", stage="closed").exists()


def test_a_bad_park_is_one_problem_and_not_one_for_each_of_its_events(db, folder):
    edit(folder, "parks.csv", 3, name=LONG)
    printed = refusal(folder)
    assert printed.splitlines()[0] == "1 bad row or cell:"
    assert "parks.csv, row 3, column name: “xxx" in printed
    assert not City.objects.exists()


def test_rows_are_numbered_as_a_spreadsheet_shows_them(folder):
    rows = rows_of(folder, "parks.csv")
    rows[1][-1] = "two\nlines\nand one more"
    rows[3][rows[0].index("programme")] = "none"
    write(folder, "parks.csv", [*rows[:3], [""] * len(rows[0]), [], *rows[3:]])
    assert [(problem.row, problem.column) for problem in parse(folder).problems] == [(6, "programme")]


def test_lines_of_a_note_are_kept_and_unseen_characters_are_not(db, folder):
    edit(folder, "parks.csv", 3, notes=" one\r\ntwo\u200b  words ", name="Amazon\n STP")
    load(folder)
    assert (park("R002").source_notes, park("R002").name) == ("one\ntwo words", "Amazon STP")


def test_columns_may_stand_in_any_order_and_a_byte_order_mark_is_fine(folder):
    rows = rows_of(folder, "agreements.csv")
    write(folder, "agreements.csv", [row[::-1] for row in rows])
    path = folder / "agreements.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    parsed = parse(folder)
    assert parsed.problems == []
    assert [len(rows) for table, rows in parsed.rows.items() if table.file == "agreements.csv"] == [20]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("ref,kind", "ref,sort", [("kind", "This column is missing."), ("sort", "This column is not known here.")]),
        ("ref,kind", "ref,kind,kind", [("kind", "This column stands there twice.")]),
        ("ref,kind,parties", "ref;kind;parties", None),
    ],
)
def test_a_missing_unknown_or_double_column_is_refused(folder, old, new, expected):
    path = folder / "agreements.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    found = [(problem.column, problem.reason) for problem in parse(folder).problems]
    assert found == expected if expected else len(found) == 4
    assert {(problem.file, problem.row) for problem in parse(folder).problems} == {("agreements.csv", 1)}


@pytest.mark.parametrize(
    ("damage", "row", "reason"),
    [
        (lambda data: data.replace(b"Sitara", b"Sit\xe4ra", 1), 2, "The file is not UTF-8 text"),
        (lambda data: data.decode().encode("utf-16"), 1, "The file is not UTF-8 text"),
        (lambda data: b"", 1, "The file is empty"),
        (lambda data: data + b'"R066,mou', None, "The file is not well-formed CSV"),
        (lambda data: data + b"R066,mou\r\n", 22, "The row has 2 cells where the header has 7."),
        (lambda data: data + b"R066,mou,a,,,,,,surplus\r\n", 22, "The row has 9 cells where the header has 7."),
    ],
)
def test_a_file_that_is_no_table_is_refused(folder, damage, row, reason):
    path = folder / "agreements.csv"
    path.write_bytes(damage(path.read_bytes()))
    problems = parse(folder).problems
    assert [(problem.file, problem.row) for problem in problems] == [("agreements.csv", row)]
    assert reason in problems[0].reason


def test_when_parks_csv_cannot_be_read_its_events_are_not_to_blame(folder):
    (folder / "parks.csv").write_bytes(b"\xff\xfe")
    assert [problem.file for problem in parse(folder).problems] == ["parks.csv"]


def test_parse_needs_every_file_but_the_optional_one(tmp_path):
    with pytest.raises(BadFolder, match=r"lacks cities\.csv, parks\.csv, stage_events\.csv"):
        parse(tmp_path)
