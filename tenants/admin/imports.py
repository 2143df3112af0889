"""Imports: the list of files, and the page of one with what it came to. The steps themselves are in `import_pages`."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from stp_portal.kit.admin import StaffModelAdmin
from tenants.importing.kinds import may_import
from tenants.models import ImportBatch
from tenants.models.batch import ImportKind, ImportState

from .filters import BegunFilter
from .import_after import FILE_PERMISSION
from .import_base import OPEN, has_rows
from .import_pages import ImportPages
from .import_shown import TABS, count_of

CHECKSUM_SHOWN = 12


@admin.register(ImportBatch)
class ImportBatchAdmin(ImportPages, StaffModelAdmin):
    """Imports are made, taken further and taken back on pages of their own; none is edited or deleted."""

    menu_order = 5
    list_display = (
        *("filename", "kind", "state", "created_by", "created_at"),
        *("rows_new", "rows_changed", "rows_unchanged", "rows_refused", "checksum_short"),
    )
    list_display_links = ("filename",)
    list_select_related = ("created_by",)
    list_filter = ("kind", BegunFilter, "state", ("created_by", admin.RelatedOnlyFieldListFilter))
    search_fields = ("filename", "checksum", "reason")
    search_help_text = gettext_lazy("File, its checksum, or where it is from.")
    change_list_template = "admin/tenants/importbatch/change_list.html"

    # --- who does what

    def has_add_permission(self, request):
        """Those who may import at least one kind of file."""
        return any(may_import(request.user, kind) for kind in ImportKind)

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    # --- pages

    def get_urls(self):
        return [*self.import_urls(), *super().get_urls()]

    def add_view(self, request, form_url="", extra_context=None):
        """The first step."""
        return require_http_methods(["GET", "HEAD", "POST"])(self.upload_view)(request)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """What became of one import, and what can be done with it."""
        obj = self.get_object(request, object_id)
        batch = self._batch(request, obj.pk) if obj is not None else self._get_obj_does_not_exist_redirect(*[None] * 3)
        if request.method not in {"GET", "HEAD"}:
            raise PermissionDenied
        may_change = self._may_change(request, batch)
        reviewed = batch.digest != ""
        return self._draw(
            request,
            "batch",
            batch,
            {ImportState.UPLOADED: "columns", ImportState.REVIEWED: "difference"}.get(batch.state, "done"),
            before=self._before(request, batch) if batch.state in OPEN else None,
            counts=[(outcome.value, outcome.label, count_of(batch, outcome)) for outcome in TABS] if reviewed else [],
            may_go_on=may_change and batch.state in OPEN,
            may_undo=may_change and batch.state == ImportState.APPLIED,
            may_have_file=request.user.has_perm(FILE_PERMISSION),
            may_see_rows=has_rows(batch),
        )

    # --- columns

    @admin.display(description=gettext_lazy("checksum"), ordering="checksum")
    def checksum_short(self, obj):
        """The beginning of the checksum: enough to tell files apart."""
        return obj.checksum[:CHECKSUM_SHOWN]

    checksum_short.csv = "checksum"
