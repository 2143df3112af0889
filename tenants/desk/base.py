"""What all reports share: who may read them, how they are drawn, how their rows leave as files."""

import datetime as dt
import logging
from dataclasses import dataclass, field
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from parks.models import Park
from stp_portal.kit.admin_forms import MOST_KEY, on_of
from stp_portal.kit.dates import FIRST_DATE, LAST_DATE
from stp_portal.kit.export import stream_csv
from stp_portal.kit.listing import Page, query_with
from stp_portal.kit.xlsx import send_xlsx

logger = logging.getLogger("stp.staff")

PERMISSION = "tenants.view_lease"
FORMATS = {"csv": gettext_lazy("CSV"), "xlsx": gettext_lazy("Excel")}
TABS = (
    ("desk_parks", gettext_lazy("Parks")),
    ("desk_rent_roll", gettext_lazy("Rent roll")),
    ("desk_expiries", gettext_lazy("Expiries")),
    ("desk_voids", gettext_lazy("Voids")),
    ("desk_watch", gettext_lazy("Watch lists")),
)
# Rows on one page of a report of all parks; a park is never cut in two.
MOST_ROWS = 400
MOST_PAGE_DIGITS = 6


def report(view):
    """A page to read, for those who may see leases. `view` takes the request and today's date first."""

    @require_safe
    @wraps(view)
    def page(request, *args, **kwargs):
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        return view(request, on_of(request), *args, **kwargs)

    return page


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


@dataclass(frozen=True)
class Sheet:
    """The rows of a report as a file has them.

    `columns` are pairs of a heading and a function from a row to its plain value; `about` are pairs of words for
    the second sheet of a workbook. `demo` says whether a row is a demonstration, in a column of its own.
    """

    name: str
    title: str
    columns: tuple
    rows: list
    demo: object
    about: list = field(default_factory=list)

    def header(self):
        """The headings."""
        return [*(str(label) for label, _value in self.columns), _("Demonstration")]

    def lines(self):
        """The rows, one list of values each."""
        for row in self.rows:
            yield [*(plain(value(row)) for _label, value in self.columns), _("yes") if self.demo(row) else _("no")]

    @property
    def has_demo(self):
        """Whether any row is a demonstration."""
        return any(self.demo(row) for row in self.rows)


def plain(value):
    """A value for a cell: texts that wait for their language become texts."""
    return value if value is None or isinstance(value, int | float | dt.date) or is_number(value) else str(value)


def is_number(value):
    """Whether a value is a Decimal or the like, which files keep as a number."""
    return hasattr(value, "quantize")


def asked_format(request):
    """The format that the address asks for, in small letters; empty for the page."""
    return request.GET.get("format", "").strip().lower()


def refused(kind, sentences=()):
    """400 in plain sentences: what is wrong, and a format that is none."""
    sentences = [*sentences]
    if kind not in {"", *FORMATS}:
        sentences.append(_("Format must be one of these: %s.") % ", ".join(FORMATS))
    return HttpResponse("\n".join([*sentences, ""]), status=400, content_type="text/plain; charset=utf-8")


def faults(form):
    """The messages of a form, in the order of its fields."""
    return [message for messages in form.errors.values() for message in messages]


def send(request, kind, sheets, on):
    """The sheets as a file, logged. CSV holds the first; a workbook all of them and what they are about."""
    first = sheets[0]
    logger.info(
        "export %s: %s rows by %s, filters %s",
        first.name,
        sum(len(sheet.rows) for sheet in sheets),
        request.user.get_username(),
        request.META.get("QUERY_STRING", "")[:200],
    )
    demo = any(sheet.has_demo for sheet in sheets)
    filename = f"{first.name}-{on.isoformat()}{'-demonstration' if demo else ''}.{kind}"
    if kind == "csv":
        return stream_csv(filename, first.header(), first.lines())
    about = [pair for sheet in sheets for pair in sheet.about]
    if demo:
        about.append((_("Demonstration"), _("Rows with “yes” in the last column are invented, to show the portal.")))
    return send_xlsx(
        filename,
        [
            *((str(sheet.title), sheet.header(), sheet.lines()) for sheet in sheets),
            (_("About"), [_("What"), _("Value")], ([str(what), plain(value)] for what, value in about)),
        ],
    )


def download_links(params):
    """(label, link) of each format for the rows that `params` asks for."""
    return [(label, query_with(params, format=key)) for key, label in FORMATS.items()]


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
