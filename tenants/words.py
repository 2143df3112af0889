"""How suites are called on public pages."""

from django.utils.translation import gettext as _

from parks.models.suite import SuiteKind


def suite_title(kind, number):
    """`Suite A-301` or `Desk 12`."""
    return (_("Desk %(number)s") if kind == SuiteKind.DESK else _("Suite %(number)s")) % {"number": number}
