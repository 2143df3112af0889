"""Suites and desks: found by park and number, and where a number came back into service, by their days."""

from difflib import get_close_matches

from django.db.models import F, Func, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from parks.columns import SUITES
from parks.models import Park, Suite
from stp_portal.kit.roles import sees_all_parks
from stp_portal.kit.text import DIGITS, ascii_digits
from tenants.actions.errors import in_words
from tenants.models.batch import ImportKind
from tenants.occupancy import all_standing_outside

from .comparing import RowPlanner, name_folded, updates
from .planning import Claim, Plan, Write

SERVICE = ("in_service_from", "withdrawn_from")
# What days without a limit are compared as.
EVER, NEVER = "0000-01-01", "9999-12-31"


def number_folded(number):
    """A suite's number for finding the same one: blind to case, spaces and the script of its digits."""
    return name_folded(ascii_digits(number or ""))


def plain_digits(column):
    """A column of text with Urdu and Arabic digits as 0-9, as `number_folded` has them."""
    digits = "".join(map(chr, DIGITS))
    return Func(F(column), Value(digits), Value(ascii_digits(digits)), function="translate")


class SuitePlanner(RowPlanner):
    """Rows about suites. A suite stays in its park: what was let in it would move along."""

    KIND = ImportKind.SUITES
    COLUMNS = SUITES
    FIELDS = {
        key: key
        for key in (
            *("number", "floor", "position", "kind", "hall", "lettable_area_sqft", "seats", "fit_out"),
            *("rent_basis", "rent_pkr", "service_charge_pkr", *SERVICE),
        )
    }

    def __init__(self, job):
        super().__init__(job)
        self.is_office = sees_all_parks(job.user)
        self.names = None
        # Of new suites in this run: the days of each number, with their row.
        self.given = {}

    # --- what the database is asked

    def lock(self, rows):
        """The parks of the rows, then the suites that they are about."""
        self._find(rows)
        self.will_lock(Park, {park.pk for row in rows if (park := self._park(row)) is not None})
        self.will_lock(Suite, {suite.pk for row in rows if (suite := self._match(row)) is not None})

    def load(self, rows):
        """Parks and suites by what the rows name, and lettings on days that a suite would no longer be offered."""
        self.lock_now()
        self._find(rows)
        services = {}
        for row in rows:
            suite = self._match(row)
            if suite is None:
                continue
            now = tuple(getattr(suite, name) for name in SERVICE)
            then = tuple(row.values.get(name, getattr(suite, name)) for name in SERVICE)
            if now != then and not (None not in then and then[1] < then[0]):
                services[suite.pk] = then
        self.outside = all_standing_outside(services, self.job.today) if services else {}

    def _find(self, rows):
        visible = Park.objects.scope_for(self.job.user, self.job.today).defer("words")
        named = {row.values["park"] for row in rows if row.values.get("park")}
        lower = {name_folded(name) for name in named}
        parks = {park.pk: park for park in visible.filter(code__in={name.upper() for name in named}).order_by()}
        for park in visible.alias(lower=Lower("name")).filter(lower__in=lower).order_by():
            parks.setdefault(park.pk, park)
        self.by_code = {park.code: park for park in parks.values()}
        self.by_name = {}
        for park in parks.values():
            self.by_name.setdefault(name_folded(park.name), []).append(park)
        numbers = {number_folded(row.values.get("number")) for row in rows} - {""}
        suites = Suite.objects.filter(park__in=list(parks)).alias(lower=Lower(plain_digits("number")))
        suites = suites.filter(lower__in=numbers)
        self.suites = {}
        for suite in suites.order_by("pk"):
            suite.park = parks[suite.park_id]
            self.suites.setdefault((suite.park_id, number_folded(suite.number)), []).append(suite)
        if self.names is None:
            # Only to say what may have been meant.
            self.names = dict(visible.order_by("pk").values_list("code", "name")[:1000])

    # --- what a row comes to

    def _park(self, row):
        """The park that a row names by code or name, None when there is none or more than one."""
        named = row.values.get("park") or ""
        found = self.by_code.get(named.upper())
        if found is not None:
            return found
        some = self.by_name.get(name_folded(named), [])
        return some[0] if len(some) == 1 else None

    def _match(self, row):
        """The suite that a row is about, None for a new one."""
        park = self._park(row)
        number = number_folded(row.values.get("number"))
        some = self.suites.get((park.pk, number), []) if park else []
        if not some:
            return None
        begins, ends = (row.values.get(name) for name in SERVICE)
        for same in (
            lambda suite: (suite.in_service_from, suite.withdrawn_from) == (begins, ends) and (begins or ends),
            lambda suite: begins is not None and suite.in_service_from == begins,
            lambda suite: ends is not None and suite.withdrawn_from == ends,
        ):
            found = [suite for suite in some if same(suite)]
            if len(found) == 1:
                return found[0]
        today = self.job.today
        here = [
            suite
            for suite in some
            if (suite.in_service_from is None or suite.in_service_from <= today)
            and (suite.withdrawn_from is None or suite.withdrawn_from > today)
        ]
        found = here[0] if here else max(some, key=lambda suite: (str(suite.in_service_from or EVER), suite.pk))
        if begins is not None and found.withdrawn_from is not None and begins >= found.withdrawn_from:
            # The number comes back after that suite was withdrawn.
            return None
        return found

    def plan_row(self, row):
        """A row as a new suite, as changes of one, or as nothing new."""
        park = self._park(row)
        suite = self._match(row)
        label = " ".join(str(each) for each in (row.values.get("number") or "", park.name if park else "") if each)
        plan = Plan(row.number, label=label, new=suite is None)
        if park is None and "park" not in row.unreadable:
            self._refuse_park(plan, row)
            return plan
        if suite is None:
            self._new(plan, row, park)
        else:
            self._changed(plan, row, suite)
        return plan

    def _refuse_park(self, plan, row):
        named = row.values.get("park")
        if not named:
            plan.refuse("park", _("Say in which park the suite is."), self.columns["park"].accepts())
            return
        some = self.by_name.get(name_folded(named), [])
        if some:
            codes = ", ".join(sorted(park.code for park in some))
            plan.refuse("park", _("Several parks have this name."), _("One of the codes %(codes)s.") % {"codes": codes})
            return
        said = _("There is no park with this code or name.")
        if not self.is_office:
            said = _("None of your parks has this code or name.")
        lower = {name_folded(name): f"{code} {name}" for code, name in self.names.items()}
        near = [lower[name] for name in get_close_matches(name_folded(named), lower, n=3, cutoff=0.7)]
        accepts = _("Perhaps %(names)s.") % {"names": ", ".join(near)} if near else self.columns["park"].accepts()
        plan.refuse("park", said, accepts)

    def _new(self, plan, row, park):
        if self.cannot_add(plan, "parks.add_suite", _("You may not add suites.")):
            return
        suite = Suite(park=park)
        # Only demonstration parks have demonstration suites, and no others.
        suite.demo = bool(park and park.demo)
        self.take(plan, suite, row)
        if park is None or not suite.number:
            return
        number = (park.pk, number_folded(suite.number))
        plan.claims.append(
            Claim(
                ("suite", *number, suite.in_service_from),
                "number",
                _("Row %(row)s is about a suite of this park with this number as well."),
                _("One row for each suite."),
            )
        )
        self._refuse_meeting(plan, suite)
        if any(self._meet(suite, there) for there in self.suites.get(number, ())):
            plan.refuse(
                "in_service_from",
                _("This park already has a suite of this number in service."),
                _("A day from which that one is withdrawn."),
            )
        plan.writes.append(Write(suite))

    def _changed(self, plan, row, suite):
        plan.claims.append(
            Claim(("suite", suite.pk), "", _("Row %(row)s is about the same suite."), _("One row for each suite."))
        )
        # The number found it, blind to case: how it is written may change.
        changed = self.take(plan, suite, row)
        standing = self.outside.get(suite.pk)
        if standing is not None:
            key = next((name for name in reversed(SERVICE) if name in changed), SERVICE[1])
            plan.refuse(key, in_words(standing), _("End that letting first, or give other days."))
        others = [
            there for there in self.suites.get((suite.park_id, number_folded(suite.number)), ()) if there != suite
        ]
        if set(changed) & set(SERVICE) and any(self._meet(suite, there) for there in others):
            plan.refuse(SERVICE[0], _("This park already has a suite of this number in service."))
        if set(changed) & set(SERVICE):
            self._refuse_meeting(plan, suite)
        plan.writes += updates(suite, changed)

    def _refuse_meeting(self, plan, suite):
        """Refuse days of service that meet those of another row for the number; remember them."""
        given = self.given.setdefault((suite.park_id, number_folded(suite.number)), [])
        other = self._overlapping(given, suite)
        if other is not None:
            plan.refuse(
                "number",
                _("Row %(row)s has this number in service on some of the same days.") % {"row": other},
                _("Days of service that do not meet."),
            )
        given.append((plan.number, suite.in_service_from, suite.withdrawn_from))

    @staticmethod
    def _meet(one, other):
        return _overlap(one.in_service_from, one.withdrawn_from, other.in_service_from, other.withdrawn_from)

    @staticmethod
    def _overlapping(given, suite):
        for number, begins, ends in given:
            # The same first day is told of both rows.
            if begins != suite.in_service_from and _overlap(begins, ends, suite.in_service_from, suite.withdrawn_from):
                return number
        return None


def _overlap(begins, ends, begins_other, ends_other):
    """Whether two services, each until the day before its end, share a day; None is without limit."""
    return str(begins or EVER) < str(ends_other or NEVER) and str(begins_other or EVER) < str(ends or NEVER)
