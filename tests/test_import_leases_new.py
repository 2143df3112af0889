"""Leases that come in from a file: as record_existing enters them, with what has come after."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parks.models import SuiteClosure
from tenants import actions
from tenants.importing.engine import review
from tenants.importing.undo import undo
from tenants.models import Lease, Letting
from tests.factories import CompanyFactory, ParkFactory, SuiteFactory
from tests.import_leases import hashes, imported, officer, outcomes, reviewed, staged, told, why
from tests.leases import DAY, FIRST, LAST, TODAY, offered, signed

pytestmark = pytest.mark.django_db

SINCE, UNTIL = dt.date(2024, 7, 1), dt.date(2027, 6, 30)


@pytest.fixture
def suite():
    return SuiteFactory(number="101")


@pytest.fixture
def company():
    return CompanyFactory(name="Systems (Pvt) Ltd")


def row(suite, company, /, **cells):
    """A row of a deed of three years from July 2024 at Rs 1,000."""
    told = {
        "company": company.name,
        "park": suite.park.code,
        "suite": suite.number,
        "commencement_date": SINCE,
        "expiry_date": UNTIL,
        "rent_pkr": 1000,
        "signed_on": SINCE,
    }
    return told | cells


def test_a_deed_comes_in_with_its_facts_and_steps_as_the_action_enters_it(suite, company):
    facts = {"escalation_percent": 10, "escalation_months": 12, "deposit_pkr": "50,000", "note": "Old file"}
    imported([row(suite, company, signatory_company="Sana Khan", **facts)])
    lease = Lease.objects.get()
    assert (lease.state, lease.deed_on_file, lease.signed_on) == ("signed", True, SINCE)
    assert (lease.company, lease.park, lease.state_reason) == (company, suite.park, "The register of 2024.")
    assert (lease.deposit_pkr, lease.note, lease.signatory_company) == (50_000, "Old file", "Sana Khan")
    letting = lease.lettings.get()
    assert (letting.lease_state, letting.park, letting.suite, letting.expiry_date) == (
        "signed",
        suite.park,
        suite,
        UNTIL,
    )
    other = SuiteFactory(park=suite.park)
    same = actions.record_existing(
        company=company,
        park=suite.park,
        lines=[actions.Line(other, SINCE, UNTIL, Decimal(1000))],
        deed_on_file=True,
        signed_on=SINCE,
        facts={"escalation_percent": Decimal(10), "escalation_months": 12},
        by=officer(),
        reason="x",
        today=TODAY,
    )
    rates = ("from_date", "rent_pkr", "service_charge_pkr")
    assert list(letting.rates.values_list(*rates)) == list(same.lettings.get().rates.values_list(*rates))
    assert lease.events.count() == 2 and letting.events.count() == 1


def test_a_row_without_a_day_of_signing_is_an_occupation_without_an_agreement(suite, company):
    batch = reviewed([row(suite, company, signed_on=None, rent_pkr=None)])
    assert outcomes(batch) == ["new"]
    assert "occupation without an agreement" in why(batch)
    imported([row(suite, company, signed_on=None, rent_pkr=None)])
    assert list(Lease.objects.without_deed()) == [Lease.objects.get()]


def test_the_same_file_twice_changes_nothing(suite, company):
    second = SuiteFactory(number="102", park=suite.park)
    third = SuiteFactory(number="103", park=suite.park)
    rows = [
        row(suite, company, number="Deed 7", escalation_percent=10, escalation_months=12, note="a"),
        row(second, company, number="deed  7"),
        row(third, company, terminated_on=SINCE + DAY),
        row(third, company, commencement_date=SINCE + 2 * DAY, signed_on=None, rent_pkr=None),
    ]
    batch = imported(rows)
    assert outcomes(batch) == ["new"] * 4
    assert sorted(lease.lettings.count() for lease in Lease.objects.all()) == [1, 1, 2]
    again = reviewed(rows)
    assert outcomes(again) == ["unchanged"] * 4, told(again)


@pytest.mark.parametrize(
    "ended",
    [
        {"terminated_on": dt.date(2025, 1, 31)},
        {"expiry_date": dt.date(2025, 1, 31), "vacated_on": dt.date(2025, 1, 31), "notice_given_on": SINCE},
        {"expiry_date": dt.date(2025, 1, 31)},
    ],
)
def test_a_past_tenancy_comes_in_beside_the_present_one(suite, company, ended):
    after = dt.date(2025, 2, 1)
    present = signed(lines=[actions.Line(suite, after, None, Decimal(1))])
    imported([row(suite, company, **ended)])
    lease = Lease.objects.exclude(pk=present.pk).get()
    assert lease.lettings.get().last_day == dt.date(2025, 1, 31)
    assert (lease.vacated_on, lease.notice_given_on) == (ended.get("vacated_on"), ended.get("notice_given_on"))
    assert set(Letting.objects.in_force(dt.date(2025, 1, 31)).values_list("lease", flat=True)) == {lease.pk}


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        ({"rent_pkr": None}, ["rent of Suite 101"]),
        ({"signed_on": TODAY + DAY}, ["still to come"]),
        ({"expiry_date": SINCE - DAY}, ["expiry is before"]),
        ({"terminated_on": UNTIL + DAY}, ["already expired"]),
        ({"terminated_on": SINCE - DAY}, ["cannot end before"]),
        ({"escalation_percent": 5}, ["both its percent and its interval"]),
        ({"notice_given_on": TODAY + DAY}, ["still to come"]),
        ({"notice_given_on": SINCE, "terminated_on": SINCE, "expiry_date": None}, []),
        ({"notice_given_on": TODAY, "terminated_on": SINCE}, ["over by then", "1 July 2024"]),
        ({"vacated_on": SINCE - DAY}, ["cannot be before"]),
        ({"vacated_on": UNTIL, "expiry_date": None}, ["no end"]),
        ({"vacated_on": SINCE, "terminated_on": SINCE}, ["given back already"]),
        ({"suite": "999"}, ["no such suite"]),
        ({"suite": None}, ["A letting has a suite"]),
        ({"commencement_date": None}, ["first day"]),
        ({"park": "Moon"}, ["no such park"]),
        ({"company": "Nobody at all"}, ["No company of this name"]),
        ({"company": None}, ["A new lease needs this"]),
        ({"number": "L-99999"}, ["There is no lease L-99999"]),
        ({"company_ntn": "1234567-8"}, ["no NTN of Systems (Pvt) Ltd"]),
    ],
)
def test_what_the_action_refuses_the_import_refuses_by_its_column(suite, company, cells, parts):
    batch = reviewed([row(suite, company, **cells)])
    if not parts:
        assert outcomes(batch) == ["new"]
        return
    assert outcomes(batch) == ["refused"]
    for part in parts:
        assert part in why(batch)
    assert not Lease.objects.exists()


def test_without_a_word_on_where_the_file_is_from_no_lease_is_made(suite, company):
    assert "Say where the file is from" in why(reviewed([row(suite, company)], reason=" "))


def test_a_suite_that_is_let_is_refused_with_the_lease_named_and_a_lapsed_offer_makes_way(suite, company):
    there = signed(suite)
    batch = reviewed([row(suite, company)])
    assert outcomes(batch) == ["refused"]
    assert there.number in why(batch) and there.company.name in why(batch)
    free = SuiteFactory(park=suite.park)
    offer = offered(free)
    before = hashes()
    tomorrow = TODAY + DAY
    assert offer.number in why(reviewed([row(free, company)], today=TODAY))
    by = officer()
    batch = imported([row(free, company)], by, today=tomorrow)
    offer.refresh_from_db()
    assert offer.state == "lapsed"
    undo(batch, by, tomorrow)
    assert hashes() == before


def test_the_names_of_a_lease_are_told_only_to_who_may_see_it(suite, company, monkeypatch):
    there = signed(suite)
    visible = type(Lease.objects.all()).scope_for
    monkeypatch.setattr(type(Lease.objects.all()), "scope_for", lambda rows, user, on: visible(rows, user, on).none())
    said = why(reviewed([row(suite, company)]))
    assert "you may not see" in said
    assert there.number not in said and there.company.name not in said


def test_closed_suites_and_demonstrations_are_refused(suite, company):
    closure = SuiteClosure.objects.create(suite=suite, first_day=SINCE, last_day=SINCE, reason="repair")
    assert "is closed" in why(reviewed([row(suite, company)]))
    closure.delete()
    demo = CompanyFactory(demo=True)
    assert "cannot be mixed" in why(reviewed([row(suite, demo)]))


def test_a_lease_to_come_is_refused_while_another_company_is_holding_over(suite, company):
    there = signed(lines=[actions.Line(suite, SINCE, TODAY - DAY, Decimal(1))])
    to_come = {"commencement_date": TODAY + DAY, "expiry_date": None}
    assert "holding over" in why(reviewed([row(suite, company, **to_come)]))
    assert outcomes(reviewed([row(suite, there.company, **to_come)])) == ["new"]
    assert outcomes(reviewed([row(suite, company, commencement_date=TODAY, expiry_date=None)])) == ["new"]
    free = SuiteFactory(park=suite.park)
    before = row(free, there.company, expiry_date=TODAY - DAY)
    batch = reviewed([before, row(free, company, **to_come)])
    assert outcomes(batch) == ["new", "refused"] and "row 2 of this file is holding over" in why(batch)
    batch = reviewed([before | {"vacated_on": TODAY - DAY}, row(free, company, **to_come)])
    assert outcomes(batch) == ["new", "new"]


def test_rows_that_overlap_within_the_file_are_refused_with_the_rows_number(suite, company):
    other = CompanyFactory()
    batch = reviewed([row(suite, company), row(suite, other, commencement_date=UNTIL)])
    assert outcomes(batch) == ["new", "refused"]
    assert "Row 2 of this file lets Suite 101" in why(batch)
    twice = reviewed([row(suite, company), row(suite, company)])
    assert outcomes(twice) == ["refused", "refused"]
    one = reviewed([row(suite, company, number="A"), row(suite, company, number="A")])
    assert outcomes(one) == ["refused", "refused"]


def test_a_refused_row_keeps_no_other_row_from_its_suite(suite, company):
    bad = row(suite, company, expiry_date=SINCE - DAY)
    batch = reviewed([bad, row(suite, company)])
    assert outcomes(batch) == ["refused", "new"]
    batch = reviewed([row(suite, company, signed_on=TODAY + DAY), row(suite, company, commencement_date=SINCE + DAY)])
    assert outcomes(batch) == ["refused", "new"]


def test_rows_of_one_deed_stand_or_fall_together_and_must_agree(suite, company):
    second = SuiteFactory(number="102", park=suite.park)
    rows = [row(suite, company, number="A", deposit_pkr=1), row(second, company, number="A", deposit_pkr=2)]
    batch = reviewed(rows)
    assert outcomes(batch) == ["refused", "refused"] and "say different things" in why(batch)
    rows[1]["deposit_pkr"] = None
    assert outcomes(reviewed(rows)) == ["new", "new"]
    rows[1]["rent_pkr"] = None
    batch = reviewed(rows)
    assert outcomes(batch) == ["refused", "refused"] and "belongs together with row 3" in why(batch)
    batch = reviewed([row(suite, company, number="A"), row(second, CompanyFactory(), number="A")])
    assert "A lease has one company" in why(batch)


def test_names_are_read_as_people_write_them_and_unknown_ones_get_near_ones(suite, company):
    suite.number = "G-5 A"
    suite.save()
    batch = reviewed(
        [row(suite, company, company="SYSTEMS Private Limited", park=suite.park.name.upper(), suite="g-۵a")]
    )
    assert outcomes(batch) == ["new"] and "Read as Systems (Pvt) Ltd" in why(batch)
    assert "Systems (Pvt) Ltd" in why(reviewed([row(suite, company, company="Sistems")]))
    assert "G-5 A" in why(reviewed([row(suite, company, suite="G-5")]))
    CompanyFactory(name=company.name, ntn="1234567-8")
    batch = reviewed([row(suite, company)])
    assert outcomes(batch) == ["refused"] and "Several companies have this name" in why(batch)
    assert outcomes(reviewed([row(suite, company, company_ntn="1234567")])) == ["new"]
    assert "NTN is that of" in why(reviewed([row(suite, company, company="Moon", company_ntn="1234567-8")]))


def test_a_suite_of_another_park_is_not_found(suite, company):
    other = ParkFactory()
    assert "no such suite" in why(reviewed([row(suite, company, park=other.code)]))


def test_taking_an_import_back_leaves_every_table_as_it_was(suite, company):
    second = SuiteFactory(number="102", park=suite.park)
    before = hashes()
    by = officer()
    rows = [
        row(suite, company, number="A", escalation_percent=10, escalation_months=12, vacated_on=UNTIL),
        row(second, company, number="A"),
    ]
    batch = imported(rows, by)
    assert hashes() != before
    undo(batch, by, TODAY)
    assert hashes() == before


def test_the_queries_of_a_chunk_do_not_grow_with_its_rows(suite, company):
    def count(rows):
        by = officer()
        batch = staged(rows, by)
        with CaptureQueriesContext(connection) as caught:
            review(batch, by, TODAY)
        assert set(outcomes(batch)) == {"new"}
        return len(caught)

    suites = [SuiteFactory(park=suite.park) for _n in range(30)]
    to_come = {"commencement_date": FIRST, "expiry_date": LAST}
    few, many = (count([row(one, company, **to_come) for one in some]) for some in (suites[:1], suites))
    assert few == many
