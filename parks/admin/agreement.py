"""Agreements with hosts, and the one page that hands out their scans."""

import logging

from django.contrib import admin
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parks.file_log import recorder
from parks.models import HostAgreement, Park, StageEvent
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.private_files import serve

from .filters import ExpiryFilter
from .inlines import AGREED, AgreementForm, ScanLink

logger = logging.getLogger("stp.private_files")


class OfParkAdmin(StaffModelAdmin):
    """A list over all parks of what is otherwise kept on each park's page."""

    list_select_related = ("park",)
    autocomplete_fields = ("park", "source")
    search_help_text = gettext_lazy("The park by its name, host or city, in English or Urdu.")
    search_fields = ("park__name",)

    def get_search_results(self, request, queryset, search_term):
        """Rows of the parks that the search of parks finds."""
        if search_term:
            queryset = queryset.filter(park__in=Park.objects.search(search_term).order_by().values("pk"))
        return queryset, False


@admin.register(HostAgreement)
class AgreementAdmin(ScanLink, OfParkAdmin):
    menu_order = 4
    form = AgreementForm
    reason_for = AGREED
    list_display = ("park", "kind", "parties", "signed_on", "signed_on_precision", "expiry_date", "scan_link")
    list_filter = ("kind", ExpiryFilter)
    csv_exclude = ("scan_link",)
    readonly_fields = ("scan_link",)

    def get_fields(self, request, obj=None):
        """The scan is a link for those who may only look: Django would ask the file for an address."""
        writable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return (
            "park",
            ("kind", "parties"),
            ("signatory", "authority"),
            ("signed_on", "signed_on_precision"),
            ("effective_date", "expiry_date"),
            "committed_area_sqft",
            "scan" if writable else "scan_link",
            ("source", "note"),
        )

    def get_urls(self):
        route = path(
            "<int:pk>/scan/",
            self.admin_site.admin_view(require_safe(self.scan_view)),
            name="parks_hostagreement_scan",
        )
        return [route, *super().get_urls()]

    def scan_view(self, request, pk):
        """The scan, to those who may see this agreement; 404 to everyone else, like one that is not there."""
        agreement = self.get_object(request, str(pk))
        allowed = agreement is not None and self.has_view_or_change_permission(request, agreement)
        logger.info(
            "scan of agreement %s %s to %s", pk, "served" if allowed else "refused", request.user.get_username()
        )
        if not allowed or not agreement.scan:
            raise Http404
        record = recorder(request, row=agreement, name=agreement.scan_name, subject=agreement.park)
        return serve(agreement.scan, agreement.scan_name, record=record)


@admin.register(StageEvent)
class StageEventAdmin(OfParkAdmin):
    reason_for = ("stage", "certainty", "on", "on_precision", "known_by")
    reason_when_new = True
    menu_order = 3
    list_display = ("park", "stage", "certainty", "on", "on_precision", "known_by", "effective_on")
    list_filter = ("stage", "certainty", "on_precision")
    fields = ("park", ("stage", "certainty"), ("on", "on_precision"), "known_by", "source", "note")
    ordering = ("-effective_on", "-pk")
