"""The page that merges two companies: what of which stays, then what would change, then the action itself."""

import hashlib
from dataclasses import dataclass, field

import pghistory
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import OperationalError, transaction
from django.db.models import Max
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from stp_portal.kit import history, version
from stp_portal.kit.admin import is_key
from stp_portal.kit.admin_forms import KnownAutocomplete, on_of
from stp_portal.kit.text import CleansText
from tenants import actions
from tenants.actions.merge import TAKEN
from tenants.duplicates import similar_to
from tenants.models import Company, CompanyContact, DistinctCompanies, Lease, MergedCompany

from .duplicates import facts_of, may_merge
from .import_base import is_busy

SHOWN = "_shown"
OWN = {SHOWN, "csrfmiddlewaretoken", "preview", "confirm", "edit"}
KEPT, MERGED, BOTH = "kept", "merged", "both"
# What may be written, in the order in which a person reads it, and what of it says nothing.
KINDS = (Company, Lease, CompanyContact, MergedCompany, DistinctCompanies)
HIDDEN = {
    Company: ("demo", "logo_width", "logo_height", "logo_widths"),
    Lease: ("company",),
    CompanyContact: ("company",),
    MergedCompany: ("by", "at", "former_id"),
    DistinctCompanies: ("by", "at"),
}
# What hangs on a company and counts for whether it changed since.
PARTS = ((CompanyContact, "company"), (Lease, "company"), (MergedCompany, "company"))
# Likely others that are offered to choose from.
MOST_LIKELY = 10


@dataclass
class MergeEffects:
    """What one run of the merge changed; `base` is the version of what it started from."""

    base: str = ""
    entries: list = field(default_factory=list)
    result: Company | None = None

    @property
    def digest(self):
        """The same for two runs that change the same from the same start."""
        told = [self.base]
        for entry in self.entries:
            told += [entry.noun, entry.name, entry.action]
            told += [f"{change.label}: {change.before} → {change.after}" for change in entry.changes]
        return hashlib.sha256("\x00".join(told).encode()).hexdigest()

    def of(self, model, *acts):
        """The entries of a model, of these actions only."""
        return [entry for entry in self.entries if entry.model is model and entry.action in acts]


def watch(run, kept, merged):
    """Run `run` on the two companies, locked, and return the effects; inside the caller's transaction."""
    kept, merged = actions.locked_pair(kept, merged)
    effects = MergeEffects(base=" ".join(version.token_of(Company, row.pk, PARTS) for row in (kept, merged)))
    last = {model: _newest(model) for model in KINDS}
    with pghistory.context() as context:
        effects.result = run()
        for model in KINDS:
            own = model.pgh_event_model.objects.filter(pgh_id__gt=last[model], pgh_context=context.id)
            effects.entries += reversed(history.spelled_out(model, own, HIDDEN[model]))
    return effects


def _newest(model):
    return model.pgh_event_model.objects.aggregate(newest=Max("pgh_id"))["newest"] or 0


class OtherForm(forms.Form):
    """Which company is merged into this one."""

    def __init__(self, *args, kept, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"] = forms.ModelChoiceField(
            rows.exclude(pk=kept.pk),
            label=_("the other company"),
            widget=KnownAutocomplete(Lease._meta.get_field("company"), admin.site),
            error_messages={"invalid_choice": _("Choose another company of the register.")},
        )


class MergeForm(CleansText, forms.Form):
    """Which value stays of each fact in which the two differ, and how it is known that they are one."""

    reason = forms.CharField(
        label=gettext_lazy("How it is known that the two are one"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Such as: same NTN on both deeds; the firm wrote on 3 March."),
    )

    def __init__(self, *args, kept, merged, **kwargs):
        super().__init__(*args, **kwargs)
        asked = {}
        for key, columns in TAKEN.items():
            mine, theirs = (tuple(getattr(row, column) for column in columns) for row in (kept, merged))
            if mine == theirs or not any(theirs):
                continue
            choices = [(KEPT, _say(kept, key)), (MERGED, _say(merged, key))]
            initial = KEPT if any(mine) else MERGED
            if key == "note" and any(mine):
                choices.append((BOTH, _("both, one below the other")))
                initial = BOTH
            label = _("logo") if key == "logo" else Company._meta.get_field(columns[0]).verbose_name
            asked[key] = forms.ChoiceField(
                label=label, choices=choices, initial=initial, widget=forms.RadioSelect, required=True
            )
        self.fields = {**asked, "reason": self.fields["reason"]}

    @property
    def chosen(self):
        """The fields in which the two differ."""
        return [field for field in self if field.name != "reason"]

    def arguments(self):
        """What the action is told."""
        typed = self.cleaned_data
        return {
            "take": [key for key in TAKEN if typed.get(key) == MERGED],
            "both_notes": typed.get("note") == BOTH,
            "reason": typed["reason"],
        }


def _say(company, key):
    """A fact of a company in words."""
    if key == "logo":
        return _("the logo of %(company)s") % {"company": company.name} if company.logo_stem else _("empty")
    if key in {"activity", "size_class"}:
        return str(getattr(company, f"get_{key}_display")()) or _("empty")
    value = getattr(company, key)
    if key == "pseb_number" and value and company.pseb_expiry_date:
        day = date_format(company.pseb_expiry_date, "DATE_FORMAT")
        return _("%(number)s, until %(day)s") % {"number": value, "day": day}
    return value or _("empty")


class MergePages:
    """The route of the merge and the way on from the address of a merged company, for the admin of companies."""

    def merge_urls(self):
        """The page that merges another company into this one."""
        view = require_http_methods(["GET", "HEAD", "POST"])(self.merge_view)
        return [path("<int:pk>/merge/", self.admin_site.admin_view(view), name="tenants_company_merge")]

    def merge_view(self, request, pk):
        """`other` in the address or the form is the company that goes; without it, it is asked for."""
        rows = Company.objects.scope_for(request.user, on_of(request))
        kept = rows.filter(pk=pk).first() if pk < 2**63 else None
        if kept is None:
            raise Http404
        if not may_merge(request.user):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        other = asked.get("other", "")
        merged = rows.exclude(pk=kept.pk).filter(pk=other).first() if is_key(other) else None
        if merged is None:
            form = OtherForm({"other": other} if other else None, kept=kept, rows=rows)
            likely = similar_to(kept.name, kept.name_ur, pk=kept.pk)[:MOST_LIKELY]
            found = [(company, facts_of(company)) for company in likely]
            return self._draw(request, kept, {"form": form, "likely": found, "media": form.media})
        if request.method != "POST":
            return self._ask(request, kept, merged, MergeForm(kept=kept, merged=merged))
        form = MergeForm(request.POST, kept=kept, merged=merged)
        if "edit" in request.POST or not form.is_valid():
            if "edit" in request.POST:
                form.full_clean()
                form._errors = type(form.errors)()
            return self._ask(request, kept, merged, form)
        return self._do(request, kept, merged, form)

    def _do(self, request, kept, merged, form):
        def run():
            return actions.merge_companies(
                kept=kept, merged=merged, by=request.user, today=on_of(request), **form.arguments()
            )

        sure = "confirm" in request.POST
        try:
            with transaction.atomic():
                effects = watch(run, kept, merged)
                moved = sure and effects.digest != request.POST.get(SHOWN, "")
                transaction.set_rollback(moved or not sure)
        except OperationalError as error:
            if not is_busy(error):
                raise
            form.add_error(None, _("Somebody is writing one of the two companies. Nothing was merged: try again."))
            return self._ask(request, kept, merged, form)
        except ValidationError as error:
            said = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
            for name, sentences in said.items():
                form.add_error(name if name in form.fields else None, sentences)
            return self._ask(request, kept, merged, form)
        if moved or not sure:
            return self._ask(request, kept, merged, form, effects=effects, moved=moved)
        names = {"merged": merged.name, "kept": effects.result.name}
        messages.success(request, _("“%(merged)s” is now part of “%(kept)s”.") % names)
        return HttpResponseRedirect(reverse("admin:tenants_company_change", args=[kept.pk]))

    def _ask(self, request, kept, merged, form, *, effects=None, moved=False):
        context = {
            "form": form,
            "other": merged,
            "facts": [facts_of(kept), facts_of(merged)],
            "effects": effects,
            "moved": moved,
            "shown": SHOWN,
            "typed": [(name, value) for name, values in request.POST.lists() if name not in OWN for value in values],
        }
        if effects is not None:
            context |= {
                "changed": effects.of(Company, "update"),
                "leases": effects.of(Lease, "update"),
                "contacts": effects.of(CompanyContact, "update"),
                "doubles": effects.of(CompanyContact, "delete"),
            }
        return self._draw(request, kept, context)

    def _draw(self, request, kept, context):
        context = {
            **self.admin_site.each_context(request),
            "title": _("Merge two companies"),
            "subtitle": None,
            "opts": self.opts,
            "kept": kept,
            **context,
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/company/merge.html", context)

    # --- the way on from a company that was merged

    def former_keys(self, obj):
        """The keys of the rows that were merged into `obj`, whose histories are part of its own."""
        return obj.merged.order_by("pk").values_list("former_id", flat=True)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        """To the company that took the place of the one that was asked for; else 404."""
        return self.lead_on(request, object_id, "change")

    def history_view(self, request, object_id, extra_context=None):
        """With the histories of the companies that were merged into this one."""
        if is_key(object_id) and not Company.objects.filter(pk=object_id).exists():
            return self.lead_on(request, object_id, "history")
        return super().history_view(request, object_id, extra_context)

    def lead_on(self, request, object_id, page):
        """To a page of the company into which `object_id` was merged, or what was typed for it. 404 for none."""
        found = MergedCompany.objects.filter(former_id=object_id).first() if is_key(str(object_id)) else None
        kept = self.get_queryset(request).filter(pk=found.company_id).first() if found else None
        if kept is None:
            raise Http404
        if request.method == "POST":
            return self._typed_too_late(request, found, kept)
        said = _("“%(merged)s” was merged into this company on %(day)s: %(reason)s")
        day = date_format(found.at.astimezone(), "DATE_FORMAT")
        messages.info(request, said % {"merged": found.name, "day": day, "reason": found.reason})
        return HttpResponseRedirect(reverse(f"admin:tenants_company_{page}", args=[kept.pk]))

    def _typed_too_late(self, request, found, kept):
        """What somebody saved while the company was merged is shown, so that nothing typed is lost."""
        labels = {item.name: item.verbose_name for item in Company._meta.concrete_fields}
        typed = [
            (labels.get(name) or labels_of_contact(name), value)
            for name, values in request.POST.lists()
            for value in values
            if value and (name in labels or labels_of_contact(name))
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("This company was merged meanwhile"),
            "opts": self.opts,
            "found": found,
            "kept": kept,
            "typed": typed,
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/company/merged.html", context)


def labels_of_contact(name):
    """The words for a field of a contact's line on a submitted page; empty for any other name."""
    start, _dash, end = name.rpartition("-")
    if not start.startswith("contacts-") or end not in {"name", "role", "email", "phone"}:
        return ""
    return _("contact: %(field)s") % {"field": CompanyContact._meta.get_field(end).verbose_name}
