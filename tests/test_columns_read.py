"""Cells as people fill them in: what each means, and what is refused with what would be accepted."""

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from stp_portal.kit.columns import BadCell, Period
from tenants.columns import COLUMNS

DAY = dt.date(2024, 3, 5)


class Cell(NamedTuple):
    """A cell as the reader of files gives it."""

    value: Any
    text: str = ""
    problem: str = ""


def column(kind, key):
    """The column of a kind."""
    return next(column for column in COLUMNS[kind] if column.key == key)


def read(kind, key, value, unit=""):
    """The value of a cell of the column; a text of a number format can stand beside the value."""
    return column(kind, key).read(value if isinstance(value, Cell) else Cell(value, str(value)), unit)


NOTHING = [
    *(None, "", "  ", "\u00a0", "\u200b", "-", "–", "—", "n/a", "N/A", "NA", "?", "not reported"),
    *("Not known", "نامعلوم"),
]

AREAS = {
    "1200": [
        *(1200, 1200.0, Decimal("1200.00"), "1200", "1,200", " 1,200 ", "1,200.00", "۱۲۰۰", "١٬٢٠٠"),
        *("\u00a01,200\u00a0",),
        *("1200 sft", "1,200 sft.", "1200 sq ft", "1,200 sq. ft.", "1,200 Sq.Ft", "1200 Sq.Ft.", "1200SFT"),
        *("1200sqft",),
        *("1200 SQFT", "1200 sq feet", "1200 square feet", "1,200 square foot", "1200 ft²", "1200 ft2", "1200 S.Ft"),
        *("1200 مربع فٹ", "۱۲۰۰ مربع فٹ", "1.2 thousand", "1.2 thousand sft", "'1200", Cell(1200, "1,200 sft")),
        *("1200\u00a0sq\u00a0ft", "sft 1200", "1,200 S. ft."),
    ],
    "120000": ["1,20,000", "120,000", "1.2 lakh", "1.2 lac sft", "1 lakh 20 thousand", "1.2 lakh sq ft", "۱٫۲ لاکھ"],
    "12000000": ["1.2 crore", "1,20,00,000", "12,000,000", "1 crore 20 lakh", "12 million", "1.2 کروڑ", "1.2 Cr"],
    "1184.03": [
        *("110 sq m", "110 sqm", "110 SQM", "110 sq. m.", "110 m²", "110 m2", "110 square metres", "110 Sq. Meters"),
        *("110 sq mtr", "۱۱۰ مربع میٹر", "110sqm", Cell(110, "110 sq m"), Cell(110.0, "110 m²"), "110 sq.m"),
    ],
    "900": ["100 sq yd", "100 sq. yds", "100 square yards", "100 gaz", "۱۰۰ گز"],
    "1200.57": [1200.567, "1200.5671", 1200.5650001, "1,200.57"],
}
BAD_AREAS = [
    *("big", "1200 (approx)", "~1200", "1,200-1,500", "1200 to 1500", "1.200", "1.200,50", "12,50", "1 200", "0", 0),
    *("-5", -5, "(1,200)", "0.004", "5 marla", "2 kanal", "1 acre", "sft", "1e3", "1.2E+15", "100000000", 1e20, True),
    *(dt.date(2024, 3, 5), "1200 sft 2", "NaN", "inf", float("inf"), "१२०० x", "1.2 lakh crore", "nil"),
    *("12 lakh 3 crore",),
]

MONEY = {
    "95000": [
        *(95000, 95000.0, "95000", "95,000", "95,000/-", "95000/=", "95,000 /-", "Rs 95000", "Rs. 95,000"),
        *("Rs.95,000/-",),
        *("PKR 95,000", "95,000 PKR", "pkr95000", "95 thousand", "95k", "95K", "۹۵۰۰۰", "95,000 روپے"),
        *("95,000 per month",),
        *("Rs 95,000 p.m.", "95,000 pm", "95,000/month", "95000 only", "Rs. 95,000 only", "₨ 95,000"),
        *("95 ہزار", "'95,000"),
        *("Rs: 95,000", "95,000 a month", "0.95 lakh", "95,000 ماہانہ"),
    ],
    "120000": ["1,20,000", "1.2 lakh", "1.2 lac", "Rs 1.2 lakhs", "Rs. 1,20,000/-", "1 lakh 20 thousand", "1.2 لاکھ"],
    "12000000": ["1.2 crore", "1,20,00,000", "PKR 1.2 crore", "Rs 1.2 Cr.", "12 million", "1 crore and 20 lakh"],
    "0": [0, 0.0, "0", "Rs 0", "0/-", "۰"],
    "33333.33": [33333.333333, "33333.3333", "33,333.33"],
    "0.3": [0.1 + 0.2],
}
BAD_MONEY = [
    *("nil", "none", "free", "USD 500", "$500", "500 dollars", "€5", "-5", -1, "(5,000)", "95.000"),
    *("95.000,00", "95,00"),
    *("95,000 per year", "95,000 p.a.", "1.2 million per annum", "Rs", "PKR", "1,2,3", "95,000-100,000"),
    *("10^6", "1e400"),
    *("1.2E+12", 1e15, "9" * 400, True, dt.datetime(2024, 1, 1), "12 lakh 3 crore", "ninety thousand", "#REF!"),
]

DATES = [
    *(DAY, dt.datetime(2024, 3, 5, 14, 30), 45356, 45356.0, 45356.75, "45356", "45356.0", "20240305", 20240305),
    *("2024-03-05", "2024/03/05", "2024.3.5", "2024-03-05 00:00:00", "2024-03-05T00:00:00", "2024-03-05T00:00:00Z"),
    *("05-03-2024", "5-3-2024", "05/03/2024", "05.03.2024", "5/3/24", "05-03-24", "5 3 2024", "05 - 03 - 2024"),
    *("5-Mar-24", "05-Mar-2024", "5 Mar 2024", "5-March-2024", "5th March 2024", "5th of March, 2024"),
    *("5 March, 2024",),
    *("March 5, 2024", "Mar 5 2024", "Mar. 5, 2024", "MARCH 5TH, 2024", "5Mar2024", "5-MAR-24"),
    *("5/Mar/2024", "5.Mar.24"),
    *("Tuesday, 5 March 2024", "Tue 5 Mar 2024", "05/03/2024 12:00 AM", "5 March 2024.", "'05-03-2024", "'2024-03-05"),
    *("۵ مارچ ۲۰۲۴", "۰۵-۰۳-۲۰۲۴", "٠٥/٠٣/٢٠٢٤", "5 مارچ، 2024", "منگل، 5 مارچ 2024"),
    *("\u00a05-Mar-24\u00a0", "5\u00a0March\u00a02024"),
]
BAD_DATES = [
    *("03/25/2024", "3-25-24", "2024-13-05", "2024-02-30", "31-04-2024", "0-3-2024", "5-0-2024", "soon", "2024", 2024),
    *("Mar-24", "March 2024", "2024-03", "03/2024", "Mar/24", 5, 0, -1, 9999, 999999, 1e9, True),
    *("1899-12-31", "2201-01-01"),
    *("5 Foo 2024", "1/2", "5-Mar", "45356 days", "32 March 2024", "٣", dt.date(1800, 1, 1)),
    *(dt.date(2300, 1, 1), "20241305"),
    *("5-3-2024 to 6-3-2024", "05--03--2024", "12", "N.A. 2024", "1-2-3-4"),
]

FLOORS = {
    0: [
        *(0, 0.0, "0", "G", "g", "GF", "G/F", "G.F.", "Ground", "ground floor", "Ground Floor.", "Grnd"),
        *("گراؤنڈ", "گراؤنڈ فلور", "۰"),
    ],
    1: [
        *(1, 1.0, Decimal(1), "1", "1.0", "1st", "1st floor", "1st Flr", "First", "first floor"),
        *("FIRST FLOOR", "Floor 1"),
        *("floor-1", "Level 1", "F1", "1F", "01", "پہلی منزل", "منزل 1", "۱", "'1"),
    ],
    2: [*("2nd", "2nd Floor", "second", "Second Floor", "دوسری منزل", "Floor no 2", "floor #2")],
    3: ["3rd", "3rd floor", "third"],
    11: ["11th", "Eleventh Floor", "11"],
    -1: [-1, "-1", "B", "basement", "B1", "B-1", "Basement 1", "تہہ خانہ", "−1", "- 1"],
    -2: ["B2", "basement 2", "Basement-2", -2, "-2"],
}
BAD_FLOORS = [
    *("LG", "UG", "Mezzanine", "roof", "1-3", "1st and 2nd", "G+3", "1,2", 1.5, "1.5", 151, -6, "999"),
    *("B9", True, DAY),
]

NUMBERS = {
    "101": [101, 101.0, Decimal("101.00"), "101", "101.0", "101.00", " 101 ", "۱۰۱", "'101", "\u00a0101"],
    "A-301": ["A-301", " A-301", "A-301\u200b"],
    "007": ["007"],
    "1.5": [1.5, "1.5"],
    "12345678": [12345678.0, 1.2345678e7],
    "=1+1": ["=1+1", "'=1+1"],
    "G 7": ["G  7", "G\n7"],
}
BAD_NUMBERS = [dt.date(2026, 2, 1), dt.datetime(2026, 2, 1), "1.23457E+11", "x" * 31]

ANSWERS = {
    True: [
        *("yes", "Yes", "YES", "y", "Y", "true", "TRUE", True, 1, 1.0, "1", "✓", "ہاں", "جی ہاں", "haan"),
        *("available", "yes.", "'yes"),
    ],
    False: [*("no", "No", "N", "false", False, 0, 0.0, "0", "✗", "نہیں", "جی نہیں", "nahi", "not available", "none")],
}
BAD_ANSWERS = ["maybe", "x", 2, "yes/no", "partly", DAY]

NTNS = {
    "1234567-8": [
        *("1234567-8", "12345678", "1234567 - 8", "1234567–8", 12345678, 12345678.0, "۱۲۳۴۵۶۷-۸"),
        *(" 1234567-8 ",),
    ],
    "1234567": ["1234567", 1234567, 1234567.0],
    "0123456-7": ["0123456-7", "01234567"],
    "A123456-7": ["a123456-7", "A1234567"],
}
BAD_NTNS = [
    *("123", 123456, "3520212345671", "35202-1234567-1", 3520212345671, 3520212345671.0, "12345678901"),
    *("1.23457E+12", True, DAY),
]

SECPS = {
    "0123456": ["0123456", 123456, 123456.0, "123456", "۰۱۲۳۴۵۶", "012 3456", Cell(123456, "0123456")],
    "0001234": [1234, "1234", "0001234"],
    "1234567": [1234567, "1234567"],
}
BAD_SECPS = ["12", 12, "12345678", 12345678, "ABC1234", "1.2", 1.5, DAY, "35202-1234567-1"]

PHONES = {
    "+923001234567": [
        *("0300 1234567", "0300-1234567", "+92 300 1234567", "+923001234567", "00923001234567", "۰۳۰۰۱۲۳۴۵۶۷"),
        *(3001234567, 3001234567.0, 923001234567, "3001234567", "923001234567", "'+923001234567"),
    ],
    "+924235871234": ["042 35871234", "042-35871234", "(042) 35871234", 4235871234],
    "+9242111111459": ["042 111 111 459"],
}
BAD_PHONES = [
    *("111 777 999", "12", "0300 1234567 / 0321 1234567", "042 35871234 ext 5", "abc", 3.00123e20, True),
    *("3.00123E+09",),
]

PERCENTS = {
    "10": [
        *(10, 10.0, "10", "10%", "10 %", "10 percent", "10 per cent", "۱۰٪", "10 فیصد", Cell(0.1, "10%")),
        Cell(0.1, "10.00%"),
    ],
    "7.5": [7.5, "7.5", "7.5%", Cell(0.075, "7.50%")],
    "0.5": ["0.5%", Cell(0.005, "0.5%")],
}
BAD_PERCENTS = [0.1, "0.1", "0.5", -1, "101", 150, "ten", "10-12", True, Cell(1.5, "150%")]

WHOLES = {
    12: [12, 12.0, "12", "12 months", "12 Months", "12 month", "۱۲", "12 ماہ", "12mo"],
    0: [0, "0", "0 months"],
}
BAD_WHOLES = [1.5, "1.5", "1 year", "twelve", -1, "-1", 61, "months", True]

PERIODS = {
    Period(dt.date(2024, 3, 5), "day"): ["5-Mar-2024", DAY, 45356, "05/03/2024"],
    Period(dt.date(2024, 3, 1), "month"): [
        *("2024-03", "March 2024", "Mar-2024", "03/2024", "3-2024", "مارچ 2024", "Mar, 2024", "03.2024"),
    ],
    Period(dt.date(2024, 1, 1), "year"): ["2024", 2024, 2024.0, "۲۰۲۴"],
}
BAD_PERIODS = ["Mar-24", "24", "2024-13", "spring 2024", "13/2024", "2024-2025"]

CHOICES = [
    ("suites", "kind", "suite", ["suite", "Suite", "SUITE", "Room", "office"]),
    ("suites", "kind", "desk", ["desk", "Desk ", "seat", "Co-working desk"]),
    ("suites", "fit_out", "plug_and_play", ["plug_and_play", "Plug and play", "plug & play", "PLUG-AND-PLAY"]),
    ("suites", "fit_out", "raw", ["raw", "bare"]),
    ("suites", "rent_basis", "per_sqft", ["per_sqft", "per sq ft a month", "Per Sft", "per sq. ft.", "PSF"]),
    ("suites", "rent_basis", "per_seat", ["per seat", "per_seat"]),
    ("suites", "rent_basis", "fixed", ["fixed", "lump sum", "a month in all"]),
    ("parks", "programme", "pseb", ["pseb", "PSEB park", "STP"]),
    ("parks", "programme", "e_rozgaar", ["e-Rozgaar hybrid", "e-rozgaar", "E_ROZGAAR"]),
    ("parks", "stage", "operational", ["Operational", "functional", "فعال"]),
    ("parks", "stage", "mou_signed", ["MoU signed", "mou"]),
    ("companies", "size_class", "up_to_20", ["1 to 20 people", "1-20", "UP_TO_20"]),
    ("companies", "size_class", "above_1000", ["more than 1,000 people"]),
    ("companies", "activity", "call_centre", ["Call centre", "call center"]),
    ("companies", "activity", "bpo", ["BPO", "Business process outsourcing"]),
]
DEGREES = {
    "31.4187": [
        *(31.4187, "31.4187", "31.4187° N", "31.4187°", "31.4187N", 31.41870000001, "31° 25' 7.32\" N", "۳۱٫۴۱۸۷"),
    ]
}
BAD_DEGREES = [91, "north", "31.4, 73.1", 5, "-31.4", "31° 25", True]

READABLE = [
    *(("suites", "lettable_area_sqft", value, Decimal(area)) for area, values in AREAS.items() for value in values),
    *(("leases", "rent_pkr", value, Decimal(money)) for money, values in MONEY.items() for value in values),
    *(("leases", "expiry_date", value, DAY) for value in DATES),
    *(("suites", "floor", value, floor) for floor, values in FLOORS.items() for value in values),
    *(("suites", "number", value, text) for text, values in NUMBERS.items() for value in values),
    *(("leases", "suite", value, text) for text, values in NUMBERS.items() for value in values),
    *(("parks", "generator", value, answer) for answer, values in ANSWERS.items() for value in values),
    *(("companies", "ntn", value, ntn) for ntn, values in NTNS.items() for value in values),
    *(("companies", "secp_number", value, secp) for secp, values in SECPS.items() for value in values),
    *(("companies", "contact_phone", value, phone) for phone, values in PHONES.items() for value in values),
    *(("leases", "escalation_percent", value, Decimal(part)) for part, values in PERCENTS.items() for value in values),
    *(("leases", "notice_months", value, whole) for whole, values in WHOLES.items() for value in values),
    *(("parks", "stage_on", value, period) for period, values in PERIODS.items() for value in values),
    *((kind, key, text, value) for kind, key, value, texts in CHOICES for text in texts),
    *(("parks", "latitude", value, Decimal(degrees)) for degrees, values in DEGREES.items() for value in values),
    *(("parks", key, empty, None) for key in ("covered_area_sqft", "power_hours", "lift") for empty in NOTHING),
    *(("parks", "stage_on", empty, None) for empty in NOTHING),
    *(("leases", key, empty, None) for key in ("rent_pkr", "signed_on", "escalation_percent") for empty in NOTHING),
    *(("companies", key, empty, None) for key in ("ntn", "website", "contact_phone", "activity") for empty in NOTHING),
    *(("parks", "power_hours", value, 18) for value in (18, "18", "18 hours", "18 hrs", "18 گھنٹے")),
    *(("leases", "due_day", value, 10) for value in (10, "10", "10th")),
    ("suites", "seats", "24 seats", 24),
    ("suites", "seats", "1,200", 1200),
    ("companies", "website", "www.example.com", "https://www.example.com"),
    ("companies", "website", "HTTP://example.com", "http://example.com"),
    ("companies", "contact_email", "mailto:a@example.com", "a@example.com"),
    ("companies", "pseb_number", "z-25-12345 / 26", "Z-25-12345/26"),
    ("companies", "name", "'Abc' Systems", "'Abc' Systems"),
    ("companies", "name", "'=cmd()", "=cmd()"),
    ("companies", "name", "A\u00a0B\x0bC", "A B C"),
    ("companies", "name", 2024, "2024"),
    ("companies", "note", "one\x0btwo\r\nthree", "one\ntwo\nthree"),
    ("suites", "park", "STP-0001 Arfa Tower", "STP-0001"),
    ("suites", "park", "stp-0001", "STP-0001"),
    ("suites", "park", "Arfa Tower", "Arfa Tower"),
    ("parks", "code", "STP-12345", "STP-12345"),
]
REFUSED = [
    *(("suites", "lettable_area_sqft", value) for value in BAD_AREAS),
    *(("leases", "rent_pkr", value) for value in BAD_MONEY),
    *(("leases", "expiry_date", value) for value in BAD_DATES),
    *(("suites", "floor", value) for value in BAD_FLOORS),
    *(("suites", "number", value) for value in BAD_NUMBERS),
    *(("parks", "generator", value) for value in BAD_ANSWERS),
    *(("companies", "ntn", value) for value in BAD_NTNS),
    *(("companies", "secp_number", value) for value in BAD_SECPS),
    *(("companies", "contact_phone", value) for value in BAD_PHONES),
    *(("leases", "escalation_percent", value) for value in BAD_PERCENTS),
    *(("leases", "notice_months", value) for value in BAD_WHOLES),
    *(("parks", "stage_on", value) for value in BAD_PERIODS),
    *(("parks", "latitude", value) for value in BAD_DEGREES),
    *((kind, key, "something else") for kind, key, _value, _texts in CHOICES),
    ("companies", "website", "not a page"),
    ("companies", "website", "javascript:alert(1)"),
    ("companies", "contact_email", "nobody"),
    ("companies", "pseb_number", "a*b"),
    ("companies", "name", "x" * 201),
    ("companies", "note", "Sana, CNIC 35202-1234567-1"),
    ("leases", "signatory_company", "Sana Khan ۳۵۲۰۲-۱۲۳۴۵۶۷-۱"),
    ("leases", "due_day", 32),
    ("suites", "seats", 0),
    ("companies", "name", Cell(None, "#REF!", "This cell holds the error #REF!.")),
]


@pytest.mark.parametrize(("kind", "key", "cell", "value"), READABLE)
def test_a_messy_cell_is_read(kind, key, cell, value):
    found = read(kind, key, cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("kind", "key", "cell"), REFUSED)
def test_a_cell_that_cannot_be_read_says_why_and_what_would_be_accepted(kind, key, cell):
    with pytest.raises(BadCell) as refused:
        read(kind, key, cell)
    assert refused.value.reason.endswith((".", "”."))
    assert refused.value.accepts.endswith(".")


UNITS = [
    ("suites", "lettable_area_sqft", 110, "sqm", "1184.03"),
    ("suites", "lettable_area_sqft", "110", "sqm", "1184.03"),
    ("suites", "lettable_area_sqft", "1,200 sft", "sqm", "1200"),
    ("suites", "lettable_area_sqft", 100, "sqyd", "900"),
    ("suites", "lettable_area_sqft", 1200, "sqft", "1200"),
    ("leases", "rent_pkr", 95, "thousand", "95000"),
    ("leases", "deposit_pkr", "1.2", "lakh", "120000"),
    ("suites", "rent_pkr", 90, "per_sqft", "90"),
    ("leases", "escalation_percent", 10, "percent a_year", "10"),
]


@pytest.mark.parametrize(("kind", "key", "value", "unit", "found"), UNITS)
def test_the_unit_of_a_heading_holds_for_its_cells_unless_they_say_another(kind, key, value, unit, found):
    assert read(kind, key, value, unit) == Decimal(found)


@pytest.mark.parametrize(
    ("kind", "key", "unit"),
    [
        ("leases", "rent_pkr", "per_sqft"),
        ("leases", "rent_pkr", "a_year"),
        ("leases", "deposit_pkr", "foreign"),
        ("suites", "lettable_area_sqft", "marla"),
        ("suites", "seats", "sqft"),
        ("suites", "rent_pkr", "per_sqm"),
    ],
)
def test_a_heading_in_a_unit_that_would_mislead_is_refused(kind, key, unit):
    with pytest.raises(BadCell):
        read(kind, key, 100, unit)
    assert read(kind, key, None, unit) is None


def test_a_cell_with_an_identity_card_number_is_marked_as_secret():
    for kind, key, value in (("companies", "ntn", "35202-1234567-1"), ("companies", "note", "CNIC 35202-1234567-1")):
        with pytest.raises(BadCell) as refused:
            read(kind, key, value)
        assert refused.value.secret


def test_computed_columns_take_nothing_from_a_file():
    assert read("leases", "rent_today", "anything") is None
    assert read("leases", "rent_today", Cell(None, "#REF!", "An error.")) is None
