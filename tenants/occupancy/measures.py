"""How much is let and vacant: by park, city, region and programme, with what the figures stand on."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import (
    Count,
    DateField,
    DecimalField,
    Func,
    IntegerField,
    JSONField,
    Q,
    QuerySet,
    Sum,
    TextField,
    Value,
)
from django.db.models.functions import Cast

from parks.models import Park, Suite
from parks.models.suite import SuiteKind

from .states import SuiteState, with_state

# What `occupancy_by` groups by: columns of suites.
KEYS = ("park_id", "park__city_id", "park__city__region", "park__programme")

# What `with_free_area` annotates.
FREE = {
    "lettable_area_sqft": DecimalField(max_digits=16, decimal_places=2),
    "free_area_sqft": DecimalField(max_digits=16, decimal_places=2),
    "free_seats": IntegerField(),
    "free_suites": IntegerField(),
}


@dataclass(frozen=True)
class Measure:
    """Suites, their net lettable area in sq ft and their seats.

    Desks have no area, so area leaves them out; `without_area` counts the other suites whose area is unknown.
    Seats are those of desks and of the suites whose seats are known.
    """

    suites: int = 0
    area_sqft: Decimal = Decimal(0)
    seats: int = 0
    without_area: int = 0

    def __add__(self, other):
        return Measure(
            self.suites + other.suites,
            self.area_sqft + other.area_sqft,
            self.seats + other.seats,
            self.without_area + other.without_area,
        )


NOTHING = Measure()


@dataclass(frozen=True)
class Occupancy:
    """What is let and vacant on `on`: `lettable` is the sum of the five others.

    Lettable are the suites in service, closed ones among them, and those still let, holding over or held after
    their withdrawal. `parks_listed` is the number of parks asked about, `parks_counted` of those with a lettable
    suite: what the figures stand on.
    """

    on: object
    parks_listed: int = 0
    parks_counted: int = 0
    let: Measure = NOTHING
    holding_over: Measure = NOTHING
    held: Measure = NOTHING
    closed: Measure = NOTHING
    vacant: Measure = NOTHING
    lettable: Measure = field(init=False)

    def __post_init__(self):
        parts = (self.let, self.holding_over, self.held, self.closed, self.vacant)
        object.__setattr__(self, "lettable", sum(parts, NOTHING))

    @property
    def rate(self):
        """Occupied by lettable area, a Decimal from 0 to 1; None when no lettable area is known.

        Let and holding over count as occupied, held does not. Suites without a known area are in neither.
        """
        return _share(self.let.area_sqft + self.holding_over.area_sqft, self.lettable.area_sqft)

    @property
    def seat_rate(self):
        """The same by seats; None when no lettable seats are known."""
        return _share(self.let.seats + self.holding_over.seats, self.lettable.seats)


def _share(part, whole):
    if not whole:
        return None
    return Decimal(part) / whole if part else Decimal(0)


def occupancy(suites: QuerySet[Suite], parks: QuerySet[Park], on, today):
    """The Occupancy of those of `suites` that are in `parks`. Two queries."""
    return _together(on, parks.order_by().count(), _measures(suites, parks, on, today))


def _together(on, listed, measures):
    """The Occupancy of (park id, state, Measure) rows; `listed` is the number of parks asked about."""
    counted = set()
    parts = {}
    for park, state, measure in measures:
        counted.add(park)
        parts[state] = parts.get(state, NOTHING) + measure
    return Occupancy(on, listed, len(counted), **parts)


def occupancy_of(suites, on):
    """The Occupancy of the suites of one park, read by `with_state` of the day `on`. No query."""
    parts = {}
    for suite in suites:
        if suite.state != SuiteState.NOT_IN_SERVICE:
            bare = suite.lettable_area_sqft is None and suite.kind != SuiteKind.DESK
            measure = Measure(1, suite.lettable_area_sqft or Decimal(0), suite.seats or 0, int(bare))
            parts[suite.state] = parts.get(suite.state, NOTHING) + measure
    return Occupancy(on, 1, int(bool(parts)), **parts)


def occupancy_by(suites: QuerySet[Suite], parks: QuerySet[Park], key, on, today):
    """{value of `key`: Occupancy}, one for every value that a park of `parks` has. Two queries.

    `key` is one of KEYS; raises ValueError for another.
    """
    return _apart(on, _values_of(parks, key), _measures(suites, parks, on, today))


def occupancy_over(suites: QuerySet[Suite], parks: QuerySet[Park], key, days, today):
    """[(day, Occupancy of all, {value of `key`: Occupancy})] of several days, in their order. Two queries.

    `key` is one of KEYS; raises ValueError for another. All days are seen from `today`.
    """
    value_of, by_day = _values_of(parks, key), {day: [] for day in days}
    if not by_day:
        return []
    first, *others = (_measured(suites, parks, day, today) for day in by_day)
    for day, *row in first.union(*others, all=True):
        by_day[day].append(row)
    return [
        (day, _together(day, len(value_of), list(_lettable(rows))), _apart(day, value_of, _lettable(rows)))
        for day, rows in by_day.items()
    ]


def _values_of(parks, key):
    """{park id: its value of `key`}. Raises ValueError for a key that is none of KEYS."""
    if key not in KEYS:
        raise ValueError(f"occupancy is not counted by {key!r}.")
    return dict(parks.order_by().values_list("pk", "pk" if key == "park_id" else key.removeprefix("park__")))


def _apart(on, value_of, measures):
    """{value: Occupancy} of (park id, state, Measure) rows, one for every value of a park in `value_of`."""
    listed, found = {}, {}
    for value in value_of.values():
        listed[value] = listed.get(value, 0) + 1
    for park, state, measure in measures:
        found.setdefault(value_of[park], []).append((park, state, measure))
    return {value: _together(on, number, found.get(value, ())) for value, number in listed.items()}


def _measures(suites, parks, on, today):
    """(park id, state, Measure) of the lettable suites: one row for each pair that occurs."""
    return _lettable(row[1:] for row in _measured(suites, parks, on, today))


def _measured(suites, parks, on, today):
    """(day, park id, state, number, area, seats, number without area) of the suites on the day, as a queryset."""
    return (
        with_state(suites.filter(park__in=parks.order_by().values("pk")).order_by(), on, today)
        .values("park_id", "state")
        .annotate(
            day=Value(on, output_field=DateField()),
            n=Count("pk"),
            area=Sum("lettable_area_sqft"),
            seat_sum=Sum("seats"),
            bare=Count("pk", filter=Q(lettable_area_sqft__isnull=True) & ~Q(kind=SuiteKind.DESK)),
        )
        .values_list("day", "park_id", "state", "n", "area", "seat_sum", "bare")
    )


def _lettable(rows):
    """(park id, state, Measure) of the rows of suites in service."""
    for park, state, n, area, seats, bare in rows:
        if state != SuiteState.NOT_IN_SERVICE:
            yield park, state, Measure(n, area or Decimal(0), seats or 0, bare)


def with_free_area(parks: QuerySet[Park], on, today):
    """Annotate `lettable_area_sqft`, `free_area_sqft`, `free_seats` and `free_suites`: what is vacant on `on`.

    All are None when the park has no lettable suite on that day. An area is also None when there are suites but
    none of known area, seats likewise; 0 is that nothing is vacant. The figures are found at once, by one query,
    and every query of the result repeats them: filters, sorting and counting by them cost nothing more.
    """
    found = {}
    for park, state, measure in _measures(Suite.objects.all(), parks, on, today):
        lettable, vacant = found.get(park, (NOTHING, NOTHING))
        found[park] = (lettable + measure, measure if state == SuiteState.VACANT else vacant)
    columns = {name: {} for name in FREE}
    for park, (lettable, vacant) in found.items():
        for name, figure in _free_figures(lettable, vacant).items():
            if figure is not None:
                columns[name][park] = str(figure)
    return parks.annotate(**{name: _looked_up(columns[name], output) for name, output in FREE.items()})


def _free_figures(lettable, vacant):
    """The figures of one park by name; what is unknown is None. A known area or number of seats is above 0."""
    no_area = lettable.area_sqft == 0 or (vacant.area_sqft == 0 and vacant.without_area)
    no_seats = lettable.seats == 0 or (vacant.seats == 0 and vacant.suites)
    return {
        "lettable_area_sqft": lettable.area_sqft or None,
        "free_area_sqft": None if no_area else vacant.area_sqft,
        "free_seats": None if no_seats else vacant.seats,
        "free_suites": vacant.suites,
    }


def _looked_up(figures, output_field):
    """The figure of the row's key in a dict, which goes along as a JSON object; None when it is not there."""
    found = Func(
        Value(figures, output_field=JSONField()),
        Cast("pk", TextField()),
        template="(%(expressions)s)",
        arg_joiner=" ->> ",
        output_field=TextField(),
    )
    return Cast(found, output_field)
