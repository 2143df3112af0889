"""Differing area reports: staff see them, and choose another one only with a reason, on a page that shows both."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks import actions
from parks.models import AreaReport, ExportRecord, Park
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tests.factories import AreaReportFactory, ParkFactory, SourceFactory, UserFactory
from tests.staff_pages import change, exported, form_data
from tests.test_places import text_of

pytestmark = pytest.mark.django_db
LIST = "/admin/parks/areareport/conflicts/"


@pytest.fixture
def park():
    """A park whose page shows the first of two figures."""
    park = ParkFactory(name="Arfa Park", slug="arfa")
    AreaReportFactory(park=park, area_sqft=40_000)
    AreaReportFactory(park=park, area_sqft=30_000, chosen=False, source=SourceFactory(publisher="Dawn"))
    return park


def shown(park):
    return park.area_reports.get(chosen=True)


def other(park):
    return park.area_reports.get(chosen=False)


def page(report):
    return reverse("admin:parks_areareport_choose", args=[report.pk])


def test_parks_whose_figures_of_one_kind_differ_or_are_not_shown_are_listed(client, officer, park):
    same, planned, silent = (ParkFactory() for _number in range(3))
    AreaReportFactory(park=same)
    AreaReportFactory(park=same, chosen=False)
    AreaReportFactory(park=planned)
    AreaReportFactory(park=planned, kind="planned_area_as_reported", area_sqft=90_000, chosen=False)
    AreaReportFactory(park=silent, chosen=False)
    ParkFactory()
    assert set(Park.objects.with_area_conflict()) == {park, silent}
    html = client.get(LIST).content.decode()
    text = text_of(html).replace("\N{NO-BREAK SPACE}", " ")
    assert "40,000 sq ft" in text and "30,000 sq ft" in text and "−25 %" in text and "Dawn" in text
    assert html.count(page(other(park))) == 1 and page(shown(park)) not in html


def test_without_any_difference_the_list_says_so(client, officer):
    AreaReportFactory()
    assert "None: of each park all figures agree." in client.get(LIST).content.decode()


def test_the_list_is_downloaded_with_the_rows_of_the_screen_and_recorded(client, officer, park):
    rows = exported(client.get(LIST, {"format": "csv"}))
    assert [(row["Park"], row["Area, sq ft"], row["Shown on the page"]) for row in rows] == [
        ("Arfa Park", "40000.00", "yes"),
        ("Arfa Park", "30000.00", "no"),
    ]
    assert b"".join(client.get(LIST, {"format": "xlsx"}).streaming_content).startswith(b"PK")
    assert client.get(LIST, {"format": "pdf"}).status_code == 400
    assert ExportRecord.objects.filter(name="area-conflicts", rows=2, by=officer).count() == 2


def test_another_choice_needs_a_reason_and_shows_the_difference(client, officer, park):
    before, after = shown(park), other(park)
    html = client.get(page(after)).content.decode()
    assert "<del><bdi>40,000 sq ft (Covered area, as reported)</bdi></del>" in html
    assert "<ins><bdi>30,000 sq ft (Covered area, as reported), Dawn</bdi></ins>" in html
    for because in ("", "  ", "\x00"):
        response = client.post(page(after), form_data(client.get(page(after))) | {"because": because})
        assert "Say why this figure is shown" in response.content.decode() and response.status_code == 200
    assert shown(park) == before
    assert "40,000" in client.get("/parks/arfa/").content.decode().split("keyfacts")[1][:400]

    sent = form_data(client.get(page(after))) | {"because": "The host measured it."}
    assert client.post(page(after), sent).status_code == 302
    assert shown(park) == after and shown(park).chosen_because == "The host measured it."
    event = AreaReport.pgh_event_model.objects.filter(pgh_obj_id=after.pk).order_by("-pgh_id").first()
    assert event.pgh_context.metadata["reason"] == "The host measured it."
    assert event.pgh_context.metadata["user"] == officer.pk
    public = client.get("/parks/arfa/").content.decode()
    assert "30,000" in public.split("keyfacts")[1][:400] and "The host measured it." not in public


def test_back_again_needs_a_reason_of_its_own(client, officer, park):
    first, second = shown(park), other(park)
    actions.choose_area(report=second, because="One.", seen=first.pk, by=officer)
    assert AreaReport.objects.get(pk=first.pk).chosen_because == ""
    actions.choose_area(report=first, because="Two.", seen=second.pk, by=officer)
    assert (shown(park), shown(park).chosen_because, other(park).chosen_because) == (first, "Two.", "")


def test_a_page_that_saw_another_choice_is_refused_with_the_new_difference(client, officer, park):
    third = AreaReportFactory(park=park, area_sqft=20_000, chosen=False)
    second = park.area_reports.get(area_sqft=30_000)
    sent = form_data(client.get(page(third))) | {"because": "Mine."}
    actions.choose_area(report=second, because="Theirs.", seen=shown(park).pk, by=officer)
    response = client.post(page(third), sent)
    html = response.content.decode()
    assert "another figure is shown since you looked" in html and "<del><bdi>30,000 sq ft" in html
    assert shown(park) == second and 'value="Mine."' in html
    assert client.post(page(third), form_data(response)).status_code == 302
    assert shown(park) == third


@pytest.mark.parametrize("seen", ["", "x", "9" * 30, "-1", "none"])
def test_a_page_without_what_it_saw_is_refused(client, officer, park, seen):
    response = client.post(page(other(park)), {"because": "Mine.", "seen": seen})
    assert response.status_code == 200 and shown(park).area_sqft == 40_000


def test_the_figure_that_is_shown_cannot_be_chosen_again(client, officer, park):
    assert "The page shows this figure already:" in client.get(page(shown(park))).content.decode()
    sent = {"because": "Again.", "seen": shown(park).pk}
    assert "is the one that is shown" in client.post(page(shown(park)), sent).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_choices_at_the_same_moment_one_stands():
    park = ParkFactory()
    first = AreaReportFactory(park=park)
    rivals = [AreaReportFactory(park=park, area_sqft=number, chosen=False) for number in (1_000, 2_000)]
    user = UserFactory(role=LETTINGS_OFFICER)

    def choose(report):
        try:
            actions.choose_area(report=report, because="So.", seen=first.pk, by=user)
            return report.pk
        except actions.Moved:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        winners = [key for key in pool.map(choose, rivals) if key]
    assert winners == [shown(park).pk]


# --- everywhere else the choice is only read


def test_the_park_s_page_shows_the_choice_and_cannot_change_it(client, officer, park):
    data = form_data(client.get(change(park)))
    assert not [name for name in data if name.endswith("-chosen")]
    forged = {f"area_reports-{number}-chosen": value for number, value in ((0, ""), (1, "on"))}
    assert client.post(change(park), data | forged).status_code == 302
    assert shown(park).area_sqft == 40_000
    html = client.get(change(park)).content.decode()
    assert page(other(park)) in html


def test_the_page_of_a_report_cannot_change_the_choice(client, officer, park):
    address = reverse("admin:parks_areareport_change", args=[other(park).pk])
    data = form_data(client.get(address))
    assert "chosen" not in data and "chosen_because" not in data
    assert client.post(address, data | {"chosen": "on", "chosen_because": "x", "note": "seen"}).status_code == 302
    assert other(park).note == "seen" and shown(park).area_sqft == 40_000


def test_the_first_figure_of_a_park_is_shown_and_later_ones_are_not(client, officer):
    park = ParkFactory()
    data = form_data(client.get(change(park)))
    for number, area in enumerate(("44,000", "50,000")):
        data |= {
            f"area_reports-{number}-kind": "covered_area_as_reported",
            f"area_reports-{number}-area_sqft": area,
            f"area_reports-{number}-park": park.pk,
        }
    assert client.post(change(park), data | {"area_reports-TOTAL_FORMS": "2"}).status_code == 302
    assert (shown(park).area_sqft, other(park).area_sqft) == (44_000, 50_000)
    alone = ParkFactory()
    add = reverse("admin:parks_areareport_add")
    for area in ("100", "200"):
        sent = {"park": alone.pk, "kind": "covered_area_as_reported", "area_sqft": area}
        assert client.post(add, sent).status_code == 302
    assert (shown(alone).area_sqft, other(alone).area_sqft) == (100, 200)


# --- roles


def test_a_manager_reads_own_parks_and_chooses_nothing(client, park):
    theirs = ParkFactory(name="Hidden Park")
    for area in (1, 2):
        AreaReportFactory(park=theirs, area_sqft=area, chosen=area == 1)
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
    html = client.get(LIST).content.decode()
    assert "Arfa Park" in html and "Hidden Park" not in html and "/choose/" not in html
    assert [row["Park"] for row in exported(client.get(LIST, {"format": "csv"}))] == ["Arfa Park"] * 2
    sent = {"because": "Mine.", "seen": shown(park).pk}
    assert client.post(page(other(park)), sent).status_code == 403
    assert client.post(page(other(theirs)), sent).status_code == 404


def test_an_auditor_reads_the_list_and_chooses_nothing(client, park):
    client.force_login(UserFactory(role=AUDITOR))
    html = client.get(LIST).content.decode()
    assert "Arfa Park" in html and "/choose/" not in html
    assert client.post(page(other(park)), {"because": "x", "seen": shown(park).pk}).status_code == 403


def test_the_list_asks_the_database_as_often_for_many_parks_as_for_one(client, officer, park):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        return len(queries)

    few = asked()
    for _number in range(4):
        more = ParkFactory()
        for area in (1, 2, 3):
            AreaReportFactory(park=more, area_sqft=area, chosen=area == 1, source=SourceFactory())
    assert asked() == few


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=" + "9" * 30, "format=%00", "format=", "q=%ff"])
def test_whatever_the_address_says_the_list_answers(client, officer, park, query):
    assert client.get(f"{LIST}?{query}").status_code in {200, 400}


def test_each_park_stands_on_one_page_of_the_list(client, officer, monkeypatch):
    monkeypatch.setattr("parks.admin.area.PARKS_A_PAGE", 2)
    for _number in range(5):
        more = ParkFactory(name="Same name")
        for area in (1, 2):
            AreaReportFactory(park=more, area_sqft=area, chosen=area == 1)
    found = [park.pk for number in (1, 2, 3) for park, _rows in client.get(LIST, {"page": number}).context["parks"]]
    assert len(found) == len(set(found)) == 5
