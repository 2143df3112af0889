"""Random histories of all actions, each step compared with the plain model of who has which suite on which day."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from parks.models import SuiteClosure
from tenants import actions
from tenants.actions import Refused
from tenants.models import Lease, Letting
from tests.factories import CompanyFactory, ParkFactory, SuiteFactory, UserFactory
from tests.tenancy_model import END, Line, Model

BEGIN = dt.date(2027, 12, 20)  # 29 February 2028 lies in reach
UNTIL = 400
SERVICE = [(0, END), (0, END), (20, 120)]

days = st.integers(0, 150)
near = st.integers(-3, 12)
picks = st.integers(0, 11)
lines = st.builds(
    lambda suite, first, length: Line(suite, first, END if length is None else first + length),
    st.integers(0, 2),
    st.integers(0, 110),
    st.none() | st.integers(-1, 60),
)


def date(day):
    return None if day in (None, END) else BEGIN + dt.timedelta(days=day)


class Tenancies(RuleBasedStateMachine):
    """Three suites, one in service for a time only, and two companies; the day moves on."""

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.by = UserFactory()
        self.park = ParkFactory()
        self.companies = CompanyFactory.create_batch(2)
        self.suites = [
            SuiteFactory(
                park=self.park,
                in_service_from=date(first),
                withdrawn_from=None if last == END else date(last + 1),
            )
            for first, last in SERVICE
        ]
        self.model = Model(SERVICE)
        self.leases, self.closures = [], []

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def who(self):
        return {"by": self.by, "today": date(self.model.today), "reason": "Because."}

    def agree(self, allowed, action, **arguments):
        """Do it; the action must be refused exactly where the model does not allow it."""
        try:
            done = action(**arguments, **self.who())
        except Refused as refusal:
            assert not allowed, (action.__name__, refusal)
            return None
        assert allowed, action.__name__
        return done

    def entered(self, drawn):
        return [
            actions.Line(self.suites[line.suite], date(line.first), date(line.expiry), Decimal(1_000)) for line in drawn
        ]

    def pick(self, number):
        place = number % len(self.model.leases)
        return self.model.leases[place], self.leases[place]

    def some(self):
        return bool(self.model.leases)

    @rule(days=st.integers(1, 25))
    def wait(self, days):
        self.model.today += days

    @rule(company=st.integers(0, 1), drawn=st.lists(lines, min_size=1, max_size=3))
    def draft(self, company, drawn):
        allowed = self.model.draft(company, drawn)
        done = self.agree(
            allowed,
            actions.draft_lease,
            company=self.companies[company],
            park=self.park,
            lines=self.entered(drawn),
        )
        if allowed:
            self.leases.append(done)

    @rule(company=st.integers(0, 1), drawn=st.lists(lines, min_size=1, max_size=2), deed=st.booleans())
    def record_existing(self, company, drawn, deed):
        allowed = self.model.record(company, drawn, deed)
        done = self.agree(
            allowed,
            actions.record_existing,
            company=self.companies[company],
            park=self.park,
            lines=self.entered(drawn),
            deed_on_file=deed,
            signed_on=date(self.model.today) if deed else None,
        )
        if allowed:
            self.leases.append(done)

    @precondition(some)
    @rule(number=picks, drawn=st.lists(lines, max_size=2))
    def add_suites(self, number, drawn):
        lease, row = self.pick(number)
        self.agree(self.model.add(lease, list(drawn)), actions.add_suites, lease=row, lines=self.entered(drawn))

    @precondition(some)
    @rule(number=picks, later=near)
    def offer(self, number, later):
        lease, row = self.pick(number)
        deadline = self.model.today + later
        self.agree(self.model.offer(lease, deadline), actions.offer, lease=row, deadline=date(deadline))

    @precondition(some)
    @rule(number=picks, ago=st.integers(-1, 2))
    def accept(self, number, ago):
        lease, row = self.pick(number)
        day = self.model.today - ago
        self.agree(self.model.accept(lease, day), actions.accept, lease=row, accepted_on=date(day))

    @precondition(some)
    @rule(number=picks, ago=st.integers(-1, 2))
    def sign(self, number, ago):
        lease, row = self.pick(number)
        day = self.model.today - ago
        self.agree(self.model.sign(lease, day), actions.sign, lease=row, signed_on=date(day))

    @precondition(some)
    @rule(number=picks)
    def bring_to_the_deed(self, number):
        """All three steps on one day, since chance alone seldom takes them."""
        self.offer(number, 5)
        self.accept(number, 0)
        self.sign(number, 0)

    @precondition(some)
    @rule(number=picks, how=st.sampled_from(["decline", "withdraw", "cancel"]))
    def end(self, number, how):
        states, state = {
            "decline": (("offered",), "declined"),
            "withdraw": (("offered", "accepted"), "withdrawn"),
            "cancel": (("draft",), "cancelled"),
        }[how]
        lease, row = self.pick(number)
        self.agree(self.model.end(lease, states, state), getattr(actions, how), lease=row)

    @precondition(some)
    @rule(number=picks, day=days)
    def terminate(self, number, day):
        lease, row = self.pick(number)
        self.agree(self.model.terminate(lease, day), actions.terminate, lease=row, last_day=date(day))

    @precondition(some)
    @rule(number=picks, which=picks, day=days)
    def give_back(self, number, which, day):
        lease, row = self.pick(number)
        if lease.lines:
            place = which % len(lease.lines)
            letting = row.lettings.order_by("pk")[place]
            allowed = self.model.give_back(lease, lease.lines[place], day)
            self.agree(allowed, actions.give_back, letting=letting, last_day=date(day))

    @precondition(some)
    @rule(number=picks, day=days)
    def record_notice(self, number, day):
        lease, row = self.pick(number)
        self.agree(self.model.give_notice(lease, day), actions.record_notice, lease=row, given_on=date(day))

    @precondition(some)
    @rule(number=picks, day=days)
    def record_vacated(self, number, day):
        lease, row = self.pick(number)
        self.agree(self.model.vacate(lease, day), actions.record_vacated, lease=row, last_day=date(day))

    @precondition(some)
    @rule(number=picks, ago=st.integers(-1, 2))
    def file_deed(self, number, ago):
        lease, row = self.pick(number)
        day = self.model.today - ago
        self.agree(self.model.file_deed(lease, day), actions.file_deed, lease=row, signed_on=date(day))

    @precondition(some)
    @rule(number=picks, expiry=st.just(END) | st.integers(0, 300))
    def renew(self, number, expiry):
        lease, row = self.pick(number)
        allowed = self.model.renew(lease, expiry)
        done = self.agree(allowed, actions.renew, lease=row, expiry_date=date(expiry))
        if allowed:
            self.leases.append(done)

    @rule(suite=st.integers(0, 2), first=days, length=st.integers(-1, 9).map(lambda days: None if days == 9 else days))
    def close_suite(self, suite, first, length):
        last = END if length is None else first + length
        allowed = self.model.close(suite, first, last)
        done = self.agree(
            allowed,
            actions.close_suite,
            suite=self.suites[suite],
            first_day=date(first),
            last_day=date(last),
            closure_reason="repair",
        )
        if allowed:
            self.closures.append(done)

    @precondition(lambda self: self.closures)
    @rule(number=picks, last=days)
    def reopen_suite(self, number, last):
        place = number % len(self.closures)
        allowed = self.model.reopen(self.model.closures[place], last)
        self.agree(allowed, actions.reopen_suite, closure=self.closures[place], last_day=date(last))

    @invariant()
    def the_same_company_has_the_same_suite_on_each_day(self):
        suites = {suite.pk: place for place, suite in enumerate(self.suites)}
        leases = {lease.pk: place for place, lease in enumerate(self.leases)}
        found = {}
        for letting in Letting.objects.blocking():
            last = UNTIL if letting.last_day is None else min((letting.last_day - BEGIN).days, UNTIL)
            for day in range((letting.commencement_date - BEGIN).days, last + 1):
                place = suites[letting.suite_id], day
                assert place not in found, "let twice"
                found[place] = leases[letting.lease_id]
        assert found == self.model.holders(UNTIL)

    @invariant()
    def the_same_is_known_of_each_lease_and_closure(self):
        known = dict(Lease.objects.values_list("pk", "state"))
        assert [known[lease.pk] for lease in self.leases] == [lease.state for lease in self.model.leases]
        facts = Lease.objects.order_by("pk").values_list("deed_on_file", "notice_given_on", "vacated_on")
        assert list(facts) == [(one.deed, date(one.notice), date(one.vacated)) for one in self.model.leases]
        closures = SuiteClosure.objects.order_by("pk").values_list("first_day", "last_day")
        assert list(closures) == [(date(first), date(last)) for _suite, first, last in self.model.closures]


@pytest.mark.django_db
def test_any_history_of_actions_leaves_each_suite_with_whom_the_plain_model_says():
    run_state_machine_as_test(
        Tenancies,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
