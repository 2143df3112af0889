"""What people type, and what is stored of it."""

from decimal import Decimal

import pytest
from django import forms

from stp_portal.kit.text import (
    AreaField,
    CleansText,
    WholeNumberField,
    ascii_digits,
    clean_block,
    clean_line,
    parse_area,
    parse_money,
)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Arfa \t Tower ", "Arfa Tower"),
        ("Arfa\u00a0Tower", "Arfa Tower"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\x1b[31m", "ab[31m"),
        ("safe\u202egpj.exe", "safegpj.exe"),
        ("\u2066x\u2069", "x"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("two\r\nlines\x0bthree", "two lines three"),
        ("broken\ud800", "broken"),
    ],
)
def test_a_line_loses_only_what_nobody_sees(typed, stored):
    assert clean_line(typed) == stored


@pytest.mark.parametrize("text", ["كراچی", "می\u200cخواهم", "نوابشاہ", "🏢 Park", "I-10/3 – Block ‘B’"])
def test_letters_of_every_script_are_kept_as_typed(text):
    assert clean_line(text) == text
    assert clean_block(text) == text


def test_a_block_keeps_its_lines_and_word_soft_breaks():
    assert clean_block("  one  two\r\nthree\x0bfour\n\n\n\nfive \n") == "one two\nthree\nfour\n\nfive"


def test_digits_of_both_urdu_keyboards_become_ascii():
    assert ascii_digits("۱۲۳ ٤٥٦ seven") == "123 456 seven"


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        ("1,200", "1200"),
        (" 1200 sq ft ", "1200"),
        ("۱۲۰۰", "1200"),
        ("١٬٢٠٠", "1200"),
        ("12,000 Sq.ft", "12000"),
        ("1,20,000", "120000"),
        ("900.5 sft", "900.5"),
        ("1200 مربع فٹ", "1200"),
        ("0", "0"),
        ("0001200", "1200"),
    ],
)
def test_an_area_is_read_as_people_write_it(typed, area):
    assert parse_area(typed) == Decimal(area)


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "-1", "1_000", "1e5", "NaN", "Infinity", "1,20", "12,00", "1200 m2", "1 200", "=1200", "1.234", "--"],
)
def test_what_is_no_area_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match=r"^Area must be a number of square feet, like 1,200\.$"):
        parse_area(typed)


@pytest.mark.parametrize("typed", ["100000000", "9" * 5000, "1" + "0" * 200_000])
def test_an_area_beyond_measure_names_the_limit(typed):
    with pytest.raises(ValueError, match=r"^Area must be 99,999,999 sq ft or less\.$"):
        parse_area(typed)


@pytest.mark.parametrize(
    ("typed", "amount"), [("Rs 95,000", "95000"), ("PKR 1,20,000/-", "120000"), ("95.50", "95.50"), ("0", "0")]
)
def test_an_amount_is_read_as_people_write_it(typed, amount):
    assert parse_money(typed) == Decimal(amount)


def test_an_amount_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="Amount must be a number of rupees, like 95,000"):
        parse_money("1e3")


class Typed(CleansText, forms.Form):
    name = forms.CharField(max_length=5)
    note = forms.CharField(widget=forms.Textarea, required=False)
    area = AreaField(max_digits=10, decimal_places=2, required=False)
    floor = WholeNumberField(min_value=-5, required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False, strip=False)


def test_a_form_measures_what_it_stores():
    form = Typed({"name": "  Cafe\u0301\u200b ", "note": "a\r\nb", "secret": " x  y "})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["name"] == "Café"
    assert form.cleaned_data["note"] == "a\nb"
    assert form.cleaned_data["secret"] == " x  y "


def test_a_name_of_spaces_only_is_missing():
    assert Typed({"name": "\u00a0\u200b "}).errors["name"] == ["This field is required."]


@pytest.mark.parametrize(("typed", "floor"), [("۳", 3), ("-2", -2), ("1,200", 1200), ("", None)])
def test_a_whole_number_is_read_in_any_script(typed, floor):
    form = Typed({"name": "x", "floor": typed})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["floor"] == floor


@pytest.mark.parametrize("typed", ["1_000", "1e3", "3.0", "9" * 5000, "+-3"])
def test_a_whole_number_in_a_programmers_notation_is_refused(typed):
    assert Typed({"name": "x", "floor": typed}).errors["floor"] == ["Enter a whole number, like 12."]


def test_a_wrong_area_keeps_its_sentence_and_its_text():
    form = Typed({"name": "x", "area": "about 1200"})

    assert form.errors["area"] == ["Area must be a number of square feet, like 1,200."]
    assert 'value="about 1200"' in str(form["area"])
