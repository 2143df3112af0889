"""Host institutions with like names: asked about on their page, and listed."""

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

from parks.alike_hosts import pairs, similar_to
from parks.models import DistinctHosts, HostInstitution
from stp_portal.kit.admin import is_key
from stp_portal.kit.admin_alike import AsksAlike, AsksAlikePage
from stp_portal.kit.admin_forms import StaffForm
from stp_portal.kit.listing import page_of
from stp_portal.kit.roles import sees_all_parks


def keep_apart(one, others, *, by, reason=""):
    """Record that the institution `one` is none of `others`; what is known already stays as it is."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        DistinctHosts.objects.bulk_create(
            (
                DistinctHosts(first_id=min(one.pk, other.pk), second_id=max(one.pk, other.pk), by=by, reason=reason)
                for other in others
                if other.pk != one.pk
            ),
            ignore_conflicts=True,
        )


class HostForm(AsksAlike, StaffForm):
    """A host institution. A name like another's is asked about before it is saved."""

    class Meta:
        model = HostInstitution
        # The page names the rest.
        fields = ("name", "slug")

    def find_alike(self):
        """Institutions with a name like the typed one."""
        typed = self.cleaned_data
        return similar_to(typed.get("name") or "", typed.get("name_ur") or "", pk=self.instance.pk)


class DuplicateHosts(AsksAlikePage):
    """The question on the page of a host institution, and the list of those that may be one."""

    form = HostForm
    change_form_template = "admin/parks/hostinstitution/change_form.html"

    def get_urls(self):
        return [
            path(
                "duplicates/",
                self.admin_site.admin_view(require_safe(self.duplicates_view)),
                name="parks_duplicate_hosts",
            ),
            path(
                "duplicates/different/",
                self.admin_site.admin_view(require_POST(self.different_view)),
                name="parks_duplicate_hosts_different",
            ),
            *super().get_urls(),
        ]

    def keep_apart(self, request, obj, others):
        """As told on the form: they have like names and are different bodies."""
        keep_apart(obj, others, by=request.user, reason=_("Told apart when it was saved."))

    def alike_facts(self, row):
        """What kind of body it is."""
        return str(row.get_kind_display())

    def duplicates_view(self, request):
        """The pairs that may be one; with `known` in the address those that are known to be two."""
        if not (sees_all_parks(request.user) and self.has_view_permission(request)):
            raise PermissionDenied
        known = request.GET.get("known") == "1"
        if known:
            rows = DistinctHosts.objects.select_related("by").order_by("-at", "-pk")
            page = page_of(rows, rows.count(), request.GET)
        else:
            rows = pairs()
            page = page_of(rows, len(rows), request.GET)
        keys = {key for pair in page.rows for key in _keys(pair)}
        hosts = HostInstitution.objects.annotate(park_total=Count("parks")).order_by().in_bulk(keys)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Host institutions known to be different") if known else _("Host institutions that may be one"),
            "opts": self.opts,
            "known": known,
            "page": page,
            "pairs": [
                (pair, [hosts[key] for key in _keys(pair)]) for pair in page.rows if hosts.keys() >= set(_keys(pair))
            ],
            "may_decide": self.has_change_permission(request),
            "different_url": reverse("admin:parks_duplicate_hosts_different"),
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/parks/hostinstitution/duplicates.html", context)

    def different_view(self, request):
        """Record that two institutions are different, or with `again` that it is to be asked anew."""
        if not (sees_all_parks(request.user) and self.has_change_permission(request)):
            raise PermissionDenied
        typed = [request.POST.get(name, "") for name in ("first", "second")]
        keys = sorted(int(value) for value in typed if is_key(value))
        hosts = HostInstitution.objects.in_bulk(keys)
        if len(hosts) != 2:
            raise Http404
        one, other = (hosts[key] for key in keys)
        back = reverse("admin:parks_duplicate_hosts")
        names = {"one": one, "other": other}
        if "again" in request.POST:
            with transaction.atomic(), pghistory.context(user=request.user.pk):
                DistinctHosts.objects.filter(first=one, second=other).delete()
            messages.success(request, _("%(one)s and %(other)s are looked at again.") % names)
            return HttpResponseRedirect(f"{back}?known=1")
        try:
            keep_apart(one, [other], by=request.user)
        except IntegrityError:
            messages.error(request, _("One of the two has just been deleted. Look again."))
            return HttpResponseRedirect(back)
        messages.success(request, _("Kept apart from now on: %(one)s and %(other)s.") % names)
        page = request.POST.get("page", "")
        return HttpResponseRedirect(f"{back}?page={page}" if is_key(page) else back)


def _keys(pair):
    """The two keys of a Pair or of a row of DistinctHosts."""
    return (pair.first_id, pair.second_id) if isinstance(pair, DistinctHosts) else (pair.first, pair.second)
