"""Lettings and private scans on the page of their lease."""

from itertools import combinations

from django.contrib import admin
from django.core.validators import MinValueValidator
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Lower
from django.forms.models import BaseInlineFormSet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.templatetags.show import rupees
from stp_portal.kit.admin import StaffInline
from stp_portal.kit.admin_forms import PrivateFileInput, StaffForm, on_of
from stp_portal.kit.history import values_at
from stp_portal.kit.text import MoneyField
from stp_portal.kit.words import dated
from tenants.models import LeaseDocument, Letting, LettingRate
from tenants.models.lease import BLOCKING
from tenants.models.lease_states import LeaseState

MONEY = ("rent_pkr", "service_charge_pkr")
# Django writes "None" for a read-only cell of an inline that has no value.
EMPTY = "–"


def money(label):
    """A field for PKR a month."""
    return MoneyField(label=label, required=False, max_digits=14, decimal_places=2, validators=[MinValueValidator(0)])


class LettingForm(StaffForm):
    """A letting of a draft with its first rate; the later ones are written when the lease is signed."""

    rent_pkr = money(gettext_lazy("rent, PKR a month"))
    service_charge_pkr = money(gettext_lazy("service charge, PKR a month"))

    class Meta:
        model = Letting
        fields = ("suite", "commencement_date", "expiry_date", "rent_basis")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first_rate = next(iter(self.instance.rates.all()), None) if self.instance.pk else None
        for name in MONEY:
            if name in self.fields:
                self.fields[name].widget.attrs |= {"size": 10, "maxlength": 20}
                if self.first_rate is not None:
                    self.initial.setdefault(name, getattr(self.first_rate, name))
        sent = self.staff_version
        if self.is_bound and self.first_rate is not None and sent is not None and not sent.is_current:
            self._follow_the_rate(sent)

    def _follow_the_rate(self, sent):
        """Put the present figures where the person has not touched those that the page came with."""
        seen = sent.seen(LettingRate)
        then = values_at(LettingRate, self.first_rate.pk, seen) if seen is not None else None
        for name in MONEY if then else ():
            if name in self.fields and not self.fields[name].has_changed(then[name], self[name].data):
                self.data = self.data.copy()
                now = self.fields[name].prepare_value(getattr(self.first_rate, name))
                self.data[self.add_prefix(name)] = str(now)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("service_charge_pkr") is not None and cleaned.get("rent_pkr", 0) is None:
            self.add_error("rent_pkr", _("Give the rent too; zero is a rent."))
        return cleaned

    def save(self, commit=True):
        letting = super().save(commit)
        if commit:
            self._save_rate(letting)
        return letting

    def _save_rate(self, letting):
        """The first rate as typed, from the commencement on."""
        rent = self.cleaned_data.get("rent_pkr")
        if rent is None:
            letting.rates.all().delete()
            return
        first = self.first_rate or LettingRate(letting=letting)
        charge = self.cleaned_data.get("service_charge_pkr") or 0
        wanted = {"from_date": letting.commencement_date, "rent_pkr": rent, "service_charge_pkr": charge}
        letting.rates.exclude(pk=first.pk).filter(from_date__lte=letting.commencement_date).delete()
        if first.pk is None or any(getattr(first, name) != value for name, value in wanted.items()):
            for name, value in wanted.items():
                setattr(first, name, value)
            first.save()


class LettingFormSet(BaseInlineFormSet):
    """The lettings of one lease. `conflicts` holds pairs of a letting typed here and the one in its way."""

    conflicts = ()

    def clean(self):
        super().clean()
        rows = [form for form in self.forms if self._counts(form)]
        for one, other in combinations(rows, 2):
            if one.instance.suite_id == other.instance.suite_id and overlap(one.instance, other.instance):
                other.add_error("suite", _("The suite stands in this lease twice on some of these days."))
        self.conflicts = [pair for form in rows if form.is_valid() for pair in self._in_the_way(form)]

    def _counts(self, form):
        """Whether the row is whole and stays."""
        cleaned = getattr(form, "cleaned_data", None)
        return cleaned and not form.errors and form.instance.suite_id and not self._should_delete_form(form)

    def _in_the_way(self, form):
        """What stands in the way of a row: an error once the lease blocks, else a pair to warn of."""
        found = Letting.objects.in_the_way_of(form.instance).select_related("suite", "lease__company")
        if self.instance.state in BLOCKING:
            for other in found:
                form.add_error("suite", in_the_way_text(other))
            return []
        request = form.staff_request
        today = on_of(request) if request is not None else None
        found = found.standing(today) if today else found
        return [(form.instance, other) for other in found]


def overlap(one, other):
    """Whether two lettings have a day in common."""
    first, second = sorted((one, other), key=lambda letting: letting.commencement_date)
    return first.last_day is None or first.last_day >= second.commencement_date


def in_the_way_text(other):
    """A sentence on the letting `other` that has a suite already."""
    days = (
        _("from %(first)s to %(last)s") % {"first": dated(other.commencement_date), "last": dated(other.last_day)}
        if other.last_day
        else _("from %(first)s without end") % {"first": dated(other.commencement_date)}
    )
    return _("Suite %(suite)s is taken under lease %(lease)s of %(company)s %(days)s.") % {
        "suite": other.suite,
        "lease": other.lease,
        "company": other.lease.company,
        "days": days,
    }


def conflicts_of(lease, today):
    """Sentences and leases that stand in the way of a draft, as pairs."""
    own = Letting.objects.filter(lease=lease, suite=OuterRef("suite"), term__overlap=OuterRef("term"))
    found = Letting.objects.standing(today).filter(Exists(own)).select_related("suite", "lease__company").order_by("pk")
    return [(in_the_way_text(other), other.lease) for other in found]


class LettingInline(StaffInline):
    """Editable in a draft only: once the lease is offered, its actions alone change its lettings."""

    model = Letting
    form = LettingForm
    formset = LettingFormSet
    verbose_name_plural = gettext_lazy("Lettings")
    readonly_fields = ("terminated_on", "rate_today", "next_step", "rates_shown", "give_back")

    def get_queryset(self, request):
        on = on_of(request)
        rows = super().get_queryset(request).with_rate(on).with_next_step(on)
        rows = rows.annotate(today=Value(on))
        return rows.select_related("suite").prefetch_related("rates")

    @staticmethod
    def _is_draft(obj):
        return obj is not None and obj.state == LeaseState.DRAFT

    def has_add_permission(self, request, obj=None):
        return self._is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._is_draft(obj) and super().has_delete_permission(request, obj)

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return ("suite", "commencement_date", "expiry_date", "rent_basis", *MONEY)
        shown = ("suite", "commencement_date", "expiry_date", "terminated_on", "rate_today", "next_step", "rates_shown")
        may_end = obj is not None and obj.state == LeaseState.SIGNED and request.user.has_perm("tenants.change_lease")
        return (*shown, "give_back") if may_end else shown

    def get_formset(self, request, obj=None, **kwargs):
        """With the suites of the lease's park, read once for all rows."""
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields.get("suite")
        if field is not None and obj is not None:
            taken = Letting.objects.filter(lease=obj).values("suite")
            rows = field.queryset.filter(park=obj.park_id)
            rows = rows.exclude(withdrawn_from__lte=on_of(request)) | rows.filter(pk__in=taken)
            field.queryset = rows.order_by(Lower("number"), "pk")
            field.choices = [("", "---------"), *((suite.pk, f"{suite}, {suite.measure}") for suite in field.queryset)]
            field.widget.can_add_related = field.widget.can_change_related = False
        return formset

    # --- columns

    @staticmethod
    def _is_over(letting):
        """Whether its last day has passed; `letting` comes from `get_queryset`."""
        return letting.last_day is not None and letting.last_day < letting.today

    @admin.display(description=gettext_lazy("rent today"))
    def rate_today(self, obj):
        """Rent and service charge of today, a dash when nothing is known."""
        if obj.rent_pkr is None or self._is_over(obj):
            return EMPTY
        if not obj.service_charge_pkr:
            return rupees(obj.rent_pkr)
        return format_html(
            "{} + {}", rupees(obj.rent_pkr), _("%(amount)s charge") % {"amount": rupees(obj.service_charge_pkr)}
        )

    @admin.display(description=gettext_lazy("next step"))
    def next_step(self, obj):
        """The next rent and its first day."""
        if obj.next_step_on is None:
            return EMPTY
        return format_html("{}<br>{}", rupees(obj.next_rent_pkr), dated(obj.next_step_on))

    @admin.display(description=gettext_lazy("all rates, a month"))
    def rates_shown(self, obj):
        """Every rate with the day from which it holds."""
        rows = list(obj.rates.all())
        if not rows:
            return _("not recorded")
        items = ((dated(rate.from_date), rupees(rate.rent_pkr)) for rate in rows)
        listed = format_html('<ul class="rates">{}</ul>', format_html_join("", "<li>{}: {}</li>", items))
        if len(rows) == 1:
            return listed
        return format_html("<details><summary>{}</summary>{}</details>", len(rows), listed)

    @admin.display(description=gettext_lazy("one suite"))
    def give_back(self, obj):
        """A link to give this suite back, or to correct the day on which it was."""
        if obj.pk is None:
            # A page came back with the key of no row.
            return EMPTY
        address = reverse("admin:tenants_letting_give_back", args=[obj.pk])
        words = _("Change the last day") if obj.terminated_on else _("Give back")
        return format_html('<a href="{}">{} <span class="cell-label">{}</span></a>', address, words, obj.suite)


def document_address(document):
    """The page that serves a document's scan to who may have it."""
    return reverse("admin:tenants_leasedocument_scan", args=[document.pk])


class DocumentForm(StaffForm):
    """A private scan; the file's own name is kept beside the random one on disk."""

    class Meta:
        model = LeaseDocument
        fields = "__all__"
        widgets = {"scan": PrivateFileInput(document_address, "scan_name")}

    def save(self, commit=True):
        if "scan" in self.changed_data:
            upload = self.cleaned_data["scan"]
            self.instance.scan_name = upload.name[-200:] if upload else ""
        return super().save(commit)


class DocumentInline(StaffInline):
    model = LeaseDocument
    form = DocumentForm
    verbose_name_plural = gettext_lazy("Private scans")
    readonly_fields = ("scan_link",)

    def get_extra(self, request, obj=None, **kwargs):
        """An empty row where the scan of the deed is still to come: without script none could be added."""
        due = obj is not None and obj.state in (LeaseState.ACCEPTED, LeaseState.SIGNED)
        return int(due and not obj.documents.exists())

    def get_fields(self, request, obj=None):
        """The scan is a link for those who may only look: Django would ask the file for an address."""
        writable = self.has_change_permission(request, obj) and self.has_add_permission(request, obj)
        return ("kind", "dated_on", "scan" if writable else "scan_link", "note")

    @admin.display(description=gettext_lazy("scan"))
    def scan_link(self, obj):
        """A link to the page that serves the file, or nothing."""
        if not obj.scan:
            return EMPTY
        return format_html('<a href="{}">{}</a>', document_address(obj), obj.scan_name or _("Download the scan"))
