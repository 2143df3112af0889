"""The register as it was known on an earlier day: answers that do not change any more, whatever is entered later."""

import datetime as dt

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from parks.models import Park, SignInEvent, Suite
from tenants.as_known import COVERED, as_known, end_of
from tenants.models import Company, Lease, Letting
from tenants.occupancy import occupancy
from tenants.rent_roll import rent_roll
from tests.factories import CompanyFactory, LettingFactory, ParkFactory, SuiteFactory

pytestmark = pytest.mark.django_db
FEBRUARY, MARCH, APRIL = dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2026, 4, 1)


def entered_on(day, *, after=0):
    """Put every event newer than the event ids `after` onto noon of `day`; returns the newest ids by model."""
    newest = {}
    for model in COVERED:
        events = model.pgh_event_model
        with pgtrigger.ignore(f"{events._meta.label}:append_only"):
            fresh = events.objects.filter(pgh_id__gt=after[model] if after else 0)
            fresh.update(pgh_created_at=end_of(day) - dt.timedelta(hours=12))
        newest[model] = events.objects.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0
    return newest


@pytest.fixture
def late_lease():
    """A suite entered in January; a lease that began in February, recorded in the middle of March."""
    suite = SuiteFactory(lettable_area_sqft=500)
    known = entered_on(dt.date(2026, 1, 5))
    letting = LettingFactory(suite=suite, rent=25_000, commencement_date=dt.date(2026, 2, 1), expiry_date=None)
    entered_on(dt.date(2026, 3, 15), after=known)
    return letting


def told(known):
    """(suites let, sq ft let, rent) of the roll and (let, vacant) of the occupancy of 28 February as known then."""
    with as_known(known):
        total = rent_roll(Park.objects.all(), FEBRUARY, known).total
        figures = occupancy(Suite.objects.all(), Park.objects.all(), FEBRUARY, known)
        return (
            (total.suites_let, total.area_let_sqft, total.rent_pkr),
            (figures.let.suites, figures.vacant.suites, figures.vacant.area_sqft),
        )


def test_a_lease_recorded_in_march_is_unknown_on_the_first_of_march_and_known_in_april(late_lease):
    before, after = ((0, 0, 0), (0, 1, 500)), ((1, 500, 25_000), (1, 0, 0))
    assert told(MARCH) == before
    assert told(APRIL) == after
    assert told(dt.date(2026, 3, 14)) == before
    assert told(dt.date(2026, 3, 15)) == after


def test_both_answers_are_the_same_a_year_later(late_lease):
    first = told(MARCH), told(APRIL)
    # What happens since: the rent is another, the suite is larger, the company has another name, the tenant leaves.
    late_lease.rates.update(rent_pkr=99_000)
    Suite.objects.update(lettable_area_sqft=900)
    Company.objects.update(name="Another name")
    Letting.objects.update(terminated_on=dt.date(2026, 2, 15))
    assert (told(MARCH), told(APRIL)) == first
    today = timezone.localdate()
    assert told(today) != first[1]


def test_names_are_those_of_then(late_lease):
    company = late_lease.lease.company
    name = company.name
    Company.objects.update(name="Another name")
    with as_known(APRIL):
        rows = rent_roll(Park.objects.all(), FEBRUARY, APRIL).rows
    assert [row.company.name for row in rows] == [name]


def test_what_was_deleted_since_is_there_and_what_was_deleted_before_is_not():
    suite = SuiteFactory()
    draft = LettingFactory(suite=suite, state="draft")
    known = entered_on(MARCH)
    key = draft.lease_id
    draft.delete()
    Lease.objects.filter(pk=key).delete()
    entered_on(APRIL, after=known)
    with as_known(MARCH):
        assert Lease.objects.filter(pk=key).exists()
    with as_known(APRIL):
        assert not Lease.objects.filter(pk=key).exists()
        assert not Letting.objects.exists()


def test_a_day_before_the_register_has_nothing(late_lease):
    with as_known(dt.date(2020, 1, 1)):
        assert not Park.objects.exists()
        assert rent_roll(Park.objects.all(), FEBRUARY, FEBRUARY).rows == []


def test_as_known_today_is_the_register_of_today(late_lease):
    SuiteFactory(park=late_lease.park)
    ParkFactory(name="A park without suites")
    CompanyFactory()
    today = timezone.localdate()
    live = {model: list(model.objects.order_by("pk").values()) for model in COVERED}
    with as_known(today):
        assert {model: list(model.objects.order_by("pk").values()) for model in COVERED} == live


def test_nothing_can_be_written_and_nothing_stays(late_lease):
    with as_known(APRIL):
        with pytest.raises(DatabaseError, match="read-only"), transaction.atomic():
            SignInEvent.objects.create(kind="signed_in")
        Company.objects.update(name="Forgotten")
    assert not Company.objects.filter(name="Forgotten").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'tenants%%'")
        assert cursor.fetchone() == (0,)
    SignInEvent.objects.create(kind="signed_in")


def test_an_error_inside_leaves_the_present_as_it_is(late_lease):
    with pytest.raises(ZeroDivisionError), as_known(MARCH):
        raise ZeroDivisionError
    assert Letting.objects.count() == 1


def test_the_past_within_the_past_is_refused():
    with pytest.raises(ValueError, match="already"), as_known(APRIL), as_known(MARCH):
        pass


def test_every_model_that_the_rent_roll_and_the_occupancy_read_is_covered(late_lease, django_assert_num_queries):
    """Whatever table of the two apps these queries name has to be among the covered ones."""
    covered = {model._meta.db_table for model in COVERED}
    seen = []

    def note(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    today = timezone.localdate()
    with connection.execute_wrapper(note):
        for row in rent_roll(Park.objects.all(), today, today).rows:
            assert str(row.lease) and str(row.company) and str(row.park)
        occupancy(Suite.objects.all(), Park.objects.all(), today, today)
    named = {table for table in connection.introspection.table_names() for sql in seen if f'"{table}"' in sql}
    assert named
    assert {table for table in named if table.startswith(("parks_", "tenants_"))} <= covered
