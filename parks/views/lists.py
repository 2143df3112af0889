"""The list of parks: parse, filter, count, order, page. The date is read here, once, and passed down."""

from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db.models import F
from django.db.models.functions import Lower
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from parks.cards import as_cards
from parks.facets import COLUMNS, Choice, facets_of
from parks.filters import DEFAULT_SORT, SORTS, ParkFilter
from parks.models import Park
from stp_portal.kit.listing import chips, page_of, page_title, query_with
from tenants.occupancy import with_free_area

from .base import by_programme, reading
from .open_data import download, download_links

MORE_FILTERS = (
    *("programme", "city", "host_kind", "partnership", "amenity", "women_only"),
    *("area_min", "area_max", "area_missing", "free_missing", "on"),
)


def order(queryset, sort, on):
    """The queryset in one of the allowed orders, always ending in the key, so that pages are stable."""
    name = Lower("name")
    if sort == "city":
        return queryset.order_by(Lower("city__name"), name, "pk")
    if sort == "area":
        return queryset.order_by(F("reported_area_sqft").desc(nulls_last=True), name, "pk")
    if sort == "free":
        return queryset.order_by(F("free_area_sqft").desc(nulls_last=True), name, "pk")
    if sort == "changed":
        return queryset.with_changed().order_by(F("changed_at").desc(nulls_last=True), name, "pk")
    if sort == "opened":
        return queryset.with_opened(on).order_by(F("opened_on").desc(nulls_last=True), name, "pk")
    return queryset.order_by(name, "pk")


def asked_date(params, today):
    """The date of the register that the address asks for: its own `on` when that is valid, else today."""
    form = ParkFilter.base_filters["on"].field
    try:
        return form.clean(params.get("on", "")) or today
    except ValidationError:
        return today


@reading
def park_list(request):
    """Every listed park, filtered. A bad filter value: its message, and no rows."""
    today = timezone.localdate()
    params = request.GET
    on = asked_date(params, today)
    listed = with_free_area(Park.objects.listed().with_stage(on).with_area(), on, today)
    filters = ParkFilter(params, listed)
    form = filters.form
    valid = form.is_valid()
    found = listed.filter(filters.all_of(filters.conditions())) if valid else listed.none()
    if params.get("format", "").strip():
        return download(request, filters, order(found.with_opened(on), params.get("sort"), on), on)
    facets = facets_of(filters) if valid else None
    count = facets.count if facets else 0
    asked_sort = params.get("sort", "")
    sort = asked_sort if asked_sort in SORTS else DEFAULT_SORT
    page = page_of(as_cards(order(found, sort, on), on), count, params)
    return render(
        request,
        "parks/park_list.html",
        {
            "on": on,
            "is_today": on == today,
            "form": form,
            "page": page,
            "title": page_title(_("Software technology parks"), page),
            "programmes": by_programme(facets.by_programme) if facets else [],
            "boxes": boxes_of(form, params, facets),
            "flags": facets.parks["flags"] if facets else None,
            "chips": chips(params, form),
            "downloads": download_links(params) if count else [],
            "clear_url": query_with(params, **dict.fromkeys(form.fields)),
            "sorts": [(key, label, query_with(params, sort=key), key == sort) for key, label in SORTS.items()],
            "sort": sort,
            "more_open": any(params.get(name) or name in form.errors for name in MORE_FILTERS),
            "is_canonical": page.is_canonical and asked_sort in {"", sort},
            "canonical": canonical(page, form, asked_sort, sort),
            "without_area": filters.count_without_area() if valid and filters.compares_areas else 0,
            "without_area_url": query_with(params, area_min=None, area_max=None, area_missing="1"),
            "without_free": filters.count_without_free_area() if valid and asks_for_free(form) else 0,
            "without_free_url": query_with(params, free_min=None, free_missing="1"),
            "ways_out": ways_out(filters, params, today) if valid and not count else {},
        },
    )


def asks_for_free(form):
    """Whether a valid form compares free areas, zero included."""
    return form.cleaned_data["free_min"] is not None


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
    for name in (*COLUMNS, "amenity"):
        ticked, field = set(params.getlist(name)), form.fields[name]
        if facets:
            boxes[name] = facets.choices(field, name, ticked, hide_empty=name == "city")
        else:
            boxes[name] = [Choice(value, label, None, value in ticked) for value, label in field.choices]
    return boxes


def ways_out(filters, params, today):
    """For an empty result: what to drop, or what to keep, as links with how many parks each gives."""
    return {
        kind: [
            {"label": label, "parks": parks, "url": query_with(params, **dict.fromkeys(names))}
            for names, label, parks in ways
        ]
        for kind, ways in filters.ways_out(today).items()
    }
