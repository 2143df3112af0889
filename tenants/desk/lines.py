"""The lines of the first page: what each is called, how many, and the list behind it."""

from dataclasses import dataclass
from typing import NamedTuple


class Line(NamedTuple):
    """One line: `count` rows stand in the list at `url`; None where there is nothing to count.

    `due` says whether somebody has to act. `parts` are (words, count, url) of narrower lists, such as the oldest.
    """

    label: str
    words: str
    due: bool
    url: str
    count: int | None = None
    parts: tuple = ()


@dataclass(frozen=True)
class Group:
    """Lines under one heading; those with nothing in them are told together in one quiet sentence."""

    key: str
    title: str
    lines: tuple

    @property
    def waiting(self):
        """The lines in which something stands, or that cannot be counted."""
        return [line for line in self.lines if line.count != 0]

    @property
    def quiet(self):
        """The lines of empty lists."""
        return [line for line in self.lines if line.count == 0]
