"""Who applied for space, and what became of it: of leases that were offered, and of firms that still wait."""

from collections import defaultdict
from itertools import count

from parks.models.suite import SuiteKind
from stp_portal.kit.dates import months_after
from tenants.models.application_states import band_of_area
from tenants.models.lease_states import LeaseState

from .application_rows import Rows
from .cases import Case
from .dice import days, dice, start_of_month
from .firms import WEIGHTS, slug_of

# Of so many parks in turn; each tells three of these, so that a small demonstration has all of them.
FATES = (
    *("waiting", "waiting", "submitted", "waiting", "needs_paper", "waiting", "waiting", "asked", "submitted"),
    *("waiting", "declined", "waiting", "back_for_paper", "waiting", "lapsed", "waiting", "submitted", "waiting"),
    *("withdrawn", "waiting", "needs_paper", "waiting", "lapsed_long_ago", "waiting", "waiting", "submitted"),
    "waiting",
)
# How many days ago they came, at least and below; others 25 to 330.
SENT_AGO = {
    "submitted": (1, 12),
    "needs_paper": (12, 40),
    "declined": (40, 150),
    "asked": (130, 300),
    "lapsed": (170, 330),
    "lapsed_long_ago": (205, 400),
}
PER_PARK = 3
# Leases offered within so many days lead back to an application.
SINCE_DAYS = 400
CHOSEN_SUITES = 6  # of a park, from which a firm may choose one by its number
AREAS = (300, 450, 800, 1_000, 1_000, 1_200, 1_500, 2_400, 4_000, 6_500)
NEED_NOTES = ("", "", "Quiet neighbours: calls with clients abroad.", "A shared meeting room would do.")
QUESTIONS = (
    "Can two of our people see the floor before we decide?",
    "Is there a second internet provider in the building?",
    "We could also begin a month later. Does that help?",
)
BACK = (LeaseState.DECLINED, LeaseState.LAPSED, LeaseState.WITHDRAWN)


class Applications:
    """Collects the leases that applications led to, then tells every application; the same for the same seed."""

    def __init__(self, asked):
        self.asked, self.today = asked, asked.today
        self.cases, self.suites, self.number = [], defaultdict(list), count(1)

    def of_leases(self, leases, lettings, next_keys):
        """Lead leases that were offered lately back to an application each; called before they are written."""
        rooms = defaultdict(list)
        for letting in lettings:
            rooms[id(letting.lease)].append(letting)
        earliest = self.today - days(SINCE_DAYS)
        # A renewal needs none.
        found = [lease for lease in leases if lease.renews is None and (lease.offered_on or earliest) > earliest]
        for lease, key in zip(found, next_keys(len(found)), strict=True):
            lease.application_id = key
            self.cases.append(self._of_lease(lease, rooms[id(lease)]))

    def may_choose(self, park, suites):
        """Remember some suites of a park that firms ask for by their number."""
        self.suites[park.pk] += [suite for suite in suites if suite.kind == SuiteKind.SUITE][:CHOSEN_SUITES]

    def write(self, parks, next_keys, account):
        """Invent what firms of these parks ask for besides, and write all; returns how many applications."""
        nearby, fates = defaultdict(list), count()
        for park in parks:
            nearby[park.city_id].append(park)
        own = []
        for park in parks:
            for _n in range(PER_PARK):
                fate = FATES[next(fates) % len(FATES)]
                own.append(self._waiting_firm(park, nearby[park.city_id], parks, fate))
        for case, key in zip(own, next_keys(len(own)), strict=True):
            case.pk = key
        rows = Rows(self.today, account)
        for case in sorted([*self.cases, *own], key=lambda case: (case.sent_on, case.name)):
            rows.tell(case)
        rows.pass_over()
        rows.write()
        return len(rows.told)

    def _of_lease(self, lease, lettings):
        """The application behind a lease: sent some weeks before the offer, complete some days after it was sent."""
        number = next(self.number)
        throw = dice(self.asked.seed, "application", number)
        waited = throw.randrange(8, 120)
        sent_on = lease.offered_on - days(waited + throw.randrange(3, 20))
        area = sum(int(letting.suite.lettable_area_sqft or 0) for letting in lettings) or None
        seats = None if area else sum(letting.suite.seats or 1 for letting in lettings)
        first = min(letting.commencement_date for letting in lettings)
        case = self._case(throw, lease.company.name, sent_on, "lease", (area, seats))
        case.company, case.lease, case.pk = lease.company, lease, lease.application_id
        case.move_in = start_of_month(max(first, sent_on))
        case.pseb = (lease.company.pseb_number, lease.company.pseb_expiry_date)
        case.activity = lease.company.activity
        case.queued_on = lease.offered_on - days(waited)
        case.choices = [(lease.park, lettings[0].suite if len(lettings) == 1 and throw.random() < 0.5 else None)]
        if lease.state == LeaseState.SIGNED and lease.deposit_pkr:
            lease.deposit_received_pkr = lease.deposit_pkr
            lease.deposit_received_on = lease.accepted_on + (lease.signed_on - lease.accepted_on) // 2
        if lease.state in BACK:
            gone = {LeaseState.LAPSED: lease.offer_deadline + days(1)}
            case.back_on = min(gone.get(lease.state, lease.offered_on + days(5)), self.today - days(1))
        return case

    def _waiting_firm(self, park, nearby, parks, fate):
        """A firm that has no lease from its application, first of all wishing to be in `park`."""
        number = next(self.number)
        throw = dice(self.asked.seed, "application", number)
        sent_on = self.today - days(throw.randrange(*SENT_AGO.get(fate, (25, 330))))
        by_desk = throw.random() < 0.2
        area, seats = (None, throw.choice((1, 2, 4, 6, 10))) if by_desk else (throw.choice(AREAS), None)
        name = f"Demonstration applicant {number:03} ({park.city.name})"
        case = self._case(throw, name, sent_on, fate, (area, seats))
        case.move_in = start_of_month(months_after(self.today, throw.randrange(1, 7)))
        if throw.random() < 0.6:
            case.pseb = (f"DEMO-A-{number:05}", self.today + days(throw.randrange(-30, 300)))
        case.activity = throw.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0]
        case.queued_on = min(sent_on + days(throw.randrange(3, 20)), self.today - days(1))
        case.choices = [(park, self._room(throw, park, by_desk))]
        others = nearby if throw.random() < 0.6 else parks
        for other in throw.sample(others, min(len(others), throw.randrange(0, 4))):
            if other.pk != park.pk:
                case.choices.append((other, None))
        return case

    def _room(self, throw, park, by_desk):
        rooms = self.suites[park.pk]
        return throw.choice(rooms) if rooms and not by_desk and throw.random() < 0.3 else None

    @staticmethod
    def _case(throw, name, sent_on, fate, size):
        """What every application says; `size` is an area in sq ft and None, or None and a number of desks."""
        area, seats = size
        team = max(1, seats or area // 90) + throw.randrange(0, 8)
        return Case(
            throw=throw,
            name=name,
            host=f"{slug_of(name)[:60].strip('-')}.example.org",
            fate=fate,
            sent_on=sent_on,
            area=area,
            seats=seats,
            band=band_of_area(area).value,
            months=throw.choice((11, 12, 24, 24, 36, 36, 60)),
            team=team,
            women=throw.choice((None, team // 4, team // 3, team // 2)),
            budget=None if throw.random() < 0.4 else (area or seats * 90) * throw.choice((90, 120, 150)),
            note=throw.choice(NEED_NOTES),
            question=throw.choice((None, None, None, *QUESTIONS)),
        )
