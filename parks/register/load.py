"""One load from beginning to end: all of it, or nothing."""

import pghistory
from django.db import connection, transaction
from django.utils.translation import gettext as _

from parks.models import Park

from .fresh import extras
from .merge import COMMAND, Merge
from .parse import BadFolder, parse
from .report import Report
from .tables import TABLES

__all__ = ["BadFolder", "load"]

# Any number will do, as long as nothing else of the portal takes the same advisory lock.
LOCK = 7_308_604_896_000_001


def load(folder, *, dry_run=False, if_empty=False):
    """Bring the CSV files of `folder` (a Path) into the register and return the Report.

    With problems in the report, or on a dry run, nothing was written. With `if_empty` nothing is done
    when there is any park. Raises BadFolder when the folder lacks a file.
    """
    if if_empty and (note := _not_empty()):
        return Report(note=note)
    parsed = parse(folder)
    report = Report(problems=parsed.problems)
    reason = _("Loaded from the register's files in the folder “%s”.") % folder.resolve().name
    with transaction.atomic(), pghistory.context(command=COMMAND, reason=reason):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if if_empty and (note := _not_empty()):
            return Report(note=note)
        _merge_all(parsed, report, rehearsal=dry_run or bool(parsed.problems))
        if dry_run or report.problems:
            transaction.set_rollback(True)
    return report


def _merge_all(parsed, report, *, rehearsal):
    merges = {}
    for table in TABLES:
        if table in parsed.rows:
            further = extras(table.model, rehearsal)
            merges[table.model] = Merge(table, parsed.rows[table], report, merges, further)
            merges[table.model].run()
    for merge in merges.values():
        merge.report_deleted()


def _not_empty():
    count = Park.objects.count()
    return _("The register holds %d parks already: nothing was loaded.") % count if count else ""
