"""What the planners of parks, suites and companies share: a row of a file against a row of the register."""

import re

from django.db.models import CharField, Func, Value
from django.utils.text import slugify
from django.utils.translation import gettext as _

from stp_portal.kit.alike import keys, like_one, readings
from stp_portal.kit.text import clean_line

from .bulk import in_chunks, lock_rows
from .checked import errors_of
from .planning import Planner, Write

MOST_SLUG = 110
# A register with more names, or a file with more new ones, is not searched for like names while it is reviewed: the
# lists of duplicates do that afterwards.
MOST_COMPARED, MOST_NEW_COMPARED, MOST_IN_BLOCK, MOST_NAMED = 10_000, 5_000, 100, 3


def name_folded(text):
    """A name for finding the same one: blind to case and spaces, as the indexes over lower names are."""
    return clean_line(text or "").lower()


class RowPlanner(Planner):
    """A planner of rows that stand alone. `COLUMNS` are its kind's, `FIELDS` the column keys of plain fields and
    the names of those, `NAMES` keys for what the model's own checks call otherwise."""

    COLUMNS = ()
    FIELDS = {}
    NAMES = {}

    def __init__(self, job):
        super().__init__(job)
        self.columns = {column.key: column for column in self.COLUMNS}
        self.keys = {name: key for key, name in self.FIELDS.items()} | self.NAMES
        self._to_lock = {}

    def will_lock(self, model, keys):
        """Remember rows to lock: chunk by chunk they would come in any order."""
        self._to_lock.setdefault(model, set()).update(keys)

    def lock_now(self):
        """Lock what was remembered: the models in the order in which they were named, the rows by their keys."""
        for model, wanted in self._to_lock.items():
            for some in in_chunks(sorted(wanted)):
                lock_rows(model, some)
        self._to_lock = {}

    def plan(self, rows):
        """The plan of a row by itself."""
        return [self.plan_row(row) for row in rows]

    def take(self, plan, instance, row, *, exclude=()):
        """Give `instance` what `row` says, check it, tell the differences; returns the names of changed fields."""
        old = {name: getattr(instance, name) for name in self.FIELDS.values()}
        for key, name in self.FIELDS.items():
            column = self.columns[key]
            if not row.has(key) or column.same(column.get_value(instance), row.values[key]):
                continue
            setattr(instance, name, self._kept(instance, name, column, row.values[key]))
            if row.values[key] is None and column.required:
                plan.refuse(key, _("This cannot be empty."), column.accepts())
        if plan.new:
            self._need(plan, row)
        self._check(plan, instance, exclude)
        changed = [name for name in old if getattr(instance, name) != old[name]]
        for name in changed:
            self.tell_field(plan, name, "" if plan.new else old[name], getattr(instance, name))
        return changed

    def tell_field(self, plan, name, old, new):
        """Tell that the field `name` has another value."""
        column = self.columns[self.keys[name]]
        plan.tell(label_of(column), say(column, old), say(column, new))

    def cannot_add(self, plan, permission, sentence):
        """Refuse a new row to who may not add such rows; returns whether."""
        if self.job.may(permission):
            return False
        plan.problems.clear()
        plan.refuse("", sentence)
        return True

    @staticmethod
    def _kept(instance, name, column, value):
        """What the register keeps for a value as it was read."""
        if value is not None:
            return value
        field = instance._meta.get_field(name)
        return column.empty if column.empty is not None or field.null else field.get_default()

    def _need(self, plan, row):
        for key, column in self.columns.items():
            # A cleared cell was told of already.
            if column.required and not row.has(key) and key not in row.unreadable:
                plan.refuse(key, _("A new row needs this: %(column)s.") % {"column": column.label}, column.accepts())

    def _check(self, plan, instance, exclude):
        refused = {problem.key for problem in plan.problems}
        for name, sentence in errors_of(instance, exclude):
            key = self.keys.get(name, "")
            if not key or key not in refused:
                plan.refuse(key, sentence, self.columns[key].accepts() if key in self.columns else "")


def label_of(column):
    """A column's name as the first word of a line."""
    text = str(column.label)
    return text[:1].upper() + text[1:]


def say(column, value):
    """A value in words, "" for an empty one."""
    return "" if value is None or value == "" else str(column.say(value))


def updates(instance, changed, phase=0):
    """The writes for the changed fields of a row that is there."""
    return [Write(instance, tuple(changed), phase)] if changed else []


class Slugs:
    """Free web names for new rows of a model: none that is there, none that this run gave before."""

    def __init__(self, otherwise):
        self.otherwise = otherwise
        self.taken = set()

    def base(self, name):
        """What the web name of `name` begins with."""
        return slugify(name)[:MOST_SLUG].strip("-_").replace("_", "-") or self.otherwise

    def free(self, name):
        """A free web name, which is taken from now on."""
        base = self.base(name)
        slug, number = base, 2
        while slug in self.taken:
            slug, number = f"{base}-{number}", number + 1
        self.taken.add(slug)
        return slug


def reserve(slugs, bases, *models):
    """Have `slugs` know which web names like `bases` are taken in the tables of `models`, numbered ones included."""
    bare = Func("slug", Value("-[0-9]+$"), Value(""), function="regexp_replace", output_field=CharField())
    # A name may itself end in a number.
    stripped = {*bases, *(re.sub("-[0-9]+$", "", base) for base in bases)}
    for model in models if stripped else ():
        rows = model._base_manager.alias(bare=bare).filter(bare__in=stripped)
        slugs.taken.update(rows.values_list("slug", flat=True))


class Likeness:
    """The names of a table of the register, to find those that a new name is like."""

    def __init__(self, model):
        self.model, self.blocks, self.names, self.left = model, None, {}, MOST_NEW_COMPARED

    def load(self):
        """Ask for the names, once."""
        if self.blocks is not None:
            return
        self.blocks = {}
        names = list(self.model.objects.order_by("pk").values_list("pk", "name")[: MOST_COMPARED + 1])
        if len(names) > MOST_COMPARED:
            return
        self.names = dict(names)
        for pk, name in names:
            for key in keys(readings(name)):
                self.blocks.setdefault(key, []).append(pk)

    def to(self, name):
        """Up to three names that `name` is very like, the most alike first."""
        if not self.names or not self.left:
            return []
        self.left -= 1
        near = set()
        for key in keys(readings(name)):
            block = self.blocks.get(key, ())
            if len(block) <= MOST_IN_BLOCK:
                near.update(block)
        found = like_one([name], {pk: [self.names[pk]] for pk in near})
        return [self.names[pk] for pk in sorted(found, key=lambda pk: (-found[pk], pk))[:MOST_NAMED]]
