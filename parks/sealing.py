"""The daily digests of the history: SHA-256 over a day's events, each digest over the one before it as well.

A digest stands in the table SealedDay, in a file and, where an address is set, in a mail. Whoever changes an event
later, by whatever means, would have to change all three. `manage.py verify_history` compares; see `digest_check`.
"""

import datetime as dt
import hashlib
import json
import re

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone
from pghistory.models import Context, Event
from psycopg2 import sql

from parks import digest_file
from parks.models import SealedDay

DAY = dt.timedelta(days=1)
# Transactions that began before midnight commit events of that day later.
WAIT = dt.timedelta(hours=2)
FORMAT = "stp-history-1"
NAME = re.compile(r"[a-z_][a-z0-9_]*")
CONTEXT = ("id", "created_at", "metadata")
# Rows that cross from the database at a time.
STEP = 2000


class Unreadable(Exception):
    """What a day was sealed over cannot be read any more; the message says what."""


def event_tables():
    """Tables of events, each with its columns: a dict of names to sorted lists of names."""
    models = [model for model in apps.get_models() if issubclass(model, Event) and model._meta.managed]
    return {
        model._meta.db_table: sorted(field.column for field in model._meta.concrete_fields)
        for model in sorted(models, key=lambda model: model._meta.db_table)
    }


def bounds(day):
    """The first moment of `day` in Karachi and the first of the next, both aware."""
    return tuple(timezone.make_aware(dt.datetime.combine(each, dt.time.min)) for each in (day, day + DAY))


def last_due(now=None):
    """The last day that may be sealed at `now` (aware, by default this moment): two hours after its end."""
    return timezone.localdate((now or timezone.now()) - WAIT) - DAY


def first_event_day(tables=None):
    """The day in Karachi of the oldest event of `tables`, by default of all tables of events; None without any."""
    oldest = []
    with connection.cursor() as cursor:
        for table in tables if tables is not None else event_tables():
            question = sql.SQL("SELECT min(pgh_created_at) FROM {}").format(sql.Identifier(table))
            cursor.execute(as_text(question, cursor))
            oldest.append(cursor.fetchone()[0])
    found = min((moment for moment in oldest if moment is not None), default=None)
    return found and timezone.localdate(found)


def digest_of(day, previous, columns):
    """The digest of `day` and the number of its events.

    `previous` is the digest of the day before, "" for the first, and `columns` the dict of tables to the columns that
    go into it. Tables that are not in `columns` go into it as well as soon as they hold an event of that day, so that
    none can be slipped in. Reads in steps, whatever the number of events. Raises Unreadable.
    """
    check_names(columns)
    begins, ends = bounds(day)
    digest, count = hashlib.sha256(f"{head_of(day, previous, columns)}\n".encode()), 0
    with transaction.atomic():
        _plain_formats()
        columns = columns | _unnamed(columns, begins, ends)
        if not columns:
            return digest.hexdigest(), 0
        # A named cursor within a transaction: it works behind a pooler, and the client's memory stays flat.
        with connection.chunked_cursor() as cursor:
            cursor.execute(as_text(_events_sql(columns), cursor), [begins, ends] * len(columns))
            while rows := cursor.fetchmany(STEP):
                count += len(rows)
                digest.update("".join(f"{line}\n" for (line,) in rows).encode())
    return digest.hexdigest(), count


def as_text(question, cursor):
    """A composed statement as text: what writes contexts of the history into statements reads them as such."""
    return question.as_string(cursor.cursor)


def head_of(day, previous, columns):
    """The first line that goes into a digest: what is sealed, after what, and over which columns."""
    return json.dumps([FORMAT, day.isoformat(), previous, columns], sort_keys=True, separators=(",", ":"))


def check_names(columns):
    """Raise Unreadable unless `columns` is a dict of tables that are there to lists of columns that are there."""
    there = _columns_there()
    if not isinstance(columns, dict):
        raise Unreadable("the columns that were sealed cannot be read")
    for table, names in columns.items():
        if not (NAME.fullmatch(table) and isinstance(names, list) and all(NAME.fullmatch(str(name)) for name in names)):
            raise Unreadable("the columns that were sealed cannot be read")
        if gone := sorted(set(names) - there.get(table, set())):
            raise Unreadable(f"the table {table} has no column {gone[0]} any more")


def _columns_there():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relname, a.attname FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid"
            " WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'"
            " AND a.attnum > 0 AND NOT a.attisdropped"
        )
        there = {}
        for table, column in cursor.fetchall():
            there.setdefault(table, set()).add(column)
    return there


def _unnamed(columns, begins, ends):
    """Tables of events that `columns` leaves out although they hold an event of the day."""
    left_out = {table: names for table, names in event_tables().items() if table not in columns}
    with connection.cursor() as cursor:
        for table in list(left_out):
            question = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE pgh_created_at >= %s AND pgh_created_at < %s)")
            cursor.execute(as_text(question.format(sql.Identifier(table)), cursor), [begins, ends])
            if not cursor.fetchone()[0]:
                del left_out[table]
    return left_out


def _plain_formats():
    """How values are written must hang on no setting of the server, the role or the connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL TIME ZONE 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';"
            "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
        )


def _events_sql(columns):
    """One row of text for each event of the day, in the order of time, table and key."""
    part = sql.SQL(
        "SELECT e.pgh_created_at AS at, {name} AS kind, e.pgh_id AS key, json_build_array({name},"
        " row_to_json((SELECT r FROM (SELECT {columns}) r)),"
        " CASE WHEN c.id IS NOT NULL THEN row_to_json((SELECT r FROM (SELECT {context}) r)) END)::text AS line"
        " FROM {table} e LEFT JOIN {contexts} c ON c.id = e.pgh_context_id"
        " WHERE e.pgh_created_at >= %s AND e.pgh_created_at < %s"
    )
    parts = [
        part.format(
            name=sql.SQL("{}::text").format(sql.Literal(table)),
            columns=sql.SQL(", ").join(sql.Identifier("e", name) for name in sorted(names)),
            context=sql.SQL(", ").join(sql.Identifier("c", name) for name in CONTEXT),
            table=sql.Identifier(table),
            contexts=sql.Identifier(Context._meta.db_table),
        )
        for table, names in sorted(columns.items())
    ]
    return sql.SQL('SELECT line FROM ({}) day ORDER BY at, kind COLLATE "C", key').format(
        sql.SQL(" UNION ALL ").join(parts)
    )


# --- sealing


def seal_due(now=None):
    """Seal every day from that of the first event to the last that is due at `now`; returns the SealedDay rows made.

    Stops before a day of which a transaction, or a request or command, may still be writing; the next run goes on.
    Safe to kill and to run again: each day is committed by itself and then written to the file. Raises OSError when
    the file cannot be written, and DigestFileError when lines of earlier days are missing there.
    """
    newest = SealedDay.objects.first()
    if newest is not None:
        # A run that was killed between the two.
        digest_file.complete(newest)
    day = newest.day + DAY if newest else first_event_day()
    made = []
    while day is not None and day <= last_due(now) and not _being_written(day, now or timezone.now()):
        row = seal(day)
        if row is None:
            # Another run was there first, and goes on.
            break
        digest_file.append(row)
        made.append(row)
        day += DAY
    if made:
        digest_file.check_complete()
    return made


def seal(day):
    """Seal `day`, the one after the newest sealed day; returns its SealedDay, None when it is sealed already."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {SealedDay._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        before = SealedDay.objects.first()
        if before is not None and before.day >= day:
            return None
        previous, columns = before.digest if before else "", event_tables()
        digest, events = digest_of(day, previous, columns)
        return SealedDay.objects.create(day=day, events=events, digest=digest, previous=previous, columns=columns)


def _being_written(day, now):
    """Whether something that began on `day` or before may still add to its events, or to why they were made."""
    ends = bounds(day)[1]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND xact_start < %s)",
            [ends],
        )
        if cursor.fetchone()[0]:
            return True
    # What a long command says of itself is written anew with each of its transactions.
    return Context.objects.filter(created_at__lt=ends, updated_at__gt=max(now - WAIT, ends)).exists()
