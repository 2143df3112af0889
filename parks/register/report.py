"""What a load did, or why it did nothing, as lines for people."""

from collections import Counter
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

CREATED, CHANGED, UNCHANGED, KEPT = "created", "changed", "unchanged", "kept"
MOST_OF_A_VALUE = 80


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with the files. `row` counts as a spreadsheet does, header included."""

    file: str
    row: int | None
    column: str
    value: str
    reason: str

    def __str__(self):
        return f"{place(self.file, self.row, self.column)}: {quoted(self.value)}: {self.reason}"


@dataclass
class Report:
    """Counts for each table, and one line for each thing that someone may want to look at."""

    counts: dict[str, Counter] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    note: str = ""

    def changed(self, file, row, column, old, new):
        """A cell that differs from what it was, and was written."""
        where = place(file, row, column)
        self.lines.append(_("changed: %s: %s → %s") % (where, quoted(old), quoted(new)))

    def kept_edited(self, file, row, column, ours, theirs):
        """A cell left alone, because staff have edited its field since."""
        where = place(file, row, column)
        values = {"where": where, "ours": quoted(ours), "theirs": quoted(theirs)}
        self.lines.append(_("kept: edited: %(where)s: file %(ours)s, staff %(theirs)s") % values)

    def kept_deleted(self, file, row, words):
        """A row left out, because staff have deleted it since."""
        self.lines.append(_("kept: deleted: %s: %s") % (place(file, row, ""), words))

    def kept_missing(self, file, words):
        """Something once loaded that the files no longer hold; it stays."""
        self.lines.append(_("kept: no longer in the file: %s: %s") % (file, words))

    def text(self):
        """The whole report, without a last line end."""
        if self.note:
            return self.note
        if self.problems:
            # Rows without a number (a whole file) come first in their file.
            ordered = sorted(self.problems, key=lambda problem: (problem.file, problem.row or 0))
            head = ngettext("%d bad row or cell:", "%d bad rows or cells:", len(ordered)) % len(ordered)
            return "\n".join([head, *(f"  {problem}" for problem in ordered)])
        wide = max(map(len, self.counts), default=0)
        total = sum(self.counts.values(), Counter())
        rows = [(name.ljust(wide), counts) for name, counts in self.counts.items()]
        rows.append((_("total").ljust(wide), total))
        return "\n".join([*self.lines, *(f"{name}  {_counted(counts)}" for name, counts in rows)])


def place(file, row, column):
    """Where something stands, such as `parks.csv, row 3, column city`."""
    parts = [file]
    if row:
        parts.append(_("row %d") % row)
    if column:
        parts.append(_("column %s") % column)
    return ", ".join(parts)


def quoted(value):
    """A value for a line of the report: in quotes, on one line, cut when long; empty is said in words."""
    if value is None or value == "":
        return _("empty")
    if isinstance(value, bool):
        value = "yes" if value else "no"
    text = "".join(letter if letter.isprintable() else "�" for letter in " ".join(str(value).split()))
    return f"“{text[:MOST_OF_A_VALUE]}…”" if len(text) > MOST_OF_A_VALUE else f"“{text}”"


def _counted(counts):
    words = {
        CREATED: _("%d created"),
        CHANGED: _("%d changed"),
        UNCHANGED: _("%d unchanged"),
        KEPT: _("%d kept"),
    }
    return ", ".join(words[outcome] % counts[outcome] for outcome in words if outcome != KEPT or counts[KEPT])
