"""Staff decide on reported mistakes: the difference first, then one transaction, and nobody overwrites anybody."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parks import actions
from parks.correction_facts import digest, said
from parks.models import AreaReport, Correction, Park, StageEvent
from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tests.factories import (
    AreaReportFactory,
    CityFactory,
    CorrectionFactory,
    HostFactory,
    ParkFactory,
    StageEventFactory,
    UserFactory,
)
from tests.staff_pages import form_data, names_in
from tests.test_places import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def park():
    return ParkFactory(name="Swat Park", slug="swat", city=CityFactory(name="Mingora"), district="Malakand")


def page(report):
    return reverse("admin:parks_correction_decide", args=[report.pk])


def previewed(client, report, **changes):
    """The page that shows what would change; None leaves a field out."""
    data = form_data(client.get(page(report))) | {"preview": "1"} | changes
    return client.post(page(report), {name: value for name, value in data.items() if value is not None})


def decided(client, report, **changes):
    """The answer to the confirmation."""
    return client.post(page(report), form_data(previewed(client, report, **changes)) | {"confirm": "1"})


def errors_in(response):
    html = text_of(response.content.decode())
    assert response.status_code == 200 and "Nothing was changed" in html
    return html


def test_the_difference_is_shown_before_anything_changes_and_then_written_with_its_reason(client, officer, park):
    report = CorrectionFactory(park=park, shown="Malakand")
    response = previewed(client, report, answer="Thank you.")
    html = response.content.decode()
    assert re.search(r"<del><bdi>Malakand</bdi></del>", html) and re.search(r"<ins><bdi>Swat</bdi></ins>", html)
    park.refresh_from_db()
    report.refresh_from_db()
    assert (park.district, report.state) == ("Malakand", "waiting")

    response = client.post(page(report), form_data(response) | {"confirm": "1"})
    assert response.status_code == 302
    park.refresh_from_db()
    report.refresh_from_db()
    assert park.district == "Swat"
    assert (report.state, report.decided_by, report.answer) == ("accepted", officer, "Thank you.")
    assert (report.changed_from, report.changed_to) == ("Malakand", "Swat")
    event = Park.pgh_event_model.objects.filter(pgh_obj_id=park.pk).order_by("-pgh_id").first()
    assert event.pgh_context.metadata["reason"] == f"correction {report.reference}"
    assert event.pgh_context.metadata["user"] == officer.pk
    assert "Swat" in client.get("/parks/swat/").content.decode()


@pytest.mark.parametrize(
    ("fact", "proposed", "value"),
    [
        ("name", " Swat   Tech\nPark ", "Swat Tech Park"),
        ("name_ur", "سوات پارک", "سوات پارک"),
        ("address", "Main Road\nMingora", "Main Road\nMingora"),
        ("programme", "e-Rozgaar hybrid", "e_rozgaar"),
        ("partnership_kind", "public-private partnership", "public_private"),
        ("women_only", "Yes", True),
        ("lift", "نہیں", False),
        ("power_hours", "۱۸", 18),
        ("parking_spaces", "1,200", 1200),
        ("internet_providers", "PTCL\nNayatel", "PTCL\nNayatel"),
        ("description", "Two floors.", "Two floors."),
    ],
)
@pytest.mark.usefixtures("officer")
def test_what_was_reported_is_read_as_a_value_of_its_fact(client, park, fact, proposed, value):
    report = CorrectionFactory(park=park, fact=fact, proposed=proposed)
    assert decided(client, report).status_code == 302
    park.refresh_from_db()
    assert getattr(park, fact) == value


@pytest.mark.parametrize("fact", ["city", "host"])
def test_a_city_and_a_host_are_found_by_their_names(client, officer, park, fact):
    other = (CityFactory if fact == "city" else HostFactory)(name="Saidu Sharif")
    assert decided(client, CorrectionFactory(park=park, fact=fact, proposed="saidu sharif")).status_code == 302
    park.refresh_from_db()
    assert getattr(park, fact) == other


def test_what_cannot_be_read_is_said_and_staff_enter_it(client, officer, park):
    report = CorrectionFactory(park=park, fact="power_hours", proposed="nearly always")
    html = client.get(page(report)).content.decode()
    assert "could not be read as a value" in html and "nearly always" in html
    assert decided(client, report, **{"fact-power_hours": "20"}).status_code == 302
    park.refresh_from_db()
    assert park.power_hours == 20


def test_staff_may_adjust_the_value(client, officer, park):
    report = CorrectionFactory(park=park)
    assert decided(client, report, **{"fact-district": "Upper Swat"}).status_code == 302
    report.refresh_from_db()
    assert report.changed_to == "Upper Swat" and report.proposed == "Swat"


@pytest.mark.parametrize(
    ("fact", "typed", "message"),
    [
        ("power_hours", "25", "A day has 24 hours"),
        ("power_hours", "x", "Enter a whole number"),
        ("parking_spaces", "-1", "greater than or equal to 0"),
        ("name", "", "This field is required."),
        ("district", "Malakand", "The register says so already: nothing would change."),
    ],
)
@pytest.mark.usefixtures("officer")
def test_a_value_that_cannot_be_comes_back_on_the_form_with_what_was_typed(client, park, fact, typed, message):
    report = CorrectionFactory(park=park, fact=fact, proposed="Swat")
    response = previewed(client, report, answer="My answer", **{f"fact-{fact}": typed})
    assert message in errors_in(response)
    data = form_data(response)
    assert data[f"fact-{fact}"] == typed and data["answer"] == "My answer"
    report.refresh_from_db()
    assert report.state == "waiting"


def test_declining_needs_an_answer_and_changes_nothing(client, officer, park):
    report = CorrectionFactory(park=park)
    assert "Say why nothing is changed" in errors_in(previewed(client, report, how="decline"))
    assert decided(client, report, how="decline", answer="The source is clear.").status_code == 302
    park.refresh_from_db()
    report.refresh_from_db()
    assert (park.district, report.state, report.changed_to) == ("Malakand", "declined", "")


@pytest.mark.parametrize("fact", ["agreement", "photo", "suites", "other"])
def test_facts_in_many_places_are_corrected_by_hand_and_staff_say_what_they_did(client, officer, park, fact):
    report = CorrectionFactory(park=park, fact=fact)
    assert 'value="change"' not in client.get(page(report)).content.decode()
    assert "Choose what is to be done." in errors_in(previewed(client, report, how=None))
    assert "Select a valid choice" in errors_in(previewed(client, report, how="change"))
    assert "Say what was corrected" in errors_in(previewed(client, report, how="by_hand"))
    assert decided(client, report, how="by_hand", answer="The photo is another one now.").status_code == 302
    report.refresh_from_db()
    assert (report.state, report.changed_to) == ("accepted", "")


def test_a_stage_becomes_an_event_known_by_the_day_of_the_report(client, officer, park):
    StageEventFactory(park=park, stage="mou_signed", on=dt.date(2020, 1, 1))
    report = CorrectionFactory(park=park, fact="stage", proposed="operational")
    assert decided(client, report).status_code == 302
    event = StageEvent.objects.get(park=park, stage="operational")
    assert event.on is None and event.known_by is not None
    report.refresh_from_db()
    assert "Operational" in report.changed_to and "Operational" not in report.changed_from


def test_a_stage_that_the_database_refuses_comes_back_as_a_sentence(client, officer, park):
    StageEventFactory(park=park, stage="operational", on=dt.date(2020, 1, 1))
    report = CorrectionFactory(park=park, fact="stage", proposed="Operational")
    day = {"fact-on": "2020-01-01", "fact-on_precision": "day", "fact-known_by": ""}
    assert "This event is already recorded on this date." in errors_in(previewed(client, report, **day))
    assert StageEvent.objects.count() == 1


def test_a_first_area_is_shown_and_another_one_needs_a_reason(client, officer, park):
    assert decided(client, CorrectionFactory(park=park, fact="area", proposed="44,000 sq ft")).status_code == 302
    first = AreaReport.objects.get(chosen=True)
    report = CorrectionFactory(park=park, fact="area", proposed="50,000")
    assert "Say why this figure is shown and not another." in errors_in(previewed(client, report))
    because = {"fact-chosen_because": "The host's own drawing."}
    assert decided(client, report, **because).status_code == 302
    chosen = AreaReport.objects.get(chosen=True)
    assert (chosen.area_sqft, chosen.chosen_because) == (50_000, "The host's own drawing.")
    again = CorrectionFactory(park=park, fact="area", proposed="44000")
    assert decided(client, again, **because).status_code == 302
    assert AreaReport.objects.count() == 2 and AreaReport.objects.get(chosen=True).pk == first.pk


def test_an_area_may_be_kept_without_being_shown(client, officer, park):
    AreaReportFactory(park=park, area_sqft=1_000)
    report = CorrectionFactory(park=park, fact="area", proposed="2000")
    assert decided(client, report, **{"fact-shown": None}).status_code == 302
    assert AreaReport.objects.get(chosen=True).area_sqft == 1_000 and AreaReport.objects.count() == 2


def test_a_value_changed_since_the_report_is_shown_as_such(client, officer, park):
    report = CorrectionFactory(park=park, shown="Malakand")
    assert "Changed since the report" not in client.get(page(report)).content.decode()
    Park.objects.filter(pk=park.pk).update(district="Dir")
    html = client.get(page(report)).content.decode()
    assert "Changed since the report" in html and "<del><bdi>Malakand</bdi></del>" in html


def test_a_page_that_is_out_of_date_is_refused_with_the_new_difference(client, officer, park):
    report = CorrectionFactory(park=park)
    data = form_data(previewed(client, report, answer="Thank you.")) | {"confirm": "1"}
    Park.objects.filter(pk=park.pk).update(district="Dir")
    response = client.post(page(report), data)
    html = response.content.decode()
    assert response.status_code == 200 and "the register has changed since you looked" in html
    assert "<del><bdi>Dir</bdi></del>" in html and "Thank you." in html
    park.refresh_from_db()
    assert park.district == "Dir"
    assert client.post(page(report), form_data(response) | {"confirm": "1"}).status_code == 302
    park.refresh_from_db()
    assert park.district == "Swat"


@pytest.mark.parametrize("sent", ["", "0" * 64, "\x00"])
def test_a_page_without_its_mark_is_asked_once_more(client, officer, park, sent):
    report = CorrectionFactory(park=park)
    data = form_data(previewed(client, report)) | {"confirm": "1", "_seen": sent}
    assert client.post(page(report), data).status_code == 200
    park.refresh_from_db()
    assert park.district == "Malakand"


def test_a_value_other_than_the_one_that_was_shown_is_shown_first(client, officer, park):
    report = CorrectionFactory(park=park)
    data = form_data(previewed(client, report)) | {"confirm": "1", "fact-district": "Buner"}
    response = client.post(page(report), data)
    assert response.status_code == 200 and "Buner" in response.content.decode()
    park.refresh_from_db()
    assert park.district == "Malakand"
    assert client.post(page(report), form_data(response) | {"confirm": "1"}).status_code == 302
    park.refresh_from_db()
    assert park.district == "Buner"


def test_the_second_of_two_who_decide_is_told_who_was_first_and_changes_nothing(client, officer, park):
    report = CorrectionFactory(park=park)
    data = form_data(previewed(client, report, answer="Yes")) | {"confirm": "1"}
    other = UserFactory(username="bilal", role=LETTINGS_OFFICER)
    actions.decide_correction(
        correction=report,
        state="declined",
        answer="No.",
        seen=digest(said(park, "district", dt.date.today())),
        on=dt.date.today(),
        by=other,
    )
    response = client.post(page(report), data)
    assert "bilal has decided on this report: Not changed" in text_of(response.content.decode())
    park.refresh_from_db()
    report.refresh_from_db()
    assert (park.district, report.state, report.answer) == ("Malakand", "declined", "No.")
    assert client.get(page(report)).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_decides():
    park = ParkFactory(district="Malakand")
    report = CorrectionFactory(park=park)
    people = [UserFactory(role=LETTINGS_OFFICER) for _number in range(2)]
    seen = digest("Malakand")

    def decide(user):
        try:
            actions.decide_correction(
                correction=report,
                state="accepted",
                answer="",
                seen=seen,
                on=dt.date.today(),
                by=user,
                values={"district": f"Of {user.username}"},
            )
            return user.username
        except (actions.AlreadyDecided, actions.Moved):
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        winners = [name for name in pool.map(decide, people) if name]
    assert len(winners) == 1
    assert Park.objects.get(pk=park.pk).district == f"Of {winners[0]}"
    assert Correction.objects.get().decided_by.username == winners[0]


def test_a_refused_decision_leaves_neither_the_value_nor_the_decision(park, officer):
    report = CorrectionFactory(park=park, fact="power_hours", proposed="99")
    with pytest.raises(Exception, match="24 hours"):
        actions.decide_correction(
            correction=report,
            state="accepted",
            answer="",
            seen=digest("Not reported"),
            on=dt.date.today(),
            by=officer,
            values={"power_hours": 99},
        )
    report.refresh_from_db()
    park.refresh_from_db()
    assert (report.state, park.power_hours) == ("waiting", None)


# --- roles


def test_a_manager_decides_on_own_parks_and_only_on_facts_that_a_manager_may_change(client, park):
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
    report = CorrectionFactory(park=park)
    assert decided(client, report).status_code == 302
    for fact in ("programme", "stage", "area"):
        theirs = CorrectionFactory(park=park, fact=fact, proposed="SCO park")
        html = client.get(page(theirs)).content.decode()
        assert 'value="change"' not in html and "You may not change this fact." in html
        forged = {"how": "change", "fact-programme": "sco", "fact-stage": "closed", "fact-area_sqft": "5"}
        assert "Select a valid choice" in errors_in(previewed(client, theirs, **forged))
        assert decided(client, theirs, how="decline", answer="No.").status_code == 302
    park.refresh_from_db()
    assert park.programme == "pseb" and not park.stage_events.exists() and not park.area_reports.exists()
    other = CorrectionFactory()
    for name in ("decide", "change", "history"):
        assert client.get(reverse(f"admin:parks_correction_{name}", args=[other.pk])).status_code == 404
    assert client.post(page(other), {"how": "decline", "answer": "x", "confirm": "1"}).status_code == 404


def test_an_auditor_reads_reports_without_the_people_and_decides_nothing(client, park):
    report = CorrectionFactory(park=park, name="Zarmina", email="zarmina@example.org")
    client.force_login(UserFactory(role=AUDITOR))
    html = client.get(reverse("admin:parks_correction_change", args=[report.pk])).content.decode()
    assert "Swat" in html and "armina" not in html
    for word in ("Zarmina", "zarmina@example.org"):
        assert names_in(client.get(reverse("admin:parks_correction_changelist"), {"q": word})) == set()
    assert client.get(page(report)).status_code == client.post(page(report)).status_code == 403


def test_a_report_s_own_page_changes_nothing_and_the_list_has_the_waiting_ones_first(client, officer, park):
    done, first, second = (CorrectionFactory(park=park, proposed=word) for word in ("a", "b", "c"))
    actions.decide_correction(
        correction=done, state="declined", answer="No.", seen=digest("Malakand"), on=dt.date.today(), by=officer
    )
    listed = client.get(reverse("admin:parks_correction_changelist"))
    assert [row.pk for row in listed.context["cl"].result_list] == [first.pk, second.pk, done.pk]
    own = reverse("admin:parks_correction_change", args=[first.pk])
    html = client.get(own).content.decode()
    assert page(first) in html and 'name="_save"' not in html and first.get_absolute_url() in html
    client.post(own, {"state": "accepted", "proposed": "x"})
    first.refresh_from_db()
    assert (first.state, first.proposed) == ("waiting", "b")
    assert page(done) not in client.get(reverse("admin:parks_correction_change", args=[done.pk])).content.decode()


def test_the_list_asks_the_database_as_often_for_many_as_for_one(client, officer):
    CorrectionFactory()

    def asked():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:parks_correction_changelist"))
        return len(queries)

    few = asked()
    for _number in range(5):
        CorrectionFactory()
    assert asked() == few


@pytest.mark.parametrize("typed", ["\x00", "9" * 5000, "NaN", "<script>", "'", "2026-02-30"])
@pytest.mark.parametrize(
    "fact", ["city", "host", "programme", "power_hours", "women_only", "stage", "area", "district"]
)
def test_whatever_is_sent_the_page_answers(client, officer, park, fact, typed):
    report = CorrectionFactory(park=park, fact=fact)
    data = form_data(client.get(page(report)))
    for button in ("preview", "confirm", "edit"):
        sent = {name: typed for name in data if name.startswith("fact-")} | {button: "1", "how": "change"}
        assert client.post(page(report), sent).status_code in {200, 302}
        assert client.post(page(report), {button: typed, "how": typed}).status_code == 200
    assert Client().get(page(report)).status_code == 302
