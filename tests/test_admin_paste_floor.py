"""Paste a floor: many suites from one box."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from parks.admin import park as park_admin
from parks.forms import PasteFloorForm, read_floor
from parks.models import Suite
from stp_portal.kit.roles import LETTINGS_OFFICER, PARK_MANAGER

from .factories import ParkFactory, SuiteFactory, UserFactory
from .staff_pages import form_data

SHARED = {"floor": "3", "kind": "suite", "hall": "", "fit_out": "warm_shell", "in_service_from": "1 March 2026"}


def read(text, kind="suite"):
    return [
        (line.number, line.area if kind == "suite" else line.seats, line.problem) for line in read_floor(text, kind)
    ]


@pytest.mark.parametrize(
    ("line", "number", "area"),
    [
        ("A-301 1200", "A-301", 1200),
        ("A-301\t1,200", "A-301", 1200),
        ("A-301, 1,200 sq ft", "A-301", 1200),
        ("A-301,1200", "A-301", 1200),
        ("A-301: 1,20,000 Sq.ft", "A-301", 120_000),
        ("۳۰۱ ۱۲۰۰", "301", 1200),
        ("Suite 12 1200", "Suite 12", 1200),
        ("A-301 - 900.50", "A-301", Decimal("900.50")),
        ("A-301 ?", "A-301", None),
        ("  A-301\u00a0 1200  ", "A-301", 1200),
    ],
)
def test_a_line_is_read_as_staff_write_it(line, number, area):
    assert read(line) == [(number, area, "")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("A-301", "Give the area after the number"),
        ("A-301 -1", "“-1” is not"),
        ("A-301 1_000", "“1_000” is not"),
        ("A-301 1e5", "“1e5” is not"),
        ("A-301 NaN", "“NaN” is not"),
        ("A-301 0", "from 1 to 500,000 sq ft"),
        ("A-301 500001", "from 1 to 500,000 sq ft"),
        ("A-301 " + "9" * 5000, "from 1 to 500,000 sq ft"),
        ("A" * 31 + " 1200", "longer than 30 characters"),
    ],
)
def test_a_line_that_cannot_be_used_says_why(line, reason):
    [(_number, _area, problem)] = read(line)

    assert reason in problem


def test_empty_lines_and_comments_are_left_out_and_line_numbers_kept():
    lines = read_floor("# third floor\n\nA-301 1200\r\n// later\nA-302 900", "suite")

    assert [(line.at, line.number) for line in lines] == [(3, "A-301"), (5, "A-302")]


def test_a_number_given_twice_is_refused_blind_to_case():
    assert read("A-301 1200\na-301 900")[1][2] == "The number is already on line 1."


@pytest.mark.parametrize(
    ("line", "number", "seats"),
    [("D-12", "D-12", 1), ("D-12 4", "D-12", 4), ("D-12\t۴ seats", "D-12", 4), ("Desk 12, 1 seat", "Desk 12", 1)],
)
def test_a_desk_line_has_a_number_and_seats(line, number, seats):
    assert read(line, "desk") == [(number, seats, "")]


@pytest.mark.parametrize("line", ["D-12 0", "D-12 -1", "D-12 many", "D-12 1001", "D-12 1.5"])
def test_seats_that_are_no_number_are_refused(line):
    assert "Seats must be a whole number from 1 to 1,000" in read(line, "desk")[0][2]


@pytest.fixture
def park(db):
    return ParkFactory(name="Arfa")


@pytest.fixture
def page(client, park):
    client.force_login(UserFactory(username="ayesha", role=LETTINGS_OFFICER))
    return reverse("admin:parks_park_paste_floor", args=[park.pk])


def test_the_first_step_shows_everything_and_creates_nothing(client, page):
    response = client.post(page, SHARED | {"box": "A-301 1200\nA-302 900", "preview": "1"})

    html = response.content.decode()
    assert html.count("Would be created") == 2
    assert "Create 2 suites" in html and "2,100" in html
    assert not Suite.objects.exists()


def test_the_second_step_creates_all_of_them_from_left_to_right(client, page, park):
    SuiteFactory(park=park, floor=3, position=4, number="A-300")
    preview = client.post(page, SHARED | {"box": "A-302 900\nA-301 ?", "preview": "1"})

    response = client.post(page, form_data(preview) | {"create": "1"}, follow=True)

    assert "2 suites were added on floor 3." in response.content.decode()
    assert response.redirect_chain[0][0] == reverse("admin:parks_park_change", args=[park.pk])
    made = Suite.objects.exclude(number="A-300").order_by("position")
    assert [(s.number, s.lettable_area_sqft, s.position, s.floor, s.fit_out, s.in_service_from) for s in made] == [
        ("A-302", 900, 5, 3, "warm_shell", date(2026, 3, 1)),
        ("A-301", None, 6, 3, "warm_shell", date(2026, 3, 1)),
    ]


def test_the_history_names_who_pasted(client, page, park):
    preview = client.post(page, SHARED | {"box": "A-302 900", "preview": "1"})
    client.post(page, form_data(preview) | {"create": "1"})

    event = Suite.pgh_event_model.objects.get()
    assert event.pgh_context.metadata["reason"] == "floor pasted"
    html = client.get(reverse("admin:parks_park_history", args=[park.pk])).content.decode()
    assert "floor pasted" in html and "ayesha" in html


def test_one_bad_line_stops_the_floor_and_loses_nothing(client, page):
    box = "A-301 1200\nA-302 much\n# note\nA-303 900"

    response = client.post(page, SHARED | {"box": box, "create": "1"})

    html = response.content.decode()
    assert "1 line cannot be used; nothing was created." in html
    assert "“much” is not" in html
    assert "Create " not in html
    assert form_data(response)["box"].splitlines() == box.splitlines()
    assert form_data(response)["in_service_from"] == "1 March 2026"
    assert not Suite.objects.exists()


def test_creating_what_was_not_previewed_shows_the_preview_again(client, page):
    preview = form_data(client.post(page, SHARED | {"box": "A-301 1200", "preview": "1"}))

    for change in ({"box": "A-301 9999"}, {"floor": "4"}, {"digest": ""}, {"digest": "0" * 64}):
        response = client.post(page, preview | change | {"create": "1"})
        assert response.status_code == 200
        assert "Create 1 suite" in response.content.decode()

    assert not Suite.objects.exists()


def test_a_number_in_service_is_refused_and_a_withdrawn_one_is_free(client, page, park):
    SuiteFactory(park=park, floor=2, number="a-301")
    SuiteFactory(park=park, number="A-302", withdrawn_from=date(2026, 3, 1))
    SuiteFactory(number="A-303")

    response = client.post(page, SHARED | {"box": "A-301 1200\nA-302 900\nA-303 800", "preview": "1"})

    html = response.content.decode()
    assert "This park already has a suite of this number in service, on floor 2." in html
    assert html.count("Cannot be used") == 1


def test_a_number_that_somebody_takes_in_between_is_named(client, page, park, monkeypatch):
    preview = form_data(client.post(page, SHARED | {"box": "A-301 1200\nA-302 900", "preview": "1"}))
    real = park_admin.add_floor

    def beaten(**kwargs):
        SuiteFactory(park=park, number="A-302", floor=7)
        return real(**kwargs)

    monkeypatch.setattr(park_admin, "add_floor", beaten)

    response = client.post(page, preview | {"create": "1"})

    assert response.status_code == 200
    assert "in service, on floor 7." in response.content.decode()
    assert list(Suite.objects.values_list("number", flat=True)) == ["A-302"]


def test_what_only_the_database_refuses_comes_back_as_its_sentence(client, page, park, monkeypatch):
    SuiteFactory(park=park, number="A-301")
    monkeypatch.setattr(PasteFloorForm, "_mark_taken", lambda self, first_day: None)
    preview = form_data(client.post(page, SHARED | {"box": "A-301 1200", "preview": "1"}))

    response = client.post(page, preview | {"create": "1"})

    assert "This park already has a suite of this number in service." in response.content.decode()
    assert Suite.objects.count() == 1


def test_desks_get_their_hall_and_seats(client, page):
    data = SHARED | {"kind": "desk", "hall": "East", "box": "D-1\nD-2 4", "preview": "1"}

    client.post(page, form_data(client.post(page, data)) | {"create": "1"})

    assert list(
        Suite.objects.order_by("position").values_list("number", "kind", "hall", "seats", "lettable_area_sqft")
    ) == [
        ("D-1", "desk", "East", 1, None),
        ("D-2", "desk", "East", 4, None),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"floor": ""}, "This field is required."),
        ({"floor": "151"}, "less than or equal to 150"),
        ({"floor": "third"}, "Enter a whole number"),
        ({"hall": "East"}, "Only desks stand in a hall."),
        ({"in_service_from": "30 February 2026"}, "Enter a valid date."),
        ({"in_service_from": "1.1.9999"}, "The year must be from 1900 to 2200."),
        ({"kind": "office"}, "Select a valid choice"),
        ({"box": "# nothing\n\n"}, "There is no suite in these lines"),
        ({"box": ""}, "Paste at least one line"),
        ({"box": "\n".join(f"S-{n} 100" for n in range(501))}, "at most 500 lines"),
    ],
)
def test_a_shared_value_that_is_wrong_is_named_beside_its_field(client, page, change, message):
    response = client.post(page, SHARED | {"box": "A-301 1200"} | change | {"create": "1"})

    assert response.status_code == 200
    assert message in response.content.decode()
    assert "what you typed is kept" in response.content.decode()
    assert not Suite.objects.exists()


def test_hostile_text_in_the_box_stays_text(client, page):
    response = client.post(page, SHARED | {"box": "<script>alert(1)</script> 1200\nA\x00-1 900\n\u202eB 100"})

    html = response.content.decode()
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert response.status_code == 200


def test_a_manager_pastes_into_the_assigned_park_only(client, park):
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[park]))
    mine = reverse("admin:parks_park_paste_floor", args=[park.pk])
    other = reverse("admin:parks_park_paste_floor", args=[ParkFactory().pk])

    assert client.get(mine).status_code == 200
    assert client.get(other).status_code == 404
    assert client.post(other, SHARED | {"box": "A-1 100", "create": "1"}).status_code == 404
