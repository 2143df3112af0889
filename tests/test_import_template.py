"""The workbooks to fill in: what they offer is what the reader accepts, and no more than a person may see."""

import datetime as dt
import re
import zipfile

import openpyxl
import pytest

from parks.models import Park
from stp_portal.kit.roles import LETTINGS_OFFICER, PARK_MANAGER
from tenants.columns import COLUMNS
from tenants.importing.examples import EXAMPLES
from tenants.importing.headers import find_header, recognise
from tenants.importing.reading import open_source
from tenants.importing.template import template
from tests.factories import CityFactory, CompanyFactory, HostFactory, ParkFactory, UserFactory

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 6, 30)
KINDS = list(COLUMNS)


def by_key(kind):
    return {column.key: column for column in COLUMNS[kind]}


def drop_downs(book):
    """From the heading of each column with a drop-down to its values."""
    sheet = book.worksheets[0]
    found = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            letter = re.match("[A-Z]+", str(rule.sqref))[0]
            name, cells = rule.formula1.rsplit("!", 1)
            values = [row[0].value for row in book[name.strip("'")][cells.replace("$", "")]] if ":" in cells else []
            found[sheet[f"{letter}1"].value] = values
    return found


@pytest.fixture
def officer_user():
    return UserFactory(role=LETTINGS_OFFICER)


@pytest.mark.parametrize("kind", KINDS)
def test_the_headings_are_recognised_and_the_data_is_empty(kind, officer_user):
    with template(kind, officer_user, ON) as file, open_source(file, "t.xlsx") as source:
        assert source.sheets[0] == openpyxl.load_workbook(file).worksheets[0].title
        rows = list(source.rows(source.sheets[0]))
    number, headings = find_header(rows, kind)
    assert (number, len(rows)) == (1, 1)
    wanted = [column.key for column in COLUMNS[kind] if not column.derived]
    assert list(recognise(kind, headings).values()) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_a_drop_down_is_accepted(kind, officer_user):
    park = ParkFactory(name="=Tower", city=CityFactory(name="Lahore"), host=HostFactory(name="A, B & C"))
    CompanyFactory(name="Systems, (Private) Limited")
    with template(kind, officer_user, ON) as file:
        lists = drop_downs(openpyxl.load_workbook(file))
    columns = {str(column.label): column for column in COLUMNS[kind]}
    choosing = {label for label, column in columns.items() if column.choices}
    assert choosing <= set(lists)
    for heading, values in lists.items():
        column = columns[heading]
        assert values
        for text in values:
            value = column.read(text)
            assert value is not None
            if column.choices:
                assert column.put(value) == text
    if kind in ("suites", "leases"):
        assert [columns["park"].read(text) for text in lists["park"]] == [park.code]
    if kind == "leases":
        assert lists["company"] == ["Systems, (Private) Limited"]
    if kind == "parks":
        assert (lists["city"], lists["host institution"]) == (["Lahore"], ["A, B & C"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_column_is_explained_with_an_example_that_is_read(kind, officer_user):
    with template(kind, officer_user, ON) as file:
        told = list(openpyxl.load_workbook(file).worksheets[1].values)
    columns = [column for column in COLUMNS[kind] if not column.derived]
    assert [row[0] for row in told[1:]] == [str(column.label) for column in columns]
    for column, row in zip(columns, told[1:], strict=True):
        assert row[3] == column.accepts()
        assert column.read(row[4]) is not None
        assert (row[1] == "needed") == column.required
    assert set(EXAMPLES[kind]) == {column.key for column in columns}


def test_numbers_that_lose_their_zeros_are_typed_as_text(officer_user):
    with template("companies", officer_user, ON) as file:
        sheet = openpyxl.load_workbook(file).worksheets[0]
    formats = {cell.value: sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]}
    assert formats["SECP number"] == formats["NTN"] == "@"
    assert formats["PSEB registration expires"] == "d-mmm-yyyy"


def test_the_lists_are_hidden_and_hold_no_formula(officer_user):
    ParkFactory(name="=HYPERLINK(1)")
    with template("leases", officer_user, ON) as file:
        book = openpyxl.load_workbook(file)
        assert [sheet.sheet_state for sheet in book.worksheets] == ["visible", "visible", "hidden"]
        with zipfile.ZipFile(file) as archive:
            assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_a_park_manager_is_offered_own_parks_and_no_one_elses_companies():
    own = ParkFactory(name="Own")
    ParkFactory(name="Other", listed=False)
    CompanyFactory(name="Elsewhere")
    user = UserFactory(role=PARK_MANAGER, parks=[own])
    with template("leases", user, ON) as file:
        lists = drop_downs(openpyxl.load_workbook(file))
    assert lists["park"] == [f"{own.code} Own"]
    assert "company" not in lists
    with template("suites") as file:
        assert "park" not in drop_downs(openpyxl.load_workbook(file))


def test_who_may_not_see_contacts_is_not_asked_for_them():
    user = UserFactory()
    with template("companies", user, ON) as file:
        headings = [cell.value for cell in openpyxl.load_workbook(file).worksheets[0][1]]
    assert "name" in headings
    assert not any(str(heading).startswith("contact") for heading in headings)


def test_the_number_of_queries_does_not_grow(django_assert_num_queries, officer_user):
    def count():
        with django_assert_num_queries(4):
            template("leases", UserFactory._meta.model.objects.get(pk=officer_user.pk), ON).close()

    count()
    ParkFactory.create_batch(3)
    CompanyFactory.create_batch(3)
    assert Park.objects.count() == 3
    count()
