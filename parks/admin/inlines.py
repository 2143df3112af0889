"""Rows that are edited on the page of their park or suite."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks import images
from parks.models import (
    AreaReport,
    HostAgreement,
    ParkAssignment,
    ParkPhoto,
    StageEvent,
    Suite,
    SuiteClosure,
)
from stp_portal.kit.admin import StaffInline
from stp_portal.kit.admin_forms import PrivateFileInput, StaffForm, on_of
from stp_portal.kit.words import dated, sqft_text
from tenants.occupancy import standing_outside

NARROW = {"size": 8}
SERVICE = ("in_service_from", "withdrawn_from")


def scan_address(agreement):
    """The page that serves an agreement's scan to who may have it."""
    return reverse("admin:parks_hostagreement_scan", args=[agreement.pk])


class AgreementForm(StaffForm):
    """An agreement with its private scan; the file's own name is kept beside the random one on disk."""

    class Meta:
        model = HostAgreement
        fields = "__all__"
        widgets = {"scan": PrivateFileInput(scan_address, "scan_name")}

    def save(self, commit=True):
        if "scan" in self.changed_data:
            upload = self.cleaned_data["scan"]
            self.instance.scan_name = upload.name[-200:] if upload else ""
        return super().save(commit)


class ScanLink:
    """The scan as a link, for those who may see it and not change it."""

    @admin.display(description=gettext_lazy("scan"))
    def scan_link(self, obj):
        """A link to the page that serves the file, or nothing."""
        if not obj.scan:
            return None
        return format_html('<a href="{}">{}</a>', scan_address(obj), obj.scan_name or _("Download the scan"))


# What was agreed with a host: a change of it is a decision.
AGREED = ("kind", "effective_date", "expiry_date", "committed_area_sqft")


class StageEventInline(StaffInline):
    model = StageEvent
    reason_for = ("stage", "certainty", "on", "on_precision", "known_by")
    fields = ("stage", "certainty", "on", "on_precision", "known_by", "source", "note")
    autocomplete_fields = ("source",)
    verbose_name_plural = gettext_lazy("Stage events")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")


class AgreementInline(ScanLink, StaffInline):
    model = HostAgreement
    reason_for = AGREED
    reason_when_new = False
    form = AgreementForm
    template = "admin/edit_inline/stacked.html"
    autocomplete_fields = ("source",)
    verbose_name_plural = gettext_lazy("Agreements with the host")
    readonly_fields = ("scan_link",)

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")

    def get_fieldsets(self, request, obj=None):
        """The scan is a link for those who may only look: Django would ask the file for an address."""
        scan = "scan" if self.has_change_permission(request, obj) else "scan_link"
        return [
            (
                None,
                {
                    "fields": (
                        ("kind", "parties"),
                        ("signatory", "authority"),
                        ("signed_on", "signed_on_precision"),
                        ("effective_date", "expiry_date"),
                        ("committed_area_sqft", scan),
                        ("source", "note"),
                    )
                },
            )
        ]


class AreaReportForm(StaffForm):
    """A figure. The first of a park is the one that its page shows; to show another has a page of its own."""

    class Meta:
        model = AreaReport
        fields = "__all__"

    def save(self, commit=True):
        if self.instance.pk is None:
            self.instance.chosen = not AreaReport.objects.filter(park=self.instance.park_id).exists()
        return super().save(commit)


class AreaReportInline(StaffInline):
    model = AreaReport
    reason_for = ("area_sqft", "kind")
    reason_when_new = False
    form = AreaReportForm
    fields = ("kind", "area_sqft", "chosen", "reported_on", "reported_on_precision", "source", "note")
    readonly_fields = ("chosen", "choose")
    autocomplete_fields = ("source",)
    verbose_name_plural = gettext_lazy("Area reports")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")

    def get_fields(self, request, obj=None):
        """For those who may choose, a link to the page that does it."""
        may = obj is not None and request.user.has_perm("parks.change_areareport")
        return tuple("choose" if may and name == "chosen" else name for name in self.fields)

    @admin.display(description=gettext_lazy("on the page"))
    def choose(self, obj):
        """That this figure is shown, or a link to the page on which it is chosen."""
        return _("Shown") if obj.chosen else choose_link(obj)


class SuiteForm(StaffForm):
    """A suite. Its service cannot leave out days on which it is let, held or lived in."""

    class Meta:
        model = Suite
        fields = "__all__"

    def clean(self):
        cleaned = super().clean()
        changed = [name for name in SERVICE if name in self.changed_data]
        if self.instance.pk and changed and not any(name in self.errors for name in changed):
            service = [cleaned.get(name, getattr(self.instance, name)) for name in SERVICE]
            standing = standing_outside(self.instance, *service, on_of(self.staff_request))
            if standing is not None:
                self.add_error(changed[-1], let_text(standing))
        return cleaned


def let_text(letting):
    """A sentence on the letting that keeps a suite in service."""
    said = {
        "lease": letting.lease,
        "company": letting.lease.company,
        "first": dated(letting.commencement_date),
        "last": dated(letting.last_day),
    }
    if letting.last_day is None:
        return _("The suite stands under lease %(lease)s of %(company)s from %(first)s without end.") % said
    return (
        _("The suite stands under lease %(lease)s of %(company)s from %(first)s to %(last)s; end that letting first.")
        % said
    )


class SuiteInline(StaffInline):
    model = Suite
    reason_for = ("in_service_from",)
    reason_when_new = False
    form = SuiteForm
    fields = ("floor", "position", "number", "kind", "lettable_area_sqft", "seats", "fit_out", "in_service_from")
    show_change_link = True
    verbose_name_plural = gettext_lazy("Suites and desks")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in {"floor", "position", "lettable_area_sqft", "seats", "number"}:
            field.widget = forms.TextInput(attrs=NARROW)
            field.widget.attrs |= field.widget_attrs(field.widget)
        return field


class ClosureInline(StaffInline):
    """Read-only: a suite is closed and reopened on pages of their own, which look at its lettings first. A closure
    that was entered by mistake can be deleted: that only frees days."""

    model = SuiteClosure
    fields = ("first_day", "last_day", "reason", "note", "reopen")
    readonly_fields = ("reopen",)
    verbose_name_plural = gettext_lazy("Closures")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_fields(self, request, obj=None):
        """The link only for those who may reopen."""
        may = request.user.has_perm("parks.change_suiteclosure")
        return self.fields if may else tuple(name for name in self.fields if name != "reopen")

    @admin.display(description=gettext_lazy("end of it"))
    def reopen(self, obj):
        """A link to the page that ends the closure."""
        if obj.pk is None:
            # A page came back with the key of no row.
            return ""
        address = reverse("admin:parks_suiteclosure_reopen", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', address, _("Reopen"))


class AssignmentInline(StaffInline):
    model = ParkAssignment
    reason_for = ("user", "first_day", "last_day")
    fields = ("user", "first_day", "last_day")
    autocomplete_fields = ("user",)
    verbose_name_plural = gettext_lazy("Park managers")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user")


class PhotoForm(StaffForm):
    """A photo, or another in its place. It is verified and stored when its file is read; the page then removes
    the files of whichever stem no row has."""

    upload = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG or WebP, up to 10 MB and 25 megapixels."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )

    class Meta:
        model = ParkPhoto
        fields = "__all__"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stored = None

    def clean_upload(self):
        upload = self.cleaned_data["upload"]
        if not upload:
            if not self.instance.pk:
                raise ValidationError(_("Choose the photo's file."), code="required")
            return None
        self.stored = images.store(upload)
        if self.staff_request is not None:
            self.staff_request.photo_stems += [self.stored.stem, self.instance.stem]
        return upload

    def _post_clean(self):
        # Before the model's own checks, which ask for the stem and the size.
        if self.stored:
            self.instance.stem = self.stored.stem
            self.instance.width, self.instance.height = self.stored.width, self.stored.height
            self.instance.widths = list(self.stored.widths)
        super()._post_clean()


class PhotoInline(StaffInline):
    model = ParkPhoto
    form = PhotoForm
    fields = ("preview", "upload", "alt", "credit", "position")
    readonly_fields = ("preview",)
    verbose_name_plural = gettext_lazy("Photos")

    def get_fields(self, request, obj=None):
        """Without the file field for those who may not add: it is no field of the model."""
        can_add = self.has_add_permission(request, obj)
        return self.fields if can_add else tuple(name for name in self.fields if name != "upload")

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, obj):
        """The smallest stored width."""
        if not obj.pk or not obj.widths:
            return ""
        width = min(obj.widths)
        height = max(1, round(obj.height * width / obj.width))
        return format_html(
            '<img class="preview" src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
            obj.url(width, "jpg"),
            width,
            height,
            obj.alt,
        )


def choose_link(report):
    """A link to the page on which an area report is chosen; nothing for a new one and for the one that is."""
    if report.pk is None or report.chosen:
        return ""
    return format_html(
        '<a href="{}" aria-label="{}">{}</a>',
        reverse("admin:parks_areareport_choose", args=[report.pk]),
        _("Show %(area)s on the page") % {"area": report},
        _("Show this one"),
    )


def area_text(area):
    """An area for a list, or None for the dash of an unknown one."""
    return None if area is None else sqft_text(area)
