"""Floors, suites and desks of a park, and what each of them is to be today."""

from decimal import Decimal
from enum import Enum, auto
from typing import NamedTuple

from parks.models import Park, StageEvent, Suite
from parks.models.base import Precision
from parks.models.park import Programme
from parks.models.stage import Certainty, Stage
from parks.models.suite import FitOut, RentBasis, SuiteKind
from stp_portal.kit.dates import months_after

from .dice import days, dice, start_of_month

HALL = "Hall A"
DESK_FLOOR_FROM = 8  # suites; a park with fewer has no hall
MOST_DESKS = 12
ASKING = {FitOut.RAW: (45, 80), FitOut.WARM_SHELL: (65, 115), FitOut.PLUG_AND_PLAY: (95, 175), "": (60, 110)}


class Asked(NamedTuple):
    """What `load` was asked for: `years` of history for each park, told from the day `today`."""

    seed: int
    suites_per_park: int
    years: int
    today: object


class Fate(Enum):
    """What a suite is today. Those of `EMPTY` are free today, in every stretch of ten suites three or four."""

    LET = auto()
    OPEN_ENDED = auto()
    IN_NOTICE = auto()
    ENDING_SOON = auto()
    HOLDING_OVER = auto()
    WITHOUT_DEED = auto()
    ACCEPTED = auto()
    OFFERED = auto()
    CLOSED = auto()
    COMING = auto()
    WITHDRAWN = auto()
    FREE = auto()
    LAPSED_OFFER = auto()
    UPCOMING = auto()
    NEVER_LET = auto()


# Of a hundred suites.
FULL = {
    Fate.LET: 40,
    Fate.OPEN_ENDED: 2,
    Fate.IN_NOTICE: 3,
    Fate.ENDING_SOON: 6,
    Fate.HOLDING_OVER: 2,
    Fate.WITHOUT_DEED: 2,
    Fate.ACCEPTED: 2,
    Fate.OFFERED: 2,
    Fate.CLOSED: 3,
    Fate.COMING: 1,
    Fate.WITHDRAWN: 1,
}
EMPTY = {Fate.FREE: 24, Fate.LAPSED_OFFER: 2, Fate.UPCOMING: 5, Fate.NEVER_LET: 5}


def fates(seed):
    """Fates without end: each hundred has all of them, the empty ones spread evenly among the rest."""
    hundred = 0
    while True:
        throw = dice(seed, "fates", hundred)
        full = [fate for fate, number in FULL.items() for _ in range(number)]
        empty = [fate for fate, number in EMPTY.items() for _ in range(number)]
        throw.shuffle(full)
        throw.shuffle(empty)
        share = len(empty)
        for place in range(100):
            yield (empty if (place + 1) * share // 100 > place * share // 100 else full).pop()
        hundred += 1


class Place(NamedTuple):
    """A suite, its fate, and the first day of which its history tells."""

    suite: Suite
    fate: Fate
    since: object


def open_parks(on):
    """Listed parks that opened as far as is known by `on` and have no suites but invented ones.

    In turn from each region, those with most parks first, so that a few are spread over the country; within a
    region the operational ones first, of these PSEB's own.
    """
    with_suites = Suite.objects.filter(demo=False).values("park")
    parks = (
        Park.objects.listed()
        .filter(demo=False)
        .exclude(pk__in=with_suites)
        .with_stage(on)
        .with_opened(on)
        .filter(stage__in=[Stage.OPERATIONAL, Stage.REPORTED_ESTABLISHED])
        .select_related("city")
    )
    by_region = {}
    for park in sorted(parks, key=_rank):
        by_region.setdefault(park.city.region, []).append(park)
    queues = [by_region[region] for region in sorted(by_region, key=lambda name: (-len(by_region[name]), name))]
    return [queue[turn] for turn in range(max(map(len, queues), default=0)) for queue in queues if turn < len(queue)]


def _rank(park):
    return park.stage != Stage.OPERATIONAL, park.programme != Programme.PSEB, park.ref is None, park.ref, park.pk


def invented_parks(number, cities, asked):
    """`number` parks that do not exist, named so, with the event of their opening: (parks, events), unsaved."""
    parks, events = [], []
    for n in range(1, number + 1):
        throw = dice(asked.seed, "park", n)
        park = Park(
            name=f"Demonstration park {n:03}",
            slug=f"demonstration-park-{n:03}",
            city=throw.choice(cities),
            programme=Programme.OTHER,
            women_only=True if throw.random() < 0.05 else None,
            description="Invented for demonstration: there is no such park.",
            power_hours=throw.choice((None, 18, 22, 24)),
            generator=throw.choice((None, True, True, False)),
            lift=throw.choice((None, True, False)),
            prayer_room=throw.choice((None, True)),
            womens_washroom=throw.choice((None, True)),
            parking_spaces=throw.choice((None, 20, 45, 120)),
            listed=True,
            demo=True,
        )
        opened = months_after(start_of_month(asked.today), -12 * asked.years - throw.randrange(1, 24))
        parks.append(park)
        events.append(
            StageEvent(
                park=park,
                stage=Stage.OPERATIONAL,
                certainty=Certainty.ACTUAL,
                on=opened,
                on_precision=Precision.DAY,
                note="Invented for demonstration.",
            )
        )
    return parks, events


def places_of(park, next_fate, opened, asked):
    """The suites of a park with their fates, floor by floor; a large one has a hall of desks above.

    `opened` is the day from which the park is known to be open, or None.
    """
    number, today = asked.suites_per_park, asked.today
    throw = dice(asked.seed, "suites", park.slug)
    history = months_after(today, -12 * asked.years)
    history = max(history, opened or history)
    history = start_of_month(min(history, months_after(today, -6)))
    desks = min(number // 4, MOST_DESKS) if number >= DESK_FLOOR_FROM and throw.random() < 0.5 else 0
    on_a_floor = min(25, max(3, number // 12 + throw.randrange(3)))
    places = []
    for n in range(number):
        fate = next(next_fate)
        is_desk = n >= number - desks
        floor, position = divmod(n, on_a_floor)
        if is_desk:
            floor, position = (number - desks - 1) // on_a_floor + 1, n - (number - desks)
        since = months_after(history, throw.randrange(max(1, min(18, (today - history).days // 90))))
        suite = (_desk if is_desk else _suite)(throw, park, floor, position)
        suite.in_service_from = since if throw.random() < 0.85 else None
        if fate is Fate.COMING:
            suite.in_service_from = start_of_month(today + days(throw.randrange(35, 120)))
        elif fate is Fate.NEVER_LET and suite.in_service_from:
            suite.in_service_from = start_of_month(today - days(throw.randrange(5, 300)))
        elif fate is Fate.WITHDRAWN:
            suite.withdrawn_from = start_of_month(today - days(throw.randrange(5, 90)))
        places.append(Place(suite, fate, since))
    return places


def _suite(throw, park, floor, position):
    area = Decimal(throw.choice((30, 40, 45, 60, 75, 80, 100, 120, 150, 180, 220, 300, 400)) * 10)
    fit_out = throw.choices([FitOut.RAW, FitOut.WARM_SHELL, FitOut.PLUG_AND_PLAY, ""], weights=[15, 35, 45, 5])[0]
    seats = int(area // 65) or 1
    unmeasured = throw.random() < 0.02
    basis = throw.choices([RentBasis.PER_SQFT, RentBasis.PER_SEAT, RentBasis.FIXED, ""], weights=[64, 14, 10, 12])[0]
    if unmeasured and basis == RentBasis.PER_SQFT:
        basis = RentBasis.PER_SEAT
    rate = throw.randrange(*ASKING[fit_out])
    charge = throw.choice((None, 8, 10, 12, 15, 18, 22))
    rents = {
        RentBasis.PER_SQFT: Decimal(rate),
        RentBasis.PER_SEAT: Decimal(rate * 65 // 100 * 100),
        RentBasis.FIXED: rate * area,
        "": None,
    }
    return Suite(
        park=park,
        floor=floor,
        position=position + 1,
        number=f"{'G' if floor == 0 else floor}-{position + 1:02}",
        lettable_area_sqft=None if unmeasured else area,
        seats=seats if unmeasured or basis == RentBasis.PER_SEAT or throw.random() < 0.8 else None,
        fit_out=fit_out,
        rent_basis=basis,
        rent_pkr=rents[basis],
        service_charge_pkr=None if charge is None else charge * area,
        demo=True,
    )


def _desk(throw, park, floor, position):
    return Suite(
        park=park,
        floor=floor,
        position=position + 1,
        number=f"D-{position + 1:02}",
        kind=SuiteKind.DESK,
        hall=HALL,
        seats=throw.choice((1, 1, 1, 2, 4)),
        fit_out=FitOut.PLUG_AND_PLAY,
        rent_basis=RentBasis.PER_SEAT,
        rent_pkr=Decimal(throw.choice((6_500, 8_000, 9_500, 12_000))),
        service_charge_pkr=throw.choice((None, Decimal(0), Decimal(1_500))),
        demo=True,
    )
