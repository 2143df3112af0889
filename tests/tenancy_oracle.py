"""The slow, obvious reading of the letting rules: day by day, in plain Python, over rows as they were written.

Nothing here uses the querysets that it judges. It asks each day on its own; a day far ahead stands for "without
end".
"""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

DAY = dt.timedelta(days=1)


@dataclass
class L:
    """A letting with what it needs of its lease. All days are inclusive."""

    pk: int
    lease: int
    suite: int
    state: str
    first: dt.date
    expiry: dt.date | None = None
    terminated: dt.date | None = None
    deadline: dt.date | None = None
    vacated: dt.date | None = None
    renewed: bool = False
    notice: dt.date | None = None
    rates: tuple = ()

    @property
    def last(self):
        return min((day for day in (self.expiry, self.terminated) if day), default=None)

    def covers(self, on):
        return self.first <= on and (self.last is None or on <= self.last)

    def is_held(self, today):
        return self.state == "accepted" or (self.state == "offered" and self.deadline >= today)


@dataclass
class S:
    """A suite: in service from `since`, to the day before `until`; `closed` are pairs of first and last day."""

    pk: int
    park: int
    area: Decimal | None = None
    seats: int | None = None
    desk: bool = False
    since: dt.date | None = None
    until: dt.date | None = None
    closed: tuple = ()

    def in_service(self, on):
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def is_closed(self, on):
        return any(first <= on and (last is None or on <= last) for first, last in self.closed)


def occupant(suite, lettings, on, today):
    """(state, letting) of who is in the suite or holds it on the day; (None, None) of nobody."""
    own = [letting for letting in lettings if letting.suite == suite.pk]
    for letting in own:
        if letting.state == "signed" and letting.covers(on):
            return "let", letting
    for letting in own:
        if letting.state == "signed" and holds_over(letting, own, on, today):
            return "holding_over", letting
    for letting in own:
        if letting.is_held(today) and letting.covers(on):
            return "held", letting
    return None, None


def holds_over(letting, own, on, today):
    """True when the tenant of an expired letting is, as far as is known, still in the suite on the day."""
    if letting.expiry is None or letting.terminated is not None or letting.renewed:
        return False
    if not (letting.expiry < on and letting.expiry < today):
        return False
    if letting.vacated is not None and on > letting.vacated:
        return False
    return not any(
        other.state == "signed" and letting.expiry < other.first <= on for other in own if other is not letting
    )


def state(suite, lettings, on, today):
    """The state of the suite on the day."""
    found, _ = occupant(suite, lettings, on, today)
    if found:
        return found
    if not suite.in_service(on):
        return "not_in_service"
    return "closed" if suite.is_closed(on) else "vacant"


def is_free(suite, lettings, on, today):
    """True when the suite is vacant on the day."""
    return state(suite, lettings, on, today) == "vacant"


def days(first, last):
    """Every day from the first to the last."""
    return [first + n * DAY for n in range((last - first).days + 1)]


def windows(free_days, horizon):
    """Runs of days as (first, last) pairs; one that reaches the horizon is without end."""
    found = []
    for day in free_days:
        if found and found[-1][1] == day - DAY:
            found[-1][1] = day
        else:
            found.append([day, day])
    return [(first, None if last == horizon else last) for first, last in found]


def word(lease, lettings, on, today):
    """The word for the lease of the number `lease`, given everybody's lettings."""
    mine = [letting for letting in lettings if letting.lease == lease]
    if mine[0].state != "signed":
        return "lapsed" if mine[0].state == "offered" and mine[0].deadline < today else mine[0].state
    if min(letting.first for letting in mine) > on:
        return "upcoming"
    if any(letting.last is None or letting.last >= on for letting in mine):
        return "in_notice" if mine[0].notice and mine[0].notice <= on else "current"
    for letting in mine:
        if holds_over(letting, [other for other in lettings if other.suite == letting.suite], on, today):
            return "holding_over"
    last_day = max(letting.last for letting in mine)
    return "terminated" if last_day in [letting.terminated for letting in mine] else "expired"


def rate(letting, on):
    """(rent, charge) on the day; (None, None) before the first rate or without one."""
    begun = [row for row in letting.rates if row[0] <= on]
    return max(begun)[1:] if begun else (None, None)


def next_step(letting, on):
    """(day, rent) of the next rate within the term; (None, None) without one."""
    ahead = [row for row in letting.rates if row[0] > on and (letting.last is None or row[0] <= letting.last)]
    return min(ahead)[:2] if ahead else (None, None)


def wale(weighed, on):
    """Years, to the hundredth, that pairs of weight and last day still run; None when nothing weighs."""
    weighed = [(weight, last) for weight, last in weighed if weight is not None and last is not None]
    whole = sum((weight for weight, _ in weighed), Decimal(0))
    if whole == 0:
        return None
    years = sum((weight * max(0, (last - on).days + 1) for weight, last in weighed), Decimal(0)) / whole
    return (years / Decimal("365.25")).quantize(Decimal("0.01"), ROUND_HALF_UP)
