"""Every download leaves a record of who took what, and each public one a line in the log."""

import json
import logging

import pytest
from django.contrib import admin
from django.db import InternalError, connection, transaction

from parks.models import ExportRecord
from stp_portal.kit.logs import OneLine
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tests.desk import Scene, csv_of, page
from tests.factories import ParkFactory, SuiteFactory, UserFactory
from tests.staff_pages import exported

pytestmark = pytest.mark.django_db
PARKS = "/admin/parks/park/"
LOG = "/admin/parks/exportrecord/"
ROLL = "/admin/desk/rent-roll/"
READERS = {ADMINISTRATOR: 200, AUDITOR: 200, LETTINGS_OFFICER: 403, PARK_MANAGER: 403}


def read(response):
    """The whole file, which a browser would read to its end."""
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def record():
    """What the only record says."""
    return ExportRecord.objects.values("by", "name", "format", "rows", "filters").get()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_of_a_list_is_recorded_with_its_rows_and_its_filter(client, officer, kind):
    ParkFactory(name="Arfa")
    ParkFactory(name="Other")

    read(client.get(f"{PARKS}?q=ارفع arfa&format={kind}&women_only__exact=0"))

    assert record() == {
        "by": officer.pk,
        "name": "parks.park",
        "format": kind,
        "rows": 0,
        "filters": "q: ارفع arfa; women_only__exact: 0",
    }


def test_a_record_counts_the_rows_that_leave(client, officer):
    for number in range(3):
        ParkFactory(name=f"Arfa {number}")

    lines = csv_of(client.get(f"{PARKS}?q=arfa&format=csv"))

    assert len(lines) == record()["rows"] == 3


def test_ticked_rows_are_recorded_with_how_many_were_ticked(client, officer):
    parks = [ParkFactory(), ParkFactory(), ParkFactory()]
    data = {"action": "export_xlsx", "_selected_action": [parks[0].pk, parks[1].pk, 999_999], "index": "0"}

    read(client.post(PARKS, data))

    assert record()["rows"] == 2 and record()["filters"] == "only ticked rows: 3"


def test_a_report_is_recorded_under_its_name(client, officer):
    scene = Scene()

    read(page(client, "desk_rent_roll", on="2026-06-15", park=scene.beta.pk, format="xlsx"))

    assert record() == {
        "by": officer.pk,
        "name": "rent-roll",
        "format": "xlsx",
        "rows": 1,
        "filters": f"on: 2026-06-15; park: {scene.beta.pk}",
    }


def test_csv_of_several_lists_records_the_one_that_leaves(client, officer):
    Scene()

    page(client, "desk_watch", list="registrations", format="csv")

    assert record()["name"] == "watch-registrations"


def test_looking_at_a_list_or_asking_for_its_head_records_nothing(client, officer):
    ParkFactory()

    client.get(PARKS)
    client.head(f"{PARKS}?format=csv")
    page(client, "desk_rent_roll")
    client.head(f"{ROLL}?format=csv")

    assert not ExportRecord.objects.exists()


@pytest.mark.parametrize(
    "address", [f"{PARKS}?format=csv", f"{PARKS}?format=xlsx", "/admin/desk/rent-roll/?format=csv"]
)
def test_without_its_record_no_list_leaves(client, officer, monkeypatch, address):
    Scene()

    def broken(**facts):
        raise InternalError("no disk")

    monkeypatch.setattr(ExportRecord.objects, "create", broken)
    client.raise_request_exception = False

    response = client.get(address)

    assert response.status_code == 500 and not response.streaming


# --- the list of records


@pytest.mark.parametrize(
    ("role", "status"), [(ADMINISTRATOR, 200), (AUDITOR, 200), (LETTINGS_OFFICER, 403), (PARK_MANAGER, 403)]
)
def test_administrators_and_auditors_read_the_log(client, officer, role, status):
    client.get(f"{PARKS}?format=csv")
    client.force_login(UserFactory(role=role))

    response = client.get(LOG)

    assert response.status_code == status
    if status == 200:
        html = response.content.decode()
        assert "Software technology parks</td>" in html and "ayesha" in html
        key = ExportRecord.objects.get().pk
        form = client.get(f"{LOG}{key}/change/").content.decode()
        assert "_save" not in form and "ayesha" in form
        assert client.post(f"{LOG}{key}/change/", {"rows": "9"}).status_code == 403
        assert client.get(f"{LOG}add/").status_code == client.get(f"{LOG}{key}/delete/").status_code == 403
    assert client.get(f"{LOG}?format=csv").status_code == status


def test_the_log_is_itself_downloaded_and_recorded(client, officer):
    client.get(f"{PARKS}?format=csv")
    client.force_login(UserFactory(role=AUDITOR))

    (line,) = exported(client.get(f"{LOG}?format=csv"))

    assert (line["who"], line["list"], line["rows"], line["format"]) == (
        "ayesha",
        "Software technology parks",
        "0",
        "csv",
    )
    assert ExportRecord.objects.filter(name="parks.exportrecord", rows=1).exists()


def test_the_log_is_narrowed_by_list_format_and_person(client, officer):
    client.get(f"{PARKS}?format=csv")
    read(client.get("/admin/parks/city/?format=xlsx"))
    client.force_login(UserFactory(role=ADMINISTRATOR))

    for query, rows in (
        ("list=parks.park", 1),
        ("format__exact=xlsx", 1),
        (f"by__id__exact={officer.pk}", 2),
        ("q=ayesha", 2),
        ("q=nobody", 0),
        ("days=1", 2),
    ):
        assert client.get(f"{LOG}?{query}").context["cl"].result_count == rows, query
    assert client.get(f"{LOG}?list=nope").status_code == 302


@pytest.mark.parametrize("statement", ["UPDATE parks_exportrecord SET rows = 0", "DELETE FROM parks_exportrecord"])
def test_a_record_stays_as_it_was_written(client, officer, statement):
    client.get(f"{PARKS}?format=csv")

    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_list_has_its_words_in_the_log(client):
    client.force_login(UserFactory(is_superuser=True))
    for model in admin.site._registry:
        client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/?format=csv")

    html = client.get(f"{LOG}?all=").content.decode()

    names = [label for _value, label in client.get(LOG).context["cl"].filter_specs[1].lookup_choices]
    assert len(names) == len(admin.site._registry)
    assert not [name for name in names if "." in name] and "Demand" not in html


# --- public downloads


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        *(("/parks/", kind, "parks") for kind in ("csv", "xlsx", "json", "geojson")),
        *(("/space/", kind, "free-space") for kind in ("csv", "xlsx", "json")),
    ],
)
def test_a_public_download_is_one_line_of_the_log_with_its_facts(client, caplog, address, kind, name):
    SuiteFactory(park=ParkFactory(name="Arfa", listed=True))

    with caplog.at_level(logging.INFO, "stp.downloads"):
        read(client.get(address, {"format": kind, "women_only": "", "q": "arfa\u202e\n"}))

    (told,) = [each for each in caplog.records if each.name == "stp.downloads"]
    line = OneLine().format(told)
    assert "\n" not in line
    facts = json.loads(line)
    assert {key: facts[key] for key in ("list", "format", "rows", "filter")} == {
        "list": name,
        "format": kind,
        "rows": 1,
        "filter": "q: arfa",
    }
    assert not ExportRecord.objects.exists()


@pytest.mark.parametrize("query", ["format=pdf", "format=csv&region=nowhere"])
def test_a_refused_public_download_is_not_logged_as_one(client, caplog, query):
    with caplog.at_level(logging.INFO, "stp.downloads"):
        assert client.get(f"/parks/?{query}").status_code == 400

    assert not [each for each in caplog.records if each.name == "stp.downloads"]
