"""Why a file is not read."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class Unreadable(ValidationError):
    """A file, or a sheet of it, that is not read: one sentence on what is wrong, one on what to do."""


def damaged():
    """The refusal of a workbook that breaks its own format."""
    return Unreadable(
        _("The workbook is damaged or cut short. Open it in Excel, save it again as .xlsx and upload that."),
        code="damaged",
    )


def oversized():
    """The refusal of a workbook that unpacks to more than an import could need."""
    return Unreadable(
        _(
            "The workbook unpacks to far more than a register needs. Copy the rows into a new workbook, without "
            "formats and pictures, and upload that."
        ),
        code="oversized",
    )
