"""What the pages of imports share: whose import it is, the row of steps, and words for what went elsewhere."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from stp_portal.kit.admin_forms import MOST_KEY, on_of
from tenants.importing import staging
from tenants.importing.kinds import may_import
from tenants.models import ImportBatch
from tenants.models.batch import ImportState

OPEN = {ImportState.UPLOADED, ImportState.REVIEWED}
STEPS = ("file", "columns", "difference", "done")
# What PostgreSQL calls a lock that was not had in time, and a statement that took too long.
BUSY = {"55P03", "57014", "40P01"}


def is_busy(error):
    """Whether the database only asks to come back later."""
    return getattr(error.__cause__, "pgcode", None) in BUSY


def sentences_of(error):
    """What a ValidationError says, as a list."""
    return list(error.messages)


def has_rows(batch):
    """Whether what its rows came to can be shown: it was reviewed, and not put away."""
    return batch.digest != "" and batch.state != ImportState.DISCARDED


class ImportBase:
    """For the admin of imports."""

    def _draw(self, request, name, batch, step, **context):
        """A page of the steps, `step` being the one that is on."""
        titles = {
            "upload": _("Import a file"),
            "columns": _("What the columns are"),
            "review": _("What would change") if batch is not None and batch.state in OPEN else _("What was changed"),
            "undo": _("Undo an import"),
            "batch": _("Import"),
        }
        request.current_app = self.admin_site.name
        whole = {
            **self.admin_site.each_context(request),
            "title": titles[name],
            "subtitle": batch.filename if batch is not None else None,
            "opts": self.opts,
            "batch": batch,
            "steps": self._steps(batch, step),
            "on": on_of(request),
            **context,
        }
        return render(request, f"admin/tenants/importbatch/{name}.html", whole)

    def _steps(self, batch, here):
        """(name, whether it is the present one, the link back to it) for each of the four steps."""
        names = (_("The file"), _("The columns"), _("The difference"), _("Done"))
        links = ["", "", "", ""]
        if batch is not None and batch.state in OPEN:
            links[1] = self._url("columns", batch)
            links[2] = self._url("review", batch) if batch.state == ImportState.REVIEWED else ""
        elif batch is not None and batch.state != ImportState.DISCARDED:
            links[2], links[3] = self._url("review", batch), self._url("change", batch)
        return [
            (name, step == here, "" if step == here else link)
            for name, step, link in zip(names, STEPS, links, strict=True)
        ]

    @staticmethod
    def _url(page, batch):
        return reverse(f"admin:tenants_importbatch_{page}", args=[batch.pk])

    def _batch(self, request, pk, *, changing=False):
        """The import: 404 out of scope, 403 without the right to see it or, with `changing`, to take it further."""
        rows = ImportBatch.objects.select_related("created_by", "applied_by", "undone_by")
        batch = rows.scope_for(request.user, on_of(request)).filter(pk=pk).first() if pk <= MOST_KEY else None
        if batch is None:
            raise Http404
        if not request.user.has_perm("tenants.view_importbatch"):
            raise PermissionDenied
        if changing and not self._may_change(request, batch):
            raise PermissionDenied
        return batch

    @staticmethod
    def _may_change(request, batch):
        return request.user.has_perm("tenants.change_importbatch") and may_import(request.user, batch.kind)

    def _over(self, request, batch):
        """To the import's own page, with what it came to: another tab may have been quicker."""
        batch.refresh_from_db()
        said = {
            ImportState.UPLOADED: _("This import has not been compared with the register yet."),
            ImportState.APPLIED: _("This import is in the register already. Nothing was changed now."),
            ImportState.UNDONE: _("This import was undone. To bring the file in again, upload it again."),
            ImportState.DISCARDED: _("This import was discarded. To bring the file in, upload it again."),
        }
        messages.info(request, said.get(batch.state, _("This import has moved on. Nothing was changed now.")))
        return HttpResponseRedirect(self._url("change", batch))

    @staticmethod
    def _before(request, batch):
        """The newest import of the very same file that is in the register, if this person may see one."""
        return staging.applied_before(batch, request.user, on_of(request))

    @staticmethod
    def busy_words():
        """Why nothing happened when somebody else writes at the same moment."""
        return _("The register is being written to by somebody else just now. Nothing was changed. Try again soon.")
