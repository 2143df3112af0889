"""Which letting of the register a row of a file is about, and which cells of one lease's rows differ. No queries."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import islice

# A file with one text in all its rows where lease numbers should be is one lease of 25,000 rows.
MOST_TOLD = 10


@dataclass(frozen=True)
class Wanted:
    """A row as far as it tells its letting: `suites` are the keys that its number may mean, None without one."""

    number: int
    suites: frozenset | None
    commencement_date: date | None

    @property
    def of_lease_alone(self):
        """Whether the row is about the lease and none of its lettings."""
        return self.suites is None and self.commencement_date is None


def match(rows, lettings):
    """Pair `rows` (Wanted) of one lease with its `lettings`; returns {row's number: letting or None}, and doubles.

    A letting is known by its suite and commencement. One whose row has another commencement, or another suite, is
    still known when no other row and no other letting come into question. A pair with another suite is looked for
    only when the file has as many rows as the lease has lettings: else the row is one more. The doubles are
    {row's number: number of another row of the same letting}.
    """
    asked = [row for row in rows if not row.of_lease_alone]
    found, doubles, taken = {}, {}, {}
    for row in asked:
        letting = next((one for one in lettings if _exactly(row, one)), None)
        if letting is None:
            continue
        found[row.number] = letting
        if letting.pk in taken:
            doubles |= {row.number: taken[letting.pk], taken[letting.pk]: row.number}
        taken.setdefault(letting.pk, row.number)
    whole = len(asked) == len(lettings)
    for same in (_same_suite, _same_day) if whole else (_same_suite,):
        left = [row for row in asked if row.number not in found]
        free = [letting for letting in lettings if letting.pk not in taken]
        pairs = [(row, letting) for row in left for letting in free if same(row, letting)] if left and free else []
        rows_of, lettings_of = Counter(row.number for row, _l in pairs), Counter(letting.pk for _r, letting in pairs)
        for row, letting in pairs:
            if rows_of[row.number] == lettings_of[letting.pk] == 1:
                found[row.number] = letting
                taken[letting.pk] = row.number
    return {row.number: found.get(row.number) for row in asked}, doubles


def _exactly(row, letting):
    return row.suites is not None and letting.suite_id in row.suites and _same_day(row, letting)


def _same_suite(row, letting):
    return row.suites is not None and letting.suite_id in row.suites


def _same_day(row, letting):
    return row.commencement_date == letting.commencement_date


@dataclass(frozen=True)
class Said:
    """What the rows of one lease say of one fact: `value`, by `rows`; `against` are rows that disagree."""

    value: object = None
    rows: tuple = ()
    against: tuple = ()


def others_of(number, numbers):
    """The `numbers` of rows without `number`, as text: the first ten of them."""
    others = list(islice((str(other) for other in numbers if other != number), MOST_TOLD + 1))
    return ", ".join(others[:MOST_TOLD]) + (", …" if len(others) > MOST_TOLD else "")


def agreed(rows, key, present=None, *, known=True):
    """What `rows`, pairs of a number and values, say of the fact `key` beside what is `present`: a Said.

    With `known`, a value that differs from the present one is the change, whoever else repeats the present one; two
    different new values disagree. Without, every two different values do. No rows: nothing is said.
    """
    by_value = defaultdict(list)
    for number, values in rows:
        if key in values and (not known or values[key] != present):
            by_value[values[key]].append(number)
    if not known and len(by_value) > 1:
        # An empty cell beside a given one says nothing.
        by_value.pop(None, None)
    if not by_value:
        return Said()
    if len(by_value) > 1:
        return Said(against=tuple(sorted(number for numbers in by_value.values() for number in numbers)))
    value, numbers = next(iter(by_value.items()))
    return Said(value, tuple(numbers))
