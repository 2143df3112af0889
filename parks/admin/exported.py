"""The log of downloads: who took which list out of the staff site, when, how many rows, under which filter."""

from django.apps import apps
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from parks.models import ExportRecord
from stp_portal.kit.admin import StaffModelAdmin

from .filters import ChoiceFilter
from .signed_in import WhenFilter

# Reports, which are no model's list.
REPORTS = {
    "occupancy": gettext_lazy("Report: parks"),
    "occupancy-by": gettext_lazy("Report: occupancy"),
    "occupancy-months": gettext_lazy("Report: occupancy by month"),
    "processing": gettext_lazy("Report: processing times by stage"),
    "processing-parks": gettext_lazy("Report: processing times by park"),
    "processing-steps": gettext_lazy("Report: steps of applications"),
    "stacking-plan": gettext_lazy("Report: stacking plan"),
    "timeline": gettext_lazy("Report: timeline"),
    "rent-roll": gettext_lazy("Report: rent roll"),
    "expiries": gettext_lazy("Report: expiries"),
    "voids": gettext_lazy("Report: voids"),
    "watch-without-agreement": gettext_lazy("Watch list: no agreement"),
    "watch-holding-over": gettext_lazy("Watch list: holding over"),
    "watch-registrations": gettext_lazy("Watch list: PSEB registrations"),
    "watch-offers": gettext_lazy("Watch list: offers lapsing"),
    "area-conflicts": gettext_lazy("Differing areas"),
    "history": gettext_lazy("Search of the history"),
    "import-report": gettext_lazy("Report of an import"),
    "demand": gettext_lazy("Demand for space, by city and size"),
    "tenants.letting": gettext_lazy("Leases with lettings"),
}


def list_words(name):
    """The words for the list `name` of a record; the name itself where it is of none that is known."""
    if name in REPORTS:
        return str(REPORTS[name])
    try:
        return capfirst(apps.get_model(name)._meta.verbose_name_plural)
    except (LookupError, ValueError):
        return name


class ListFilter(ChoiceFilter):
    """Records of one list."""

    title = gettext_lazy("list")
    parameter_name = "list"

    def lookups(self, request, model_admin):
        names = ExportRecord.objects.order_by("name").values_list("name", flat=True).distinct()
        return sorted(((name, list_words(name)) for name in names), key=lambda pair: pair[1].lower())

    def narrow(self, rows, value, on):
        """Downloads of that list."""
        return rows.filter(name=value)


@admin.register(ExportRecord)
class ExportRecordAdmin(StaffModelAdmin):
    """To read: a record is written by the download alone and never changed."""

    menu_order = 11
    scoped = False
    list_display = ("at", "by", "list_name", "format", "rows", "filters")
    list_display_links = ("at",)
    list_select_related = ("by",)
    list_filter = (WhenFilter, ListFilter, "format", ("by", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name", "filters", "by__username", "by__first_name", "by__last_name")
    search_help_text = gettext_lazy("A word of the filter, or the person.")
    fields = ("at", "by", "list_name", "format", "rows", "filters")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("list"), ordering="name")
    def list_name(self, obj):
        """The list in words."""
        return list_words(obj.name)
