"""The page "Letters" of an application and of a lease: those issued, and a new one, looked at first."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from stp_portal.kit.admin_forms import on_of
from tenants.letters.issue import (
    LANGUAGE,
    ON_APPLICATION,
    ON_LEASE,
    application_of,
    issue,
    template_in_use,
    why_not,
)
from tenants.letters.pdf import draw
from tenants.letters.values import content
from tenants.models import Application, Lease, Letter
from tenants.models.letter import LetterKind

# What a page was made from: the newest letter of the kind, and the version of the words.
SEEN = "_seen"


class About:
    """What the page is about: a lease with the application that it came from, or an application alone."""

    def __init__(self, row, today, user):
        self.row, self.today, self.user = row, today, user
        self.lease = row if isinstance(row, Lease) else None
        self.application = application_of(row) if self.lease else row

    @property
    def kinds(self):
        """The letters that are issued here."""
        return ON_LEASE if self.lease else ON_APPLICATION

    @property
    def letters(self):
        """Those issued about the row, the newest first."""
        rows = Letter.objects.scope_for(self.user, self.today).select_related("issued_by", "template")
        rows = rows.filter(lease=self.lease) if self.lease else rows.filter(application=self.application)
        return rows.order_by("-issued_at", "-pk")

    def rows(self):
        """The two rows by name, as `issue` takes them."""
        return {"application": self.application, "lease": self.lease}

    def why_not(self, kind):
        """Why a letter of `kind` cannot be issued now; empty when it can."""
        return why_not(kind, **self.rows(), today=self.today)

    def seen(self, kind):
        """What the page shows of letters of `kind`, as a text that differs once it is out of date."""
        newest = self.letters.filter(kind=kind).values_list("pk", flat=True).first() or 0
        return f"{newest}-{template_in_use(kind).pk}-{self.row.state}"


class LetterPages:
    """The routes of the page, for the admin of letters."""

    def letter_urls(self):
        """The page of a lease and of an application, and the preview of each kind."""

        def at(address, view, name, only, **extra):
            return path(address, self.admin_site.admin_view(only(view)), extra, name=name)

        both = require_http_methods(["GET", "HEAD", "POST"])
        return [
            at("lease/<int:pk>/", self.letters_view, "tenants_lease_letters", both, model=Lease),
            at("application/<int:pk>/", self.letters_view, "tenants_application_letters", both, model=Application),
            at(
                "lease/<int:pk>/<slug:kind>/preview/",
                self.draft_view,
                "tenants_lease_letter",
                require_safe,
                model=Lease,
            ),
            at(
                "application/<int:pk>/<slug:kind>/preview/",
                self.draft_view,
                "tenants_application_letter",
                require_safe,
                model=Application,
            ),
        ]

    def _about(self, request, model, pk):
        """The row in the scope of the person: 404 out of it, 403 without the right to see letters."""
        rows = model.objects.scope_for(request.user, on_of(request))
        rows = rows.select_related("company", "park__city") if model is Lease else rows
        row = rows.filter(pk=pk).first() if pk < 2**63 else None
        if row is None or not request.user.has_perm(f"tenants.view_{model._meta.model_name}"):
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        return About(row, on_of(request), request.user)

    @staticmethod
    def _may_issue(request, about):
        name = about.row._meta.model_name
        return request.user.has_perm("tenants.add_letter") and request.user.has_perm(f"tenants.change_{name}")

    def draft_view(self, request, pk, kind, model):
        """The letter as it would be issued now, marked as a preview; nothing is kept."""
        about = self._about(request, model, pk)
        if kind not in about.kinds:
            raise Http404
        if not self._may_issue(request, about):
            raise PermissionDenied
        if refused := about.why_not(kind):
            messages.error(request, refused)
            return HttpResponseRedirect(self._address(about))
        with override(LANGUAGE):
            said = content(
                kind=kind,
                number="LTR-0000-00000",
                template=template_in_use(kind),
                day=about.today,
                **about.rows(),
                code="A" * 16 if kind == LetterKind.ALLOTMENT else "",
                preview=True,
            )
            data = draw(said)
        response = HttpResponse(data, content_type="application/pdf")
        response["Content-Disposition"] = f'inline; filename="preview-{kind}.pdf"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store, private"
        return response

    @staticmethod
    def _address(about):
        return reverse(f"admin:tenants_{about.row._meta.model_name}_letters", args=[about.row.pk])

    def letters_view(self, request, pk, model):
        """The letters of one row; `kind` in the address asks for a new one, a POST issues it."""
        about = self._about(request, model, pk)
        may_issue = self._may_issue(request, about)
        kind = request.POST.get("kind", "") if request.method == "POST" else request.GET.get("kind", "")
        kind = kind if kind in about.kinds else ""
        moved = refused = ""
        if request.method == "POST":
            if not may_issue:
                raise PermissionDenied
            if not kind:
                messages.warning(request, _("Choose the letter."))
                return HttpResponseRedirect(self._address(about))
            letter, moved, refused = self._issue(request, about, kind)
            if letter is not None:
                messages.success(request, self._said(letter))
                return HttpResponseRedirect(self._address(about))
        return self._page(request, about, kind if may_issue else "", may_issue, moved=moved, refused=refused)

    @staticmethod
    def _issue(request, about, kind):
        """The letter, or why there is none: (Letter or None, that the page was out of date, a refusal)."""
        try:
            with transaction.atomic():
                # In the order of all actions: the lease, then the application.
                for row in filter(None, (about.lease, about.application)):
                    row.__class__.objects.select_for_update(no_key=True).get(pk=row.pk)
                about.row.refresh_from_db()
                if request.POST.get(SEEN, "") != about.seen(kind):
                    return None, True, ""
                letter = issue(kind=kind, **about.rows(), by=request.user, today=about.today)
        except ValidationError as error:
            return None, False, " ".join(error.messages)
        return letter, False, ""

    @staticmethod
    def _said(letter):
        if letter.application_id:
            return _("Letter %(letter)s is issued and on its way to the firm.") % {"letter": letter}
        return _("Letter %(letter)s is issued. Download it and hand it over: no application, so no e-mail.") % {
            "letter": letter
        }

    def _page(self, request, about, kind, may_issue, *, moved, refused):
        name = about.row._meta.model_name
        choices = [
            {"kind": value, "label": LetterKind(value).label, "why_not": about.why_not(value)} for value in about.kinds
        ]
        firm = about.lease.company.name if about.lease else about.application.company_name
        context = {
            **self.admin_site.each_context(request),
            "title": _("Letters"),
            "opts": about.row._meta,
            "about": about,
            "subject": f"{about.row}: {firm}",
            "back": reverse(f"admin:tenants_{name}_change", args=[about.row.pk]),
            "here": self._address(about),
            "letters": about.letters,
            "may_issue": may_issue,
            "may_open": request.user.has_perm("tenants.view_companycontact"),
            "choices": choices,
            "chosen": next((choice for choice in choices if choice["kind"] == kind and not choice["why_not"]), None),
            "template": template_in_use(kind) if kind else None,
            "before": about.letters.filter(kind=kind) if kind else (),
            "preview": reverse(f"admin:tenants_{name}_letter", args=[about.row.pk, kind]) if kind else "",
            "seen": about.seen(kind) if kind else "",
            "moved": moved,
            "refused": refused,
        }
        request.current_app = self.admin_site.name
        return render(request, "admin/tenants/letter/letters.html", context)
