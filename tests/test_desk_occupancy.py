"""The report of occupancy: figures by hand, over time, as known on a day, by park, city, region and programme."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.models import Park, Suite
from tenants.desk.occupancy import month_ends
from tenants.models import Letting
from tenants.occupancy import KEYS, occupancy, occupancy_by, occupancy_over
from tests.desk import DAY, CountQueries, Scene, book_of, csv_of, make_one_of_each, page, text_of
from tests.factories import CityFactory, LettingFactory, ParkFactory, SuiteFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]
PERCENT = "\N{NO-BREAK SPACE}%"


@pytest.fixture
def scene():
    scene = Scene()
    lahore, quetta = CityFactory(name="Lahore", region="punjab"), CityFactory(name="Quetta", region="balochistan")
    Park.objects.filter(pk=scene.alpha.pk).update(city=lahore, programme="pseb")
    Park.objects.filter(pk=scene.beta.pk).update(city=quetta, programme="e_rozgaar")
    # A park of which nothing is known.
    scene.bare = ParkFactory(name="Gamma", city=quetta, programme="e_rozgaar")
    return scene


def report(client, **params):
    return page(client, "desk_occupancy", **{"on": DAY.isoformat(), **params})


def rates(response):
    return {line.label: line.found.rate for line in response.context["page"].rows}


def test_the_days_are_the_last_twelve_month_ends_and_the_day_itself():
    days = month_ends(dt.date(2026, 3, 1))
    assert (
        len(days) == 13
        and days[0] == dt.date(2025, 3, 31)
        and days[-3:]
        == [
            dt.date(2026, 1, 31),
            dt.date(2026, 2, 28),
            dt.date(2026, 3, 1),
        ]
    )
    # A day that is itself a month's end stands once.
    assert month_ends(dt.date(2024, 2, 29))[-2:] == [dt.date(2024, 1, 31), dt.date(2024, 2, 29)]
    assert month_ends(dt.date(1900, 1, 1)) == [dt.date(1900, 1, 1)]
    assert month_ends(dt.date(1900, 3, 15)) == [dt.date(1900, 1, 31), dt.date(1900, 2, 28), dt.date(1900, 3, 15)]


@pytest.mark.parametrize("key", KEYS)
def test_several_days_at_once_are_as_each_day_alone(scene, key):
    suites, parks = Suite.objects.all(), Park.objects.all()
    days = [dt.date(2025, 12, 31), DAY, dt.date(2027, 1, 1), dt.date(2020, 1, 1)]
    with CountQueries() as made:
        over = occupancy_over(suites, parks, key, days, DAY)
    assert made.count == 2
    assert [day for day, _all, _apart in over] == days
    for day, together, apart in over:
        assert together == occupancy(suites, parks, day, DAY)
        assert apart == occupancy_by(suites, parks, key, day, DAY)
    assert over[1][1].rate == Decimal(1900) / 2700


def test_no_days_are_no_rows_and_another_key_is_refused(scene):
    assert occupancy_over(Suite.objects.all(), Park.objects.all(), "park_id", [], DAY) == []
    with pytest.raises(ValueError, match="not counted by"):
        occupancy_over(Suite.objects.all(), Park.objects.all(), "number", [DAY], DAY)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("park", {"Alpha": Decimal(1500) / 2300, "Beta": Decimal(1)}),
        ("city", {"Lahore": Decimal(1500) / 2300, "Quetta": Decimal(1)}),
        ("region", {"Punjab": Decimal(1500) / 2300, "Balochistan": Decimal(1)}),
        ("programme", {"PSEB park": Decimal(1500) / 2300, "e-Rozgaar hybrid": Decimal(1)}),
        ("", {"PSEB park": Decimal(1500) / 2300, "e-Rozgaar hybrid": Decimal(1)}),
    ],
)
def test_occupancy_is_told_by_park_city_region_and_programme(client, scene, by, expected):
    response = report(client, by=by)

    assert rates(response) == expected
    text = text_of(response)
    assert f"65.2{PERCENT}" in text and f"100{PERCENT}" in text and f"70.4{PERCENT}" in text
    total = response.context["total"]
    assert (total.parks_counted, total.parks_listed) == (2, 3) and "2 of 3 parks" in text


def test_a_group_stands_on_the_parks_that_have_suites_and_unknown_is_not_zero(client, scene):
    Suite.objects.filter(park=scene.beta).update(lettable_area_sqft=None)

    response = report(client, by="region")

    lines = {line.label: line.found for line in response.context["page"].rows}
    assert (lines["Balochistan"].parks_counted, lines["Balochistan"].parks_listed) == (1, 2)
    assert lines["Balochistan"].rate is None and lines["Balochistan"].lettable.without_area == 1
    assert "the area of 1 suite is not reported" in text_of(response)
    over = next(line.over for line in response.context["page"].rows if line.label == "Balochistan")
    assert len(over) == 13 and {found.rate for found in over} == {None}
    assert f'data-label="Occupancy">0{PERCENT}' not in text_of(response).split("over-time")[0]
    # A region without any suite is said to be so, not counted as empty.
    Suite.objects.filter(park=scene.beta).update(in_service_from=dt.date(2100, 1, 1))
    Letting.objects.filter(suite__park=scene.beta).update(commencement_date=dt.date(2026, 12, 1))
    line = next(line for line in csv_of(report(client, by="region", format="csv")) if line["Region"] == "Balochistan")
    assert (line["Parks"], line["Parks with a suite in service"]) == ("2", "0")
    assert line["Occupancy, percent"] == line["Vacant, sq ft"] == line["Net lettable area, sq ft"] == ""


def test_over_time_each_month_end_has_its_own_figures(client, scene):
    Letting.objects.filter(pk=scene.l102.pk).update(terminated_on=dt.date(2026, 4, 30))

    response = report(client)
    over = {found.on: found.rate for found in response.context["over"]}

    # 103 comes into service on 1 June; 102 is given back on 30 April; all terms begin on 1 January.
    assert over[dt.date(2025, 12, 31)] == 0
    assert over[dt.date(2026, 4, 30)] == 1
    assert over[dt.date(2026, 5, 31)] == Decimal(1400) / 1900
    assert over[DAY] == Decimal(1400) / 2700
    assert list(over) == sorted(over, reverse=True) and len(over) == 13
    assert 'class="bar-part" width="73.68%"' in text_of(response)
    lines = csv_of(report(client, by="programme", sheet="months", format="csv"))
    told = {(line["Programme"], line["As on"]): line["Occupancy, percent"] for line in lines}
    assert len(lines) == 26
    assert Decimal(told["PSEB park", "2026-04-30"]) == 100 and told["e-Rozgaar hybrid", "2026-06-15"] == "100.0"


def test_lines_lead_to_the_parks_inside_and_these_to_their_rent_rolls(client, scene):
    text = text_of(report(client, by="region"))
    assert "by=park&amp;of=region%3Abalochistan" in text
    inside = report(client, by="park", of="region:balochistan", known="2026-06-20")
    assert rates(inside) == {} and inside.context["of"].label == "Balochistan"
    inside = report(client, by="park", of="region:balochistan")
    assert list(rates(inside)) == ["Beta"] and inside.context["total"].parks_listed == 2
    assert f"/admin/desk/rent-roll/?park={scene.beta.pk}&amp;on=2026-06-15" in text_of(inside)
    city = Park.objects.get(pk=scene.alpha.pk).city_id
    for of, names in ((f"city:{city}", {"Lahore"}), ("programme:e_rozgaar", {"Quetta"})):
        assert set(rates(report(client, by="city", of=of))) == names


def test_the_files_have_the_lines_of_the_page(client, scene):
    shown = [line.label for line in report(client, by="park").context["page"].rows]
    lines = csv_of(report(client, by="park", format="csv"))
    book = book_of(report(client, by="park", format="xlsx"))

    assert [line["Park"] for line in lines] == shown == ["Alpha", "Beta"]
    assert lines[0]["Park code"] == scene.alpha.code and Decimal(lines[0]["Occupancy, percent"]) == Decimal("65.2")
    assert [row[1] for row in book["On the day"][1:]] == shown and len(book["By month"]) == 27
    told = dict(book["About"][1:])
    assert told["As on"] == dt.datetime(2026, 6, 15) and told["Parks with a suite in service"] == 2


BAD = [
    ({"on": "30 February"}, "Date must be a real date"),
    ({"known": "2200-01-01"}, "cannot be after today"),
    ({"known": "1899-12-31"}, "Date must be in a year from 1900 to 2200."),
    ({"known": "a\x00"}, "Date must be a real date"),
    ({"by": "floor"}, "Lines are by park, city, region or programme."),
    ({"of": "region:atlantis"}, "Select a programme, region or city from the list."),
    ({"of": "city:" + "9" * 4000}, "Select a programme, region or city from the list."),
    ({"of": "1\x00"}, "Select a programme, region or city from the list."),
]


@pytest.mark.parametrize(("params", "message"), BAD)
def test_bad_input_gets_its_message_and_no_rows(client, scene, params, message):
    text = text_of(report(client, **params))
    assert message in text and "No rows are shown" in text and "Alpha" not in text and "PSEB park</bdi>" not in text
    for kind in ("csv", "xlsx"):
        refused = report(client, **params, format=kind)
        assert refused.status_code == 400 and message in refused.content.decode()


def test_an_unknown_sheet_is_refused_by_name(client, scene):
    response = report(client, format="csv", sheet="secret")
    assert response.status_code == 400 and b"Sheet must be one of these: day, months." in response.content


def test_a_manager_gets_own_parks_alone(client, scene):
    client.force_login(scene.manager())

    for by in ("park", "city", "region", "programme"):
        response = report(client, by=by)
        assert response.context["total"].parks_listed == 1 and len(response.context["page"].rows) == 1
        assert "Quetta" not in text_of(response) and "Beta" not in text_of(response)
    quetta = Park.objects.get(pk=scene.beta.pk).city_id
    assert report(client, of=f"city:{quetta}", format="csv").status_code == 400
    assert "Quetta" not in text_of(report(client, of="region:balochistan"))


def test_demonstrations_are_said_to_be_so(client, scene):
    assert "Demonstration:" not in text_of(report(client))
    demo = SuiteFactory(park=scene.beta, number="D-1", demo=True)
    LettingFactory(suite=demo, rent=1)

    text = text_of(report(client))
    assert "some of the suites and lettings counted here are invented" in text and text.count("demo-mark") == 1
    response = report(client, by="park", format="csv")
    assert "-demonstration.csv" in response["Content-Disposition"]
    assert {line["Park"]: line["Demonstration"] for line in csv_of(response)} == {"Alpha": "no", "Beta": "yes"}


@pytest.mark.parametrize("by", ["park", "city", "region", "programme"])
def test_queries_do_not_grow_with_the_parks(client, scene, by):
    report(client, by=by)
    with CountQueries() as few:
        report(client, by=by)
    for number in range(6):
        make_one_of_each(ParkFactory(), number)
    with CountQueries() as many:
        report(client, by=by)
    assert many.count == few.count <= 20
