"""The search for free space: parse, filter, count, order, page. The date is read here, once, and passed down."""

from dataclasses import dataclass, replace

from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from parks.facets import Choice
from parks.models import City
from parks.models.place import Region
from parks.views.base import reading
from parks.views.open_data import CONTENT_TYPES, flat, refused, shared, wrapped
from stp_portal.kit.downloads import log_download
from stp_portal.kit.export import stream_csv
from stp_portal.kit.listing import chips, page_of, page_title, query_with
from stp_portal.kit.words import dated
from stp_portal.kit.xlsx import send_xlsx
from tenants import space
from tenants.facets import CHOICES, facets_of
from tenants.filters import SpaceFilter
from tenants.open_data import FIELDS, NAMES, records
from tenants.space import DEFAULT_SORT, MOST_SOON, SORTS, Period

FORMATS = {"csv": _lazy("CSV"), "xlsx": _lazy("Excel"), "json": _lazy("JSON")}
MORE_FILTERS = (
    *("region", "area_max", "months", "seats", "rent_max", "kind", "fit_out", "amenity", "women_only", "on_request"),
)


@reading
def space_list(request):
    """Every free suite of a listed park, filtered. A bad filter value: its message, and no rows."""
    today = timezone.localdate()
    params = request.GET
    filters = SpaceFilter(params, space.published(), today)
    form = filters.form
    valid = form.is_valid()
    asked = form.cleaned_data if valid else {}
    period = Period(asked.get("move_in") or today, asked.get("months"))
    free = space.free(filters.queryset, period, today) if valid else filters.queryset.none()
    found = free.filter(filters.all_of(filters.conditions())) if valid else free
    if params.get("format", "").strip():
        return download(request, form, space.order(found, params.get("sort"), asked, period, today), period, today)
    facets = facets_of(filters, free) if valid else None
    count = facets.count if facets else 0
    asked_sort = params.get("sort", "")
    sort = asked_sort if asked_sort in SORTS else DEFAULT_SORT
    page = page_of(space.as_cards(space.order(found, sort, asked, period, today), period, today), count, params)
    page = replace(page, rows=list(space.dated(page.rows, today)))
    listed, known = space.coverage(today)
    return render(
        request,
        "tenants/space_list.html",
        {
            "on": today,
            "period": period,
            "is_today": period.first_day == today,
            "form": form,
            "page": page,
            "title": page_title(_("Free space"), page),
            "boxes": boxes_of(form, params, facets),
            "flags": facets.parks["flags"] if facets else None,
            "chips": chips(params, form),
            "downloads": [(label, query_with(params, format=key)) for key, label in FORMATS.items()] if count else [],
            "clear_url": query_with(params, **dict.fromkeys(form.fields)),
            "sorts": [(key, label, query_with(params, sort=key), key == sort) for key, label in SORTS.items()],
            "sort": sort,
            "default_sort": DEFAULT_SORT,
            "more_open": any(params.get(name) or name in form.errors for name in MORE_FILTERS),
            "is_canonical": page.is_canonical and asked_sort in {"", sort},
            "canonical": canonical(page, form, asked_sort, sort),
            "left_out": left_out(filters, free, params) if valid else {},
            "soon": soon(filters, period, today, params) if valid and page.number == 1 else None,
            "nothing": nothing(filters, period, today, params) if valid and not count else None,
            "parks_listed": listed,
            "parks_known": known,
        },
    )


def canonical(page, form, asked_sort, sort):
    """The link to this very list, without a page or an order that does not exist, and without what is not ours."""
    params = page.params.copy()
    ours = {*form.fields, "sort"} if asked_sort == sort else set(form.fields)
    for name in set(params) - ours:
        params.pop(name)
    return replace(page, params=params).canonical_url


def boxes_of(form, params, facets):
    """The boxes of each filter of several values; without counts while the form has something wrong in it."""
    boxes = {}
    for name in (*CHOICES, "amenity"):
        ticked, field = set(params.getlist(name)), form.fields[name]
        if facets:
            boxes[name] = facets.choices(field, name, ticked, hide_empty=name == "city")
        else:
            boxes[name] = [Choice(value, label, None, value in ticked) for value, label in field.choices]
    return boxes


def left_out(filters, free, params):
    """How many free suites could not be compared, by what they lack, each with the link that shows them."""
    links = {
        "rent": query_with(params, rent_max=None, on_request="1"),
        "area": query_with(params, area_min=None, area_max=None),
        "seats": query_with(params, seats=None),
    }
    return {name: {"n": n, "url": links[name]} for name, n in filters.left_out(free).items() if n}


@dataclass(frozen=True)
class Soon:
    """What becomes free within 90 days: the first of it as cards; the link to all that is free by then where
    there is more."""

    rows: list
    more_url: str


def soon(filters, period, today, params):
    """The `Soon` of the filters, None when there is nothing."""
    suites = filters.queryset.filter(filters.all_of(filters.conditions()))
    rows = space.free_soon(suites, period, today, MOST_SOON + 1)
    if not rows:
        return None
    later = rows[MOST_SOON]["free_since"].isoformat() if len(rows) > MOST_SOON else None
    return Soon(rows[:MOST_SOON], query_with(params, move_in=later) if later else "")


@dataclass(frozen=True)
class Nothing:
    """Why a list is empty, and the ways on; `is_place_alone`: the sentence says all that was asked for."""

    sentence: str
    need_url: str
    without: list
    only: list
    is_place_alone: bool


def nothing(filters, period, today, params):
    """The `Nothing` of the filters: where nothing is free, and what to drop. Three queries at most."""
    asked = filters.form.cleaned_data
    free = space.free(filters.queryset, period, today)
    without, only = filters.without_each(free)
    fitting = filters.queryset.filter(filters.all_of(filters.conditions()))
    for name, other in (("months", Period(period.first_day)), ("move_in", Period(today, period.months))):
        if asked[name] and (suites := space.free(fitting, other, today).count()):
            without.append(((name,), filters.form.fields[name].label, suites))
    links = [
        [
            {"label": label, "suites": suites, "url": query_with(params, **dict.fromkeys(names))}
            for names, label, suites in ways
        ]
        for ways in (without, [] if without or len(only) < 2 else only)
    ]
    told = {"move_in", *(name for name in ("city", "region") if len(asked[name]) == 1)}
    counted = {name for name, value in asked.items() if value}
    return Nothing(where_nothing_is(asked, period, today), need_url(asked), *links, counted <= told)


def where_nothing_is(asked, period, today):
    """`No free space is published in Quetta from 1 March 2027`: the place that was asked for, as far as it is one."""
    if len(asked["city"]) == 1:
        place = City.objects.get(slug=asked["city"][0]).name
    elif len(asked["region"]) == 1 and not asked["city"]:
        place = Region(asked["region"][0]).label
    else:
        place = ""
    words = {"place": place, "day": dated(period.first_day)}
    if period.first_day == today:
        return (_("No free space is published in %(place)s") if place else _("No free space is published")) % words
    if place:
        return _("No free space is published in %(place)s for %(day)s") % words
    return _("No free space is published for %(day)s") % words


def need_url(asked):
    """The form for what one needs, with the city that was asked for."""
    address = reverse("tenants:need-new")
    return f"{address}?city={asked['city'][0]}" if len(asked["city"]) == 1 else address


def download(request, form, suites, period, today):
    """The rows of the list in the format that the address asks for; 400 for an unknown one or a bad filter.

    `suites` is the ordered queryset of the list, whatever the page.
    """
    kind = request.GET["format"].strip().lower()
    if kind not in FORMATS:
        return refused(kind, {"format": [_("Format must be one of these: %s.") % ", ".join(FORMATS)]})
    if not form.is_valid():
        return refused(kind, {name: list(errors) for name, errors in form.errors.items()})
    count, found = records(suites, period, today, request.build_absolute_uri("/").rstrip("/"))
    log_download(request, "free-space", kind, count)
    filename = f"free-space-{today:%Y-%m-%d}.{kind}"
    if kind == "csv":
        response = stream_csv(filename, NAMES, (flat(row) for row in found))
    elif kind == "xlsx":
        response = send_xlsx(filename, sheets(found, period, today))
    else:
        head = {"count": count, "on": today, "move_in": period.first_day, "months": period.months}
        response = StreamingHttpResponse(wrapped(head, "results", found), content_type=CONTENT_TYPES[kind])
        response["Content-Disposition"] = content_disposition_header(True, filename)
    return shared(response, kind)


def sheets(found, period, today):
    """The workbook: the suites, then what the fields mean and which days were asked for."""
    yield "suites", NAMES, (flat(row) for row in found)
    meanings = [(field.name, str(field.title), str(field.description)) for field in FIELDS]
    asked = [("on", _("The day of the file"), today), ("move_in", _("Free on"), period.first_day)]
    if period.months is not None:
        asked.append(("months", _("For how many months"), period.months))
    yield "fields", ("field", "title", "meaning"), [*asked, *meanings]
