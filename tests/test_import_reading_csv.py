"""Reading CSV: the letters, the delimiter and the lines as the program that wrote them meant them."""

import io

import pytest

from tenants.importing.reading import Unreadable, open_source

URDU = "نام,شہر\r\nارفع ٹاور پارک,لاہور گلبرگ چوک\r\n"


def opened(data):
    """The Source of some bytes."""
    return open_source(io.BytesIO(data), "register.csv")


def rows_of(data):
    """[(number, values)] of some bytes."""
    with opened(data) as source:
        return [(row.number, [cell.value for cell in row.cells]) for row in source.rows()]


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8-sig", b"", "utf-8-sig"),
        ("utf-16", b"", "utf-16"),
        ("utf-16-be", b"\xfe\xff", "utf-16"),
        ("cp1256", b"", "cp1256"),
    ],
)
def test_urdu_is_read_in_every_encoding_that_excel_writes(encoding, mark, said):
    text = URDU if encoding != "cp1256" else URDU.replace("ی", "ى").replace("ٹ", "ت").replace("ہ", "ه")
    data = mark + text.encode(encoding)
    with opened(data) as source:
        assert source.encoding == said
        assert [[cell.value for cell in row.cells] for row in source.rows()] == [
            line.split(",") for line in text.split("\r\n")[:-1]
        ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_without_a_mark(encoding):
    assert rows_of("Park,City\r\nArfa,Lahore\r\n".encode(encoding)) == [(1, ["Park", "City"]), (2, ["Arfa", "Lahore"])]


def test_accents_and_curly_quotes_are_windows_1252():
    with opened("Name,City\r\n“Café” – Zürich & Söhne,Karachi\r\n".encode("cp1252")) as source:
        assert source.encoding == "cp1252"
        assert list(source.rows())[1].cells[0].value == "“Café” – Zürich & Söhne"


def test_utf_8_with_a_broken_line_is_refused_with_the_line():
    data = ("Name,City\n" + "پارک,لاہور\n" * 3).encode() + b"\xd9,x\n"
    with pytest.raises(Unreadable, match="broken near line 5"):
        opened(data)


def test_utf_8_that_is_cut_in_a_letter_is_refused():
    with pytest.raises(Unreadable, match="broken near line 2"):
        opened("Name\nپارک".encode()[:-1])


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"\xef\xbb\xbfPark\n\xd9x\n", "UTF-8"),
        ("Park\nArfa\n".encode("utf-16")[:-1], "UTF-16"),
        ("Park\n".encode("utf-16") + b"\x00\xd8x\x00", "UTF-16"),
    ],
)
def test_marked_text_that_is_broken_is_refused_by_its_encoding(data, named):
    with pytest.raises(Unreadable, match=f"is {named} text, but broken near line"):
        opened(data)


def test_nulls_in_utf_16_are_left_out():
    assert rows_of("Pa\x00rk,City\r\n".encode("utf-16")) == [(1, ["Park", "City"])]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_the_rows(delimiter):
    lines = [
        "Register of parks",
        delimiter.join(["Park", "Area", "Address"]),
        delimiter.join(["Arfa", "1200", '"5, Ferozepur Road; Lahore"']),
        delimiter.join(["Bolan", "", "Jinnah Road"]),
    ]
    with opened("\n".join(lines).encode()) as source:
        assert source.delimiter == delimiter
        assert [len(row.cells) for row in source.rows()] == [1, 3, 3, 3]


def test_decimal_commas_do_not_hide_semicolons():
    with opened(b"a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n") as source:
        assert source.delimiter == ";"


def test_excels_own_hint_names_the_delimiter_and_is_no_row():
    assert rows_of(b"sep=|\r\na|b,c,d\r\n") == [(2, ["a", "b,c,d"])]


def test_a_file_of_one_column_is_read():
    assert rows_of(b"Park\nArfa\n") == [(1, ["Park"]), (2, ["Arfa"])]


def test_a_row_has_the_number_of_the_line_it_begins_on():
    assert rows_of(b'Park,Note\r\nArfa,"one\r\ntwo"\r\n\r\n,\xc2\xa0\r\nBolan,"say ""hi"""\r\n') == [
        (1, ["Park", "Note"]),
        (2, ["Arfa", "one\r\ntwo"]),
        (6, ["Bolan", 'say "hi"']),
    ]


def test_lines_that_end_in_a_lone_return_are_lines():
    assert rows_of(b"a,b\rc,d\r") == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_a_quotation_mark_that_is_never_closed_is_refused_with_its_line():
    with pytest.raises(Unreadable, match="begins in line 2 has a quotation mark"):
        opened(b'a,b\n"c,d\ne,f\n')


def test_two_readings_of_one_source_do_not_disturb_each_other():
    with opened(b"a,b\n" + b"c,d\n" * 20_000) as source:
        first, second = source.rows(), source.rows()
        assert [next(first).number, next(second).number, next(first).number] == [1, 1, 2]


def test_as_many_records_as_set_below_the_header_are_read_and_one_more_is_refused(settings):
    settings.IMPORT_MAX_ROWS = 3
    text = b"Register\na,b\n" + b'"x\n\ny",z\n' * 3
    assert len(rows_of(text + b",\n" * 100)) == 5
    with pytest.raises(Unreadable, match="The file goes on to row 12, and an import takes 3 rows"):
        opened(text + b"x,z\n")


def test_as_many_columns_as_set_are_read_and_one_more_is_refused(settings):
    settings.IMPORT_MAX_COLUMNS = 2
    assert rows_of(b"a,b,,,,\n") == [(1, ["a", "b"])]
    with pytest.raises(Unreadable, match="something in cell D2, and an import takes 2 columns"):
        opened(b"a,b\nc,d,,e\n")


@pytest.mark.parametrize("data", [b"", b"\n\n", b" , ,\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_refused(data):
    with pytest.raises(Unreadable, match=r"empty|no rows"):
        opened(data)


@pytest.mark.parametrize("data", [b'a,"' + b"x" * 40_000 + b'"\n', b"x" * 1_500_000, b'"x\n",' * 300_000])
def test_a_cell_or_record_without_end_is_refused(data):
    with pytest.raises(Unreadable, match="holds more than 32,767 characters"):
        opened(data)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Unreadable, match="neither an Excel workbook"):
        opened(b"Park,City\n" + b"\x00\x01\x02\x03" + b"x" * 500)
    with pytest.raises(Unreadable, match="neither an Excel workbook"):
        opened(b"Park,City\n" * 10_000 + b"\x00")
