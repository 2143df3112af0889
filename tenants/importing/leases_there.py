"""Rows about a lease that is there: what its page may change is changed, for the rest the guided page is named."""

from copy import copy
from itertools import combinations

from django.utils.translation import gettext as _

from parks.models.suite import RentBasis
from tenants.actions.checks import overlap
from tenants.actions.errors import Refused, not_after, suite_text
from tenants.actions.lease import FILLED, check_suite
from tenants.actions.locked import Locked
from tenants.actions.rates import to_paisa
from tenants.models import Lease, LettingRate
from tenants.models.lease_states import LeaseState

from .leases_lines import OF_LEASE, OF_LETTING, chosen_suite, line_of, refuse, refuse_errors
from .leases_match import Wanted, agreed, match, others_of
from .leases_names import plain
from .leases_words import columns, label, not_by_import, say
from .planning import Claim, Plan, Write

ESCALATION = ("escalation_percent", "escalation_months")
CHANGED, ADDED, RATED = 1, 3, 4


def plan_there(lease, rows, taken, job):
    """The plans of `rows` (Asked) about `lease`, in their order. Its lettings and their rates are at hand."""
    plans = [Plan(asked.number, label=_label(lease, asked)) for asked in rows]
    _Facts(lease, rows, plans, job).plan()
    _Lettings(lease, rows, plans, taken).plan()
    writes = [write for plan in plans for write in plan.writes]
    for plan in plans:
        plan.writes = []
    plans[0].writes = writes
    return plans


def _label(lease, asked):
    return ", ".join(part for part in (str(lease), lease.company.name, asked.value("suite") or "") if part)


class _Facts:
    """What rows say of the lease itself."""

    def __init__(self, lease, rows, plans, job):
        self.lease, self.rows, self.plans, self.job = lease, rows, plans, job
        self.by_number = {plan.number: plan for plan in plans}
        self.changed = copy(lease)
        self.names = []

    def plan(self):
        """Refuse, or tell and write."""
        self._company()
        self._park()
        for key in OF_LEASE:
            present = getattr(self.lease, key)
            self._fact(key, present, lambda new, key=key, present=present: self._may_be(key, present, new))
        if not self.names:
            return
        asked = {*self.names, *(ESCALATION if set(self.names) & set(ESCALATION) else ())}
        others = {field.name for field in Lease._meta.concrete_fields} - asked
        refuse_errors(self._sayer(), self.changed, exclude=others)
        writer = self._sayer()
        writer.writes.append(Write(self.changed, tuple(self.names), CHANGED, number=writer.number))
        said = _("Row %(row)s changes the same lease.")
        accepts = _("The number of the lease in both rows.")
        writer.claims.append(Claim(("lease", self.lease.pk), "number", said, accepts))

    def _sayer(self):
        return next((plan for plan in self.plans if plan.changes), self.plans[0])

    def _fact(self, key, present, refused):
        """Take over a new value of the fact `key` unless `refused(value)` is (reason, what is accepted)."""
        told = []
        for asked in self.rows:
            if asked.row.has(key):
                value = asked.kept(key)
                told.append((asked.number, {key: present if columns()[key].same(present, value) else value}))
        said = agreed(told, key, present)
        for number in said.against:
            accepts = _("What these rows say: %(rows)s.") % {"rows": others_of(number, said.against)}
            self.by_number[number].refuse(key, _("The rows of one lease say different things."), accepts)
        problem = refused(said.value) if said.rows else None
        for number in said.rows:
            if problem:
                self.by_number[number].refuse(key, *problem)
            else:
                self.by_number[number].tell(label(key), say(key, present), say(key, said.value))
        if said.rows and not problem:
            setattr(self.changed, key, said.value)
            self.names.append(key)

    def _may_be(self, key, present, new):
        """None, or why `key` cannot be `new`."""
        lease = self.lease
        if key in ("notice_given_on", "vacated_on") or (key in ESCALATION and lease.state == LeaseState.SIGNED):
            return not_by_import(lease, key, present, new)
        if key != "signed_on":
            return None
        if not lease.deed_on_file:
            return not_by_import(lease, key, present, new)
        if new is None:
            return _("A deed on file has the day on which it was signed."), say(key, present)
        try:
            not_after(key, new, self.job.today)
        except Refused as error:
            return error.messages[0], columns()[key].accepts()
        return None

    def _company(self):
        """The company, which a draft may change."""
        found = []
        for asked, plan in zip(self.rows, self.plans, strict=True):
            self._not_emptied(asked, plan)
            told = asked.company
            if self._is_own(asked):
                continue
            if told.reason:
                plan.refuse(told.key, told.reason, told.accepts)
            elif told.what.pk != self.lease.company_id:
                found.append((plan, told.what))
            elif told.warning:
                plan.warn("company", told.warning)
        for plan, firm in found:
            self._other_company(plan, firm, len({firm.pk for _plan, firm in found}))
        if self.changed.company_id != self.lease.company_id:
            self.names.append("company_id")

    def _not_emptied(self, asked, plan):
        company = self.lease.company
        if _emptied(asked, "company"):
            plan.refuse("company", _("A lease has a company."), company.name)
        if _emptied(asked, "company_ntn") and company.ntn:
            plan.refuse("company_ntn", _("The NTN is changed on the page of the company."), company.ntn)

    def _is_own(self, asked):
        """Whether the row names the lease's own company by name and number, however many others have that name."""
        company, name, ntn = self.lease.company, asked.value("company"), asked.value("company_ntn")
        if ntn is not None and (not company.ntn or ntn[:7] != company.ntn[:7]):
            return False
        return name is None or plain(name) in {plain(company.name), plain(company.name_ur)}

    def _other_company(self, plan, firm, how_many):
        lease = self.lease
        if lease.state != LeaseState.DRAFT:
            plan.refuse("company", *not_by_import(lease, "company", lease.company.name, firm.name))
        elif how_many > 1:
            plan.refuse("company", _("A lease has one company."), lease.company.name)
        elif firm.demo != lease.demo:
            plan.refuse("company", _("Demonstration rows cannot be mixed with real ones."))
        else:
            plan.tell(label("company"), lease.company.name, firm.name)
            self.changed.company_id = firm.pk

    def _park(self):
        for asked, plan in zip(self.rows, self.plans, strict=True):
            park = asked.park.what
            if asked.park.reason:
                plan.refuse("park", asked.park.reason, asked.park.accepts)
            elif _emptied(asked, "park") or (park is not None and park.pk != self.lease.park_id):
                new = park.code if park is not None else None
                plan.refuse("park", *not_by_import(self.lease, "park", self.lease.park.code, new))


def _emptied(asked, key):
    return asked.row.has(key) and asked.value(key) is None


class _Lettings:
    """What rows say of the lettings of the lease: changed in drafts only."""

    def __init__(self, lease, rows, plans, taken):
        self.lease, self.taken = lease, taken
        self.lettings = list(lease.lettings.all())
        self.pairs = list(zip(rows, plans, strict=True))
        self.is_draft = lease.state == LeaseState.DRAFT
        # The lettings of the draft as they will be, with the plan that says so.
        self.after = {letting.pk: (letting, None) for letting in self.lettings}

    def plan(self):
        """Refuse, or tell and write."""
        wanted = [
            Wanted(
                asked.number,
                None if asked.suites is None else frozenset(suite.pk for suite in asked.suites),
                asked.value("commencement_date"),
            )
            for asked, _plan in self.pairs
        ]
        found, doubles = match(wanted, self.lettings)
        for asked, plan in self.pairs:
            if asked.number in doubles:
                said = _("Row %(row)s is about the same letting.") % {"row": doubles[asked.number]}
                plan.refuse("suite", said, _("One row for each letting."))
            elif asked.number not in found:
                self._of_lease_alone(asked, plan)
            elif {"suite", "commencement_date"} & asked.row.unreadable:
                # It is refused already, and nobody knows which letting it is about.
                continue
            elif found[asked.number] is None:
                self._one_more(asked, plan)
            else:
                self._compare(asked, plan, found[asked.number])
        if self.is_draft:
            self._once()

    def _of_lease_alone(self, asked, plan):
        for key in OF_LETTING:
            if asked.value(key) is not None:
                accepts = _("The suite and the commencement as well; or an empty cell.")
                plan.refuse(key, _("The row does not say which letting this is about."), accepts)

    def _one_more(self, asked, plan):
        """A row of no letting of the lease: one more suite, in a draft."""
        if not asked.suites:
            chosen_suite(asked, plan)
            return
        other = next((lease for lease in asked.leases if lease.pk != self.lease.pk), None)
        if other is not None:
            reason = _("This letting stands under lease %(lease)s.") % {"lease": other}
            plan.refuse("number", reason, str(other))
            return
        try:
            Locked(park=self.lease.park, lease=self.lease).allow("add_suites")
        except Refused as error:
            accepts = _(
                "A letting that lease %(lease)s has, or a row of a lease of its own: another text under “%(number)s”."
            )
            plan.refuse("suite", error.messages[0], accepts % {"lease": self.lease, "number": label("number")})
            return
        if asked.value("terminated_on") is not None:
            plan.refuse("terminated_on", *not_by_import(self.lease, "terminated_on", None, None))
        line = line_of(asked, plan, self.lease, self.lease.park, rents_needed=True)
        if line is None:
            return
        for key in OF_LETTING:
            if asked.value(key) is not None:
                plan.tell(label(key), "", say(key, asked.value(key)))
        plan.new = True
        plan.writes.append(Write(line.letting, phase=ADDED, number=asked.number))
        plan.writes.append(Write(line.rate, phase=RATED, number=asked.number))
        self.after[-asked.number] = (line.letting, plan)

    def _compare(self, asked, plan, letting):
        """Refuse, or tell and write, what differs from `letting`."""
        rates = list(letting.rates.all())
        present = _present(letting, rates)
        plan.claims.append(Claim(("letting of", letting.pk), "suite", _("Row %(row)s is about the same letting.")))
        differing = {}
        for key in OF_LETTING:
            if not asked.row.has(key) or key in asked.row.unreadable:
                continue
            new = asked.value(key)
            if key == "suite" and asked.suites and letting.suite_id in {suite.pk for suite in asked.suites}:
                continue
            if key in ("rent_pkr", "service_charge_pkr"):
                new = to_paisa(new) if new is not None else new
                new = to_paisa(0) if new is None and key == "service_charge_pkr" and rates else new
            if key == "rent_basis" and new is None:
                new = RentBasis.FIXED
            if not columns()[key].same(present[key], new):
                differing[key] = new
        for key, new in differing.items():
            if not self.is_draft or key == "terminated_on":
                plan.refuse(key, *not_by_import(self.lease, key, present[key], new))
        if self.is_draft and differing and not plan.problems:
            self._change(asked, plan, letting, (present, differing, rates))

    def _change(self, asked, plan, letting, told):
        """Change a letting of a draft, and its first rate."""
        present, differing, rates = told
        changed = copy(letting)
        names = []
        for key in ("commencement_date", "expiry_date", "rent_basis"):
            if key in differing:
                setattr(changed, key, differing[key])
                names.append(key)
        if "suite" in differing:
            suite = chosen_suite(asked, plan)
            if suite is None:
                return
            try:
                check_suite(suite, self.lease.park, self.lease.demo)
            except Refused as error:
                refuse(plan, error)
            changed.suite = suite
            names.append("suite_id")
        if changed.commencement_date is None:
            plan.refuse("commencement_date", _("A letting has its first day."))
            return
        refuse_errors(plan, changed, exclude=FILLED)
        if {"rent_pkr", "service_charge_pkr", "commencement_date"} & set(differing):
            self._rate(plan, changed, differing, rates)
        for key, new in differing.items():
            plan.tell(label(key), say(key, present[key]), say(key, new))
        if names:
            plan.writes.append(Write(changed, tuple(names), CHANGED, number=asked.number))
        self.after[letting.pk] = (changed, plan)

    def _rate(self, plan, letting, differing, rates):
        """The first rate of a letting of a draft, from its commencement on, as the page of the lease writes it."""
        first = rates[0] if rates else None
        rent = differing.get("rent_pkr", first.rent_pkr if first else None)
        charge = differing.get("service_charge_pkr", first.service_charge_pkr if first else None)
        by_hand = _("Its rates are changed on the page of lease %(lease)s.") % {"lease": self.lease}
        if rent is None:
            if first is not None:
                plan.refuse("rent_pkr", _("An import does not take a rent away."), by_hand)
            elif charge is not None:
                plan.refuse("rent_pkr", _("Give the rent too; zero is a rent."))
            return
        if len(rates) > 1 and rates[1].from_date <= letting.commencement_date:
            plan.refuse("commencement_date", _("A later rate begins by then."), by_hand)
            return
        rate = copy(first) if first else LettingRate(letting=letting)
        rate.from_date, rate.rent_pkr = letting.commencement_date, rent
        rate.service_charge_pkr = charge or to_paisa(0)
        refuse_errors(plan, rate)
        fields = ("from_date", "rent_pkr", "service_charge_pkr") if first else None
        plan.writes.append(Write(rate, fields, RATED, number=plan.number))

    def _once(self):
        """Refuse what makes a suite stand in the draft twice; warn of what it could not be offered for."""
        by_suite = {}
        for letting, plan in self.after.values():
            by_suite.setdefault(letting.suite_id, []).append((letting, plan))
        for some in by_suite.values():
            for (one, plan), (other, too) in combinations(some, 2):
                if (plan or too) and overlap(one, other.commencement_date, other.last_day):
                    said = _("%(suite)s stands in this lease twice on some days.") % {"suite": suite_text(one.suite)}
                    (too or plan).refuse("suite", said)
        for letting, plan in self.after.values():
            for other in self.taken.in_the_way_of(letting, self.lease.pk)[0] if plan else ():
                accepts = _("A draft may conflict, but cannot be offered like this.")
                plan.warn("suite", self.taken.named(other), accepts)


def _present(letting, rates):
    """What the register has in the columns of a letting."""
    return {
        "suite": letting.suite.number,
        "commencement_date": letting.commencement_date,
        "expiry_date": letting.expiry_date,
        "terminated_on": letting.terminated_on,
        "rent_basis": letting.rent_basis,
        "rent_pkr": rates[0].rent_pkr if rates else None,
        "service_charge_pkr": rates[0].service_charge_pkr if rates else None,
    }
