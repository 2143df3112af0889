"""Rows checked without the database: their fields, their `clean()` and those of their check constraints that can be.

What is said here is said by the database too, but of one row at a time: a file with many bad rows would be tried
again for each of them.
"""

import operator
import re
from functools import cache

from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint, F, ForeignKey, GeneratedField, Q

# What PostgreSQL surely takes for a space, in a set of characters.
SPACE, SPACES = "[:space:]", r" \t\n\r\f\v"


def matches(value, pattern):
    """Whether a text matches a pattern as PostgreSQL writes them; None of what is no text."""
    if not isinstance(value, str):
        return None
    return re.search(pattern.replace(SPACE, SPACES), value) is not None


COMPARED = {
    "exact": operator.eq,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "in": lambda value, wanted: value in wanted,
    "regex": matches,
}
SURE = {Q.AND: False, Q.OR: True}


def errors_of(instance, exclude=()):
    """What is wrong with the fields of `instance`, as pairs of a field's name ("" for none) and a sentence.

    Foreign keys, uniqueness and `exclude` are left out. Asks the database nothing.
    """
    skipped = {*exclude, *_skipped(type(instance), instance._state.adding)}
    found = []
    try:
        instance.clean_fields(exclude=skipped)
        instance.clean()
    except ValidationError as error:
        for name, said in error.message_dict.items():
            found += [(name if name != "__all__" else "", sentence) for sentence in said]
    wrong = {name for name, _sentence in found}
    for constraint, names in _checks(type(instance)):
        if not wrong & set(names) and not skipped & set(names) and holds(constraint.condition, instance) is False:
            found.append((names[0] if len(names) == 1 else "", str(constraint.violation_error_message)))
    return found


def holds(condition, instance):
    """Whether the Q `condition` holds for the row: True, False, or None where SQL, or this function, cannot tell."""
    if isinstance(condition, tuple):
        return _compared(*condition, instance)
    if not isinstance(condition, Q) or condition.connector not in SURE:
        return None
    # Of "and" one False settles it, of "or" one True.
    settles = SURE[condition.connector]
    told = not settles
    for part in condition.children:
        holding = holds(part, instance)
        if holding is settles:
            told = settles
            break
        if holding is None:
            told = None
    return told if told is None or not condition.negated else not told


def _compared(path, wanted, instance):
    """What one comparison of a condition comes to, as `holds` tells it."""
    name, _mark, lookup = path.partition("__")
    value = getattr(instance, name)
    if isinstance(wanted, F):
        wanted = getattr(instance, wanted.name)
    if lookup == "isnull":
        return (value is None) is wanted
    compare = COMPARED.get(lookup or "exact")
    return None if value is None or wanted is None or compare is None else compare(value, wanted)


@cache
def _checks(model):
    """The check constraints of `model` that can be told here, each with the names of its fields in order."""
    found = []
    for constraint in model._meta.constraints:
        if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
            names = tuple(dict.fromkeys(_names(constraint.condition)))
            if names and all(name != "pk" for name in names):
                found.append((constraint, names))
    return found


def _names(condition):
    for part in condition.children:
        if isinstance(part, Q):
            yield from _names(part)
        elif isinstance(part, tuple):
            yield part[0].partition("__")[0]


@cache
def _skipped(model, adding):
    return frozenset(
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey | GeneratedField) or field.primary_key or (adding and field.has_db_default())
    )
