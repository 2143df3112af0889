"""The steps of an import: the file, its columns, the difference."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, transaction
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from stp_portal.kit.admin_forms import on_of
from tenants.importing import engine, staging
from tenants.importing.headers import remember
from tenants.importing.kinds import FIRST, may_import
from tenants.importing.reading import Unreadable
from tenants.models import ImportBatch
from tenants.models.batch import ImportKind, ImportMode, ImportState

from .import_after import AfterPages
from .import_base import OPEN, is_busy, sentences_of
from .import_forms import HINTS, ColumnsForm, UploadForm
from .import_sheet import first_known, look, sheets_of
from .import_shown import difference

# In the form of the difference: the fingerprint of the one that the person looked at.
SEEN = "_seen"


class ImportPages(AfterPages):
    """The routes of the steps and of what is beside them, for the admin of imports."""

    def import_urls(self):
        """The routes; what changes anything is POST."""
        both = require_http_methods(["GET", "HEAD", "POST"])

        def at(address, view, name):
            return path(address, self.admin_site.admin_view(view), name=f"tenants_importbatch_{name}")

        return [
            at("new/", both(self.upload_view), "upload"),
            at("template/<str:kind>/", require_safe(self.template_view), "template"),
            at("<int:pk>/columns/", both(self.columns_view), "columns"),
            at("<int:pk>/review/", both(self.review_view), "review"),
            at("<int:pk>/report/", require_safe(self.report_view), "report"),
            at("<int:pk>/file/", require_safe(self.file_view), "file"),
            at("<int:pk>/undo/", both(self.undo_view), "undo"),
            at("<int:pk>/discard/", require_POST(self.discard_view), "discard"),
        ]

    # --- 1: the file

    def upload_view(self, request):
        """A file and what it holds; `kind` in the address chooses the latter."""
        kinds = [kind for kind in ImportKind if may_import(request.user, kind)]
        if not kinds:
            raise PermissionDenied
        posted = request.method == "POST"
        form = UploadForm(
            request.POST if posted else None,
            request.FILES if posted else None,
            kinds=kinds,
            initial={"kind": request.GET.get("kind", "")},
        )
        if posted and form.is_valid():
            try:
                batch = staging.receive(form.cleaned_data["kind"], form.cleaned_data["file"], request.user)
            except ValidationError as error:
                form.add_error("file", sentences_of(error))
            else:
                return HttpResponseRedirect(self._url("columns", batch))
        chosen = form["kind"].value()
        hints = [
            (radio, HINTS[kind], FIRST.get(kind, ""), reverse("admin:tenants_importbatch_template", args=[kind.value]))
            for radio, kind in zip(form["kind"], kinds, strict=True)
        ]
        return self._draw(request, "upload", None, "file", form=form, hints=hints, chosen=chosen)

    # --- 2: the columns

    def columns_view(self, request, pk):
        """Which sheet, where its headings stand and what each of them is; then the rows are read and reviewed."""
        batch = self._batch(request, pk, changing=True)
        if batch.state not in OPEN:
            return self._over(request, batch)
        about = {"sheets": [], "sheet": "", "sheet_guessed": False, "look": None, "form": None, "unreadable": []}
        try:
            names, hidden = sheets_of(batch)
            about["sheets"] = [(name, name in hidden) for name in names]
            sheet = self._sheet(request, batch, names, hidden)
            if sheet is None and request.method != "POST" and "sheet" not in request.GET:
                sheet = first_known(batch, [name for name in names if name not in hidden])
                about["sheet_guessed"] = sheet is not None
            about["sheet"] = sheet
            if sheet is not None:
                about["look"] = look(batch, sheet, self._header_row(request, batch, sheet))
        except Unreadable as error:
            about["unreadable"] = sentences_of(error)
        if about["look"] is not None and about["look"].header_row is not None:
            data = request.POST if request.method == "POST" else None
            about["form"] = form = ColumnsForm(data, batch=batch, look=about["look"])
            if request.method == "POST" and form.is_valid():
                done = self._stage(request, batch, form)
                if done is not None:
                    return done
        return self._draw(request, "columns", batch, "columns", before=self._before(request, batch), **about)

    @staticmethod
    def _sheet(request, batch, names, hidden):
        """The sheet that is asked for; without a question the one that was used, or the only one. None: ask."""
        asked = request.POST.get("sheet", request.GET.get("sheet"))
        if asked is None and batch.mapping:
            asked = batch.sheet
        if asked in names:
            return asked
        shown = [name for name in names if name not in hidden] or names
        return shown[0] if len(shown) == 1 else None

    @staticmethod
    def _header_row(request, batch, sheet):
        """The row that is said to have the headings, or None to look for it."""
        asked = request.POST.get("header", request.GET.get("header", ""))
        if asked.isascii() and asked.isdigit() and len(asked) <= 7:
            return int(asked)
        return batch.header_row if batch.mapping and batch.sheet == sheet else None

    def _stage(self, request, batch, form):
        """Keep the columns, read the rows, review them: the next page, or None when the form says why not."""
        try:
            with transaction.atomic():
                state = ImportBatch.objects.select_for_update().values_list("state", flat=True).get(pk=batch.pk)
                if state not in OPEN:
                    return self._over(request, batch)
                form.fill().save(update_fields=["sheet", "header_row", "columns", "mapping", "empties", "reason"])
                remember(batch, request.user)
                staging.stage(batch, request.user)
            engine.review(batch, request.user, on_of(request))
        except ValidationError as error:
            form.add_error(None, sentences_of(error))
        except OperationalError as error:
            if not is_busy(error):
                raise
            form.add_error(None, self.busy_words())
        else:
            return HttpResponseRedirect(self._url("review", batch))
        return None

    # --- 3: the difference

    def review_view(self, request, pk):
        """What would change, cell by cell. POST brings it in, or compares anew."""
        posted = request.method == "POST"
        batch = self._batch(request, pk, changing=posted)
        if batch.state == ImportState.UPLOADED and self._may_change(request, batch):
            return HttpResponseRedirect(self._url("columns", batch))
        if batch.state in {ImportState.UPLOADED, ImportState.DISCARDED} or (posted and batch.state not in OPEN):
            return self._over(request, batch)
        refusals, moved = [], ""
        if posted:
            try:
                done, refusals, moved = self._decide(request, batch)
            except ValidationError as error:
                done, refusals = None, sentences_of(error)
            except OperationalError as error:
                if not is_busy(error):
                    raise
                done, refusals = None, [self.busy_words()]
            if done is not None:
                return done
            batch = self._batch(request, pk)
        return self._draw(
            request,
            "review",
            batch,
            "difference",
            refusals=refusals,
            moved=moved,
            seen_field=SEEN,
            before=self._before(request, batch) if batch.state in OPEN else None,
            mode=request.POST.get("mode", batch.mode),
            modes=ImportMode.choices,
            may_change=batch.state in OPEN and self._may_change(request, batch),
            **difference(batch, request.user, request.GET),
        )

    def _decide(self, request, batch):
        """Do what the person chose: (the next page or None, why not, how the difference moved)."""
        if "again" in request.POST:
            engine.review(batch, request.user, on_of(request))
            messages.success(request, _("Compared with the register as it is now."))
            return HttpResponseRedirect(self._url("review", batch)), [], ""
        mode = request.POST.get("mode", ImportMode.ALL)
        if mode not in ImportMode.values:
            return None, [_("Choose what happens to the good rows of the file.")], ""
        with transaction.atomic():
            # In the order in which every import locks. Until the end nobody can give other columns.
            engine.serialised()
            batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
            if request.POST.get(SEEN) != batch.digest:
                # Another tab, or somebody else, gave other columns or compared anew.
                return None, [], "reviewed"
            if mode == ImportMode.ALL and batch.rows_refused:
                said = _("Rows were refused, so nothing was brought in. Correct the file, or take the good rows only.")
                return None, [said], ""
            applied = engine.apply(batch, mode, request.user, on_of(request))
        if not applied.ok:
            return None, [], "register" if applied.changed_since_review else "reviewed"
        messages.success(request, _("The import is done. The register now has what the file says."))
        return HttpResponseRedirect(self._url("change", batch)), [], ""
