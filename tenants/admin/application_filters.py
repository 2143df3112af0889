"""Filters of the list of applications."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.admin.filters import ChoiceFilter
from parks.models import Park
from stp_portal.kit.admin_forms import on_of
from tenants import inbox
from tenants.models import ApplicationChoice
from tenants.models.application_states import ApplicationState, QueueBand


class StandingFilter(ChoiceFilter):
    """Where it stands today; an offer that lapsed stands as waiting."""

    title = gettext_lazy("state")
    parameter_name = "standing"

    def lookups(self, request, model_admin):
        return ApplicationState.choices

    def narrow(self, rows, value, on):
        """Applications of that standing, which the page annotates."""
        return rows.filter(standing=value)


class DueFilter(ChoiceFilter):
    """What waits for somebody."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request, model_admin):
        return [
            ("pseb", _("Anything for PSEB")),
            *inbox.Due.choices,
            ("overdue", _("A paper of the firm is overdue")),
            ("lapsing", _("A paper of the firm lapses within 30 days")),
        ]

    def narrow(self, rows, value, on):
        """Applications for which it waits."""
        return inbox.narrow(rows, value)


class AgeFilter(ChoiceFilter):
    """How long it has waited for PSEB: what the filter beside it asks for, or anything."""

    title = gettext_lazy("waiting")
    parameter_name = "age"

    def __init__(self, request, params, model, model_admin):
        super().__init__(request, params, model, model_admin)
        due = request.GET.get(DueFilter.parameter_name, "")
        self.due = due if due in inbox.Due.values else "pseb"

    def lookups(self, request, model_admin):
        return [(str(days), _("Over %(days)s days") % {"days": days}) for days in inbox.OLD_DAYS]

    def narrow(self, rows, value, on):
        """Applications that have waited since a day more than so many days before `on`."""
        return rows.filter(inbox.waiting_over(self.due, int(value), on))


class AssignedFilter(admin.SimpleListFilter):
    """Whose they are."""

    title = gettext_lazy("assigned to")
    parameter_name = "assigned"

    def lookups(self, request, model_admin):
        return [("me", _("Me")), ("nobody", _("Nobody")), ("others", _("Somebody else"))]

    def queryset(self, request, queryset):
        """Own applications, those of nobody, or of others."""
        value = self.value()
        if value is None:
            return queryset
        if value == "me":
            return queryset.filter(assigned_to=request.user)
        if value == "nobody":
            return queryset.filter(assigned_to__isnull=True)
        if value == "others":
            return queryset.filter(assigned_to__isnull=False).exclude(assigned_to=request.user)
        raise admin.options.IncorrectLookupParameters(value)


class BandFilter(ChoiceFilter):
    """How much is asked for."""

    title = gettext_lazy("size band")
    parameter_name = "band"

    def lookups(self, request, model_admin):
        return QueueBand.choices

    def narrow(self, rows, value, on):
        """Applications of that band."""
        return rows.filter(band=value)


class ChosenParkFilter(ChoiceFilter):
    """A park among the choices."""

    title = gettext_lazy("park")
    parameter_name = "park"

    def lookups(self, request, model_admin):
        chosen = ApplicationChoice.objects.scope_for(request.user, on_of(request)).order_by().values("park")
        parks = Park.objects.scope_for(request.user, on_of(request)).filter(pk__in=chosen)
        return [(str(pk), name) for pk, name in parks.order_by("name", "pk").values_list("pk", "name")]

    def narrow(self, rows, value, on):
        """Applications that choose it."""
        return inbox.choosing(rows, int(value))
