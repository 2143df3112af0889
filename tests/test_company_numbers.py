"""NTN, SECP and PSEB numbers as people write them, and the one form that is kept."""

import pytest
from django.core.exceptions import ValidationError

from tenants.company_numbers import clean_ntn, clean_pseb, clean_secp


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("  ", ""),
        ("1234567-8", "1234567-8"),
        ("12345678", "1234567-8"),
        (" 1234567 - 8 ", "1234567-8"),
        ("1234567", "1234567"),
        ("۱۲۳۴۵۶۷۔۸".replace("۔", "-"), "1234567-8"),
        ("1234567–8", "1234567-8"),
        ("a123456-7", "A123456-7"),
    ],
)
def test_an_ntn_is_brought_to_one_form(typed, kept):
    assert clean_ntn(typed) == kept


@pytest.mark.parametrize("typed", ["123456", "123456789", "12-34567X", "NTN1234567", "1" * 5000])
def test_what_is_no_ntn_is_refused_with_an_example(typed):
    with pytest.raises(ValidationError) as caught:
        clean_ntn(typed)
    assert "1234567-8" in caught.value.message_dict["ntn"][0]


@pytest.mark.parametrize("typed", ["35202-1234567-1", "3520212345671", "۳۵۲۰۲۱۲۳۴۵۶۷۱"])
def test_an_identity_card_number_is_refused_and_told_apart(typed):
    with pytest.raises(ValidationError) as caught:
        clean_ntn(typed)
    assert "CNIC" in caught.value.message_dict["ntn"][0]
    assert "35202" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ""), ("0123456", "0123456"), ("123456", "0123456"), ("01 23 456", "0123456")]
)
def test_a_secp_number_keeps_its_zeros(typed, kept):
    assert clean_secp(typed) == kept


@pytest.mark.parametrize("typed", ["12", "12345678", "ABC1234"])
def test_what_is_no_secp_number_is_refused(typed):
    with pytest.raises(ValidationError) as caught:
        clean_secp(typed)
    assert set(caught.value.message_dict) == {"secp_number"}


@pytest.mark.parametrize(
    ("typed", "kept"), [("", ""), ("z-25-12345/26", "Z-25-12345/26"), (" Z 25 ", "Z25"), ("Z–25", "Z-25")]
)
def test_a_pseb_number_is_written_in_capitals(typed, kept):
    assert clean_pseb(typed) == kept


@pytest.mark.parametrize("typed", ["Z--25", "-Z", "Z_25", "<b>"])
def test_what_is_no_pseb_number_is_refused(typed):
    with pytest.raises(ValidationError) as caught:
        clean_pseb(typed)
    assert set(caught.value.message_dict) == {"pseb_number"}
