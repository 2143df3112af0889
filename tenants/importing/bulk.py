"""Many rows of one table in one statement each: `bulk_update` would spell every row out in a CASE for every column."""

from itertools import islice

from django.db import connection, models

from .planning import CHUNK

# What PostgreSQL calls the types of the columns, where an array is made of them. Text is not cut to a length:
# assigning a text that is too long to a shorter column is then an error, as it should be.
TEXTS = (models.CharField, models.TextField)


def array_type(field):
    """The SQL type of one element of an array of values of `field`."""
    if isinstance(field, TEXTS):
        return "text"
    if isinstance(field, models.JSONField):
        return "jsonb"
    if isinstance(field, models.DecimalField):
        return "numeric"
    return field.rel_db_type(connection) if field.primary_key else field.db_type(connection).partition("(")[0]


def update_rows(model, attnames, rows, *, by=("pk",), also=None):
    """Set the columns `attnames` of many rows of `model` at once; returns how many rows there were.

    `rows` are tuples of the values of the columns in `by`, which tell the row, then of those in `attnames`. `also`
    narrows them to rows with these values: {attname: value}. JSON comes as text.
    """
    if not rows:
        return 0
    quote = connection.ops.quote_name
    fields = [_field(model, name) for name in (*by, *attnames)]
    columns = [quote(field.column) for field in fields]
    arrays = ", ".join(f"%s::{array_type(field)}[]" for field in fields)
    setting = ", ".join(f"{column} = new.{column}" for column in columns[len(by) :])
    told = [f"old.{column} = new.{column}" for column in columns[: len(by)]]
    params = [
        [value if isinstance(field, models.JSONField) else _prepared(field, value) for value in column]
        for field, column in zip(fields, zip(*rows, strict=True), strict=True)
    ]
    for name, value in (also or {}).items():
        told.append(f"old.{quote(_field(model, name).column)} = %s")
        params.append(value)
    sql = (
        f"UPDATE {quote(model._meta.db_table)} AS old SET {setting} "  # noqa: S608 - names of columns, no values
        f"FROM unnest({arrays}) AS new({', '.join(columns)}) WHERE {' AND '.join(told)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def values_of(model, keys):
    """{key: {attname: value}} of the stored columns of the rows with these keys; computed columns are left out."""
    names = [field.attname for field in stored_fields(model)]
    rows = model._base_manager.filter(pk__in=keys).values_list("pk", *names)
    return {pk: dict(zip(names, values, strict=True)) for pk, *values in rows}


def stored_fields(model):
    """The columns of `model` that hold a value of their own, its key left out."""
    return [field for field in model._meta.concrete_fields if not field.generated and not field.primary_key]


def lock_rows(model, keys):
    """Lock the rows with these keys in the order of their keys; returns the keys of those that are there."""
    rows = model._base_manager.filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
    return list(rows.values_list("pk", flat=True))


def in_chunks(things, size=CHUNK):
    """Lists of `size` of what an iterator gives, the last one shorter."""
    things = iter(things)
    while chunk := list(islice(things, size)):
        yield chunk


def moment():
    """The moment at which the present transaction began, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        return cursor.fetchone()[0]


def _field(model, name):
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _prepared(field, value):
    return field.get_db_prep_save(value, connection)
