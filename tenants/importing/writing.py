"""Writes what planners planned: in bulk, and where the database refuses, halved until the refused rows are found."""

from itertools import groupby

from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from parks.models import AreaReport, HostInstitution, Park, StageEvent, Suite
from parks.models.area import TRIGGER_MESSAGES as AREA_MESSAGES
from parks.models.park import SLUG_IS_FIXED
from stp_portal.kit.constraints import words_for
from tenants.models import Company, CompanyContact, ImportWrite, Lease, Letting, LettingRate
from tenants.models.company import COMPANY_TRIGGER_MESSAGES
from tenants.models.lease_states import TRIGGER_MESSAGES

from .bulk import stored_fields, update_rows, values_of
from .planning import Problem

REFUSALS = (IntegrityError, DataError)
# What several rows of a file may write, of other chunks too: a host that they need, a lapsed offer in their way.
SHARED = (HostInstitution, Lease)
# The models that imports write, whose constraints may speak.
WRITTEN = (Park, HostInstitution, StageEvent, AreaReport, Suite, Company, CompanyContact, Lease, Letting, LettingRate)
MESSAGES = {
    **TRIGGER_MESSAGES,
    **AREA_MESSAGES,
    **COMPANY_TRIGGER_MESSAGES,
    "park_slug_fixed": SLUG_IS_FIXED,
}


class Gone(IntegrityError):
    """A row that was to be changed is there no more."""


def problems_of(error):
    """The problems of a row that the database refused by `error`, an IntegrityError or DataError."""
    if isinstance(error, Gone):
        return [Problem("", _("Somebody has deleted this meanwhile."))]
    return [Problem(_column_of(error), words_for(error, WRITTEN, MESSAGES))]


def _column_of(error):
    """The key of the column that a refused constraint is about, where it is about one; columns are named as fields."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    for model in WRITTEN:
        for constraint in model._meta.constraints:
            if constraint.name == name:
                fields = getattr(constraint, "fields", ()) or _fields_in(getattr(constraint, "condition", None))
                return fields[0] if len(fields) == 1 else ""
    return ""


def _fields_in(condition):
    """The fields that a condition compares, each once."""
    found = {}
    for node in condition.flatten() if condition is not None else ():
        for child in getattr(node, "children", ()):
            if isinstance(child, tuple):
                found[child[0].partition("__")[0]] = True
    return tuple(found)


class Writer:
    """Writes for one import within the caller's transaction. `commits` as of the Job: whether it is to stay.

    What stays is noted, so that it can be taken back: see `ImportWrite`.
    """

    def __init__(self, batch, commits):
        self.batch, self.commits = batch, commits
        self._once = {}
        self._noted = set()
        self._stand_ins = 0

    def forget(self):
        """What was made is rolled back."""
        self._once = {}

    def write(self, groups):
        """Write `groups`, each a list of plans that stand or fall together; returns {place of a group: its problems}.

        The others are written. Whoever reads the same groups gets the same answer.
        """
        stored = self._stored(groups) if self.commits else {}
        refused = {}
        self._halve(list(enumerate(groups)), refused)
        if self.commits:
            self._note([group for place, group in enumerate(groups) if place not in refused], stored)
        return refused

    def _halve(self, groups, refused):
        if not groups:
            return
        before = dict(self._once)
        try:
            with transaction.atomic():
                self._write_all([write for _place, plans in groups for plan in plans for write in plan.writes])
        except REFUSALS as error:
            self._once = before
            if len(groups) == 1:
                refused[groups[0][0]] = problems_of(error)
                return
            middle = len(groups) // 2
            self._halve(groups[:middle], refused)
            self._halve(groups[middle:], refused)

    def _write_all(self, writes):
        """Phase by phase; within one, the models in the order in which they come up."""
        for _phase, of_phase in groupby(sorted(writes, key=lambda write: write.phase), lambda write: write.phase):
            made, changed = {}, {}
            for write in of_phase:
                model = type(write.instance)
                if write.fields is None:
                    made.setdefault(model, []).append(write)
                else:
                    changed.setdefault((model, tuple(write.fields)), []).append(write)
            for model, some in made.items():
                self._make(model, some)
            for (model, fields), some in changed.items():
                self._change(model, fields, some)

    def _make(self, model, writes):
        fresh, same = [], []
        for write in writes:
            if write.once is None:
                fresh.append(write.instance)
            elif write.once in self._once:
                write.instance.pk = self._once[write.once]
            else:
                self._once[write.once] = None
                same.append(write)
                fresh.append(write.instance)
        if not self.commits:
            self._spare_numbers(model, fresh)
        for instance in fresh:
            _point_to_made(instance)
        model._base_manager.bulk_create(fresh)
        for write in same:
            self._once[write.once] = write.instance.pk
        for write in writes:
            if write.once is not None:
                write.instance.pk = self._once[write.once]

    def _spare_numbers(self, model, instances):
        """Stand-ins for what a sequence numbers for people: a trial must not use the numbers up."""
        for field in model._meta.concrete_fields:
            if field.has_db_default() and field.unique and isinstance(field, models.CharField):
                for instance in instances:
                    self._stand_ins += 1
                    setattr(instance, field.attname, f"~{self._stand_ins}")

    @staticmethod
    def _change(model, fields, writes):
        rows = []
        for write in writes:
            _point_to_made(write.instance)
            values = (write.values.get(name, getattr(write.instance, name)) for name in fields)
            rows.append((write.instance.pk, *values))
        if update_rows(model, fields, rows) != len({row[0] for row in rows}):
            raise Gone

    def _stored(self, groups):
        """{model: {key: columns}} as they are, of all rows that are to be changed."""
        return {model: values_of(model, keys) for model, keys in _changed(groups).items()}

    def _note(self, groups, stored):
        """Note what was made and changed, with what it takes to put it back."""
        rows, again = {}, set()
        for plan in (plan for plans in groups for plan in plans):
            for write in plan.writes:
                where = type(write.instance), write.instance.pk
                made = write.fields is None
                if where in self._noted:
                    if not made:
                        again.add(where)
                    continue
                if where not in rows or made:
                    rows[where] = (write.phase, write.number or plan.number, made)
        now = {model: values_of(model, keys) for model, keys in _changed(groups).items()}
        newest = {
            model: newest_events(model, [pk for other, pk in rows if other is model])
            for model in {model for model, _pk in rows}
        }
        # In the order of writing: taken back from its end, nothing ever points to what is gone.
        ImportWrite.objects.bulk_create(
            ImportWrite(
                batch=self.batch,
                row=number,
                model=model._meta.label_lower,
                object_pk=pk,
                made=made,
                before={} if made else _differing(model, stored[model][pk], now[model][pk]),
                event=newest[model].get(pk),
            )
            for (model, pk), (_phase, number, made) in sorted(rows.items(), key=lambda row: row[1][0])
        )
        self._noted |= {where for where in rows if where[0] in SHARED}
        for model, pk in again:
            self._note_again(model, pk, _differing(model, stored[model][pk], now[model][pk]))

    def _note_again(self, model, pk, before):
        """Add to the note of a row of an earlier chunk what this one changed of it."""
        note = ImportWrite.objects.get(batch=self.batch, model=model._meta.label_lower, object_pk=pk)
        note.before = note.before if note.made else before | note.before
        note.event = newest_events(model, [pk]).get(pk)
        note.save(update_fields=["before", "event"])


def _changed(groups):
    """{model: keys} of the rows that the plans change and that are there."""
    found = {}
    for write in (write for plans in groups for plan in plans for write in plan.writes):
        if write.fields is not None and write.instance.pk is not None:
            found.setdefault(type(write.instance), set()).add(write.instance.pk)
    return found


def newest_events(model, keys):
    """{key: id of the newest history event} of the rows of `model` with these keys."""
    events = model.pgh_event_model.objects.filter(pgh_obj_id__in=list(keys)).order_by()
    return dict(events.values("pgh_obj_id").annotate(newest=Max("pgh_id")).values_list("pgh_obj_id", "newest"))


def _differing(model, before, now):
    """The columns that the import changed, triggers included, as they were: plain JSON that `unpacked` reads."""
    return {
        field.attname: _packed(before[field.attname])
        for field in stored_fields(model)
        if before[field.attname] != now[field.attname]
    }


def _packed(value):
    if value is None or isinstance(value, bool | int | list):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def unpacked(model, before):
    """What `ImportWrite.before` holds of a row of `model`: {attname: value}."""
    return {name: model._meta.get_field(name).to_python(value) for name, value in before.items()}


def _point_to_made(instance):
    """Take over the keys of rows made a moment ago that `instance` refers to."""
    for field in instance._meta.concrete_fields:
        if field.is_relation and field.is_cached(instance):
            other = field.get_cached_value(instance)
            if other is not None and other.pk != getattr(instance, field.attname):
                setattr(instance, field.attname, other.pk)


def immediately():
    """Have the database check references at each statement: a trial that never commits would else not hear of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
