"""The floors under the tenancy desk's pages are honest: the same rows in the same order as ours."""

import io
import re

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from parks.models import Park, Suite
from tenants import occupancy
from tenants.rent_roll import rent_roll
from tests.bench import generate, sets, space_floors, tenancies

pytestmark = pytest.mark.django_db
LINK = re.compile(r'href="/space/[^"?/]+/(\d+)/"')


@pytest.fixture(scope="module", params=["generated", "demonstration"])
def tenancy(request, django_db_setup, django_db_blocker):
    """A generated register with tenancies that the database has checked, and the small demonstration."""
    with django_db_blocker.unblock(), transaction.atomic():
        if request.param == "generated":
            generate.fill(40)
            tenancies.fill(400, 4, timezone.localdate(), largest=80, history=5_000)
        else:
            call_command("load_register", stdout=io.StringIO())
            call_command("load_demo", stdout=io.StringIO())
        with connection.cursor() as cursor:
            # The planner would take the tables for as empty as they were before.
            cursor.execute("ANALYZE")
        yield request.param
        transaction.set_rollback(True)


def suites(client, address):
    """The suites that a page links to, in order, each once."""
    return list(dict.fromkeys(LINK.findall(client.get(address).content.decode())))


def test_the_floor_of_the_search_shows_our_suites_in_our_order(tenancy, client, settings):
    settings.ROOT_URLCONF = "tests.bench.urls"
    for page in sets.space_pages():
        # What becomes free later stands below the page's own rows and has no floor.
        floor = suites(client, page.floor)
        assert floor
        assert suites(client, page.ours)[: len(floor)] == floor
        answer = client.get(page.ours).context
        rows = space_floors.space_rows(dict(pair.split("=") for pair in page.ours.partition("?")[2].split("&") if pair))
        assert rows[0]["count"] == answer["page"].count
        ours = [(card["pk"], card["free_since"], card["free_until"]) for card in answer["page"].rows]
        assert [(row["id"], row["free_since"], row["free_until"]) for row in rows] == ours


def test_the_floor_of_a_park_has_the_state_of_each_suite(tenancy):
    on = timezone.localdate()
    parks = Park.objects.filter(suites__isnull=False).distinct().order_by("pk")[:12]
    for park in parks:
        ours = occupancy.with_state(Suite.objects.filter(park=park), on, on).exclude(state="not_in_service")
        ours = ours.order_by("floor", "position", "pk").values_list("pk", "state")
        rows = space_floors.rows_of(space_floors.PLAN, {"park": park.pk})
        assert [(row["id"], row["state"]) for row in rows] == list(ours)


def test_the_floor_of_the_rent_roll_has_our_rows_and_sums(tenancy):
    on = timezone.localdate()
    roll = rent_roll(Park.objects.all(), on, on)
    rows = space_floors.rows_of(space_floors.ROLL, {})
    total = rows[0]["total"]
    assert (total["suites"], total["let"], total["rent"], total["charge"]) == (
        roll.total.suites,
        roll.total.suites_let,
        pytest.approx(float(roll.total.rent_pkr)),
        pytest.approx(float(roll.total.service_charge_pkr)),
    )
    assert total["wale"] == pytest.approx(float(roll.total.wale_years), abs=0.006)
    facts = [
        (row.suite.pk, str(row.state), row.expiry, row.rent_pkr, row.next_step_on, row.next_rent_pkr)
        for row in roll.rows[: len(rows)]
    ]
    names = ("id", "state", "expiry", "rent_pkr", "next_step_on", "next_rent_pkr")
    assert [tuple(row[name] for name in names) for row in rows] == facts
