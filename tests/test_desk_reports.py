"""Expiries and voids: figures by hand, what is not known, files that equal the screen."""

import datetime as dt
from decimal import Decimal

import pytest

from parks.models import SuiteClosure
from tenants.desk.expiries import last_day_of_window
from tenants.desk.voids import forgone
from tenants.models import Lease, Letting
from tests.desk import (
    DAY,
    Scene,
    book_of,
    csv_of,
    days_ago,
    page,
    text_of,
)
from tests.factories import LeaseFactory, LettingFactory, SuiteFactory, bring_to

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("officer")]


@pytest.fixture
def scene():
    return Scene()


def expiries(client, **params):
    return page(client, "desk_expiries", **{"from": "", "on": DAY.isoformat(), **params})


def renewal_of(lease, suites, state="signed"):
    new = LeaseFactory(company=lease.company, park=lease.park, renews=lease)
    for suite in suites:
        LettingFactory(
            suite=suite,
            lease=new,
            state="draft",
            commencement_date=dt.date(2027, 1, 1),
            expiry_date=dt.date(2030, 12, 31),
        )
    bring_to(new, state)
    return new


def test_the_window_is_24_whole_months():
    assert last_day_of_window(dt.date(2026, 6, 15)) == dt.date(2028, 5, 31)
    assert last_day_of_window(dt.date(2026, 1, 31)) == dt.date(2027, 12, 31)
    assert last_day_of_window(dt.date(2026, 3, 1)) == dt.date(2028, 2, 29)
    assert last_day_of_window(dt.date(2200, 12, 31)) == dt.date(2200, 12, 31)
    assert last_day_of_window(dt.date(2199, 1, 15)) == dt.date(2200, 12, 31)


def test_expiries_are_summed_by_month_and_park(client, scene):
    months = expiries(client).context["months"]

    assert [month.first for month in months] == [dt.date(2026, 12, 1)]
    alpha, beta = months[0].parks
    assert (alpha.park, alpha.total.lettings, alpha.total.area_sqft, alpha.total.rent_pkr) == (
        scene.alpha,
        2,
        1500,
        150_000,
    )
    assert (beta.total.lettings, beta.total.area_sqft, beta.total.rent_pkr) == (1, 400, 30_000)
    assert expiries(client).context["total"].rent_pkr == 180_000


def test_the_rent_of_an_expiry_is_that_of_its_last_day(client, scene):
    scene.l1.rates.create(from_date=dt.date(2026, 10, 1), rent_pkr=33_000)

    line = next(line for line in csv_of(expiries(client, format="csv")) if line["Park"] == "Beta")

    assert Decimal(line["Rent on the last day, PKR a month"]) == 33_000


@pytest.mark.parametrize(("on", "shown"), [("2026-12-31", 1), ("2027-01-01", 0), ("2025-01-01", 1), ("2024-12-31", 0)])
def test_the_first_and_the_last_day_of_the_window_belong_to_it(client, scene, on, shown):
    # From 1 January 2025 the window ends with 31 December 2026, the last day of the lettings.
    assert len(expiries(client, on=on).context["months"]) == shown


def test_what_follows_is_told_for_each_letting(client, scene):
    def told():
        return {line["Suite"]: line["In words"] for line in csv_of(expiries(client, format="csv"))}

    assert told() == {"101": "Not renewed", "102": "Not renewed", "1": "Not renewed"}
    Lease.objects.filter(pk=scene.lease.pk).update(notice_given_on=dt.date(2026, 5, 2))
    assert told() == {"101": "Notice given on 2 May 2026", "102": "Notice given on 2 May 2026", "1": "Not renewed"}
    Lease.objects.filter(pk=scene.lease.pk).update(notice_given_on=None)
    draft = renewal_of(scene.lease, [scene.s101], "draft")
    assert told()["101"] == f"Renewal drafted {draft}"
    assert told()["102"] == f"Not among the suites of {draft}"
    signed = renewal_of(scene.lease, [scene.s101])
    assert told()["101"] == f"Renewed by {signed}"
    Letting.objects.filter(pk=scene.l1.pk).update(terminated_on=dt.date(2026, 9, 30))
    assert told()["1"] == "Ends early"
    text = text_of(expiries(client))
    assert f'href="/admin/tenants/lease/{signed.pk}/change/"' in text
    assert f'href="/admin/tenants/lease/{scene.lease.pk}/change/"' in text


def test_a_lapsed_offer_renews_nothing(client, scene):
    offer = renewal_of(scene.lease, [scene.s101], "offered")
    line = csv_of(expiries(client, format="csv"))[0]
    assert line["In words"] == f"Renewal offered {offer}" and line["State of renewal"] == "Renewal under way"

    Lease.objects.filter(pk=offer.pk).update(offer_deadline=days_ago(1), offered_on=days_ago(9))

    assert csv_of(expiries(client, format="csv"))[0]["State of renewal"] == "Not renewed"


def test_the_files_of_expiries_have_the_rows_of_the_page(client, scene):
    shown = [
        (month.first.strftime("%Y-%m"), own.park.name, each.letting.suite.number)
        for month in expiries(client).context["months"]
        for own in month.parks
        for each in own.endings
    ]
    lines = csv_of(expiries(client, format="csv"))
    book = book_of(expiries(client, format="xlsx"))["Expiries"]

    assert [(line["Month"], line["Park"], line["Suite"]) for line in lines] == shown and len(shown) == 3
    assert [(row[0], row[2], row[3]) for row in book[1:]] == shown


def voids(client, **params):
    return page(client, "desk_voids", **{"on": DAY.isoformat(), **params})


def test_rent_forgone_is_the_asking_cost_by_the_day():
    assert forgone(Decimal(90_000), 15) == Decimal("44353.18")
    assert forgone(Decimal("30437.50"), 1) == 1000
    assert forgone(None, 15) is None and forgone(Decimal(1), None) is None
    assert forgone(Decimal(0), 15) == 0


def test_a_void_has_its_days_and_what_is_forgone(client, scene):
    line = csv_of(voids(client, format="csv"))[0]

    # From 1 to 15 June, both inclusive; 800 × 100 + 10,000.
    assert (line["Suite"], line["Vacant since"], line["Days vacant"]) == ("103", "2026-06-01", "15")
    assert Decimal(line["Asking, PKR a month"]) == 90_000
    assert Decimal(line["Rent forgone, PKR"]) == Decimal("44353.18")
    text = text_of(voids(client))
    assert "Rs\N{NO-BREAK SPACE}44,353.18" in text and "÷ 30.4375" in text


def test_what_is_not_known_of_a_void_is_said_and_left_out_of_sums(client, scene):
    SuiteFactory(park=scene.beta, number="R", lettable_area_sqft=None, in_service_from=dt.date(2026, 6, 1))
    SuiteFactory(park=scene.beta, number="C", rent_basis="fixed", rent_pkr=5, in_service_from=dt.date(2026, 6, 1))
    SuiteFactory(park=scene.beta, number="N", rent_basis="fixed", rent_pkr=5, service_charge_pkr=0)

    response = voids(client)
    lines = {line["Suite"]: line for line in csv_of(voids(client, format="csv"))}

    assert lines["R"]["Asking unknown because"] == "on request"
    assert lines["C"]["Asking unknown because"] == "service charge not reported"
    assert (lines["N"]["Days vacant"], lines["N"]["Rent forgone, PKR"]) == ("", "")
    total = response.context["total"]
    assert (total.suites, total.without_area, total.without_asking, total.without_forgone) == (4, 1, 2, 3)
    assert total.forgone_pkr == Decimal("44353.18") and total.asking_pkr == 90_005
    assert "not known: never let" in text_of(response) and "on request" in text_of(response)


def test_let_held_and_closed_suites_are_no_voids(client, scene):
    SuiteClosure.objects.create(suite=scene.s103, first_day=DAY, last_day=DAY, reason="repair")
    assert voids(client).context["count"] == 0
    # The vacancy begins anew after the closure.
    assert csv_of(voids(client, format="csv", on="2026-06-16"))[0]["Vacant since"] == "2026-06-16"

    LettingFactory(suite=scene.s103, state="accepted", commencement_date=dt.date(2026, 6, 16))
    assert "No suite is vacant on this day" in text_of(voids(client, on="2026-06-16"))
