"""The register as it was known on an earlier day: the same questions, asked of what the history had by then.

Within `as_known` the tables that the rent roll and the occupancy read are covered by temporary ones of the same names,
filled from the newest event of each row up to that day. PostgreSQL looks into the temporary tables first, so the one
definition of what is let, vacant and due is asked of the past as it is asked of the present.
"""

import datetime as dt
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from parks.models import (
    AreaReport,
    City,
    HostAgreement,
    HostInstitution,
    Park,
    Source,
    StageEvent,
    Suite,
    SuiteClosure,
)

from .models import Company, Lease, LeaseDocument, Letting, LettingRate

# What the reports read. Accounts and who has which park are as they are today: who may look is a question of today.
COVERED = (
    *(City, HostInstitution, Source, Park, AreaReport, StageEvent, HostAgreement, Suite, SuiteClosure),
    *(Company, Lease, LeaseDocument, Letting, LettingRate),
)
# The newest event of a row is the one written last: of two transactions at work on one row the second waits for the
# first, whichever began earlier. What that event is, a deletion or another park's row, is asked outside.
FILL = """
INSERT INTO pg_temp.{table} ({columns})
SELECT {columns} FROM (
    SELECT DISTINCT ON (pgh_obj_id) * FROM {events} WHERE pgh_created_at < %s ORDER BY pgh_obj_id, pgh_id DESC
) newest
WHERE pgh_label <> 'delete'
"""


def end_of(day):
    """The first moment after `day` in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=1), dt.time()))


@contextmanager
def as_known(day, using=DEFAULT_DB_ALIAS):
    """Within the block every query reads the register as it was known at the end of `day`.

    Nothing of the register can be written within it: what would go to a covered table is forgotten at the end, and
    the database refuses every other write.

    Querysets must be read inside the block. What was entered on `day` counts; offers lapse and tenants hold over as
    seen from the day that the caller passes down, which is `day` as a rule. Rows older than their history are left
    out: there are none in the portal. Raises ValueError inside an `as_known` block.
    """
    connection = connections[using]
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            _cover(cursor, connection.ops.quote_name, end_of(day))
            cursor.execute("SET TRANSACTION READ ONLY")
        try:
            yield
        finally:
            # The temporary tables go with the savepoint; there is nothing else to keep.
            transaction.set_rollback(True, using=using)


def _cover(cursor, quote, until):
    cursor.execute("SELECT to_regclass('pg_temp.' || %s)", [Letting._meta.db_table])
    if cursor.fetchone()[0] is not None:
        raise ValueError("The past is being read already.")
    for model in COVERED:
        own, events = model._meta, model.pgh_event_model._meta
        table = quote(own.db_table)
        kept = {field.column for field in events.fields}
        columns = ", ".join(
            quote(field.column) for field in own.concrete_fields if field.column in kept and not field.generated
        )
        cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {table} INCLUDING GENERATED) ON COMMIT DROP")
        cursor.execute(FILL.format(table=table, columns=columns, events=quote(events.db_table)), [until])
        for field in own.concrete_fields:
            if field.primary_key or field.is_relation:
                cursor.execute(f"CREATE INDEX ON pg_temp.{table} ({quote(field.column)})")
        cursor.execute(f"ANALYZE pg_temp.{table}")
