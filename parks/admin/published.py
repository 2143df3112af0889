"""Official headline figures and incentives, as published."""

from django.contrib import admin

from parks.models import HeadlineClaim, Incentive
from stp_portal.kit.admin import StaffModelAdmin


@admin.register(HeadlineClaim)
class HeadlineClaimAdmin(StaffModelAdmin):
    scoped = False
    list_display = ("on", "on_precision", "parks", "cities", "area_sqft", "companies", "employees", "source")
    list_select_related = ("source",)
    list_filter = ("on_precision",)
    autocomplete_fields = ("source",)
    search_fields = ("source__url", "source__title", "source__publisher", "note")


@admin.register(Incentive)
class IncentiveAdmin(StaffModelAdmin):
    scoped = False
    list_display = ("title", "published_on", "published_on_precision", "shown", "position")
    list_filter = ("shown",)
    autocomplete_fields = ("source",)
    search_fields = ("title", "words")
