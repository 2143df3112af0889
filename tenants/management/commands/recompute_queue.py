"""Compute every place in the queues anew from the published rows alone, and compare."""

import csv
import io
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tenants import queue
from tenants.views.queue import COLUMNS, records

NEEDED = ("park", "band", "position", "reference", "date")


class Command(BaseCommand):
    help = "Recompute every position from the rows that /queue/ publishes (CSV or JSON); without a file from today's."

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="a download of /queue/, CSV or JSON; - reads standard input")

    def handle(self, *args, file, **options):
        rows = self.read(file) if file else list(records(queue.rows(timezone.localdate())))
        for number, row in enumerate(rows, start=1):
            if missing := [name for name in NEEDED if not str(row.get(name) or "").strip()]:
                raise CommandError(f"Row {number} has no {', '.join(missing)}.")
        # The code tells two parks of one name apart.
        keyed = [row | {"park": row.get("park_code") or row["park"]} for row in rows]
        places = queue.recompute(keyed)
        if len(places) != len(keyed):
            raise CommandError("A reference stands in one queue twice.")
        for row in keyed:
            place = places[row["park"], row["band"], row["reference"]]
            if str(row["position"]) != str(place):
                raise CommandError(
                    f"{row['reference']} in the queue of {row['park']}, {row['band']}: published {row['position']}, "
                    f"computed {place}."
                )
        self.stdout.write(f"{len(keyed)} places in the queues agree with the published rows.")

    @staticmethod
    def read(file):
        """The rows of a download."""
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            text = raw.decode("utf-8-sig")
            if text.lstrip().startswith("{"):
                rows = json.loads(text)["results"]
                named = set(rows[0]) if rows else set(NEEDED)
                if not all(isinstance(row, dict) for row in rows):
                    raise ValueError("a row is no object")
            else:
                reader = csv.DictReader(io.StringIO(text, newline=""))
                rows, named = list(reader), set(reader.fieldnames or ())
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise CommandError(f"{file} is no download of the queue: {error}") from error
        if not set(NEEDED) <= named:
            raise CommandError(f"{file} is no download of the queue: it needs the columns {', '.join(COLUMNS)}.")
        return rows
