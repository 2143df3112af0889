"""Events of any tables at once, each with the one before it and its context, and what rows were called then."""

import json
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

from django.contrib.auth import get_user_model
from django.db import connection, models
from django.utils.translation import gettext as _

# A letting is called after its suite and lease, a rate after its letting: names of names of rows.
DEPTH = 2


@dataclass(frozen=True)
class Row:
    """One event of `model`: its values, those before it (None of a first), and the metadata of its context."""

    model: type
    event: SimpleNamespace
    old: SimpleNamespace | None
    metadata: dict | None


def is_tracked(model):
    """Whether the model has one event table."""
    return bool(getattr(model, "pgh_event_models", None))


def tracked_fields(model):
    """The model's own fields that its event table holds, the key left out."""
    held = {field.name for field in model.pgh_event_model._meta.fields}
    return [field for field in model._meta.concrete_fields if field.name in held and not field.primary_key]


def plain_fields(model):
    """`tracked_fields` without the generated ones, which follow from the others."""
    return [field for field in tracked_fields(model) if not field.generated]


def read(wanted):
    """The events of `wanted`, a dictionary from model to event ids, by one query; a list of Row."""
    wanted = [(model, list(ids)) for model, ids in wanted.items() if ids]
    if not wanted:
        return []
    parts, params = [], []
    for place, (model, ids) in enumerate(wanted):
        table = _table(model.pgh_event_model)
        parts.append(
            f"SELECT {place}, to_jsonb(e)::text, CASE WHEN e.pgh_label = 'update' THEN"  # noqa: S608 - our tables
            f" (SELECT to_jsonb(p)::text FROM {table} p WHERE p.pgh_obj_id = e.pgh_obj_id AND p.pgh_id < e.pgh_id"
            " ORDER BY p.pgh_id DESC LIMIT 1) END, c.metadata::text"
            f" FROM {table} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id WHERE e.pgh_id = ANY(%s)"
        )
        params.append(ids)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        for place, event, old, metadata in cursor.fetchall():
            model = wanted[place][0]
            told = json.loads(metadata) if metadata else None
            found.append(Row(model, _values(model, event), _values(model, old) if old else None, told))
    return found


def _table(model):
    return connection.ops.quote_name(model._meta.db_table)


def _values(model, text):
    """The values of one event, by the names of columns, as Python has them."""
    raw = json.loads(text, parse_float=Decimal)
    when = models.DateTimeField().to_python(raw["pgh_created_at"])
    values = {
        "pgh_id": raw["pgh_id"],
        "pgh_obj_id": raw["pgh_obj_id"],
        "pgh_label": raw["pgh_label"],
        "pgh_created_at": when,
        "pgh_context_id": raw["pgh_context_id"],
    }
    for field in plain_fields(model):
        value = raw[field.column]
        values[field.attname] = value if field.is_relation or value is None else field.to_python(value)
    return SimpleNamespace(**values)


class _Called:
    """Stands for a row that another is called after."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class Names:
    """What rows were called at given moments: a constant number of queries, however many rows and models."""

    def __init__(self):
        self.asked, self.found, self.gone = set(), {}, set()

    def ask(self, model, key, moment):
        """Note that the name of row `key` of `model` at `moment` will be wanted."""
        if key is not None:
            self.asked.add((model, key, moment))

    def ask_of(self, model, event, moment):
        """The same for every row that an event of `model` refers to."""
        for field in plain_fields(model):
            if field.is_relation:
                self.ask(field.related_model, getattr(event, field.attname), moment)

    def fetch(self, depth=DEPTH):
        """Read all that was asked for."""
        asked, self.asked = self.asked - self.found.keys(), set()
        then = self._events(asked)
        for one, event in then.items():
            if depth:
                self.ask_of(one[0], event, one[2])
        if self.asked:
            self.fetch(depth - 1)
        for one, event in then.items():
            self.found[one] = self.name(one[0], event, one[2])
        self._living(asked - then.keys())

    def _events(self, asked):
        """The event of each asked row at its moment, else its first: {asked: event}."""
        by_model = {}
        for one in asked:
            if is_tracked(one[0]):
                by_model.setdefault(one[0], []).append(one)
        if not by_model:
            return {}
        parts, params, order = [], [], []
        for place, (model, ones) in enumerate(by_model.items()):
            table, live = _table(model.pgh_event_model), _table(model)
            key = connection.ops.quote_name(model._meta.pk.column)
            own = f"SELECT to_jsonb(e)::text FROM {table} e WHERE e.pgh_obj_id = w.key"  # noqa: S608 - our tables
            parts.append(
                f"SELECT {place}, w.place, COALESCE(({own} AND e.pgh_created_at <= w.moment"  # noqa: S608
                f" ORDER BY e.pgh_id DESC LIMIT 1), ({own} ORDER BY e.pgh_id LIMIT 1)),"
                f" EXISTS (SELECT FROM {live} t WHERE t.{key} = w.key)"
                " FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY w(key, moment, place)"
            )
            params += [[one[1] for one in ones], [one[2] for one in ones]]
            order.append((model, ones))
        found = {}
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for place, number, event, lives in cursor.fetchall():
                model, ones = order[place]
                one = ones[number - 1]
                if not lives:
                    self.gone.add(one)
                if event:
                    found[one] = _values(model, event)
        return found

    def _living(self, asked):
        """Names of rows without any history, as they are now."""
        by_model = {}
        for model, key, moment in asked:
            by_model.setdefault(model, []).append((key, moment))
        for model, ones in by_model.items():
            rows = model._base_manager.in_bulk({key for key, _moment in ones})
            self.found |= {(model, key, at): str(rows[key]) for key, at in ones if key in rows}

    def name(self, model, event, moment):
        """What the row of an event was called: its text, made from the values without asking for the row."""
        fields = plain_fields(model)
        row = model(pk=event.pgh_obj_id, **{field.attname: getattr(event, field.attname) for field in fields})
        for field in fields:
            key = getattr(event, field.attname) if field.is_relation else None
            if key is not None:
                called = self.found.get((field.related_model, key, moment), str(key))
                row._state.fields_cache[field.name] = _Called(called)
        try:
            return str(row)
        except (models.ObjectDoesNotExist, AttributeError, TypeError, ValueError):
            return str(event.pgh_obj_id)

    def say(self, model, key, moment):
        """The name in words, with a note on a row that is no longer there."""
        one = (model, key, moment)
        if one not in self.found:
            return _("no longer there (%(pk)s)") % {"pk": key}
        return _("%(name)s (no longer there)") % {"name": self.found[one]} if one in self.gone else self.found[one]

    def person(self, key, moment):
        """The user name that account `key` had, empty when it is not known."""
        return self.found.get((get_user_model(), key, moment), "")
