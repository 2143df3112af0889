"""The public queue: who stands where, by reference alone, and what was allotted. Everything that decides is printed."""

from dataclasses import asdict, fields

from django import forms
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from parks.facets import Choice
from parks.models import Park
from parks.models.place import Region
from parks.views.base import reading
from parks.views.open_data import CONTENT_TYPES, refused, shared, wrapped
from stp_portal.kit.downloads import log_download
from stp_portal.kit.export import stream_csv
from stp_portal.kit.filter_fields import ChoicesField, Printable
from stp_portal.kit.listing import chips, page_of, page_title, query_with
from stp_portal.kit.text import clean_line
from tenants import queue
from tenants.models import Application, PassingOver
from tenants.models.application_states import ApplicationState, QueueBand
from tenants.moves import Move, by_month, moves, sum_of

FORMATS = {"csv": _("CSV"), "json": _("JSON")}
COLUMNS = ("park_code", "park", "band", "position", "reference", "date", "state", "passed_over")
LISTS = ("queue", "moves")


class ReferenceField(Printable, forms.CharField):
    """A reference or a part of one."""


class QueueForm(forms.Form):
    """What of the queues is shown."""

    reference = ReferenceField(label=_("Reference"), required=False, max_length=30)
    region = ChoicesField(label=_("Region"), choices=Region.choices, required=False)
    park = ChoicesField(label=_("Park"), required=False)
    band = ChoicesField(label=_("Size"), choices=QueueBand.choices, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["park"].choices = list(Park.objects.listed().by_name().values_list("slug", "name"))


@reading
def queue_page(request):
    """All queues, filtered. A bad filter value: its message, and no rows."""
    today = timezone.localdate()
    params = request.GET
    form = QueueForm(params)
    valid = form.is_valid()
    asked = form.cleaned_data if valid else {}
    every = queue.rows(today) if valid else []
    rows = [row for row in every if fits(row, asked)]
    if params.get("format", "").strip():
        return download(request, form, rows, today)
    page = page_of(rows, len(rows), params)
    recent = moves(today, of_parks(asked)) if valid else []
    return render(
        request,
        "tenants/queue.html",
        {
            "on": today,
            "form": form,
            "page": page,
            "title": page_title(_("The queue for space"), page),
            "groups": groups(page.rows, today),
            "boxes": {name: boxes(form, name, params) for name in ("region", "park", "band")},
            "chips": chips(params, form),
            "clear_url": query_with(params, **dict.fromkeys(form.fields)),
            "downloads": [(label, query_with(params, format=key)) for key, label in FORMATS.items()] if rows else [],
            "moves_downloads": [
                (label, query_with(params, format=key, list="moves")) for key, label in FORMATS.items()
            ],
            "moves": by_month(recent),
            "sums": sum_of(recent),
            "checked": Application.objects.filter(
                Q(state=ApplicationState.SUBMITTED) | Q(state=ApplicationState.NEEDS_PAPER, complete_on__isnull=True)
            ).count(),
            "is_canonical": page.is_canonical,
        },
    )


def fits(row, asked):
    """Whether a row of a queue is one that is asked for."""
    wanted = clean_line(asked.get("reference") or "").upper()
    return (
        (not wanted or wanted in row.reference)
        and (not asked.get("park") or row.park.slug in asked["park"])
        and (not asked.get("region") or row.park.city.region in asked["region"])
        and (not asked.get("band") or row.band in asked["band"])
    )


def of_parks(asked):
    """The condition on lettings of the parks that are asked for."""
    found = Q()
    if asked.get("park"):
        found &= Q(park__slug__in=asked["park"])
    if asked.get("region"):
        found &= Q(park__city__region__in=asked["region"])
    return found


def boxes(form, name, params):
    """The boxes of a filter of several values, without counts."""
    ticked = set(params.getlist(name))
    return [Choice(value, label, None, value in ticked) for value, label in form.fields[name].choices]


def passed_over(rows):
    """{(application, park, band): [PassingOver, …]} of the rows, the newest first. One query."""
    found = {}
    passings = PassingOver.objects.filter(application__in={row.application_pk for row in rows})
    for passing in passings.order_by("-on", "-pk"):
        found.setdefault((passing.application_id, passing.park_id, passing.band), []).append(passing)
    return found


def groups(rows, today):
    """The rows of a page by queue: (park, words of the band, [(row, words of its state, passings)])."""
    passings, found = passed_over(rows), []
    for row in rows:
        if not found or (found[-1][0], found[-1][1]) != (row.park, QueueBand(row.band).label):
            found.append((row.park, QueueBand(row.band).label, []))
        there = passings.get((row.application_pk, row.park.pk, row.band), [])
        found[-1][2].append((row, ApplicationState(row.state).label, there))
    return found


def records(rows):
    """The rows as they are published in files, in the order of COLUMNS."""
    passings = passed_over(rows)
    for row in rows:
        there = passings.get((row.application_pk, row.park.pk, row.band), [])
        yield {
            "park_code": row.park.code,
            "park": row.park.name,
            "band": row.band,
            "position": row.position,
            "reference": row.reference,
            "date": row.complete_on.isoformat(),
            "state": row.state,
            "passed_over": "; ".join(f"{one.on:%Y-%m-%d} {one.code}" for one in reversed(there)),
        }


def download(request, form, rows, today):
    """The rows, or with `list=moves` the months, in the format that the address asks for; 400 for what cannot be."""
    kind = request.GET["format"].strip().lower()
    name = request.GET.get("list", "").strip() or "queue"
    errors = {field: list(said) for field, said in form.errors.items()}
    if kind not in FORMATS:
        errors["format"] = [_("Format must be one of these: %s.") % ", ".join(FORMATS)]
    if name not in LISTS:
        errors["list"] = [_("List must be one of these: %s.") % ", ".join(LISTS)]
    if errors:
        return refused(kind, errors)
    if name == "queue":
        header, found = COLUMNS, list(records(rows))
    else:
        header = [field.name for field in fields(Move)]
        found = [asdict(row) | {"month": f"{row.month:%Y-%m}"} for row in moves(today, of_parks(form.cleaned_data))]
    log_download(request, name, kind, len(found))
    filename = f"{name}-{today:%Y-%m-%d}.{kind}"
    if kind == "csv":
        return shared(stream_csv(filename, header, (row.values() for row in found)), kind)
    plain = [{key: float(value) if key.endswith("sqft") else value for key, value in row.items()} for row in found]
    response = StreamingHttpResponse(
        wrapped({"count": len(plain), "on": today.isoformat()}, "results", plain), content_type=CONTENT_TYPES[kind]
    )
    response["Content-Disposition"] = content_disposition_header(True, filename)
    return shared(response, kind)
