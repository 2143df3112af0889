"""The reports as known on an earlier day: pages, files and links say of which day they are; the scope is today's."""

import datetime as dt

import pytest
from django.utils import timezone

from parks.models import ExportRecord, Park
from tenants.models import Company
from tests.desk import CountQueries, book_of, csv_of, page, text_of
from tests.factories import LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.test_as_known import APRIL, FEBRUARY, MARCH, entered_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]
REPORTS = ("desk_rent_roll", "desk_parks", "desk_occupancy")


@pytest.fixture
def late_lease():
    """Park Alpha with suite 101 of 500 sq ft, entered in January; its lease of February, recorded in mid-March."""
    suite = SuiteFactory(park=ParkFactory(name="Alpha"), number="101", lettable_area_sqft=500)
    known = entered_on(dt.date(2026, 1, 5))
    letting = LettingFactory(suite=suite, rent=25_000, commencement_date=dt.date(2026, 2, 1), expiry_date=None)
    Company.objects.filter(pk=letting.lease.company_id).update(name="Acme")
    entered_on(dt.date(2026, 3, 15), after=known)
    return letting


def report(client, name, known=None, **params):
    more = {"known": known.isoformat()} if known else {}
    return page(client, name, on=FEBRUARY.isoformat(), **more, **params)


def test_the_roll_of_february_leaves_the_lease_out_in_march_and_has_it_in_april(client, late_lease):
    early, late, now = (report(client, "desk_rent_roll", known) for known in (MARCH, APRIL, None))

    assert "Acme" not in text_of(early) and early.context["roll"].total.suites_let == 0
    assert "Acme" in text_of(late) and late.context["roll"].total.rent_pkr == 25_000
    assert "Acme" in text_of(now) and ", as known on" not in text_of(now)
    words = " ".join(text_of(early).split()).replace("\N{NO-BREAK SPACE}", " ")
    assert ", as known on" in words and "1 March 2026" in words
    # The day before and after, the files and the park's own rows stay with what was known then.
    assert text_of(early).count("known=2026-03-01") >= 4


@pytest.mark.parametrize("name", ["desk_parks", "desk_occupancy"])
def test_the_occupancy_of_february_changes_with_what_was_known(client, late_lease, name):
    found = {known: report(client, name, known).context["total"] for known in (MARCH, APRIL, None)}

    assert (found[MARCH].let.suites, found[MARCH].vacant.area_sqft) == (0, 500)
    assert (found[APRIL].let.suites, found[APRIL].vacant.area_sqft) == (1, 0)
    assert found[None] == found[APRIL]
    assert "known=2026-03-01" in text_of(report(client, name, MARCH))


def test_both_come_out_the_same_when_everything_has_changed_since(client, late_lease):
    first = [csv_of(report(client, name, day, format="csv")) for name in REPORTS for day in (MARCH, APRIL)]
    Company.objects.update(name="Another name")
    Park.objects.update(name="Another park")
    late_lease.rates.update(rent_pkr=99_000)
    again = [csv_of(report(client, name, day, format="csv")) for name in REPORTS for day in (MARCH, APRIL)]
    assert again == first and len(first) == 6
    assert "Another name" in text_of(report(client, "desk_rent_roll"))


def test_the_files_say_on_which_day_it_was_known(client, late_lease):
    for name in REPORTS:
        response = report(client, name, MARCH, format="xlsx")
        assert "2026-02-28-as-known-2026-03-01.xlsx" in response["Content-Disposition"]
        told = dict(book_of(response)["About"][1:])
        assert (told["As on"], told["As known on"]) == (dt.datetime(2026, 2, 28), dt.datetime(2026, 3, 1))
        assert "known: 2026-03-01" in ExportRecord.objects.latest("pk").filters
        # Without the day it is what is known today.
        told = dict(book_of(report(client, name, format="xlsx"))["About"][1:])
        assert told["As known on"].date() == timezone.localdate()


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize(
    ("known", "message"),
    [("2200-01-01", "cannot be after today"), ("30 February", "Date must be a real date"), ("1899-12-31", "1900")],
)
def test_a_day_that_nothing_can_be_known_of_gets_its_message(client, late_lease, name, known, message):
    response = page(client, name, known=known)
    assert message in text_of(response) and "No rows are shown" in text_of(response)
    assert page(client, name, known=known, format="csv").status_code == 400


@pytest.mark.parametrize("name", REPORTS)
def test_today_is_what_is_known_now(client, late_lease, name):
    today = timezone.localdate()
    response = page(client, name, known=today.isoformat())
    assert response.context["known"] is None and ", as known on" not in text_of(response)
    assert page(client, name, known="1900-01-01").status_code == 200


def test_a_manager_reads_the_past_of_the_parks_of_today(client, late_lease):
    other = SuiteFactory(park=ParkFactory(name="Beta"))
    entered_on(dt.date(2026, 1, 6))
    client.force_login(UserFactory(role="Park manager", parks=[other.park]))

    for name in REPORTS:
        text = text_of(report(client, name, APRIL, **({"by": "park"} if name == "desk_occupancy" else {})))
        assert "Beta" in text and "Alpha" not in text and "Acme" not in text


@pytest.mark.parametrize("name", REPORTS)
def test_queries_do_not_grow_with_the_history(client, late_lease, name):
    with CountQueries() as few:
        report(client, name, APRIL)
    for _each in range(6):
        LettingFactory(suite=SuiteFactory(), rent=1)
    entered_on(MARCH)
    with CountQueries() as many:
        report(client, name, APRIL)
    assert many.count == few.count
