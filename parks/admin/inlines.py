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
from stp_portal.kit.admin_forms import PrivateFileInput, StaffForm
from stp_portal.kit.words import sqft_text

NARROW = {"size": 8}


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


class StageEventInline(StaffInline):
    model = StageEvent
    fields = ("stage", "certainty", "on", "on_precision", "known_by", "source", "note")
    autocomplete_fields = ("source",)
    verbose_name_plural = gettext_lazy("Stage events")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")


class AgreementInline(ScanLink, StaffInline):
    model = HostAgreement
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


class AreaReportInline(StaffInline):
    model = AreaReport
    fields = ("kind", "area_sqft", "chosen", "reported_on", "reported_on_precision", "source", "note")
    autocomplete_fields = ("source",)
    verbose_name_plural = gettext_lazy("Area reports")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("source")


class SuiteInline(StaffInline):
    model = Suite
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
    model = SuiteClosure
    fields = ("first_day", "last_day", "reason", "note")
    verbose_name_plural = gettext_lazy("Closures")


class AssignmentInline(StaffInline):
    model = ParkAssignment
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


def area_text(area):
    """An area for a list, or None for the dash of an unknown one."""
    return None if area is None else sqft_text(area)
