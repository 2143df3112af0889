"""All timed work: offers and applications that lapse, reminders, acknowledgements, mail. For cron."""

from django.core.management.base import BaseCommand, CommandError

from tenants import due


class Command(BaseCommand):
    help = "Record what has lapsed, remind whom it is due, send mail. Safe to run twice at once and to kill."

    def add_arguments(self, parser):
        parser.add_argument("--only", action="append", choices=list(due.JOBS), help="this job alone; may be repeated")

    def handle(self, *args, only, **options):
        rows = due.run(only=only)
        if rows is None:
            self.stdout.write("Another run is under way: nothing to do here.")
            return
        for row in rows:
            self.stdout.write(f"{row.job}: {row.result if row.ok else 'FAILED: ' + row.error}")
        if failed := [row.job for row in rows if not row.ok]:
            raise CommandError(f"Failed: {', '.join(failed)}. The list of runs in the staff site has the errors.")
