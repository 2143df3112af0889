"""Suites and desks, with their closures."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.columns import SUITES
from parks.models import Park, Suite
from parks.querysets import search_words
from stp_portal.kit.admin import MOST_QUERY_LENGTH, StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.text import clean_line
from stp_portal.kit.words import dated
from tenants.occupancy import SuiteState, with_free_from, with_state

from .filters import ServiceFilter
from .inlines import ClosureInline, SuiteForm, area_text

MOST_WORDS = 8


@admin.register(Suite)
class SuiteAdmin(StaffModelAdmin):
    menu_order = 2
    form = SuiteForm
    reason_for = ("rent_pkr", "rent_basis", "service_charge_pkr", "in_service_from", "withdrawn_from")
    list_display = ("number", "park", "floor", "kind", "area", "seats", "fit_out", "in_service_from", "withdrawn_from")
    list_select_related = ("park",)
    list_filter = (ServiceFilter, "kind", "fit_out", "park__programme")
    allowed_lookups = ("park__id__exact",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, and the park by its name, host or city.")
    autocomplete_fields = ("park",)
    file_columns = SUITES
    # What the columns of a file say under another name.
    csv_exclude = ("area",)
    inlines = (ClosureInline,)
    fieldsets = (
        (None, {"fields": ("park", ("floor", "position"), ("number", "kind", "hall"))}),
        (gettext_lazy("Measure"), {"fields": (("lettable_area_sqft", "seats"), "fit_out")}),
        (
            gettext_lazy("Asking terms"),
            {
                "fields": (("rent_pkr", "rent_basis"), "service_charge_pkr"),
                "description": gettext_lazy("PKR a month. Without a rent the page says “on request”; zero is a rent."),
            },
        ),
        (gettext_lazy("Service"), {"fields": (("in_service_from", "withdrawn_from"),)}),
    )
    # Of a suite that is there; a new one has no lettings.
    today_fieldset = (gettext_lazy("Today"), {"fields": (("state_today", "free_from_today"),)})

    def get_readonly_fields(self, request, obj=None):
        """A suite stays in its park: what was let in it would move along."""
        return ("park", "state_today", "free_from_today") if obj else ()

    def get_fieldsets(self, request, obj=None):
        """What the suite is today stands first."""
        return [self.today_fieldset, *self.fieldsets] if obj else self.fieldsets

    def get_object(self, request, object_id, from_field=None):
        """With what the suite is today, and from when it is free."""
        suite = super().get_object(request, object_id, from_field)
        if suite is not None:
            on = on_of(request)
            today = with_free_from(with_state(Suite.objects.filter(pk=suite.pk), on, on), on, on).get()
            suite.state, suite.free_from = today.state, today.free_from
        return suite

    def file_queryset(self, request, queryset):
        """With what the columns of a file read, as of today."""
        on = on_of(request)
        return with_free_from(with_state(super().file_queryset(request, queryset), on, on), on, on)

    def get_search_results(self, request, queryset, search_term):
        """Suites whose number or park has every word."""
        for word in clean_line(search_term)[:MOST_QUERY_LENGTH].split()[:MOST_WORDS]:
            match = Q(number__icontains=word)
            if search_words(word):
                match |= Q(park__in=Park.objects.search(word).order_by().values("pk"))
            queryset = queryset.filter(match)
        return queryset, False

    @admin.display(description=gettext_lazy("state today"))
    def state_today(self, obj):
        """Let, holding over, held, closed, vacant or not in service."""
        return SuiteState(obj.state).label

    @admin.display(description=gettext_lazy("free from"))
    def free_from_today(self, obj):
        """The first free day from today on."""
        return dated(obj.free_from) or _("not free")

    @admin.display(description=gettext_lazy("net lettable area"), ordering="lettable_area_sqft")
    def area(self, obj):
        """Its own area; desks have none."""
        return area_text(obj.lettable_area_sqft)

    area.csv = "lettable_area_sqft"
