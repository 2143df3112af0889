"""Filters of the desk's lists that are not plain columns."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.admin.filters import ChoiceFilter
from tenants.models.lease_states import LeaseWord

EXPIRING_DAYS = 90


class PsebFilter(ChoiceFilter):
    """Companies by the state of their PSEB registration."""

    title = gettext_lazy("PSEB registration")
    parameter_name = "pseb"

    def lookups(self, request, model_admin):
        return [
            ("lapsed", _("Lapsed")),
            ("soon", _("Expires within %(days)s days") % {"days": EXPIRING_DAYS}),
            ("none", _("No number recorded")),
        ]

    def narrow(self, rows, value, on):
        """Companies by the last day of their registration, seen from `on`."""
        if value == "none":
            return rows.filter(pseb_number="")
        if value == "lapsed":
            return rows.filter(pseb_expiry_date__lt=on)
        return rows.filter(pseb_expiry_date__gte=on, pseb_expiry_date__lte=on + dt.timedelta(days=EXPIRING_DAYS))


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
