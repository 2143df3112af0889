"""Filters of the staff lists that are not plain columns."""

import datetime as dt

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Park
from parks.models.stage import Stage
from stp_portal.kit.admin_forms import on_of
from tenants import panels


class ChoiceFilter(admin.SimpleListFilter):
    """A filter with fixed choices; a value that is none of them is refused as not understood.

    A subclass has `narrow(rows, value, on)`: the rows that have `value` on the day `on`.
    """

    def queryset(self, request, queryset):
        """The rows of the chosen value."""
        value = self.value()
        if value is None:
            return queryset
        if value not in {str(key) for key, _label in self.lookup_choices}:
            raise IncorrectLookupParameters(value)
        return self.narrow(queryset, value, on_of(request))


class StageFilter(ChoiceFilter):
    """The stage in effect today."""

    title = gettext_lazy("stage today")
    parameter_name = "stage"

    def lookups(self, request, model_admin):
        return [*Stage.choices, ("none", _("No stage in effect"))]

    def narrow(self, rows, value, on):
        """Parks in that stage on `on`."""
        parks = rows.with_stage(on)
        return parks.filter(stage__isnull=True) if value == "none" else parks.filter(stage=value)


class StuckFilter(ChoiceFilter):
    """Parks whose MoU is old and that never opened."""

    title = gettext_lazy("progress")
    parameter_name = "stuck"

    def lookups(self, request, model_admin):
        return [("1", _("Stuck: MoU over 24 months old, no opening"))]

    def narrow(self, rows, value, on):
        """Parks that are stuck on `on`."""
        return rows.filter(pk__in=Park.objects.stuck(on).values("pk"))


class AreaFilter(ChoiceFilter):
    """Whether a reported area is chosen."""

    title = gettext_lazy("reported area")
    parameter_name = "area"

    def lookups(self, request, model_admin):
        return [("none", _("No reported area")), ("known", _("Reported"))]

    def narrow(self, rows, value, on):
        """Parks with or without a chosen area report."""
        return rows.with_area().filter(reported_area_sqft__isnull=value == "none")


class VerifiedFilter(ChoiceFilter):
    """How long ago the facts were checked."""

    title = gettext_lazy("verified")
    parameter_name = "verified"

    def lookups(self, request, model_admin):
        return [("stale", _("Not verified for 180 days")), ("never", _("Never verified"))]

    def narrow(self, rows, value, on):
        """Parks never verified, or not since 180 days before `on`."""
        if value == "never":
            return rows.filter(last_verified_on__isnull=True)
        return rows.unverified(on)


class ServiceFilter(ChoiceFilter):
    """Suites offered today."""

    title = gettext_lazy("service")
    parameter_name = "service"

    def lookups(self, request, model_admin):
        return [("now", _("In service today")), ("not", _("Not in service today"))]

    def narrow(self, rows, value, on):
        """Suites in service on `on`, or the others."""
        offered = rows.in_service(on)
        return offered if value == "now" else rows.exclude(pk__in=offered.order_by().values("pk"))


class ExpiryFilter(ChoiceFilter):
    """Agreements that end soon."""

    title = gettext_lazy("expiry")
    parameter_name = "expiry"

    def lookups(self, request, model_admin):
        return [
            ("180", _("Within 180 days")),
            ("before", _("Before the leases of its tenants")),
            ("past", _("Expired")),
            ("open", _("No expiry recorded")),
        ]

    def narrow(self, rows, value, on):
        """Agreements by their last day, seen from `on`."""
        if value == "before":
            return panels.agreements_outlasted(rows, on)
        if value == "past":
            return rows.filter(expiry_date__lt=on)
        if value == "open":
            return rows.filter(expiry_date__isnull=True)
        return rows.filter(expiry_date__gte=on, expiry_date__lte=on + dt.timedelta(days=180))
