"""Imports against the plain loop that they replace: `full_clean()` and `save()` over the same rows, in the same run."""

import csv
import io
import time
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from . import worker

SIZES = (1_000, 20_000)
HEADINGS = ("Name", "SECP number", "NTN", "Activity", "Size", "Website", "Note of staff")
# The loop takes so long that more rows are measured by this many of them; each costs the same.
MOST_LOOPED = 1_000


@dataclass(frozen=True)
class Facts:
    """Seconds of each step over `rows` rows, and by how many MB memory grew at most from before the first step."""

    rows: int
    loop: float
    stage: float
    review: float
    apply: float
    undo: float
    grown: float

    @property
    def ratio(self):
        """Review and apply together, in loops."""
        return (self.review + self.apply) / self.loop


def rows_of(count):
    """Cells of `count` different companies, the same at each call."""
    return [
        (
            f"Bench {number:05d} Technologies (Pvt) Ltd",
            f"{number:07d}",
            f"{1_000_000 + number}-{number % 10}",
            "software",
            "up_to_20",
            f"https://bench-{number}.example.com",
            f"Row {number} of the old register.",
        )
        for number in range(1, count + 1)
    ]


def measure(pipe, count):
    """Send the Facts of `count` rows, in a database of its own; memory is this process's, so one size for each."""
    with worker.told(pipe):
        name = worker.connect("imports")
        if worker.create(name):
            call_command("migrate", interactive=False, verbosity=0)
        with connection.cursor() as cursor:
            # As the web process has it: no statement of an import may be a long one.
            cursor.execute("SET statement_timeout = '5s'")
        pipe.send(("ready", facts_of(count)))


def facts_of(count):
    """Take the steps over `count` rows, and leave the register as it was."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - models need the settings first
    from django.core.files.base import ContentFile  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from tenants.importing import engine, undo  # noqa: PLC0415
    from tenants.importing.headers import recognise  # noqa: PLC0415
    from tenants.models import Company  # noqa: PLC0415

    by, _made = get_user_model().objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    today = timezone.localdate()
    rows = rows_of(count)
    text = io.StringIO()
    csv.writer(text).writerows([HEADINGS, *rows])
    file = ContentFile(text.getvalue().encode(), name="bench.csv")
    del text
    before = memory(anew=True)
    batch = engine.receive("companies", file, by)
    batch.header_row, batch.columns = 1, list(HEADINGS)
    batch.mapping = {str(place): key for place, key in recognise("companies", HEADINGS).items()}
    taken = [_timed(lambda: engine.stage(batch, by)), _timed(lambda: engine.review(batch, by, today))]
    taken.append(_timed(lambda: engine.apply(batch, "all", by, today)))
    if Company.objects.filter(name__startswith="Bench ").count() != count:
        raise AssertionError("the import did not write its rows")
    taken.append(_timed(lambda: undo.undo(batch, by, today)))
    grown = (memory() - before) / 1024
    batch.file.delete(save=False)
    looped = rows[:MOST_LOOPED]
    loop = _timed(lambda: _plain_loop(Company, looped)) * count / len(looped)
    return Facts(count, loop, *taken, grown)


def memory(anew=False):
    """The largest memory of this process in KB, since its begin or the last call with `anew`."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def _plain_loop(model, rows):
    names = ("name", "secp_number", "ntn", "activity", "size_class", "website", "note")
    with transaction.atomic():
        for number, row in enumerate(rows):
            company = model(slug=f"bench-{number}", **dict(zip(names, row, strict=True)))
            company.full_clean()
            company.save()
        transaction.set_rollback(True)


def _timed(step):
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def lines(found):
    """The table of some Facts."""
    heads = "import of|loop s|stage s|review s|apply s|undo s|(review + apply) / loop|memory grew by MB"
    rows = [
        (
            *(f"{facts.rows:,} companies", f"{facts.loop:.1f}", f"{facts.stage:.1f}", f"{facts.review:.1f}"),
            *(f"{facts.apply:.1f}", f"{facts.undo:.1f}", f"{facts.ratio:.2f}", f"{facts.grown:.0f}"),
        )
        for facts in found
    ]
    return [heads.split("|"), *rows]
