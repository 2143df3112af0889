"""One fingerprint of everything that the database holds, to show that a refused request changed nothing."""

from django.db import connection

# Written by reading itself: who is signed in, and the savings of a cache.
WRITTEN_BY_READING = {"django_session", "parks_staffsession"}


def db_hash(leave_out=()):
    """The digest of every table by name, without `leave_out`; equal before and after means that no row differs."""
    skip = WRITTEN_BY_READING | set(leave_out)
    with connection.cursor() as cursor:
        names = sorted(set(connection.introspection.table_names(cursor)) - skip)
        each = (
            # The names are the database's own.
            f"SELECT {place}, md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"  # noqa: S608
            f" FROM {connection.ops.quote_name(name)} t"
            for place, name in enumerate(names)
        )
        cursor.execute(" UNION ALL ".join(each))
        return {names[place]: digest for place, digest in cursor.fetchall()}


def changed_tables(before, leave_out=()):
    """The names of the tables that differ from `before`, an answer of `db_hash` with the same `leave_out`."""
    after = db_hash(leave_out)
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
