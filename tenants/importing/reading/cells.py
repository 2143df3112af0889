"""What a file holds, cell by cell, whichever format it has."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One cell.

    `value`: None (empty), str, int, float, Decimal, bool, date or datetime (naive, as the file has it).
    `text`: as a person reads it in the file: a share formatted as percent is "10%", and a unit that only the
    number's format shows ("120 sq m") stands in it.
    `problem`: "" or a sentence, where the cell has no value to read: an error like #REF!, or a formula that was
    never computed. `value` is None then, but the cell is not empty.
    """

    value: Any
    text: str
    problem: str = ""


EMPTY = Cell(None, "")


@dataclass(slots=True)
class Row:
    """A row with at least one filled cell. `number` counts from 1, as the file shows it; of a CSV record it is the
    line on which it begins. `cells` begin with the first column; what is empty at the end is left out.
    """

    number: int
    cells: list[Cell] = field(default_factory=list)
