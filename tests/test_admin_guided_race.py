"""People offer conflicting drafts of the same suites through the staff pages at the same moment."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.models import Lease
from tests.factories import LettingFactory, UserFactory
from tests.staff_pages import form_data
from tests.test_let_once import THREADS, Town, most_at_once, race

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.localdate()
TABLES = ("tenants_lease", "tenants_letting", "parks_park", "parks_suite")


@pytest.mark.parametrize("_round", range(3))
def test_one_offer_wins_and_the_other_is_told_the_winners_name(_round):
    deadline = (TODAY + dt.timedelta(days=9)).isoformat()
    first = LettingFactory(state="draft", rent=1, commencement_date=TODAY, expiry_date=None)
    second = LettingFactory(state="draft", rent=1, commencement_date=TODAY, expiry_date=None, suite=first.suite)
    pages = []
    for number, letting in enumerate((first, second)):
        client = Client()
        client.force_login(UserFactory(username=f"officer-{number}", role=LETTINGS_OFFICER))
        url = reverse("admin:tenants_lease_offer", args=[letting.lease.pk])
        shown = client.post(url, {"deadline": deadline, "preview": "1"})
        pages.append((client, url, form_data(shown) | {"confirm": "1"}, letting.lease))
    start, answers = threading.Barrier(2), {}

    def post(client, url, data, lease):
        try:
            start.wait(10)
            answers[lease.pk] = client.post(url, data)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=page) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    states = dict(Lease.objects.values_list("pk", "state"))
    [winner] = [pk for pk, state in states.items() if state == "offered"]
    [loser] = [pk for pk, state in states.items() if state == "draft"]
    assert answers[winner].status_code == 302 and answers[loser].status_code == 200
    html = answers[loser].content.decode()
    winner = Lease.objects.select_related("company").get(pk=winner)
    assert f"is offered to {winner.company} under lease {winner}" in html
    assert reverse("admin:tenants_lease_change", args=[winner.pk]) in html


def test_twenty_people_offering_twenty_suites_leave_one_winner_each_and_nobody_waits_in_a_ring():
    town = Town(suites_a_lease=5)
    deadline = (TODAY + dt.timedelta(days=9)).isoformat()
    pages = {}
    for thread in range(THREADS):
        client = Client()
        client.force_login(UserFactory(username=f"officer-{thread}", role=LETTINGS_OFFICER))
        pages[thread] = []
        for lease in town.drafts[thread]:
            url = reverse("admin:tenants_lease_offer", args=[lease.pk])
            shown = form_data(client.post(url, {"deadline": deadline, "preview": "1"}))
            pages[thread].append((client, url, shown | {"confirm": "1"}))

    answers = race(lambda thread: [client.post(url, data) for client, url, data in pages[thread]])

    offered = Lease.objects.filter(state="offered")
    won = sum(answer.status_code == 302 for each in answers for answer in each)
    assert won == offered.count() >= 1
    assert most_at_once() == (1, 5 * won)
    names = [lease.number for lease in offered]
    for answer in (answer for each in answers for answer in each if answer.status_code != 302):
        assert answer.status_code == 200
        html = answer.content.decode()
        assert "is offered to" in html and any(f"under lease {name}" in html for name in names)


def test_a_guided_page_locks_the_lettings_before_their_park_as_every_other_way_does(client):
    """A letting that is updated by itself is locked first and its park by the trigger after it."""
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    letting = LettingFactory(rent=1, commencement_date=TODAY, expiry_date=None)
    url = reverse("admin:tenants_lease_terminate", args=[letting.lease.pk])
    with CaptureQueriesContext(connection) as queries:
        client.post(url, {"last_day": TODAY.isoformat(), "reason": "Agreed.", "preview": "1"})
    locks = [
        query["sql"] for query in queries if " FOR " in query["sql"] and "UPDATE" in query["sql"].split(" FOR ")[-1]
    ]
    first = {table: next(n for n, sql in enumerate(locks) if f'FROM "{table}"' in sql) for table in TABLES}
    assert sorted(TABLES, key=first.get) == list(TABLES)
