"""Whatever was done, and in whatever order: what the register said on an evening is what is known of it for ever."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parks.models import Park, Suite, SuiteClosure
from tenants.as_known import as_known
from tenants.models import Company, Lease, Letting, LettingRate
from tenants.occupancy import KEYS, occupancy_over
from tenants.rent_roll import rent_roll
from tests.factories import CityFactory, LettingFactory, ParkFactory, SuiteFactory
from tests.test_as_known import entered_on

pytestmark = pytest.mark.django_db
BEGUN = dt.date(2026, 1, 5)
ASKED = (dt.date(2025, 12, 31), dt.date(2026, 2, 28), dt.date(2026, 7, 1))
STEPS = (
    *("let", "offer", "draft", "end", "raise", "measure", "rename", "close", "withdraw", "new_suite", "new_park"),
    *("drop_draft", "move_city", "lapse", "bulk", "unlist", "reopen"),
)
steps = st.lists(
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 6), st.integers(0, 300)), min_size=1, max_size=3),
    min_size=2,
    max_size=5,
)


def nth(rows, number):
    """One of the rows by number, None of none."""
    rows = list(rows.order_by("pk"))
    return rows[number % len(rows)] if rows else None


def let(suite, days, state="signed"):
    """Let the suite from so many days after the new year of 2026, for 90 days; nothing when it is let then."""
    first = dt.date(2026, 1, 1) + dt.timedelta(days)
    LettingFactory(
        suite=suite, state=state, rent=1_000 + days, commencement_date=first, expiry_date=first + dt.timedelta(90)
    )


def do(step, number, days):
    """One thing that staff do to the register. What the database refuses is left undone."""
    suite, day = nth(Suite.objects, number), dt.date(2026, 1, 1) + dt.timedelta(days)
    letting = nth(Letting.objects.filter(lease_state="signed"), number)
    match step:
        case "let" | "draft":
            let(suite, days, "signed" if step == "let" else "draft")
        case "offer":
            let(suite, days, "offered")
        case "lapse":
            Lease.objects.filter(state="offered").update(offered_on=BEGUN, offer_deadline=day)
        case "end" if letting:
            Letting.objects.filter(pk=letting.pk).update(terminated_on=letting.commencement_date + dt.timedelta(number))
        case "raise" if letting:
            LettingRate.objects.create(letting=letting, from_date=day, rent_pkr=5_000 + days)
        case "measure":
            Suite.objects.filter(pk=suite.pk).update(lettable_area_sqft=(100 + days) if days % 3 else None)
        case "rename":
            Park.objects.filter(pk=suite.park_id).update(name=f"Park {number} {days}")
            Company.objects.update(name=f"Company {days}")
        case "close":
            SuiteClosure.objects.create(suite=suite, first_day=day, reason="repair")
        case "reopen":
            SuiteClosure.objects.filter(suite=suite).delete()
        case "withdraw":
            Suite.objects.filter(pk=suite.pk).update(withdrawn_from=day)
        case "new_suite":
            SuiteFactory(park=suite.park, lettable_area_sqft=200 + days)
        case "new_park":
            SuiteFactory(park=ParkFactory(), lettable_area_sqft=300 + days)
        case "drop_draft":
            drafts = list(Lease.objects.filter(state="draft").values_list("pk", flat=True))
            Letting.objects.filter(lease__in=drafts).delete()
            Lease.objects.filter(pk__in=drafts).delete()
        case "move_city":
            Park.objects.filter(pk=suite.park_id).update(city=CityFactory(region="sindh"))
        case "bulk":
            Suite.objects.update(seats=number + 1)
        case "unlist":
            Park.objects.filter(pk=suite.park_id).update(programme="other")


def told(today):
    """All that the rent roll and the occupancy say of some days, seen from `today`, as plain values."""
    said = []
    for on in ASKED:
        roll = rent_roll(Park.objects.all(), on, today)
        said += [
            (
                *(row.park.name, row.suite.number, row.area_sqft, row.seats, str(row.state), row.word),
                *(row.company and row.company.name, row.lease and row.lease.number, row.commencement, row.expiry),
                *(row.days_to_expiry, row.rent_pkr, row.service_charge_pkr, row.next_step_on, row.next_rent_pkr),
            )
            for row in roll.rows
        ]
        said.append(roll.total)
    for key in KEYS:
        said += occupancy_over(Suite.objects.all(), Park.objects.all(), key, ASKED, today)
    return said


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=steps)
def test_what_was_said_on_an_evening_is_what_was_known_on_that_day(db, days):
    with transaction.atomic():
        for _number in range(2):
            SuiteFactory(park=ParkFactory(), lettable_area_sqft=500)
        known, said, day = entered_on(BEGUN), {BEGUN: told(BEGUN)}, BEGUN
        for done in days:
            day += dt.timedelta(20)
            for step, number, offset in done:
                try:
                    with transaction.atomic():
                        do(step, number, offset)
                except IntegrityError:
                    pass
            known = entered_on(day, after=known)
            said[day] = told(day)
        for evening, then in said.items():
            # On the day itself and until the next change, whatever has been written since.
            with as_known(evening):
                assert told(evening) == then
        transaction.set_rollback(True)
