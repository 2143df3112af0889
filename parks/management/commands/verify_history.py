"""Compares the history with its daily digests. For cron, and for whoever has to show that nothing was changed."""

import argparse
import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from parks.digest_check import recorded, verify


class Command(BaseCommand):
    help = (
        "Compute the digests of all sealed days anew and compare them with the table and the file. "
        "Exit status 0 when all agree or none is sealed yet, 1 with the first day that differs."
    )

    def add_arguments(self, parser):
        parser.add_argument("--file", type=Path, help="a file of digests to compare with, such as one kept elsewhere")
        parser.add_argument("--from", dest="since", type=_day, metavar="DAY", help="from this day on, like 2026-11-22")

    def handle(self, *args, file, since, **options):
        if file is not None and not file.is_file():
            raise CommandError(f"There is no file {file}.", returncode=2)
        told = None
        if options["verbosity"] > 1:
            told = self._told
        verdict = verify(since=since, file=file, told=told)
        if file is None:
            # A copy may be an old one; what is recorded is how the portal's own stand.
            recorded(verdict)
        if verdict.day is not None:
            raise CommandError(f"The history does not agree from {verdict.day.isoformat()} on: {verdict.why}")
        if verdict.why:
            raise CommandError(verdict.why)
        if not verdict.days:
            which = f"No day from {since.isoformat()} on" if since else "No day"
            self.stdout.write(f"{which} is sealed yet: there is nothing to compare.")
            return
        self.stdout.write(
            f"All {verdict.days} sealed days from {verdict.first.isoformat()} to {verdict.last.isoformat()} agree: "
            f"{verdict.events} events."
        )

    def _told(self, row):
        self.stdout.write(f"{row.day.isoformat()} agrees: {row.events} events")


def _day(text):
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a day like 2026-11-22") from None
