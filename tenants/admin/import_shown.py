"""The rows of an import as a person may see them: the tabs of the difference, its pages, the cells of each row."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.listing import page_of
from tenants.importing.headers import name_of
from tenants.importing.kinds import KINDS
from tenants.models.batch import Outcome

ROWS_PER_PAGE = 50
WARNINGS = "warnings"
# In the order in which they matter to whoever decides.
FIRST_LOOK = (Outcome.REFUSED, Outcome.CHANGED, Outcome.NEW, Outcome.UNCHANGED)
TABS = (Outcome.NEW, Outcome.CHANGED, Outcome.REFUSED, Outcome.UNCHANGED)
EMPTY = {
    Outcome.NEW: gettext_lazy("No row of the file is new to the register."),
    Outcome.CHANGED: gettext_lazy("No row of the file changes anything that the register has."),
    Outcome.REFUSED: gettext_lazy("No row was refused."),
    Outcome.UNCHANGED: gettext_lazy("Every row of the file says something else than the register, or was refused."),
}


def count_of(batch, outcome):
    """How many rows came to `outcome`; None before the review."""
    return getattr(batch, f"rows_{outcome}")


@dataclass(frozen=True)
class Tab:
    """One part of the difference, with its number of rows."""

    key: str
    label: str
    count: int
    here: bool


@dataclass(frozen=True)
class ShownRow:
    """A row of the file. `changes` are (column, old, new), `problems` (heading, value, reason, what would be
    accepted); of a row that was not refused, problems are warnings."""

    number: int
    label: str
    outcome: str
    changes: list
    problems: list

    @property
    def lines(self):
        """How many lines of a table the row takes."""
        return len(self.problems if self.outcome == Outcome.REFUSED else self.changes) or 1


class Sight:
    """What of a batch's rows `user` may see: columns that need a right are left out without it."""

    def __init__(self, batch, user):
        columns = KINDS[batch.kind].columns
        hidden = {column.key for column in columns if column.permission and not user.has_perm(column.permission)}
        self.labels = {name_of(column.label) for column in columns if column.key in hidden}
        given = {text for place, text in enumerate(batch.columns) if batch.mapping.get(str(place)) in hidden}
        self.headings = {name_of(text) for text in given} | self.labels

    def row(self, row):
        """A ShownRow for an ImportRow."""
        changes = [change for change in row.changes if name_of(change[0]) not in self.labels]
        problems = [
            problem if name_of(problem[0]) not in self.headings else [problem[0], "", _("Not shown to you."), ""]
            for problem in row.problems
        ]
        return ShownRow(row.number, row.label, row.outcome, changes, problems)


def with_warnings(batch):
    """The rows that are brought in and carry a warning."""
    return batch.rows.exclude(outcome=Outcome.REFUSED).exclude(problems=[])


def difference(batch, user, params):
    """What the page of the difference shows, by name: its tabs, the one that `params` asks for and its rows.

    The counts are those of the review; only warnings are counted anew.
    """
    warned = with_warnings(batch).count()
    counts = {outcome.value: count_of(batch, outcome) or 0 for outcome in TABS}
    labels = {outcome.value: outcome.label for outcome in TABS}
    if warned:
        counts[WARNINGS], labels[WARNINGS] = warned, _("Warnings")
    asked = params.get("show", "")
    first = next((outcome.value for outcome in FIRST_LOOK if counts[outcome.value]), Outcome.UNCHANGED.value)
    here = asked if asked in counts else first
    rows = with_warnings(batch) if here == WARNINGS else batch.rows.filter(outcome=here)
    page = page_of(rows.order_by("number"), counts[here], params, ROWS_PER_PAGE)
    sight = Sight(batch, user)
    return {
        "tabs": [Tab(key, labels[key], counts[key], key == here) for key in counts],
        "here": here,
        "label": labels[here],
        "page": page,
        "rows": [sight.row(row) for row in page.rows],
        "nothing": EMPTY.get(here, ""),
        "warned": warned,
        "to_write": counts[Outcome.NEW] + counts[Outcome.CHANGED],
        "total": sum(counts[outcome.value] for outcome in TABS),
    }
