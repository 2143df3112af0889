"""What the benchmarks generate for the tenancy desk is as much as asked, and the database accepts it."""

from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from parks.models import Park, Suite
from tenants import occupancy
from tenants.models import Lease, Letting, LettingRate
from tests.bench import generate, sets, tenancies

pytestmark = pytest.mark.django_db


def test_the_generated_tenancies_are_as_many_as_asked_and_the_database_has_checked_them():
    generate.fill(30)
    today = timezone.localdate()
    tenancies.fill(200, 5, today, largest=50, history=3_000)
    assert Suite.objects.count() == 200
    first = Park.objects.order_by("ref")[0]
    assert first.suites.count() == 50
    assert Letting.objects.filter(lease_state="signed").count() == 1_000
    states = Counter(occupancy.with_state(Suite.objects.all(), today, today).values_list("state", flat=True))
    assert states["let"] > 100
    assert states["vacant"] > 40
    assert Letting.objects.holding_over(today, today).exists()
    events = [model.pgh_event_model.objects.filter(pgh_label="update").count() for model in (Suite, Lease, Letting)]
    rates = LettingRate.pgh_event_model.objects.filter(pgh_label="update").count()
    assert sum(events) + rates == 3_000
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_each_set_names_the_day_for_which_it_was_made():
    assert str(timezone.localdate()) in sets.mark("L")
    assert sets.mark("L") != sets.mark("XL")
    assert not sets.is_filled("L")
