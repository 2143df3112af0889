"""Rows about leases that the register has: unedited nothing changes, one edited cell is one change or one refusal."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stp_portal.kit.roles import PARK_MANAGER
from tenants import actions
from tenants.admin.guides import GIVE_BACK, OF_LEASE
from tenants.columns import lease_rows
from tenants.importing import leases_words
from tenants.importing.engine import review
from tenants.importing.undo import undo
from tenants.models import Company, Lease, LettingRate
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.import_leases import COLUMNS, exported, hashes, imported, officer, outcomes, reviewed, staged, told, why
from tests.leases import DAY, FIRST, LAST, TODAY, accepted, draft, line, offered, signed

pytestmark = pytest.mark.django_db

STATES = ("draft", "offered", "accepted", "signed", "cancelled", "lapsed", "declined", "withdrawn")
FACTS = {
    "signatory_company": "Sana Khan",
    "permitted_use": "Software",
    "deposit_pkr": Decimal("90000.50"),
    "notice_months": 3,
    "lock_in_months": 12,
    "due_day": 5,
    "escalation_percent": Decimal("7.5"),
    "escalation_months": 12,
    "registration_number": "007",
}


def every_kind_of_lease():
    """One lease of each state and several endings, one of them a demonstration, one without lettings."""
    by = officer()
    for state in STATES:
        LettingFactory(state=state, rent=Decimal("1234.50"), charge=7)
    old = signed(SuiteFactory())
    renewal = actions.renew(lease=old, expiry_date=LAST + 400 * DAY, by=by, today=TODAY)
    actions.offer(lease=renewal, deadline=TODAY, by=by, today=TODAY)
    ended = signed(SuiteFactory(), facts=FACTS)
    actions.terminate(lease=ended, last_day=FIRST, by=by, today=TODAY, reason="Agreed.")
    left = signed(SuiteFactory())
    actions.record_notice(lease=left, given_on=TODAY, by=by, today=TODAY)
    actions.record_vacated(lease=left, last_day=LAST, by=by, today=TODAY)
    park = SuiteFactory(number="7").park
    two = [SuiteFactory(number="201", park=park), SuiteFactory(number="۲۰۲ b", park=park)]
    draft(*two, facts=FACTS)
    occupied = SuiteFactory()
    actions.record_existing(
        company=CompanyFactory(name='=Systems, "A"'),
        park=occupied.park,
        lines=[line(occupied, FIRST, None, None)],
        deed_on_file=False,
        reason="Seen.",
        by=by,
        today=TODAY,
    )
    demo = SuiteFactory(demo=True)
    signed(demo, company=CompanyFactory(demo=True))
    CompanyFactory(name=Company.objects.first().name)
    LeaseFactory(note="Line one\nline two")


@pytest.mark.parametrize("empties", ["keep", "clear"])
def test_an_exported_file_unedited_changes_nothing_whatever_the_leases_states(empties):
    every_kind_of_lease()
    rows = exported()
    keys = list(rows[0])
    batch = reviewed(rows, empties=empties, keys=keys)
    assert set(outcomes(batch)) == {"unchanged"}, told(batch)
    assert len(rows) == batch.rows_unchanged > 15
    before = hashes()
    imported(rows, empties=empties, keys=keys)
    assert hashes() == before


@pytest.mark.parametrize("empties", ["keep", "clear"])
def test_a_file_of_one_row_a_lease_unedited_changes_nothing(empties):
    every_kind_of_lease()
    rows = [{column.key: column.of(lease) for column in COLUMNS} for lease in lease_rows(Lease.objects.all(), TODAY)]
    batch = reviewed(rows, empties=empties, keys=list(rows[0]))
    assert set(outcomes(batch)) == {"unchanged"}, told(batch)
    batch = reviewed([rows[0] | {"note": "New"}, *rows[1:]], empties=empties, keys=list(rows[0]))
    assert outcomes(batch).count("changed") == 1


EDITS = {
    "company": "Other Ltd",
    "company_ntn": "7654321-0",
    "park": "STP-9999",
    "suite": "102",
    "commencement_date": FIRST + DAY,
    "expiry_date": LAST + DAY,
    "terminated_on": FIRST + DAY,
    "rent_basis": "per_seat",
    "rent_pkr": "1 lakh",
    "service_charge_pkr": 12,
    "signed_on": TODAY - DAY,
    "signatory_company": "Ali",
    "signatory_lessor": "Bano",
    "permitted_use": "Calls",
    "deposit_pkr": 5,
    "notice_months": 2,
    "lock_in_months": 1,
    "due_day": 9,
    "escalation_percent": 9,
    "escalation_months": 24,
    "registration_number": "R-9",
    "notice_given_on": TODAY,
    "vacated_on": LAST,
    "note": "New words",
}
ALWAYS = {
    *("signatory_company", "signatory_lessor", "permitted_use", "deposit_pkr", "notice_months", "lock_in_months"),
    *("due_day", "registration_number", "note"),
}
OF_DRAFTS = {
    *("company", "suite", "commencement_date", "expiry_date", "rent_basis", "rent_pkr", "service_charge_pkr"),
    *("escalation_percent", "escalation_months"),
}
MAY = {
    "draft": ALWAYS | OF_DRAFTS,
    "offered": ALWAYS | {"escalation_percent", "escalation_months"},
    "accepted": ALWAYS | {"escalation_percent", "escalation_months"},
    "signed": ALWAYS | {"signed_on"},
}
MAKE = {"draft": draft, "offered": offered, "accepted": accepted, "signed": signed}


@pytest.mark.parametrize("state", MAKE)
def test_one_edited_cell_is_one_change_or_one_row_refused(state):
    park = ParkFactory()
    CompanyFactory(name="Other Ltd")
    suites = [SuiteFactory(number=number, park=park) for number in ("101", "102", "103")]
    MAKE[state](lines=[line(suites[0]), line(suites[2])], facts=FACTS)
    rows = exported()
    for key, value in EDITS.items():
        edited = [dict(rows[0], **{key: value}), rows[1]]
        batch = reviewed(edited)
        (first, changes, problems), (second, *_rest) = told(batch)
        assert second == "unchanged", (key, told(batch))
        if key in MAY[state]:
            assert (first, len(changes), problems) == ("changed", 1, []), (key, told(batch))
        else:
            assert (first, len(problems)) == ("refused", 1), (key, told(batch))
            assert problems[0][2] and problems[0][3], key


def test_a_refusal_names_the_guided_page_that_does_it():
    signed(SuiteFactory(number="101"))
    rows = exported()
    for key, page in (
        ("terminated_on", "“Give back” “Terminate”"),
        ("notice_given_on", "“Record notice”"),
        ("vacated_on", "“Record vacated”"),
        ("expiry_date", "“Renew”"),
        ("rent_pkr", "“Renew”"),
    ):
        assert page in why(reviewed([dict(rows[0], **{key: EDITS[key]})])), key
    assert "“Give back”" in why(reviewed([rows[0] | {"expiry_date": LAST - DAY}]))
    accepted(SuiteFactory(number="102"))
    assert "“Sign”" in why(reviewed([exported()[1] | {"signed_on": TODAY}]))
    assert "“Withdraw”" in why(reviewed([exported()[1] | {"rent_pkr": 1}]))


def test_the_pages_are_called_as_they_are():
    titles = {name: guide.title for name, guide in OF_LEASE.items()} | {"give_back": GIVE_BACK.title}
    assert {name: str(title) for name, title in leases_words.PAGES.items()} == {
        name: str(titles[name]) for name in leases_words.PAGES
    }


def test_a_draft_is_changed_and_taken_back():
    park = ParkFactory()
    suites = [SuiteFactory(number=number, park=park) for number in ("101", "102", "103")]
    lease = draft(suites[0], suites[1], facts=FACTS)
    before = hashes()
    rows = exported()
    rows[0] |= {"suite": "103", "rent_pkr": 70, "commencement_date": FIRST, "rent_basis": "per_seat", "due_day": 9}
    rows[1] |= {"commencement_date": FIRST + DAY, "expiry_date": None}
    by = officer()
    batch = imported(rows, by, empties="clear", keys=list(rows[0]))
    assert outcomes(batch) == ["changed", "changed"]
    lease.refresh_from_db()
    one, two = lease.lettings.order_by("pk")
    assert (lease.due_day, one.suite, one.rent_basis, one.rates.get().rent_pkr) == (9, suites[2], "per_seat", 70)
    assert (two.commencement_date, two.expiry_date, two.rates.get().from_date) == (FIRST + DAY, None, FIRST + DAY)
    undo(batch, by, TODAY)
    assert hashes() == before


def test_a_row_more_adds_a_suite_to_a_draft_only():
    park = ParkFactory()
    suites = [SuiteFactory(number=number, park=park) for number in ("101", "102")]
    lease = draft(suites[0])
    rows = exported()
    more = rows[0] | {"suite": "102", "rent_pkr": 9}
    batch = imported([*rows, more])
    assert outcomes(batch) == ["unchanged", "new"]
    added = lease.lettings.get(suite=suites[1])
    assert (added.lease_state, added.rates.get().rent_pkr) == ("draft", 9)
    assert "Give the rent of" in why(
        reviewed([*exported(), more | {"suite": SuiteFactory(park=park).number, "rent_pkr": None}])
    )
    third = signed(SuiteFactory(number="1"))
    last = exported(leases=Lease.objects.filter(pk=third.pk))
    said = why(reviewed([*last, last[0] | {"commencement_date": LAST + DAY, "expiry_date": None}]))
    assert "Suites are added to drafts only" in said


def test_a_draft_that_conflicts_is_warned_of_and_one_with_a_suite_twice_is_refused():
    suite = SuiteFactory(number="101")
    there = signed(suite)
    draft(lines=[line(suite, LAST + DAY, LAST + 30 * DAY)])
    rows = exported(leases=Lease.objects.filter(state="draft"))
    batch = reviewed([rows[0] | {"commencement_date": LAST}])
    assert outcomes(batch) == ["changed"]
    assert there.number in why(batch) and "cannot be offered" in why(batch)
    batch = reviewed([rows[0], rows[0] | {"commencement_date": LAST + 2 * DAY}])
    assert outcomes(batch) == ["unchanged", "refused"] and "twice" in why(batch)


def test_what_one_row_of_a_lease_says_anew_is_the_change_and_two_new_values_are_refused():
    park = ParkFactory()
    suites = [SuiteFactory(number=number, park=park) for number in ("101", "102", "103")]
    lease = signed(*suites)
    rows = exported()
    rows[1]["deposit_pkr"] = 5
    batch = reviewed(rows)
    assert outcomes(batch) == ["unchanged", "changed", "unchanged"]
    rows[2]["deposit_pkr"] = 6
    batch = reviewed(rows)
    assert outcomes(batch) == ["unchanged", "refused", "refused"] and "say different things" in why(batch)
    rows[2]["deposit_pkr"] = 5
    by, before = officer(), hashes()
    batch = imported(rows, by)
    lease.refresh_from_db()
    assert lease.deposit_pkr == 5 and outcomes(batch) == ["unchanged", "changed", "changed"]
    undo(batch, by, TODAY)
    assert hashes() == before


def test_rows_without_a_number_find_their_lease_and_change_it_once():
    suites = [SuiteFactory(number="101")]
    suites.append(SuiteFactory(number="102", park=suites[0].park))
    lease = signed(*suites)
    rows = [row | {"number": None} for row in exported()]
    assert outcomes(reviewed(rows)) == ["unchanged", "unchanged"]
    rows[0]["due_day"] = 4
    assert outcomes(reviewed(rows)) == ["changed", "unchanged"]
    rows[1]["due_day"] = 5
    batch = reviewed(rows)
    assert outcomes(batch) == ["refused", "refused"] and "changes the same lease" in why(batch)
    rows[1]["due_day"] = None
    imported(rows)
    lease.refresh_from_db()
    assert lease.due_day == 4


def test_a_row_of_the_lease_alone_changes_its_facts():
    lease = signed(SuiteFactory())
    batch = imported([{"number": lease.number.lower(), "note": "Seen"}])
    lease.refresh_from_db()
    assert lease.note == "Seen" and outcomes(batch) == ["changed"]
    batch = reviewed([{"number": lease.number, "rent_pkr": 5}])
    assert outcomes(batch) == ["refused"] and "which letting" in why(batch)


def test_a_letting_under_another_lease_is_not_moved():
    park = ParkFactory()
    company = CompanyFactory()
    one = signed(SuiteFactory(number="101", park=park), company=company)
    other = draft(SuiteFactory(number="102", park=park), company=company)
    rows = exported()
    batch = reviewed([rows[0] | {"number": other.number}, rows[1]])
    assert outcomes(batch)[0] == "refused" and f"under lease {one.number}" in why(batch)


def test_a_row_twice_in_one_file_is_refused():
    lease = signed(SuiteFactory())
    rows = exported()
    batch = reviewed([rows[0], rows[0]])
    assert outcomes(batch) == ["refused", "refused"] and "the same letting" in why(batch)
    alone = rows[0] | {"number": None}
    batch = reviewed([rows[0], alone])
    assert outcomes(batch) == ["refused", "refused"], lease


def test_the_first_of_many_rates_is_compared_and_later_work_keeps_an_import_from_being_undone():
    lease = signed(SuiteFactory(), facts={"escalation_percent": Decimal(10), "escalation_months": 3})
    assert LettingRate.objects.count() == 4
    rows = exported()
    assert outcomes(reviewed(rows)) == ["unchanged"]
    by = officer()
    batch = imported([rows[0] | {"note": "x"}], by)
    Lease.objects.filter(pk=lease.pk).update(note="y")
    with pytest.raises(actions.Refused, match="Later work"):
        undo(batch, by, TODAY)


def test_demonstration_rows_are_never_mixed():
    draft(SuiteFactory())
    demo = CompanyFactory(demo=True, name="Demo Ltd")
    batch = reviewed([exported()[0] | {"company": demo.name}])
    assert outcomes(batch) == ["refused"] and "cannot be mixed" in why(batch)


def test_the_queries_of_leases_that_are_there_do_not_grow_with_them():
    def count(rows):
        by = officer()
        batch = staged(rows, by)
        with CaptureQueriesContext(connection) as caught:
            review(batch, by, TODAY)
        assert set(outcomes(batch)) == {"changed"}
        return len(caught)

    for _n in range(12):
        draft(SuiteFactory())
    rows = [row | {"note": "x", "rent_pkr": 5, "number": None} for row in exported()]
    assert count(rows[:1]) == count(rows)


def test_dates_of_a_deed_cannot_be_still_to_come():
    signed(SuiteFactory())
    rows = exported()
    assert "still to come" in why(reviewed([rows[0] | {"signed_on": TODAY + DAY}]))
    keys = list(rows[0])
    said = why(reviewed([rows[0] | {"signed_on": None}], empties="clear", keys=keys))
    assert "has the day on which it was signed" in said


def test_who_has_some_parks_imports_into_those_alone():
    own, other = signed(SuiteFactory(number="1")), signed(SuiteFactory(number="1"))
    manager = UserFactory(role=PARK_MANAGER, parks=[own.park])
    rights = ("add_lease", "change_lease", "add_letting", "change_letting", "add_lettingrate", "change_lettingrate")
    manager.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    rows = [row | {"note": "x"} for row in exported()]
    batch = reviewed(rows, manager)
    assert outcomes(batch) == ["changed", "refused"]
    assert f"There is no lease {other.number}" in why(batch)
    batch = reviewed([rows[1] | {"number": None, "commencement_date": LAST + DAY, "expiry_date": None}], manager)
    assert outcomes(batch) == ["refused"] and "no such park" in why(batch)
    assert other.company.name not in why(batch).replace(rows[1]["company"], "", 1)
