"""Phone numbers as people write them."""

import pytest

from stp_portal.kit.phones import PhoneField, parse_phone, phone_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("042 111 111 459", "+9242111111459"),
        ("0300 1234567", "+923001234567"),
        ("0300-123-4567", "+923001234567"),
        ("۰۳۰۰ ۱۲۳۴۵۶۷", "+923001234567"),
        ("(042) 35871234", "+924235871234"),
        ("0092 42 35871234", "+924235871234"),
        ("+92 (0)300 1234567", "+923001234567"),
        ("+1 650 253 0000", "+16502530000"),
        ("  ", ""),
    ],
)
def test_a_number_is_kept_in_international_form(typed, kept):
    assert parse_phone(typed) == kept


@pytest.mark.parametrize(
    "typed", ["12345", "111 111 459", "abc", "+92 300", "0300 12345678901234", "+999 1", "9" * 400]
)
def test_what_is_no_number_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match="like 042 111 111 459"):
        parse_phone(typed)


def test_an_extension_is_not_dropped_silently():
    with pytest.raises(ValueError, match="extension"):
        parse_phone("042 35871234 ext 5")


@pytest.mark.parametrize(
    ("kept", "shown"), [("+9242111111459", "042 111 111 459"), ("+16502530000", "+1 650-253-0000"), ("+x", "+x")]
)
def test_a_number_is_shown_as_people_read_it(kept, shown):
    assert phone_text(kept) == shown


def test_the_same_number_in_another_spelling_is_no_change():
    field = PhoneField(required=False)
    assert not field.has_changed("+923001234567", "0300 1234567")
    assert field.has_changed("+923001234567", "0300 1234568") and field.has_changed("+923001234567", "x")
    assert field.prepare_value("+923001234567") == "0300 1234567" and field.prepare_value("x1") == "x1"
