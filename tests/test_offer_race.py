"""Fifty requests on one suite around the last second of its offer have exactly one outcome, whoever comes first."""

import datetime as dt
import itertools
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants import actions
from tenants.actions import Line, Refused, states
from tenants.models import Application, Lease, Letting, TimelineEntry
from tests.applications import ApplicationFactory
from tests.factories import SuiteFactory, UserFactory
from tests.test_let_once import most_at_once, race

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
ACCEPTANCES, OFFERS = 30, 20
REQUESTS = ACCEPTANCES + OFFERS


def run(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0] if cursor.description else None


@contextmanager
def midnight_after(calls):
    """The clock of the database shows today for so many looks at it, and from then on the day after: midnight passes
    in the middle of the drill, at another point in each round."""
    before = run("SELECT pg_get_functiondef('stp_today()'::regprocedure)")
    run("CREATE SEQUENCE drill_looks")
    run(
        "CREATE OR REPLACE FUNCTION stp_today() RETURNS date LANGUAGE sql VOLATILE AS $$ "
        f"SELECT CASE WHEN nextval('drill_looks') <= {calls} THEN DATE '{TODAY}' ELSE DATE '{TODAY + DAY}' END $$"
    )
    try:
        yield
    finally:
        run(before)
        run("DROP SEQUENCE drill_looks")


class Drill:
    """One suite offered until today, and twenty other firms that wait for it."""

    def __init__(self):
        self.officer = UserFactory(role="Lettings officer")
        self.suite = SuiteFactory(lettable_area_sqft=1_000)
        self.application = self.waiting()
        self.lease = self.offer(self.application, TODAY, deadline=TODAY)
        self.terms = actions.offering.terms_of(self.lease)
        self.others = [self.waiting() for _n in range(OFFERS)]

    def waiting(self):
        return ApplicationFactory(state="waiting", choices=[self.suite])

    def offer(self, application, today, deadline):
        """A new offer by staff whose day is `today`."""
        return actions.offer_space(
            application=application,
            park=self.suite.park,
            lines=[Line(self.suite, dt.date(2030, 1, 1), None, rent_pkr=Decimal(1_000))],
            deadline=deadline,
            passing="committee",
            minute="1",
            decided_on=TODAY,
            by=self.officer,
            today=today,
        )

    def accept(self):
        """The firm accepts over its page; returns whether it was told that it did."""
        url = reverse("tenants:application-offer", args=[self.application.token])
        answer = Client().post(url, {"lease": self.lease.pk, "terms": self.terms, "answer": "accept", "sure": "on"})
        assert answer.status_code in {302, 422}, answer.content
        return "accepted" if answer.status_code == 302 else None

    def offer_anew(self, application):
        """Staff offer the suite to somebody else, on what the database says is the day."""
        try:
            self.offer(application, actions.offering.database_today(), TODAY + 9 * DAY)
        except Refused:
            return None
        return "offered"

    def run(self):
        """Fifty requests at once; what each came to."""
        wanted = [self.accept] * ACCEPTANCES + [
            (lambda application=application: self.offer_anew(application)) for application in self.others
        ]
        # Mixed, so that neither side is first as a rule.
        order = [job for pair in itertools.zip_longest(wanted[:ACCEPTANCES], wanted[ACCEPTANCES:]) for job in pair]
        jobs = [job for job in order if job is not None]
        assert len(jobs) == REQUESTS
        return race(lambda thread: jobs[thread](), threads=REQUESTS)


@pytest.mark.parametrize("looks", [0, 1, 3, 12, 10_000])
def test_fifty_requests_around_the_deadline_have_exactly_one_outcome(looks):
    drill = Drill()
    with midnight_after(looks):
        told = drill.run()
        if not set(told) - {None}:
            # Everyone met everyone else's lock; who asks once more gets it.
            told.append(drill.offer_anew(drill.others[0]))
    lease = Lease.objects.get(pk=drill.lease.pk)
    accepted = lease.state == "accepted"
    anew = Lease.objects.filter(state="offered").exclude(pk=lease.pk)
    assert accepted + anew.count() == 1
    assert Letting.objects.blocking().filter(suite=drill.suite).count() == 1
    assert most_at_once() == (1, 1)
    # Nobody was told what is not so; the firm may send the same acceptance as often as it likes.
    assert set(told) - {None} == ({"accepted"} if accepted else {"offered"})
    assert told.count("offered") == anew.count()
    application = Application.objects.get(pk=drill.application.pk)
    assert (application.state == "offered") == (lease.state in {"offered", "accepted"})
    assert TimelineEntry.objects.filter(application=application, kind="accepted").count() == accepted
    if looks in (0, 10_000):
        assert accepted == bool(looks)


def test_the_database_refuses_a_late_acceptance_past_every_action():
    drill = Drill()
    with midnight_after(0), pytest.raises(Exception, match="lapsed when it was accepted"):
        Lease.objects.filter(pk=drill.lease.pk).update(state="accepted", accepted_on=TODAY, accepted_by_link=True)


def test_without_the_guards_the_same_drill_has_more_than_one_outcome(monkeypatch):
    """The control, which proves that the requests do meet: neither the actions nor the database ask what is free."""
    drill = Drill()
    kept = run("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'letting_once'")
    run("ALTER TABLE tenants_letting DROP CONSTRAINT letting_once")
    monkeypatch.setattr(states, "require_free", lambda lettings, today: None)
    try:
        with midnight_after(10_000):
            told = drill.run()
        assert told.count("offered") > 1
        assert Letting.objects.blocking().filter(suite=drill.suite).count() > 1
    finally:
        run("TRUNCATE tenants_letting CASCADE")
        run(f"ALTER TABLE tenants_letting ADD CONSTRAINT letting_once {kept}")
