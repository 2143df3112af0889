"""The rent roll: its figures by hand, on the day before and after, as a page and as files."""

import datetime as dt
import logging
import re
from decimal import Decimal

import pytest

from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.desk import base
from tenants.models import Company, Lease, Letting
from tests.desk import DAY, CountQueries, Scene, book_of, csv_of, page, text_of
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]
ROLL = "desk_rent_roll"


@pytest.fixture
def scene():
    return Scene()


def roll(client, **params):
    return page(client, ROLL, **{"on": DAY.isoformat(), **params})


def test_the_rent_roll_has_every_suite_with_its_terms_and_the_totals(client, scene):
    response = roll(client)

    total = response.context["roll"].total
    assert (total.suites, total.suites_let, total.area_let_sqft) == (4, 3, 1900)
    assert (total.rent_pkr, total.service_charge_pkr, total.monthly_pkr) == (180_000, 20_000, 200_000)
    text = text_of(response)
    for words in (
        "Rs\N{NO-BREAK SPACE}200,000",
        "120,000",
        "Acme",
        "Bolt",
        str(scene.lease),
        "31\N{NO-BREAK SPACE}Dec",
    ):
        assert words in text
    # 31 December is 199 days after 15 June.
    assert text.count(">199<") == 3
    assert text.count(">Vacant<") == 1


def test_a_suite_given_back_is_let_on_its_last_day_and_vacant_on_the_next(client, scene):
    Letting.objects.filter(pk=scene.l102.pk).update(terminated_on=DAY)

    before, after = roll(client), roll(client, on="2026-06-16")

    assert before.context["roll"].total.rent_pkr == 180_000
    assert after.context["roll"].total.rent_pkr == 130_000
    states = {row.suite.number: str(row.state) for row in after.context["roll"].rows}
    assert states == {"101": "let", "102": "vacant", "103": "vacant", "1": "let"}
    assert "on=2026-06-16" in text_of(before)
    assert "on=2026-06-15" in text_of(after)


def test_the_files_have_the_rows_of_the_screen_in_its_order(client, scene):
    response = roll(client)
    shown = [(group.park.name, row.suite.number) for group in response.context["page"].rows for row in group.rows]

    lines = csv_of(roll(client, format="csv"))
    book = book_of(roll(client, format="xlsx"))

    assert [(line["Park"], line["Suite"]) for line in lines] == shown
    assert [(row[1], row[3]) for row in book["Rent roll"][1:]] == shown
    first = lines[0]
    assert first["Commencement"] == "2026-01-01" and first["Expiry"] == "2026-12-31"
    assert Decimal(first["Total, PKR a month"]) == 120_000
    assert first["State"] == "Current" and first["Demonstration"] == "no"
    vacant = next(line for line in lines if line["Suite"] == "103")
    assert (vacant["Company"], vacant["Rent, PKR a month"], vacant["State"]) == ("", "", "Vacant")
    assert book["Rent roll"][1][8] == dt.datetime(2026, 1, 1) and book["Rent roll"][1][13] == 120_000
    told = dict(row for row in book["About"][1:])
    assert told["As on"] == dt.datetime(2026, 6, 15) and told["Total, PKR a month"] == 200_000


def test_a_download_is_logged_with_who_and_what(client, scene, caplog):
    with caplog.at_level(logging.INFO, "stp.staff"):
        roll(client, format="csv", park=scene.alpha.pk)

    assert "export rent-roll: 3 rows by ayesha" in caplog.text and f"park: {scene.alpha.pk}" in caplog.text


def test_one_park_can_be_asked_for(client, scene):
    response = roll(client, park=scene.beta.pk)

    assert [row.suite.number for row in response.context["roll"].rows] == ["1"]
    assert "Beta" in text_of(response) and response.context["form"]["park"].value() == str(scene.beta.pk)


BAD = [
    ({"on": "30 February 2026"}, "Date must be a real date"),
    ({"on": "0000-00-00"}, "Date must be a real date"),
    ({"on": "99999-01-01"}, "Date must be a real date"),
    ({"on": "2201-01-01"}, "Date must be in a year from 1900 to 2200."),
    ({"on": "a\x00b"}, "Date must be a real date"),
    ({"park": "abc"}, "Select a park from the list."),
    ({"park": "9" * 5000}, "Select a park from the list."),
    ({"park": "1\x00"}, "Select a park from the list."),
    ({"park": "-1"}, "Select a park from the list."),
]


# As the pages show the number of a suite: its bare digits may stand in any key.
SUITE_CELL = re.compile(r">\s*10[13]\s*<")


@pytest.mark.parametrize("report", ["desk_rent_roll", "desk_voids", "desk_expiries"])
@pytest.mark.parametrize(("params", "message"), BAD)
def test_a_bad_date_or_park_gets_its_message_and_no_rows(client, scene, report, params, message):
    text = text_of(page(client, report, **params))
    assert message in text and "<title>\n  Error:" in text
    assert SUITE_CELL.search(text_of(page(client, report))) and not SUITE_CELL.search(text)
    if params.get("on", "").startswith("30"):
        assert 'value="30 February 2026"' in text

    for kind in ("csv", "xlsx"):
        refused = page(client, report, **params, format=kind)
        assert refused.status_code == 400 and message in refused.content.decode()


def test_an_unknown_format_is_refused_by_name(client, scene):
    for report in ("desk_rent_roll", "desk_voids", "desk_expiries", "desk_watch", "desk_parks"):
        response = page(client, report, format="pdf")
        assert response.status_code == 400 and b"Format must be one of these: csv, xlsx." in response.content


def test_a_date_may_be_typed_as_people_write_it_and_comes_back_for_the_calendar(client, scene):
    response = roll(client, on="۱۵/۰۶/۲۰۲۶")

    assert response.context["on"] == DAY
    assert '<input type="date" name="on" value="2026-06-15"' in text_of(response)


def test_the_ends_of_the_calendar_have_one_neighbour_less(client, scene):
    for day in ("1900-01-01", "2200-12-31"):
        for report in ("desk_rent_roll", "desk_voids", "desk_expiries", "desk_parks"):
            assert page(client, report, on=day).status_code == 200
    assert "on=2200-12-30" in text_of(roll(client, on="2200-12-31"))
    assert "on=1900-01-02" in text_of(roll(client, on="1900-01-01"))


def test_a_manager_gets_own_parks_alone_on_the_page_in_the_list_and_in_files(client, scene):
    client.force_login(scene.manager())

    text = text_of(roll(client))
    assert "Alpha" in text and "Beta" not in text and "Bolt" not in text
    assert {line["Park"] for line in csv_of(roll(client, format="csv"))} == {"Alpha"}
    # The other park is as one that does not exist.
    assert "Select a park from the list." in text_of(roll(client, park=scene.beta.pk))
    assert roll(client, park=scene.beta.pk, format="csv").status_code == 400


def test_a_manager_whose_assignment_ended_sees_nothing_even_of_days_within_it(client, scene):
    user = scene.manager()
    user.park_assignments.update(last_day=dt.date(2026, 1, 31), first_day=dt.date(2026, 1, 1))
    client.force_login(user)

    assert roll(client, on="2026-01-15").context["roll"].rows == []


def test_an_auditor_reads_everything_and_somebody_without_a_role_nothing(client, scene):
    client.force_login(UserFactory(role=AUDITOR))
    assert len(roll(client).context["roll"].rows) == 4

    client.force_login(UserFactory())
    assert roll(client).status_code == 403

    client.logout()
    assert roll(client).status_code == 302


def test_a_formula_in_a_name_stays_text_in_both_files(client, scene):
    Company.objects.filter(pk=scene.acme.pk).update(name='=HYPERLINK("http://evil")')

    raw = b"".join(roll(client, format="csv").streaming_content).decode()
    assert "'=HYPERLINK" in raw and ",=HYPERLINK" not in raw and ',"=HYPERLINK' not in raw
    assert book_of(roll(client, format="xlsx"))["Rent roll"][1][6] == '=HYPERLINK("http://evil")'


def test_markup_in_a_name_is_inert(client, scene):
    Company.objects.filter(pk=scene.acme.pk).update(name="<script>alert(1)</script>")

    assert "<script>alert" not in text_of(roll(client))


def test_demonstration_rows_are_said_to_be_so_on_the_page_and_in_files(client, scene):
    assert "Demonstration:" not in text_of(roll(client))
    suite = SuiteFactory(park=scene.beta, number="D-1", demo=True)
    LettingFactory(suite=suite, lease=LeaseFactory(park=scene.beta, company=CompanyFactory(demo=True), demo=True))

    response = roll(client)
    text = text_of(response)
    assert "1 of 5 rows is invented" in text and text.count("demo-mark") == 1
    csv = roll(client, format="csv")
    assert "-demonstration.csv" in csv["Content-Disposition"]
    assert {line["Suite"]: line["Demonstration"] for line in csv_of(csv)}["D-1"] == "yes"
    assert any("invented" in str(row[1]) for row in book_of(roll(client, format="xlsx"))["About"])


def test_a_held_suite_names_whom_it_is_held_for_and_brings_no_rent(client, scene):
    offer = LettingFactory(suite=scene.s103, state="offered", rent=9_000)

    line = next(line for line in csv_of(roll(client, format="csv")) if line["Suite"] == "103")

    assert (line["State"], line["Lease"], line["Rent, PKR a month"]) == ("Held", offer.lease.number, "")
    assert offer.lease.company.name in text_of(roll(client))


def test_a_tenant_holding_over_is_said_to_be(client, scene):
    lines = csv_of(roll(client, on="2020-01-01", format="csv"))
    assert {line["State"] for line in lines if line["Park"] == "Beta"} == {"Vacant"}
    old = SuiteFactory(park=scene.beta, number="2")
    LettingFactory(suite=old, commencement_date=dt.date(2019, 1, 1), expiry_date=dt.date(2019, 12, 31), rent=5)

    line = next(line for line in csv_of(roll(client, on="2020-01-02", format="csv")) if line["Suite"] == "2")

    assert (line["State"], line["Days to expiry"]) == ("Holding over", "-2")


def test_the_number_of_queries_does_not_grow_with_the_rows(client, scene):
    roll(client)
    with CountQueries() as few:
        roll(client)
    for number in range(40):
        suite = SuiteFactory(park=scene.beta if number % 2 else ParkFactory(), number=f"N-{number}")
        LettingFactory(suite=suite, rent=1)
    with CountQueries() as many:
        assert len(roll(client).context["roll"].rows) == 44
    assert many.count == few.count <= 16


def test_parks_are_paged_whole_in_a_stable_order(client, scene, monkeypatch):
    monkeypatch.setattr(base.page_of_groups, "__defaults__", (3,))

    first, second = roll(client), roll(client, page="2")

    assert [group.park.name for group in first.context["page"].rows] == ["Alpha"]
    assert [group.park.name for group in second.context["page"].rows] == ["Beta"]
    assert second.context["roll"].total.suites == 4
    for nonsense in ("0", "3", "-1", "abc", "9" * 5000):
        assert roll(client, page=nonsense).context["page"].number == 1


def test_nothing_is_written_by_reading(client, scene):
    before = Lease.objects.count(), list(Letting.objects.order_by("pk").values())
    text_of(roll(client))
    csv_of(roll(client, format="csv"))
    book_of(roll(client, format="xlsx"))
    assert (Lease.objects.count(), list(Letting.objects.order_by("pk").values())) == before
    assert client.post("/admin/desk/rent-roll/").status_code == 405


def test_every_role_but_none_reads_and_the_links_lead_to_own_pages(client, scene):
    for role in (LETTINGS_OFFICER, AUDITOR, PARK_MANAGER):
        client.force_login(UserFactory(role=role, parks=[scene.alpha] if role == PARK_MANAGER else []))
        text = text_of(roll(client, park=scene.alpha.pk))
        for address in (
            f"/admin/tenants/lease/{scene.lease.pk}/change/",
            f"/admin/tenants/company/{scene.acme.pk}/change/",
            f"/admin/parks/park/{scene.alpha.pk}/change/",
            f"/admin/parks/suite/{scene.s103.pk}/change/",
        ):
            assert f'href="{address}"' in text
            assert client.get(address).status_code == 200
