"""Downloads of a staff list: what its page shows, on all its pages, and the ticked rows, as CSV or Excel."""

import logging

from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .admin_export import table_of
from .admin_forms import on_of
from .downloads import FORMATS, asked_format, download_links, filters_of, refused
from .export import stream_csv
from .xlsx import MOST_LINES, send_xlsx

logger = logging.getLogger("stp.staff")

# Parameters of a list's address that say where on it one is.
PLACE = ("p", "all", "e", "_facets", "part")
OWN = ("format", "part")


class Downloads:
    """What a list needs to be downloaded. `admin_site.record_export` writes down that it was."""

    actions = ["export_csv", "export_xlsx"]
    # Columns of the list that mean nothing in a file.
    csv_exclude = ()
    # Columns that an import of these rows reads, first in the file.
    file_columns = ()
    # Other files that the list offers, as pairs of a key and its words; `file_table` makes them.
    file_parts = ()

    def file_queryset(self, request, queryset):
        """The rows with all that the columns of a file read, whatever their number, by a constant number of queries."""
        related = self.list_select_related
        return queryset.select_related(*related) if isinstance(related, tuple | list) and related else queryset

    def file_table(self, request, queryset, part):
        """The Table of the file `part`, a key of `file_parts` or "" for the list itself."""
        return table_of(self, request, queryset)

    # --- all rows of the list

    def changelist_view(self, request, extra_context=None):
        """The list, or with `format` in its address the file of all its rows."""
        if request.method == "GET" and asked_format(request):
            return self.download_view(request)
        if any(name in request.GET for name in OWN):
            without(request, OWN)
        links = [(gettext_lazy("Download"), download_links(request.GET, **dict.fromkeys(PLACE)))]
        for key, words in self.file_parts:
            links.append((words, download_links(request.GET, **dict.fromkeys(PLACE) | {"part": key})))
        return super().changelist_view(request, {"file_links": links, **(extra_context or {})})

    def download_view(self, request):
        """The rows under the filters, the search and the order of the address; 400 where one is not understood."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        kind, part = asked_format(request), request.GET.get("part", "")
        parts = [key for key, _words in self.file_parts]
        if kind not in FORMATS:
            return refused(kind)
        if part and part not in parts:
            return refused(kind, [_("Part must be one of these: %s.") % ", ".join(parts)])
        without(request, OWN)
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return refused(kind, [_("That filter was not understood.")])
        return self.send_file(request, kind, self.file_table(request, rows, part), filters_of(request.GET))

    # --- ticked rows

    @admin.action(description=gettext_lazy("Download as CSV"), permissions=["view"])
    def export_csv(self, request, queryset):
        """The chosen rows with the columns of the list, as far as this person may see them."""
        return self.send_ticked(request, queryset, "csv")

    @admin.action(description=gettext_lazy("Download for Excel"), permissions=["view"])
    def export_xlsx(self, request, queryset):
        """As `export_csv`, as a workbook."""
        return self.send_ticked(request, queryset, "xlsx")

    def send_ticked(self, request, queryset, kind):
        """The file of the rows that were ticked, or of all of the list where that was asked for."""
        all_rows = request.POST.get("select_across") == "1"
        ticked = None if all_rows else len(set(request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)))
        return self.send_file(
            request, kind, self.file_table(request, queryset, ""), filters_of(request.GET, ticked=ticked)
        )

    # --- both

    def send_file(self, request, kind, table, filters):
        """A Table as a file, recorded; when the record cannot be written, nothing leaves."""
        count = table.rows.count()
        if kind == "xlsx" and count >= MOST_LINES:
            sentence = _("A sheet holds %(most)s rows: download CSV, or filter the list.")
            return refused(kind, [sentence % {"most": MOST_LINES - 1}])
        lines = table.lines()
        logger.info("export %s: %s rows by %s, filters %s", table.name, count, request.user.get_username(), filters)
        self.admin_site.record_export(request, name=table.name, kind=kind, rows=count, filters=filters)
        name = f"{table.title} {on_of(request).isoformat()}.{kind}".replace(" ", "-")
        if kind == "csv":
            return stream_csv(name, table.header(), lines)
        return send_xlsx(name, [(sheet_title(table.title), table.header(), lines, table.texts())])


def without(request, names):
    """Take parameters out of the address, so that the list does not take them for filters."""
    request.GET = request.GET.copy()
    for name in names:
        request.GET.pop(name, None)


def sheet_title(title):
    """A title that a workbook can give to a sheet."""
    return "".join(" " if letter in r"[]:*?/\'" else letter for letter in title)[:31]
