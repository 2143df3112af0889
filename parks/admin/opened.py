"""The log of private files: who opened which, when. A row is written before the file leaves and never changed."""

from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import FileOpening
from stp_portal.kit.admin import StaffModelAdmin

from .filters import ChoiceFilter
from .signed_in import WhenFilter

# Kinds of rows without a page of their own: the key under which they name the row whose page shows them.
SHOWN_BY = {"tenants.leasedocument": "lease", "tenants.applicationpaper": "application"}


def kind_words(label):
    """The words for a kind of row that holds a file; the label itself where there is no such kind any more."""
    try:
        return capfirst(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label


def page_of(opening):
    """The address of the staff page on which the opened file stands; "" when its row is gone."""
    try:
        model = apps.get_model(opening.kind)
    except (LookupError, ValueError):
        return ""
    row = model._default_manager.filter(pk=opening.row).first()
    if row is None:
        return ""
    name, key = model, row.pk
    if parent := SHOWN_BY.get(opening.kind):
        name, key = model._meta.get_field(parent).related_model, getattr(row, f"{parent}_id")
    return reverse(f"admin:{name._meta.app_label}_{name._meta.model_name}_change", args=[key]) if key else ""


class KindFilter(ChoiceFilter):
    """Files of one kind of row."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        kinds = FileOpening.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return sorted(((kind, kind_words(kind)) for kind in kinds), key=lambda pair: pair[1].lower())

    def narrow(self, rows, value, on):
        """Openings of that kind of file."""
        return rows.filter(kind=value)


class ByLinkFilter(ChoiceFilter):
    """Whether a member of staff opened it, or the firm itself."""

    title = gettext_lazy("opened by")
    parameter_name = "by_link"

    def lookups(self, request, model_admin):
        return [("0", _("Staff")), ("1", _("The firm, by its link"))]

    def narrow(self, rows, value, on):
        """Openings by staff, or by the firms."""
        return rows.filter(by_link=value == "1")


class WrittenByThePortal(StaffModelAdmin):
    """Rows to read, of which all who may see the list see every one."""

    scoped = False

    def get_readonly_fields(self, request, obj=None):
        return self.fields

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(FileOpening)
class FileOpeningAdmin(WrittenByThePortal):
    """To read: administrators and auditors look here for who opened what."""

    menu_order = 12
    list_display = ("at", "who", "kind_name", "name", "subject")
    list_display_links = ("at",)
    list_select_related = ("by",)
    list_filter = (WhenFilter, ByLinkFilter, KindFilter, ("by", admin.RelatedOnlyFieldListFilter))
    search_fields = ("name", "subject", "by__username", "by__first_name", "by__last_name")
    search_help_text = gettext_lazy("The file, what it belongs to, or the person.")
    fields = ("at", "who", "kind_name", "name", "subject", "where")

    @admin.display(description=gettext_lazy("who"), ordering="by__username")
    def who(self, obj):
        """The person; words where a firm opened its own file."""
        return _("the firm, by its link") if obj.by_link else obj.by

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_name(self, obj):
        """What kind of row holds the file."""
        return kind_words(obj.kind)

    @admin.display(description=gettext_lazy("where it is"))
    def where(self, obj):
        """A link to the page with the file while it is there."""
        address = page_of(obj)
        return format_html('<a href="{}">{}</a>', address, obj.subject) if address else _("It is no longer there.")
