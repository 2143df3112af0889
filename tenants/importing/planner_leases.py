"""Plans rows of leases with their lettings: which lease each row is about, and what of the register that needs."""

import re
from collections import defaultdict

from django.db.models import F, Func, Prefetch, Value
from django.utils.translation import gettext as _

from parks.models import Park, Suite
from stp_portal.kit.text import ascii_digits
from tenants.models import Lease, Letting
from tenants.models.lease_states import LeaseState

from .leases_lines import Asked
from .leases_names import Companies, Near, Parks
from .leases_new import plan_new
from .leases_taken import Taken
from .leases_there import plan_there
from .planning import Plan, Planner

# A number of a lease, with or without the zeros that a spreadsheet may have taken.
LEASE_NUMBER = re.compile(r"L-0*([1-9][0-9]{0,11})")
# States whose lease a row without a number may mean, the surest first.
LIVE = (LeaseState.SIGNED, LeaseState.ACCEPTED, LeaseState.OFFERED, LeaseState.DRAFT)
DIGITS = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789"
MOST_GROUP = 300


def lease_number(text):
    """`L-00012` for what is written as the number of a lease; "" for any other text."""
    found = LEASE_NUMBER.fullmatch("".join(ascii_digits(text or "").upper().split()))
    return f"L-{found[1].zfill(5)}" if found else ""


def folded_suite(number):
    """A suite's number as it is compared: Latin digits, capitals, without spaces."""
    return "".join(ascii_digits(number).upper().split())


class LeasePlanner(Planner):
    """Leases with their lettings. A row is about the lease of its number, or of its company, suite and commencement."""

    KIND = "leases"

    def __init__(self, job):
        super().__init__(job)
        self.companies = self.parks = None
        self.taken = Taken(job)
        self._asked = {}
        self._leases, self._by_pk = {}, {}
        self._to_lock = (set(), set())

    @staticmethod
    def group_of(values):
        """Rows of one number belong together; a row without one stands alone."""
        text = values.get("number") or ""
        return (lease_number(text) or " ".join(text.casefold().split()))[:MOST_GROUP]

    # --- asking

    def lock(self, rows):
        """Lock the leases that are there, with their lettings; parks and suites follow once those of all rows are.

        In the order in which actions lock, so that nobody waits in a ring.
        """
        self._read(rows)
        keys = sorted({lease.pk for lease in self._by_pk.values()})
        if keys:
            list(Lease.objects.filter(pk__in=keys).order_by("pk").select_for_update(of=["self"]).values_list("pk"))
            lettings = Letting.objects.filter(lease__in=keys).order_by("pk")
            list(lettings.select_for_update(no_key=True, of=["self"]).values_list("pk"))
        parks, suites = self._to_lock
        parks |= {asked.park.what.pk for asked in self._asked.values() if asked.park.what is not None}
        parks |= {lease.park_id for lease in self._by_pk.values()}
        suites |= {suite.pk for asked in self._asked.values() for suite in asked.suites or ()}

    def _lock_places(self):
        for model, keys in zip((Park, Suite), self._to_lock, strict=True):
            rows = model.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True, of=["self"])
            if keys:
                list(rows.values_list("pk"))
                keys.clear()

    def load(self, rows):
        """The leases that rows are about, and all that is known of the suites that they would take."""
        self._lock_places()
        self._read(rows)
        suites, upcoming = set(), set()
        for asked in self._asked.values():
            lease = self._lease_of(asked)
            if lease is None or lease.state == LeaseState.DRAFT:
                found = {suite.pk for suite in asked.suites or ()}
                suites |= found
                first = asked.value("commencement_date")
                if lease is None and first is not None and first > self.job.today:
                    upcoming |= found
        self.taken.load(suites, upcoming)

    def _read(self, rows):
        """What the rows name, and the leases that they may be about."""
        if self.companies is None:
            self.companies = Companies(self.job.user, self.job.today)
            self.parks = Parks(self.job.user, self.job.today)
        self._asked = {
            row.number: Asked(
                row,
                self.companies.find(row.values.get("company"), row.values.get("company_ntn")),
                self.parks.find(row.values.get("park")),
            )
            for row in rows
        }
        visible = Lease.objects.scope_for(self.job.user, self.job.today)
        numbers = {lease_number(asked.value("number")) for asked in self._asked.values()} - {""}
        found = self._with_lettings(visible.filter(number__in=numbers)) if numbers else []
        self._leases = {lease.number: lease for lease in found}
        self._by_pk = {lease.pk: lease for lease in found}
        self._read_suites()
        self._read_candidates(visible)

    @staticmethod
    def _with_lettings(leases):
        lettings = Letting.objects.select_related("suite").order_by("pk")
        return list(
            leases.select_related("company", "park")
            .prefetch_related(Prefetch("lettings", lettings), "lettings__rates")
            .order_by("pk")
        )

    def _read_suites(self):
        """The suites of all rows, in the park of the row's lease, else in its own; of unknown ones near names."""
        asked_for = {}
        for asked in self._asked.values():
            text, lease = asked.value("suite"), self._leases.get(lease_number(asked.value("number")))
            park = lease.park_id if lease is not None else asked.park.what and asked.park.what.pk
            if text is not None:
                asked.suites = []
                if park:
                    asked_for[asked.number] = (park, folded_suite(text))
        found = defaultdict(list)
        if asked_for:
            folded = Func(
                F("number"),
                Value(DIGITS[0] + " "),
                Value(DIGITS[1]),
                function="translate",
                template="upper(%(function)s(%(expressions)s))",
            )
            rows = Suite.objects.filter(park__in={park for park, _n in asked_for.values()}).annotate(folded=folded)
            for suite in rows.filter(folded__in={number for _p, number in asked_for.values()}).order_by("pk"):
                found[suite.park_id, suite.folded].append(suite)
        for number, key in asked_for.items():
            self._asked[number].suites = found.get(key, [])
        self._name_near({number: key for number, key in asked_for.items() if key not in found})

    def _name_near(self, unknown):
        parks = defaultdict(list)
        if unknown:
            rows = Suite.objects.filter(park__in={park for park, _n in unknown.values()})
            for park, name in rows.order_by("park", "number").values_list("park", "number"):
                parks[park].append(name)
        near = {park: Near(names) for park, names in parks.items()}
        for number, (park, _folded) in unknown.items():
            if park in near:
                self._asked[number].near = near[park].to(self._asked[number].value("suite"))

    def _read_candidates(self, visible):
        """For each row with company, suite and commencement, the live leases of such a letting."""
        wanted = defaultdict(list)
        for asked in self._asked.values():
            first = asked.value("commencement_date")
            if first is not None and asked.company.what is not None:
                for suite in asked.suites or ():
                    wanted[asked.company.what.pk, suite.pk, first].append(asked)
        if not wanted:
            return
        companies, suites, days = (set(part) for part in zip(*wanted, strict=True))
        rows = Letting.objects.filter(suite__in=suites, commencement_date__in=days, lease__company__in=companies)
        rows = rows.filter(lease_state__in=LIVE, lease__in=visible).order_by("lease")
        rows = list(rows.values_list("lease__company", "suite", "commencement_date", "lease"))
        missing = {lease for *key, lease in rows if tuple(key) in wanted} - set(self._by_pk)
        if missing:
            self._by_pk |= {lease.pk: lease for lease in self._with_lettings(visible.filter(pk__in=missing))}
        for *key, lease in rows:
            for asked in wanted.get(tuple(key), ()):
                if lease in self._by_pk:
                    asked.leases.append(self._by_pk[lease])
        for asked in self._asked.values():
            asked.leases = self._surest(asked.leases)

    def _surest(self, leases):
        """Of the live leases with one letting those that are furthest on the way to the deed, without lapsed offers."""
        live = [
            lease for lease in leases if lease.state != LeaseState.OFFERED or lease.offer_deadline >= self.job.today
        ]
        for state in LIVE:
            found = [lease for lease in live if lease.state == state]
            if found:
                return found
        return []

    def _lease_of(self, asked):
        """The one lease that a row is about, None when it is about none or about several."""
        number = lease_number(asked.value("number"))
        if number:
            return self._leases.get(number)
        return asked.leases[0] if len(asked.leases) == 1 else None

    # --- planning

    def plan(self, rows):
        """The plans of the rows of one group: a lease of the register, or a new one."""
        asked = [self._asked[row.number] for row in rows]
        number = lease_number(asked[0].value("number"))
        if number:
            lease = self._leases.get(number)
            if lease is None:
                reason = _("There is no lease %(number)s.") % {"number": number}
                accepts = _("The number of a lease; or another text, which joins the rows of one new lease.")
                return self._refused(asked, "number", reason, accepts)
            return plan_there(lease, asked, self.taken, self.job)
        leases = {lease.pk: lease for each in asked for lease in each.leases}
        if not leases:
            return plan_new(asked, self.job, self.taken)
        if len(leases) == 1:
            return plan_there(next(iter(leases.values())), asked, self.taken, self.job)
        named = ", ".join(str(lease) for lease in leases.values())
        reason = _("This is about several leases: %(leases)s.") % {"leases": named}
        return self._refused(asked, "number", reason, _("The number of the lease that is meant."))

    @staticmethod
    def _refused(rows, key, reason, accepts):
        plans = [Plan(asked.number, label=asked.value("number") or asked.value("company") or "") for asked in rows]
        for plan in plans:
            plan.refuse(key, reason, accepts)
        return plans
