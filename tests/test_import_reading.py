"""Reading workbooks: what a person sees in Excel is what is read, row by row."""

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tenants.importing.reading import Cell, Unreadable, open_source


def saved(book):
    """The workbook as an uploaded file."""
    file = io.BytesIO()
    book.save(file)
    return file


def sheet_of(rows):
    """(book, its sheet) with `rows`."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book, book.active


def read(file, sheet="", filename="register.xlsx"):
    """[(number, values)] of a sheet."""
    with open_source(file, filename) as source:
        return [(row.number, [cell.value for cell in row.cells]) for row in source.rows(sheet)]


def cells_of(book):
    """The cells of the first row of a workbook."""
    with open_source(saved(book)) as source:
        return next(iter(source.rows())).cells


def with_part(file, name, change):
    """`file` with the text of the part `name` changed by a function."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data.decode()) if entry.filename == name else data)
    return out


def with_texts(texts, indexes):
    """A workbook with shared texts (the XML of them), as Excel writes it, and one row of cells that refer to them."""
    book, _sheet = sheet_of([["x"]])
    cells = "".join(f'<c t="s"><v>{index}</v></c>' for index in indexes)
    relation = (
        '<Relationship Id="texts" Target="sharedStrings.xml" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    file = with_part(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda xml: f"{xml[: xml.index('<row')]}<row>{cells}</row></sheetData></worksheet>",
    )
    file = with_part(file, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace("</Relationships>", relation))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as package:
        head = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        package.writestr("xl/sharedStrings.xml", f"{head}{texts}</sst>")
    return file


def test_values_come_as_excel_stores_them():
    book, _sheet = sheet_of([["Suite", 12, 33.73, True, None, dt.date(2024, 3, 9), dt.datetime(2024, 3, 9, 14, 30)]])
    (number, values) = read(saved(book))[0]
    assert number == 1
    assert values == ["Suite", 12, Decimal("33.73"), True, None, dt.date(2024, 3, 9), dt.datetime(2024, 3, 9, 14, 30)]


def test_rows_keep_the_number_that_excel_shows_and_empty_ones_are_left_out():
    book, sheet = sheet_of([])
    sheet["B3"], sheet["A7"], sheet["C7"] = "x", "y", " \u00a0"
    assert read(saved(book)) == [(3, [None, "x"]), (7, ["y"])]


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [
        ("General", 1200, "1200"),
        ("#,##0", 1234567, "1,234,567"),
        ("#,##0.00", 1234.5, "1,234.50"),
        ("0%", 0.1, "10%"),
        ('#,##0 "sq m"', 1200, "1,200 sq m"),
        ('General "sq m"', 1200, "1200 sq m"),
        ("0000000-0", 12345678, "1234567-8"),
        ("0000-0000000", 3001234567, "0300-1234567"),
        (r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0", 12345678, "1,23,45,678"),
        (r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0", 123456, "1,23,456"),
        ("[$Rs-420] #,##0", 90000, "Rs 90,000"),
        ('_(* #,##0_);_(* (#,##0);_(* "-"??_);_(@_)', -1234, "(1,234)"),
        ("0.00E+00", 1234, "1234"),
        ("0", 12.5, "13"),
        ("#,##0.00;[Red]-#,##0.00", -1234.5, "-1,234.50"),
        ('"Rs "#,##0', -90000, "-Rs 90,000"),
        ('0.0,," m"', 1200000, "1.2 m"),
        ("#", 0, "0"),
        ("0." + "0" * 200, 5, "5"),
        ("[>=1..2]0", 5, "5"),
    ],
)
def test_the_text_of_a_number_is_what_its_format_shows_and_its_value_is_the_number(code, number, text):
    book, sheet = sheet_of([[number]])
    sheet["A1"].number_format = code
    (cell,) = cells_of(book)
    assert cell.text == text
    assert cell.value == pytest.approx(Decimal(str(number)))


@pytest.mark.parametrize("code", ["dd-mm-yyyy", "d-mmm-yy", "[$-420]d mmmm yyyy", "mm-dd-yy"])
def test_a_number_is_a_date_when_its_format_says_so(code):
    book, sheet = sheet_of([[45360]])
    sheet["A1"].number_format = code
    assert cells_of(book) == [Cell(dt.date(2024, 3, 9), "2024-03-09")]


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    book, sheet = sheet_of([[dt.date(2024, 3, 9)]])
    book.epoch = CALENDAR_MAC_1904
    file = saved(book)
    with zipfile.ZipFile(file) as package:
        assert b"<v>43898</v>" in package.read("xl/worksheets/sheet1.xml")
    assert read(file) == [(1, [dt.date(2024, 3, 9)])]
    assert sheet["A1"].is_date


@pytest.mark.parametrize(
    ("serial", "value"),
    [
        (1, dt.date(1900, 1, 1)),
        (59, dt.date(1900, 2, 28)),
        (60, 60),
        (61, dt.date(1900, 3, 1)),
        (-1, -1),
        (3e6, 3000000),
    ],
)
def test_serials_around_the_day_that_never_was_and_outside_the_calendar(serial, value):
    book, sheet = sheet_of([[serial]])
    sheet["A1"].number_format = "dd-mm-yyyy"
    assert cells_of(book)[0].value == value


def test_a_time_of_day_is_text_and_a_length_of_time_a_number():
    book, sheet = sheet_of([[0.5, 1.5]])
    sheet["A1"].number_format, sheet["B1"].number_format = "h:mm", "[h]:mm"
    assert [cell.value for cell in cells_of(book)] == ["12:00", Decimal("1.5")]


def test_the_stored_value_of_a_formula_counts_and_one_without_is_told():
    book, _sheet = sheet_of([["=1+1", "=2+2", "=A1&B1"]])
    file = with_part(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("<f>1+1</f><v />", "<f>1+1</f><v>2</v>").replace(
            "<f>1+1</f><v></v>", "<f>1+1</f><v>2</v>"
        ),
    )
    with open_source(file) as source:
        (row,) = source.rows()
    assert row.cells[0] == Cell(2, "2")
    assert (row.cells[1].value, row.cells[1].text) == (None, "=2+2")
    assert "formula without a value" in row.cells[1].problem


def test_a_formula_that_came_to_nothing_is_an_empty_cell():
    book, _sheet = sheet_of([["x", "=IF(A1,1,2)"]])
    file = with_part(
        saved(book), "xl/worksheets/sheet1.xml", lambda xml: xml.replace('<c r="B1">', '<c r="B1" t="str">')
    )
    assert read(file) == [(1, ["x"])]


def test_an_error_in_a_cell_is_told():
    book, _sheet = sheet_of([["#REF!", "#N/A"]])
    cells = cells_of(book)
    assert [cell.value for cell in cells] == [None, None]
    assert cells[0].problem == "The cell shows the error #REF!. Mend it in Excel."
    assert cells[1].text == "#N/A"


def test_merged_cells_repeat_over_the_rows_and_columns_that_have_content():
    book, sheet = sheet_of([["Register of parks", None, None], ["Park", "Suite", "Area"], ["A", "1", 10]])
    sheet["B4"], sheet["B6"] = "2", "4"
    sheet.merge_cells("A1:ZZ1")
    sheet.merge_cells("A3:A6")
    assert read(saved(book)) == [
        (1, ["Register of parks"] * 3),
        (2, ["Park", "Suite", "Area"]),
        (3, ["A", "1", 10]),
        (4, ["A", "2"]),
        (6, ["A", "4"]),
    ]


def test_a_merged_range_ends_where_it_ends_and_an_empty_one_gives_nothing():
    book, sheet = sheet_of([["A", "1"], [None, "2"], [None, "3"], ["B", "4"], [None, "5"]])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("C4:C5")
    assert [values for _number, values in read(saved(book))] == [
        ["A", "1"],
        ["A", "2"],
        [None, "3"],
        ["B", "4"],
        [None, "5"],
    ]


def test_shown_sheets_with_content_come_first_and_hidden_ones_last():
    book, sheet = sheet_of([])
    sheet.title = "Empty"
    for title, state in [("Lists", "hidden"), ("Deep", "veryHidden"), ("Parks", "visible")]:
        made = book.create_sheet(title)
        made["A1"], made.sheet_state = title, state
    with open_source(saved(book)) as source:
        assert source.sheets == ["Parks", "Empty", "Lists", "Deep"]
        assert source.hidden == {"Lists", "Deep"}
        assert [row.cells[0].value for row in source.rows("Deep")] == ["Deep"]
        assert [row.cells[0].value for row in source.rows()] == ["Parks"]
        assert list(source.rows("Empty")) == []
        with pytest.raises(Unreadable, match="no sheet “Suites”"):
            source.rows("Suites")


def test_texts_that_cells_share_keep_their_parts_and_leave_out_how_they_are_spoken():
    texts = (
        "<si><t>Park</t></si><si><t/></si><si><r><t>Arfa_x0000__xD800_ </t></r><r><t>Tower_x000D_\nآرفہ</t></r>"
        "<rPh sb='0' eb='1'><t>no</t></rPh></si>"
    )
    assert read(with_texts(texts, [2, 0, 1, 0])) == [(1, ["Arfa Tower\r\nآرفہ", "Park", None, "Park"])]


def test_a_workbook_without_places_in_its_cells_and_with_prefixes_is_read():
    book, _sheet = sheet_of([["a", "b"], ["c", "d"]])
    bare = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>a</x:t></x:is></x:c><x:c><x:v>2</x:v></x:c></x:row>'
        '<x:row><x:c t="d"><x:v>2024-03-09</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    file = with_part(saved(book), "xl/worksheets/sheet1.xml", lambda xml: bare)
    assert read(file) == [(1, ["a", 2]), (2, [dt.date(2024, 3, 9)])]


@pytest.mark.parametrize("said", ["nan", "1e999", "1_000", "--1", "0x10"])
def test_a_number_that_is_none_is_told(said):
    book, _sheet = sheet_of([[77]])
    file = with_part(saved(book), "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v>77</v>", f"<v>{said}</v>"))
    with open_source(file) as source:
        (row,) = source.rows()
    assert (row.cells[0].value, row.cells[0].text) == (None, said)
    assert "a number that Excel could not have written" in row.cells[0].problem


@pytest.mark.parametrize("above", [0, 3])
def test_as_many_rows_as_set_below_the_header_are_read_and_one_more_is_refused(settings, above):
    settings.IMPORT_MAX_ROWS = 5
    titles = [["Register"]] * above
    book, sheet = sheet_of([*titles, ["Park", "Suite"], *[["A", n] for n in range(5)]])
    assert len(read(saved(book))) == above + 6
    sheet.append(["A", 5])
    with pytest.raises(Unreadable, match=f"“Sheet” goes on to row {above + 7}, and an import takes 5 rows"):
        open_source(saved(book))


def test_as_many_columns_as_set_are_read_and_one_more_is_refused(settings):
    settings.IMPORT_MAX_COLUMNS = 3
    book, sheet = sheet_of([["a", "b", "c"]])
    assert read(saved(book)) == [(1, ["a", "b", "c"])]
    sheet["D9"] = "x"
    with pytest.raises(Unreadable, match=r"something in cell D9, and an import takes 3 columns \(up to C\)"):
        open_source(saved(book))


def test_a_sheet_that_is_too_large_does_not_stand_in_the_way_of_another():
    book, sheet = sheet_of([["a", "b"]])
    sheet.title = "Small"
    book.create_sheet("Stray")["XFD1048576"] = "x"
    with open_source(saved(book)) as source:
        assert source.sheets == ["Small", "Stray"]
        assert len(list(source.rows("Small"))) == 1
        with pytest.raises(Unreadable, match="XFD1048576"):
            source.rows("Stray")


def test_formats_on_empty_cells_far_away_do_no_harm():
    book, sheet = sheet_of([["a", "b"]])
    sheet["XFD1048576"].number_format = "0.00"
    assert read(saved(book)) == [(1, ["a", "b"])]
