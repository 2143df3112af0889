"""Two people offer conflicting drafts of one suite through the staff pages at the same moment."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.models import Lease
from tests.factories import LettingFactory, UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.localdate()


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
