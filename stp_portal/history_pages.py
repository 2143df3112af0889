"""The search of the history, and the page of all that one request changed."""

import datetime as dt

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parks.export_log import record_export
from stp_portal.kit import history
from stp_portal.kit.admin_forms import on_of
from stp_portal.kit.downloads import FORMATS, asked_format, download_links, refused
from stp_portal.kit.listing import chips, query_with
from stp_portal.kit.sheets import Sheet, send_sheets

from .history_search import HistoryForm, narrowed, together, visible

PER_PAGE = 50
# In one file; more is asked for by shorter dates.
MOST_IN_FILE = 20_000
MOST_OF_REQUEST = 500


def routes(wrap):
    """The routes; `wrap` makes a view one of the staff site's."""
    return [
        path("history/", wrap(require_safe(search)), name="history"),
        path("history/<uuid:key>/", wrap(require_safe(of_request)), name="history_request"),
    ]


def search(request):
    """The events of all rows that the person may see, newest first, 50 a page, grouped by request; or a file."""
    on = on_of(request)
    sets = visible(request.user, on)
    if not sets:
        raise PermissionDenied
    form = HistoryForm(request.GET, models=sets)
    kind = asked_format(request)
    faults = [] if form.is_valid() else [message for own in form.errors.values() for message in own]
    if kind and (faults or kind not in FORMATS):
        return refused(kind, faults)
    sets = {} if faults else narrowed(sets, form.cleaned_data, midnight)
    if kind:
        return _file(request, kind, sets, on)
    rows, older = _page(sets, request.GET.get("before", ""))
    entries = _told(sets, rows)
    params = request.GET.copy()
    params.pop("before", None)
    context = {
        "title": _("History"),
        "form": form,
        "chips": chips(params, form),
        "groups": history.grouped(entries),
        "faults": bool(faults),
        "newest": query_with(params) if request.GET.get("before") else "",
        "older": query_with(params, before=older) if older else "",
        "downloads": download_links(params) if entries else [],
    }
    return _draw(request, "search", context)


def of_request(request, key):
    """All events of one request that the person may see; 404 when there are none."""
    sets = {model: events.filter(pgh_context_id=key) for model, events in visible(request.user, on_of(request)).items()}
    rows = list(together(sets)[:MOST_OF_REQUEST]) if sets else []
    if not rows:
        raise Http404
    entries = _told(sets, rows)
    return _draw(request, "request", {"title": _("Changed in one request"), "entries": entries, "first": entries[0]})


def midnight(day, after=False):
    """The moment at which `day` begins in Karachi, or with `after` the next day."""
    day = day + dt.timedelta(days=1) if after else day
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))


def _page(sets, before):
    """The (moment, place, id, context) tuples of one page, and the mark from which the next one goes on, or ""."""
    places = list(sets)
    mark = _mark(before)
    if mark:
        sets = {model: events.filter(_before(mark, place)) for place, (model, events) in enumerate(sets.items())}
    rows = list(together(sets, PER_PAGE + 1)[: PER_PAGE + 1]) if places else []
    if len(rows) <= PER_PAGE:
        return rows, ""
    rows = rows[:PER_PAGE]
    moment, place, number, _context = rows[-1]
    return rows, f"{moment.isoformat()}~{place}~{number}"


def _mark(text):
    """(moment, place, event id) of the mark of a page; None where it is none."""
    parts = text.split("~")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts[1:]):
        return None
    try:
        moment = parse_datetime(parts[0].replace(" ", "+"))
    except ValueError:
        return None
    return (moment, int(parts[1]), int(parts[2])) if moment and timezone.is_aware(moment) else None


def _before(mark, place):
    """The events of the model at `place` that come after the mark, newest first."""
    moment, at, number = mark
    same = Q(pgh_created_at=moment)
    if place > at:
        return Q(pgh_created_at__lt=moment)
    return Q(pgh_created_at__lt=moment) | (same & Q(pgh_id__lt=number) if place == at else same)


def _told(sets, rows):
    """Entries in the order of `rows`."""
    models = list(sets)
    wanted = {}
    for _moment, place, number, _context in rows:
        wanted.setdefault(models[place], []).append(number)
    by_key = {(entry.model, entry.event): entry for entry in history.told(wanted)}
    return [by_key[models[place], number] for _moment, place, number, _context in rows]


def _file(request, kind, sets, on):
    rows = list(together(sets, MOST_IN_FILE + 1)[: MOST_IN_FILE + 1]) if sets else []
    if len(rows) > MOST_IN_FILE:
        said = _("The history found is longer than %(most)s lines: choose fewer days or one kind of row.")
        return refused(kind, [said % {"most": f"{MOST_IN_FILE:,}"}])
    sheet = Sheet("history", _("History"), COLUMNS, _told(sets, rows))
    return send_sheets(request, kind, [sheet], on, record_export)


def _what(entry):
    return "\n".join(f"{change.label}: {change.before} → {change.after}" for change in entry.changes)


COLUMNS = (
    (gettext_lazy("When"), lambda entry: timezone.localtime(entry.when).isoformat(timespec="seconds")),
    (gettext_lazy("Who"), lambda entry: entry.who),
    (gettext_lazy("Through"), lambda entry: entry.through),
    (gettext_lazy("Action"), lambda entry: entry.action_label),
    (gettext_lazy("Kind of row"), lambda entry: entry.noun),
    (gettext_lazy("Number of the row"), lambda entry: entry.pk),
    (gettext_lazy("Row"), lambda entry: entry.name),
    (gettext_lazy("Reason"), lambda entry: entry.reason),
    (gettext_lazy("Field: before → after"), _what),
    (gettext_lazy("Address"), lambda entry: entry.address),
    (gettext_lazy("Request"), lambda entry: entry.context),
)


def _draw(request, template, context):
    request.current_app = admin.site.name
    return render(request, f"admin/history/{template}.html", {**admin.site.each_context(request), **context})
