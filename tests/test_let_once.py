"""A suite is let once at a time, whoever writes and however many at once. Real threads, real transactions."""

import datetime as dt
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections, transaction

from tenants import actions
from tenants.actions import Refused
from tenants.models import Lease, Letting, LettingRate
from tests.factories import CompanyFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import TODAY, line

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, SUITES, ROUNDS = 20, 20, 2


class Town:
    """A park with suites and, for each thread, a company with a draft for each suite; all terms overlap."""

    def __init__(self, suites_a_lease=1):
        self.by = UserFactory()
        self.park = ParkFactory()
        self.suites = SuiteFactory.create_batch(SUITES, park=self.park)
        self.companies = CompanyFactory.create_batch(THREADS)
        order = random.Random(4)
        self.drafts = {
            thread: [self._draft(thread, suites) for suites in self._shares(order, suites_a_lease)]
            for thread in range(THREADS)
        }

    def _shares(self, order, size):
        suites = order.sample(self.suites, SUITES)
        return [suites[start : start + size] for start in range(0, SUITES, size)]

    def _draft(self, thread, suites):
        lease = Lease.objects.create(company=self.companies[thread], park=self.park)
        first, last = self.term(thread)
        lettings = [
            Letting(
                lease=lease,
                lease_state="draft",
                park=self.park,
                suite=suite,
                commencement_date=first,
                expiry_date=last,
            )
            for suite in suites
        ]
        Letting.objects.bulk_create(lettings)
        LettingRate.objects.bulk_create(
            LettingRate(letting=letting, from_date=first, rent_pkr=1_000) for letting in lettings
        )
        return lease

    @staticmethod
    def term(thread):
        """Other days for each thread, of which 1 June 2026 is always one; some without end."""
        return (
            dt.date(2026, 6, 1) - thread * dt.timedelta(days=1),
            None if thread % 5 == 0 else dt.date(2026, 6, 1) + thread * dt.timedelta(days=7),
        )


def race(work, threads=THREADS):
    """Run `work(thread)` in all threads at once; returns what each returned. Any error in one is raised here."""
    start = Barrier(threads)

    def run(thread):
        try:
            start.wait(30)
            return work(thread)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def most_at_once():
    """The most blocking lettings that any suite has on one day, and how many suites have one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(max(n), 0), count(DISTINCT suite_id) FROM (
                SELECT one.suite_id, count(*) AS n FROM tenants_letting one JOIN tenants_letting other
                    ON other.suite_id = one.suite_id AND other.term @> one.commencement_date
                WHERE one.lease_state IN ('offered', 'accepted', 'signed')
                    AND other.lease_state IN ('offered', 'accepted', 'signed')
                GROUP BY one.suite_id, one.id) AS counted"""
        )
        return cursor.fetchone()


def by_actions(town):
    """Each thread brings its drafts to the deed; a refusal must name another lease."""

    def work(thread):
        won = 0
        who = {"by": town.by, "today": TODAY}
        for lease in town.drafts[thread]:
            try:
                actions.offer(lease=lease, deadline=TODAY, **who)
                actions.accept(lease=lease, accepted_on=TODAY, **who)
                actions.sign(lease=lease, signed_on=TODAY, **who)
                won += 1
            except Refused as refusal:
                assert refusal.lettings, refusal
        return won

    return work


def by_update(town):
    """Each thread promotes its drafts past all actions."""

    def work(thread):
        won = 0
        for lease in town.drafts[thread]:
            try:
                won += Lease.objects.filter(pk=lease.pk).update(state="signed", deed_on_file=True, signed_on=TODAY)
            except IntegrityError as error:
                assert error.__cause__.diag.constraint_name == "letting_once"
        return won

    return work


def by_sql(town):
    """Each thread inserts its own lettings under a signed lease by SQL."""
    leases = {}
    for thread in range(THREADS):
        leases[thread] = Lease.objects.create(company=town.companies[thread], park=town.park)
        Lease.objects.filter(pk=leases[thread].pk).update(state="signed", deed_on_file=True, signed_on=TODAY)

    def work(thread):
        won = 0
        for suite in random.Random(thread).sample(town.suites, SUITES):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO tenants_letting (lease_id, lease_state, park_id, suite_id, commencement_date,"
                        " expiry_date, rent_basis) VALUES (%s, 'signed', %s, %s, %s, %s, 'fixed')",
                        [leases[thread].pk, town.park.pk, suite.pk, *town.term(thread)],
                    )
                won += 1
            except IntegrityError as error:
                assert error.__cause__.diag.constraint_name == "letting_once"
        return won

    return work


@pytest.mark.parametrize("way", [by_actions, by_update, by_sql])
def test_each_suite_has_one_winner_and_nobody_waits_in_a_ring(way):
    for _round in range(ROUNDS):
        won = race(way(Town()))
        assert sum(won) == SUITES
        assert most_at_once() == (1, SUITES)
        call_command("flush", interactive=False, verbosity=0)


@pytest.mark.parametrize("way", [by_actions, by_update])
def test_leases_of_five_suites_in_any_order_have_one_winner_and_nobody_waits_in_a_ring(way):
    for _round in range(ROUNDS):
        won = race(way(Town(suites_a_lease=5)))
        most, suites = most_at_once()
        assert most == 1 and suites == 5 * sum(won) >= 5
        call_command("flush", interactive=False, verbosity=0)


def test_all_ways_at_once_leave_one_winner_and_nobody_waits_in_a_ring():
    town = Town()
    ways = [by_actions(town), by_update(town), by_sql(town)]
    won = race(lambda thread: ways[thread % 3](thread))
    assert sum(won) == SUITES and most_at_once() == (1, SUITES)


def test_an_action_and_an_update_of_the_same_leases_do_not_wait_in_a_ring():
    town = Town(suites_a_lease=5)
    leases = town.drafts[0]

    def work(thread):
        for lease in random.Random(thread).sample(leases, len(leases)):
            try:
                if thread % 2:
                    actions.offer(lease=lease, deadline=TODAY, by=town.by, today=TODAY)
                else:
                    Lease.objects.filter(pk=lease.pk, state="draft").update(
                        state="offered", offered_on=TODAY, offer_deadline=TODAY
                    )
            except Refused as refusal:
                assert "Only a draft can be offered" in str(refusal)

    race(work)
    assert set(Lease.objects.filter(company=town.companies[0]).values_list("state", flat=True)) == {"offered"}


def test_existing_leases_entered_at_once_have_one_winner_a_suite():
    town = Town()

    def work(thread):
        first, last = town.term(thread)
        won = 0
        order = random.Random(thread)
        for _attempt in range(2):
            lines = [line(suite, first, last) for suite in order.sample(town.suites, 5)]
            try:
                actions.record_existing(
                    company=town.companies[thread],
                    park=town.park,
                    lines=lines,
                    deed_on_file=False,
                    by=town.by,
                    reason="Seen.",
                    today=TODAY,
                )
                won += 1
            except Refused as refusal:
                assert refusal.lettings
        return won

    won = race(work, threads=8)
    most, suites = most_at_once()
    assert most == 1 and suites == 5 * sum(won)


@pytest.mark.parametrize("way", [by_update, by_sql])
def test_without_its_constraint_the_same_race_lets_suites_twice(way):
    constraint = next(one for one in Letting._meta.constraints if one.name == "letting_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Letting, constraint)
    try:
        won = race(way(Town()))
        assert sum(won) > SUITES
        assert most_at_once()[0] > 1
    finally:
        call_command("flush", interactive=False, verbosity=0)
        with connection.schema_editor() as editor:
            editor.add_constraint(Letting, constraint)
