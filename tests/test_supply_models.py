"""The rules of supply, each tried on the database itself, past every form."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, InternalError, connection, transaction

from parks.models import (
    AreaReport,
    City,
    HostAgreement,
    Park,
    ParkAssignment,
    ParkPhoto,
    Source,
    StageEvent,
    Suite,
    SuiteClosure,
)
from tests.factories import (
    CityFactory,
    HostFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

A_DAY = dt.date(2024, 3, 9)


def refused_by(name, write):
    """Whether the database itself refuses `write`, by the constraint `name`."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()
    assert caught.value.__cause__.diag.constraint_name == name


def test_the_driver_is_psycopg2():
    assert connection.Database.__name__ == "psycopg2"


def test_a_park_gets_the_next_code_from_the_database():
    first, second = ParkFactory(), ParkFactory()
    # The sequence runs on through all tests of a run, past four digits.
    assert re.fullmatch(r"STP-[0-9]{4,}", first.code)
    assert int(second.code[4:]) == int(first.code[4:]) + 1


def test_codes_beyond_four_digits_are_not_cut():
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('parks_park_code', 12344)")
    assert ParkFactory().code == "STP-12345"
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('parks_park_code', 1, false)")


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("park_coordinates_in_box", {"latitude": 51, "longitude": 0, "coordinates_precision": "surveyed"}),
        ("park_coordinates_in_box", {"latitude": 73, "longitude": 33, "coordinates_precision": "surveyed"}),
        ("park_coordinates_paired", {"latitude": 33, "coordinates_precision": "surveyed"}),
        ("park_coordinates_precise", {"latitude": 33, "longitude": 73, "coordinates_precision": ""}),
        ("park_coordinates_precise", {"coordinates_precision": "surveyed"}),
        ("park_slug_form", {"slug": "Not A Slug"}),
        ("park_name_given", {"name": "  "}),
        ("park_district_unknown_is_null", {"district": " "}),
        ("park_kinds_known", {"programme": "stza"}),
        ("park_kinds_known", {"partnership_kind": "friendship"}),
        ("park_power_hours_in_a_day", {"power_hours": 25}),
        ("park_verified_by_someone", {"last_verified_on": A_DAY}),
    ],
)
def test_the_database_refuses_a_park_that_cannot_be(constraint, change):
    park = ParkFactory(listed=False)
    refused_by(constraint, lambda: Park.objects.filter(pk=park.pk).update(**change))


def test_the_message_about_coordinates_is_for_people():
    park = ParkFactory.build(city=CityFactory(), latitude=51, longitude=0, coordinates_precision="surveyed")
    with pytest.raises(ValidationError) as caught:
        park.full_clean()
    assert "outside Pakistan" in str(caught.value)


def test_the_web_name_is_fixed_once_listed_whoever_changes_it():
    park = ParkFactory(listed=True)
    refused_by("park_slug_fixed", lambda: Park.objects.filter(pk=park.pk).update(slug="another"))
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE parks_park SET slug = 'another' WHERE id = %s", [park.pk])


def test_the_web_name_stays_fixed_after_the_park_is_taken_off_the_list():
    park = ParkFactory(listed=True)
    Park.objects.filter(pk=park.pk).update(listed=False)
    refused_by("park_slug_fixed", lambda: Park.objects.filter(pk=park.pk).update(slug="another"))


def test_the_day_of_first_listing_cannot_be_changed():
    park = ParkFactory(listed=True)
    park.refresh_from_db()
    first = park.first_listed_on
    Park.objects.filter(pk=park.pk).update(first_listed_on=None)
    park.refresh_from_db()
    assert park.first_listed_on == first is not None


def test_the_web_name_of_an_unlisted_park_may_change():
    park = ParkFactory(listed=False)
    Park.objects.filter(pk=park.pk).update(slug="another")
    park.refresh_from_db()
    assert (park.slug, park.first_listed_on) == ("another", None)


def test_a_form_says_so_before_the_database_does():
    park = ParkFactory(listed=True)
    park.refresh_from_db()
    park.slug = "another"
    with pytest.raises(ValidationError) as caught:
        park.full_clean()
    assert "fixed" in caught.value.message_dict["slug"][0]


@pytest.mark.parametrize(
    ("on", "precision", "effective"),
    [
        (dt.date(2024, 3, 9), "day", dt.date(2024, 3, 9)),
        (dt.date(2024, 2, 1), "month", dt.date(2024, 2, 29)),
        (dt.date(2023, 2, 1), "month", dt.date(2023, 2, 28)),
        (dt.date(2024, 12, 1), "month", dt.date(2024, 12, 31)),
        (dt.date(2024, 1, 1), "year", dt.date(2024, 12, 31)),
    ],
)
def test_an_event_counts_from_the_last_day_of_its_period(on, precision, effective):
    event = StageEventFactory(on=on, on_precision=precision)
    event.refresh_from_db()
    assert event.effective_on == effective


def test_an_undated_event_counts_from_the_day_it_was_known():
    event = StageEventFactory(on=None, on_precision="", known_by=A_DAY)
    event.refresh_from_db()
    assert event.effective_on == A_DAY


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("stageevent_on_dated", {"on": dt.date(2024, 3, 9), "on_precision": "month"}),
        ("stageevent_on_dated", {"on": dt.date(2024, 3, 1), "on_precision": "year"}),
        ("stageevent_on_dated", {"on": dt.date(2024, 3, 1), "on_precision": ""}),
        ("stageevent_on_dated", {"on": None, "on_precision": "day", "known_by": A_DAY}),
        ("stageevent_on_dated", {"on": dt.date(9999, 12, 31), "on_precision": "day"}),
        ("stageevent_on_dated", {"on": dt.date(1899, 12, 31), "on_precision": "day"}),
        ("stageevent_known_by_year", {"known_by": dt.date(9999, 12, 31)}),
        ("stageevent_has_a_day", {"on": None, "on_precision": "", "known_by": None}),
        ("stageevent_stage_known", {"stage": "rumoured"}),
    ],
)
def test_the_database_refuses_an_event_that_cannot_be(constraint, change):
    event = StageEventFactory(on=A_DAY, on_precision="day")
    refused_by(constraint, lambda: StageEvent.objects.filter(pk=event.pk).update(**change))


def test_a_form_brings_a_month_to_its_first_day():
    event = StageEvent(park=ParkFactory(), stage="operational", on=dt.date(2024, 3, 9), on_precision="month")
    event.full_clean()
    assert event.on == dt.date(2024, 3, 1)


def test_the_same_event_is_recorded_once():
    event = StageEventFactory(stage="operational", on=None, on_precision="", known_by=A_DAY)
    twin = StageEvent(park=event.park, stage="operational", known_by=dt.date(2025, 1, 1))
    refused_by("stageevent_once_undated", twin.save)
    dated = StageEventFactory(stage="operational", on=A_DAY, on_precision="day", known_by=None)
    twin = StageEvent(park=dated.park, stage="operational", on=A_DAY, on_precision="day")
    refused_by("stageevent_once_a_date", twin.save)


def test_one_area_report_of_a_park_is_chosen():
    park = ParkFactory()
    AreaReport.objects.create(park=park, area_sqft=100, chosen=True)
    AreaReport.objects.create(park=park, area_sqft=200)
    refused_by(
        "areareport_one_chosen",
        lambda: AreaReport.objects.filter(park=park).update(chosen=True, chosen_because="checked"),
    )


@pytest.mark.parametrize("area", [0, -1])
def test_an_area_is_above_0(area):
    park = ParkFactory()
    refused_by("areareport_area_above_0", lambda: AreaReport.objects.create(park=park, area_sqft=area))
    suite = SuiteFactory(park=park)
    refused_by("suite_area_above_0", lambda: Suite.objects.filter(pk=suite.pk).update(lettable_area_sqft=area))
    paper = HostAgreement.objects.create(park=park, kind="mou", parties="PSEB; Host")
    refused_by(
        "agreement_area_above_0",
        lambda: HostAgreement.objects.filter(pk=paper.pk).update(committed_area_sqft=area),
    )


@pytest.mark.parametrize("field", ["lettable_area_sqft", "rent_pkr", "service_charge_pkr"])
def test_not_a_number_is_no_amount(field):
    """PostgreSQL's NaN is above every number, so "above 0" alone would let it in."""
    suite = SuiteFactory(rent_basis="fixed", rent_pkr=1)
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute(f"UPDATE parks_suite SET {field} = 'NaN' WHERE id = %s", [suite.pk])  # noqa: S608


def test_an_agreement_cannot_expire_before_it_takes_effect():
    paper = HostAgreement(
        park=ParkFactory(),
        kind="contract",
        parties="PSEB; Host",
        effective_date=dt.date(2025, 1, 1),
        expiry_date=dt.date(2024, 12, 31),
    )
    with pytest.raises(ValidationError) as caught:
        paper.full_clean()
    assert "expiry_date" in caught.value.message_dict
    refused_by("agreement_dates_in_order", paper.save)


def test_a_suite_number_is_in_service_once_blind_to_case():
    suite = SuiteFactory(number="A-301")
    twin = SuiteFactory.build(park=suite.park, number="a-301")
    refused_by("suite_number_once_in_service", twin.save)
    with pytest.raises(ValidationError) as caught:
        twin.full_clean()
    assert "already has a suite of this number" in str(caught.value)


def test_a_number_may_come_back_the_day_the_old_suite_is_withdrawn():
    suite = SuiteFactory(number="A-301", withdrawn_from=dt.date(2025, 1, 1))
    SuiteFactory(park=suite.park, number="A-301", in_service_from=dt.date(2025, 1, 1))
    early = SuiteFactory.build(
        park=suite.park,
        number="A-301",
        in_service_from=dt.date(2024, 12, 31),
        withdrawn_from=dt.date(2025, 1, 1),
    )
    refused_by("suite_number_once_in_service", early.save)


def test_the_same_number_in_another_park_is_another_suite():
    suite = SuiteFactory(number="A-301")
    assert SuiteFactory(number="A-301").park_id != suite.park_id


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("suite_number_given", {"number": " "}),
        ("suite_number_given", {"number": "A\n1"}),
        ("suite_desk_rent_not_by_area", {"kind": "desk", "seats": 1, "rent_basis": "per_sqft", "rent_pkr": 1}),
        ("suite_desk_without_area", {"kind": "desk", "seats": 1}),
        ("suite_desk_has_seats", {"kind": "desk", "lettable_area_sqft": None, "seats": None}),
        ("suite_hall_of_desks", {"hall": "Main"}),
        ("suite_seats_above_0", {"seats": 0}),
        ("suite_floor_sane", {"floor": 400}),
        ("suite_rent_with_basis", {"rent_pkr": 90}),
        ("suite_rent_with_basis", {"rent_basis": "per_sqft"}),
        ("suite_rent_with_basis", {"rent_basis": "per_sqft", "rent_pkr": -1}),
        ("suite_charge_not_negative", {"service_charge_pkr": -1}),
        ("suite_kinds_known", {"fit_out": "golden"}),
        ("suite_years", {"in_service_from": dt.date(9999, 12, 31)}),
    ],
)
def test_the_database_refuses_a_suite_that_cannot_be(constraint, change):
    suite = SuiteFactory(kind="suite", lettable_area_sqft=Decimal(500), seats=None)
    refused_by(constraint, lambda: Suite.objects.filter(pk=suite.pk).update(**change))


def test_a_rent_of_zero_is_a_rent():
    suite = SuiteFactory(rent_basis="per_seat", rent_pkr=0)
    suite.full_clean()
    assert suite.rent_pkr == 0


def test_reversed_days_in_service_are_an_error_on_the_date_not_a_database_fault():
    suite = SuiteFactory.build(
        park=ParkFactory(), in_service_from=dt.date(2025, 2, 1), withdrawn_from=dt.date(2025, 1, 1)
    )
    with pytest.raises(ValidationError) as caught:
        suite.full_clean()
    assert "withdrawn_from" in caught.value.message_dict


def test_a_suite_is_closed_once_at_a_time():
    suite = SuiteFactory()
    SuiteClosure.objects.create(suite=suite, first_day=A_DAY, last_day=A_DAY, reason="repair")
    overlap = SuiteClosure(suite=suite, first_day=A_DAY, reason="disputed")
    refused_by("closure_once_at_a_time", overlap.save)
    SuiteClosure.objects.create(suite=suite, first_day=A_DAY + dt.timedelta(1), reason="disputed")


def test_a_closure_in_reverse_is_an_error_on_its_last_day():
    closure = SuiteClosure(suite=SuiteFactory(), first_day=A_DAY, last_day=dt.date(2024, 3, 8), reason="repair")
    with pytest.raises(ValidationError) as caught:
        closure.full_clean()
    assert "last_day" in caught.value.message_dict


def test_a_person_has_a_park_once_at_a_time():
    user, park = UserFactory(role="Park manager"), ParkFactory()
    ParkAssignment.objects.create(user=user, park=park, first_day=A_DAY)
    again = ParkAssignment(user=user, park=park, first_day=dt.date(2025, 1, 1))
    refused_by("assignment_once_at_a_time", again.save)
    ParkAssignment.objects.create(user=user, park=ParkFactory(), first_day=A_DAY)


def test_a_photo_needs_words():
    photo = ParkPhoto(park=ParkFactory(), stem="0" * 32, width=1, height=1, widths=[1], alt=" ")
    refused_by("photo_alt_given", photo.save)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://example.org/", "https://a b", "https://]", "https:///x"])
def test_a_source_has_a_web_address(url):
    refused_by("source_url_is_web", lambda: Source.objects.create(url=url))


def test_a_city_is_in_a_region_once_blind_to_case():
    city = CityFactory(name="Mingora")
    refused_by("city_once_per_region", lambda: CityFactory(name="MINGORA", region=city.region, slug="other"))


def test_parks_suites_and_their_places_cannot_be_deleted_while_used():
    suite = SuiteFactory(park=ParkFactory(host=HostFactory()))
    for used in (suite.park, suite.park.city, suite.park.host):
        with pytest.raises(IntegrityError), transaction.atomic():
            used.delete()


def test_every_change_is_in_the_history_however_it_is_made():
    city = CityFactory(name="Swat")
    City.objects.filter(pk=city.pk).update(name="Mingora")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parks_city SET aliases = 'Swat' WHERE id = %s", [city.pk])
    City.objects.bulk_create([City(name="Wana", region="khyber-pakhtunkhwa", slug="wana-2")])
    events = list(city.events.order_by("pgh_id").values_list("pgh_label", "name", "aliases"))
    assert events == [("insert", "Swat", ""), ("update", "Mingora", ""), ("update", "Mingora", "Swat")]
    assert City.pgh_event_model.objects.filter(name="Wana", pgh_label="insert").count() == 1


def test_a_deletion_is_in_the_history():
    city = CityFactory(name="Nowhere")
    key = city.pk
    city.delete()
    labels = City.pgh_event_model.objects.filter(pgh_obj_id=key).order_by("pgh_id").values_list("pgh_label", flat=True)
    assert list(labels) == ["insert", "delete"]


def test_nothing_on_the_site_can_change_the_history():
    city = CityFactory()
    for tamper in (lambda: city.events.update(name="x"), lambda: city.events.all().delete()):
        with pytest.raises(InternalError, match="append_only"), transaction.atomic():
            tamper()


def test_the_first_figure_of_a_park_needs_no_reason_and_every_later_choice_does():
    park = ParkFactory()
    first = AreaReport.objects.create(park=park, area_sqft=100, chosen=True)
    second = AreaReport.objects.create(park=park, area_sqft=200)
    AreaReport.objects.filter(pk=first.pk).update(chosen=False)
    choose = AreaReport.objects.filter(pk=second.pk)
    refused_by("areareport_choice_has_reason", lambda: choose.update(chosen=True, chosen_because=" "))
    choose.update(chosen=True, chosen_because="Measured by the host.")
    refused_by(
        "areareport_choice_has_reason",
        lambda: (
            AreaReport.objects.filter(pk=second.pk).update(chosen=False)
            and AreaReport.objects.create(park=park, area_sqft=300, chosen=True)
        ),
    )
    # What does not touch the choice is not asked again.
    choose.update(note="seen")
