"""Who has which suite on which day, in plain Python and slowly: what the actions on leases are compared with.

Days are numbers from a first day on; a letting without end has the last day END. Nothing here asks the database.
Every method that stands for an action returns whether it is allowed, and then has done it.
"""

from dataclasses import dataclass, field

END = 10_000
BLOCKING = ("offered", "accepted", "signed")


@dataclass
class Line:
    """A suite by number, its first and last day, and the day on which it was given back."""

    suite: int
    first: int
    expiry: int
    cut: int | None = None

    @property
    def last(self):
        return self.expiry if self.cut is None else min(self.expiry, self.cut)

    def meets(self, suite, first, last):
        return self.suite == suite and self.first <= last and first <= self.last


@dataclass
class Lease:
    company: int
    lines: list
    state: str = "draft"
    offered: int | None = None
    deadline: int | None = None
    accepted: int | None = None
    deed: bool = False
    notice: int | None = None
    vacated: int | None = None
    renews: "Lease | None" = None

    def lapsed(self, today):
        return self.state == "offered" and self.deadline < today

    def stands(self, today):
        return self.state in BLOCKING and not self.lapsed(today)


@dataclass
class Model:
    """All leases and closures; `service` holds the first and last day of each suite's service."""

    service: list
    today: int = 0
    leases: list = field(default_factory=list)
    closures: list = field(default_factory=list)

    def holders(self, until):
        """Who keeps which suite on which day, in the database: {(suite, day): place of the lease}."""
        return {
            (line.suite, day): place
            for place, lease in enumerate(self.leases)
            if lease.state in BLOCKING
            for line in lease.lines
            for day in range(line.first, min(line.last, until) + 1)
        }

    def closed(self, suite, first, last):
        return any(place == suite and begun <= last and first <= ended for place, begun, ended in self.closures)

    def draft(self, company, lines):
        if not self._once(lines):
            return False
        self.leases.append(Lease(company, lines))
        return True

    def add(self, lease, lines):
        if lease.state != "draft" or not self._once(lease.lines + lines):
            return False
        lease.lines += lines
        return True

    def offer(self, lease, deadline):
        if lease.state != "draft" or deadline < self.today or not lease.lines:
            return False
        others = [one for one in self.leases if lease.renews and one.renews is lease.renews and one is not lease]
        if any(one.stands(self.today) for one in others) or not self._free(lease, lease.lines):
            return False
        self._lapse(lease.lines, lease)
        for one in others:
            if one.lapsed(self.today):
                one.state = "lapsed"
        lease.state, lease.offered, lease.deadline = "offered", self.today, deadline
        return True

    def accept(self, lease, day):
        if lease.state != "offered" or not lease.offered <= day <= self.today <= lease.deadline:
            return False
        lease.state, lease.accepted = "accepted", day
        return True

    def sign(self, lease, day):
        if lease.state != "accepted" or not lease.accepted <= day <= self.today:
            return False
        if not self._free(lease, lease.lines):
            return False
        lease.state, lease.deed = "signed", True
        return True

    def end(self, lease, states, state):
        if lease.state not in states:
            return False
        lease.state = state
        return True

    def record(self, company, lines, deed):
        lease = Lease(company, lines, deed=deed)
        if not lines or not self._once(lines) or not self._free(lease, lines, past_tenants=False):
            return False
        self._lapse(lines, lease)
        lease.state = "signed"
        self.leases.append(lease)
        return True

    def file_deed(self, lease, day):
        if lease.state != "signed" or lease.deed or day > self.today:
            return False
        lease.deed = True
        return True

    def give_notice(self, lease, day):
        last = max((line.last for line in lease.lines), default=END)
        if lease.state != "signed" or day > self.today or day > last:
            return False
        lease.notice = day
        return True

    def vacate(self, lease, day):
        kept = [line for line in lease.lines if line.cut is None]
        if lease.state != "signed" or not kept or any(line.expiry == END for line in kept):
            return False
        if day < min(line.first for line in lease.lines) or self._renewed(lease):
            return False
        for line in kept:
            for other in self.leases:
                later = other is not lease and other.state == "signed"
                if later and any(one.meets(line.suite, line.expiry + 1, day) for one in other.lines):
                    return False
        lease.vacated = day
        return True

    def terminate(self, lease, day):
        running = [line for line in lease.lines if line.last >= day]
        if lease.state != "signed" or any(line.first > day for line in lease.lines) or not running:
            return False
        for line in running:
            line.cut = day
        return True

    def give_back(self, lease, line, day):
        if lease.state != "signed" or not line.first <= day <= line.expiry:
            return False
        if day > line.last:
            longer = Line(line.suite, line.first, day)
            others = [one for one in lease.lines if one is not line]
            if any(one.meets(line.suite, line.first, day) for one in others):
                return False
            if not self._free(lease, [longer], past_tenants=None):
                return False
            self._lapse([longer], lease)
        line.cut = day
        return True

    def renew(self, lease, expiry):
        if lease.state != "signed" or lease.vacated is not None or any(line.last == END for line in lease.lines):
            return False
        if any(one.renews is lease and one.stands(self.today) for one in self.leases):
            return False
        kept = [line for line in lease.lines if line.cut is None and not self._followed(line, lease)]
        if not kept or any(expiry < line.expiry + 1 for line in kept):
            return False
        lines = [Line(line.suite, line.expiry + 1, expiry) for line in kept]
        self.leases.append(Lease(lease.company, lines, renews=lease))
        return True

    def close(self, suite, first, last):
        standing = [line for one in self.leases if one.stands(self.today) for line in one.lines]
        if last < first or any(line.meets(suite, first, last) for line in standing):
            return False
        if self.closed(suite, first, last):
            return False
        self._lapse([Line(suite, first, last)], None)
        self.closures.append([suite, first, last])
        return True

    def reopen(self, closure, last):
        if not closure[1] <= last <= closure[2]:
            return False
        closure[2] = last
        return True

    def _free(self, lease, lines, past_tenants=True):
        """Whether nothing is in the way of `lines`; `past_tenants` None leaves tenants holding over out."""
        for line in lines:
            served, until = self.service[line.suite]
            if line.first < served or line.last > until or self.closed(line.suite, line.first, line.last):
                return False
            for other in self.leases:
                standing = other is not lease and other.stands(self.today)
                if standing and any(one.meets(line.suite, line.first, line.last) for one in other.lines):
                    return False
            asked = past_tenants or (past_tenants is False and line.first > self.today)
            if asked and self._held_over(line, lease.company):
                return False
        return True

    def _held_over(self, line, company):
        return any(
            old.suite == line.suite
            and old.cut is None
            and old.expiry < min(line.first, self.today)
            and (lease.vacated is None or lease.vacated >= line.first)
            and not self._renewed(lease)
            and not any(
                one.suite == old.suite and old.expiry < one.first <= line.first
                for other in self.leases
                if other.state == "signed"
                for one in other.lines
            )
            for lease in self.leases
            if lease.state == "signed" and lease.company != company
            for old in lease.lines
        )

    def _renewed(self, lease):
        return any(one.renews is lease and one.state == "signed" for one in self.leases)

    def _followed(self, line, lease):
        return any(
            one.suite == line.suite and one.first > line.expiry and (other is lease or one.first <= self.today)
            for other in self.leases
            if other.state == "signed"
            for one in other.lines
        )

    def _lapse(self, lines, mine):
        for other in self.leases:
            lapsed = other is not mine and other.lapsed(self.today)
            if lapsed and any(one.meets(line.suite, line.first, line.last) for one in other.lines for line in lines):
                other.state = "lapsed"

    @staticmethod
    def _once(lines):
        return all(line.first <= line.expiry for line in lines) and not any(
            one.meets(other.suite, other.first, other.last)
            for place, one in enumerate(lines)
            for other in lines[place + 1 :]
        )
