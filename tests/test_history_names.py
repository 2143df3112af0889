"""The history says who, through what, and what rows were called at the time."""

import datetime as dt

import pghistory
import pgtrigger
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from parks.models import City, Park
from stp_portal.kit import history, through
from tenants.models import Letting

from .factories import CityFactory, LettingFactory, ParkFactory, UserFactory
from .staff_pages import change, form_data

pytestmark = pytest.mark.django_db


def age(model, label, hours):
    """Move the events of one kind so many hours into the past, as only tests may."""
    events = model.pgh_event_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events.objects.filter(pgh_label=label).update(pgh_created_at=timezone.now() - dt.timedelta(hours=hours))


def said(entry, label):
    return next((one.before, one.after) for one in entry.changes if one.label == label)


def test_a_row_is_called_what_it_was_called_then():
    old, new = CityFactory(name="Lyallpur"), CityFactory(name="Multan")
    park = ParkFactory(city=old)
    age(City, "insert", 9)
    age(Park, "insert", 8)
    City.objects.filter(pk=old.pk).update(name="Faisalabad")
    age(City, "update", 6)
    Park.objects.filter(pk=park.pk).update(city=new)
    age(Park, "update", 4)
    City.objects.filter(pk=new.pk).update(name="Multan Cantonment")

    moved, added = history.entries(Park, park.pk)

    assert said(added, "City") == ("", "Lyallpur")
    assert said(moved, "City") == ("Faisalabad", "Multan")


def test_a_person_keeps_the_user_name_of_the_time():
    user = UserFactory(username="first-name")
    park = ParkFactory()
    with pghistory.context(user=user.pk):
        Park.objects.filter(pk=park.pk).update(name="Changed")
    age(type(user), "insert", 9)
    age(type(user), "update", 9)
    age(Park, "insert", 8)
    age(Park, "update", 6)
    type(user).objects.filter(pk=user.pk).update(username="second-name")

    assert history.entries(Park, park.pk)[0].who == "first-name"


def test_a_page_writes_name_and_route_into_the_history(client, officer):
    park = ParkFactory()
    data = form_data(client.get(change(park)))
    assert client.post(change(park), data | {"district": "Swat"}).status_code == 302

    event = Park.pgh_event_model.objects.order_by("-pgh_id").first()

    told = event.pgh_context.metadata
    assert (told["user"], told["name"], told["through"]) == (officer.pk, officer.username, "page")
    assert told["action"] == "admin:parks_park_change"


def test_a_guided_act_is_named_as_such(client, officer):
    park = ParkFactory()
    client.post(reverse("admin:parks_park_verify", args=[park.pk]))

    assert history.entries(Park, park.pk)[0].through == "action: parks park verify"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "directly in the database"),
        ({"import": 7, "url": "/admin/"}, "import 7"),
        ({"command": "load_register"}, "command: load_register"),
        ({"command": "run_due", "job": "lapse"}, "timed work: lapse"),
        ({"firm": "STP-2026-00042", "through": "page"}, "link of the firm, STP-2026-00042"),
        ({"url": "/admin/parks/park/1/change/"}, "page"),
        ({"reason": "kept"}, "the portal itself"),
    ],
)
def test_every_way_into_the_register_has_its_words(metadata, words):
    assert through.words(metadata) == words


def test_a_command_is_named_where_nothing_else_is_and_keeps_the_reasons_given_inside():
    with through.source(through.COMMAND, command="tidy"):
        park = ParkFactory()
        Park.objects.filter(pk=park.pk).update(name="Bulk")
        with pghistory.context(reason="because"), through.source(through.TIMED, job="lapse"):
            Park.objects.filter(pk=park.pk).update(name="Job")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pghistory.context_id = ''")
        cursor.execute("UPDATE parks_park SET name = 'Raw' WHERE id = %s", [park.pk])

    raw, job, bulk, added = history.entries(Park, park.pk)

    assert [entry.through for entry in (job, bulk, added)] == ["timed work: lapse", "command: tidy", "command: tidy"]
    assert (job.reason, bulk.reason, bulk.context) == ("because", "", added.context)
    assert raw.through == "directly in the database"


def test_names_of_many_rows_cost_no_more_queries_than_of_one():
    def cost():
        ids = list(Letting.pgh_event_model.objects.values_list("pgh_id", flat=True))
        with CaptureQueriesContext(connection) as queries:
            entries = history.told({Letting: ids})
        return len(queries), entries

    LettingFactory()
    one, _entries = cost()
    LettingFactory.create_batch(5)
    many, entries = cost()

    assert (one, len({entry.name for entry in entries})) == (many, 6)
