"""Area reports: where figures differ, which of them the page shows, and why."""

from dataclasses import dataclass

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from parks.actions import Moved, choose_area
from parks.correction_facts import area_words
from parks.export_log import record_export
from parks.models import AreaReport, Park
from parks.models.area import TRIGGER_MESSAGES
from stp_portal.kit.admin import is_key
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.constraints import words_for
from stp_portal.kit.downloads import FORMATS, asked_format, download_links, refused
from stp_portal.kit.listing import page_of
from stp_portal.kit.sheets import Sheet, send_sheets
from stp_portal.kit.text import CleansText
from stp_portal.kit.words import dated

from .agreement import OfParkAdmin
from .inlines import AreaReportForm, choose_link

PARKS_A_PAGE = 50
MOST_REASON = 300


@dataclass(frozen=True)
class Figure:
    """One report of a park in the list of differences; `beside` is the part by which it differs from the shown one."""

    park: Park
    report: AreaReport
    shown: AreaReport | None

    @property
    def beside(self):
        """(this − shown) ÷ shown, such as -0.25; None for the shown one, another kind, or without one."""
        if self.shown is None or self.report.chosen or self.report.kind != self.shown.kind:
            return None
        return self.report.area_sqft / self.shown.area_sqft - 1

    @property
    def beside_words(self):
        """The same as a whole percentage with its sign."""
        return "" if self.beside is None else _("%(n)s %%") % {"n": f"{self.beside * 100:+,.0f}".replace("-", "−")}


def with_reports(parks):
    """The parks with their area reports and sources read along: three queries for any number."""
    parks = list(parks)
    reports = AreaReport.objects.select_related("source").order_by("-chosen", "kind", "-area_sqft", "pk")
    prefetch_related_objects(parks, Prefetch("area_reports", reports, to_attr="figures"))
    return parks


def figures_of(park):
    """A Figure for each report of a park that came `with_reports`, the shown one first."""
    shown = next((report for report in park.figures if report.chosen), None)
    return [Figure(park, report, shown) for report in park.figures]


CONFLICT_COLUMNS = (
    (gettext_lazy("Code"), lambda row: row.park.code),
    (gettext_lazy("Park"), lambda row: row.park.name),
    (gettext_lazy("City"), lambda row: row.park.city.name),
    (gettext_lazy("Area, sq ft"), lambda row: row.report.area_sqft),
    (gettext_lazy("Kind"), lambda row: row.report.get_kind_display()),
    (gettext_lazy("Shown on the page"), lambda row: _("yes") if row.report.chosen else _("no")),
    (gettext_lazy("Beside the shown one"), lambda row: row.beside_words),
    (gettext_lazy("Source"), lambda row: row.report.source.label if row.report.source else ""),
    (gettext_lazy("Reported on"), lambda row: dated(row.report.reported_on, row.report.reported_on_precision)),
    (gettext_lazy("Chosen because"), lambda row: row.report.chosen_because),
)


class ChooseForm(CleansText, forms.Form):
    """Why another figure is shown from now on."""

    because = forms.CharField(
        label=gettext_lazy("Why this figure is shown and not another"),
        max_length=MOST_REASON,
        help_text=gettext_lazy("For staff and the history; the public page does not show it."),
        error_messages={"required": gettext_lazy("Say why this figure is shown and not another.")},
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


@admin.register(AreaReport)
class AreaReportAdmin(OfParkAdmin):
    menu_order = 5
    form = AreaReportForm
    reason_for = ("area_sqft", "kind")
    list_display = ("park", "kind", "area_sqft", "chosen", "reported_on", "reported_on_precision", "source", "choose")
    list_select_related = ("park", "source")
    list_filter = ("kind", "chosen")
    fields = (
        *("park", ("kind", "area_sqft"), ("reported_on", "reported_on_precision"), "source", "note"),
        *("chosen", "chosen_because", "choose"),
    )
    # The page that asks for a reason is the only way to another choice.
    readonly_fields = ("chosen", "chosen_because", "choose")
    csv_exclude = ("choose",)
    ordering = ("park__name", "-chosen", "pk")
    constraint_messages = TRIGGER_MESSAGES

    def get_fields(self, request, obj=None):
        """A new figure is shown when it is the park's first; there is nothing to choose yet."""
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name not in self.readonly_fields]

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        return columns if self.has_change_permission(request) else [name for name in columns if name != "choose"]

    @admin.display(description=gettext_lazy("shown on the page"))
    def choose(self, obj):
        """A link to the page on which this figure is chosen; nothing for the one that is."""
        return choose_link(obj)

    # --- pages of its own

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("conflicts/", wrap(require_safe(self.conflicts_view)), name="parks_area_conflicts"),
            path(
                "<int:pk>/choose/",
                wrap(require_http_methods(["GET", "HEAD", "POST"])(self.choose_view)),
                name="parks_areareport_choose",
            ),
            *super().get_urls(),
        ]

    def conflicts_view(self, request):
        """The parks whose figures differ, and which figure each page shows."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        on, kind = on_of(request), asked_format(request)
        parks = Park.objects.scope_for(request.user, on).with_area_conflict().select_related("city").by_name()
        if kind and kind not in FORMATS:
            return refused(kind)
        if kind:
            rows = [line for park in with_reports(parks) for line in figures_of(park)]
            sheet = Sheet("area-conflicts", _("Differing areas"), CONFLICT_COLUMNS, rows)
            return send_sheets(request, kind, [sheet], on, record_export)
        page = page_of(parks, parks.count(), request.GET, PARKS_A_PAGE)
        shown = with_reports(page.rows)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Differing areas"),
            "opts": self.opts,
            "page": page,
            "parks": [(park, figures_of(park)) for park in shown],
            "may_choose": self.has_change_permission(request),
            "downloads": download_links(request.GET),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/parks/areareport/conflicts.html", context)

    def choose_view(self, request, pk):
        """Show another figure, with the reason; the difference stands above it."""
        report = self.object_or_404(request, pk, "change")
        form = ChooseForm(request.POST or None)
        moved = False
        if request.method == "POST" and form.is_valid():
            try:
                choose_area(
                    report=report,
                    because=form.cleaned_data["because"],
                    seen=key_in(request.POST.get("seen", "")),
                    by=request.user,
                )
            except Moved:
                moved = True
            except ValidationError as error:
                form.add_error(None, error.messages)
            except IntegrityError as error:
                form.add_error(None, words_for(error, [AreaReport], TRIGGER_MESSAGES))
            else:
                said = _("%(park)s: the page now shows %(area)s.") % {"park": report.park, "area": report}
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin:parks_area_conflicts"))
        shown = report.park.area_reports.select_related("source").filter(chosen=True).first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Show another area"),
            "subtitle": str(report.park),
            "opts": self.opts,
            "report": report,
            "words": area_words(report),
            "shown": shown,
            "shown_words": area_words(shown) if shown else _("No figure"),
            "is_shown": shown is not None and shown.pk == report.pk,
            "form": form,
            "moved": moved,
            "back": reverse("admin:parks_area_conflicts"),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/parks/areareport/choose.html", context)


def key_in(text):
    """The key that a page brought along, None for "no figure" and for anything that is none."""
    return int(text) if is_key(text) else None
