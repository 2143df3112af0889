"""`manage.py load_register` once more: what changed in the files is loaded, what staff did is kept."""

import datetime as dt
import shutil
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parks.models import (
    AreaReport,
    City,
    HeadlineClaim,
    HostAgreement,
    HostInstitution,
    Incentive,
    Park,
    Source,
    StageEvent,
)
from tests.registers import (
    DATA,
    MODELS,
    append,
    by_staff,
    copied,
    drop,
    edit,
    events_since,
    everything,
    load,
    newest_event,
    park,
    rows_of,
    write,
)


@pytest.fixture
def folder(tmp_path):
    return copied(tmp_path)


@pytest.fixture
def loaded(db, folder):
    load(folder)
    return folder


# running it again


def test_a_second_run_changes_nothing_and_says_so(loaded):
    before = everything()
    printed = load(loaded)
    assert "parks.csv            0 created, 0 changed, 68 unchanged" in printed
    assert "total                0 created, 0 changed, 341 unchanged" in printed
    assert everything() == before


def test_a_second_run_asks_as_many_questions_for_few_parks_as_for_many(db, folder):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            load(folder)
        return len(asked)

    for file in ("stage_events.csv", "agreements.csv", "area_reports.csv"):
        write(folder, file, rows_of(folder, file)[:2])
    write(folder, "parks.csv", rows_of(folder, "parks.csv")[:2])
    load(folder)
    few = queries()
    shutil.copytree(DATA, folder, dirs_exist_ok=True)
    many_created = queries()
    assert queries() == few < 45
    assert many_created < 100


@pytest.mark.parametrize(
    ("place", "value", "model", "field"),
    [
        (("parks.csv", 3, "name"), "Amazon Park", Park, "name"),
        (("parks.csv", 3, "city"), "Lahore", Park, "city_id"),
        (("parks.csv", 3, "women_only"), "no", Park, "women_only"),
        (("parks.csv", 3, "latitude"), "33.5301", Park, "latitude"),
        (("parks.csv", 3, "host_kind"), "other", HostInstitution, "kind"),
        (("parks.csv", 3, "host_institution"), "Amazon Mall", Park, "host_id"),
        (("parks.csv", 3, "source_date"), "2021-12-30", Source, "published_on"),
        (("cities.csv", 8, "aliases"), "Mangora; Swat", City, "aliases"),
        (("stage_events.csv", 2, "on"), "2021-05-21", StageEvent, "on"),
        (("stage_events.csv", 3, "known_by"), "2025-02-14", StageEvent, "known_by"),
        (("agreements.csv", 2, "parties"), "PSEB; Sitara", HostAgreement, "parties"),
        (("area_reports.csv", 3, "area_sqft"), "44001.5", AreaReport, "area_sqft"),
        (("headline_claims.csv", 2, "parks"), "15", HeadlineClaim, "parks"),
        (("incentives.csv", 2, "words"), "25% off the rent", Incentive, "words"),
    ],
)
def test_a_changed_cell_changes_exactly_one_field(loaded, place, value, model, field):
    file, row, column = place
    before = {model: list(model.objects.order_by("pk").values()) for model in MODELS}
    newest = newest_event(model)

    printed = load(loaded)
    assert "changed:" not in printed
    edit(loaded, file, row, **{column: value})
    printed = load(loaded)

    assert f"changed: {file}, row {row}, column {column}:" in printed
    assert f"→ “{value}”" in printed or column == "aliases"
    differences = []
    for each in MODELS:
        after = {values["id"]: values for values in each.objects.values()}
        for old in before[each]:
            differences += [(each, name) for name in old if old[name] != after[old["id"]][name]]
    derived = {(Park, "words"), (City, "words"), (HostInstitution, "words"), (StageEvent, "effective_on")}
    assert [each for each in differences if each not in derived] == [(model, field)]
    updates = events_since(newest, model).filter(pgh_label="update")
    assert [update.pgh_context.metadata["command"] for update in updates] == ["load_register"]
    assert "changed:" not in load(loaded)


def test_a_new_row_is_created_beside_the_old(loaded):
    append(loaded, "stage_events.csv", ref="R003", stage="operational", on="2026-03", on_precision="month")
    printed = load(loaded)
    assert "stage_events.csv     1 created, 0 changed, 78 unchanged" in printed
    assert park("R003").stage_events.get(stage="operational").on == dt.date(2026, 3, 1)


def test_a_second_area_report_is_kept_but_not_chosen(loaded):
    url = "https://example.org/other-figure"
    kind = "covered_area_as_reported"
    append(loaded, "area_reports.csv", ref="R002", kind=kind, area_sqft="50000", source_url=url)
    load(loaded)
    assert list(park("R002").area_reports.order_by("pk").values_list("area_sqft", "chosen")) == [
        (44000, True),
        (50000, False),
    ]


def test_a_row_gone_from_the_file_stays_and_is_reported(loaded):
    drop(loaded, "agreements.csv", 2)
    printed = load(loaded)
    assert "kept: no longer in the file: agreements.csv: MoU: PSEB; Ali Fatima College" in printed
    assert HostAgreement.objects.count() == 20


# what staff did since


def test_a_field_that_staff_edited_is_kept_and_reported(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(name="Amazon STP", description="Three floors.")

    printed = load(loaded)

    where = "kept: edited: parks.csv, row 3, column name"
    assert f"{where}: file “Amazon Software Technology Park (Amazon Outlet Mall)”, staff “Amazon STP”" in printed
    assert "parks.csv            0 created, 0 changed, 67 unchanged, 1 kept" in printed
    assert (park("R002").name, park("R002").description) == ("Amazon STP", "Three floors.")


def test_an_edited_field_stays_kept_after_the_load_has_changed_another(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(name="Amazon STP")
    edit(loaded, "parks.csv", 3, partnership_words="joint venture")
    first = load(loaded)
    second = load(loaded)
    assert "changed: parks.csv, row 3, column partnership_words" in first
    for printed in (first, second):
        assert "kept: edited: parks.csv, row 3, column name" in printed
    assert (park("R002").name, park("R002").partnership_words) == ("Amazon STP", "joint venture")


def test_a_field_that_staff_brought_to_the_file_s_value_and_the_file_then_changed_is_kept(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(name="Amazon STP")
    edit(loaded, "parks.csv", 3, name="Amazon STP")
    assert "kept" not in load(loaded)
    edit(loaded, "parks.csv", 3, name="Amazon Tower")
    assert "kept: edited: parks.csv, row 3, column name: file “Amazon Tower”, staff “Amazon STP”" in load(loaded)


def test_a_field_that_staff_emptied_stays_empty(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(host=None)
    assert "column host_institution: file “Amazon Outlet Mall (IMARAT Group), GT Road”, staff empty" in load(loaded)
    assert park("R002").host is None


def test_what_staff_add_beside_the_loaded_fields_is_nobody_s_conflict(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(generator=True, address="GT Road", listed=False)
        Source.objects.update(title="A title")
    assert "kept" not in load(loaded)
    assert (park("R002").generator, park("R002").listed) == (True, False)


def test_a_date_and_its_precision_are_kept_together(loaded):
    event = park("R006").stage_events.get(stage="mou_signed")
    with by_staff():
        StageEvent.objects.filter(pk=event.pk).update(on="2021-06-17", on_precision="day")
    row = next(
        n for n, cells in enumerate(rows_of(loaded, "stage_events.csv"), 1) if cells[:2] == ["R006", "mou_signed"]
    )
    edit(loaded, "stage_events.csv", row, on="2021", on_precision="year")

    printed = load(loaded)

    assert f"kept: edited: stage_events.csv, row {row}, column on: file “2021-01-01”, staff “2021-06-17”" in printed
    event.refresh_from_db()
    assert (event.on, event.on_precision) == (dt.date(2021, 6, 17), "day")


def test_coordinates_are_kept_together_so_that_no_point_is_made_of_two(loaded):
    with by_staff():
        Park.objects.filter(ref="R002").update(latitude="33.6")
    edit(loaded, "parks.csv", 3, longitude="73.2")
    printed = load(loaded)
    assert "kept: edited: parks.csv, row 3, column latitude: file “33.53”, staff “33.60000”" in printed
    assert "kept: edited: parks.csv, row 3, column longitude: file “73.2”, staff “73.15000”" in printed
    assert (park("R002").latitude, park("R002").longitude) == (Decimal("33.6"), Decimal("73.15"))


def test_a_host_renamed_by_staff_is_still_the_same_host(loaded):
    with by_staff():
        HostInstitution.objects.filter(name="BUITEMS").update(name="BUITEMS University")
    printed = load(loaded)
    assert "kept: edited: parks.csv, row 15, column host_institution: file “BUITEMS”" in printed
    assert "created, 0 changed" in printed
    assert HostInstitution.objects.count() == 47
    assert park("R014").host.name == "BUITEMS University"


@pytest.mark.parametrize(
    ("model", "where", "line"),
    [
        (StageEvent, {"park__ref": "R002", "stage": "operational"}, "stage_events.csv, row 5: R002 / operational"),
        (HostAgreement, {"park__ref": "R005"}, "agreements.csv, row 4: R005 / mou"),
        (AreaReport, {"park__ref": "R002"}, "area_reports.csv, row 3: R002 / https://www.urdupoint.com"),
        (HeadlineClaim, {"on": "2018-04-08"}, "headline_claims.csv, row 2: 2018-04-08 / https://pakobserver.net"),
    ],
)
def test_a_row_that_staff_deleted_does_not_come_back(loaded, model, where, line):
    with by_staff():
        model.objects.get(**where).delete()
    for _ in range(2):
        assert f"kept: deleted: {line}" in load(loaded)
        assert not model.objects.filter(**where).exists()


def test_a_deleted_park_stays_away_with_all_that_stood_on_it(loaded):
    gone = park("R002")
    with by_staff():
        for rows in (gone.stage_events, gone.agreements, gone.area_reports):
            rows.all().delete()
        gone.delete()
    append(loaded, "stage_events.csv", ref="R002", stage="closed", on="2026", on_precision="year")

    printed = load(loaded)

    assert "kept: deleted: parks.csv, row 3: R002" in printed
    assert "kept: deleted: stage_events.csv, row 80: R002 / closed" in printed
    assert (Park.objects.count(), StageEvent.objects.count()) == (67, 76)


def test_a_deleted_host_comes_back_only_when_a_row_needs_it(loaded):
    with by_staff():
        Park.objects.filter(ref="R014").update(host=None)
        HostInstitution.objects.get(name="BUITEMS").delete()
    printed = load(loaded)
    assert "kept: deleted: parks.csv, row 15: buitems" in printed
    assert not HostInstitution.objects.filter(name="BUITEMS").exists()

    edit(loaded, "parks.csv", 4, host_institution="BUITEMS")
    printed = load(loaded)
    assert "changed: parks.csv, row 4, column host_institution" in printed
    assert "host institutions    1 created" in printed
    assert park("R003").host.name == "BUITEMS"
    assert park("R014").host is None


def test_what_staff_made_themselves_is_adopted_and_never_overwritten(db, folder):
    with by_staff():
        City.objects.create(name="lahore", region="punjab", slug="lahore", name_ur="لہور")
    printed = load(folder)
    lahore = City.objects.get(slug="lahore")
    assert "kept: edited: cities.csv, row 36, column name_ur: file “لاہور”, staff “لہور”" in printed
    assert (lahore.name, lahore.name_ur, lahore.latitude) == ("lahore", "لہور", None)
    assert park("R060").city == lahore


def test_an_event_that_staff_only_expect_does_not_stand_for_one_that_happened(loaded):
    with by_staff():
        StageEvent.objects.create(
            park=park("R003"), stage="operational", certainty="expected", on="2027-01-01", on_precision="year"
        )
    append(loaded, "stage_events.csv", ref="R003", stage="operational", on="2026-10-01", on_precision="day")
    assert "stage_events.csv     1 created" in load(loaded)
    assert park("R003").stage_events.filter(stage="operational").count() == 2
