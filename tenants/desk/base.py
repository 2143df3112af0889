"""What all reports share: who may read them, how they are drawn, how their rows leave as files."""

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parks.export_log import record_export
from parks.models import Park
from stp_portal.kit.admin_forms import MOST_KEY, on_of
from stp_portal.kit.dates import FIRST_DATE, LAST_DATE
from stp_portal.kit.downloads import FORMATS, asked_format, download_links, refused
from stp_portal.kit.listing import Page, query_with
from stp_portal.kit.sheets import Sheet, send_sheets
from tenants.as_known import as_known

from .forms import day_known

__all__ = ["FORMATS", "Sheet", "asked_format", "download_links", "refused"]

PERMISSION = "tenants.view_lease"
TABS = (
    ("desk_parks", gettext_lazy("Parks")),
    ("desk_rent_roll", gettext_lazy("Rent roll")),
    ("desk_expiries", gettext_lazy("Expiries")),
    ("desk_voids", gettext_lazy("Voids")),
    ("desk_watch", gettext_lazy("Watch lists")),
    ("desk_occupancy", gettext_lazy("Occupancy")),
    ("desk_processing", gettext_lazy("Processing times")),
)
# Rows on one page of a report of all parks; a park is never cut in two.
MOST_ROWS = 400
MOST_PAGE_DIGITS = 6


def report(view):
    """A page to read, for those who may see leases. `view` takes the request and today's date first.

    It runs in a transaction that can read and nothing else, from the first question to the last line of the page.
    """
    return _reader(view, PERMISSION, lambda request: reading())


def report_as_known(view):
    """As `report`; where the address says `known=` and a day up to today, all is read as it was known at its end.

    The view asks `request.staff_known` for that day, None for now.
    """
    return _reader(view, PERMISSION, _reading_known)


def report_for(permission):
    """As `report`, for those who have `permission`."""
    return lambda view: _reader(view, permission, lambda request: reading())


def _reader(view, permission, block):
    @require_safe
    @wraps(view)
    def page(request, *args, **kwargs):
        if not request.user.has_perm(permission):
            raise PermissionDenied
        request.staff_downloads = []
        with block(request):
            response = view(request, on_of(request), *args, **kwargs)
        # What leaves as a file is written down before it does; within the reading nothing could be.
        for facts in request.staff_downloads:
            record_export(request, **facts)
        return response

    return page


def _reading_known(request):
    request.staff_known = day_known(request.GET, on_of(request))
    return as_known(request.staff_known) if request.staff_known else reading()


@contextmanager
def reading():
    """Within the block the database refuses every write, and all questions are answered from one moment."""
    # Within another transaction that has read already, one moment can no longer be asked for.
    moment = "" if connection.in_atomic_block else "ISOLATION LEVEL REPEATABLE READ, "
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION {moment}READ ONLY")
        yield


def noted(request, **facts):
    """Keep the facts of a download until it may be written down."""
    request.staff_downloads.append(facts)


def own_park(request, pk, today):
    """The park `pk` of those that the person may see; 404 for another's as for none."""
    park = Park.objects.scope_for(request.user, today).filter(pk=pk).first() if pk <= MOST_KEY else None
    if park is None:
        raise Http404
    return park


def draw(request, template, here, context):
    """The page; `here` is the name of its route, marked in the row of reports."""
    request.current_app = admin.site.name
    tabs = [(reverse(f"admin:{name}"), label, name == here) for name, label in TABS]
    return render(request, f"admin/desk/{template}.html", {**admin.site.each_context(request), "tabs": tabs, **context})


def link(name, *args):
    """The address of a staff page, None where the site has no such page."""
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return None


def neighbours(params, on):
    """Links to the same report on the day before and the day after, as (date, link); None past the calendar."""
    days = (on + dt.timedelta(days=step) for step in (-1, 1))
    return [(day, query_with(params, on=day.isoformat())) if FIRST_DATE <= day <= LAST_DATE else None for day in days]


def faults(form):
    """The messages of a form, in the order of its fields."""
    return [message for messages in form.errors.values() for message in messages]


def send(request, kind, sheets, on, known=None):
    """The sheets as a file, recorded. CSV holds the first; a workbook all of them and what they are about.

    `known` is the day on which it was known so, None for now: it stands in the name of the file.
    """
    return send_sheets(request, kind, sheets, on, noted, known=known)


@dataclass(frozen=True)
class Group:
    """The rows of one park and their total."""

    park: object
    rows: list
    total: object


def grouped(rows, total_of):
    """A Group a park, in the order of `rows`, which stand together by their `park`."""
    by_park = {}
    for row in rows:
        by_park.setdefault(row.park.pk, []).append(row)
    return [Group(own[0].park, own, total_of(own)) for own in by_park.values()]


def page_of_groups(groups, params, most=MOST_ROWS):
    """The page that `params` asks for, of whole groups with about `most` rows; a bad number gives the first."""
    pages, size = [[]], 0
    for group in groups:
        if pages[-1] and size + len(group.rows) > most:
            pages.append([])
            size = 0
        pages[-1].append(group)
        size += len(group.rows)
    asked = params.get("page", "").strip()
    number = 1
    if asked.isascii() and asked.isdigit() and len(asked) <= MOST_PAGE_DIGITS and 1 <= int(asked) <= len(pages):
        number = int(asked)
    return Page(pages[number - 1], number, len(pages), len(groups), asked, params)


def is_demo(*things):
    """Whether one of the rows behind a line is a demonstration."""
    return any(thing is not None and thing.demo for thing in things)
