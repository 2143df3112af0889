"""A park as schema.org data (JSON-LD). Only what is known; an approximate point never."""

import json

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated

MOST_OF_DESCRIPTION = 300
SQUARE_FOOT = "FTK"  # its code in UN/CEFACT's list of units, as schema.org wants it
# What could end the script element or open a comment in it; JSON reads these as the same letters.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
AMENITIES = ("power_hours", "generator", "lift", "prayer_room", "womens_washroom", "parking_spaces")


def data_block(data):
    """A script element that holds `data` and runs nothing: the policy against scripts does not apply to it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308 - escaped above


def park_data(request, park, area, photos):
    """The park and the way to it. `park.stage_event` is set; `area` is the chosen AreaReport or None."""
    return {"@context": "https://schema.org", "@graph": [_place(request, park, area, photos), _way(request, park)]}


def _place(request, park, area, photos):
    address = request.build_absolute_uri(park.get_absolute_url())
    place = {
        "@type": "Place",
        "@id": f"{address}#park",
        "url": address,
        "name": park.name,
        "identifier": park.code,
        "address": {
            "@type": "PostalAddress",
            "addressLocality": park.city.name,
            "addressRegion": park.city.get_region_display(),
            "addressCountry": "PK",
        },
        "additionalProperty": list(_properties(park, area)),
    }
    if park.address:
        place["address"]["streetAddress"] = ", ".join(park.address.splitlines())
    if park.name_ur:
        place["alternateName"] = {"@value": park.name_ur, "@language": "ur"}
    if park.description:
        place["description"] = Truncator(" ".join(park.description.split())).chars(MOST_OF_DESCRIPTION)
    if park.is_surveyed:
        place["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": float(park.latitude),
            "longitude": float(park.longitude),
        }
    if photos:
        place["image"] = [request.build_absolute_uri(photo.url(max(photo.widths), "jpg")) for photo in photos]
    if amenities := list(_amenities(park)):
        place["amenityFeature"] = amenities
    return place


def _properties(park, area):
    """Facts for which schema.org has no word of its own."""
    event = park.stage_event
    if event:
        known_by = _("known by %(day)s") % {"day": dated(event.known_by)}
        yield {
            "@type": "PropertyValue",
            "name": _("Stage"),
            "value": event.get_stage_display(),
            "description": dated(event.on, event.on_precision) if event.on else known_by,
        }
    if area:
        value = int(area.area_sqft) if area.area_sqft == int(area.area_sqft) else float(area.area_sqft)
        found = {"@type": "PropertyValue", "name": area.get_kind_display(), "value": value, "unitCode": SQUARE_FOOT}
        if area.reported_on:
            found["description"] = dated(area.reported_on, area.reported_on_precision)
        yield found
    if park.host:
        yield {"@type": "PropertyValue", "name": _("Host institution"), "value": park.host.name}
    yield {"@type": "PropertyValue", "name": _("Programme"), "value": park.get_programme_display()}


def _amenities(park):
    """What is known of the amenities, a "no" included."""
    for name in AMENITIES:
        value = getattr(park, name)
        if value is not None:
            label = capfirst(str(park._meta.get_field(name).verbose_name))
            yield {"@type": "LocationFeatureSpecification", "name": label, "value": value}
    if park.providers:
        yield {
            "@type": "LocationFeatureSpecification",
            "name": _("Internet providers"),
            "value": ", ".join(park.providers),
        }


def _way(request, park):
    """The breadcrumbs of the page."""
    city = park.city
    steps = [(_("Parks"), reverse("parks:park-list"))]
    if city.region_beside:
        steps.append((city.region_beside, reverse("parks:region-detail", args=[city.region])))
    steps += [
        (city.name, reverse("parks:city-detail", args=[city.slug])),
        (park.name, park.get_absolute_url()),
    ]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": request.build_absolute_uri(path)}
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }
