"""CSV for spreadsheets."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from stp_portal.kit.export import cell, stream_csv


def read(response):
    body = b"".join(response.streaming_content).decode()
    assert body.startswith("\ufeff")
    return list(csv.reader(io.StringIO(body[1:])))


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\tx", "\rx", "\nx", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", " =1"],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert cell(text).startswith("'")


def test_a_formula_behind_an_invisible_character_is_found():
    assert cell("\u200b=HYPERLINK(1)") == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (True, "yes"),
        (-5, "-5"),
        (Decimal("-1200.50"), "-1200.50"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2026, 3, 9), "2026-03-09"),
        (dt.datetime(2026, 3, 8, 20, 0, tzinfo=dt.UTC), "2026-03-09T01:00:00+05:00"),
        ("a\x0bb\x1f", "a\nb"),
        ("لاہور", "لاہور"),
    ],
)
def test_values_are_written_for_machines(value, written):
    assert cell(value) == written


def test_the_file_is_streamed_with_a_safe_name_and_read_back_exactly():
    rows = [['say "hi"', "two\nlines", 1], ["؛", "a,b", Decimal("0.5")]]

    response = stream_csv('list"; x=/..\\evil.csv', ["a", "b", "c"], iter(rows))

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="evil.csv"'
    assert response["Cache-Control"] == "no-store, private"
    assert read(response) == [["a", "b", "c"], ['say "hi"', "two\nlines", "1"], ["؛", "a,b", "0.5"]]
