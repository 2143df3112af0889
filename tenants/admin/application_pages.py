"""The pages of the steps on one application: a form, and the action, which alone decides."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.forms import Media
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from stp_portal.kit import version
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.sent_forms import FormToken
from stp_portal.kit.words import dated
from tenants.actions.applied import applied
from tenants.eligibility import checklist
from tenants.models import Application, ApplicationChoice, ApplicationMessage, ApplicationPaper, PaperRequest
from tenants.models.application_states import Actor

from .application_steps import COMPLETE, MESSAGE, OF_APPLICATION, OF_ROW

SCRIPTS = Media(js=["admin/js/vendor/jquery/jquery.js", "admin/js/jquery.init.js", "admin/js/core.js"])
# What the page of an application shows: a step is refused when any of it has changed since.
RELATED = ((PaperRequest, "application"), (ApplicationPaper, "application"), (ApplicationChoice, "application"))
OWN = {version.FIELD, "csrfmiddlewaretoken", "preview", "confirm", "edit"}


# Of what was written before, on the page where one writes.
MOST_MESSAGES = 6


class StepPage:
    """One request of a step's page."""

    def __init__(self, admin, request, step, application, row=None):
        self.admin, self.request, self.step, self.application = admin, request, step, application
        self.on, self.user, self.row = on_of(request), request.user, row
        self.back = reverse("admin:tenants_application_change", args=[application.pk])
        self.message_about = f"message to application {application.pk}"
        self.token = version.token_of(Application, application.pk, RELATED)
        self.checks = checklist(application, self.on) if step.checks else []
        self.checked_on, self.moved, self.preview = self.on, False, None

    def form(self, data=None):
        """The step's form, bound to `data` where there is some."""
        row = Checked(self.checks) if self.step is COMPLETE else self.row
        return self.step.form(
            data, application=self.application, row=row, today=self.on, user=self.user, initial=self.initial()
        )

    def initial(self):
        """What only the request knows of what the form begins with."""
        if self.step is not MESSAGE:
            return {}
        newest = self.application.messages.filter(actor=Actor.FIRM).order_by("-pk").values_list("pk", flat=True).first()
        return {"form_token": str(FormToken.new(self.message_about, timezone.now())), "seen": newest or 0}

    def answer(self):
        """The response."""
        if self.request.method != "POST":
            return self.show(self.form())
        form = self.form(self.request.POST)
        valid = form.is_valid()
        if "edit" in self.request.POST:
            form._errors = type(form.errors)()
            return self.show(form)
        if not valid:
            return self.show(form)
        return self.run(form) or self.show(form)

    def run(self, form):
        """Do it, or find out whether it can be done: then nothing of it stays."""
        confirmed = "confirm" in self.request.POST or not self.step.confirmed
        try:
            with applied(application=self.application, by=self.user, today=self.on):
                self.moved = self.step.versioned and self.is_stale()
                if not self.moved:
                    self.step.run(self, **form.arguments())
                transaction.set_rollback(self.moved or not confirmed)
        except ValidationError as error:
            said = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
            for name, sentences in said.items():
                form.add_error(name if name in form.fields else None, sentences)
            return None
        if self.moved:
            self.application = self.admin.get_object(self.request, str(self.application.pk))
            return None
        if not confirmed:
            # The decision rests on what is valid on its own day.
            self.checked_on = form.cleaned_data.get("decided_on") or self.on
            self.checks = checklist(self.application, self.checked_on) if self.step.checks else []
            self.preview = [(field.label, self.typed(form, field)) for field in form.visible_fields()]
            return None
        messages.success(self.request, self.step.said)
        return HttpResponseRedirect(self.back)

    def conversation(self):
        """The newest messages, the oldest of them first, where one answers them."""
        if self.step is not MESSAGE or not self.user.has_perm("tenants.view_applicationmessage"):
            return []
        newest = self.application.messages.select_related("user").order_by("-at", "-pk")
        return list(newest[:MOST_MESSAGES])[::-1]

    def is_stale(self):
        """Whether the application, its papers or its choices changed since the page was made."""
        now = version.token_of(Application, self.application.pk, RELATED)
        stale = self.request.POST.get(version.FIELD, "") != now
        self.token = now
        return stale

    @staticmethod
    def typed(form, field):
        """What was answered, as people read it."""
        value = form.cleaned_data.get(field.name)
        return (
            dated(value) if isinstance(value, dt.date) else dict(getattr(field.field, "choices", ())).get(value, value)
        )

    def show(self, form):
        """The page."""
        context = {
            **self.admin.admin_site.each_context(self.request),
            "title": self.step.title,
            "subtitle": f"{self.application}: {self.application.company_name}",
            "opts": self.admin.opts,
            "step": self.step,
            "application": self.application,
            "row": self.row,
            "may_see_papers": self.user.has_perm("tenants.view_applicationpaper"),
            "checks": self.checks,
            "checked_on": self.checked_on,
            "conversation": self.conversation(),
            "form": form,
            "media": SCRIPTS + form.media,
            "has_errors": bool(form.errors),
            "moved": self.moved,
            "preview": self.preview,
            "typed": [
                (name, value) for name, values in self.request.POST.lists() if name not in OWN for value in values
            ],
            "version_field": version.FIELD,
            "version_token": self.token,
            "back": self.back,
        }
        self.request.current_app = self.admin.admin_site.name
        return render(self.request, "admin/tenants/application/step.html", context)


@dataclass(frozen=True)
class Checked:
    """A checklist, as the form for the queue asks for it."""

    checks: list

    @property
    def in_order(self):
        """Whether nothing stands against the application."""
        return all(check.is_ok for check in self.checks)


class StepPages:
    """The routes of the steps, for the admin of applications."""

    def step_urls(self):
        """The routes."""

        def at(address, step):
            view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.step_view))
            return path(address, view, {"step": step}, name=step.route)

        return [
            *(at(f"<int:pk>/{step.slug}/", step) for step in OF_APPLICATION),
            *(at(f"<int:pk>/{step.slug}/<int:row>/{step.name.replace('_', '-')}/", step) for step in OF_ROW),
        ]

    def step_view(self, request, pk, step, row=None):
        """One step on one application; 404 out of scope, 403 without the right to change it."""
        application = self.object_or_404(request, pk, "change")
        about = None
        if step.of is not None:
            about = step.of.objects.filter(application=application, pk=row).first() if row < 2**63 else None
            if about is None or (step.of is ApplicationMessage and about.actor != Actor.FIRM):
                raise Http404
            if step.of is ApplicationPaper and not request.user.has_perm("tenants.view_applicationpaper"):
                raise PermissionDenied
        return StepPage(self, request, step, application, about).answer()
