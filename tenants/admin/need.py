"""Space that firms looked for and did not find: a list as sent, and demand by city and size."""

from operator import itemgetter

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.downloads import FORMATS, asked_format, download_links, refused
from stp_portal.kit.sheets import Sheet, send_sheets
from tenants.models import SpaceNeed
from tenants.models.need import SizeBand

CONTACTS = ("name", "email")


@admin.register(SpaceNeed)
class SpaceNeedAdmin(StaffModelAdmin):
    """Needs come from the public pages alone, stay as sent, and are read here."""

    menu_order = 4
    list_display = ("created_at", "city", "size_band", "needed_from", "company", "name", "email")
    list_display_links = ("created_at", "city")
    list_select_related = ("city",)
    list_filter = ("size_band", ("city", admin.RelatedOnlyFieldListFilter), "city__region")
    search_fields = ("company", "city__name", "note", *CONTACTS)
    search_help_text = gettext_lazy("City, company, name, e-mail or a word of the note.")
    fields = ("created_at", "city", "size_band", "needed_from", "company", "name", "email", "note")
    change_list_template = "admin/tenants/spaceneed/change_list.html"

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @staticmethod
    def _sees_contacts(request):
        """Those who see the people at companies; an auditor needs no names and addresses of senders."""
        return request.user.has_perm("tenants.view_companycontact")

    def _without_contacts(self, request, names):
        return names if self._sees_contacts(request) else [name for name in names if name not in CONTACTS]

    def get_list_display(self, request):
        return self._without_contacts(request, super().get_list_display(request))

    def get_search_fields(self, request):
        """Without the contacts for those who do not see them: a search would give them away."""
        return self._without_contacts(request, super().get_search_fields(request))

    def get_fields(self, request, obj=None):
        return self._without_contacts(request, self.fields)

    # --- the count

    def get_urls(self):
        route = path(
            "summary/", self.admin_site.admin_view(require_safe(self.summary_view)), name="tenants_spaceneed_summary"
        )
        return [route, *super().get_urls()]

    def summary_view(self, request):
        """How many needs each city has by size of space, as far as this person may see them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        kind = asked_format(request)
        if kind and kind not in FORMATS:
            return refused(kind)
        needs = SpaceNeed.objects.filter(pk__in=self.get_queryset(request).order_by().values("pk")).order_by()
        counted = needs.values("city", "city__name", "size_band").annotate(n=Count("pk"), soonest=Min("needed_from"))
        table = demand_table(counted)
        if kind:
            sheet = demand_sheet(table["rows"])
            return send_sheets(request, kind, [sheet], on_of(request), self.admin_site.record_export)
        context = {
            **self.admin_site.each_context(request),
            "downloads": download_links(request.GET) if table["rows"] else [],
            "title": _("Demand for space"),
            "subtitle": None,
            "opts": self.opts,
            "on": on_of(request),
            "bands": SizeBand.choices,
            **table,
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/spaceneed/summary.html", context)


def demand_sheet(rows):
    """The rows of `demand_table` as those of a file."""
    bands = [(label, lambda row, at=at: row["cells"][at][1]) for at, (_key, label) in enumerate(SizeBand.choices)]
    columns = (
        (_("City"), itemgetter("name")),
        *bands,
        (_("Sum"), itemgetter("total")),
        (_("Soonest needed"), itemgetter("soonest")),
    )
    return Sheet("demand", _("Demand for space"), columns, rows)


def demand_table(counted):
    """Rows of (city id, name, counts in the order of SizeBand, sum, soonest day needed), most wanted first, with
    the sums of each band and over all."""
    bands = list(SizeBand.values)
    cities = {}
    for row in counted:
        city = cities.setdefault(
            row["city"], {"pk": row["city"], "name": row["city__name"], "cells": [0] * len(bands), "soonest": None}
        )
        city["cells"][bands.index(row["size_band"])] += row["n"]
        days = [day for day in (city["soonest"], row["soonest"]) if day]
        city["soonest"] = min(days, default=None)
    rows = sorted(cities.values(), key=lambda city: (-sum(city["cells"]), city["name"]))
    for row in rows:
        row["total"] = sum(row["cells"])
        row["cells"] = list(zip(bands, row["cells"], strict=True))
    sums = [sum(row["cells"][at][1] for row in rows) for at in range(len(bands))]
    return {"rows": rows, "sums": sums, "total": sum(sums)}
