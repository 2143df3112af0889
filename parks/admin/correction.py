"""The staff pages of reported mistakes: the list, the report, and the guided decision."""

from urllib.parse import quote

from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from parks import correction_facts as facts
from parks.actions import AlreadyDecided, Moved, decide_correction
from parks.models import AreaReport, Correction, Park, StageEvent
from parks.models.area import TRIGGER_MESSAGES
from parks.models.correction import CorrectionState
from parks.querysets import corrections_waiting_first
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.constraints import words_for

from .correction_forms import CHANGE, SCRIPTS, DecisionForm, fact_form

PEOPLE = ("name", "email")
SEEN, SHOWN = "_seen", "_shown"
# Of a submitted page, what is no answer to a question of the form.
OWN = {SEEN, SHOWN, "csrfmiddlewaretoken", "preview", "confirm", "edit"}


@admin.register(Correction)
class CorrectionAdmin(StaffModelAdmin):
    """What readers report. Nobody adds, edits or deletes one; it gets decided on a page of its own."""

    menu_order = 9
    ordering = corrections_waiting_first()
    list_display = ("reference", "age", "park", "fact", "state", "decided_by", "decided_on")
    list_select_related = ("park", "decided_by")
    list_filter = ("state", "fact", ("park", admin.RelatedOnlyFieldListFilter))
    search_fields = ("reference", "park__name", "name", "email")
    search_help_text = gettext_lazy("Reference, park, name or e-mail.")
    fields = (
        *("reference", "created_at", "state", "park", "fact", "shown", "proposed", "known_from"),
        *("name", "reply", "decided_by", "decided_on", "answer", "changed_from", "changed_to"),
    )

    # --- who sees and does what

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def _sees_people(self, request):
        """Those who decide; an auditor needs no names of senders."""
        return self.has_change_permission(request)

    def get_search_fields(self, request):
        """Without the people for those who do not see them: a search would give them away."""
        fields = super().get_search_fields(request)
        return fields if self._sees_people(request) else [name for name in fields if name not in PEOPLE]

    def get_fields(self, request, obj=None):
        if self._sees_people(request):
            return self.fields
        return [name for name in self.fields if name not in {*PEOPLE, "reply"}]

    def get_readonly_fields(self, request, obj=None):
        """All of it: what was sent stays as sent, and the decision has a page of its own."""
        return self.fields

    def view_on_site(self, obj):
        """The page that the reporter reads."""
        return obj.get_absolute_url()

    def get_view_on_site_url(self, obj=None):
        return obj.get_absolute_url() if obj is not None and obj.pk else None

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs.get("obj")
        context |= dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False)
        context["title"] = _("Reported mistake")
        context["may_decide"] = obj is not None and is_open(obj) and self.has_change_permission(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    # --- columns

    @admin.display(description=gettext_lazy("received"), ordering="created_at")
    def age(self, obj):
        """How many days ago it came."""
        days = (timezone.localdate() - timezone.localtime(obj.created_at).date()).days
        return _("today") if days < 1 else ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}

    age.csv = "created_at"

    @admin.display(description=gettext_lazy("e-mail"))
    def reply(self, obj):
        """A link that begins a question in the person's own mail program."""
        if not obj.email:
            return None
        subject = quote(f"{obj.reference}: {obj.park}")
        return format_html('<a href="mailto:{}?subject={}">{}</a>', quote(obj.email, safe="@"), subject, obj.email)

    # --- the decision

    def get_urls(self):
        guarded = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.decide_view))
        return [path("<int:pk>/decide/", guarded, name="parks_correction_decide"), *super().get_urls()]

    def decide_view(self, request, pk):
        """A form, then what would change, then the decision."""
        correction = self.object_or_404(request, pk, "change")
        return Decision(self, request, correction).answer()


def is_open(correction):
    """Whether nobody has decided yet."""
    return correction.state == CorrectionState.WAITING


class Decision:
    """One request of the guided page."""

    def __init__(self, model_admin, request, correction):
        self.admin, self.request, self.correction, self.on = model_admin, request, correction, on_of(request)
        self.back = reverse("admin:parks_correction_change", args=[correction.pk])
        self.park = Park.objects.select_related("city", "host").get(pk=correction.park_id)
        self.present = facts.said(self.park, correction.fact, self.on)
        self.moved, self.difference, self.rival, self.shown = False, None, None, ""
        # What a page shows is what the decision is about.
        self.seen = facts.digest(self.present)

    def forms(self, data=None):
        """The decision's form, and the form of the fact where this person may write it; else None."""
        fact = fact_form(self.admin.admin_site, self.request, self.correction, self.park, data)
        return DecisionForm(data, changes=fact is not None), fact

    def answer(self):
        """The response."""
        if self.request.method != "POST":
            if not is_open(self.correction):
                return HttpResponseRedirect(self.back)
            return self.show(*self.forms())
        asked, fact = self.forms(self.request.POST)
        if "edit" in self.request.POST:
            asked.full_clean()
            asked._errors = type(asked.errors)()
            return self.show(asked, fact if asked.data.get("how") == CHANGE else self.forms()[1])
        valid = asked.is_valid()
        if fact is not None and asked.data.get("how") == CHANGE:
            valid = fact.is_valid() and valid
        elif fact is not None:
            # Nothing of it is written, so nothing of it can be wrong; what was typed stays.
            fact.full_clean()
            fact._errors = type(fact.errors)()
        if not valid:
            return self.show(asked, fact)
        return self.run(asked, fact) or self.show(asked, fact)

    def run(self, asked, fact):
        """Decide, or find out what a decision would change: then nothing of it stays."""
        confirmed = "confirm" in self.request.POST
        sent = self.request.POST.get(SEEN, "")
        if sent != self.seen:
            # Shown anew with what it is by now, and asked once more.
            self.moved, confirmed = True, False
        try:
            with transaction.atomic():
                self.difference = self.decide(asked, fact)
                self.shown = facts.digest(repr((asked.state, asked.cleaned_data["answer"], self.difference)))
                # What was shown is what is approved: another value is shown first.
                confirmed = confirmed and self.request.POST.get(SHOWN, "") == self.shown
                transaction.set_rollback(not confirmed)
        except AlreadyDecided:
            self.rival = Correction.objects.select_related("decided_by").get(pk=self.correction.pk)
            return None
        except Moved:
            # Between reading the page and the lock.
            self.present = facts.said(Park.objects.get(pk=self.park.pk), self.correction.fact, self.on)
            self.seen, self.moved = facts.digest(self.present), True
            return None
        except ValidationError as error:
            self.refuse(asked, fact, error)
            return None
        except (IntegrityError, DataError) as error:
            kinds = [Park, StageEvent, AreaReport, Correction]
            asked.add_error(None, words_for(error, kinds, TRIGGER_MESSAGES))
            return None
        if not confirmed:
            return None
        said = _("%(reference)s is decided; its page tells the reporter.") % {"reference": self.correction}
        messages.success(self.request, said)
        return HttpResponseRedirect(self.back)

    def decide(self, asked, fact):
        """Run the action; returns the lines of the difference."""
        change = asked.cleaned_data["how"] == CHANGE
        before, after = decide_correction(
            correction=self.correction,
            state=asked.state,
            answer=asked.cleaned_data["answer"],
            seen=self.seen,
            on=self.on,
            by=self.request.user,
            values=fact.values() if change else None,
        )
        return facts.difference(before, after) if change else []

    @staticmethod
    def refuse(asked, fact, error):
        """The sentences of the action beside their fields."""
        said = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for name, sentences in said.items():
            owner = next((form for form in (fact, asked) if form is not None and name in form.fields), None)
            (owner or asked).add_error(name if owner else None, sentences)

    def show(self, asked, fact):
        """The page, with the form or with what would change."""
        has_errors = bool(asked.errors or (fact is not None and fact.is_bound and fact.errors))
        preview = self.difference is not None and not has_errors and self.rival is None
        context = {
            **self.admin.admin_site.each_context(self.request),
            "title": _("Decide"),
            "subtitle": f"{self.correction}: {self.correction.get_fact_display()}, {self.park}",
            "opts": self.admin.opts,
            "correction": self.correction,
            "park": self.park,
            "present": self.present,
            "since": self.since(),
            "people": self.admin._sees_people(self.request),
            "form": asked,
            "fact_form": fact,
            "forms": [form for form in (asked, fact) if form is not None],
            "by_hand": self.correction.fact in facts.BY_HAND,
            "media": SCRIPTS + asked.media + (fact.media if fact is not None else SCRIPTS),
            "has_errors": has_errors,
            "preview": preview,
            "difference": self.difference,
            "how": asked.cleaned_data.get("how_words") if preview else "",
            "answer": asked.cleaned_data.get("answer") if preview else "",
            "moved": self.moved,
            "rival": self.rival,
            "seen_name": SEEN,
            "seen": self.seen,
            "shown_name": SHOWN,
            "shown": self.shown,
            "typed": [
                (name, value) for name, values in self.request.POST.lists() if name not in OWN for value in values
            ],
            "back": self.back,
        }
        self.request.current_app = self.admin.admin_site.name
        return render(self.request, "admin/parks/correction/decide.html", context)

    def since(self):
        """What the fact became after the report came, as a difference; nothing where it is still the same."""
        if self.correction.shown == self.present:
            return []
        return facts.difference(self.correction.shown, self.present)
