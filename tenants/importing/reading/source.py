"""An uploaded file, opened for reading."""

import os
from collections.abc import Iterator
from typing import Protocol

from django.utils.translation import gettext as _

from stp_portal.kit.private_files import MOST_BYTES

from .cells import Row
from .delimited import Delimited
from .refusals import Unreadable
from .sniff import is_workbook
from .xlsx import Workbook


class Source(Protocol):
    """A file that may be read; close it, or use it in a `with`.

    `format`: "xlsx" or "csv". `sheets`: names of the sheets, those that are shown and filled first, hidden ones
    last; of a CSV one, "". `hidden`: names of the hidden ones. `encoding` and `delimiter`: of a CSV, else "".
    """

    format: str
    sheets: list[str]
    hidden: frozenset[str]
    encoding: str
    delimiter: str

    def rows(self, sheet: str = "") -> Iterator[Row]:
        """The rows of `sheet` that have content, in order, one at a time; merged cells repeat over their range.

        Rows that Excel hides or filters out are read too. Raises Unreadable, at once or on the way, when the sheet
        is not one that can be imported.
        """

    def close(self) -> None:
        """Let go of what was opened; the file itself stays its owner's."""

    def __enter__(self) -> "Source": ...

    def __exit__(self, *error) -> None: ...


def open_source(file, filename=""):
    """The Source for `file`, a seekable binary file of at most 10 MB. Its format is told by its bytes; `filename`
    only makes a refusal clearer. Raises Unreadable before anything is unpacked that could be too large, and when no
    sheet of it keeps within IMPORT_MAX_ROWS rows below the header and IMPORT_MAX_COLUMNS columns.
    """
    if file.seek(0, os.SEEK_END) > MOST_BYTES:
        raise Unreadable(
            _("The file is larger than 10 MB. Split it, or save it without pictures and formats."), code="size"
        )
    return Workbook(file, filename) if is_workbook(file) else Delimited(file, filename)
