"""Cities, host institutions and sources: what parks refer to."""

from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy

from parks.models import City, HostInstitution, Source
from stp_portal.kit.admin import StaffModelAdmin

from .alike_hosts import DuplicateHosts


@admin.register(City)
class CityAdmin(StaffModelAdmin):
    menu_order = 6
    # Said here too: counting parks groups the rows, and Django then forgets the model's own order.
    ordering = ("name", "pk")
    list_display = ("name", "name_ur", "region", "park_count")
    list_filter = ("region",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Any spelling, in English or Urdu.")
    fields = ("name", "name_ur", "aliases", "region", "slug", ("latitude", "longitude"))

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(park_total=Count("parks"))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name",)}

    @admin.display(description=gettext_lazy("parks"), ordering="park_total")
    def park_count(self, obj):
        """Parks of every programme, listed or not."""
        return obj.park_total


@admin.register(HostInstitution)
class HostAdmin(DuplicateHosts, StaffModelAdmin):
    menu_order = 7
    # Said here too: counting parks groups the rows, and Django then forgets the model's own order.
    ordering = ("name", "pk")
    list_display = ("name", "name_ur", "kind", "park_count")
    list_filter = ("kind",)
    search_fields = ("name",)
    fields = ("name", "name_ur", "kind", "website", "slug")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(park_total=Count("parks"))

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name",)}

    @admin.display(description=gettext_lazy("parks"), ordering="park_total")
    def park_count(self, obj):
        """Parks of every programme, listed or not."""
        return obj.park_total


@admin.register(Source)
class SourceAdmin(StaffModelAdmin):
    menu_order = 8
    scoped = False
    list_display = ("url", "title", "publisher", "published_on", "published_on_precision")
    list_filter = ("published_on_precision",)
    search_fields = ("url", "title", "publisher")
    fields = ("url", "title", "publisher", ("published_on", "published_on_precision"))
