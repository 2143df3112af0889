"""The record of sign-ins: who came in, who tried, and what was done to an account's second factor and sessions."""

import datetime as dt

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import SignInEvent, SignInKind
from stp_portal.kit.admin import StaffModelAdmin

from .filters import ChoiceFilter

REFUSED = (SignInKind.WRONG_PASSWORD, SignInKind.WRONG_CODE, SignInKind.LOCKED_OUT)


class WhenFilter(ChoiceFilter):
    """Events of today and of the days before."""

    title = gettext_lazy("when")
    parameter_name = "days"

    def lookups(self, request, model_admin):
        return [("1", _("Today")), ("7", _("The last 7 days")), ("30", _("The last 30 days")), ("365", _("A year"))]

    def narrow(self, rows, value, on):
        """Events of `on` and so many days with it, as days are in Karachi."""
        first = dt.datetime.combine(on - dt.timedelta(days=int(value) - 1), dt.time(), timezone.get_current_timezone())
        return rows.filter(at__gte=first)


class OutcomeFilter(ChoiceFilter):
    """Tries that did not get in."""

    title = gettext_lazy("outcome")
    parameter_name = "outcome"

    def lookups(self, request, model_admin):
        return [("refused", _("Did not get in")), ("unknown", _("No such account"))]

    def narrow(self, rows, value, on):
        """Refused tries; or those with a name that no account has."""
        return rows.filter(kind__in=REFUSED) if value == "refused" else rows.filter(user=None)


@admin.register(SignInEvent)
class SignInEventAdmin(StaffModelAdmin):
    """To read: a line is written as it happens and never changed."""

    menu_order = 13
    scoped = False
    list_display = ("at", "kind", "account", "by", "address", "note")
    list_display_links = ("at",)
    list_select_related = ("user", "by")
    list_filter = (WhenFilter, OutcomeFilter, "kind", ("user", admin.RelatedOnlyFieldListFilter))
    search_fields = ("user__username", "user__first_name", "user__last_name", "address", "note")
    search_help_text = gettext_lazy("The account, an address, or a word of the note.")
    fields = ("at", "kind", "account", "by", "address", "note")

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=gettext_lazy("account"), ordering="user__username")
    def account(self, obj):
        """The account; words where the name that was typed is nobody's."""
        return obj.user or _("no such account")
