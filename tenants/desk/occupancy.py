"""How much of the parks is let: by park, city, region or programme, on a day and at the ends of months before it."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import City, Park, Suite
from parks.models.park import Programme
from parks.models.place import Region
from stp_portal.kit.dates import FIRST_DATE
from stp_portal.kit.listing import query_with
from tenants.occupancy import Occupancy, occupancy_over

from .base import (
    FORMATS,
    Sheet,
    asked_format,
    download_links,
    draw,
    faults,
    neighbours,
    page_of_groups,
    refused,
    report_as_known,
    send,
)
from .forms import OccupancyForm
from .overview import percent, with_suites

MONTHS = 12
# Each line has 13 days.
MOST_LINES = 100
BY = {
    "park": ("park_id", gettext_lazy("Park")),
    "city": ("park__city_id", gettext_lazy("City")),
    "region": ("park__city__region", gettext_lazy("Region")),
    "programme": ("park__programme", gettext_lazy("Programme")),
}
SHEETS = ("day", "months")


@dataclass(frozen=True)
class Line:
    """A park, city, region or programme: its Occupancy on the day, the same on every day of the report, and whether
    some of it is a demonstration. `inside` is the query string of its parks one by one, empty for a park."""

    key: object
    label: str
    code: str
    over: list[Occupancy]
    demo: bool
    inside: str = ""

    @property
    def found(self):
        """On the day itself, which is the last."""
        return self.over[-1]

    @property
    def newest_first(self):
        """On every day of the report, the last one first."""
        return self.over[::-1]

    @property
    def rows(self):
        """A group of one row, for paging."""
        return [self]


def month_ends(on):
    """The last days of the 12 months before that of `on`, then `on`; fewer where the calendar begins."""
    ends, first = [], on.replace(day=1)
    for _month in range(MONTHS):
        if first <= FIRST_DATE:
            break
        ends.append(first - dt.timedelta(days=1))
        first = ends[-1].replace(day=1)
    return [*reversed(ends), on]


def names_of(by, parks, params):
    """[(value, label, code, query string of what is inside)] in the order of the report. At most one query."""
    if by == "park":
        return [(park.pk, park.name, park.code, "") for park in with_suites(parks).by_name().only("pk", "name", "code")]
    if by == "city":
        cities = City.objects.filter(pk__in=parks.order_by().values("city")).order_by("name", "pk").only("pk", "name")
        found = [(city.pk, city.name) for city in cities]
    else:
        found = (Region if by == "region" else Programme).choices
    return [(value, label, "", query_with(params, by="park", of=f"{by}:{value}")) for value, label in found]


def lines_of(by, suites, parks, *, days, today, params):
    """([Occupancy of all on each of `days`], [Line]). Six queries at most, whatever the number of rows."""
    key, _label = BY[by]
    over = occupancy_over(suites, parks, key, days, today)
    demo = set(suites.filter(Q(demo=True) | Q(park__demo=True), park__in=parks.order_by()).values_list(key, flat=True))
    lines = [
        Line(value, str(label), code, [apart[value] for _day, _all, apart in over], value in demo, inside)
        for value, label, code, inside in names_of(by, parks, params)
        if value in over[-1][2]
    ]
    return [together for _day, together, _apart in over], lines


def occupied_sqft(found):
    """The area let and held over in sq ft; None where no lettable area is known."""
    return found.let.area_sqft + found.holding_over.area_sqft if found.lettable.area_sqft else None


FIGURES = (
    (gettext_lazy("Parks"), lambda found: found.parks_listed),
    (gettext_lazy("Parks with a suite in service"), lambda found: found.parks_counted),
    (gettext_lazy("Suites"), lambda found: found.lettable.suites),
    (gettext_lazy("Let"), lambda found: found.let.suites),
    (gettext_lazy("Holding over"), lambda found: found.holding_over.suites),
    (gettext_lazy("Held"), lambda found: found.held.suites),
    (gettext_lazy("Closed"), lambda found: found.closed.suites),
    (gettext_lazy("Vacant"), lambda found: found.vacant.suites),
    (gettext_lazy("Net lettable area, sq ft"), lambda found: found.lettable.area_sqft or None),
    (gettext_lazy("Let and held over, sq ft"), occupied_sqft),
    (gettext_lazy("Vacant, sq ft"), lambda found: found.vacant.area_sqft if found.lettable.area_sqft else None),
    (gettext_lazy("Suites whose area is not reported"), lambda found: found.lettable.without_area),
    (gettext_lazy("Occupancy, percent"), lambda found: percent(found.rate)),
    (gettext_lazy("Occupancy by seats, percent"), lambda found: percent(found.seat_rate)),
)


def about(total, known, of):
    """What the workbook says of all the parks on its last sheet; `known` is the day on which it was known so."""
    return [
        (_("As on"), total.on),
        (_("As known on"), known),
        (_("Parks of"), of.label if of else _("All parks")),
        *((title, value(total)) for title, value in FIGURES),
        (_("Occupancy"), _("area let or held over ÷ lettable area; suites whose area is not reported are in neither")),
    ]


def sheets_of(by, lines, told):
    """The sheet of the day and that of the ends of months; of each line, in the order of the page."""
    _key, label = BY[by]
    named = [(label, lambda row: row[0].label)]
    if by == "park":
        named.insert(0, (gettext_lazy("Park code"), lambda row: row[0].code))
    figures = [(title, lambda row, value=value: value(row[1])) for title, value in FIGURES]
    over = [(line, found) for line in lines for found in line.over]
    by_day = [*named, (gettext_lazy("As on"), lambda row: row[1].on), *figures]
    return {
        "day": Sheet(
            "occupancy-by",
            _("On the day"),
            [*named, *figures],
            [(line, line.found) for line in lines],
            lambda row: row[0].demo,
            told,
        ),
        "months": Sheet("occupancy-months", _("By month"), by_day, over, lambda row: row[0].demo),
    }


@report_as_known
def occupancy_page(request, today):
    """Occupancy on a day and over the months before it, as known now or on an earlier day. What is bad: its message."""
    form = OccupancyForm(request.GET, user=request.user, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    part = request.GET.get("sheet", "").strip() or SHEETS[0]
    if kind and (not valid or kind not in FORMATS or part not in SHEETS):
        unknown = [] if part in SHEETS else [_("Sheet must be one of these: %s.") % ", ".join(SHEETS)]
        return refused(kind, [*faults(form), *unknown])
    if not valid:
        context = {"title": _("Occupancy"), "form": form, "valid": False}
        return draw(request, "occupancy", "desk_occupancy", context)
    on, known, by, of = (form.cleaned_data[name] for name in ("on", "known", "by", "of"))
    suites = Suite.objects.scope_for(request.user, today)
    parks = Park.objects.scope_for(request.user, today)
    if of:
        parks = parks.filter(of.condition)
    days = month_ends(on)
    total, lines = lines_of(by, suites, parks, days=days, today=known or today, params=request.GET)
    if kind:
        sheets = sheets_of(by, lines, about(total[-1], known or today, of))
        chosen = [sheets[part]] if kind == "csv" else [*sheets.values()]
        return send(request, kind, chosen, on, known)
    return draw(
        request,
        "occupancy",
        "desk_occupancy",
        {
            "title": _("Occupancy"),
            "form": form,
            "valid": True,
            "on": on,
            "known": known,
            "by": by,
            "by_label": BY[by][1],
            "of": of,
            "neighbours": neighbours(request.GET, on),
            "days": days[::-1],
            "total": total[-1],
            "occupied": occupied_sqft(total[-1]),
            "over": total[::-1],
            "page": page_of_groups(lines, request.GET, most=MOST_LINES),
            "demo": any(line.demo for line in lines),
            "all_demo": all(line.demo for line in lines if line.found.parks_counted),
            "downloads": download_links(request.GET, sheet=None) if lines else [],
            "months_csv": query_with(request.GET, sheet="months", format="csv"),
        },
    )
