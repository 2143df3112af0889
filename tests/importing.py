"""What tests of imports share: a file as a batch, taken through its steps without a page."""

import csv
import datetime as dt
import io

from django.core.files.base import ContentFile
from django.db import connection

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.importing import engine
from tenants.importing.headers import recognise
from tenants.models import ImportBatch
from tenants.models.batch import LEFT_OUT
from tests.factories import UserFactory

TODAY = dt.date(2026, 11, 22)
# What an import leaves behind by design: its own rows, history, and what is no table of the register.
NOT_COMPARED = ("tenants_import", "pghistory_", "django_", "auth_", "parks_exportrecord")


def csv_file(headings, *rows, name="rows.csv"):
    """A CSV as an upload."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return ContentFile(text.getvalue().encode(), name=name)


def receive(kind, headings, *rows, by, reason="the old register", **facts):
    """A batch of `kind` with one sheet of these headings and rows, its columns recognised; not staged."""
    batch = engine.receive(kind, csv_file(headings, *rows), by)
    columns = recognise(kind, headings)
    batch.header_row, batch.columns = 1, list(headings)
    batch.mapping = {str(place): columns.get(place, LEFT_OUT) for place in range(len(headings))}
    batch.reason = reason
    for name, value in facts.items():
        setattr(batch, name, value)
    batch.save()
    return batch


def reviewed(kind, headings, *rows, by=None, today=TODAY, **facts):
    """As `receive`, staged and reviewed."""
    by = by or UserFactory(role=LETTINGS_OFFICER)
    batch = receive(kind, headings, *rows, by=by, **facts)
    engine.stage(batch, by)
    return engine.review(batch, by, today)


def applied(kind, headings, *rows, by=None, mode="all", today=TODAY, **facts):
    """As `reviewed`, and applied."""
    batch = reviewed(kind, headings, *rows, by=by, today=today, **facts)
    done = engine.apply(batch, mode, by or batch.created_by, today)
    assert done.ok, [(row.number, row.problems) for row in batch.rows.all()]
    return ImportBatch.objects.get(pk=batch.pk)


def outcomes(batch):
    """{number: outcome} of the batch's rows."""
    return dict(batch.rows.values_list("number", "outcome"))


def row_of(batch, number):
    """The row of the file with this number."""
    return batch.rows.get(number=number)


def changes(batch):
    """{number: [(label, old, new)]} of the rows that change something."""
    rows = batch.rows.exclude(changes=[])
    return {row.number: [tuple(change) for change in row.changes] for row in rows}


def reasons(batch):
    """{number: [(heading, reason)]} of the refused rows."""
    return {
        row.number: [(problem[0], problem[2]) for problem in row.problems]
        for row in batch.rows.filter(outcome="refused")
    }


def table_hashes():
    """{table: hash of all its rows} of the register: every table but history, the imports' own and Django's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%%event' ORDER BY 1"
        )
        tables = [name for (name,) in cursor.fetchall() if not name.startswith(NOT_COMPARED)]
        tables.append("parks_stageevent")
        found = {}
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" t"  # noqa: S608
            )
            found[table] = cursor.fetchone()[0]
    return found
