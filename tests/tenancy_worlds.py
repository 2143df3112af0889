"""Random tenancies for hypothesis: some suites of two parks, leases in every state, and the rows of it all."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from hypothesis import strategies as st

from parks.models import Park, Suite, SuiteClosure
from tenants.models import Lease, Letting, LettingRate
from tests.factories import CityFactory, CompanyFactory, ParkFactory
from tests.tenancy_oracle import DAY, L, S

# Every event lies within these days, the 29th of February among them; the horizon stands for "without end".
START, SPAN = dt.date(2028, 2, 10), 45
LOW, HORIZON = START - 20 * DAY, START + (SPAN + 20) * DAY
STATES = ["signed", "signed", "signed", "signed", "accepted", "offered", "offered", "draft", "lapsed", "withdrawn"]

day = st.integers(0, SPAN).map(lambda n: START + n * DAY)
maybe_day = st.none() | day
money = st.integers(0, 10_000_00).map(lambda n: Decimal(n) / 100)


@dataclass
class World:
    """Suites and lettings as the oracle reads them; `parks` are rows, the last of them without suites."""

    parks: list = field(default_factory=list)
    suites: list = field(default_factory=list)
    lettings: list = field(default_factory=list)

    def boundaries(self):
        """The days on which something begins or ends, with the days beside them, in order."""
        known = {START}
        for suite in self.suites:
            known |= {suite.since, suite.until} | {found for pair in suite.closed for found in pair}
        for letting in self.lettings:
            known |= {letting.first, letting.expiry, letting.terminated, letting.vacated, letting.deadline}
            known |= {letting.notice} | {row[0] for row in letting.rates}
        return sorted({one + n * DAY for one in known if one for n in (-1, 0, 1)})


@st.composite
def suites(draw):
    """One suite as keyword arguments of `S`: with or without service days, area, seats; sometimes closed, or a desk."""
    desk = draw(st.integers(0, 4)) == 0
    since, until = draw(maybe_day), draw(st.none() | maybe_day)
    if since and until and until < since:
        since, until = until, since
    closed = []
    drawn = draw(st.lists(st.tuples(day, st.none() | st.integers(0, 9)), max_size=2, unique_by=lambda pair: pair[0]))
    for first, length in sorted(drawn, key=lambda pair: pair[0]):
        if not closed or (closed[-1][1] is not None and closed[-1][1] < first):
            closed.append((first, None if length is None else first + length * DAY))
    return {
        "desk": desk,
        "area": None if desk else draw(st.none() | st.integers(1, 5_000_00).map(lambda n: Decimal(n) / 100)),
        "seats": draw(st.integers(1, 3)) if desk else draw(st.none() | st.integers(1, 50)),
        "since": since,
        "until": until,
        "closed": tuple(closed),
    }


@st.composite
def leases(draw):
    """One lease and its lines, not yet fitted to one another."""
    lines = st.tuples(
        st.integers(0, 1),
        day,
        st.none() | st.integers(0, 15),
        st.none() | st.integers(0, 15),
        st.lists(st.tuples(st.integers(-2, 20), money, money), max_size=3),
    )
    return {
        "park": draw(st.integers(0, 1)),
        "state": draw(st.sampled_from(STATES)),
        "deadline": draw(day),
        "vacated": draw(maybe_day),
        "notice": draw(maybe_day),
        "renews_one": draw(st.booleans()),
        "lines": draw(st.lists(lines, min_size=1, max_size=3)),
    }


worlds = st.tuples(st.tuples(suites(), suites(), suites(), suites()), st.lists(leases(), max_size=7))


def write(drawn):
    """Write the rows of a drawn world past every action, and give back the World."""
    drawn_suites, drawn_leases = drawn
    cities = [CityFactory(region="sindh"), CityFactory()]
    parks = [ParkFactory(city=cities[0], programme="sco"), ParkFactory(city=cities[1]), ParkFactory(city=cities[1])]
    world = World(parks=parks)
    for n, facts in enumerate(drawn_suites):
        park = parks[n // 2]
        row = Suite.objects.create(
            park=park,
            floor=n,
            number=f"S-{n}",
            kind="desk" if facts["desk"] else "suite",
            lettable_area_sqft=facts["area"],
            seats=facts["seats"],
            in_service_from=facts["since"],
            withdrawn_from=facts["until"],
        )
        for first, last in facts["closed"]:
            SuiteClosure.objects.create(suite=row, first_day=first, last_day=last, reason="repair")
        world.suites.append(S(pk=row.pk, park=park.pk, **facts))
    company = CompanyFactory(demo=True)
    unrenewed = defaultdict(list)
    for facts in drawn_leases:
        _write_lease(world, company, facts, unrenewed[facts["park"]])
    return world


def _write_lease(world, company, facts, unrenewed):
    """Write one lease with those of its lines that can be; `unrenewed` are the signed ones of the park so far."""
    kept = []
    for line in (_line(world, facts, line) for line in facts["lines"]):
        if not any(_collide(line, other) for other in [*world.lettings, *kept]):
            kept.append(line)
    if not kept:
        return
    state, signed = facts["state"], facts["state"] == "signed"
    renews = unrenewed.pop() if facts["renews_one"] and unrenewed and signed else None
    lease = Lease.objects.create(
        company=company,
        park=world.parks[facts["park"]],
        state=state,
        demo=True,
        deed_on_file=signed,
        signed_on=START if signed else None,
        offered_on=dt.date(2028, 1, 1) if state == "offered" else None,
        offer_deadline=facts["deadline"] if state == "offered" else None,
        accepted_on=START if state == "accepted" else None,
        state_reason="Entered twice." if state == "withdrawn" else "",
        vacated_on=facts["vacated"] if signed else None,
        notice_given_on=facts["notice"] if signed else None,
        renews_id=renews,
    )
    if signed:
        unrenewed.append(lease.pk)
    for letting in world.lettings:
        letting.renewed = letting.renewed or letting.lease == renews
    for line in kept:
        row = Letting.objects.create(
            lease=lease,
            lease_state=state,
            park=lease.park,
            suite_id=line.suite,
            commencement_date=line.first,
            expiry_date=line.expiry,
            terminated_on=line.terminated,
        )
        LettingRate.objects.bulk_create(
            LettingRate(letting=row, from_date=first, rent_pkr=rent, service_charge_pkr=charge)
            for first, rent, charge in line.rates
        )
        line.pk, line.lease = row.pk, lease.pk
        world.lettings.append(line)


def _line(world, facts, line):
    """The line as an `L`; without what its state does not allow."""
    place, first, length, cut, rates = line
    signed = facts["state"] == "signed"
    expiry = None if length is None else first + length * DAY
    cut = None if cut is None or not signed else first + cut * DAY
    if cut and expiry and cut > expiry:
        cut = None
    by_day = {first + n * DAY: (rent, charge) for n, rent, charge in rates}
    return L(
        pk=0,
        lease=0,
        suite=world.suites[facts["park"] * 2 + place].pk,
        state=facts["state"],
        first=first,
        expiry=expiry,
        terminated=cut,
        deadline=facts["deadline"] if facts["state"] == "offered" else None,
        vacated=facts["vacated"] if signed else None,
        notice=facts["notice"] if signed else None,
        rates=tuple((when, *figures) for when, figures in by_day.items()),
    )


def _collide(line, other):
    """What the database would refuse: two blocking lettings of one suite on one day."""
    blocking = ("signed", "accepted", "offered")
    if line.suite != other.suite or line.state not in blocking or other.state not in blocking:
        return False
    return (line.last is None or other.first <= line.last) and (other.last is None or line.first <= other.last)


def all_suites(world):
    """The suites of the world as a queryset."""
    return Suite.objects.filter(pk__in=[suite.pk for suite in world.suites])


def all_parks(world):
    """The parks of the world as a queryset."""
    return Park.objects.filter(pk__in=[park.pk for park in world.parks])
