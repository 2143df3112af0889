"""`manage.py load_register`: the register's CSV files into the database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from parks.register import BadFolder, load

DATA = Path(__file__).resolve().parents[2] / "data"


class Command(BaseCommand):
    """Prints what was created, changed, left alone and why; exits non-zero when a row is bad."""

    help = (
        "Load the register of parks from a folder of CSV files. Run it again after a file has changed: what"
        " staff have edited or deleted since is kept and reported. One bad row, and nothing is loaded."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", nargs="?", type=Path, default=DATA, help="default: parks/data")
        parser.add_argument("--dry-run", action="store_true", help="print the same report, write nothing")
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is any park")

    def handle(self, *, folder, dry_run, if_empty, **options):
        try:
            report = load(folder, dry_run=dry_run, if_empty=if_empty)
        except BadFolder as error:
            raise CommandError(str(error)) from error
        self.stdout.write(report.text())
        if report.problems:
            raise CommandError(_("Nothing was loaded: the files have bad rows."))
        if dry_run and not report.note:
            self.stdout.write(_("Dry run: nothing was written."))
