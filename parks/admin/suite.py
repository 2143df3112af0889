"""Suites and desks, with their closures."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from parks.models import Park, Suite
from parks.querysets import search_words
from stp_portal.kit.admin import MOST_QUERY_LENGTH, StaffModelAdmin
from stp_portal.kit.text import clean_line

from .filters import ServiceFilter
from .inlines import ClosureInline, area_text

MOST_WORDS = 8


@admin.register(Suite)
class SuiteAdmin(StaffModelAdmin):
    menu_order = 2
    list_display = ("number", "park", "floor", "kind", "area", "seats", "fit_out", "in_service_from", "withdrawn_from")
    list_select_related = ("park",)
    list_filter = (ServiceFilter, "kind", "fit_out", "park__programme")
    allowed_lookups = ("park__id__exact",)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, and the park by its name, host or city.")
    autocomplete_fields = ("park",)
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

    def get_readonly_fields(self, request, obj=None):
        """A suite stays in its park: what was let in it would move along."""
        return ("park",) if obj else ()

    def get_search_results(self, request, queryset, search_term):
        """Suites whose number or park has every word."""
        for word in clean_line(search_term)[:MOST_QUERY_LENGTH].split()[:MOST_WORDS]:
            match = Q(number__icontains=word)
            if search_words(word):
                match |= Q(park__in=Park.objects.search(word).order_by().values("pk"))
            queryset = queryset.filter(match)
        return queryset, False

    @admin.display(description=gettext_lazy("net lettable area"), ordering="lettable_area_sqft")
    def area(self, obj):
        """Its own area; desks have none."""
        return area_text(obj.lettable_area_sqft)

    area.csv = "lettable_area_sqft"
