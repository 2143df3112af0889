"""Brings the rows of one table into the database, beside what staff have done there since the last load.

Who wrote a field last is asked of the history, since a second copy of the loaded values could drift.
"""

from collections import Counter

from django.apps import apps
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from . import report as outcome
from .report import Problem
from .tables import Ref

COMMAND = "load_register"
REFUSALS = (IntegrityError, DataError)


class Merge:
    """One table of one load. `others` are the merges of the tables before it, by model."""

    def __init__(self, table, rows, report, others, extras):
        self.table, self.rows, self.report, self.others = table, rows, report, others
        self.extras = extras
        self.label = str(table.label or table.file)
        report.counts[self.label] = Counter()
        self.model = table.model
        self.attnames = {name: self.model._meta.get_field(name).attname for name in table.columns}
        # Rows stay locked until the load ends, so that no edit of staff falls between reading and writing.
        locked = self.model.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        self.live = {instance.pk: instance for instance in locked}
        self.made = self._made_by_loads()
        self.ids = {}
        self.by_key = {row.key: row for row in rows}
        self.deleted = {}
        # For `fresh`: what new rows of this load have taken already.
        self.memory = {}

    def run(self):
        """Create, change or leave every row, and report it."""
        matched, missing = self._match()
        authors = self._authors([pk for row, pk in matched if self._differing(row, self.live[pk])])
        for row, pk in matched:
            self._update(row, self.live[pk], authors.get(pk, set()))
        self._create(missing)
        self._report_what_files_lost()

    def pk_of(self, key):
        """The primary key of a row by its key in the files, also of a deleted one; None for a refused one."""
        return self.ids.get(key)

    def needed(self, key):
        """The primary key of a row that another row is about to point to: it comes back if it was deleted."""
        if key in self.deleted and self.table.revived:
            self._create([self.deleted.pop(key)])
        return self.ids.get(key)

    def _match(self):
        """Rows with the live row that stands for them, and rows to create: `(matched, missing)`."""
        by_key = {}
        for pk, instance in self.live.items():
            if all(getattr(instance, name) == value for name, value in self.table.only.items()):
                key = self._key_of(getattr(instance, name) for name in self.table.key)
                by_key.setdefault(key, []).append(pk)
        keys = [(row, self._key_in_database(row)) for row in self.rows if self._points_to_rows(row)]
        # First what earlier loads made, even if staff changed its key since; then what staff made themselves.
        taken = {self.made[key] for row, key in keys if self.made.get(key) in self.live}
        matched, missing = [], []
        for row, key in keys:
            pk = self.made.get(key)
            if pk not in self.live:
                pk = next((other for other in by_key.get(key, ()) if other not in taken), None)
            if pk is not None:
                taken.add(pk)
                self.ids[row.key] = pk
                matched.append((row, pk))
            elif key in self.made or self._stands_on_deleted(row):
                self.ids[row.key] = self.made.get(key)
                self.deleted[row.key] = row
            else:
                missing.append(row)
        return matched, missing

    def _key_of(self, values):
        return self.table.folded(tuple(values))

    def _key_in_database(self, row):
        """The row's key with primary keys for other rows."""
        return self._key_of(self._value(row, name.removesuffix("_id")) for name in self.table.key)

    def _points_to_rows(self, row):
        """False when a row that it points to was refused: that one is reported, this one is not to blame."""
        return all(self._pk(value) is not None for value in row.values.values() if isinstance(value, Ref))

    def _pk(self, ref):
        return self.others[ref.model].pk_of(ref.key)

    def _stands_on_deleted(self, row):
        merges = [(self.others[ref.model], ref) for ref in row.values.values() if isinstance(ref, Ref)]
        return any(ref.key in merge.deleted and not merge.table.revived for merge, ref in merges)

    def _made_by_loads(self):
        """Primary keys of all rows that loads ever created, deleted ones included, by key."""
        events = self._events().filter(pgh_label="insert", by=COMMAND).order_by("pgh_id")
        return {self._key_of(values): pk for pk, *values in events.values_list("pgh_obj_id", *self.table.key)}

    def _events(self):
        event_model = apps.get_model(self.model._meta.app_label, f"{self.model.__name__}Event")
        return event_model.objects.annotate(by=KeyTextTransform("command", "pgh_context__metadata"))

    def _authors(self, pks):
        """By primary key, the fields whose present value was written by a load.

        The newest event of a load is not enough: it also repeats what staff had put into other fields.
        """
        if not pks:
            return {}
        names = list(self.attnames)
        events = self._events().filter(pgh_obj_id__in=pks).order_by("pgh_id")
        last, authors = {}, {}
        for pk, by, *values in events.values_list("pgh_obj_id", "by", *self.attnames.values()):
            before = last.get(pk)
            written = authors.setdefault(pk, {})
            for place, name in enumerate(names):
                if before is None or before[place] != values[place]:
                    written[name] = by == COMMAND
            last[pk] = values
        return {pk: {name for name, ours in written.items() if ours} for pk, written in authors.items()}

    def _value(self, row, name):
        value = row.values[name]
        return self._pk(value) if isinstance(value, Ref) else value

    def _differing(self, row, instance):
        return [name for name, attname in self.attnames.items() if getattr(instance, attname) != self._value(row, name)]

    def _update(self, row, instance, ours):
        to_write, kept = [], []
        for name in self._differing(row, instance):
            unedited = all(part in ours for part in self.table.unit_of(name))
            (to_write if unedited else kept).append(name)
        lines = []
        for name in kept:
            lines.append((self.report.kept_edited, name, self._shown(row, name), self._now(instance, name)))
        for name in to_write:
            lines.append((self.report.changed, name, self._now(instance, name), self._shown(row, name)))
        if to_write:
            for name in to_write:
                setattr(instance, self.attnames[name], self._written(row, name))
            if not self._valid(row, instance) or not self._save(row, instance, to_write):
                return
        for tell, name, first, second in lines:
            tell(row.file, row.number, self.table.columns[name], first, second)
        result = outcome.CHANGED if to_write else outcome.KEPT if kept else outcome.UNCHANGED
        self._count(result)

    def _written(self, row, name):
        value = row.values[name]
        return self.others[value.model].needed(value.key) if isinstance(value, Ref) else value

    def _create(self, rows):
        made = []
        for row in rows:
            values = {attname: self._written(row, name) for name, attname in self.attnames.items()}
            instance = self.model(**values, **self.extras(self, row, values))
            if self._valid(row, instance, asking_database=False):
                made.append((row, instance))
        if not made:
            return
        try:
            with transaction.atomic():
                self.model.objects.bulk_create([instance for row, instance in made])
        except REFUSALS as error:
            # One statement wrote them all, so only the rules of the model can tell which rows it was.
            refused = [row for row, instance in made if not self._valid(row, instance)]
            if not refused:
                self._refuse(made[0][0].file, None, error)
            return
        for row, instance in made:
            self.ids[row.key] = instance.pk
            self.live[instance.pk] = instance
            self._count(outcome.CREATED)

    def _save(self, row, instance, names):
        try:
            with transaction.atomic():
                instance.save(update_fields=names)
        except REFUSALS as error:
            self._refuse(row.file, row.number, error)
            return False
        return True

    def _valid(self, row, instance, *, asking_database=True):
        """Whether the model's own rules take it; what they say becomes problems of the row.

        Rules that stand in the database too cost a query each, so new rows are spared them at first.
        """
        try:
            if asking_database:
                instance.full_clean()
            else:
                others = [field.name for field in self.model._meta.fields if field.is_relation]
                instance.full_clean(exclude=others, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                column = "" if name == NON_FIELD_ERRORS else self.table.columns.get(name, name)
                value = self._shown(row, name) if name in row.values else " / ".join(map(str, row.key))
                for message in messages:
                    self.report.problems.append(Problem(row.file, row.number, column, value, message))
            return False
        return True

    def _refuse(self, file, number, error):
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        rules = {rule.name: rule.violation_error_message for rule in self.model._meta.constraints}
        reason = rules.get(name) or _("The database refused it: %s") % str(error).partition("\n")[0]
        self.report.problems.append(Problem(file, number, "", "", str(reason)))

    def _shown(self, row, name):
        value = row.values[name]
        if isinstance(value, Ref):
            return self.others[value.model].by_key[value.key].values[self.others[value.model].table.key[0]]
        return value

    def _now(self, instance, name):
        field = self.model._meta.get_field(name)
        value = getattr(instance, field.attname)
        if field.is_relation and value is not None:
            other = self.others[field.related_model]
            # A row that staff added a moment ago is not among those read.
            return getattr(other.live[value], other.table.key[0]) if value in other.live else value
        return value

    def _count(self, result):
        self.report.counts[self.label][result] += 1

    def report_deleted(self):
        """Tell which rows stay deleted. Called last, since a later table may have brought one back."""
        for row in self.deleted.values():
            self.report.kept_deleted(row.file, row.number, " / ".join(map(str, row.key)))
            self._count(outcome.KEPT)

    def _report_what_files_lost(self):
        known = set(self.ids.values())
        for pk in sorted(set(self.made.values()) & set(self.live) - known):
            self.report.kept_missing(self.label, str(self.live[pk]))
