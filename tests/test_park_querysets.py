"""Questions about parks: the stage on a date, search, areas, openings, stuck parks, who may see what."""

import datetime as dt

import pytest

from parks.models import AreaReport, City, HostAgreement, Park, ParkAssignment, Suite, SuiteClosure
from parks.querysets import search_words
from stp_portal.kit.dates import months_before
from tests.factories import (
    CityFactory,
    HostFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 11, 22)


def stage_of(park, on):
    return Park.objects.with_stage(on).get(pk=park.pk).stage


def event(park, stage, on=None, precision="day", **more):
    return StageEventFactory(park=park, stage=stage, on=on, on_precision=precision if on else "", **more)


def test_the_stage_is_that_of_the_latest_event_in_effect():
    park = ParkFactory()
    event(park, "mou_signed", dt.date(2021, 5, 20))
    event(park, "operational", dt.date(2021, 12, 29))
    assert [stage_of(park, day) for day in (dt.date(2021, 5, 19), dt.date(2021, 5, 20), dt.date(2021, 12, 28))] == [
        None,
        "mou_signed",
        "mou_signed",
    ]
    assert stage_of(park, dt.date(2021, 12, 29)) == "operational"


def test_an_event_of_a_month_takes_effect_on_its_last_day():
    park = ParkFactory()
    event(park, "operational", dt.date(2024, 6, 1), "month")
    assert stage_of(park, dt.date(2024, 6, 29)) is None
    assert stage_of(park, dt.date(2024, 6, 30)) == "operational"


def test_of_two_events_of_one_effective_day_the_higher_rank_holds():
    park = ParkFactory()
    event(park, "operational", dt.date(2024, 6, 30))
    event(park, "mou_signed", dt.date(2024, 6, 1), "month")
    assert stage_of(park, dt.date(2024, 6, 30)) == "operational"


def test_an_expected_event_never_takes_effect_by_itself():
    park = ParkFactory()
    event(park, "mou_signed", dt.date(2021, 5, 20))
    event(park, "operational", dt.date(2022, 1, 1), certainty="expected")
    assert stage_of(park, ON) == "mou_signed"


def test_search_finds_name_host_city_alias_and_urdu_however_it_is_typed():
    park = ParkFactory(
        name="Vertexsoft Park",
        host=HostFactory(name="Café Zabar College"),
        city=CityFactory(name="Mingora", name_ur="مینگورہ", aliases="Mangora\nSwat"),
    )
    ParkFactory(name="Another", city=CityFactory(name="Karachi", name_ur="کراچی"))
    for text in (
        "vertexsoft",
        "VERTEX",
        "mangora",
        "swat",
        "cafe zabar",
        "CAFÉ",
        "مینگورہ",
        "مينگوره",  # the same word with Arabic letters
        "مِینگورہ",  # with a vowel sign
        park.code,
        "vertexsoft swat cafe",
        "park,mingora",
    ):
        assert list(Park.objects.search(text)) == [park], text
    assert not Park.objects.search("vertexsoft karachi")


def test_search_takes_every_character_literally():
    ParkFactory(name="Plain Park")
    for text in ("'", "\\", "&|!", "a & ", "it's:*", "%", "_", "<script>", "(a+)+$", "\x00", "' OR 1=1--"):
        assert Park.objects.search(text).count() in {0, 1}, text


def test_search_of_a_place_in_a_sector_needs_its_parts():
    ParkFactory(name="STP I-10/3", slug="sector", city=CityFactory(name="Islamabad"))
    assert Park.objects.search("I-10/3").count() == 1
    assert Park.objects.search("i 10").count() == 1
    assert Park.objects.search("I-11").count() == 0


def test_a_text_without_letters_has_no_words():
    assert search_words(" -- ?؟ ") == []


def test_a_long_text_is_cut_to_eight_words():
    assert len(search_words("a " * 200)) == 8


def test_a_changed_alias_is_found_at_once():
    park = ParkFactory(city=CityFactory(name="Nawabshah"))
    City.objects.filter(pk=park.city_id).update(aliases="Benazirabad")
    assert list(Park.objects.search("benazirabad")) == [park]


def test_only_the_chosen_area_is_annotated():
    park, bare = ParkFactory(), ParkFactory()
    AreaReport.objects.create(park=park, area_sqft=100)
    AreaReport.objects.create(park=park, area_sqft=200, chosen=True, chosen_because="measured")
    areas = dict(Park.objects.with_area().values_list("pk", "reported_area_sqft"))
    assert areas == {park.pk: 200, bare.pk: None}


def test_a_park_opened_on_its_first_dated_opening():
    park, undated = ParkFactory(), ParkFactory()
    event(park, "operational", dt.date(2020, 1, 1), "year")
    event(park, "suspended", dt.date(2021, 1, 1))
    event(park, "operational", dt.date(2022, 1, 1))
    event(undated, "operational", known_by=dt.date(2020, 1, 1))
    opened = dict(Park.objects.with_opened(ON).values_list("pk", "opened_on"))
    assert opened == {park.pk: dt.date(2020, 12, 31), undated.pk: None}


def test_a_park_is_stuck_24_months_and_a_day_after_its_last_mou():
    park = ParkFactory()
    event(park, "mou_signed", dt.date(2024, 11, 22))
    assert not Park.objects.stuck(dt.date(2026, 11, 22)).exists()
    assert Park.objects.stuck(dt.date(2026, 11, 23)).get() == park


def test_a_later_mou_an_opening_or_an_end_unsticks_a_park():
    renewed, opened, given_up, framework = (ParkFactory() for _ in range(4))
    for park in (renewed, opened, given_up):
        event(park, "mou_signed", dt.date(2020, 1, 1))
    event(renewed, "mou_signed", dt.date(2026, 1, 1))
    event(opened, "reported_established", known_by=dt.date(2021, 1, 1))
    event(given_up, "abandoned", known_by=dt.date(2021, 1, 1))
    HostAgreement.objects.create(
        park=framework,
        kind="framework_mou",
        parties="PSEB; KPITB",
        signed_on=dt.date(2020, 12, 21),
        signed_on_precision="day",
    )
    assert list(Park.objects.stuck(ON)) == [framework]


def test_an_mou_known_by_its_year_counts_from_the_end_of_that_year():
    HostAgreement.objects.create(
        park=ParkFactory(), kind="mou", parties="PSEB; Host", signed_on=dt.date(2024, 1, 1), signed_on_precision="year"
    )
    assert not Park.objects.stuck(dt.date(2026, 12, 31)).exists()
    assert Park.objects.stuck(dt.date(2027, 1, 1)).exists()


def test_months_before_the_end_of_a_longer_month():
    assert months_before(dt.date(2024, 3, 31), 1) == dt.date(2024, 2, 29)
    assert months_before(dt.date(2024, 2, 29), 12) == dt.date(2023, 2, 28)
    assert months_before(dt.date(2026, 11, 22), 24) == dt.date(2024, 11, 22)


def test_suites_are_in_service_until_the_day_before_they_are_withdrawn():
    suite = SuiteFactory(in_service_from=dt.date(2025, 1, 1), withdrawn_from=dt.date(2025, 2, 1))
    days = [dt.date(2024, 12, 31), dt.date(2025, 1, 1), dt.date(2025, 1, 31), dt.date(2025, 2, 1)]
    assert [Suite.objects.in_service(day).filter(pk=suite.pk).exists() for day in days] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("role", ["Administrator", "Lettings officer", "Auditor"])
def test_these_roles_see_every_park(role):
    ParkFactory()
    assert Park.objects.scope_for(UserFactory(role=role), ON).count() == 1


def test_a_park_manager_sees_the_parks_assigned_on_that_day_and_what_is_in_them():
    user = UserFactory(role="Park manager")
    mine, other = SuiteFactory(), SuiteFactory()
    for suite in (mine, other):
        SuiteClosure.objects.create(suite=suite, first_day=ON, reason="repair")
    ParkAssignment.objects.create(
        user=user, park=mine.park, first_day=dt.date(2026, 1, 1), last_day=dt.date(2026, 11, 22)
    )
    assert list(Park.objects.scope_for(user, ON)) == [mine.park]
    assert list(Suite.objects.scope_for(user, ON)) == [mine]
    assert SuiteClosure.objects.scope_for(user, ON).get().suite == mine
    assert not Park.objects.scope_for(user, dt.date(2026, 11, 23)).exists()
    assert not Park.objects.scope_for(user, dt.date(2025, 12, 31)).exists()


def test_staff_without_a_role_and_inactive_people_see_nothing():
    ParkFactory()
    assert not Park.objects.scope_for(UserFactory(role=None), ON).exists()
    gone = UserFactory(role="Administrator")
    gone.is_active = False
    assert not Park.objects.scope_for(gone, ON).exists()
    assert not City.objects.scope_for(gone, ON).exists()
