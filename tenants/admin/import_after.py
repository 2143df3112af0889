"""What can be had of an import besides its steps: its report, its file, taking it back, a template."""

import logging

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from parks.file_log import recorder
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.private_files import serve
from stp_portal.kit.xlsx import CONTENT_TYPE
from tenants.importing import staging, undo
from tenants.importing.kinds import may_import
from tenants.importing.template import template
from tenants.models.batch import ImportKind, ImportState

from .import_base import ImportBase, has_rows, is_busy, sentences_of
from .import_report import send_report

logger = logging.getLogger("stp.private_files")

MOST_BLOCKERS = 50
# People at companies may be named anywhere in a file, in columns that nobody imports too.
FILE_PERMISSION = "tenants.view_companycontact"


class AfterPages(ImportBase):
    """Pages beside the steps, for the admin of imports."""

    def report_view(self, request, pk):
        """The difference as a workbook."""
        batch = self._batch(request, pk)
        if not has_rows(batch):
            raise Http404
        if request.method != "HEAD":
            self.admin_site.record_export(
                request, name="import-report", kind="xlsx", rows=batch.rows.count(), filters=str(batch)
            )
        logger.info("report of import %s to %s", pk, request.user.get_username())
        return send_report(batch, request.user)

    def file_view(self, request, pk):
        """The file as it was uploaded, to those who may see whatever may stand in it."""
        batch = self._batch(request, pk)
        allowed = request.user.has_perm(FILE_PERMISSION)
        logger.info("file of import %s %s to %s", pk, "served" if allowed else "refused", request.user.get_username())
        if not allowed:
            raise PermissionDenied
        record = recorder(request, row=batch, name=batch.filename, subject=batch)
        return serve(batch.file, batch.filename, record=record)

    def undo_view(self, request, pk):
        """What taking the import back would do and what is in its way; POST does it."""
        batch = self._batch(request, pk, changing=True)
        if batch.state != ImportState.APPLIED:
            return self._over(request, batch)
        refusals = []
        if request.method == "POST":
            try:
                undo.undo(batch, request.user, on_of(request))
            except ValidationError as error:
                refusals = sentences_of(error)
            except OperationalError as error:
                if not is_busy(error):
                    raise
                refusals = [self.busy_words()]
            else:
                messages.success(request, _("The import is undone. The register is as it was before it."))
                return HttpResponseRedirect(self._url("change", batch))
            batch = self._batch(request, pk)
        blockers = undo.blockers(batch)
        shown = [(blocker, self._link(request, blocker)) for blocker in blockers[:MOST_BLOCKERS]]
        return self._draw(
            request,
            "undo",
            batch,
            "done",
            refusals=refusals,
            blockers=shown,
            more=max(0, len(blockers) - MOST_BLOCKERS),
            written=written(batch),
        )

    @staticmethod
    def _link(request, blocker):
        """The page of what is in the way, where it has one that this person may open; else empty."""
        model = apps.get_model(blocker.model)
        opts = model._meta
        seen = admin.site.is_registered(model) and request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}")
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[blocker.pk]) if seen else ""

    def discard_view(self, request, pk):
        """Put an import away that was not brought in."""
        batch = self._batch(request, pk, changing=True)
        try:
            staging.discard(batch, request.user)
        except ValidationError as error:
            for sentence in sentences_of(error):
                messages.error(request, sentence)
            return HttpResponseRedirect(self._url("change", batch))
        messages.success(request, _("The import is discarded. Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:tenants_importbatch_changelist"))

    def template_view(self, request, kind):
        """The empty workbook of a kind, to those who may import it."""
        if kind not in ImportKind.values:
            raise Http404
        if not may_import(request.user, kind):
            raise PermissionDenied
        name = f"template-{kind}.xlsx"
        return FileResponse(
            template(kind, request.user, on_of(request)), as_attachment=True, filename=name, content_type=CONTENT_TYPE
        )


def written(batch):
    """(name of the table, rows made, rows changed) for each table that the import wrote to."""
    counted = (
        batch.writes.order_by("model").values("model").annotate(made=Count("pk", filter=Q(made=True)), all=Count("pk"))
    )
    return [
        (capfirst(str(apps.get_model(row["model"])._meta.verbose_name_plural)), row["made"], row["all"] - row["made"])
        for row in counted
    ]
