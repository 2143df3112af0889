"""What a planner is asked and what it answers; the engine does the reading, the writing and the telling.

A planner sees the register as it was before the import began, for every row of the file: rows never see what other
rows of the same file write, so that the order of the rows changes nothing.
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

# How many rows of a file are planned and written at a time.
CHUNK = 500


@dataclass
class Job:
    """One import as a planner needs it: who, on what day, with which columns and what an empty cell means.

    `columns` are the keys of the columns that the file has and that are imported; `clears` tells that an empty cell
    clears the value, `commits` that the rows are to stay (apply) and are not only tried (review).
    """

    batch: Any
    user: Any
    today: dt.date
    columns: frozenset
    clears: bool
    commits: bool = False

    def may(self, permission):
        """Whether the user holds `permission`, like "parks.add_park"."""
        return self.user.has_perm(permission)


@dataclass
class RowIn:
    """One row: `values` by column key, as `Column.read` gives them.

    A key that is absent was not given: no such column, or an empty cell that leaves what is there. None clears.
    `unreadable` are keys whose cell could not be read: that row is refused already, and is planned for what else is
    wrong with it. `bad_cells` are the engine's: what is wrong with those.
    """

    number: int
    group: str
    values: dict
    unreadable: frozenset = frozenset()
    bad_cells: tuple = ()

    def has(self, key):
        """Whether the row gives or clears `key`."""
        return key in self.values


@dataclass
class Problem:
    """Why a row is refused: the column's key ("" for the row as a whole), a sentence, what would be accepted."""

    key: str
    reason: str
    accepts: str = ""


@dataclass
class Write:
    """One row of the register to insert (`fields` None) or to change (`fields`: attribute names, like "city_id").

    Lower phases are written first. A new row that other new rows refer to is referred to by the instance itself
    (`Suite(park=park)`). `once` names a new row that several rows of the file need, such as a host: it is made for
    the first of them that is accepted, and the others are given its key. `number` is the row of the file, where
    it is another than the plan's. `values` by attribute name take the place of the instance's own in a change: of a row
    that is written twice, like a lease, which begins as a draft and is signed in a later phase.
    """

    instance: Any
    fields: tuple | None = None
    phase: int = 0
    once: tuple | None = None
    number: int | None = None
    values: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """What only one row of a file (one group of rows) may be about, such as a company or an NTN.

    All rows with the same `of` are refused, with `reason`, a sentence with %(row)s for the number of another one.
    """

    of: tuple
    key: str
    reason: str
    accepts: str = ""


@dataclass
class Plan:
    """What one row comes to. `changes` are [label, old, new] in words; of a new row, old is empty.

    `new` tells that the row makes what it is about. With `problems` the row is refused; `warnings` are shown beside
    a row that is not. The writes of a whole group stand at its first plan.
    """

    number: int
    label: str = ""
    new: bool = False
    changes: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)
    writes: list = field(default_factory=list)
    claims: list = field(default_factory=list)

    def refuse(self, key, reason, accepts=""):
        """Add a problem."""
        self.problems.append(Problem(key, str(reason), str(accepts)))

    def warn(self, key, reason, accepts=""):
        """Add a warning."""
        self.warnings.append(Problem(key, str(reason), str(accepts)))

    def tell(self, label, old, new):
        """Add a change, in words."""
        self.changes.append([str(label), str(old), str(new)])


class Planner:
    """Turns rows of one kind into plans. One planner serves one whole run over a file."""

    KIND = ""

    def __init__(self, job):
        self.job = job

    @staticmethod
    def group_of(values):
        """The group that a row belongs to, from its `values` by column key; "" for one that stands alone."""
        return ""

    def lock(self, rows):
        """Lock what `rows` may write, in a fixed order. Asked of an apply only: for all chunks, before `load`."""

    def load(self, rows):
        """Ask the database all that planning `rows` needs, in a number of queries that does not grow with them."""

    def plan(self, rows):
        """The plans of the rows of one group, in their order. Asks the database nothing."""
        raise NotImplementedError
