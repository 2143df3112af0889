"""What tests of imported leases share: files made of rows by column key, and what became of them."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile

from parks.models import Park, Suite
from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.columns import LEASES, lease_rows, letting_rows
from tenants.importing.engine import apply, review
from tenants.importing.staging import receive, stage
from tenants.models import Company, Lease, Letting, LettingRate
from tests.factories import UserFactory
from tests.leases import TODAY

COLUMNS = [column for column in LEASES if not column.derived]
BY_KEY = {column.key: column for column in COLUMNS}
# The tables that an import of leases may touch.
TABLES = (Park, Suite, Company, Lease, Letting, LettingRate)


def officer():
    """A lettings officer, who may import leases."""
    return UserFactory(role=LETTINGS_OFFICER)


def staged(rows, by=None, *, reason="The register of 2024.", keys=None, **facts):
    """A batch of a CSV file with `rows`, each {column key: cell}; its first row has the number 2."""
    keys = keys or [column.key for column in COLUMNS if any(column.key in row for row in rows)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(keys)
    for row in rows:
        writer.writerow(["" if row.get(key) is None else row[key] for key in keys])
    by = by or officer()
    batch = receive("leases", SimpleUploadedFile("leases.csv", text.getvalue().encode()), by)
    batch.sheet, batch.header_row, batch.columns = "", 1, keys
    batch.mapping = {str(place): key for place, key in enumerate(keys)}
    batch.reason = reason
    for name, value in facts.items():
        setattr(batch, name, value)
    stage(batch, by)
    return batch


def reviewed(rows, by=None, today=TODAY, **kwargs):
    """Such a batch after its review."""
    by = by or officer()
    return review(staged(rows, by, **kwargs), by, today)


def imported(rows, by=None, today=TODAY, mode="all", **kwargs):
    """Such a batch after it was applied."""
    by = by or officer()
    batch = reviewed(rows, by, today, **kwargs)
    done = apply(batch, mode, by, today)
    assert done.ok, told(batch)
    batch.refresh_from_db()
    return batch


def told(batch):
    """[(outcome, changes, problems)] of the rows, in order."""
    rows = batch.rows.order_by("number")
    return [(row.outcome, row.changes, [tuple(problem) for problem in row.problems]) for row in rows]


def outcomes(batch):
    """The outcomes of the rows, in order."""
    return list(batch.rows.order_by("number").values_list("outcome", flat=True))


def why(batch):
    """All that the rows are told, in one text."""
    return " ".join(" ".join(problem) for row in batch.rows.order_by("number") for problem in row.problems)


def exported(on=TODAY, leases=None):
    """The register's lettings, then its leases without one, as rows of a file."""
    leases = Lease.objects.all() if leases is None else leases
    rows = [*letting_rows(Letting.objects.filter(lease__in=leases), on)]
    rows += lease_rows(leases.filter(lettings=None), on)
    return [{column.key: column.of(row) for column in COLUMNS} for row in rows]


def hashes():
    """The content of every table that an import of leases may touch."""
    return {
        model.__name__: sorted(
            model._base_manager.values_list(*(field.attname for field in model._meta.concrete_fields)), key=str
        )
        for model in TABLES
    }
