"""The list of companies that may be one, and of those that are known to be two."""

import pghistory
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from stp_portal.kit.admin import is_key
from stp_portal.kit.listing import page_of
from stp_portal.kit.roles import sees_all_parks
from tenants.duplicates import pairs
from tenants.models import Company, DistinctCompanies


def facts_of(company):
    """What tells a company from another of its name, in a few words."""
    said = [
        f"{label} {value}"
        for label, value in (
            (_("NTN"), company.ntn),
            (_("SECP"), company.secp_number),
            (_("PSEB"), company.pseb_number),
        )
        if value
    ]
    if company.activity:
        said.append(str(company.get_activity_display()))
    return " · ".join(said) or _("no number is recorded")


def keep_apart(one, others, *, by, reason=""):
    """Record that the company `one` is none of `others`; what is known already stays as it is."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        DistinctCompanies.objects.bulk_create(
            (
                DistinctCompanies(first_id=min(one.pk, other.pk), second_id=max(one.pk, other.pk), by=by, reason=reason)
                for other in others
                if other.pk != one.pk
            ),
            ignore_conflicts=True,
        )


def may_merge(user):
    """Whether `user` may say which companies are one: who changes companies and leases everywhere."""
    return sees_all_parks(user) and user.has_perms(["tenants.change_company", "tenants.change_lease"])


class DuplicatePages:
    """The routes of the list, for the admin of companies."""

    def duplicate_urls(self):
        """The list, and what it does."""
        return [
            path(
                "duplicates/", self.admin_site.admin_view(require_safe(self.duplicates_view)), name="tenants_duplicates"
            ),
            path(
                "duplicates/different/",
                self.admin_site.admin_view(require_POST(self.different_view)),
                name="tenants_duplicates_different",
            ),
        ]

    def duplicates_view(self, request):
        """The pairs that may be one; with `known` in the address those that are known to be two."""
        if not (sees_all_parks(request.user) and self.has_view_permission(request)):
            raise PermissionDenied
        known = request.GET.get("known") == "1"
        if known:
            rows = DistinctCompanies.objects.select_related("by").order_by("-at", "-pk")
            page = page_of(rows, rows.count(), request.GET)
        else:
            rows = pairs(with_contacts=request.user.has_perm("tenants.view_companycontact"))
            page = page_of(rows, len(rows), request.GET)
        keys = {key for pair in page.rows for key in _keys(pair)}
        companies = Company.objects.annotate(lease_total=Count("leases")).order_by().in_bulk(keys)
        for company in companies.values():
            company.facts = facts_of(company)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Companies that are known to be different") if known else _("Companies that may be one"),
            "opts": self.opts,
            "known": known,
            "page": page,
            # The one with more leases, or the older one, is the one to keep.
            "pairs": [
                (pair, sorted((companies[key] for key in _keys(pair)), key=lambda row: (-row.lease_total, row.pk)))
                for pair in page.rows
                if companies.keys() >= set(_keys(pair))
            ],
            "may_decide": may_merge(request.user),
            "different_url": reverse("admin:tenants_duplicates_different"),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/company/duplicates.html", context)

    def different_view(self, request):
        """Record that two companies are different, or with `again` that it is to be asked anew."""
        if not may_merge(request.user):
            raise PermissionDenied
        typed = [request.POST.get(name, "") for name in ("first", "second")]
        keys = sorted(int(value) for value in typed if is_key(value))
        companies = Company.objects.in_bulk(keys)
        if len(companies) != 2:
            raise Http404
        one, other = (companies[key] for key in keys)
        back = reverse("admin:tenants_duplicates")
        names = {"one": one, "other": other}
        try:
            if "again" in request.POST:
                with transaction.atomic(), pghistory.context(user=request.user.pk):
                    DistinctCompanies.objects.filter(first=one, second=other).delete()
                messages.success(request, _("%(one)s and %(other)s are looked at again.") % names)
                return HttpResponseRedirect(f"{back}?known=1")
            keep_apart(one, [other], by=request.user)
        except IntegrityError:
            messages.error(request, _("One of the two has just been deleted or merged. Look again."))
            return HttpResponseRedirect(back)
        messages.success(request, _("Kept apart from now on: %(one)s and %(other)s.") % names)
        page = request.POST.get("page", "")
        return HttpResponseRedirect(f"{back}?page={page}" if is_key(page) else back)


def _keys(pair):
    """The two keys of a Pair or of a row of DistinctCompanies."""
    return (pair.first_id, pair.second_id) if isinstance(pair, DistinctCompanies) else (pair.first, pair.second)
