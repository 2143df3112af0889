"""Which free space answers an application: suites close to its size, or parks with enough free desks, ranked by what
was chosen, then by fit, then by what was said to be affordable. What is free is asked of `occupancy`, through
`space`; what it costs of `costs`."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from itertools import chain

from django.db.models import Case, DecimalField, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Abs, Floor
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.models import Park, Suite
from parks.models.stage import ENDED
from parks.models.suite import SuiteKind

from . import occupancy, space
from .costs import Cost, monthly_cost
from .words import suite_title

# Larger or smaller by so much is close to what was asked for; sizes are told apart in steps of a tenth.
CLOSE = Decimal("0.2")
STEPS = 10
MOST_SHOWN, MOST_FITTING = 6, 12
RATIO = DecimalField(max_digits=20, decimal_places=6)


class Near(IntEnum):
    """How near a match is to the choices; the order in which matches are shown."""

    SUITE = 0
    PARK = 1
    CITY = 2
    ELSEWHERE = 3
    # In a chosen park, but of another size.
    OTHER_SIZE = 4


@dataclass(frozen=True)
class Match:
    """Free space for one application: one suite, or as many desks of one park as were asked for.

    `rank` is that of the choice it answers, None beyond the choices; `free_until` the last free day, None without
    end as far as is known. Areas net lettable sq ft, money PKR a month.
    """

    park: Park
    suites: tuple[Suite, ...]
    near: Near
    rank: int | None
    free_until: dt.date | None
    wanted: Decimal
    budget_pkr: Decimal | None
    short_of: tuple[str, ...] = ()
    # Of desks: all that are free in the park, of which `suites` are enough.
    desks_free: int | None = None

    @property
    def of_desks(self):
        """Whether these are desks in a shared hall."""
        return self.suites[0].kind == SuiteKind.DESK

    @property
    def size(self):
        """Net lettable sq ft of a suite, seats of desks; None while not reported."""
        return seats_of(self.suites) if self.of_desks else self.suites[0].lettable_area_sqft

    @property
    def percent_off(self):
        """By how many percent it is larger or, below 0, smaller than asked for; None while its size is unknown."""
        return None if self.size is None else round((Decimal(self.size) / self.wanted - 1) * 100)

    @property
    def percent_smaller(self):
        """By how many percent it is smaller than asked for."""
        return -self.percent_off

    @property
    def month(self):
        """The `Cost` of a month in all, None while one rent is on request."""
        costs = [monthly_cost(suite) for suite in self.suites]
        if None in costs:
            return None
        charges = [cost.charge for cost in costs]
        return Cost(sum(cost.rent for cost in costs), None if None in charges else sum(charges))

    @property
    def within_budget(self):
        """Whether a month costs no more than the budget; None while either is unknown."""
        month = self.month
        if self.budget_pkr is None or month is None or month.total is None:
            return None
        return month.total <= self.budget_pkr

    @property
    def title(self):
        """`Suite 101` or `12 desks`."""
        if not self.of_desks:
            return suite_title(self.suites[0].kind, self.suites[0].number)
        count = len(self.suites)
        return ngettext("%(count)s desk", "%(count)s desks", count) % {"count": count}

    @property
    def near_words(self):
        """How it stands to the choices, in words."""
        return {
            Near.SUITE: _("choice %(rank)s, this suite"),
            Near.PARK: _("choice %(rank)s, this park"),
            Near.CITY: _("in a city that was chosen"),
            Near.ELSEWHERE: _("in another city"),
            Near.OTHER_SIZE: _("choice %(rank)s, of another size"),
        }[self.near] % {"rank": self.rank}


def free_now(application, today, most=MOST_SHOWN):
    """At most `most` matches that are free today and close to what was asked for, those in chosen parks first, then
    in the same cities, then elsewhere. A chosen suite that is free is among them whatever its size.

    A constant number of queries.
    """
    return _matches(application, space.Period(today), today, most, other_sizes=False)


def fit(application, today, most=MOST_FITTING):
    """At most `most` matches that are free from the day of moving in, today at the earliest, for all the months asked
    for; as `free_now`, and after those the suites of other sizes in chosen parks. A constant number of queries.
    """
    return _matches(application, period_of(application, today), today, most, other_sizes=True)


def period_of(application, today):
    """The days for which the application needs space, as a `space.Period`; none begins before `today`."""
    return space.Period(max(application.move_in, today), application.months)


def seats_of(desks):
    """How many seats these desks have together."""
    return sum(desk.seats for desk in desks)


def _matches(application, period, today, most, *, other_sizes):
    choices = list(
        application.choices.filter(withdrawn_on__isnull=True)
        .order_by("rank")
        .values("rank", "park", "suite", "park__city")
    )
    asked = _Asked(application, choices)
    suites = space.free(_eligible(asked, today), period, today)
    if application.wanted_seats is not None:
        return _desks(suites, asked, period, today, most)
    return _areas(suites, asked, period, today, most, other_sizes=other_sizes)


class _Asked:
    """An application beside its choices, as the ranking needs them."""

    def __init__(self, application, choices):
        self.application = application
        self.wanted = Decimal(application.wanted_seats or application.wanted_area_sqft)
        self.suites, self.parks = {}, {}
        self.cities = {choice["park__city"] for choice in choices}
        for choice in choices:
            self.parks.setdefault(choice["park"], choice["rank"])
            if choice["suite"] is not None:
                self.suites[choice["suite"]] = choice["rank"]

    def near(self, close):
        """`Near` of a suite as an expression; `close` is the condition of being close to the size."""
        return Case(
            When(pk__in=list(self.suites), then=Value(Near.SUITE.value)),
            When(~close & Q(park__in=list(self.parks)), then=Value(Near.OTHER_SIZE.value)),
            When(park__in=list(self.parks), then=Value(Near.PARK.value)),
            When(park__city__in=list(self.cities), then=Value(Near.CITY.value)),
            default=Value(Near.ELSEWHERE.value),
            output_field=IntegerField(),
        )

    def rank(self, *, of_park=False):
        """The rank of the choice that a suite, or its park, answers, as an expression; those beyond come after."""
        last = len(self.parks) + len(self.suites) + 1
        return Case(
            *(When(pk=key, then=Value(rank)) for key, rank in self.suites.items() if not of_park),
            *(When(park=key, then=Value(rank)) for key, rank in self.parks.items()),
            default=Value(last),
            output_field=IntegerField(),
        )

    def match(self, park, suites, near, free_until, desks_free=None):
        """A `Match` of these suites."""
        rank = self.suites.get(suites[0].pk) if near == Near.SUITE else self.parks.get(park.pk)
        return Match(
            park=park,
            suites=tuple(suites),
            near=near,
            rank=rank,
            free_until=free_until,
            wanted=self.wanted,
            budget_pkr=self.application.budget_pkr,
            short_of=tuple(short_of(self.application, park)),
            desks_free=desks_free,
        )


def short_of(application, park):
    """What the firm needs and the park, as far as reported, lacks, in words. What is not reported lacks nothing."""
    needs, has = application.power_hours, park.power_hours
    if needs is not None and has is not None and has < needs:
        yield _("power for %(has)s of %(needs)s hours a day") % {"has": has, "needs": needs}
    if application.generator and park.generator is False:
        yield _("no generator")


def _eligible(asked, today):
    """Suites of the kind asked for that one could apply for: of listed parks that were not closed or given up, and
    women-only parks only for whom it concerns."""
    application = asked.application
    kind = SuiteKind.SUITE if application.wanted_seats is None else SuiteKind.DESK
    ended = Park.objects.with_stage(today).filter(stage__in=ENDED).order_by().values("pk")
    suites = space.published().filter(kind=kind, demo=application.demo).exclude(park__in=ended)
    if application.women_staff == application.team_size:
        return suites
    return suites.exclude(Q(park__women_only=True) & ~Q(park__in=list(asked.parks)))


def _areas(suites, asked, period, today, most, *, other_sizes):
    """Single suites by area."""
    off = Abs(F("lettable_area_sqft") - Value(asked.wanted)) / Value(asked.wanted, output_field=RATIO)
    suites = suites.annotate(off=off)
    close = Q(off__lte=CLOSE)
    shown = close | Q(pk__in=list(asked.suites))
    if other_sizes:
        shown |= Q(park__in=list(asked.parks))
    suites = suites.filter(shown).annotate(near=asked.near(close | Q(pk__in=list(asked.suites))), chosen=asked.rank())
    rows = occupancy.with_vacancy(suites, period.first_day, today).select_related("park__city")
    order = (
        *("near", "chosen", Floor(F("off") * STEPS).asc(nulls_last=True)),
        *_by_budget(asked.application.budget_pkr),
        *(F("off").asc(nulls_last=True), F("monthly_total_pkr").asc(nulls_last=True), "pk"),
    )
    return [
        asked.match(suite.park, [suite], Near(suite.near), _last_free(suite.vacancy))
        for suite in rows.order_by(*order)[:most]
    ]


def _by_budget(budget):
    """An order: what the budget covers, then what has no known cost, then what costs more."""
    if budget is None:
        return ()
    covered = Case(
        When(monthly_total_pkr__lte=budget, then=Value(0)),
        When(monthly_total_pkr__isnull=True, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return (covered,)


def _desks(suites, asked, period, today, most):
    """Parks with enough free desks, of each as many as were asked for: in one hall where one has enough, the chosen
    and the cheapest first."""
    in_park = Case(
        When(park__in=list(asked.parks), then=Value(Near.PARK.value)),
        When(park__city__in=list(asked.cities), then=Value(Near.CITY.value)),
        default=Value(Near.ELSEWHERE.value),
        output_field=IntegerField(),
    )
    parks = suites.order_by().values("park").annotate(free=Sum("seats"), near=in_park, chosen=asked.rank(of_park=True))
    parks = parks.filter(free__gte=asked.application.wanted_seats).order_by("near", "chosen", "park__name", "park")
    found = {row["park"]: row for row in parks[:most]}
    desks = defaultdict(list)
    rows = occupancy.with_vacancy(suites.filter(park__in=list(found)), period.first_day, today)
    for desk in rows.select_related("park__city").order_by(
        F("monthly_total_pkr").asc(nulls_last=True), "position", "pk"
    ):
        desks[desk.park_id].append(desk)
    # A desk may have been let since the parks were counted.
    picked = {key: _enough(desks[key], asked) for key in found if seats_of(desks[key]) >= asked.wanted}
    return [
        asked.match(
            desks[0].park,
            desks,
            Near(found[key]["near"]),
            min((last for last in map(_last_free, (desk.vacancy for desk in desks)) if last is not None), default=None),
            found[key]["free"],
        )
        for key, desks in picked.items()
    ]


def _enough(desks, asked):
    """As many of the free `desks` of one park as are asked for; whole halls before desks here and there."""
    halls = defaultdict(list)
    for desk in sorted(desks, key=lambda desk: desk.pk not in asked.suites):
        halls[desk.hall].append(desk)
    enough = [hall for hall in halls.values() if seats_of(hall) >= asked.wanted]
    # The hall with a chosen desk in it; else the one that costs least comes first.
    rows = min(enough, key=lambda hall: hall[0].pk not in asked.suites) if enough else chain(*halls.values())
    picked, seats = [], 0
    for desk in rows:
        if seats >= asked.wanted:
            break
        picked.append(desk)
        seats += desk.seats
    return picked


def _last_free(vacancy):
    """The last day of a vacancy, None without end."""
    return vacancy.upper and vacancy.upper - dt.timedelta(days=1)
