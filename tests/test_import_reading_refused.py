"""Files that are refused, each for its own reason, before they cost time or memory."""

import io
import random
import struct
import tracemalloc
import zipfile

import openpyxl
import pytest

from tenants.importing.reading import Unreadable, open_source
from tests.test_import_reading import read, saved, sheet_of, with_part, with_texts

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500
MOST_MEMORY = 50 * 1024 * 1024


def zipped(parts, method=zipfile.ZIP_DEFLATED):
    """A zip of {name: bytes}."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return file


def workbook(**parts):
    """A workbook as a zip, some of its parts (by the end of their names) replaced or added."""
    book, _sheet = sheet_of([["Park", "City"], ["Arfa", "Lahore"]])
    with zipfile.ZipFile(saved(book)) as package:
        whole = {name: package.read(name) for name in package.namelist()}
    return zipped(whole | parts)


def with_sheet(rows, before=""):
    """A workbook whose sheet has this XML between its sheetData tags."""
    xml = f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return workbook(**{"xl/worksheets/sheet1.xml": xml.encode()})


def refused(file, filename="register.xlsx"):
    """The sentence with which a file is refused, without taking much memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable) as refusal:
            open_source(file, filename)
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()
    return refusal.value.messages[0]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLE + "Workbook".encode("utf-16-le"), "old Excel workbook (.xls)"),
        (OLE + "WordDocument".encode("utf-16-le"), "neither an Excel workbook"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "old Excel workbook (.xls)"),
        (b"%PDF-1.7\n1 0 obj", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"Rar!\x1a\x07\x00", "is an archive"),
        (b"\x1f\x8b\x08\x00", "is an archive"),
        (b"<html><table><tr><td>Park</td></tr></table></html>", "web page or XML"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "web page or XML"),
        ("\ufeff<html>".encode("utf-16-le"), "web page or XML"),
        (b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "web page or XML"),
        (b"{\\rtf1 x}", "neither an Excel workbook"),
        (b"", "is empty"),
        (b"PK\x03\x04" + b"x" * 100, "damaged or cut short"),
    ],
)
@pytest.mark.parametrize("filename", ["register.xls", "register.csv"])
def test_what_is_no_table_is_named_by_its_bytes_and_not_by_its_name(data, sentence, filename):
    assert sentence in refused(io.BytesIO(data), filename)


def test_a_file_of_more_than_ten_megabytes_is_refused():
    assert "larger than 10 MB" in refused(io.BytesIO(b"a,b\n" * 2_700_000))


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"xl/vbaProject.bin": b"x"}, "has macros"),
        ({"xl/macrosheets/sheet1.xml": b"x"}, "has macros"),
        ({"xl/workbook.bin": b"x"}, "binary workbook (.xlsb)"),
    ],
)
def test_macros_and_binary_workbooks_are_refused(parts, sentence):
    assert sentence in refused(workbook(**parts))


def test_macros_are_told_by_the_type_of_the_workbook_as_well():
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    file = with_part(
        workbook(),
        "[Content_Types].xml",
        lambda xml: xml.replace("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", kind),
    )
    assert "has macros" in refused(file)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}, "(.ods)"),
        ({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}, "document or a presentation"),
        ({"register.xlsx": b"PK\x03\x04"}, "zip archive"),
        ({"xl/worksheets/sheet1.xml": b"<x/>"}, "damaged or cut short"),
        ({"[Content_Types].xml": b"<x/>"}, "damaged or cut short"),
        ({}, "zip archive"),
    ],
)
def test_a_zip_that_is_no_workbook_is_named(parts, sentence):
    assert sentence in refused(zipped(parts))


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.99])
def test_a_workbook_that_is_cut_short_is_refused(kept):
    whole = workbook().getvalue()
    assert "damaged or cut short" in refused(io.BytesIO(whole[: int(len(whole) * kept)]))


def test_a_part_that_asks_for_a_password_is_refused():
    data = bytearray(workbook().getvalue())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    assert "protected by a password" in refused(io.BytesIO(bytes(data)))


def test_a_cell_of_three_hundred_megabytes_is_refused_by_the_directory():
    cell = b"x" * (300 * 1024 * 1024 // 10)
    xml = f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="inlineStr"><is><t>'.encode() + cell * 10
    file = workbook(**{"xl/worksheets/sheet1.xml": xml})
    del xml
    assert "unpacks to far more" in refused(file)


def test_two_million_rows_are_refused_by_the_directory():
    rows = "".join(f'<row r="{n}"><c><v>1</v></c></row>' for n in range(1, 50_000))
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>' + rows * 80
    assert "unpacks to far more" in refused(workbook(**{"xl/worksheets/sheet1.xml": xml.encode()}))


def test_a_directory_that_declares_less_than_is_there_gives_no_more_than_it_declares():
    long = f'<worksheet xmlns="{MAIN}"><sheetData>{" " * 40_000_000}</sheetData></worksheet>'
    data = bytearray(workbook(**{"xl/worksheets/sheet1.xml": long.encode()}).getvalue())
    # The size in the directory, 24 bytes into the entry whose name stands 46 bytes in.
    at = data.rfind(b"xl/worksheets/sheet1.xml") - 46
    assert struct.unpack_from("<I", data, at + 24)[0] == len(long)
    struct.pack_into("<I", data, at + 24, 1000)
    assert "damaged or cut short" in refused(io.BytesIO(bytes(data)))


def test_a_directory_of_two_hundred_thousand_entries_is_not_read():
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 200_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count & 0xFFFF, count & 0xFFFF, len(entry) * count, 4, 0)
    assert "unpacks to far more" in refused(io.BytesIO(b"PK\x03\x04" + entry * count + end))


def test_a_part_that_shrank_to_almost_nothing_is_refused_whatever_it_is():
    assert "unpacks to far more" in refused(workbook(**{"docProps/thumbnail.bmp": bytes(20_000_000)}))


def test_two_thousand_parts_are_refused():
    assert "unpacks to far more" in refused(workbook(**{f"xl/media/{n}": b"x" for n in range(2_000)}))


def test_two_hundred_thousand_sheets_are_refused():
    def many(xml):
        sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(200_000))
        head, _tag, tail = xml.partition("<sheets>")
        space = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
        return f"{head}<sheets>{sheets.replace('<sheet ', f'<sheet {space} ')}{tail[tail.index('</sheets>') :]}"

    assert "more than 200 sheets" in refused(with_part(workbook(), "xl/workbook.xml", many))


LAUGHS = '<!DOCTYPE x [<!ENTITY a "lol">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
)


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
@pytest.mark.parametrize("declared", [LAUGHS + "]>", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'])
def test_entities_are_never_expanded(part, declared):
    def spiked(xml):
        body = xml.partition("?>")[2] if xml.startswith("<?xml") else xml
        return declared + body

    assert "declares a document type" in refused(with_part(with_texts("<si><t>x</t></si>", [0]), part, spiked))


def test_a_cell_in_the_last_corner_is_refused_by_name():
    book, sheet = sheet_of([["Park", "City"]])
    sheet["XFD1048576"] = "x"
    assert "“Sheet” has something in cell XFD1048576, and an import takes 60 columns (up to BH)" in refused(saved(book))


def test_a_cell_in_the_last_row_is_refused_by_its_row():
    book, sheet = sheet_of([["Park", "City"]])
    sheet["A1048576"] = "x"
    assert "goes on to row 1,048,576, and an import takes 25,000 rows" in refused(saved(book))


def test_a_dimension_that_lies_makes_no_cells():
    file = with_part(
        workbook(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace('<dimension ref="A1:B2"', '<dimension ref="A1:XFD1048576"'),
    )
    assert read(file) == [(1, ["Park", "City"]), (2, ["Arfa", "Lahore"])]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("<x>" * 5_000, "unpacks to far more"),
        ('<row r="2"><c><v>1</v></c></row><row r="1"><c><v>1</v></c></row>', "damaged"),
        ('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>', "damaged"),
        ('<row r="1"><c r="A2"><v>1</v></c></row>', "damaged"),
        ('<row r="9999999"><c><v>1</v></c></row>', "damaged"),
        ('<row r="١"><c><v>1</v></c></row>' * 2, "damaged"),
        ('<row r="x"/>', "damaged"),
        ('<row r="1"><c r="AAAA1"><v>1</v></c></row>', "damaged"),
        ('<row r="1"><c s="x"><v>1</v></c></row>', "damaged"),
        ("<row><c><v>1</v></row>", "damaged"),
        (f'<row><c t="inlineStr"><is><t>{"x" * 70_000}</t></is></c></row>', "Cell A1 holds more than 32,767"),
        (f"<row><c><f>{'A+' * 40_000}</f></c></row>", "Cell A1 holds more than 32,767"),
        (f"<!--{random.Random(1).randbytes(700_000).hex()}-->", "unpacks to far more"),
    ],
)
def test_a_sheet_that_breaks_the_format_is_refused(rows, sentence):
    assert sentence in refused(with_sheet(rows))


def test_empty_cells_and_unknown_elements_without_end_are_refused(monkeypatch):
    monkeypatch.setattr("tenants.importing.reading.markup.MOST_EMPTY", 1_000)
    filled = "".join(f'<row r="{n}"><c><v>{n}</v></c><c><v>x</v></c></row>'.replace("x", "1") for n in range(1, 5_000))
    with open_source(with_sheet(filled)) as source:
        assert sum(1 for _row in source.rows()) == 4_999
    noise = "".join(f'<c s="{n % 7}"/>' for n in range(900))
    rows = "".join(f'<row r="{n}"><c><v>{n}</v></c>{noise}</row>' for n in range(1, 9))
    assert "unpacks to far more" in refused(with_sheet(rows))
    assert "unpacks to far more" in refused(with_sheet("<x/>" * 2_000))
    assert "unpacks to far more" in refused(with_texts("<si/>" * 2_000, [0]))


def test_an_unknown_encoding_of_the_xml_is_refused():
    assert "damaged" in refused(with_sheet("<row/>", '<?xml version="1.0" encoding="klingon"?>'))


@pytest.mark.parametrize("index", ["9", "-1", "x", "9" * 30])
def test_a_text_that_is_not_there_is_refused_when_it_is_read(index):
    file = with_sheet(f'<row><c><v>1</v></c><c t="s"><v>{index}</v></c></row>')
    with open_source(file) as source, pytest.raises(Unreadable, match="damaged"):
        list(source.rows())


def test_shared_texts_without_end_are_refused():
    assert "unpacks to far more" in refused(with_texts(f"<si><t>{'x' * 70_000}</t></si>", [0]))
    noise = "".join(f"<si><t>{n}{'x' * 400}</t></si>" for n in range(130_000))
    assert len(noise) > 50_000_000
    assert "unpacks to far more" in refused(with_texts(noise, [0]))


def test_merged_ranges_without_number_are_refused():
    merged = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 60_002))
    xml = f'<worksheet xmlns="{MAIN}"><sheetData><row><c><v>1</v></c></row></sheetData><mergeCells>{merged}'
    file = workbook(**{"xl/worksheets/sheet1.xml": f"{xml}</mergeCells></worksheet>".encode()})
    assert "unpacks to far more" in refused(file)


def test_links_to_other_workbooks_are_not_followed():
    book, sheet = sheet_of([["Park", "City"]])
    sheet["A2"] = "=[1]Other!A1"
    file = with_part(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace("</f><v />", "</f><v>7</v>").replace("</f><v></v>", "</f><v>7</v>"),
    )
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/externalLinks/externalLink1.xml", '<!DOCTYPE x SYSTEM "http://192.0.2.1/x"><x/>')
    assert read(file) == [(1, ["Park", "City"]), (2, [7])]


def test_a_sheet_outside_the_file_is_not_a_sheet():
    file = with_part(
        workbook(),
        "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace('Target="/xl/worksheets/sheet1.xml"', 'Target="../../../etc/passwd"'),
    )
    assert "is empty" in refused(file)


def test_a_workbook_without_content_is_refused():
    assert "workbook is empty" in refused(saved(openpyxl.Workbook()))


def test_two_parts_of_one_name_are_refused():
    file = workbook(**{"XL/worksheets/SHEET1.xml": b"<x/>"})
    assert "damaged" in refused(file)
