"""The review and the application of an import: one run over the staged rows, which is tried or stays.

Rows are planned against the register as it is before the first of them is written, so that a review and an
application of the same rows over the same register come to the same. A review writes each chunk in a transaction
that is rolled back, since only the database knows all of its rules.
"""

import hashlib
import json
from array import array
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

import pghistory
from django.db import OperationalError, connection, transaction
from django.db.models import Case, F, Min, Value, When, Window
from django.utils.translation import gettext as _

from tenants.actions.errors import Refused
from tenants.models import ImportRow
from tenants.models.batch import LEFT_OUT, EmptyCells, ImportMode, ImportState, Outcome

from .bulk import moment, update_rows
from .kinds import KINDS
from .planning import CHUNK, Job, Problem, RowIn
from .spool import Spool
from .staging import UNREADABLE, discard, locked_batch, receive, require_right, stage
from .writing import Writer, immediately

__all__ = ["Applied", "apply", "discard", "receive", "review", "stage"]

# Any number that nothing else of the portal takes: imports are written one after the other.
ADVISORY_LOCK = 7_405_001
LOCK_NOT_AVAILABLE, DEADLOCK, CANCELLED = "55P03", "40P01", "57014"


@dataclass(frozen=True)
class Applied:
    """What became of an application: whether it was done, and whether the register had changed since the review.

    When it had, nothing was written and the batch's rows show the new difference.
    """

    ok: bool
    changed_since_review: bool = False


@dataclass
class Told:
    """What a row came to, ready to be stored."""

    number: int
    outcome: str
    label: str
    changes: list
    problems: list


def review(batch, by, today):
    """Plan and try all rows of the staged `batch` for `by` on the day `today`; outcomes, counts and digest are stored.

    Nothing of the register changes. Returns the batch as stored. Raises Refused.
    """
    require_right(by, batch.kind)
    staged = _staged(batch)
    with patiently(), Spool() as told:
        run = _Run(batch, by, today, commits=False)
        run.go(told)
        with transaction.atomic():
            found = locked_batch(batch, ImportState.UPLOADED, ImportState.REVIEWED, says=_not_reviewed())
            if _staged(found) != staged:
                raise Refused(_("The columns of this import were chosen anew meanwhile: review it again."))
            run.store(found, told)
    return found


def apply(batch, mode, by, today):
    """Write what the review showed, in one transaction, when the register still gives the same; returns Applied.

    `mode` is an ImportMode. Raises Refused: not reviewed, applied already, refused rows under "all or none", another
    import at work, rows that somebody else is editing.
    """
    require_right(by, batch.kind)
    with patiently(), Spool() as told:
        with transaction.atomic(), recorded(batch, by):
            serialised()
            found = locked_batch(batch, ImportState.REVIEWED, says=_not_applied())
            if mode == ImportMode.ALL and found.rows_refused:
                raise Refused(_("Some rows are refused: correct them, or choose to import the good rows only."))
            run = _Run(found, by, today, commits=True)
            run.go(told)
            if run.digest() == found.digest:
                found.mode, found.state = mode, ImportState.APPLIED
                found.applied_by, found.applied_at = by, moment()
                found.save(update_fields=["mode", "state", "applied_by", "applied_at"])
                return Applied(ok=True)
            transaction.set_rollback(True)
        with transaction.atomic():
            seen = found.digest
            found = locked_batch(batch, ImportState.REVIEWED, says=_not_applied())
            # Whoever reviewed it again meanwhile has shown a newer difference.
            if found.digest == seen:
                run.store(found, told)
    return Applied(ok=False, changed_since_review=True)


@contextmanager
def recorded(batch, by, *, undoing=False):
    """History of what is written inside names the person, the import and where its file is from."""
    name = _("import %(n)s") % {"n": batch.pk}
    if undoing:
        name = _("%(import)s undone") % {"import": name}
    reason = f"{batch.reason} ({name})" if batch.reason else f"{name}: {batch.filename}"
    with pghistory.context(user=by.pk, reason=reason, through="import", **{"import": batch.pk}):
        yield


def serialised():
    """Wait until no other import is being written, for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADVISORY_LOCK])


@contextmanager
def patiently():
    """What waits for others in vain is told in words."""
    try:
        yield
    except OperationalError as error:
        code = getattr(error.__cause__, "pgcode", None)
        if code not in (LOCK_NOT_AVAILABLE, DEADLOCK, CANCELLED):
            raise
        raise Refused(
            _("Somebody else is writing the same rows, or another import is at work. Nothing was written: try again.")
        ) from error


def _not_reviewed():
    return _("This import has been applied or discarded: upload the file again.")


def _not_applied():
    return _("Only an import that was reviewed can be applied, and only once.")


def _staged(batch):
    """What tells one staging of a batch from the next: rows staged anew have new keys."""
    return batch.rows.aggregate(first=Min("pk"))["first"]


class _Run:
    """One run over all rows of a batch."""

    def __init__(self, batch, by, today, *, commits):
        kind = KINDS[batch.kind]
        self.batch, self.kind, self.commits = batch, kind, commits
        self.columns = {}
        self.headings = {}
        for place, heading in enumerate(batch.columns):
            key = batch.mapping.get(str(place), LEFT_OUT)
            if key in kind.by_key and not kind.by_key[key].derived:
                self.columns[key] = kind.by_key[key]
                self.headings[key] = heading
        self.clears = batch.empties == EmptyCells.CLEAR
        job = Job(
            batch=batch,
            user=by,
            today=today,
            columns=frozenset(self.columns),
            clears=self.clears,
            commits=commits,
        )
        self.planner = kind.planner(job)
        self.writer = Writer(batch, commits)
        self.counts = Counter()
        self._digest = hashlib.sha256()
        self._claims, self._contested = {}, {}

    def go(self, told):
        """Plan everything, then write everything; what each row came to is put into the spool `told`."""
        keys, ends = self._order()
        if not ends:
            raise Refused(_("This import has no rows: choose its columns first."))
        if self.commits:
            immediately()
            for rows in self._chunks(keys, ends):
                self.planner.lock(rows)
        with Spool() as planned:
            for rows in self._chunks(keys, ends):
                planned.put(self._plan(rows))
            for groups in planned:
                told.put(self._write(groups))

    def digest(self):
        """The fingerprint of all outcomes and differences."""
        return self._digest.hexdigest()

    def store(self, batch, told):
        """Write what the rows came to into the batch, which is locked."""
        for chunk in told:
            rows = [
                (each.number, each.outcome, each.label, json.dumps(each.changes), json.dumps(each.problems))
                for each in chunk
            ]
            update_rows(
                ImportRow,
                ("outcome", "label", "changes", "problems"),
                rows,
                by=("number",),
                also={"batch_id": batch.pk},
            )
        batch.rows_new = self.counts[Outcome.NEW]
        batch.rows_changed = self.counts[Outcome.CHANGED]
        batch.rows_unchanged = self.counts[Outcome.UNCHANGED]
        batch.rows_refused = self.counts[Outcome.REFUSED]
        batch.digest, batch.state = self.digest(), ImportState.REVIEWED
        batch.save(update_fields=["rows_new", "rows_changed", "rows_unchanged", "rows_refused", "digest", "state"])

    # --- reading

    def _order(self):
        """Keys of the staged rows, those of a group together where its first one stands, and where chunks end."""
        rows = (
            self.batch.rows.annotate(
                first=Window(
                    Min("number"), partition_by=[F("group"), Case(When(group="", then=F("number")), default=Value(0))]
                )
            )
            .order_by("first", "number")
            .values_list("pk", "first")
        )
        keys, ends, last = array("q"), array("q"), None
        for pk, first in rows.iterator(chunk_size=5000):
            if first != last and len(keys) - (ends[-1] if ends else 0) >= CHUNK:
                ends.append(len(keys))
            keys.append(pk)
            last = first
        if keys:
            ends.append(len(keys))
        return keys, ends

    def _chunks(self, keys, ends):
        """Lists of RowIn, some 500 each, never a part of a group."""
        start = 0
        for end in ends:
            rows = self.batch.rows.in_bulk(keys[start:end].tolist())
            yield [self._row_in(rows[key]) for key in keys[start:end]]
            start = end

    def _row_in(self, row):
        values = {}
        for key, packed in row.values.items():
            column = self.columns.get(key)
            if column is None:
                continue
            if packed is not None:
                values[key] = column.unpack(packed)
            elif self.clears:
                values[key] = None
        read = RowIn(number=row.number, group=row.group, values=values)
        bad = row.values.get(UNREADABLE, ())
        if bad:
            read.unreadable = frozenset(problem[0] for problem in bad)
            read.bad_cells = bad
        return read

    # --- planning

    def _plan(self, rows):
        """Groups of (row, plan) of one chunk."""
        self.planner.load(rows)
        groups, found = {}, []
        for row in rows:
            groups.setdefault(row.group or row.number, []).append(row)
        for members in groups.values():
            plans = self.planner.plan(members)
            if [plan.number for plan in plans] != [row.number for row in members]:
                raise AssertionError("a planner answers each row, in order")
            for row, plan in zip(members, plans, strict=True):
                plan.problems = self._all_problems(row, plan)
            self._claim(plans)
            found.append((members, plans))
        return found

    @staticmethod
    def _all_problems(row, plan):
        """Those of cells that could not be read first; what follows from them is not told as well."""
        unread = [Problem(key, reason, accepts) for key, _text, reason, accepts in row.bad_cells]
        return unread + [problem for problem in plan.problems if problem.key not in row.unreadable]

    def _claim(self, plans):
        """Remember what the group is about, by a hash of eight bytes, and what two groups are about."""
        group = plans[0].number
        for plan in plans:
            for claim in plan.claims:
                first = self._claims.setdefault(hash(claim.of), group)
                if first != group:
                    self._contested[hash(claim.of)] = group

    # --- writing

    def _write(self, groups):
        """Write the groups of a chunk that nothing speaks against; returns the Told of every row."""
        for _rows, plans in groups:
            self._refuse_contested(plans)
        good = [plans for _rows, plans in groups if not any(plan.problems for plan in plans)]
        writing = [plans for plans in good if any(plan.writes for plan in plans)]
        if writing:
            refused = self.writer.write(writing) if self.commits else self._try(writing)
            for place, problems in refused.items():
                writing[place][0].problems += problems
        told = []
        for rows, plans in groups:
            stands = [plan for plan in plans if plan.problems]
            for row, plan in zip(rows, plans, strict=True):
                if stands and not plan.problems and (plan.new or plan.changes):
                    plan.refuse(
                        "", _("It belongs together with row %(n)s, which is refused.") % {"n": stands[0].number}
                    )
                told.append(self._tell(row, plan))
        return told

    def _try(self, groups):
        """As `Writer.write`, and rolled back."""
        with transaction.atomic(), recorded(self.batch, self.planner.job.user):
            immediately()
            refused = self.writer.write(groups)
            self.writer.forget()
            transaction.set_rollback(True)
        return refused

    def _refuse_contested(self, plans):
        for plan in plans:
            for claim in plan.claims:
                other = self._contested.get(hash(claim.of))
                if other is not None:
                    if other == plans[0].number:
                        other = self._claims[hash(claim.of)]
                    plan.refuse(claim.key, str(claim.reason) % {"row": other}, claim.accepts)

    def _tell(self, row, plan):
        outcome = Outcome.UNCHANGED
        if plan.problems:
            outcome = Outcome.REFUSED
        elif plan.new:
            outcome = Outcome.NEW
        elif plan.changes:
            outcome = Outcome.CHANGED
        self.counts[outcome] += 1
        refused = outcome == Outcome.REFUSED
        problems = [self._in_words(row, problem) for problem in (plan.problems if refused else plan.warnings)]
        changes = [] if refused else plan.changes
        # A warning is no part of what is applied: another company's name may change it.
        fingerprint = [row.number, str(outcome), plan.label, changes, problems if refused else []]
        self._digest.update(json.dumps(fingerprint, separators=(",", ":")).encode() + b"\n")
        return Told(row.number, str(outcome), plan.label[:300], changes, problems)

    def _in_words(self, row, problem):
        """[heading in the file, value as it stands there, reason, what would be accepted]."""
        column = self.columns.get(problem.key)
        if column is None:
            return ["", "", problem.reason, problem.accepts]
        texts = {key: text for key, text, _reason, _accepts in row.bad_cells}
        value = row.values.get(problem.key)
        text = texts.get(problem.key, "" if value is None else column.say(value))
        return [self.headings[problem.key] or str(column.label), text, problem.reason, problem.accepts]
