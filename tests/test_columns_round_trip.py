"""What goes out comes in as the same: every column of every kind, through CSV and through Excel."""

import datetime as dt
import io
import json
import re
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stp_portal.kit.checked_columns import CheckedColumn
from stp_portal.kit.columns import (
    CNIC,
    ChoiceColumn,
    CodeColumn,
    DateColumn,
    FloorColumn,
    Period,
    PeriodColumn,
    TextColumn,
    YesNoColumn,
)
from stp_portal.kit.export import csv_lines
from stp_portal.kit.number_columns import NumberColumn
from stp_portal.kit.text import ascii_digits
from stp_portal.kit.xlsx import xlsx_file
from tenants.columns import COLUMNS, company_rows, lease_rows, letting_rows, park_rows
from tenants.importing.reading import open_source
from tenants.models import Company, Lease, Letting
from tests.factories import CompanyFactory, LettingFactory, full_park

KINDS = list(COLUMNS)
CHECKED = {
    "ntn": ["1234567-8", "0123456-7", "1234567", "A123456-7"],
    "company_ntn": ["1234567-8", "0123456-7"],
    "secp_number": ["0123456", "0000001", "1234567"],
    "pseb_number": ["Z-25-12345/26", "0012", "1E10", "12345"],
    "website": ["https://www.example.com", "http://example.com/a?b=1"],
    "contact_email": ["name@example.com", "+plus@example.com"],
    "contact_phone": ["+923001234567", "+9242111111459", "+16502530000"],
}
NASTY = [
    "=1+1",
    "'=1+1",
    "''=x",
    "'abc'",
    "101.0",
    "'101.0",
    "007",
    "1E+10",
    "-",
    "@x",
    "+92",
    "_x000D_",
    "n/a",
    "'5",
    "1-2",
]
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31))


def written(column):  # noqa: PLR0911 - a line a class
    """Values as the register may hold them in this column."""
    if isinstance(column, CheckedColumn):
        return st.sampled_from(CHECKED[column.key])
    if isinstance(column, TextColumn):
        texts = st.one_of(st.sampled_from(NASTY), st.text(st.characters(codec="utf-8"), max_size=40))
        texts = texts.map(column.tidy).filter(lambda text: text and not CNIC.search(ascii_digits(text)))
        if isinstance(column, CodeColumn):
            texts = texts.filter(lambda text: not re.match("stp-", text, re.IGNORECASE)) | st.just("STP-0001")
        return texts.map(lambda text: column.tidy(text[: column.most])).filter(bool)
    if isinstance(column, ChoiceColumn):
        return st.sampled_from([value for value, _label in column.choices])
    if isinstance(column, YesNoColumn):
        return st.booleans()
    if isinstance(column, FloorColumn):
        return st.integers(-5, 150)
    if isinstance(column, DateColumn):
        return DAYS
    if isinstance(column, PeriodColumn):
        return st.one_of(
            DAYS.map(lambda day: Period(day, "day")),
            DAYS.map(lambda day: Period(day.replace(day=1), "month")),
            DAYS.map(lambda day: Period(day.replace(month=1, day=1), "year")).filter(
                lambda period: period.on.year < 2200
            ),
        )
    assert isinstance(column, NumberColumn), column
    if column.places:
        # An area is 1 sq ft or more.
        least = max(column.least, Decimal(1)) if column.key.endswith("_sqft") else column.least
        return st.decimals(least, column.most, places=column.places)
    return st.integers(int(column.least), int(column.most))


def rows_of(kind):
    """Rows of a kind: a value or None for each column that can be imported."""
    columns = [column for column in COLUMNS[kind] if not column.derived]
    return st.fixed_dictionaries({column.key: st.none() | written(column) for column in columns})


def through(data, filename):
    """The cells of each row below the headings of a file."""
    with open_source(io.BytesIO(data), filename) as source:
        return [row.cells for row in source.rows(source.sheets[0])][1:]


def csv_of(header, rows):
    return "".join(csv_lines(header, rows)).encode()


def xlsx_of(header, rows):
    with xlsx_file([("Rows", header, rows)]) as file:
        return file.read()


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12)
@given(data=st.data())
def test_what_is_written_is_read_back_as_it_was(kind, write, data):
    values = data.draw(rows_of(kind))
    columns = [column for column in COLUMNS[kind] if column.key in values]
    put = [None if values[column.key] is None else column.put(values[column.key]) for column in columns]
    rows = through(write([str(column.label) for column in columns], [put]), f"x.{write.__name__[:-3]}")
    cells = rows[0] if rows else []
    for place, column in enumerate(columns):
        found = column.read(cells[place]) if place < len(cells) else None
        assert found == values[column.key], (column.key, put[place], cells[place])
        assert column.same(values[column.key], found)


@pytest.mark.parametrize("write", [csv_of, xlsx_of])
@pytest.mark.parametrize("kind", KINDS)
def test_texts_that_spreadsheets_and_readers_take_for_something_else_come_back(kind, write):
    columns = [column for column in COLUMNS[kind] if isinstance(column, TextColumn) and column.key not in CHECKED]
    put = [[column.put(text) for column in columns] for text in NASTY]
    rows = through(write([str(column.label) for column in columns], put), f"x.{write.__name__[:-3]}")
    assert [[column.read(cell) for column, cell in zip(columns, row, strict=True)] for row in rows] == [
        [text] * len(columns) for text in NASTY
    ]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(data=st.data())
def test_json_gives_back_the_very_value(kind, data):
    values = data.draw(rows_of(kind))
    for column in COLUMNS[kind]:
        if column.key in values and values[column.key] is not None:
            found = column.unpack(json.loads(json.dumps(column.pack(values[column.key]))))
            assert found == values[column.key]
            assert type(found) is type(values[column.key])
            assert column.say(found)


@given(text=st.text(max_size=40))
@example("a\x0bb")
@example("  two  spaces ")
@example("\u202egpj.exe")
def test_what_reading_takes_out_is_no_difference(text):
    name = next(column for column in COLUMNS["companies"] if column.key == "name")
    if not CNIC.search(ascii_digits(text)):
        assert name.same(text, name.read(name.put(text)) if name.tidy(text) else None)


@pytest.mark.django_db
def test_rows_of_the_register_have_a_value_in_every_column(django_assert_num_queries):
    park = full_park()
    letting = LettingFactory(suite=park.suites.get(), rent=1000, charge=50)
    CompanyFactory(name="Other")
    on = dt.date(2026, 6, 30)
    park_row = park_rows(type(park).objects.filter(pk=park.pk), on).get()
    with django_assert_num_queries(1):
        row = letting_rows(Letting.objects.all(), on).get()
        said = {column.key: column.of(row) for column in COLUMNS["leases"]}
    assert said["number"] == letting.lease.number
    assert (said["rent_pkr"], said["service_charge_pkr"], said["rent_today"]) == (1000, 50, 1000)
    assert (said["suite"], said["word_today"], said["days_to_expiry"]) == (letting.suite.number, "Current", 184)
    alone = {column.key: column.of(lease_rows(Lease.objects.all(), on).get()) for column in COLUMNS["leases"]}
    assert (alone["suite"], alone["commencement_date"], alone["rent_pkr"]) == (None, None, None)
    assert (alone["company"], alone["first"]) == (said["company"], said["first"])
    parks = {column.key: column.of(park_row) for column in COLUMNS["parks"]}
    assert (parks["stage"], parks["stage_on"], parks["covered_area_sqft"]) == (
        "MoU signed",
        dt.date(2020, 1, 1),
        10_000,
    )
    assert (parks["city"], parks["region"], parks["listed"]) == (park.city.name, "Punjab", "yes")
    firms = [row.contact_name for row in company_rows(Company.objects.all())]
    assert firms == [None, None]
