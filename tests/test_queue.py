"""The public queue: its order against plain Python, what it prints, and that its rows alone give every place."""

import csv
import datetime as dt
import io
import json
import random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tenants import queue
from tenants.models import Application, ApplicationChoice, Lease, PassingOver
from tests.applications import ApplicationFactory, desks
from tests.factories import LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(1)
ADDRESS = reverse("tenants:queue")


def published(client, **params):
    """The rows of the CSV."""
    response = client.get(ADDRESS, {"format": "csv", **params})
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def places(client, **params):
    """(reference, place) of each published row, in the order of the file."""
    return [(row["reference"], int(row["position"])) for row in published(client, **params)]


def test_the_queue_is_that_of_an_oracle_in_plain_python(client):
    dice = random.Random(5)
    parks = [ParkFactory(), ParkFactory(), ParkFactory(listed=False)]
    states = ("submitted", "waiting", "waiting", "waiting", "needs_paper", "lapsed", "withdrawn", "offered", "allotted")
    made = []
    for _number in range(60):
        state = dice.choice(states)
        chosen = dice.sample(parks, dice.randint(1, 3))
        day = dt.date(2026, 1, 1) + dice.randint(0, 6) * DAY
        facts = {"state": state, "choices": chosen, "complete_on": day}
        size = dice.choice([None, 400, 900, 4_000])
        made.append(desks(9, **facts) if size is None else ApplicationFactory(wanted_area_sqft=size, **facts))
    Application.objects.filter(pk__in=[one.pk for one in made[::9]], state="waiting").update(state="needs_paper")
    withdrawn = ApplicationChoice.objects.filter(application__in=made[::7], rank=1)
    withdrawn.update(withdrawn_on=TODAY)
    expected = {}
    for one in Application.objects.all():
        if one.state not in {"waiting", "needs_paper", "offered"} or one.complete_on is None:
            continue
        year, number = one.reference.split("-")[1:]
        for choice in one.choices.select_related("park"):
            if choice.park.listed and choice.withdrawn_on is None:
                key = (one.complete_on, int(number), int(year))
                expected.setdefault((choice.park.code, one.band), []).append((key, one.reference))
    wanted = {
        (*where, reference): place
        for where, there in expected.items()
        for place, (_key, reference) in enumerate(sorted(there), start=1)
    }
    rows = published(client)
    assert {(row["park_code"], row["band"], row["reference"]): int(row["position"]) for row in rows} == wanted
    assert len(rows) == len(wanted) > 20
    for one in made:
        for place in queue.places_of(one, TODAY):
            if place.park.listed:
                assert wanted[place.park.code, one.band, one.reference] == place.position


def test_a_reference_with_more_digits_stands_behind_on_one_day():
    assert queue.order_of("STP-2026-99999", TODAY) < queue.order_of("STP-2026-100000", TODAY)
    assert queue.order_of("STP-2026-99999", TODAY) < queue.order_of("STP-2027-100000", TODAY)
    assert queue.order_of("STP-2030-100000", TODAY - DAY) < queue.order_of("STP-2026-00001", TODAY)


def test_a_lapsed_offer_counts_as_waiting_at_once(client):
    suite = SuiteFactory()
    lease = LeaseFactory(park=suite.park, application=ApplicationFactory(state="waiting", choices=[suite.park]))
    LettingFactory(suite=suite, lease=lease, state="offered")
    assert [row["state"] for row in published(client)] == ["offered"]
    Lease.objects.filter(pk=lease.pk).update(offered_on=TODAY - 9 * DAY, offer_deadline=TODAY - DAY)
    assert [row["state"] for row in published(client)] == ["waiting"]


def test_the_page_prints_reference_date_state_and_why_somebody_was_passed_over_and_no_name(client):
    suite = SuiteFactory()
    first = ApplicationFactory(state="waiting", choices=[suite.park], company_name="Quiet Systems")
    second = ApplicationFactory(state="waiting", choices=[suite.park])
    lease = LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park, application=second), state="draft").lease
    PassingOver.objects.create(
        application=first, lease=lease, park=suite.park, band=first.band, code="no_fit", on=TODAY, by=UserFactory()
    )
    html = client.get(ADDRESS).content.decode()
    for text in (first.reference, second.reference, "Passed over on", "does not fit", "The rule"):
        assert text in html
    for private in ("Quiet Systems", first.email, first.token, lease.number):
        assert private not in html
    assert published(client)[0]["passed_over"] == f"{TODAY} no_fit"


def test_the_filters_narrow_page_and_file_alike_and_keep_every_place(client):
    one, other = ParkFactory(), ParkFactory()
    for day in range(3):
        ApplicationFactory(state="waiting", choices=[one, other], complete_on=TODAY - day * DAY)
    assert len(places(client)) == 6
    assert [place for _reference, place in places(client, park=one.slug)] == [1, 2, 3]
    reference = places(client, park=one.slug)[2][0]
    assert places(client, park=one.slug, reference=reference.lower()) == [(reference, 3)]
    assert places(client, band="desks") == []


@pytest.mark.parametrize("params", [{"park": "nowhere"}, {"band": "huge"}, {"region": "moon"}, {"reference": "a\x00b"}])
def test_a_bad_filter_is_told_on_the_page_and_400_on_the_file(client, params):
    ApplicationFactory(state="waiting", choices=[ParkFactory()])
    response = client.get(ADDRESS, params)
    assert response.status_code == 200
    assert "Error:" in response.content.decode() and "STP-" not in response.content.decode().split("<main")[1]
    for kind in ("csv", "json"):
        assert client.get(ADDRESS, params | {"format": kind}).status_code == 400
    assert client.get(ADDRESS, {"format": "pdf"}).status_code == 400
    assert client.get(ADDRESS, {"format": "csv", "list": "names"}).status_code == 400


def test_an_empty_queue_says_so_and_leads_on(client):
    html = client.get(ADDRESS).content.decode()
    assert "Nobody waits for space today" in html and reverse("tenants:apply") in html


def test_the_number_of_queries_does_not_depend_on_the_rows(client):
    def asked():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(ADDRESS).status_code == 200
        return len(queries)

    park = ParkFactory()
    ApplicationFactory(state="waiting", choices=[park])
    one = asked()
    for _number in range(8):
        ApplicationFactory(state="waiting", choices=[park, ParkFactory()])
    assert asked() == one <= 12


def test_what_was_allotted_and_given_back_is_counted_by_month_without_names(client):
    suite = SuiteFactory(lettable_area_sqft=700)
    letting = LettingFactory(suite=suite, commencement_date=TODAY - 90 * DAY, expiry_date=None)
    Lease.objects.filter(pk=letting.lease_id).update(signed_on=TODAY - 90 * DAY)
    type(letting).objects.filter(pk=letting.pk).update(terminated_on=TODAY - 2 * DAY)
    old = LettingFactory(commencement_date=dt.date(2019, 1, 1), expiry_date=dt.date(2019, 12, 31))
    Lease.objects.filter(pk=old.lease_id).update(signed_on=dt.date(2019, 1, 1))
    rows = published(client, list="moves")
    allotted = [(row["month"], row["allotted"], row["allotted_sqft"]) for row in rows if row["allotted"] != "0"]
    back = [(row["month"], row["surrendered"]) for row in rows if row["surrendered"] != "0"]
    assert allotted == [(f"{TODAY - 90 * DAY:%Y-%m}", "1", "700.00")]
    assert back == [(f"{TODAY - 2 * DAY:%Y-%m}", "1")]
    assert letting.lease.company.name not in client.get(ADDRESS).content.decode()


# --- recomputing from what is published


@pytest.fixture
def waiting(db):
    park, other = ParkFactory(), ParkFactory()
    for number in range(6):
        ApplicationFactory(state="waiting", choices=[park, other], complete_on=TODAY - (number % 3) * DAY)


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_command_recomputes_every_place_from_the_published_rows(client, waiting, tmp_path, kind, capsys):
    body = b"".join(client.get(ADDRESS, {"format": kind}).streaming_content)
    (tmp_path / "queue").write_bytes(body)
    call_command("recompute_queue", str(tmp_path / "queue"))
    assert "12 places" in capsys.readouterr().out
    call_command("recompute_queue")


def test_the_command_names_the_first_place_that_does_not_follow(client, waiting, tmp_path):
    data = json.loads(b"".join(client.get(ADDRESS, {"format": "json"}).streaming_content))
    row = data["results"][0]
    row["date"] = "2030-01-01"
    (tmp_path / "queue.json").write_text(json.dumps(data))
    with pytest.raises(CommandError, match=f"{row['reference']}.*published 1, computed 6"):
        call_command("recompute_queue", str(tmp_path / "queue.json"))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{}", "{", "[1]", '{"results": [1]}', "\ufffe"])
def test_the_command_refuses_what_is_no_download_of_the_queue(tmp_path, text):
    (tmp_path / "file").write_text(text)
    with pytest.raises(CommandError, match="no download of the queue"):
        call_command("recompute_queue", str(tmp_path / "file"))
    with pytest.raises(CommandError, match="no download of the queue"):
        call_command("recompute_queue", str(tmp_path / "nothing"))
