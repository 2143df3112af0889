"""Downloads of staff lists and reports: the rows of the screen, the columns of the role, flat memory."""

import datetime as dt
import io
import tracemalloc
import uuid
from html import unescape

import openpyxl
import pytest
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from parks.models import ExportRecord, Park
from stp_portal.kit import admin_export
from stp_portal.kit.downloads import filters_of
from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from stp_portal.kit.xlsx import xlsx_file
from tenants.models import SpaceNeed
from tests.desk import Scene, book_of, csv_of, page
from tests.factories import (
    CityFactory,
    EnquiryFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
    full_park,
)
from tests.staff_pages import exported

pytestmark = pytest.mark.django_db
PARKS = "/admin/parks/park/"
LISTS = sorted(admin.site._registry, key=lambda model: model.__name__)


def list_of(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def rows_of(response):
    """The rows of a workbook's only sheet below its heading, each as a dictionary."""
    ((_name, (header, *rows)),) = book_of(response).items()
    return [dict(zip(header, row, strict=True)) for row in rows]


def tick(client, url, action, *keys, **more):
    return client.post(url, {"action": action, "_selected_action": keys, "index": "0", **more})


def a_row_of_everything():
    """Something to see in most lists."""
    scene = Scene()
    park = full_park()
    UserFactory(role=PARK_MANAGER, parks=[park])
    EnquiryFactory(park=park)
    SpaceNeed.objects.create(city=park.city, size_band="desks", form_token=uuid.uuid4())
    return scene


# --- every list


@pytest.mark.parametrize("model", LISTS, ids=lambda m: m.__name__)
def test_every_list_leaves_in_both_formats_with_the_rows_of_its_screen(client, model):
    a_row_of_everything()
    client.force_login(UserFactory(is_superuser=True))
    url = list_of(model)
    shown = client.get(url)

    lines, sheet = csv_of(client.get(f"{url}?format=csv")), rows_of(client.get(f"{url}?format=xlsx"))

    # The first download is itself a row of the log of downloads.
    later = 1 if model is ExportRecord else 0
    assert len(lines) == shown.context["cl"].result_count and len(sheet) == len(lines) + later
    if lines:
        assert list(lines[0]) == list(sheet[0])
        html = unescape(shown.content.decode())
        assert 'href="?format=csv"' in html and 'href="?format=xlsx"' in html
        for path in ("export_csv", "export_xlsx"):
            assert f'value="{path}"' in html


@pytest.mark.parametrize("model", LISTS, ids=lambda m: m.__name__)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_download_asks_the_database_as_often_for_many_rows_as_for_one(client, model, kind):
    client.force_login(UserFactory(is_superuser=True))
    a_row_of_everything()
    url = f"{list_of(model)}?format={kind}"
    list(client.get(url).streaming_content)
    with CaptureQueriesContext(connection) as few:
        list(client.get(url).streaming_content)
    for _number in range(8):
        a_row_of_everything()

    with CaptureQueriesContext(connection) as many:
        list(client.get(url).streaming_content)

    assert len(many) == len(few) <= 12


def test_a_download_has_all_pages_in_the_order_under_the_filters_and_search_of_the_screen(client, officer):
    for number in range(60):
        ParkFactory(name=f"Arfa {number:02}", women_only=number % 2 == 0)
    ParkFactory(name="Other", women_only=True)
    query = "q=arfa&women_only__exact=1&o=-2&p=1"

    lines = csv_of(client.get(f"{PARKS}?{query}&format=csv"))

    names = [line["Name"] if "Name" in line else line["name"] for line in lines]
    assert names == [f"Arfa {number:02}" for number in range(58, -1, -2)]
    assert len(rows_of(client.get(f"{PARKS}?{query}&format=xlsx"))) == 30


def test_the_links_keep_the_filters_and_leave_the_page_behind(client, officer):
    for number in range(60):
        ParkFactory(name=f"Arfa {number}")

    html = unescape(client.get(f"{PARKS}?q=arfa&o=2&p=2").content.decode())

    assert 'href="?q=arfa&o=2&format=csv"' in html and 'href="?q=arfa&o=2&format=xlsx"' in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("format=pdf", "Format must be one of these: csv, xlsx."),
        ("format=csv%00", "Format must be one of these: csv, xlsx."),
        ("format=csv&part=secret", "Part must be one of these"),
        ("format=xlsx&stage=nope", "That filter was not understood."),
        ("format=csv&name__regex=(", "That filter was not understood."),
        ("format=csv&listed__exact=%00", "That filter was not understood."),
    ],
)
def test_what_a_download_cannot_use_is_400_and_recorded_nowhere(client, officer, query, sentence):
    ParkFactory()

    response = client.get(f"{PARKS}?{query}")

    assert response.status_code == 400 and sentence in response.content.decode()
    assert not ExportRecord.objects.exists()


def test_ticked_rows_leave_alone_and_all_of_the_list_where_that_is_asked_for(client, officer):
    first, second = ParkFactory(name="Alpha", women_only=False), ParkFactory(name="Beta", women_only=False)
    ParkFactory(name="Gamma", women_only=True)

    assert len(exported(tick(client, PARKS, "export_csv", second.pk))) == 1
    assert len(rows_of(tick(client, PARKS, "export_xlsx", first.pk, second.pk))) == 2
    filtered = f"{PARKS}?women_only__exact=0"
    assert len(rows_of(tick(client, filtered, "export_xlsx", first.pk, select_across="1"))) == 2
    told = [record.filters for record in ExportRecord.objects.order_by("pk")]
    assert told == ["only ticked rows: 1", "only ticked rows: 2", "women_only__exact: 0"]


# --- who gets what


def test_a_manager_gets_the_rows_of_own_parks_alone_whatever_keys_are_sent(client):
    own, other = ParkFactory(name="Own"), ParkFactory(name="Other")
    for park in (own, other):
        SuiteFactory(park=park)
        EnquiryFactory(park=park)
        StageEventFactory(park=park)
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[own]))

    for path in ("parks/park", "parks/suite", "parks/stageevent", "tenants/enquiry"):
        url = f"/admin/{path}/"
        model = next(model for model in LISTS if list_of(model) == url)
        keys = list(model.objects.values_list("pk", flat=True))
        assert len(csv_of(client.get(f"{url}?format=csv"))) == 1, path
        assert len(rows_of(client.get(f"{url}?format=xlsx"))) == 1, path
        text = b"".join(tick(client, url, "export_csv", *keys).streaming_content).decode()
        assert "Other" not in text and text.count("\r\n") == 2, path
        forged = set(keys) - {own.pk} if model is Park else keys[1:]
        if model is Park:
            assert exported(tick(client, url, "export_csv", *forged)) == []
    everything = tick(client, PARKS, "export_csv", own.pk, other.pk, select_across="1")
    assert [line["code"] if "code" in line else line["Code"] for line in exported(everything)] == [own.code]


def test_an_auditor_gets_no_people_and_no_way_to_find_them(client):
    EnquiryFactory(name="Sana Khan", email="sana@example.org")
    client.force_login(UserFactory(role=AUDITOR))

    text = b"".join(client.get("/admin/tenants/enquiry/?format=csv").streaming_content).decode()
    assert "Sana" not in text and "sana@" not in text and text.count("\r\n") == 2
    assert csv_of(client.get("/admin/tenants/enquiry/?q=sana&format=csv")) == []


def test_who_may_not_see_a_list_gets_no_file_of_it(client):
    ParkFactory()
    client.force_login(UserFactory())

    assert client.get(f"{PARKS}?format=csv").status_code == 403
    client.logout()
    assert client.get(f"{PARKS}?format=csv").status_code == 302
    assert not ExportRecord.objects.exists()


# --- reports


@pytest.mark.parametrize(
    ("name", "rows"),
    [("desk_parks", 2), ("desk_plan", 3), ("desk_timeline", 7), ("desk_rent_roll", 4), ("desk_voids", 1)],
)
def test_every_report_leaves_in_both_formats_and_is_recorded(client, officer, name, rows):
    scene = Scene()
    args = [scene.alpha.pk] if name in {"desk_plan", "desk_timeline"} else []

    lines = csv_of(page(client, name, *args, on="2026-06-15", format="csv"))
    sheets = book_of(page(client, name, *args, on="2026-06-15", format="xlsx"))

    assert len(lines) == rows
    first = next(iter(sheets.values()))
    assert first[0] == list(lines[0]) and len(first) == rows + 1 and "About" in sheets
    records = ExportRecord.objects.order_by("pk").values_list("by", "format", "rows", "filters")
    assert list(records) == [(officer.pk, kind, rows, "on: 2026-06-15") for kind in ("csv", "xlsx")]
    html = unescape(page(client, name, *args, on="2026-06-15").content.decode())
    assert 'href="?on=2026-06-15&format=csv"' in html
    assert page(client, name, *args, format="pdf").status_code == 400
    assert page(client, name, *args, on="31-31-2026", format="csv").status_code == 400


def test_the_plan_and_the_timeline_of_another_park_are_no_file_for_a_manager(client):
    scene = Scene()
    client.force_login(scene.manager())

    for name in ("desk_plan", "desk_timeline"):
        assert page(client, name, scene.alpha.pk, format="csv").status_code == 200
        assert page(client, name, scene.beta.pk, format="csv").status_code == 404
    assert [line["Park"] for line in csv_of(page(client, "desk_parks", format="csv"))] == ["Alpha"]


def test_the_occupancy_file_says_what_is_not_known(client, officer):
    scene = Scene()
    SuiteFactory(park=scene.beta, number="2", lettable_area_sqft=None)
    ParkFactory(name="Gamma", demo=True)
    SuiteFactory(park=Park.objects.get(name="Gamma"), lettable_area_sqft=None, demo=True)

    alpha, beta, gamma = csv_of(page(client, "desk_parks", on="2026-06-15", format="csv"))

    assert (alpha["Occupancy, percent"], alpha["Vacant, sq ft"], alpha["Demonstration"]) == ("65.2", "800.00", "no")
    assert beta["Vacant suites whose area is not reported"] == "1"
    assert (gamma["Occupancy, percent"], gamma["Demonstration"]) == ("", "yes")


def test_the_timeline_file_has_the_true_days_of_each_bar(client, officer):
    scene = Scene()

    lines = csv_of(page(client, "desk_timeline", scene.alpha.pk, on="2026-06-15", format="csv"))

    let = next(line for line in lines if line["What"] == "Let")
    assert (let["Suite"], let["First day"], let["Last day"]) == ("101", "2026-01-01", "2026-12-31")
    assert "Acme" in let["In words"]
    closing = lines[-1]
    assert (closing["Suite"], closing["What"], closing["Last day"]) == ("103", "Vacant", "")


def test_the_demand_for_space_is_a_file_of_own_cities(client):
    lahore, quetta = CityFactory(name="Lahore"), CityFactory(name="Quetta")
    for city in (lahore, lahore, quetta):
        SpaceNeed.objects.create(city=city, size_band="desks", form_token=uuid.uuid4())
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory(city=lahore)]))
    url = reverse("admin:tenants_spaceneed_summary")

    (line,) = csv_of(client.get(f"{url}?format=csv"))

    assert (line["City"], line["Sum"]) == ("Lahore", "2")
    assert ExportRecord.objects.get().name == "demand"
    assert client.get(f"{url}?format=no").status_code == 400


# --- formats


def test_a_workbook_keeps_texts_as_texts_and_dates_as_dates(client):
    client.force_login(UserFactory(is_superuser=True))
    EnquiryFactory(name="=HYPERLINK(1)", company="007", park=ParkFactory(name="a\x0bb _x0041_"))

    response = client.get("/admin/tenants/enquiry/?format=xlsx")
    header, row = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active.iter_rows()

    found = {head.value: cell for head, cell in zip(header, row, strict=True)}
    assert (found["name"].value, found["name"].data_type, found["name"].number_format) == ("=HYPERLINK(1)", "s", "@")
    assert (found["company"].value, found["company"].data_type) == ("007", "s")
    # Excel reads _x0041_ as a letter, and _x005F_ as the underscore before it.
    assert found["park"].value == "a\nb _x005F_x0041_"
    now = timezone.localtime().replace(tzinfo=None)
    assert dt.timedelta() <= now - found["received"].value < dt.timedelta(minutes=5)


def test_an_empty_cell_of_a_column_of_text_takes_what_is_typed_as_text():
    with xlsx_file([("a", ["t", "n"], [[None, None]], {0})]) as file:
        sheet = openpyxl.load_workbook(file).active

    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["B"].number_format == "General"


def test_a_workbook_of_20_000_rows_is_written_in_flat_memory():
    def peak(rows):
        tracemalloc.start()
        try:
            lines = ([f"text {number} {place}" for place in range(10)] for number in range(rows))
            with xlsx_file([("a", [f"h{place}" for place in range(10)], lines)]):
                return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few = peak(1_000)
    assert peak(20_000) < few * 1.5 + 1_000_000


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_are_read_a_chunk_at_a_time(client, officer, kind, monkeypatch):
    for number in range(9):
        ParkFactory(name=f"P{number}")
    monkeypatch.setattr(admin_export, "CHUNK", 2)
    made, alive, most = models.Model.from_db.__func__, [0], [0]

    class Counted:
        """Counts the rows that are in memory."""

        def __init__(self):
            alive[0] += 1
            most[0] = max(most[0], alive[0])

        def __del__(self):
            alive[0] -= 1

    def from_db(cls, *args):
        row = made(cls, *args)
        row.counted = Counted()
        return row

    monkeypatch.setattr(Park, "from_db", classmethod(from_db))
    body = b"".join(client.get(f"{PARKS}?format={kind}").streaming_content)

    assert len(body) > 100 and 0 < most[0] <= 6


def test_the_filter_in_words_is_clean_and_short(rf):
    params = rf.get("/", {"q": "arfa\x00\u202e  x", "stage": "", "page": "2", "format": "csv", "p": "1", "o": "1"}).GET

    assert filters_of(params) == "q: arfa x; o: 1"
    assert len(filters_of(rf.get("/", {"q": "x" * 5000}).GET)) == 1000
