"""The daily digests of the history, to be read, with when the history was last compared with them."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import HistoryCheck, SealedDay

from .filters import ChoiceFilter
from .opened import WrittenByThePortal


class QuietFilter(ChoiceFilter):
    """Days with events, and days without."""

    title = gettext_lazy("events")
    parameter_name = "events"

    def lookups(self, request, model_admin):
        return [("some", _("Days with changes")), ("none", _("Days without a change"))]

    def narrow(self, rows, value, on):
        """Days on which something, or nothing, was changed."""
        return rows.filter(events=0) if value == "none" else rows.filter(events__gt=0)


@admin.register(SealedDay)
class SealedDayAdmin(WrittenByThePortal):
    """To read: a digest is written by the timed work and never changed."""

    menu_order = 14
    change_list_template = "admin/parks/sealedday/change_list.html"
    list_display = ("day", "events", "digest", "made_at")
    list_display_links = ("day",)
    list_filter = (QuietFilter,)
    search_fields = ("=digest",)
    search_help_text = gettext_lazy("A whole SHA-256.")
    ordering = ("-day",)
    fields = ("day", "events", "digest", "previous", "made_at")

    def changelist_view(self, request, extra_context=None):
        """The list, below what is sealed and when it was last compared."""
        about = {"newest_day": SealedDay.objects.first(), "newest_check": HistoryCheck.objects.first()}
        return super().changelist_view(request, {**about, **(extra_context or {})})
