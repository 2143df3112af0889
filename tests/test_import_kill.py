"""An application of an import that is killed at any moment leaves the register as it was, or as it was to be."""

import os
import random
import signal
import time

import pytest
from django.db import connection

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.importing import engine, undo
from tenants.models import ImportBatch
from tests.factories import CompanyFactory, UserFactory
from tests.importing import TODAY, reviewed, table_hashes

KILLS = 50
HEADINGS = ["name", "ntn", "note", "contact_name", "contact_email"]
ROWS = [
    [f"Firm {number:03d}", f"{1_000_000 + number}", "as filed", f"Person {number}", f"p{number}@example.com"]
    for number in range(60)
]


def anew(by):
    """The import, uploaded and reviewed once more."""
    batch = reviewed("companies", HEADINGS, *ROWS, by=by)
    assert (batch.rows_new, batch.rows_changed, batch.rows_refused) == (50, 10, 0)
    return batch


def killed_after(seconds, batch, by):
    """Apply the batch in a process of its own, which is killed after `seconds`, and wait until it is all over."""
    # Not shared with the child: its own end would be told to the server on the parent's line.
    connection.close()
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            connection.ensure_connection()
            os.write(told, b"1")
            engine.apply(batch, "all", by, TODAY)
        finally:
            os._exit(0)
    os.read(ready, 1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(ready)
    os.close(told)
    with connection.cursor() as cursor:
        for _ in range(2_000):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.005)
    raise AssertionError("the killed process is still connected")


@pytest.mark.django_db(transaction=True)
def test_an_application_killed_at_fifty_random_moments_leaves_nothing_half_done(monkeypatch):
    # Several chunks, so that there are moments between them.
    monkeypatch.setattr(engine, "CHUNK", 20)
    by = UserFactory(role=LETTINGS_OFFICER)
    for row in ROWS[:10]:
        CompanyFactory(name=row[0], ntn=row[1], note="")
    before = table_hashes()
    batch = anew(by)
    begun = time.monotonic()
    engine.apply(batch, "all", by, TODAY)
    lasts = time.monotonic() - begun
    undo.undo(batch, by, TODAY)
    assert table_hashes() == before
    batch = anew(by)
    dice = random.Random(5)
    seen = {"reviewed": 0, "applied": 0}
    for _ in range(KILLS):
        killed_after(dice.uniform(0, lasts * 1.1), batch, by)
        state = ImportBatch.objects.get(pk=batch.pk).state
        seen[state] += 1
        if state == "reviewed":
            assert table_hashes() == before
            assert batch.writes.count() == 0
        else:
            assert table_hashes() != before
            assert batch.writes.count() == 120
            undo.undo(batch, by, TODAY)
            assert table_hashes() == before
            batch = anew(by)
    assert seen["reviewed"] > 0
    # What was killed so often can still be done.
    assert engine.apply(batch, "all", by, TODAY).ok
