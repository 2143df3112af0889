"""CSV files as rows of text, with the row number that a spreadsheet shows. Knows no model."""

import csv
import io
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from stp_portal.kit.text import clean_block

from .report import Problem

# Line breaks of every kind and tabs; clean_block brings them to one form.
ALLOWED_CONTROLS = "\t\n\r\x0b\x0c\x85"


@dataclass(frozen=True)
class TextRow:
    """One row of a file: its number in a spreadsheet, and its cells by column."""

    number: int
    cells: dict[str, str]


def read(path, columns):
    """The rows of one file and what is wrong with it: `(rows, problems)`.

    A file that cannot be read as a table gives no rows; a row of the wrong length is left out. Raises
    OSError when the file cannot be opened.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02X}"
        reason = _("The file is not UTF-8 text: save it as CSV UTF-8.")
        return [], [Problem(path.name, line, "", byte, reason)]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        return [], [Problem(path.name, None, "", "", _("The file is not well-formed CSV: %s.") % error)]
    header = [cell.strip() for cell in rows[0]] if rows else []
    problems = _header_problems(path.name, header, columns)
    if problems:
        return [], problems
    found = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            reason = _("The row has %(cells)d cells where the header has %(columns)d.")
            counts = {"cells": len(cells), "columns": len(header)}
            problems.append(Problem(path.name, number, "", ", ".join(cells), reason % counts))
            continue
        row = dict(zip(header, cells, strict=False))
        problems += _character_problems(path.name, number, row)
        # As forms clean what staff type, so that saving a form untouched changes nothing.
        found.append(TextRow(number, {column: clean_block(cell).strip() for column, cell in row.items()}))
    bad = {problem.row for problem in problems}
    return [row for row in found if row.number not in bad], problems


def _header_problems(name, header, columns):
    if not header:
        return [Problem(name, 1, "", "", _("The file is empty: its first row must name the columns."))]
    problems = [
        Problem(name, 1, column, "", _("This column is missing.")) for column in columns if column not in header
    ]
    for place, column in enumerate(header):
        if column not in columns:
            problems.append(Problem(name, 1, column, "", _("This column is not known here.")))
        elif column in header[:place]:
            problems.append(Problem(name, 1, column, "", _("This column stands there twice.")))
    return problems


def _character_problems(name, number, cells):
    reason = _("The cell holds a control character, such as NUL: type it anew.")
    return [
        Problem(name, number, column, cell, reason)
        for column, cell in cells.items()
        if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in ALLOWED_CONTROLS for letter in cell)
    ]
