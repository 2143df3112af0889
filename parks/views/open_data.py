"""The list as open data: the same rows in four formats, and the page that says what each field means."""

import json
from datetime import date

from django.conf import settings
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from parks.open_data import FIELDS, NAMES, records
from stp_portal.kit.downloads import log_download
from stp_portal.kit.export import stream_csv
from stp_portal.kit.listing import query_with
from stp_portal.kit.xlsx import send_xlsx

from .base import reading

FORMATS = {"csv": _lazy("CSV"), "xlsx": _lazy("Excel"), "json": _lazy("JSON"), "geojson": _lazy("GeoJSON")}
ABOUT = {
    "csv": _lazy("One line a park, UTF-8 with a byte order mark; opens in any spreadsheet."),
    "xlsx": _lazy("A workbook with real dates and numbers, and a second sheet that says what each field means."),
    "json": _lazy("An object with “count”, “on” (the day of the register) and “results”, one object a park."),
    "geojson": _lazy("A FeatureCollection with the same “count” and “on”; the fields of a park are its properties."),
}
CONTENT_TYPES = {"json": "application/json", "geojson": "application/geo+json"}
# What scripts on other sites may read. A workbook is for people.
OPEN = {"csv", "json", "geojson"}
EXAMPLES = (
    (_lazy("All parks, for a spreadsheet"), "format=csv"),
    (_lazy("All parks, for Excel, largest reported area first"), "sort=area&format=xlsx"),
    (_lazy("Operational parks of Punjab, for a program"), "region=punjab&stage=operational&format=json"),
    (_lazy("PSEB's own parks as they stood on 30 June 2021"), "programme=pseb&on=2021-06-30&format=csv"),
    (_lazy("Women-only parks, for a map"), "women_only=1&format=geojson"),
)


def download_links(params):
    """(label, link) of each format for the list that `params` asks for: all its pages, in its order."""
    return [(label, query_with(params, format=key)) for key, label in FORMATS.items()]


def download(request, filters, rows, on):
    """The rows of the list in the format that the address asks for; 400 for an unknown one or a bad filter.

    `rows` is the ordered queryset of the list as on the date `on`, whatever the page.
    """
    kind = request.GET["format"].strip().lower()
    if kind not in FORMATS:
        return refused(kind, {"format": [_("Format must be one of these: %s.") % ", ".join(FORMATS)]})
    if not filters.form.is_valid():
        return refused(kind, {name: list(errors) for name, errors in filters.form.errors.items()})
    count, found = records(rows, request.build_absolute_uri("/").rstrip("/"))
    log_download(request, "parks", kind, count)
    filename = f"parks-{on:%Y-%m-%d}.{kind}"
    if kind == "csv":
        response = stream_csv(filename, NAMES, (flat(row) for row in found))
    elif kind == "xlsx":
        response = send_xlsx(filename, sheets(found, count, on))
    else:
        lines = (json_lines if kind == "json" else geojson_lines)(found, count, on)
        response = StreamingHttpResponse(lines, content_type=CONTENT_TYPES[kind])
        response["Content-Disposition"] = content_disposition_header(True, filename)
    return shared(response, kind)


def refused(kind, errors):
    """400 with the page's own messages: as JSON for programs, else as plain sentences."""
    if kind in CONTENT_TYPES:
        response = JsonResponse({"errors": errors}, status=400, json_dumps_params={"ensure_ascii": False})
    else:
        sentences = dict.fromkeys(message for messages in errors.values() for message in messages)
        response = HttpResponse("\n".join([*sentences, ""]), status=400, content_type="text/plain; charset=utf-8")
    return shared(response, kind)


def shared(response, kind):
    """The response, for pages of other sites as well where the format is for programs."""
    response["Cache-Control"] = "no-cache"
    if kind in OPEN:
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def flat(record):
    """A record's values for a table: lists as one text."""
    return ["; ".join(value) if isinstance(value, list) else value for value in record.values()]


def sheets(found, count, on):
    """The workbook: the parks, then what the fields mean."""
    yield "parks", NAMES, (flat(row) for row in found)
    meanings = [(field.name, str(field.title), str(field.description)) for field in FIELDS]
    yield "fields", ("field", "title", "meaning"), [("on", _("The day of the register"), on), *meanings]


def json_text(value):
    """JSON in UTF-8, dates as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=date.isoformat)


def json_lines(found, count, on):
    """An object of `count`, `on` and `results`, one line a row."""
    return wrapped({"count": count, "on": on}, "results", found)


def geojson_lines(found, count, on):
    """A FeatureCollection, one line a feature, with `count` and `on` as foreign members."""
    return wrapped({"type": "FeatureCollection", "count": count, "on": on}, "features", map(feature, found))


def feature(record):
    """A record as a GeoJSON feature; without a surveyed point it has no geometry."""
    point = [record["longitude"], record["latitude"]]
    geometry = None if None in point else {"type": "Point", "coordinates": point}
    return {"type": "Feature", "id": record["code"], "geometry": geometry, "properties": record}


def wrapped(head, name, items):
    """The bytes of an object with the members of `head` and the list `name`, item by item."""
    yield f"{json_text(head)[:-1]}, {json_text(name)}: [".encode()
    comma = "\n"
    for item in items:
        yield f"{comma}{json_text(item)}".encode()
        comma = ",\n"
    yield b"\n]}\n"


@reading
def open_data(request):
    """What is published as data: formats, fields, licence, how to cite, and what is left out and why."""
    address = request.build_absolute_uri(reverse("parks:park-list"))
    return render(
        request,
        "parks/open_data.html",
        {
            "on": timezone.localdate(),
            "address": address,
            "fields": FIELDS,
            "formats": [(key, label, ABOUT[key]) for key, label in FORMATS.items()],
            "examples": [(label, f"{address}?{query}") for label, query in EXAMPLES],
            "licence": settings.OPEN_DATA_LICENCE,
        },
    )
