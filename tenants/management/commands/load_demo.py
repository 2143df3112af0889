"""`manage.py load_demo`: invented suites, firms and leases, marked as such, and `--clear` to remove them."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from tenants import demo

PARKS, SUITES, YEARS = 12, 10, 5
MOST = {"parks": 20_000, "suites_per_park": 1_000, "years": 30, "seed": 2_000_000_000}
BAR = 30


class Command(BaseCommand):
    help = (
        "Invent suites, firms and leases over years, for parks that are open: the same for the same seed on the same"
        " day. Refused where real companies or leases are. --clear removes all of it and nothing else."
    )

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="default: 1")
        parser.add_argument("--parks", type=int, default=PARKS, help=f"default: {PARKS}; more than are open: invented")
        parser.add_argument("--suites-per-park", type=int, default=SUITES, help=f"default: {SUITES}")
        parser.add_argument("--years", type=int, default=YEARS, help=f"of history, default: {YEARS}")
        parser.add_argument("--clear", action="store_true", help="remove the demonstration; its history stays")

    def handle(self, *, seed, parks, suites_per_park, years, clear, **options):
        try:
            if clear:
                removed = demo.clear()
                self.stdout.write(
                    _("Cleared: %d rows of the demonstration.") % removed
                    if removed
                    else _("There is no demonstration to clear.")
                )
                return
            asked = {"seed": seed, "parks": parks, "suites_per_park": suites_per_park, "years": years}
            for name, value in asked.items():
                least = 0 if name == "seed" else 1
                if not least <= value <= MOST[name]:
                    option = "--" + name.replace("_", "-")
                    raise CommandError(
                        _("%(option)s is a whole number from %(least)d to %(most)d.")
                        % {"option": option, "least": least, "most": MOST[name]}
                    )
            counts = demo.load(**asked, today=timezone.localdate(), progress=self._progress())
        except demo.Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("Demonstration: %s. `manage.py load_demo --clear` removes it.")
            % ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
        )

    def _progress(self):
        """A bar on a terminal; nothing where it would only fill a log."""
        if not self.stderr.isatty():
            return None

        def draw(done, of):
            full = BAR * done // of
            bar = "█" * full + "░" * (BAR - full)
            end = "\n" if done == of else ""
            self.stderr.write(f"\r{bar} {done:,} / {of:,} {_('suites')}{end}", ending="", style_func=str)
            self.stderr.flush()

        return draw
