"""Filters of the desk's lists that are not plain columns."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.admin.filters import ChoiceFilter
from tenants import coming
from tenants.models.batch import BEGUN
from tenants.models.lease_states import LeaseWord

EXPIRING_DAYS = 90


class PsebFilter(ChoiceFilter):
    """Companies by the state of their PSEB registration."""

    title = gettext_lazy("PSEB registration")
    parameter_name = "pseb"

    def lookups(self, request, model_admin):
        return [
            ("lapsed", _("Lapsed")),
            ("30", _("Expires within %(days)s days") % {"days": 30}),
            ("soon", _("Expires within %(days)s days") % {"days": EXPIRING_DAYS}),
            ("none", _("No number recorded")),
        ]

    def narrow(self, rows, value, on):
        """Companies by the last day of their registration, seen from `on`."""
        if value == "none":
            return rows.filter(pseb_number="")
        if value == "lapsed":
            return rows.filter(pseb_expiry_date__lt=on)
        return coming.registration_ending(rows, on, EXPIRING_DAYS if value == "soon" else int(value))


class EndsFilter(ChoiceFilter):
    """Signed leases that end soon and are not renewed; `last_day` is annotated by the page."""

    title = gettext_lazy("expiring, not renewed")
    parameter_name = "ends"

    def lookups(self, request, model_admin):
        return [(str(days), _("Within %(days)s days") % {"days": days}) for days in coming.ENDING_DAYS]

    def narrow(self, rows, value, on):
        """Leases whose last day is at most so many days after `on`."""
        return coming.ending(rows, on, int(value))


class StepFilter(ChoiceFilter):
    """Signed leases whose rent changes soon."""

    title = gettext_lazy("step in rent")
    parameter_name = "step"

    def lookups(self, request, model_admin):
        return [(str(coming.STEP_DAYS), _("Within %(days)s days") % {"days": coming.STEP_DAYS})]

    def narrow(self, rows, value, on):
        """Leases with a new rent at most so many days after `on`."""
        return coming.stepping(rows, on, int(value))


class BegunFilter(ChoiceFilter):
    """Imports that were begun and not brought in."""

    title = gettext_lazy("progress")
    parameter_name = "begun"

    def lookups(self, request, model_admin):
        return [("1", _("Begun, not brought in"))]

    def narrow(self, rows, value, on):
        """Imports of which nothing is in the register yet."""
        return rows.filter(state__in=BEGUN)


class WordFilter(ChoiceFilter):
    """What a lease is today; `word` is annotated by the page."""

    title = gettext_lazy("lease today")
    parameter_name = "word"

    def lookups(self, request, model_admin):
        return LeaseWord.choices

    def narrow(self, rows, value, on):
        """Leases of that word."""
        return rows.filter(word=value)


class DeedFilter(ChoiceFilter):
    """Signed leases by whether their deed is on file."""

    title = gettext_lazy("deed")
    parameter_name = "deed"

    def lookups(self, request, model_admin):
        return [("yes", _("Deed on file")), ("no", _("In occupation without a deed"))]

    def narrow(self, rows, value, on):
        """Leases whose deed is on file, or signed ones without."""
        return rows.filter(deed_on_file=True) if value == "yes" else rows.without_deed()
