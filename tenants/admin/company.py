"""IT firms, their contacts and logos, and what they rent today."""

from functools import partial

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parks import images
from parks.admin.filters import ChoiceFilter
from stp_portal.kit.admin import StaffInline, StaffModelAdmin
from stp_portal.kit.admin_alike import AsksAlike, AsksAlikePage
from stp_portal.kit.admin_forms import StaffForm, on_of
from stp_portal.kit.phones import PhoneField
from tenants import coming
from tenants.company_columns import COMPANIES, company_rows
from tenants.company_slugs import free_slug
from tenants.duplicates import numbered_alike, similar_to
from tenants.models import Company, CompanyContact, Lease, MergedCompany
from tenants.models.company import COMPANY_TRIGGER_MESSAGES
from tenants.models.lease_states import LeaseWord

from .duplicates import DuplicatePages, facts_of, keep_apart, may_merge
from .filters import PsebFilter
from .merge import MergePages

# What the database says of a number that is there twice.
TAKEN_NUMBERS = {
    field: next(
        rule.violation_error_message for rule in Company._meta.constraints if rule.name == f"company_{name}_once"
    )
    for field, name in (("ntn", "ntn"), ("secp_number", "secp"), ("pseb_number", "pseb"))
}


class ContactForm(StaffForm):
    """A person at a company; the phone is read as people write it."""

    phone = PhoneField(label=gettext_lazy("phone"), required=False)

    class Meta:
        model = CompanyContact
        fields = "__all__"


class ContactInline(StaffInline):
    model = CompanyContact
    form = ContactForm
    fields = ("name", "role", "email", "phone")
    verbose_name_plural = gettext_lazy("Contacts (staff only)")


class CompanyForm(AsksAlike, StaffForm):
    """A company. The web name is made from the name when it is left empty; a new logo takes the old one's place.
    A number that another company has is told with that company; a name like another's is asked about."""

    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG or WebP, up to 10 MB. Shown where the company consents to be listed."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    remove_logo = forms.BooleanField(label=gettext_lazy("Remove the logo"), required=False)

    class Meta:
        model = Company
        # The page names the rest.
        fields = ("name", "slug")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.stored = None
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _("Part of the page's address. Empty: made from the name.")

    def clean_logo(self):
        upload = self.cleaned_data["logo"]
        if not upload:
            return None
        self.stored = images.store(upload)
        if self.staff_request is not None:
            self.staff_request.logo_stems += [self.stored.stem, self.instance.logo_stem]
        return upload

    def _post_clean(self):
        # Before the model's own checks, which ask for a web name and for all of a logo or nothing of it.
        self._name_for_the_web()
        if self.stored:
            self._set_logo(self.stored.stem, self.stored.width, self.stored.height, list(self.stored.widths))
        elif self.cleaned_data.get("remove_logo") and self.instance.logo_stem:
            if self.staff_request is not None:
                self.staff_request.logo_stems.append(self.instance.logo_stem)
            self._set_logo("", None, None, [])
        super()._post_clean()
        self._name_the_others()

    def find_alike(self):
        """Companies with a name like the typed one."""
        typed = self.cleaned_data
        return similar_to(typed.get("name") or "", typed.get("name_ur") or "", pk=self.instance.pk)

    def _name_the_others(self):
        """Say whose a number is, at its field, instead of only that somebody has it."""
        for field, other in numbered_alike(self.instance).items():
            said = str(TAKEN_NUMBERS[field])
            for name, errors in list(self._errors.items()):
                errors.data = [error for error in errors.as_data() if said not in error.messages]
                if not errors.data:
                    del self._errors[name]
            if field not in self._errors:
                link = reverse("admin:tenants_company_change", args=[other.pk])
                words = '{} {} <a href="{}"><bdi>{}</bdi></a>'
                self.add_error(field, format_html(words, said, _("It is this one:"), link, other.name))

    def _set_logo(self, stem, width, height, widths):
        self.instance.logo_stem, self.instance.logo_width = stem, width
        self.instance.logo_height, self.instance.logo_widths = height, widths

    def _name_for_the_web(self):
        if self.cleaned_data.get("slug") == "" and self.cleaned_data.get("name"):
            self.cleaned_data["slug"] = free_slug(self.cleaned_data["name"], self.instance.pk)


class TenantFilter(ChoiceFilter):
    """Companies by whether a letting of theirs is in force today."""

    title = gettext_lazy("tenant today")
    parameter_name = "tenant"

    def lookups(self, request, model_admin):
        return [("yes", _("Tenant today")), ("no", _("Not a tenant today"))]

    def narrow(self, rows, value, on):
        """Companies with a letting in force on `on`, or the others; `is_tenant` is annotated by the page."""
        return rows.filter(is_tenant=value == "yes")


@admin.register(Company)
class CompanyAdmin(DuplicatePages, MergePages, AsksAlikePage, StaffModelAdmin):
    menu_order = 3
    # Whether its name may be told is the firm's decision: the reason says where it was given.
    reason_for = ("public_listing",)
    related_history = ((MergedCompany, "company"),)
    constraint_messages = COMPANY_TRIGGER_MESSAGES
    form = CompanyForm
    list_display = (
        *(
            "name",
            "tenant",
            "activity",
            "size_class",
            "ntn",
            "pseb_number",
            "pseb_expiry_date",
            "public_listing",
            "demo",
        ),
    )
    list_filter = (TenantFilter, "activity", "size_class", PsebFilter, "public_listing")
    file_columns = COMPANIES
    search_fields = ("name",)
    search_help_text = gettext_lazy("Name in English or Urdu, SECP number, NTN or PSEB registration number.")
    inlines = (ContactInline,)
    change_form_template = "admin/tenants/company/change_form.html"
    readonly_fields = ("logo_preview",)

    def get_queryset(self, request):
        """With `is_tenant` on today, in the parks that this person may see."""
        return super().get_queryset(request).annotate(is_tenant=coming.is_tenant(request.user, on_of(request)))

    def file_queryset(self, request, queryset):
        """With what the columns of a file read."""
        return company_rows(super().file_queryset(request, queryset))

    def get_fieldsets(self, request, obj=None):
        """The file field only for those who may change the company: it is no field of the model."""
        writable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        logo = ["logo_preview"] if obj is not None and obj.logo_stem else []
        if writable:
            logo += ["logo", "remove_logo"] if logo else ["logo"]
        return [
            (None, {"fields": ("name", "name_ur", "slug", ("activity", "size_class"), "website")}),
            (
                gettext_lazy("Numbers"),
                {"fields": ("secp_number", "ntn", ("pseb_number", "pseb_expiry_date"))},
            ),
            (gettext_lazy("Public listing"), {"fields": ("public_listing", *logo)}),
            (gettext_lazy("For staff"), {"fields": ("note",)}),
        ]

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        request.logo_stems = []
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        finally:
            # After the commit or the rollback, so that the table has the last word.
            for stem in filter(None, request.logo_stems):
                if not Company.objects.filter(logo_stem=stem).exists():
                    images.remove(stem)

    def delete_model(self, request, obj):
        """With the logo's files, once the row is really gone."""
        super().delete_model(request, obj)
        if obj.logo_stem:
            transaction.on_commit(partial(images.remove, obj.logo_stem))

    # --- pages of its own

    def get_urls(self):
        route = path(
            "<int:pk>/logo/", self.admin_site.admin_view(require_safe(self.logo_view)), name="tenants_company_logo"
        )
        return [route, *self.duplicate_urls(), *self.merge_urls(), *super().get_urls()]

    def keep_apart(self, request, obj, others):
        """As told on the form: they have like names and are different firms."""
        keep_apart(obj, others, by=request.user, reason=_("Told apart when it was saved."))

    def alike_facts(self, row):
        """Its numbers, and what it rents."""
        return facts_of(row)

    def logo_view(self, request, pk):
        """The smallest logo file of a company that this person may see, consenting or not."""
        company = self.object_or_404(request, pk, "view")
        try:
            file = images.path_of(company.logo_stem, min(company.logo_widths, default=0), "jpg").open("rb")
        except FileNotFoundError as error:
            raise Http404 from error
        return FileResponse(file, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})

    def render_change_form(self, request, context, *args, **kwargs):
        obj = context.get("original")
        context["may_merge"] = obj is not None and may_merge(request.user)
        if obj is not None and request.user.has_perm("tenants.view_lease"):
            on = on_of(request)
            leases = Lease.objects.scope_for(request.user, on).filter(company=obj).with_word(on, on)
            context["leases"] = list(leases.select_related("park").order_by("-pk"))
            context["may_draft"] = request.user.has_perm("tenants.add_lease")
            for lease in context["leases"]:
                lease.word_label = LeaseWord(lease.word).label
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("tenant today"), ordering="is_tenant")
    def tenant(self, obj):
        """Whether a letting is in force today."""
        return _("Tenant") if obj.is_tenant else _("No")

    @admin.display(description=gettext_lazy("present logo"))
    def logo_preview(self, obj):
        """The smallest stored width."""
        if not obj.logo_stem:
            return None
        width = min(obj.logo_widths)
        height = max(1, round(obj.logo_height * width / obj.logo_width))
        return format_html(
            '<img class="preview" src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
            reverse("admin:tenants_company_logo", args=[obj.pk]),
            width,
            height,
            _("Logo of %(company)s") % {"company": obj.name},
        )
