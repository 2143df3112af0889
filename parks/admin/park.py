"""The park: the list that staff work from, and the page on which its facts are kept."""

from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from parks import images
from parks.actions import add_floor, verify_park
from parks.columns import PARKS, park_rows
from parks.forms import PasteFloorForm
from parks.models import Park, ParkPhoto, Suite
from parks.models.area import TRIGGER_MESSAGES
from parks.models.park import SLUG_IS_FIXED
from parks.models.stage import Stage
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.constraints import words_for
from stp_portal.kit.roles import ADMINISTRATOR, has_role, sees_all_parks

from .filters import AreaFilter, StageFilter, StuckFilter, VerifiedFilter
from .inlines import (
    AgreementInline,
    AreaReportInline,
    AssignmentInline,
    PhotoInline,
    StageEventInline,
    SuiteInline,
    area_text,
)

# A page with more suite rows is too long for a phone and for one form: the list of suites takes over.
MOST_INLINE_SUITES = 60
# What a park manager may see and not change.
OFFICE_FIELDS = ("listed", "slug", "programme")
VERIFIED = ("last_verified_on", "last_verified_by")


@admin.register(Park)
class ParkAdmin(StaffModelAdmin):
    menu_order = 1
    list_display = ("code", "name", "city", "programme", "stage_today", "area", "listed", "verified", "verify")
    list_display_links = ("code", "name")
    list_select_related = ("city",)
    list_filter = (
        StageFilter,
        "programme",
        "city__region",
        "listed",
        StuckFilter,
        AreaFilter,
        VerifiedFilter,
        "women_only",
    )
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name, code, host or city, in English or Urdu; other spellings are found too.")
    autocomplete_fields = ("city", "host", "source", "last_verified_by")
    file_columns = PARKS
    # A button, and what the columns of a file say in their own words.
    csv_exclude = ("verify", "stage_today", "area", "verified")
    reason_for = ("listed", "programme", "last_verified_on", "last_verified_by")
    constraint_messages = {"park_slug_fixed": SLUG_IS_FIXED, **TRIGGER_MESSAGES}
    inlines = (
        StageEventInline,
        AgreementInline,
        AreaReportInline,
        SuiteInline,
        PhotoInline,
        AssignmentInline,
    )
    fieldsets = (
        (None, {"fields": ("code", "ref", "name", "name_ur", "name_note", "slug", "programme", "stage_today")}),
        (
            gettext_lazy("Public page"),
            {"fields": ("listed", "first_listed_on", "last_verified_on", "last_verified_by", "description")},
        ),
        (
            gettext_lazy("Place"),
            {"fields": ("city", "district", "address", ("latitude", "longitude", "coordinates_precision"))},
        ),
        (gettext_lazy("Host"), {"fields": ("host", "partnership_kind", "partnership_words", "women_only")}),
        (
            gettext_lazy("Amenities"),
            {
                "fields": (
                    ("power_hours", "generator"),
                    "internet_providers",
                    ("lift", "prayer_room", "womens_washroom"),
                    "parking_spaces",
                ),
                "description": gettext_lazy("Leave unknown what is not known: unknown is not “no”."),
            },
        ),
        (gettext_lazy("Sources"), {"fields": ("source", "source_notes", "stage_words")}),
    )

    # --- the list

    def get_queryset(self, request):
        return super().get_queryset(request).with_stage(on_of(request)).with_area()

    def file_queryset(self, request, queryset):
        """With what the columns of a file read, as of today."""
        return park_rows(super().file_queryset(request, queryset), on_of(request))

    def get_list_display(self, request):
        """The one-tap button only for those who may change parks."""
        columns = super().get_list_display(request)
        return columns if self.has_change_permission(request) else [name for name in columns if name != "verify"]

    @admin.display(description=gettext_lazy("stage today"), ordering="stage")
    def stage_today(self, obj):
        """The stage in effect today, in words."""
        return Stage(obj.stage).label if getattr(obj, "stage", None) else None

    @admin.display(description=gettext_lazy("reported area"), ordering="reported_area_sqft")
    def area(self, obj):
        """The chosen area report."""
        return area_text(obj.reported_area_sqft)

    area.csv = "reported_area_sqft"

    @admin.display(description=gettext_lazy("last verified"), ordering="last_verified_on")
    def verified(self, obj):
        """The day on which the facts were last checked."""
        return date_format(obj.last_verified_on, "SHORT_DATE_FORMAT") if obj.last_verified_on else None

    verified.csv = "last_verified_on"

    @admin.display(description=gettext_lazy("check"))
    def verify(self, obj):
        """A button that sends the list's own form, with its CSRF token, to the park's verify page."""
        return format_html(
            '<button type="submit" class="tap" formaction="{}" aria-label="{}">{}</button>',
            reverse("admin:parks_park_verify", args=[obj.pk]),
            _("%(park)s: verified today") % {"park": obj},
            _("Verified today"),
        )

    # --- the page

    def get_inlines(self, request, obj):
        """All of them; suites only while they fit one form."""
        if obj is None:
            return self.inlines
        if not hasattr(request, "many_suites"):
            request.many_suites = obj.suites.count() > MOST_INLINE_SUITES
        return [inline for inline in self.inlines if inline is not SuiteInline or not request.many_suites]

    def get_readonly_fields(self, request, obj=None):
        fields = ["code", "ref", "first_listed_on", "stage_today"]
        if not sees_all_parks(request.user):
            fields += OFFICE_FIELDS
        elif obj is not None and obj.first_listed_on:
            fields.append("slug")
        # Only "Verified today" writes these; an administrator may correct a wrong tap.
        if not (request.user.is_superuser or has_role(request.user, ADMINISTRATOR)):
            fields += VERIFIED
        return fields

    def get_fieldsets(self, request, obj=None):
        """A new park has no code, stage or listing date yet."""
        if obj is not None:
            return self.fieldsets
        later = {"code", "ref", "first_listed_on", "stage_today", *VERIFIED}
        return [
            (title, options | {"fields": tuple(name for name in options["fields"] if name not in later)})
            for title, options in self.fieldsets
        ]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ("name",)}

    def view_on_site(self, obj):
        """The public page, for a listed park."""
        return obj.get_absolute_url() if obj.listed else None

    def get_view_on_site_url(self, obj=None):
        return self.view_on_site(obj) if obj is not None and obj.pk else None

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.photo_stems = []
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        finally:
            # After the commit or the rollback, so that the table has the last word.
            for stem in filter(None, request.photo_stems):
                if not ParkPhoto.objects.filter(stem=stem).exists():
                    images.remove(stem)

    def render_change_form(self, request, context, *args, **kwargs):
        context["many_suites"] = getattr(request, "many_suites", False)
        context["may_add_suites"] = request.user.has_perm("parks.add_suite")
        return super().render_change_form(request, context, *args, **kwargs)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is ParkPhoto:
            request.photo_stems += [photo.stem for photo in formset.deleted_objects]

    # --- pages of its own

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/verify/", wrap(require_POST(self.verify_view)), name="parks_park_verify"),
            path(
                "<int:pk>/paste-floor/",
                wrap(require_http_methods(["GET", "HEAD", "POST"])(self.paste_floor_view)),
                name="parks_park_paste_floor",
            ),
            *super().get_urls(),
        ]

    def verify_view(self, request, pk):
        """Record that the facts were checked today, by this person; then back to the page it was tapped on."""
        park = self.object_or_404(request, pk, "change")
        verify_park(park=park, on=on_of(request), by=request.user)
        messages.success(request, _("%(park)s: verified today.") % {"park": park})
        return HttpResponseRedirect(self._tapped_on(request, park))

    @staticmethod
    def _tapped_on(request, park):
        """The list with its filters when the button was tapped there, else the park's page."""
        try:
            came_from = urlsplit(request.headers.get("Referer", ""))
        except ValueError:
            came_from = urlsplit("")
        changelist = reverse("admin:parks_park_changelist")
        if came_from.netloc == request.get_host() and came_from.path == changelist:
            return f"{changelist}?{came_from.query}" if came_from.query else changelist
        return reverse("admin:parks_park_change", args=[park.pk])

    def paste_floor_view(self, request, pk):
        """Many suites from one box: first a preview with every bad line, then all of them or none."""
        park = self.object_or_404(request, pk, "view")
        self._may_add_suites(request)
        form = PasteFloorForm(request.POST or None, park=park)
        readable = form.is_bound and form.is_valid()
        ready = readable and not form.bad_lines
        if ready and "create" in request.POST and request.POST.get("digest") == form.digest():
            try:
                count = add_floor(park=park, suites=form.suites(), by=request.user, reason="floor pasted")
            except IntegrityError as error:
                # Someone took a number between the check and the insert: the check now sees it.
                form = PasteFloorForm(request.POST, park=park)
                if form.is_valid() and not form.bad_lines:
                    form.add_error(None, words_for(error, [Suite]))
                ready = False
            else:
                said = ngettext(
                    "%(n)s suite was added on floor %(floor)s.", "%(n)s suites were added on floor %(floor)s.", count
                )
                messages.success(request, said % {"n": count, "floor": form.cleaned_data["floor"]})
                return HttpResponseRedirect(reverse("admin:parks_park_change", args=[park.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Paste a floor"),
            "subtitle": str(park),
            "opts": self.opts,
            "park": park,
            "form": form,
            "lines": form.lines,
            "ready": ready,
            "digest": form.digest() if ready else "",
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/parks/park/paste_floor.html", context)

    @staticmethod
    def _may_add_suites(request):
        if not request.user.has_perm("parks.add_suite"):
            raise PermissionDenied
