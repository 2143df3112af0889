"""Up to four suites or parks side by side: what is asked for, the facts of each, and where they differ, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from parks.models import Park, Suite
from parks.models.stage import Stage
from stp_portal.kit.text import clean_line
from stp_portal.kit.words import dated, floor_text, rupees_text, sqft_text
from tenants import space
from tenants.costs import PAISA, first_year, monthly_cost
from tenants.occupancy import SuiteState, with_free_area, with_free_from, with_state
from tenants.words import suite_title

MOST = 4
MOST_KEY_DIGITS = 18
MOST_OFFERED = 50
MOST_PARKS = 200


@dataclass(frozen=True)
class Line:
    """One line of the comparison: how a fact is read and shown, and what its ends are called.

    `low` and `high` name the smallest and the largest known value; without them values only differ or agree.
    `unknown(thing)` says of a missing value what is more than "not reported".
    """

    label: str
    read: Callable
    show: Callable = str
    low: str = ""
    high: str = ""
    unknown: Callable = lambda _thing: ""


@dataclass(frozen=True)
class Entry:
    """What one of the compared has in a line: `text`, or what is said in its place, both empty for what is not
    reported; `mark` says how it stands to the others."""

    name: str
    text: str
    instead: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """A line with the entry of each; `differ` tells whether those that are known do."""

    label: str
    entries: tuple
    differ: bool


@dataclass(frozen=True)
class Column:
    """One of the compared: `name` in full, `short` for narrow tables."""

    name: str
    short: str
    url: str
    key: tuple


@dataclass(frozen=True)
class Table:
    """A comparison: its columns and rows."""

    columns: tuple
    rows: tuple


def yes_or_no(value):
    """`Yes` or `No`."""
    return _("Yes") if value else _("No")


def per_sqft(suite):
    """Rent and charge a month for one sq ft of its area, rounded half-up to the paisa; None when not known."""
    cost, area = monthly_cost(suite), suite.lettable_area_sqft
    if cost is None or cost.total is None or area is None:
        return None
    return (cost.total / Decimal(area)).quantize(PAISA, ROUND_HALF_UP)


def part_of(cost, name):
    """A part of a `Cost`, None without it."""
    return None if cost is None else getattr(cost, name)


def suite_lines(on):
    """The lines of suites; the day tells "today" from a date."""
    return (
        Line(_lazy("Park"), lambda suite: suite.park.name),
        Line(_lazy("City"), lambda suite: suite.park.city.name),
        Line(_lazy("Floor"), lambda suite: suite.floor, floor_text),
        Line(_lazy("State today"), lambda suite: SuiteState(suite.state).label),
        Line(
            _lazy("Free from"),
            lambda suite: suite.free_from,
            lambda day: _("Now") if day == on else dated(day),
            low=_lazy("earliest"),
            high=_lazy("latest"),
            unknown=lambda _suite: _("no day known"),
        ),
        Line(
            _lazy("Net lettable area"),
            lambda suite: suite.lettable_area_sqft,
            sqft_text,
            low=_lazy("smallest"),
            high=_lazy("largest"),
        ),
        Line(_lazy("Seats"), lambda suite: suite.seats, low=_lazy("fewest"), high=_lazy("most")),
        Line(_lazy("Fit-out"), lambda suite: suite.get_fit_out_display() or None),
        Line(
            _lazy("Rent a month"),
            *money(lambda suite: part_of(monthly_cost(suite), "rent")),
            unknown=lambda suite: _("on request") if suite.rent_pkr is None else "",
        ),
        Line(_lazy("Service charge a month"), *money(lambda suite: suite.service_charge_pkr)),
        Line(_lazy("Rent and charge a month"), *money(lambda suite: part_of(monthly_cost(suite), "total"))),
        Line(_lazy("The same per sq ft"), *money(per_sqft)),
        Line(_lazy("Rent and charge, first year"), *money(lambda suite: part_of(first_year(suite), "total"))),
    )


def money(read):
    """The rest of a line of rupees."""
    return read, rupees_text, _lazy("lowest"), _lazy("highest")


PARK_LINES = (
    Line(_lazy("City"), lambda park: park.city.name),
    Line(_lazy("Host institution"), lambda park: park.host.name if park.host else None),
    Line(_lazy("Stage"), lambda park: Stage(park.stage).label if park.stage else None),
    Line(_lazy("Programme"), lambda park: park.get_programme_display()),
    Line(_lazy("Women only"), lambda park: park.women_only, yes_or_no),
    Line(
        _lazy("Covered area, as reported"),
        lambda park: park.reported_area_sqft,
        sqft_text,
        low=_lazy("smallest"),
        high=_lazy("largest"),
    ),
    Line(
        _lazy("Free area today"),
        lambda park: park.free_area_sqft,
        sqft_text,
        low=_lazy("least"),
        high=_lazy("most"),
    ),
    Line(_lazy("Free suites and desks today"), lambda park: park.free_suites, low=_lazy("fewest"), high=_lazy("most")),
    Line(_lazy("Hours of power a day"), lambda park: park.power_hours, low=_lazy("fewest"), high=_lazy("most")),
    Line(_lazy("Generator"), lambda park: park.generator, yes_or_no),
    Line(_lazy("Internet providers"), lambda park: ", ".join(park.providers) or None),
    Line(_lazy("Lift"), lambda park: park.lift, yes_or_no),
    Line(_lazy("Prayer room"), lambda park: park.prayer_room, yes_or_no),
    Line(_lazy("Women's washroom"), lambda park: park.womens_washroom, yes_or_no),
    Line(_lazy("Parking spaces"), lambda park: park.parking_spaces, low=_lazy("fewest"), high=_lazy("most")),
)


def asked_for(params):
    """([("suite", key) or ("park", slug)], messages) of an address: without repetition, four at most.

    A message for each value that cannot be one, and for those beyond four.
    """
    keys, messages = [], []
    for value in dict.fromkeys(params.getlist("suite")):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) <= MOST_KEY_DIGITS:
            keys.append(("suite", int(text)))
        elif text:
            messages.append(not_there(value))
    keys += [("park", value.strip()) for value in dict.fromkeys(params.getlist("park")) if value.strip()]
    keys = list(dict.fromkeys(keys))
    if len(keys) > MOST:
        messages.append(_("Up to four can be compared at a time. The first four are shown."))
    return keys[:MOST], messages


def not_there(value):
    """The sentence about a value that names nothing that the public may see."""
    return _("“%(value)s” is no suite or park of the register that can be compared; it is left out.") % {
        "value": clean_line(str(value))[:60]
    }


def found(keys, on):
    """({key: Suite}, {key: Park}) of those keys that the public may see, in their order; two queries at most."""
    pks = [key for kind, key in keys if kind == "suite"]
    slugs = [clean_line(key) for kind, key in keys if kind == "park"]
    suites = parks = ()
    if pks:
        rows = space.offered(Suite.objects.filter(park__listed=True, pk__in=pks), on).select_related("park__city")
        suites = with_free_from(with_state(rows, on, on), on, on)
    if slugs:
        rows = Park.objects.listed().filter(slug__in=slugs).with_stage(on).with_area().select_related("city", "host")
        parks = with_free_area(rows, on, on)
    suites = {("suite", suite.pk): suite for suite in suites}
    parks = {("park", park.slug): park for park in parks}
    return (
        {key: suites[key] for key in keys if key in suites},
        {key: parks[key] for key in keys if key in parks},
    )


def suite_table(suites, on):
    """The `Table` of suites by their keys."""
    numbers = [suite.number for suite in suites.values()]
    columns = []
    for key, suite in suites.items():
        title = suite_title(suite.kind, suite.number)
        short = suite.number if numbers.count(suite.number) == 1 else f"{suite.number}, {suite.park.name}"
        url = reverse("tenants:suite-detail", args=[suite.park.slug, suite.pk])
        columns.append(Column(f"{title}, {suite.park.name}", short, url, key))
    return table(columns, list(suites.values()), suite_lines(on))


def park_table(parks):
    """The `Table` of parks by their keys."""
    columns = [Column(park.name, park.name, park.get_absolute_url(), key) for key, park in parks.items()]
    return table(columns, list(parks.values()), PARK_LINES)


def table(columns, things, lines):
    """The `Table` of things by lines."""
    return Table(tuple(columns), tuple(row_of(columns, things, line) for line in lines))


def row_of(columns, things, line):
    """One row; of known values that differ, the ends are named where the line has names for them."""
    values = [line.read(thing) for thing in things]
    known = [value for value in values if value is not None]
    differ = len(set(known)) > 1
    ordered = differ and bool(line.low)
    marks = {min(known): line.low, max(known): line.high} if ordered else {}
    entries = tuple(
        Entry(column.short, "", instead=line.unknown(thing))
        if value is None
        else Entry(column.short, str(line.show(value)), mark=str(marks.get(value, "")))
        for column, thing, value in zip(columns, things, values, strict=True)
    )
    return Row(line.label, entries, differ)


def suites_to_add(chosen, on):
    """[(park, its free suites)] to choose from: of the cities of the chosen suites, else of all; 50 at most."""
    rows = space.free(space.published(), space.Period(on), on).select_related("park__city")
    cities = {suite.park.city_id for suite in chosen}
    if cities:
        rows = rows.filter(park__city__in=cities).exclude(pk__in=[suite.pk for suite in chosen])
    found = {}
    for suite in rows.order_by("-kind", "park__name", "park", "floor", "position", "pk")[:MOST_OFFERED]:
        found.setdefault(suite.park, []).append(suite)
    return list(found.items())


def parks_to_add(chosen):
    """(slug, name, city) of listed parks to choose from, by name; 200 at most."""
    rows = Park.objects.listed().exclude(pk__in=[park.pk for park in chosen]).by_name()
    return list(rows.values_list("slug", "name", "city__name")[:MOST_PARKS])
