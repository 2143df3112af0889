"""The pages of imports: the four steps, and what two tabs and a busy register make of them."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from parks.models import Suite
from tenants.importing import engine
from tenants.models import ImportBatch, ImportMapping
from tests.factories import ImportBatchFactory, LettingFactory, ParkFactory, SuiteFactory
from tests.import_files import SUITES, csv_upload, xlsx_upload
from tests.import_pages import apply, at, columns, many, reviewed, text, upload
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.PRIVATE_ROOT = tmp_path / "private"


@pytest.fixture
def park():
    return ParkFactory(name="Alpha Park")


# --- the four steps


def test_a_file_goes_in_by_four_steps_and_comes_out_again(client, officer, park):
    old = SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=900)
    batch = upload(client, csv_upload(SUITES, ("Alpha Park", "A-1", 1, "1,000 sft"), ("Alpha Park", "A-2", 2, 500)))
    assert columns(client, batch, reason="Letter of 3 July").headers["Location"] == at("review", batch.pk)

    changed = text(client.get(at("review", batch.pk, show="changed")))
    assert "<del><bdi>900 sq ft</bdi></del>" in changed and "<ins><bdi>1,000 sq ft</bdi></ins>" in changed
    assert "A-2" in text(client.get(at("review", batch.pk, show="new")))
    assert not Suite.objects.filter(number="A-2").exists()

    assert apply(client, batch).headers["Location"] == at("change", batch.pk)
    old.refresh_from_db()
    assert old.lettable_area_sqft == 1000 and Suite.objects.filter(park=park, number="A-2", floor=2).exists()
    batch.refresh_from_db()
    assert (batch.state, batch.applied_by, batch.reason) == ("applied", officer, "Letter of 3 July")
    page = text(client.get(at("change", batch.pk)))
    assert batch.checksum in page and "Undo this import" in page and "Letter of 3 July" in page

    assert "Suites" in text(client.get(at("undo", batch.pk)))
    client.post(at("undo", batch.pk))
    old.refresh_from_db()
    assert old.lettable_area_sqft == 900 and not Suite.objects.filter(number="A-2").exists()
    page = text(client.get(at("change", batch.pk)))
    assert "Undone" in page and "Undo this import" not in page


def test_the_kind_in_the_address_is_chosen(client, officer):
    assert form_data(client.get(at("upload", kind="suites")))["kind"] == "suites"
    assert "kind" not in form_data(client.get(at("upload", kind="nonsense")))


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "suites"}, "Choose an Excel or CSV file."),
        ({"file": csv_upload(SUITES)}, "Choose what the rows of the file are."),
        ({"kind": "suites", "file": csv_upload(name="empty.csv")}, "This file is empty."),
        ({"kind": "users", "file": csv_upload(SUITES)}, "Select a valid choice."),
    ],
)
def test_a_bad_upload_says_what_to_do_and_keeps_the_kind(client, officer, data, says):
    response = client.post(at("upload"), data)
    assert response.status_code == 200 and says in text(response)
    assert form_data(response).get("kind") == (data.get("kind") if data.get("kind") == "suites" else None)
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_no_table_is_refused_beside_its_field(client, officer):
    file = csv_upload(name="deed.pdf")
    file.write(b"%PDF-1.4 a deed")
    file.seek(0)
    response = client.post(at("upload"), {"kind": "suites", "file": file})
    assert response.status_code == 200 and response.context["form"].errors["file"]
    assert not ImportBatch.objects.exists()


# --- columns


def test_several_sheets_are_asked_about_and_hidden_ones_are_said_to_be(client, officer, park):
    rows = [SUITES, ("Alpha Park", "A-1", 1, 500)]
    batch = upload(client, xlsx_upload({"Suites": rows, "Other": rows, "Old": rows}, hidden=["Old"]))
    page = client.get(at("columns", batch.pk))
    assert "Which sheet?" in text(page) and "hidden in the file" in text(page)
    assert (page.context["sheet"], page.context["sheet_guessed"]) == ("Suites", True)
    assert client.post(at("columns", batch.pk), {}).context["form"] is None
    page = client.get(at("columns", batch.pk, sheet="Other"))
    client.post(at("columns", batch.pk), form_data(page))
    batch.refresh_from_db()
    assert (batch.state, batch.sheet) == ("reviewed", "Other")
    assert "Which sheet?" in text(client.get(at("columns", batch.pk, sheet="nonsense")))


def test_the_first_sheet_with_known_headings_is_chosen_and_without_one_staff_are_asked(client, officer, park):
    notes = [("Register of suites",), ("Remarks", "by the clerk", "a line"), ("Park", "closed")]
    rows = [SUITES, ("Alpha Park", "A-1", 1, 500)]
    batch = upload(client, xlsx_upload({"Old": rows, "Notes": notes, "Suites": rows, "More": rows}, hidden=["Old"]))
    page = client.get(at("columns", batch.pk))
    assert page.context["sheet"] == "Suites" and page.context["form"] is not None
    batch.refresh_from_db()
    assert batch.sheet == "" and batch.mapping == {}

    batch = upload(client, xlsx_upload({"Notes": notes, "More notes": notes}))
    page = client.get(at("columns", batch.pk))
    assert page.context["sheet"] is None and "Which sheet?" in text(page)


def test_titles_above_the_headings_do_no_harm_and_another_row_can_be_chosen(client, officer):
    rows = [("Register of suites",), ("as of June",), SUITES, ("Alpha Park", "A-1", 1, 500)]
    batch = upload(client, csv_upload(*rows))
    page = client.get(at("columns", batch.pk))
    assert page.context["look"].header_row == 3 and "The headings are in row 3" in text(page)
    assert client.get(at("columns", batch.pk, header="4")).context["look"].header_row == 4
    for nonsense in ("99", "x", "0", "9" * 30):
        assert client.get(at("columns", batch.pk, header=nonsense)).status_code == 200


def test_an_unknown_heading_must_be_answered_and_the_other_answers_stay(client, officer, park):
    batch = upload(client, csv_upload((*SUITES, "Mood"), ("Alpha Park", "A-1", 1, 500, "good")))
    response = columns(client, batch, **{"column-3": "seats"}, reason="Kept")
    assert "does not know this heading" in text(response) and response.status_code == 200
    kept = form_data(response)
    assert (kept["column-3"], kept["column-4"], kept["reason"]) == ("seats", "", "Kept")
    batch.refresh_from_db()
    assert batch.state == "uploaded" and batch.mapping == {}
    client.post(at("columns", batch.pk), kept | {"column-4": "-"})
    batch.refresh_from_db()
    assert batch.state == "reviewed" and batch.mapping["4"] == "-"


def test_two_columns_cannot_be_the_same_and_one_at_least_is_imported(client, officer, park):
    batch = upload(client, csv_upload(SUITES, ("Alpha Park", "A-1", 1, 500)))
    response = columns(client, batch, **{"column-3": "floor"})
    assert "Column D is “Floor” too." in text(response) and "Column C is “Floor” too." in text(response)
    left_out = {f"column-{place}": "-" for place in range(4)}
    assert "No column would be imported." in text(columns(client, batch, **left_out))
    assert columns(client, batch, **{"column-3": "nonsense"}).status_code == 200
    batch.refresh_from_db()
    assert batch.state == "uploaded"


def test_answers_are_remembered_for_the_next_sheet_of_these_headings(client, officer, park):
    headings = (*SUITES[:3], "Mood")
    reviewed(client, ("Alpha Park", "A-1", 1, 500), headings=headings, **{"column-3": "lettable_area_sqft"})
    batch = upload(client, csv_upload(headings, ("Alpha Park", "A-9", 1, 900)))
    page = client.get(at("columns", batch.pk))
    assert form_data(page)["column-3"] == "lettable_area_sqft" and "as last time" in text(page)
    assert ImportMapping.objects.get().updated_by == officer


def test_a_column_without_a_heading_is_asked_about_and_an_empty_one_is_not(client, officer, park):
    batch = upload(client, csv_upload((*SUITES, "", ""), ("Alpha Park", "A-1", 1, 500, "", "something")))
    page = client.get(at("columns", batch.pk))
    assert "column F, without a heading" in text(page) and "column-4" not in form_data(page)


def test_needed_columns_that_are_not_there_are_named(client, officer):
    batch = upload(client, csv_upload(SUITES[:2], ("Alpha Park", "A-1")))
    page = text(client.get(at("columns", batch.pk)))
    assert "New rows need as well:" in page and "<b>Floor</b>" in page


# --- the difference


def test_refused_rows_say_row_column_value_reason_and_what_would_be_accepted(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, "twelve hundred"), ("Alpha Park", "A-2", 1, 500))
    page = text(client.get(at("review", batch.pk)))
    for words in ("Row 2", "Sq.Ft", "twelve hundred", "This is not a number.", "Square feet, like 1,200"):
        assert words in page
    assert "1 row was refused. What happens to the others?" in page


def test_all_or_nothing_brings_in_nothing_while_a_row_is_refused(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, "twelve hundred"), ("Alpha Park", "A-2", 1, 500))
    response = apply(client, batch, mode="all")
    assert response.status_code == 200 and "Rows were refused, so nothing was brought in." in text(response)
    assert not Suite.objects.exists()
    assert apply(client, batch, mode="some").status_code == 200 and not Suite.objects.exists()
    assert apply(client, batch, mode="good").status_code == 302
    assert [suite.number for suite in Suite.objects.all()] == ["A-2"]
    batch.refresh_from_db()
    assert batch.mode == "good" and "1 refused row stayed out." in text(client.get(at("change", batch.pk)))


def test_nothing_good_says_what_to_do_and_offers_no_button(client, officer):
    page = text(client.get(at("review", reviewed(client, ("No Such Park", "A-1", 1, 500)).pk)))
    assert "Nothing can be brought in yet" in page and 'name="apply"' not in page


def test_a_file_that_says_what_the_register_has_changes_nothing(client, officer, park):
    SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=500)
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    page = text(client.get(at("review", batch.pk)))
    assert "Nothing to change: every row is as the register has it." in page and 'name="apply"' not in page


def test_the_register_changed_meanwhile_so_the_new_difference_is_shown_first(client, officer, park):
    suite = SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=900)
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 1000))
    page = client.get(at("review", batch.pk))
    Suite.objects.filter(pk=suite.pk).update(lettable_area_sqft=950)
    response = client.post(at("review", batch.pk), form_data(page) | {"apply": "1"})
    assert response.status_code == 200 and "The register has changed since you looked." in text(response)
    assert "950 sq ft" in text(response) and "900 sq ft" not in text(response)
    suite.refresh_from_db()
    assert suite.lettable_area_sqft == 950
    assert client.post(at("review", batch.pk), form_data(response) | {"apply": "1"}).status_code == 302
    suite.refresh_from_db()
    assert suite.lettable_area_sqft == 1000


def test_another_tab_gave_other_columns_so_the_first_tab_brings_in_nothing(client, officer, park):
    suite = SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=900, seats=3)
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 1000))
    first_tab = form_data(client.get(at("review", batch.pk)))
    columns(client, batch, **{"column-3": "seats"})
    for data in (first_tab, first_tab | {"_seen": ""}, {}):
        response = client.post(at("review", batch.pk), data | {"apply": "1"})
        assert response.status_code == 200 and "was compared anew since you looked" in text(response)
    suite.refresh_from_db()
    assert (suite.lettable_area_sqft, suite.seats) == (900, 3)


def test_what_was_brought_in_in_another_tab_is_not_brought_in_again(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    tab = form_data(client.get(at("review", batch.pk))) | {"apply": "1"}
    client.post(at("review", batch.pk), tab)
    for page in ("review", "columns"):
        response = client.post(at(page, batch.pk), tab, follow=True)
        assert "is in the register already" in text(response)
    assert Suite.objects.count() == 1
    client.post(at("undo", batch.pk))
    assert "This import was undone." in text(client.post(at("undo", batch.pk), follow=True))


def test_comparing_again_shows_the_register_as_it_is(client, officer, park):
    suite = SuiteFactory(park=park, number="A-1", floor=1, lettable_area_sqft=900)
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 1000))
    Suite.objects.filter(pk=suite.pk).update(lettable_area_sqft=1000)
    client.post(at("review", batch.pk), {"again": "1"})
    batch.refresh_from_db()
    assert (batch.rows_changed, batch.rows_unchanged) == (0, 1)


def test_a_busy_register_is_told_and_nothing_is_lost(client, officer, park, monkeypatch):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))

    def busy():
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'busy' USING ERRCODE = '55P03'; END $$")

    monkeypatch.setattr(engine, "serialised", busy)
    response = apply(client, batch)
    assert response.status_code == 200 and "written to by somebody else just now" in text(response)
    monkeypatch.undo()
    assert apply(client, batch).status_code == 302


def test_another_fault_of_the_database_is_not_called_busy(client, officer, park, monkeypatch):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))

    def gone():
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(engine, "serialised", gone)
    assert apply(client, batch).status_code == 503


def test_the_same_file_again_says_when_it_was_brought_in(client, officer, park):
    apply(client, reviewed(client, ("Alpha Park", "A-1", 1, 500)))
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    assert "The very same file was brought in on" in text(client.get(at("review", batch.pk)))
    assert batch.rows_unchanged == 1


def test_discarding_puts_it_away(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    assert client.get(at("discard", batch.pk)).status_code == 405
    assert client.post(at("discard", batch.pk)).headers["Location"] == at("changelist")
    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert client.get(at("report", batch.pk)).status_code == 404
    assert "This import was discarded." in text(client.get(at("review", batch.pk), follow=True))
    assert client.post(at("discard", batch.pk), follow=True).status_code == 200


def test_an_import_on_which_something_was_built_names_what_is_in_the_way(client, officer, park):
    batch = reviewed(client, ("Alpha Park", "A-1", 1, 500))
    apply(client, batch)
    LettingFactory(suite=Suite.objects.get(number="A-1"))
    page = text(client.get(at("undo", batch.pk)))
    assert "This import cannot be undone now" in page and "Row 2" in page and "grave" not in page
    response = client.post(at("undo", batch.pk))
    assert response.status_code == 200 and "Nothing was changed" in text(response)
    assert Suite.objects.filter(number="A-1").exists()


# --- many rows


@pytest.mark.parametrize("outcome", ["new", "changed", "refused", "unchanged"])
def test_the_number_of_queries_does_not_depend_on_the_rows(client, officer, outcome):
    counts = []
    for rows in (many(outcome, 1), many(outcome, 120)):
        batch = ImportBatchFactory(rows=rows, created_by=officer, mapping={"3": "seats"}, columns=list(SUITES))
        for address in (at("review", batch.pk, show=outcome), at("change", batch.pk)):
            with CaptureQueriesContext(
                connection,
            ) as caught:
                assert client.get(address).status_code == 200
            counts.append(len(caught))
    assert counts[:2] == counts[2:] and max(counts) <= 14


def test_the_rows_come_fifty_a_page_without_gap_or_double(client, officer):
    batch = ImportBatchFactory(rows=many("changed", 120) + many("unchanged", 7), created_by=officer)
    seen = []
    for page in (1, 2, 3):
        seen += [row.number for row in client.get(at("review", batch.pk, show="changed", page=page)).context["rows"]]
    assert seen == list(range(2, 122))
    assert len(client.get(at("review", batch.pk, page="nonsense")).context["rows"]) == 50
    assert client.get(at("review", batch.pk, show="nonsense")).context["rows"][0].label == "changed 0"


def test_warnings_of_rows_that_are_brought_in_have_a_part_of_their_own(client, officer):
    warned = {"outcome": "changed", "label": "A-1", "changes": [["Seats", "1", "2"]]}
    warned["problems"] = [["Sq.Ft", "900", "Very like suite A-01.", ""]]
    batch = ImportBatchFactory(rows=[warned, *many("changed", 3)], created_by=officer)
    page = client.get(at("review", batch.pk, show="warnings"))
    assert [row.label for row in page.context["rows"]] == ["A-1"] and "Very like suite A-01." in text(page)
    assert "Very like suite A-01." in text(client.get(at("review", batch.pk, show="changed")))
    other = ImportBatchFactory(rows=many("changed", 3), created_by=officer)
    assert "Warnings" not in text(client.get(at("review", other.pk)))
