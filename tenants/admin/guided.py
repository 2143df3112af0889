"""The guided pages: a form, then what would change, then the action itself. The action alone decides what can be."""

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.forms import Media
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from parks.models import Park, Suite, SuiteClosure
from stp_portal.kit.admin import is_key
from stp_portal.kit.admin_forms import on_of
from tenants.models import Company, Lease, Letting

from .effects import rehearse, watch
from .guided_forms import FIRST_LINES
from .guides import CLOSE, GIVE_BACK, NEW, OF_LEASE, REOPEN

SHOWN = "_shown"
# What the calendars of the staff site stand on.
SCRIPTS = Media(js=["admin/js/vendor/jquery/jquery.js", "admin/js/jquery.init.js", "admin/js/core.js"])
# Of a submitted page, what is no answer to a question of the form.
OWN = {SHOWN, "csrfmiddlewaretoken", "preview", "confirm", "edit", "more"}


class Page:
    """One request of a guided page: what it is about, and where it leads back to.

    `lease`, `suite` and `rows` (the arguments that name rows) are what the page begins with; `park` may come from
    the form. `subject` heads the page.
    """

    template = "admin/tenants/lease/guided.html"

    def __init__(self, request, guide, *, subject, back, rows=None, lease=None, suite=None, park=None):
        self.request, self.guide, self.subject, self.back = request, guide, subject, back
        self.rows, self.lease, self.suite, self.park = rows or {}, lease, suite, park
        self.on = on_of(request)
        self.lettings_in_way, self.effects, self.moved, self.rival = [], None, False, None

    def scope(self, rows):
        """The rows that this person may see."""
        return rows.scope_for(self.request.user, self.on)

    def form(self, data=None, initial=None, **kwargs):
        """The form, bound to `data` where there is some."""
        return self.guide.form(data, lease=self.lease, today=self.on, scope=self.scope, initial=initial, **kwargs)

    def answer(self, initial=None, **kwargs):
        """The response: the form, what would change, or back with the message that it is done."""
        if self.request.method != "POST":
            return self.show(self.form(initial=initial, **kwargs))
        form = self.form(self.request.POST)
        if not form.is_valid() or "more" in self.request.POST or "edit" in self.request.POST:
            if "more" in self.request.POST or "edit" in self.request.POST:
                form = self.calm(form)
            return self.show(form)
        done = self.confirm(form) if "confirm" in self.request.POST else self.preview(form)
        return done or self.show(form)

    def calm(self, form):
        """The same form with what was typed, without complaints: the person has not finished."""
        data = self.request.POST.copy()
        count = data.get("lines-TOTAL_FORMS", "")
        if "more" in data and hasattr(form, "lines") and is_key(count):
            data["lines-TOTAL_FORMS"] = str(min(int(count) + FIRST_LINES, form.lines.max_num))
        calm = self.form(data)
        calm.full_clean()
        calm._errors = type(calm.errors)()
        if hasattr(calm, "lines"):
            for line in calm.lines.forms:
                line.full_clean()
                line._errors = type(line.errors)()
            calm.lines._errors, calm.lines._non_form_errors = [{} for _line in calm.lines.forms], []
        return calm

    def preview(self, form):
        """What would change, computed by doing it in a transaction of which nothing stays."""
        try:
            self.effects = rehearse(self.runner(form), **self.about(form))
        except ValidationError as error:
            self.refuse(form, error)

    def confirm(self, form):
        """Do it, when it is still what was shown; else show anew what would change."""
        try:
            with transaction.atomic():
                effects = watch(self.runner(form), **self.about(form))
                self.moved = effects.digest != self.request.POST.get(SHOWN, "")
                transaction.set_rollback(self.moved)
        except ValidationError as error:
            self.refuse(form, error)
            return None
        if self.moved:
            self.effects, self.rival = effects, self.newest(form)
            return None
        messages.success(self.request, self.guide.said)
        return HttpResponseRedirect(self.after(effects.result))

    def runner(self, form):
        """The action with everything it is told, ready to be run."""
        arguments = self.rows | form.arguments() | {"by": self.request.user, "today": self.on}
        return lambda: self.guide.run(**arguments)

    def about(self, form):
        """What `watch` is told."""
        cleaned = form.cleaned_data
        return {
            "park": self.park or cleaned["park"],
            "lease": self.lease,
            "company": cleaned.get("company"),
            "suites": [self.suite.pk] if self.suite else [],
            "today": self.on,
        }

    def newest(self, form):
        """The newest lease of the same company in the same park, when a new one is being made; else None."""
        company = form.cleaned_data.get("company")
        if self.lease is not None or company is None:
            return None
        found = Lease.objects.filter(company=company, park=form.cleaned_data["park"])
        return self.scope(found).order_by("-pk").first()

    def refuse(self, form, error):
        """The sentences of the action beside their fields, and the leases that it names."""
        self.lettings_in_way = list(getattr(error, "lettings", ()))
        said = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in said.items():
            form.add_error(name if name in form.fields else None, sentences)

    def after(self, result):
        """Where the person goes once it is done."""
        if isinstance(result, Lease):
            return reverse("admin:tenants_lease_change", args=[result.pk])
        return self.back

    def show(self, form):
        """The page, with the form or with what would change."""
        site = self.request.guided_site
        ways = {letting.lease for letting in self.lettings_in_way}
        visible = set(
            self.scope(Lease.objects.filter(pk__in=[lease.pk for lease in ways])).values_list("pk", flat=True)
        )
        context = {
            **site.each_context(self.request),
            "title": self.guide.title,
            "subtitle": str(self.subject),
            "opts": Lease._meta,
            "guide": self.guide,
            "lease": self.lease,
            "suite": self.suite,
            "subject": self.subject,
            "back": self.back,
            "form": form,
            "media": SCRIPTS + form.media + (form.lines.media if hasattr(form, "lines") else Media()),
            "has_errors": bool(form.errors or (hasattr(form, "lines") and form.is_bound and any(form.lines.errors))),
            "effects": self.effects,
            "shown": SHOWN,
            "typed": [
                (name, value) for name, values in self.request.POST.lists() if name not in OWN for value in values
            ],
            "moved": self.moved,
            "rival": self.rival,
            "ways": sorted((lease for lease in ways if lease.pk in visible), key=lambda lease: lease.pk),
            "on": self.on,
            **self.more(),
        }
        self.request.current_app = site.name
        return render(self.request, self.template, context)

    def more(self):
        """What a page of its own kind tells beside."""
        return {}


class GuidedPages:
    """The routes of the guided pages, for the admin of leases."""

    def guided_urls(self):
        """The routes; those on suites and closures carry the names of the supply side, which links to them."""

        def at(address, view, name, **extra):
            guarded = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(view))
            return path(address, guarded, extra, name=name)

        return [
            *(
                at(f"{guide.slug}/", self.new_view, f"tenants_lease_{guide.name}", guide=guide)
                for guide in NEW.values()
            ),
            *(
                at(f"<int:pk>/{guide.slug}/", self.lease_view, f"tenants_lease_{guide.name}", guide=guide)
                for guide in OF_LEASE.values()
            ),
            at("letting/<int:pk>/give-back/", self.give_back_view, "tenants_letting_give_back"),
            at("suite/<int:pk>/close/", self.close_view, "parks_suite_close"),
            at("closure/<int:pk>/reopen/", self.reopen_view, "parks_suiteclosure_reopen"),
        ]

    def lease_view(self, request, pk, guide):
        """An action on one lease."""
        lease = self._row(request, Lease.objects.select_related("company", "park"), pk, "tenants.change_lease")
        return self._page(
            request,
            guide,
            subject=f"{lease}: {lease.company}",
            back=reverse("admin:tenants_lease_change", args=[lease.pk]),
            rows={"lease": lease},
            lease=lease,
            park=lease.park,
        ).answer()

    def give_back_view(self, request, pk):
        """One suite of a lease, given back."""
        rows = Letting.objects.select_related("suite", "lease__company", "lease__park")
        letting = self._row(request, rows, pk, "tenants.change_lease")
        lease = letting.lease
        return self._page(
            request,
            GIVE_BACK,
            subject=f"{letting.suite} · {lease}: {lease.company}",
            back=reverse("admin:tenants_lease_change", args=[lease.pk]),
            rows={"letting": letting},
            lease=lease,
            suite=letting.suite,
            park=lease.park,
        ).answer()

    def new_view(self, request, guide):
        """A new lease; `park`, `company` and `suite` in the address fill it in."""
        if not request.user.has_perm("tenants.add_lease"):
            raise PermissionDenied
        page = self._page(request, guide, subject="", back=reverse("admin:tenants_lease_changelist"))
        initial = {
            name: page.scope(model.objects.all()).filter(pk=request.GET[name]).first()
            for name, model in (("company", Company), ("park", Park))
            if is_key(request.GET.get(name, ""))
        }
        lines = []
        if is_key(request.GET.get("suite", "")):
            suite = page.scope(Suite.objects.select_related("park")).filter(pk=request.GET["suite"]).first()
            if suite is not None:
                initial["park"] = suite.park
                lines = [{"suite": suite.number}]
        return page.answer(initial=initial, **({"first_lines": lines} if request.method != "POST" else {}))

    def close_view(self, request, pk):
        """Days on which a suite cannot be let."""
        suite = self._row(request, Suite.objects.select_related("park"), pk, "parks.add_suiteclosure")
        return self._page(
            request,
            CLOSE,
            subject=f"{suite}, {suite.park}",
            back=reverse("admin:parks_suite_change", args=[suite.pk]),
            rows={"suite": suite},
            suite=suite,
            park=suite.park,
        ).answer()

    def reopen_view(self, request, pk):
        """A closure that ends."""
        rows = SuiteClosure.objects.select_related("suite__park")
        closure = self._row(request, rows, pk, "parks.change_suiteclosure")
        suite = closure.suite
        return self._page(
            request,
            REOPEN,
            subject=f"{suite}, {suite.park}: {closure}",
            back=reverse("admin:parks_suite_change", args=[suite.pk]),
            rows={"closure": closure},
            suite=suite,
            park=suite.park,
        ).answer()

    def _page(self, request, guide, **about):
        request.guided_site = self.admin_site
        return Page(request, guide, **about)

    @staticmethod
    def _row(request, rows, pk, permission):
        """The row: 404 out of scope, 403 without the permission."""
        row = rows.scope_for(request.user, on_of(request)).filter(pk=pk).first() if pk < 2**63 else None
        if row is None:
            raise Http404
        if not request.user.has_perm(permission):
            raise PermissionDenied
        return row
