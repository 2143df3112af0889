"""Applications for space: the inbox, the page on which one decides, and the way into the steps."""

import logging

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from parks.file_log import recorder
from parks.templatetags.show import number, rupees, sqft
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.filter_fields import DayField
from stp_portal.kit.private_files import serve
from stp_portal.kit.text import clean_line
from tenants import inbox, matching, queue
from tenants.application_columns import APPLICATIONS
from tenants.eligibility import checklist
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationPaper,
    Lease,
    Letter,
    Mail,
    PaperRequest,
    PassingOver,
    TimelineEntry,
)
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import (
    APPLICATION_TRIGGER_MESSAGES,
    OPEN_STATES,
    Actor,
    ApplicationState,
    DeclineCode,
    PassingCode,
)

from .application_filters import AgeFilter, AssignedFilter, BandFilter, ChosenParkFilter, DueFilter, StandingFilter
from .application_pages import StepPages
from .application_steps import LOOK, steps_for
from .offer_pages import OfferPages

logger = logging.getLogger("stp.private_files")

STATES = dict(ApplicationState.choices)
CONTACTS = (("contact_name", "contact_role"), ("email", "phone"))
MOST_QUERY = 100
FACTS = (
    ("company_name", "activity", "website"),
    ("secp_number", "secp_expiry_date"),
    ("ntn", "ntn_expiry_date"),
    ("pseb_number", "pseb_expiry_date"),
)
NEEDS = (
    ("asked_for", "move_in", "months"),
    ("budget", "team_size", "women_staff"),
    ("power_hours", "generator", "internet_mbps"),
    "needs_note",
)


def short(moment):
    """A date for narrow columns, such as `9 Mar 2026`, of a day or a moment."""
    day = timezone.localtime(moment).date() if hasattr(moment, "hour") else moment
    return date_format(day, "SHORT_DATE_FORMAT")


@admin.register(Application)
class ApplicationAdmin(StepPages, OfferPages, StaffModelAdmin):
    """What firms sent. Nobody adds, edits or deletes one: each step has a page of its own."""

    menu_order = 0
    constraint_messages = APPLICATION_TRIGGER_MESSAGES
    related_history = tuple(
        (model, "application") for model in (ApplicationChoice, PaperRequest, ApplicationPaper, PassingOver)
    )
    list_display = (
        *("reference", "company_name", "standing_today", "due", "waits", "asked_for", "first_park_name"),
        *("complete_on", "assigned_to", "demo"),
    )
    list_display_links = ("reference",)
    list_select_related = ("assigned_to",)
    list_filter = (DueFilter, AgeFilter, StandingFilter, AssignedFilter, BandFilter, ChosenParkFilter)
    file_columns = APPLICATIONS
    search_fields = ("reference",)
    search_help_text = gettext_lazy("Reference, firm, SECP number, NTN or PSEB registration number.")
    ordering = ("-created_at", "-pk")

    # --- rows, and who sees and does what

    def get_queryset(self, request):
        """With what is due, as seen today."""
        rows = inbox.with_due(super().get_queryset(request), on_of(request))
        return inbox.with_first_choice(rows)

    def get_ordering(self, request):
        return inbox.longest_first()

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @staticmethod
    def _sees_contacts(request):
        return request.user.has_perm("tenants.view_companycontact")

    def get_search_results(self, request, queryset, search_term):
        """A reference, or words of the firm; its contact's name only for those who may see it."""
        term = clean_line(search_term)[:MOST_QUERY]
        if not term:
            return queryset, False
        reference = Q(reference__istartswith=term) | Q(reference__iendswith=f"-{term}")
        if self._sees_contacts(request):
            found = Application.objects.search(term).order_by().values("pk")
            return queryset.filter(reference | Q(pk__in=found)), False
        for word in term.split():
            in_firm = Q(company_name__icontains=word) | Q(secp_number=word) | Q(ntn=word) | Q(pseb_number=word)
            queryset = queryset.filter(reference | in_firm)
        return queryset, False

    def get_fieldsets(self, request, obj=None):
        contact = [(gettext_lazy("Contact"), {"fields": CONTACTS})] if self._sees_contacts(request) else []
        return [
            (gettext_lazy("The firm"), {"fields": FACTS}),
            (gettext_lazy("What it needs"), {"fields": NEEDS}),
            *contact,
            (gettext_lazy("For staff"), {"fields": ("staff_note",)}),
        ]

    def get_readonly_fields(self, request, obj=None):
        """All of it: what was sent stays as sent, and each step has a page of its own."""
        return flatten_fieldsets(self.get_fieldsets(request, obj))

    # --- the page of one application

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs.get("obj")
        context |= dict.fromkeys(("show_save", "show_save_and_continue", "show_save_and_add_another"), False)
        context["title"] = _("Application for space")
        if obj is not None:
            context["subtitle"] = f"{obj}: {obj.company_name}"
            context |= self.workspace(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def workspace(self, request, obj):
        """Everything that one decides by, beside the facts; by a constant number of queries."""
        on, user = on_of(request), request.user
        may_act = self.has_change_permission(request, obj)
        sees_messages = user.has_perm("tenants.view_applicationmessage")
        checked_on, checked_on_error = checked_day(request.GET.get("on", ""), on)
        running = obj.standing in OPEN_STATES
        papers = list(ApplicationPaper.objects.filter(application=obj).select_related("found_by"))
        # In the order of the database's clock, which both have from the same one.
        messages = list(obj.messages.select_related("user")) if sees_messages else []
        leases = Lease.objects.scope_for(user, on).filter(application=obj).with_word(on, on)
        return {
            "on": on,
            "may_act": may_act,
            "steps": steps_for(obj) if may_act else [],
            "standing_words": STATES[obj.standing],
            "asks_for": self.asked_for(obj),
            "may_see_company": user.has_perm("tenants.view_company"),
            "due_words": [(due.label, getattr(obj, f"{due.value}_since")) for due in inbox.due_of(obj)],
            "sees_contacts": self._sees_contacts(request),
            "sees_papers": user.has_perm("tenants.view_applicationpaper"),
            "sees_messages": sees_messages,
            "checks": checklist(obj, checked_on),
            "checked_on": checked_on,
            "checked_on_error": checked_on_error,
            "papers": papers,
            "may_look": may_act and LOOK.fits(obj) and user.has_perm("tenants.view_applicationpaper"),
            "look": LOOK.route,
            "requests": list(obj.requests.filter(closed_at__isnull=True)),
            "choices": with_places(obj, on),
            "matches": matching.fit(obj, on) if running else None,
            "may_offer": may_act and obj.standing == ApplicationState.WAITING,
            "period": matching.period_of(obj, on),
            "leases": list(leases.select_related("company", "park").order_by("-pk"))
            if user.has_perm("tenants.view_lease")
            else [],
            "messages_both": messages,
            "letters": list(Letter.objects.scope_for(user, on).filter(application=obj).order_by("-issued_at", "-pk"))
            if user.has_perm("tenants.view_letter")
            else [],
            "mails": list(Mail.objects.filter(application=obj)) if user.has_perm("tenants.view_mail") else [],
            "told": [
                Told.of(entry)
                for entry in TimelineEntry.objects.filter(application=obj).select_related("user", "lease")
            ],
        }

    def get_urls(self):
        file = path(
            "paper/<int:pk>/file/",
            self.admin_site.admin_view(require_safe(self.file_view)),
            name="tenants_applicationpaper_file",
        )
        return [*self.step_urls(), *self.offer_urls(), file, *super().get_urls()]

    def file_view(self, request, pk):
        """A paper's file, to those who may see its application and papers; 404 to everyone else."""
        rows = ApplicationPaper.objects.scope_for(request.user, on_of(request))
        paper = rows.filter(pk=pk).first() if pk < 2**63 else None
        allowed = paper is not None and request.user.has_perm("tenants.view_applicationpaper")
        logger.info(
            "file of application paper %s %s to %s", pk, "served" if allowed else "refused", request.user.get_username()
        )
        if not allowed:
            raise Http404
        # Its kind: the name that the firm gave the file may be a person's, and auditors read the log.
        record = recorder(request, row=paper, name=paper, subject=paper.application)
        return serve(paper.file, paper.name, record=record)

    # --- columns

    @admin.display(description=gettext_lazy("state"), ordering="standing")
    def standing_today(self, obj):
        """Where it stands today."""
        return STATES[obj.standing]

    @admin.display(description=gettext_lazy("due"), ordering="due_since", empty_value="")
    def due(self, obj):
        """What waits for PSEB, each on a line, and a paper that is overdue."""
        lines = [(str(due.label),) for due in inbox.due_of(obj)]
        if obj.overdue_on:
            lines.append((_("A paper was due on %(day)s") % {"day": short(obj.overdue_on)},))
        return format_html_join("\n", "<div>{}</div>", lines) or None

    @admin.display(description=gettext_lazy("for"), ordering="due_since", empty_value="")
    def waits(self, obj):
        """For how many days something has waited for PSEB."""
        if obj.due_since is None:
            return None
        return days_words((timezone.localdate() - timezone.localtime(obj.due_since).date()).days)

    waits.csv = "due_since"

    @admin.display(description=gettext_lazy("asks for"), ordering="wanted_area_sqft")
    def asked_for(self, obj):
        """The area or the desks."""
        if obj.wanted_seats is None:
            return sqft(obj.wanted_area_sqft)
        return ngettext("%(n)s desk", "%(n)s desks", obj.wanted_seats) % {"n": number(obj.wanted_seats)}

    @admin.display(description=gettext_lazy("budget a month"))
    def budget(self, obj):
        """What it can pay a month in all."""
        return "–" if obj.budget_pkr is None else rupees(obj.budget_pkr)

    @admin.display(description=gettext_lazy("first choice"), ordering="first_park")
    def first_park_name(self, obj):
        """The park of the first choice, and how many more there are."""
        if obj.first_park is None:
            return None
        more = obj.choices_count - 1
        return f"{obj.first_park} + {more}" if more else obj.first_park


def days_words(days):
    """`today` or `12 days`."""
    return _("today") if days < 1 else ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def with_places(application, on):
    """The choices in their order, each with its `place` in the queue of its park on `on`, None where it has none."""
    places = {place.park.pk: place for place in queue.places_of(application, on)}
    choices = list(application.choices.select_related("park", "suite"))
    for choice in choices:
        choice.place = None if choice.withdrawn_on else places.get(choice.park_id)
    return choices


def checked_day(text, today):
    """The day of the checklist, and a sentence where the one in the address was not understood."""
    if not text:
        return today, ""
    try:
        return DayField(required=True).clean(text), ""
    except ValidationError:
        return today, _("That day was not understood; the checklist is that of today.")


class Told:
    """An entry of the timeline for staff: `when`, `what`, `who` and `more`, a tuple of words."""

    def __init__(self, when, what, who, more, lease):
        self.when, self.what, self.who, self.more, self.lease = when, what, who, more, lease

    @classmethod
    def of(cls, entry):
        """The entry in words."""
        if entry.kind == TimelineKind.STATE:
            before, after = STATES.get(entry.from_state, ""), STATES.get(entry.to_state, entry.to_state)
            what = f"{before} → {after}" if before else str(after)
        else:
            what = str(entry.get_kind_display())
        who = str(entry.user) if entry.user_id else str(Actor(entry.actor).label)
        codes = dict(PassingCode.choices if entry.kind == TimelineKind.PASSED else DeclineCode.choices)
        more = [str(codes.get(entry.code, entry.code)), entry.text]
        if entry.minute:
            more.append(_("minute %(minute)s") % {"minute": entry.minute})
        if entry.decided_on:
            more.append(_("decided on %(day)s") % {"day": short(entry.decided_on)})
        return cls(entry.at, what, who, tuple(words for words in more if words), entry.lease)
