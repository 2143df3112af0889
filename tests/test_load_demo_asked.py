"""`manage.py load_demo` as asked: how much, how far back, the same each time, and when it is refused."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parks.models import City, Park, Suite, SuiteClosure
from tenants import demo, occupancy
from tenants.models import Company, Lease, Letting, LettingRate, SpaceNeed
from tests.factories import CityFactory, CompanyFactory, LeaseFactory, ParkFactory, StageEventFactory, SuiteFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 22)


def load(**asked):
    """Run the command as on the command line; returns what it printed."""
    printed = io.StringIO()
    call_command("load_demo", stdout=printed, **asked)
    return printed.getvalue()


def opened(number=1, **facts):
    """Parks in operation."""
    return [StageEventFactory(park__city=CityFactory(), **facts).park for _ in range(number)]


@pytest.mark.parametrize("seed", [2, 3, 77])
def test_any_seed_gives_as_many_free_ones(seed):
    opened(6)
    load(seed=seed, parks=6, suites_per_park=20)
    on = timezone.localdate()
    assert occupancy.vacant_suites(Suite.objects.all(), on, on).count() >= 36


def story():
    """What a reader sees of a demonstration, without keys and numbers, which sequences give anew."""
    who = ("company__name", "park__name", "state", "offered_on", "signed_on", "notice_given_on", "vacated_on")
    what = ("suite__number", "park__name", "lease__company__name", "lease_state", "commencement_date", "terminated_on")
    return [
        list(Suite.objects.order_by("park__name", "number").values("park__name", "number", "seats", "rent_pkr")),
        list(Company.objects.order_by("name").values("name", "activity", "public_listing", "pseb_expiry_date")),
        list(Lease.objects.order_by("pk").values(*who, "deposit_pkr", "renews__signed_on")),
        list(Letting.objects.order_by("pk").values(*what, "expiry_date")),
        list(LettingRate.objects.order_by("letting", "from_date").values("from_date", "rent_pkr")),
        list(SuiteClosure.objects.order_by("suite__park__name", "suite__number", "first_day").values("first_day")),
        list(SpaceNeed.objects.order_by("form_token").values("city__name", "size_band", "form_token")),
    ]


def test_the_same_seed_on_the_same_day_tells_the_same_story_and_another_does_not():
    opened(4)
    told = []
    for seed, today in ((5, TODAY), (5, TODAY), (6, TODAY), (5, TODAY + dt.timedelta(days=40))):
        demo.load(seed=seed, parks=6, suites_per_park=10, years=4, today=today)
        told.append(story())
        demo.clear()
    assert all(len(rows) > 1 for rows in told[0])
    assert told[1] == told[0]
    assert told[2] != told[0]
    assert told[3] != told[0]


def test_more_parks_than_are_open_are_invented_and_say_so():
    real = opened(2)
    ParkFactory()
    StageEventFactory(stage="mou_signed")
    StageEventFactory(park__listed=False)
    printed = load(parks=5, suites_per_park=4)
    assert "2 parks, 3 invented parks" in printed
    assert "20 suites" in printed
    invented = Park.objects.filter(demo=True).with_stage(timezone.localdate())
    assert sorted(park.name for park in invented) == [f"Demonstration park {n:03}" for n in (1, 2, 3)]
    assert {(park.programme, park.stage, park.listed) for park in invented} == {("other", "operational", True)}
    assert {park.suites.count() for park in [*real, *invented]} == {4}
    assert Suite.objects.count() == 20


def test_a_park_with_suites_of_its_own_is_left_alone():
    with_suite, without = opened(2)
    kept = SuiteFactory(park=with_suite)
    load(parks=1, suites_per_park=5)
    assert list(with_suite.suites.all()) == [kept]
    assert without.suites.count() == 5


def test_a_large_park_has_many_floors_and_every_size_keeps_its_number():
    opened(1)
    load(parks=1, suites_per_park=500, years=2)
    suites = Suite.objects.all()
    assert suites.count() == 500
    assert 15 <= len(set(suites.values_list("floor", flat=True))) <= 40


@pytest.mark.parametrize("years", [1, 15])
def test_history_goes_back_as_far_as_asked(years):
    opened(3, on=dt.date(2000, 1, 1))
    demo.load(seed=1, parks=3, suites_per_park=20, years=years, today=TODAY)
    first = Letting.objects.order_by("commencement_date")[0].commencement_date
    assert TODAY.replace(year=TODAY.year - years) - dt.timedelta(days=31) <= first
    assert first <= TODAY.replace(year=TODAY.year - years) + dt.timedelta(days=500)


def test_nothing_is_let_before_the_park_is_known_to_have_opened():
    opened(3, on=dt.date(2025, 3, 1))
    demo.load(seed=1, parks=3, suites_per_park=20, years=10, today=TODAY)
    assert Letting.objects.order_by("commencement_date")[0].commencement_date >= dt.date(2025, 3, 1)


def test_rows_are_written_in_bulk():
    opened(12)
    asked = []
    for suites in (5, 40):
        with CaptureQueriesContext(connection) as captured:
            load(parks=12, suites_per_park=suites)
        asked.append(len(captured))
        demo.clear()
    # Each statement takes a thousand rows.
    assert asked[1] <= asked[0] + 5


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self):
        return True


def test_a_terminal_sees_a_bar_and_a_log_does_not():
    opened(1)
    seen = Terminal()
    call_command("load_demo", parks=1, suites_per_park=3, stdout=io.StringIO(), stderr=seen)
    assert "3 / 3 suites\n" in seen.getvalue()
    assert "█" in seen.getvalue()
    demo.clear()
    log = io.StringIO()
    call_command("load_demo", parks=1, suites_per_park=3, stdout=io.StringIO(), stderr=log)
    assert log.getvalue() == ""


def test_it_is_refused_beside_a_real_company():
    opened(1)
    CompanyFactory(name="Real Firm")
    with pytest.raises(CommandError, match="1 real company, such as Real Firm"):
        load()
    assert not Suite.objects.exists()


def test_it_is_refused_beside_a_real_lease():
    opened(1)
    LeaseFactory(company=CompanyFactory(demo=True))
    with pytest.raises(CommandError, match="1 real lease, such as L-"):
        load()
    assert not Suite.objects.filter(demo=True).exists()


def test_it_is_refused_when_it_is_there_already():
    opened(1)
    load(parks=1, suites_per_park=3)
    before = Suite.objects.count()
    with pytest.raises(CommandError, match=r"already there.*--clear"):
        load()
    assert Suite.objects.count() == before


def test_it_is_refused_before_there_is_a_city():
    assert not City.objects.exists()
    with pytest.raises(CommandError, match="load_register"):
        load()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"parks": 0}, "--parks is a whole number from 1"),
        ({"suites_per_park": 1_001}, "--suites-per-park is a whole number from 1 to 1000"),
        ({"years": 31}, "--years is a whole number from 1 to 30"),
        ({"seed": -1}, "--seed is a whole number from 0"),
    ],
)
def test_numbers_out_of_bounds_are_refused(asked, said):
    opened(1)
    with pytest.raises(CommandError, match=said):
        load(**asked)
    assert not Company.objects.exists()
