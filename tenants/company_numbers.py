"""The numbers by which a firm is known, brought to one form. Shapes are checked, never who holds the number."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stp_portal.kit.text import ascii_digits, clean_line

# Of the tax authority (FBR): seven characters, of which the first may be a letter, and a check digit.
NTN = r"^[A-Z0-9][0-9]{6}(-[0-9])?$"
# Of the company regulator (SECP): the corporate unique identification number.
SECP = r"^[0-9]{7}$"
PSEB = r"^[A-Z0-9]+([-/][A-Z0-9]+)*$"


def clean_ntn(text):
    """`1234567-8` or, where the check digit is missing, `1234567`; empty stays empty.

    Raises ValidationError on `ntn` for any other shape, and for a CNIC: sole proprietors' tax number is their
    identity card's, and identity cards are not kept.
    """
    bare = re.sub(r"[\s-]", "", _plain(text))
    if len(bare) == 13 and bare.isdigit():
        raise ValidationError(
            {"ntn": _("This is a CNIC, which this portal never keeps. Leave the NTN empty, or give the firm's own.")}
        )
    value = f"{bare[:7]}-{bare[7]}" if len(bare) == 8 else bare
    return _shaped("ntn", value, NTN, _("The NTN is seven digits and a check digit, like 1234567-8."))


def clean_secp(text):
    """Seven digits, zeros in front kept or added; empty stays empty. Raises ValidationError on `secp_number`."""
    bare = re.sub(r"[\s-]", "", _plain(text))
    value = bare.zfill(7) if bare.isdigit() and 4 <= len(bare) < 7 else bare
    return _shaped("secp_number", value, SECP, _("The SECP number is seven digits, like 0123456."))


def clean_pseb(text):
    """Capitals, digits, dashes and strokes without spaces; empty stays empty. Raises ValidationError."""
    value = re.sub(r"\s", "", _plain(text))
    return _shaped(
        "pseb_number",
        value,
        PSEB,
        _("The PSEB number is letters, digits, dashes and strokes, like Z-25-12345/26."),
    )


def _plain(text):
    return ascii_digits(clean_line(text or "")).translate(DASHES).upper()


def _shaped(field, value, pattern, message):
    if value and not re.fullmatch(pattern, value):
        raise ValidationError({field: message})
    return value


# What word processors make of a dash.
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
