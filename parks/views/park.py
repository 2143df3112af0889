"""The page of one park, and the files of its photos."""

from urllib.parse import quote

from django.db.models import Case, Q, When
from django.db.models.functions import Lower
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from parks import images, structured
from parks.models import Park, ParkPhoto
from parks.models.correction import CorrectionFact
from parks.models.stage import ENDED, OPENED, Stage
from tenants import panels
from tenants.occupancy import occupancy_of

from .base import reading

NEARBY_PARKS = 6
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
    area = next((area for area in areas if area.chosen), None)
    photos = list(park.photos.all())
    return render(
        request,
        "parks/park_detail.html",
        {
            "on": on,
            "park": park,
            "events": events,
            "areas": areas,
            "area": area,
            "agreements": park.agreements.select_related("source"),
            "photos": photos,
            "structured": structured.data_block(structured.park_data(request, park, area, photos)),
            "nearby": nearby(park, on),
            "has_ended": park.stage in ENDED,
            "amenity_facts": [(fact, CorrectionFact(fact).label) for fact in AMENITIES],
            "has_amenities": any(getattr(park, name) not in {None, ""} for name in AMENITIES),
            "directions": directions(park),
            "space": space_of(park, on),
            "mou_without_opening": None if opened else last_mou(park, events),
        },
    )


def space_of(park, on):
    """What the page shows of suites and tenants; None when no suite is in service: that is "not reported"."""
    suites = panels.asked_suites(park, on, on)
    bar = panels.occupancy_bar(occupancy_of(suites, on))
    if bar is None:
        return None
    free, free_count = panels.free_suites(suites)
    return {
        "bar": bar,
        "plan": panels.plan_of(park, suites, on, on),
        "free": free,
        "free_count": free_count,
        "tenants": panels.tenants_shown(suites),
    }


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
