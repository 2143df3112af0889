"""Public pages of the register: parse, call, render. The date is read here, once, and passed down."""

from dataclasses import replace
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.db.models import Case, Count, F, Q, When
from django.db.models.functions import Lower
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from parks import images
from parks.filters import DEFAULT_SORT, SORTS, ParkFilter
from parks.models import Incentive, Park, ParkPhoto, StageEvent
from parks.models.park import Programme
from parks.models.place import Region
from parks.models.stage import ENDED, OPENED, Stage
from stp_portal.kit.listing import chips, page_of, page_title, query_with

NEWEST_EVENTS = 6
NEARBY_PARKS = 6
MORE_FILTERS = ("programme", "city", "host_kind", "partnership", "women_only", "area_missing", "on")
A_YEAR = 31_536_000
AMENITIES = (
    "power_hours",
    "generator",
    "internet_providers",
    "lift",
    "prayer_room",
    "womens_washroom",
    "parking_spaces",
)

# The columns of the counts by programme, each with the filter that gives the rows behind it.
COLUMNS = (
    {"key": "parks", "label": _lazy("Listed"), "query": {}},
    {"key": "operational", "label": _lazy("Operational"), "query": {"stage": Stage.OPERATIONAL.value}},
    {"key": "reported", "label": _lazy("Reported established"), "query": {"stage": Stage.REPORTED_ESTABLISHED.value}},
    {"key": "with_area", "label": _lazy("With a reported area"), "query": {"area_min": 0}},
)


def reading(view):
    """A page to read: any other method is 405, whether or not it brings a token."""
    return csrf_exempt(require_safe(view))


@reading
def home(request):
    """What parks are, where they are and what happened last."""
    on = timezone.localdate()
    parks = Park.objects.listed().with_stage(on)
    rows = parks.with_area().values_list("programme", "city__region", "stage", "reported_area_sqft")
    counts = register_counts(rows)
    return render(
        request,
        "parks/home.html",
        {
            "on": on,
            "counts": counts,
            "columns": COLUMNS,
            "incentives": Incentive.objects.filter(shown=True).select_related("source"),
            "events": StageEvent.objects.in_effect(on)
            .dated()
            .filter(park__listed=True)
            .select_related("park__city", "source")[:NEWEST_EVENTS],
        },
    )


def register_counts(rows):
    """Counts by programme and by region from rows of (programme, region, stage, area).

    Each line has `parks`, `operational` and `with_area`; programmes and regions without a park are kept, since
    a zero there is a fact of the register.
    """

    def line(key, label, of):
        return {
            "key": key,
            "label": label,
            "parks": len(of),
            "operational": sum(row[2] == Stage.OPERATIONAL for row in of),
            "reported": sum(row[2] == Stage.REPORTED_ESTABLISHED for row in of),
            "with_area": sum(row[3] is not None for row in of),
        }

    rows = list(rows)
    return {
        "all": line("", _("All programmes"), rows),
        "programmes": [line(key, label, [r for r in rows if r[0] == key]) for key, label in Programme.choices],
        "regions": [line(key, label, [r for r in rows if r[1] == key]) for key, label in Region.choices],
    }


def order(queryset, sort):
    """The queryset in one of the allowed orders, always ending in the key, so that pages are stable."""
    name = Lower("name")
    if sort == "city":
        return queryset.order_by(Lower("city__name"), name, "pk")
    if sort == "area":
        return queryset.order_by(F("reported_area_sqft").desc(nulls_last=True), name, "pk")
    if sort == "opened":
        return queryset.order_by(F("opened_on").desc(nulls_last=True), name, "pk")
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
    listed = Park.objects.listed().with_stage(on).with_area().with_opened(on)
    filters = ParkFilter(params, listed)
    form = filters.form
    valid = form.is_valid()
    found = listed.filter(filters.all_of(filters.conditions())) if valid else listed.none()
    programmes = by_programme(found) if valid else []
    count = sum(line["parks"] for line in programmes)
    asked_sort = params.get("sort", "")
    sort = asked_sort if asked_sort in SORTS else DEFAULT_SORT
    page = page_of(order(found, sort).select_related("city", "host"), count, params)
    attach_stage_events(page.rows)
    return render(
        request,
        "parks/park_list.html",
        {
            "on": on,
            "is_today": on == today,
            "form": form,
            "page": page,
            "title": page_title(_("Software technology parks"), page),
            "programmes": programmes,
            "chips": chips(params, form),
            "clear_url": query_with(params, **dict.fromkeys(form.fields)),
            "sorts": [(key, label, query_with(params, sort=key), key == sort) for key, label in SORTS.items()],
            "sort": sort,
            "more_open": any(params.get(name) or name in form.errors for name in MORE_FILTERS),
            "is_canonical": page.is_canonical and asked_sort in {"", sort},
            "canonical": canonical(page, asked_sort, sort),
            "without_area": filters.count_without_area() if valid and filters.compares_areas else 0,
            "without_area_url": query_with(params, area_min=None, area_max=None, area_missing="1"),
            "ways_out": ways_out(filters, params, today) if valid and not count else {},
        },
    )


def canonical(page, asked_sort, sort):
    """The link to this very list, without a page or an order that does not exist."""
    params = page.params.copy()
    if asked_sort != sort:
        params.pop("sort", None)
    return replace(page, params=params).canonical_url


def by_programme(parks):
    """How many of `parks` each programme has, in the order of the list, without the empty ones."""
    counts = dict(parks.order_by().values_list("programme").annotate(parks=Count("pk")))
    return [{"key": key, "label": label, "parks": counts[key]} for key, label in Programme.choices if key in counts]


def attach_stage_events(parks):
    """Give each park its `stage_event`: the event in effect, None without one. One query."""
    events = StageEvent.objects.select_related("source").in_bulk(
        [park.stage_event_id for park in parks if park.stage_event_id]
    )
    for park in parks:
        park.stage_event = events.get(park.stage_event_id)


def ways_out(filters, params, today):
    """For an empty result: what to drop, or what to keep, as links with how many parks each gives."""
    return {
        kind: [
            {"label": label, "parks": parks, "url": query_with(params, **dict.fromkeys(names))}
            for names, label, parks in ways
        ]
        for kind, ways in filters.ways_out(today).items()
    }


@reading
def park_detail(request, slug):
    """One park: each fact with its source and date. Parks that were given up keep their page."""
    on = timezone.localdate()
    park = get_object_or_404(
        Park.objects.listed().with_stage(on).with_last_mou(on).select_related("city", "host", "source"),
        slug=slug,
    )
    events = list(park.stage_events.select_related("source").order_by("effective_on", "rank", "pk"))
    park.stage_event = next((event for event in events if event.pk == park.stage_event_id), None)
    opened = any(event.stage in OPENED and not event.is_expected and event.effective_on <= on for event in events)
    areas = list(park.area_reports.select_related("source"))
    return render(
        request,
        "parks/park_detail.html",
        {
            "on": on,
            "park": park,
            "events": events,
            "areas": areas,
            "area": next((area for area in areas if area.chosen), None),
            "agreements": park.agreements.select_related("source"),
            "photos": list(park.photos.all()),
            "nearby": nearby(park, on),
            "has_amenities": any(getattr(park, name) not in {None, ""} for name in AMENITIES),
            "directions": directions(park),
            "mou_without_opening": None if opened else last_mou(park, events),
        },
    )


def last_mou(park, events):
    """The latest MoU, as (day, precision), of a park that never opened; None without one or when it ended."""
    if park.stage in ENDED or park.last_mou_on is None:
        return None
    for event in reversed(events):
        if event.stage == Stage.MOU_SIGNED and event.effective_on == park.last_mou_on:
            return (event.on or event.known_by, event.on_precision or "day")
    paper = park.agreements.mous().filter(counts_from=park.last_mou_on).first()
    return (paper.signed_on, paper.signed_on_precision)


def nearby(park, on):
    """Up to six other listed parks with their stage: of the same city first, then of the same district."""
    near = Q(city=park.city)
    if park.district:
        near |= Q(district=park.district)
    same_city = Case(When(city=park.city, then=0), default=1)
    parks = list(
        Park.objects.listed()
        .filter(near)
        .exclude(pk=park.pk)
        .with_stage(on)
        .select_related("city")
        .order_by(same_city, Lower("name"), "pk")[:NEARBY_PARKS]
    )
    for other in parks:
        other.stage_label = Stage(other.stage).label if other.stage else _("stage not reported")
    return parks


def directions(park):
    """A `geo:` address: the surveyed point, else a search for the host and city. Never an approximate point."""
    place = quote(f"{park.host or park.name}, {park.city}")
    if park.is_surveyed:
        return f"geo:{park.latitude},{park.longitude}?q={park.latitude},{park.longitude}({place})"
    return f"geo:0,0?q={place}"


@reading
def photo_file(request, stem, width, kind):
    """One file of a photo of a listed park; its name never comes back for another photo."""
    photo = get_object_or_404(ParkPhoto.objects.filter(park__listed=True), stem=stem)
    if int(width) not in photo.widths:
        raise Http404
    try:
        file = images.path_of(stem, int(width), kind).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type={"webp": "image/webp", "jpg": "image/jpeg"}[kind])
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    return response
