"""Leases: the list, the page of a lease with its lettings and scans, and the way into the guided pages."""

import logging

from django.contrib import admin, messages
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from parks.file_log import recorder
from parks.templatetags.show import rupees
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_export import Table, columns_for
from stp_portal.kit.admin_forms import StaffForm, on_of
from stp_portal.kit.private_files import serve
from stp_portal.kit.words import dated
from tenants.lease_columns import LEASES, lease_rows, letting_rows
from tenants.letters.issue import application_of
from tenants.models import Application, Lease, LeaseDocument, Letting, LettingRate
from tenants.models.lease import BLOCKING, DocumentKind
from tenants.models.lease_states import TRIGGER_MESSAGES, LeaseState, LeaseWord

from .filters import DeedFilter, EndsFilter, StepFilter, WordFilter
from .guided import GuidedPages
from .guides import steps_for
from .lettings import DocumentInline, LettingInline, conflicts_of, in_the_way_text

logger = logging.getLogger("stp.private_files")

WORDS = dict(LeaseWord.choices)
WITH_LETTINGS = "lettings"
ESCALATION = ("escalation_percent", "escalation_months")
DEED = (
    *("signed_on", "registration_number"),
    *("signatory_company", "signatory_lessor", "permitted_use"),
    ("deposit_pkr", "due_day"),
    ("notice_months", "lock_in_months"),
    ESCALATION,
)
OFFER = ("offered_on", "offer_deadline", "accepted_on")
ENDING = ("notice_given_on", "vacated_on")
RECEIVED = ("deposit_received_pkr", "deposit_received_on")


class LeaseForm(StaffForm):
    """The facts of a deed. State and days are changed by the actions alone."""

    class Meta:
        model = Lease
        fields = "__all__"


def short(day):
    """A date for narrow columns, such as `9 Mar 2026`."""
    return date_format(day, "SHORT_DATE_FORMAT")


@admin.register(Lease)
class LeaseAdmin(GuidedPages, StaffModelAdmin):
    reason_for = ("deposit_pkr", "escalation_percent", "escalation_months", "notice_months", "lock_in_months")
    menu_order = 2
    form = LeaseForm
    list_display = ("number", "company", "park", "word_today", "first", "last", "rent_today", "deed_on_file", "demo")
    list_display_links = ("number",)
    list_select_related = ("company", "park")
    list_filter = (WordFilter, EndsFilter, StepFilter, "state", DeedFilter, ("park", admin.RelatedOnlyFieldListFilter))
    allowed_lookups = ("company__id__exact",)
    file_columns = LEASES
    file_parts = ((WITH_LETTINGS, gettext_lazy("Leases with lettings, a row each")),)
    search_fields = ("number",)
    search_help_text = gettext_lazy("Number, or the company by its name, NTN, SECP or PSEB number.")
    autocomplete_fields = ("company", "park")
    constraint_messages = TRIGGER_MESSAGES
    inlines = (LettingInline, DocumentInline)
    related_history = ((LettingRate, "letting__lease"),)

    def get_queryset(self, request):
        on = on_of(request)
        return super().get_queryset(request).with_word(on, on).with_rent(on)

    def file_queryset(self, request, queryset):
        """With what the columns of a file read of a lease alone, as of today."""
        return lease_rows(super().file_queryset(request, queryset), on_of(request))

    def file_table(self, request, queryset, part):
        """The leases, or their lettings, a row each."""
        if part != WITH_LETTINGS:
            return super().file_table(request, queryset, part)
        lettings = Letting.objects.filter(lease__in=queryset.order_by().values("pk"))
        columns = columns_for(LEASES, request.user)
        return Table(
            Letting._meta.label_lower, _("leases with lettings"), columns, letting_rows(lettings, on_of(request))
        )

    # --- who changes what

    def has_delete_permission(self, request, obj=None):
        """Only drafts go; other leases end by their dates."""
        return (obj is None or obj.state == LeaseState.DRAFT) and super().has_delete_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        """What actions write is read-only; the company while others rely on it, the escalation once it is applied."""
        fixed = ["number", "state", "state_reason", "deed_on_file", *OFFER, *ENDING, *RECEIVED]
        if obj is None:
            return fixed
        fixed.append("park")
        if obj.state != LeaseState.DRAFT:
            fixed.append("company")
        if not obj.deed_on_file:
            fixed.append("signed_on")
        if obj.state == LeaseState.SIGNED:
            fixed += ESCALATION
        return fixed

    def get_fieldsets(self, request, obj=None):
        """A new lease has neither number nor state; of the rest, what has not happened is not shown."""
        deed = DEED if obj is not None and obj.deed_on_file else tuple(name for name in DEED if name != "signed_on")
        if obj is None:
            head = [(None, {"fields": ("company", "park")})]
        else:
            head = [(None, {"fields": ("number", ("company", "park"), ("state", "state_reason"))})]
            offer = tuple(name for name in OFFER if getattr(obj, name))
            ending = tuple(name for name in ENDING if getattr(obj, name))
            if offer:
                head.append((gettext_lazy("Offer"), {"fields": (offer,)}))
            if obj.deposit_received_on:
                head.append((gettext_lazy("Deposit"), {"fields": (RECEIVED,)}))
            if ending:
                head.append((gettext_lazy("End"), {"fields": (ending,)}))
        return [*head, (gettext_lazy("Deed"), {"fields": deed}), (gettext_lazy("For staff"), {"fields": ("note",)})]

    def get_inlines(self, request, obj):
        """A new lease has no park yet, so suites and scans come on its page."""
        return () if obj is None else self.inlines

    # --- pages

    def render_change_form(self, request, context, *args, **kwargs):
        lease = context.get("original")
        if lease is not None:
            context |= self._about(request, lease)
            context |= {"title": _("Lease %(lease)s") % {"lease": lease}, "subtitle": str(lease.company)}
        return super().render_change_form(request, context, *args, **kwargs)

    def _about(self, request, lease):
        """What the page tells beside its form."""
        on = on_of(request)
        may_change = self.has_change_permission(request, lease)
        visible = Lease.objects.scope_for(request.user, on)
        application = application_of(lease)
        if application is not None:
            application = Application.objects.scope_for(request.user, on).filter(pk=application.pk).first()
        return {
            "application": application,
            "unready": unready(lease) if may_change else [],
            "word": WORDS.get(lease.word, lease.word),
            "rent_words": self.rent_today(lease),
            "steps": steps_for(lease) if may_change else [],
            "before": visible.filter(pk=lease.renews_id).first() if lease.renews_id else None,
            "after": list(visible.filter(renews=lease).with_word(on, on).order_by("pk")),
            "timeline": timeline(lease),
            "conflicts": conflicts_of(lease, on) if lease.state == LeaseState.DRAFT else [],
            "words": WORDS,
            "on": on,
        }

    def response_add(self, request, obj, post_url_continue=None):
        """On to the new lease's page, where its suites are added; a small window closes as Django does it."""
        if "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        obj.refresh_from_db(fields=["number"])
        messages.success(request, _("Draft %(lease)s is made. Add its suites below.") % {"lease": obj})
        return HttpResponseRedirect(reverse("admin:tenants_lease_change", args=[obj.pk]))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        for formset in formsets:
            for _letting, other in getattr(formset, "conflicts", ()):
                said = _("A draft may conflict, but cannot be offered like this.")
                link = format_html(
                    '<a href="{}">{}</a>', reverse("admin:tenants_lease_change", args=[other.lease_id]), other.lease
                )
                messages.warning(request, format_html("{} {} {}", in_the_way_text(other), said, link))

    def get_urls(self):
        scan = path(
            "document/<int:pk>/scan/",
            self.admin_site.admin_view(require_safe(self.scan_view)),
            name="tenants_leasedocument_scan",
        )
        return [*self.guided_urls(), scan, *super().get_urls()]

    def scan_view(self, request, pk):
        """A scan, to those who may see its lease and its kind of row; 404 to everyone else."""
        rows = LeaseDocument.objects.scope_for(request.user, on_of(request))
        document = rows.filter(pk=pk).first() if pk < 2**63 else None
        allowed = document is not None and request.user.has_perm("tenants.view_leasedocument")
        logger.info(
            "scan of lease document %s %s to %s", pk, "served" if allowed else "refused", request.user.get_username()
        )
        if not allowed or not document.scan:
            raise Http404
        record = recorder(request, row=document, name=document.scan_name, subject=document.lease)
        return serve(document.scan, document.scan_name, record=record)

    # --- columns

    @admin.display(description=gettext_lazy("today"), ordering="word")
    def word_today(self, obj):
        """What the lease is today."""
        return WORDS.get(obj.word, obj.word)

    @admin.display(description=gettext_lazy("first day"), ordering="first_day")
    def first(self, obj):
        """The first day of all its lettings."""
        return short(obj.first_day) if obj.first_day else None

    first.csv = "first_day"

    @admin.display(description=gettext_lazy("last day"), ordering="span_end")
    def last(self, obj):
        """The last day of all its lettings; words where there is none."""
        if obj.first_day is None:
            return None
        return short(obj.last_day) if obj.last_day else _("without end")

    last.csv = "last_day"

    @admin.display(description=gettext_lazy("rent today, a month"), ordering="rent_on")
    def rent_today(self, obj):
        """The rent of the lettings in force today, and how many have an unknown one."""
        if obj.rents_unknown:
            unknown = ngettext("%(n)s not recorded", "%(n)s not recorded", obj.rents_unknown) % {"n": obj.rents_unknown}
            return unknown if obj.rent_on is None else format_html("{} + {}", rupees(obj.rent_on), unknown)
        return None if obj.rent_on is None else rupees(obj.rent_on)

    rent_today.csv = "rent_on"


def unready(lease):
    """What an accepted lease that came from an application still needs before it can be signed: `scan`, `deposit`."""
    if lease.application_id is None or lease.state != LeaseState.ACCEPTED:
        return []
    scan = lease.documents.filter(kind=DocumentKind.DEED).exists()
    deposit = not lease.deposit_pkr or lease.deposit_received_on is not None
    return [name for name, there in (("deposit", deposit), ("scan", scan)) if not there]


def timeline(lease):
    """What happened on which day, as pairs of a day and words, the oldest first; from the row's own days."""
    told = [
        (lease.offered_on, _("Offered, open until %(day)s") % {"day": dated(lease.offer_deadline)}),
        (lease.accepted_on, _("Accepted by the firm itself") if lease.accepted_by_link else _("Accepted")),
        (lease.deposit_received_on, _("Deposit received")),
        (lease.signed_on, _("Deed signed")),
        (lease.notice_given_on, _("Notice given")),
        (lease.vacated_on, _("Last day of occupation")),
    ]
    lettings = list(lease.lettings.select_related("suite")) if lease.state in BLOCKING else []
    told += [(lease.first_day, _("Commencement"))] if lettings else []
    told += [
        (letting.terminated_on, _("Last day of suite %(suite)s, ended early") % {"suite": letting.suite})
        for letting in lettings
        if letting.terminated_on
    ]
    if lettings and lease.last_day and not any(letting.terminated_on == lease.last_day for letting in lettings):
        told.append((lease.last_day, _("Expiry")))
    return sorted(((day, words) for day, words in told if day), key=lambda row: row[0])
