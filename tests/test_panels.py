"""The stacking plan, the occupancy bar and the other panels of a park's page."""

import datetime as dt
import itertools
import re
from decimal import Decimal

import pytest
from django.utils import timezone

from parks.models import Park, Suite, SuiteClosure
from tenants import drawing, panels
from tenants.occupancy import SuiteState, occupancy
from tests.factories import (
    CompanyFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
)

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 6, 1)


def let(suite, on=ON, company=None, **kwargs):
    """A letting of the suite around `on`."""
    company = company or CompanyFactory()
    kwargs = {"commencement_date": on - dt.timedelta(90), "expiry_date": on + dt.timedelta(90)} | kwargs
    return LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park, company=company), **kwargs)


def plan_of(park, on=ON, **kwargs):
    return panels.stacking_plan(park, on, on, **kwargs)


def cells(plan):
    return {cell.label: cell for floor in plan.floors for cell in floor.cells}


def html_of(client, park):
    response = client.get(f"/parks/{park.slug}/")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))


def test_floors_stand_from_the_top_down_and_suites_from_left_to_right():
    park = ParkFactory()
    for floor, position, number in ((0, 1, "G-1"), (2, 2, "B-2"), (2, 1, "B-9"), (-1, 1, "U-1")):
        SuiteFactory(park=park, floor=floor, position=position, number=number)
    found = [(floor.label, [cell.label for cell in floor.cells]) for floor in plan_of(park).floors]
    assert found == [("Floor 2", ["B-9", "B-2"]), ("Ground floor", ["G-1"]), ("Basement", ["U-1"])]


def test_each_cell_says_the_state_that_occupancy_gives():
    park = ParkFactory()
    suites = {
        name: SuiteFactory(park=park, number=name) for name in ("let", "over", "held", "closed", "vacant", "gone")
    }
    let(suites["let"])
    let(suites["over"], expiry_date=ON - dt.timedelta(1))
    let(suites["held"], state="offered")
    SuiteClosure.objects.create(suite=suites["closed"], first_day=ON, reason="repair")
    Suite.objects.filter(pk=suites["gone"].pk).update(withdrawn_from=ON)
    plan = plan_of(park)
    assert {name: cell.state for name, cell in cells(plan).items()} == {
        "let": "let",
        "over": "holding_over",
        "held": "held",
        "closed": "closed",
        "vacant": "vacant",
    }
    assert plan.left_out == 1
    assert [(key, number) for key, _label, number in plan.counts] == [
        ("let", 1),
        ("holding_over", 1),
        ("held", 1),
        ("closed", 1),
        ("vacant", 1),
    ]


def test_widths_are_to_the_scale_of_areas_and_unknown_ones_neutral():
    park = ParkFactory()
    for number, area in (("one", 1000), ("two", 2000), ("unknown", None)):
        SuiteFactory(park=park, floor=3, number=number, lettable_area_sqft=area)
    plan = plan_of(park)
    found = cells(plan)
    assert abs(found["two"].box.width - 2 * found["one"].box.width) <= 1
    assert found["unknown"].box.width == drawing.NEUTRAL and found["unknown"].measure == "area not reported"
    assert (plan.unmeasured, plan.widened) == (1, 0)
    right = max(cell.box.x + cell.box.width for cell in found.values())
    assert drawing.WIDTH - 4 <= right <= drawing.WIDTH


@pytest.mark.parametrize(
    "floors",
    [
        [[]],
        [[None] * 30],
        [[Decimal(1)], [Decimal(99_999_999)]],
        [[Decimal(300)] * 50, [Decimal(12_000)]],
        [[Decimal(n * 100 + 1) for n in range(40)], [None, Decimal(5)] * 9],
    ],
)
def test_whatever_the_areas_no_cell_leaves_the_plan_or_meets_another(floors):
    boxes, heights = drawing.arrange(floors, 60)
    for row, tall in zip(boxes, heights, strict=True):
        for box in row:
            assert drawing.LEAST <= box.width <= drawing.WIDTH
            assert box.x >= 0 and box.x + box.width <= drawing.WIDTH and box.y + 60 <= tall
        places = sorted((box.y, box.x, box.width) for box in row)
        for (y, x, width), (next_y, next_x, _w) in itertools.pairwise(places):
            assert next_y > y or next_x >= x + width


def test_a_suite_too_narrow_for_its_words_is_widened_and_counted():
    boxes, _heights = drawing.arrange([[Decimal(10), *[Decimal(1000)] * 6]], 60)
    assert boxes[0][0].width == drawing.LEAST and boxes[0][0].widened
    assert not any(box.widened for box in boxes[0][1:])


def test_a_long_number_is_cut_in_the_drawing_and_whole_in_the_words(client):
    park = ParkFactory()
    for position in range(6):
        SuiteFactory(park=park, number=f"WING-WEST-MEZZANINE-{position:05d}", position=position)
    for cell in cells(plan_of(park)).values():
        (text, _y), *_rest = cell.lines
        assert text.endswith("…") and drawing.text_width(text, 13) <= cell.box.width - 2 * drawing.PADDING
    html = html_of(client, park)
    assert "<title>WING-WEST-MEZZANINE-00003, 1,000 sq ft, Vacant</title>" in html
    assert "<bdi>WING-WEST-MEZZANINE-00003</bdi>" in html


def test_desks_stand_in_their_hall_with_their_counts(client):
    park = ParkFactory()
    desks = [
        SuiteFactory(park=park, kind="desk", hall="East", lettable_area_sqft=None, seats=1, number=f"D{n}")
        for n in range(5)
    ]
    SuiteFactory(park=park, kind="desk", hall="West", lettable_area_sqft=None, seats=4, number="W1")
    let(desks[0], timezone.localdate())
    plan = plan_of(park, timezone.localdate())
    found = cells(plan)
    assert set(found) == {"East", "West"} and plan.halls == 2
    assert (found["East"].measure, found["East"].state_label) == ("5 desks", "1 let, 4 vacant")
    assert found["West"].measure == "1 desk, 4 seats"
    assert [(key, width > 0) for key, _x, width in found["East"].strip] == [("let", True), ("vacant", True)]
    html = html_of(client, park)
    assert "East</bdi>: 5 desks, one by one" in html and ">D4<" in html.replace("<bdi>", "").replace("</bdi>", "")


def test_the_public_plan_names_only_companies_that_consent_and_are_in_force():
    park = ParkFactory()
    agreed = CompanyFactory(name="Agreed Ltd", public_listing=True)
    silent = CompanyFactory(name="Silent Ltd", public_listing=False)
    let(SuiteFactory(park=park, number="1"), company=agreed)
    let(SuiteFactory(park=park, number="2"), company=silent)
    # The same firm, but this tenancy has run out, and that one is only offered.
    let(SuiteFactory(park=park, number="3"), company=agreed, expiry_date=ON - dt.timedelta(1))
    let(SuiteFactory(park=park, number="4"), company=agreed, state="offered")
    assert {name: cell.company for name, cell in cells(plan_of(park)).items()} == {
        "1": "Agreed Ltd",
        "2": "",
        "3": "",
        "4": "",
    }
    park.listed = False
    Park.objects.filter(pk=park.pk).update(listed=False)
    assert not any(cell.company for cell in cells(plan_of(park)).values())


def test_the_staff_plan_names_every_company_and_leads_to_the_leases():
    park = ParkFactory()
    letting = let(SuiteFactory(park=park, number="1"), company=CompanyFactory(name="Silent Ltd"))
    empty = SuiteFactory(park=park, number="2")
    found = cells(plan_of(park, staff=True))
    assert found["1"].company == "Silent Ltd"
    assert found["1"].url == f"/admin/tenants/lease/{letting.lease_id}/change/"
    assert found["2"].url == f"/admin/parks/suite/{empty.pk}/change/"


def test_the_public_plan_links_suites_that_have_a_page():
    park = ParkFactory(slug="arfa")
    here = SuiteFactory(park=park, number="1")
    gone = SuiteFactory(park=park, number="2", withdrawn_from=ON - dt.timedelta(5))
    let(gone)
    found = cells(plan_of(park))
    assert found["1"].url == f"/space/arfa/{here.pk}/" and found["2"].url == ""


def test_a_plan_takes_as_many_queries_for_300_suites_as_for_one(django_assert_num_queries):
    park, large = ParkFactory(), ParkFactory()
    let(SuiteFactory(park=park))
    for number in range(300):
        suite = SuiteFactory(park=large, number=f"N-{number}", floor=number // 50)
        if number % 30 == 0:
            let(suite)
    for each in (park, large):
        with django_assert_num_queries(2):
            plan_of(each)
    assert plan_of(large).folded and not plan_of(park).folded


def test_the_bar_says_each_share_by_area_and_fills_its_width():
    park = ParkFactory()
    let(SuiteFactory(park=park, lettable_area_sqft=3000))
    SuiteFactory(park=park, lettable_area_sqft=1000)
    bar = panels.occupancy_bar(occupancy(park.suites.all(), Park.objects.filter(pk=park.pk), ON, ON))
    assert [(share.state, share.part, share.x, share.width) for share in bar.shares] == [
        ("let", Decimal("0.75"), 0, 750),
        ("vacant", Decimal("0.25"), 750, 250),
    ]


def test_a_bar_of_desks_is_drawn_by_seats_and_one_of_unknowns_not_at_all():
    park, unknown = ParkFactory(), ParkFactory()
    for _n in range(2):
        SuiteFactory(park=park, kind="desk", lettable_area_sqft=None, seats=1)
    SuiteFactory(park=unknown, lettable_area_sqft=None)
    for each, drawn, part in ((park, True, 1), (unknown, False, None)):
        bar = panels.occupancy_bar(occupancy(each.suites.all(), Park.objects.filter(pk=each.pk), ON, ON))
        assert (bar.is_drawn, bar.by_area, bar.shares[0].part) == (drawn, False, part)


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([("a", 1), ("b", 0), ("c", 1)], (("a", 0, 50), ("c", 50, 50))),
        ([("a", 1), ("b", 10_000)], (("a", 0, 1), ("b", 1, 99))),
        ([], ()),
    ],
)
def test_segments_leave_out_nothing_and_keep_the_least_visible(amounts, expected):
    assert panels.segments(amounts, 100) == expected


def test_a_park_without_suites_says_not_reported_and_never_0_per_cent(client):
    html = html_of(client, ParkFactory())
    assert "Not reported: no suite of this park is in the register" in html
    assert not re.search(r"\b0 %|\b0 suites|\b0 sq ft", html)


def test_a_park_page_says_what_is_let_free_and_who_is_there(client):
    today = timezone.localdate()
    park = ParkFactory(slug="arfa")
    StageEventFactory(park=park)
    company = CompanyFactory(name="Agreed Ltd", slug="agreed", public_listing=True)
    let(SuiteFactory(park=park, lettable_area_sqft=3000, number="A-1"), today, company=company)
    let(
        SuiteFactory(park=park, lettable_area_sqft=2000, number="A-2"), today, company=CompanyFactory(name="Silent Ltd")
    )
    for n in range(12):
        SuiteFactory(park=park, lettable_area_sqft=250, number=f"F-{n}", rent_basis="per_sqft", rent_pkr=100)
    html = html_of(client, park)
    assert "62 %" in html and "12 free suites and desks" in html and html.count("service charge not reported") == 10
    assert '<a href="/companies/agreed/"><bdi>Agreed Ltd</bdi></a>' in html and "Silent" not in html
    assert f'href="/space/?q={park.code}"' in html
    assert 'class="cell is-let"' in html and 'fill="url(#s-vacant)"' in html and "<text" in html
    assert html.count('id="s-let"') == 1
    assert "style=" not in html


def test_a_park_page_takes_as_many_queries_for_200_suites_as_for_two(client, django_assert_max_num_queries):
    today = timezone.localdate()
    counts = []
    for number in (2, 200):
        park = ParkFactory(slug=f"park-of-{number}")
        for n in range(number):
            suite = SuiteFactory(park=park, number=f"N-{n}")
            if n % 2:
                let(suite, today, company=CompanyFactory(public_listing=True))
        client.get(f"/parks/{park.slug}/")
        with django_assert_max_num_queries(20) as queries:
            client.get(f"/parks/{park.slug}/")
        counts.append(len(queries))
    # The one more counts the free ones, where they are more than the page names.
    assert counts[1] - counts[0] <= 1


def test_states_have_a_pattern_and_a_word_each(client):
    park = ParkFactory()
    SuiteFactory(park=park)
    html = html_of(client, park)
    assert set(SuiteState) - set(panels.STATES) == {SuiteState.NOT_IN_SERVICE}
    drawings = {re.search(rf'<pattern id="s-{state.value}".*?>(.*?)</pattern>', html)[1] for state in panels.STATES}
    assert len(drawings) == len(panels.STATES)
    assert re.search(r'class="tag is-vacant">Vacant<', html) and re.search(r"<text[^>]*>Vacant<", html)
