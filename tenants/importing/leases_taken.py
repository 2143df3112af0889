"""Who has a suite, in the register and in the file: what stands in the way of a new letting. `load` alone asks."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from parks.models import SuiteClosure
from tenants.actions.checks import lapsed_in_hand, overlap, still_there
from tenants.actions.errors import days_text, in_words, suite_text
from tenants.models import Lease, Letting
from tenants.models.lease_states import LeaseState
from tenants.querysets import day_after


class Row(NamedTuple):
    """A new letting of the file, as long as the file is read."""

    number: int
    commencement_date: object
    last_day: object
    # The last day of occupation of one that ran out by its dates, else None: who then is holding over.
    ran_out: object
    vacated_on: object
    company: int


class Taken:
    """What is known of the suites of a chunk, and of all new lettings of the file so far."""

    def __init__(self, job):
        self.job = job
        self._rows = defaultdict(list)
        self._lettings, self._over, self._closures = {}, {}, {}
        self._lapsed, self._visible = {}, frozenset()

    def load(self, suites, upcoming):
        """Ask for all about `suites`, keys, of which `upcoming` are to be let from a day still to come."""
        self._lettings, self._over, self._closures = (defaultdict(list) for _kind in range(3))
        suites, upcoming = sorted(suites), sorted(upcoming)
        rows = Letting.objects.blocking().filter(suite__in=suites).select_related("suite", "lease__company")
        rows = list(rows.order_by("commencement_date", "pk")) if suites else []
        for letting in rows:
            self._lettings[letting.suite_id].append(letting)
        self._lapsed = self._lapsed_among(rows)
        if suites:
            for closure in SuiteClosure.objects.filter(suite__in=suites).order_by("first_day"):
                self._closures[closure.suite_id].append(closure)
        if upcoming:
            over = Letting.objects.with_days_over(None, self.job.today).filter(suite__in=upcoming)
            for letting in over.select_related("suite", "lease__company").order_by("pk"):
                self._over[letting.suite_id].append(letting)
        leases = {
            letting.lease_id for found in (self._lettings, self._over) for some in found.values() for letting in some
        }
        visible = Lease.objects.scope_for(self.job.user, self.job.today).filter(pk__in=leases)
        self._visible = frozenset(visible.values_list("pk", flat=True)) if leases else frozenset()

    def _lapsed_among(self, lettings):
        """{key: lease} of the offers among `lettings` that lapsed; when it is to stay, locked, and only those free."""
        lapsed = {
            letting.lease_id: letting.lease
            for letting in lettings
            if letting.lease_state == LeaseState.OFFERED and letting.lease.offer_deadline < self.job.today
        }
        if lapsed and self.job.commits:
            return {lease.pk: lease for lease in lapsed_in_hand(Q(pk__in=list(lapsed)), self.job.today)}
        return lapsed

    def closures(self, suite):
        """The closures of the suite with this key."""
        return self._closures.get(suite, [])

    def in_the_way_of(self, letting, own=None):
        """(lettings of others in the way of `letting`, lapsed offers to set aside first).

        `own` is the key of the lease that the letting belongs to, when there is one.
        """
        found, lapsed = [], []
        for other in self._lettings.get(letting.suite_id, ()):
            if other.lease_id != own and overlap(other, letting.commencement_date, letting.last_day):
                if other.lease_id in self._lapsed:
                    lapsed.append(self._lapsed[other.lease_id])
                else:
                    found.append(other)
        return found, lapsed

    def holding_over(self, letting, company):
        """The letting of another company that is holding over on the day on which `letting` commences, or None."""
        for other in self._over.get(letting.suite_id, ()):
            if letting.commencement_date in other.days_over and other.lease.company_id != company:
                return other
        return None

    def later_than(self, letting, last_day):
        """Signed lettings of others from the expiry of `letting` to `last_day`, the last day of occupation."""
        first = day_after(letting.expiry_date)
        return [
            other
            for other in self._lettings.get(letting.suite_id, ())
            if other.lease_state == LeaseState.SIGNED and first <= last_day and overlap(other, first, last_day)
        ]

    def named(self, letting):
        """Who has the suite, in a sentence; without names for who may not see the lease."""
        if letting.lease_id in self._visible:
            return in_words(letting)
        return _("%(suite)s is let on some of these days under a lease that you may not see.") % {
            "suite": suite_text(letting.suite)
        }

    def still_there(self, letting):
        """Who is holding over, in a sentence."""
        if letting.lease_id in self._visible:
            return " ".join(still_there(letting).messages)
        return _("%(suite)s is still occupied under a lease that ran out and that you may not see.") % {
            "suite": suite_text(letting.suite)
        }

    # --- the file against itself

    def row_in_the_way_of(self, letting, company):
        """A sentence on another new letting of the file that has the suite of `letting` on some of its days, or ""."""
        for row in self._rows.get(letting.suite_id, ()):
            if overlap(letting, row.commencement_date, row.last_day):
                return _("Row %(row)s of this file lets %(suite)s %(days)s.") % {
                    "row": row.number,
                    "suite": suite_text(letting.suite),
                    "days": days_text(row.commencement_date, row.last_day),
                }
            if self._stays(row, letting, company):
                return _("The tenant of row %(row)s of this file is holding over: give the last day of occupation.") % {
                    "row": row.number
                }
        return ""

    def _stays(self, row, letting, company):
        """Whether the tenant of `row` is holding over when `letting`, of another company, commences after today."""
        first = letting.commencement_date
        if first <= self.job.today or row.ran_out is None or row.company == company or row.ran_out >= self.job.today:
            return False
        if row.ran_out >= first or (row.vacated_on is not None and row.vacated_on < first):
            return False
        after = [*self._rows[letting.suite_id], *self._lettings.get(letting.suite_id, ())]
        return not any(row.ran_out < other.commencement_date <= first for other in after)

    def take(self, number, letting, vacated_on, company):
        """Remember the new `letting` of the row `number`."""
        ran_out = letting.expiry_date if letting.terminated_on is None else None
        self._rows[letting.suite_id].append(
            Row(number, letting.commencement_date, letting.last_day, ran_out, vacated_on, company)
        )

    def release(self, numbers):
        """Forget the new lettings of rows that are refused after all."""
        for suite, rows in self._rows.items():
            self._rows[suite] = [row for row in rows if row.number not in numbers]
