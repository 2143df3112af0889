"""The staff pages of what the public asks."""

import datetime as dt
from urllib.parse import quote

from django.contrib import admin, messages
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parks.admin.filters import ChoiceFilter
from stp_portal.kit.admin import StaffModelAdmin
from stp_portal.kit.admin_forms import on_of
from tenants.actions import close, mark_answered
from tenants.models import Enquiry
from tenants.querysets import waiting_first

CONTACTS = ("name", "email", "phone")
OVERDUE_DAYS = (2, 7, 30)


class WaitingFilter(ChoiceFilter):
    """New enquiries by how long they have waited."""

    title = gettext_lazy("waiting")
    parameter_name = "waiting"

    def lookups(self, request, model_admin):
        return [(str(days), _("Over %(days)s days") % {"days": days}) for days in OVERDUE_DAYS]

    def narrow(self, rows, value, on):
        """New ones received more than so many days before `on`."""
        day = on - dt.timedelta(days=int(value))
        return rows.waiting().received_before(timezone.make_aware(dt.datetime.combine(day, dt.time())))


@admin.register(Enquiry)
class EnquiryAdmin(StaffModelAdmin):
    """What the public asks. Nobody adds or deletes one, and what was sent is not edited; it gets answered."""

    menu_order = 1
    ordering = waiting_first()
    list_display = ("reference", "age", "park", "kind", "name", "company", "preferred_day", "state", "answered_by")
    list_select_related = ("park", "answered_by")
    list_filter = ("state", WaitingFilter, "kind", ("park", admin.RelatedOnlyFieldListFilter))
    search_fields = ("reference", "company", "park__name", "name", "email")
    search_help_text = gettext_lazy("Reference, company, park, name or e-mail.")
    actions = ["answered", "closed", "export_csv", "export_xlsx"]
    fields = (
        *("reference", "created_at", "state", "park", "kind", "preferred_day"),
        *("name", "reply", "phone", "company", "message"),
        *("answered_by", "answered_on", "staff_note"),
    )

    # --- who sees and does what

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def _sees_contacts(self, request):
        """Those who answer; an auditor needs no names and numbers of senders."""
        return self.has_change_permission(request)

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        return columns if self._sees_contacts(request) else [name for name in columns if name not in CONTACTS]

    def get_search_fields(self, request):
        """Without the contacts for those who do not see them: a search would give them away."""
        fields = super().get_search_fields(request)
        return fields if self._sees_contacts(request) else [name for name in fields if name not in CONTACTS]

    def get_fields(self, request, obj=None):
        if self._sees_contacts(request):
            return self.fields
        return [name for name in self.fields if name not in {*CONTACTS, "reply"}]

    def get_readonly_fields(self, request, obj=None):
        """All but the note: the sender's words stay as sent, the state is changed by the actions."""
        return [name for name in self.fields if name != "staff_note"]

    # --- columns

    @admin.display(description=gettext_lazy("received"), ordering="created_at")
    def age(self, obj):
        """How many days ago it came."""
        days = (timezone.localdate() - timezone.localtime(obj.created_at).date()).days
        return _("today") if days < 1 else ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}

    age.csv = "created_at"

    @admin.display(description=gettext_lazy("e-mail"))
    def reply(self, obj):
        """A link that begins the answer in the person's own mail program."""
        subject = quote(f"{obj.reference}: {obj.park}")
        return format_html('<a href="mailto:{}?subject={}">{}</a>', quote(obj.email, safe="@"), subject, obj.email)

    # --- actions

    @admin.action(description=gettext_lazy("Mark as answered"), permissions=["change"])
    def answered(self, request, queryset):
        """Record that this person answered the chosen new enquiries today."""
        count = mark_answered(enquiries=queryset, on=on_of(request), by=request.user, reason="marked as answered")
        said = ngettext("%(n)s enquiry is marked as answered.", "%(n)s enquiries are marked as answered.", count)
        self._say(request, said, count, _("Those that were not new are left as they are."))

    @admin.action(description=gettext_lazy("Close"), permissions=["change"])
    def closed(self, request, queryset):
        """Close the chosen enquiries, answered or not."""
        count = close(enquiries=queryset, by=request.user, reason="closed")
        said = ngettext("%(n)s enquiry is closed.", "%(n)s enquiries are closed.", count)
        self._say(request, said, count, _("Those that were closed before are left as they are."))

    def _say(self, request, said, count, rest):
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, f"{said % {'n': count}} {rest if not count else ''}".strip(), level)
