"""Who is, was and will be where: first what each suite is today, then back through the years before."""

from itertools import count

from parks.models import SuiteClosure
from parks.models.suite import ClosureReason, SuiteKind
from stp_portal.kit.dates import months_after
from tenants.models.lease_states import LeaseState

from .dice import days, dice, end_of_month, start_of_month
from .papers import Line
from .supply import Fate

TERMS = (11, 12, 24, 24, 36, 36, 60)
SHORTEST = 90  # days that a letting of the past has at least
# What else became of every so many free suites, told by their number: refused offers and drafts in each other's way.
ASIDE = 8


class Story:
    """Tells the tenancies of parks into a `Book`; every choice by the dice of the park, so that parks are apart."""

    def __init__(self, book, seed):
        self.book, self.seed, self.today = book, seed, book.today
        self.free, self.let_ = count(), count()

    def tell(self, park, places, firms):
        """All lettings of one park, whose suites are `places` and whose tenants come from `firms`."""
        self.throw, self.firms = dice(self.seed, "tenancies", park.slug), firms
        for block in self._blocks(places):
            self._now(block)

    def _blocks(self, places):
        """Suites in order; some neighbours on a floor together, to be let to one company under one lease."""
        rest = list(places)
        while rest:
            block = [rest.pop(0)]
            if block[0].fate is Fate.LET and block[0].suite.kind == SuiteKind.SUITE and self.throw.random() < 0.35:
                for _ in range(self.throw.choice((1, 2))):
                    if rest and self._may_join(block[0], rest[0]):
                        block.append(rest.pop(0))
            yield block

    @staticmethod
    def _may_join(first, other):
        return (
            other.fate in (Fate.LET, Fate.FREE)
            and other.suite.kind == SuiteKind.SUITE
            and other.suite.floor == first.suite.floor
        )

    def _now(self, block):
        place = block[0]
        match place.fate:
            case Fate.LET:
                self._let(block)
            case Fate.OPEN_ENDED | Fate.WITHOUT_DEED:
                self._without_end(place)
            case Fate.IN_NOTICE:
                self._in_notice(place)
            case Fate.ENDING_SOON:
                self._ending_soon(place)
            case Fate.HOLDING_OVER:
                self._holding_over(place)
            case Fate.COMING | Fate.NEVER_LET:
                pass
            case Fate.WITHDRAWN:
                self._past(place, place.suite.withdrawn_from)
            case _:
                self._empty(place)

    def _let(self, block):
        """Let for some months yet; neighbours that are free today were given back out of the same lease."""
        since = max(place.since for place in block)
        first, expiry = self._running(since, end_of_month(months_after(self.today, self.throw.randrange(3, 37))))
        lines, alone = [], []
        for place in block:
            back = self._free_since(place) if place.fate is Fate.FREE else None
            if back and not first + days(SHORTEST) <= back - days(1) < expiry:
                alone.append(place)
            else:
                lines.append(Line(place.suite, first, expiry, back and back - days(1)))
        company = self._firm()
        lease = self.book.signed(self.throw, company, lines)
        before = self._renewed(lease, lines, since)
        told = {line.suite for line in lines}
        for place in block:
            if place.suite in told:
                self._past(place, self._gap(before))
        for place in alone:
            self._empty(place)
        if next(self.let_) % 20 == 10:
            # A draft in the way of the letting: it can be written and never offered.
            soon = start_of_month(months_after(self.today, 1))
            self._draft(self._firm(), Line(block[0].suite, soon, self._until(soon, 24)))

    def _without_end(self, place):
        first = start_of_month(place.since + (self.today - place.since) * self.throw.uniform(0.3, 0.9))
        line = Line(place.suite, max(first, place.since))
        if place.fate is Fate.OPEN_ENDED:
            self.book.signed(self.throw, self._firm(), [line])
        else:
            self.book.without_deed(self.throw, self._firm(), line, rent_known=self.throw.random() < 0.5)
        self._past(place, self._gap(line.first))

    def _in_notice(self, place):
        """Notice given; in half of the cases with the last day agreed."""
        first, expiry = self._running(place.since, end_of_month(months_after(self.today, self.throw.randrange(3, 20))))
        leaves = end_of_month(self.today + days(self.throw.randrange(20, 60))) if self.throw.random() < 0.5 else None
        line = Line(place.suite, first, expiry, leaves)
        given = max(first, self.today - days(self.throw.randrange(3, 50)))
        lease = self.book.signed(self.throw, self._firm(), [line], notice_given_on=given)
        self._past(place, self._gap(self._renewed(lease, [line], place.since)))

    def _ending_soon(self, place):
        """In its last 90 days: some with a renewal drafted, some signed, some with nothing, some to be repaired."""
        first, expiry = self._running(place.since, self.today + days(self.throw.randrange(4, 88)))
        line = Line(place.suite, first, expiry)
        company = self._firm()
        lease = self.book.signed(self.throw, company, [line])
        before = self._renewed(lease, [line], place.since)
        after = expiry + days(1)
        then = Line(place.suite, after, self._until(after, 24))
        match self.throw.randrange(5):
            case 0 | 1:
                self.book.in_state(self.throw, company, [then], LeaseState.DRAFT, renews=lease)
            case 2:
                self.book.signed(self.throw, company, [then], renews=lease)
            case 3:
                self._close(place, after, after + days(30), ClosureReason.REPAIR)
        self._past(place, self._gap(before))

    def _holding_over(self, place):
        longest = max(9, min(110, (self.today - place.since).days - SHORTEST))
        first, expiry = self._running(place.since, self.today - days(self.throw.randrange(8, longest)))
        line = Line(place.suite, first, expiry)
        lease = self.book.signed(self.throw, self._firm(), [line])
        self._past(place, self._gap(self._renewed(lease, [line], place.since)))

    def _empty(self, place):
        """Vacant since some day; for some of these a lease lies ahead, or they cannot be let."""
        since = self._free_since(place)
        self._past(place, since)
        throw, today = self.throw, self.today
        match place.fate:
            case Fate.ACCEPTED:
                first = max(since, today - days(throw.randrange(5)))
                self._offer(place, first, LeaseState.ACCEPTED, ago=14, accepted_on=today - days(throw.randrange(1, 6)))
            case Fate.OFFERED:
                first = today + days(throw.choice((0, 10, 20, 40)))
                self._offer(place, first, LeaseState.OFFERED, ago=throw.randrange(1, 10))
            case Fate.LAPSED_OFFER:
                self._offer(place, today + days(10), LeaseState.OFFERED, ago=throw.randrange(24, 40))
            case Fate.UPCOMING:
                first = start_of_month(months_after(today, throw.randrange(1, 5)))
                self.book.signed(throw, self._firm(), [Line(place.suite, first, self._until(first, 24))])
            case Fate.CLOSED:
                first = max(since, today - days(throw.randrange(5, 150)))
                last = None if throw.random() < 0.5 else today + days(throw.randrange(10, 90))
                self._close(place, first, last, throw.choice(ClosureReason.values))
            case Fate.FREE:
                self._aside(place, since)

    def _aside(self, place, since):
        """What came to nothing on a free suite, and drafts that cannot both become leases."""
        soon = start_of_month(months_after(self.today, 1))
        line = Line(place.suite, soon, self._until(soon, 24))
        match next(self.free) % ASIDE:
            case 0:
                for company in self._firms(2):
                    self._draft(company, line)
            case 1:
                self._offer(place, soon, LeaseState.DECLINED, ago=30)
            case 2:
                self._offer(place, soon, LeaseState.WITHDRAWN, ago=35, state_reason="To be repaired first.")
            case 3:
                self.book.in_state(self.throw, self._firm(), [line], LeaseState.CANCELLED)
            case 4:
                self._offer(place, soon, LeaseState.LAPSED, ago=60)
            case 5 if since < self.today:
                self._close(place, since, min(since + days(20), self.today - days(1)), ClosureReason.REPAIR)

    def _offer(self, place, first, state, *, ago, **facts):
        """A lease that was offered `ago` days ago, open for 21 days."""
        offered_on = self.today - days(ago)
        facts |= {"offered_on": offered_on, "offer_deadline": offered_on + days(21)}
        line = Line(place.suite, first, self._until(first, 24))
        self.book.in_state(self.throw, self._firm(), [line], state, **facts)

    def _draft(self, company, line):
        self.book.in_state(self.throw, company, [line], LeaseState.DRAFT)

    def _close(self, place, first, last, reason):
        self.book.closures.append(SuiteClosure(suite=place.suite, first_day=first, last_day=last, reason=reason))

    def _past(self, place, edge):
        """Leases before `edge`, back to the first day of the suite's history, each ended and its end recorded."""
        last = edge - days(1)
        while (last - place.since).days >= SHORTEST:
            first, last = self._running(place.since, last)
            if self.throw.random() < 0.25:
                expiry = end_of_month(months_after(last, self.throw.randrange(2, 15)))
                line = Line(place.suite, first, expiry, last)
                given = max(first, last - days(self.throw.randrange(25, 70)))
                lease = self.book.signed(self.throw, self._firm(), [line], vacated_on=last, notice_given_on=given)
            else:
                line = Line(place.suite, first, last)
                lease = self.book.signed(self.throw, self._firm(), [line], vacated_on=last)
            last = self._gap(self._renewed(lease, [line], place.since)) - days(1)

    def _renewed(self, lease, lines, since):
        """Leases that this one renews, one before the other; returns the first day of the earliest."""
        first = lines[0].first
        while self.throw.random() < 0.4 and (first - since).days >= 330:
            before = max(since, months_after(first, -self.throw.choice(TERMS)))
            lines = [Line(line.suite, before, first - days(1)) for line in lines]
            lease.renews = self.book.signed(self.throw, lease.company, lines)
            lease, first = lease.renews, before
        return first

    def _running(self, since, last):
        """(first day, last day) of a term of usual length that ends on `last` and contains today if `last` does."""
        term = self.throw.choice(TERMS)
        first = months_after(last + days(1), -term)
        while first > self.today:
            term += 12
            first = months_after(last + days(1), -term)
        return max(first, since), last

    def _free_since(self, place):
        """From when a suite that is free today has been free: the first of a month, after some letting."""
        longest = max(11, min(430, (self.today - place.since).days - SHORTEST))
        return max(place.since, start_of_month(self.today - days(self.throw.randrange(10, longest))))

    def _gap(self, first):
        """The day before which the tenant before had left: at once, or some months earlier."""
        months = self.throw.choice((0, 0, 1, 2, 4, 7))
        return start_of_month(months_after(first, -months)) if months else first

    @staticmethod
    def _until(first, months):
        return months_after(first, months) - days(1)

    def _firm(self):
        return self.throw.choice(self.firms)

    def _firms(self, number):
        return self.throw.sample(self.firms, number)
