"""The parts of the import of leases that ask the database nothing."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db.models import F, Q

from tenants.importing.checked import errors_of, holds
from tenants.importing.leases_match import Said, Wanted, agreed, match
from tenants.importing.planner_leases import LeasePlanner, folded_suite, lease_number
from tenants.models import Lease, Letting, LettingRate

MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (5, 6, 7))


def letting(pk, suite, day=MAY):
    return SimpleNamespace(pk=pk, suite_id=suite, commencement_date=day)


def wanted(number, suite=None, day=None):
    return Wanted(number, None if suite is None else frozenset([suite]), day)


def matched(rows, lettings):
    found, doubles = match(rows, lettings)
    return {number: one and one.pk for number, one in found.items()}, doubles


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([wanted(2, 1, MAY), wanted(3, 2, MAY)], {2: 11, 3: 12}),
        ([wanted(2, 2, MAY), wanted(3, 1, MAY)], {2: 12, 3: 11}),
        # One cell edited: the commencement, then the suite.
        ([wanted(2, 1, JUNE), wanted(3, 2, MAY)], {2: 11, 3: 12}),
        ([wanted(2, 9, MAY), wanted(3, 2, MAY)], {2: 11, 3: 12}),
        # Not as many rows as lettings: one more, or a part of the file.
        ([wanted(2, 9, MAY)], {2: None}),
        ([wanted(2, 1, JUNE)], {2: 11}),
        ([wanted(2, 1, MAY), wanted(3, 2, MAY), wanted(4, 9, MAY)], {2: 11, 3: 12, 4: None}),
        # Both edited: nobody can tell.
        ([wanted(2, 9, JUNE), wanted(3, 2, MAY)], {2: None, 3: 12}),
        ([wanted(2, 9, MAY), wanted(3, 8, MAY)], {2: None, 3: None}),
        ([wanted(2, 1, JUNE), wanted(3, 1, JULY)], {2: None, 3: None}),
        ([wanted(2)], {}),
    ],
)
def test_a_row_is_about_the_letting_of_its_suite_and_day_or_the_only_one_left(rows, found):
    assert matched(rows, [letting(11, 1), letting(12, 2)]) == (found, {})


def test_two_rows_of_one_letting_are_doubles():
    assert matched([wanted(2, 1, MAY), wanted(3, 1, MAY)], [letting(11, 1)])[1] == {2: 3, 3: 2}


def test_what_rows_say_of_one_fact_together():
    def said(*values, known=True):
        rows = [(number, {} if value == "-" else {"x": value}) for number, value in enumerate(values, 2)]
        return agreed(rows, "x", 1, known=known)

    assert said(1, 1, "-") == Said()
    assert said(1, 5, 1) == Said(5, (3,))
    assert said(5, 5) == Said(5, (2, 3))
    assert said(5, 6, 1) == Said(against=(2, 3))
    assert said(None, 1) == Said(None, (2,))
    assert said(1, None, 1, known=False) == Said(1, (2, 4))
    assert said(1, 2, known=False) == Said(against=(2, 3))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("L-00012", "L-00012"), ("l-12", "L-00012"), (" L- ۱۲ ", "L-00012"), ("L-123456", "L-123456")),
        *(("L12", ""), ("12", ""), ("L-0", ""), ("Deed L-00012", ""), ("", ""), (None, "")),
    ],
)
def test_what_is_the_number_of_a_lease(text, number):
    assert lease_number(text) == number


def test_rows_of_one_number_are_a_group_and_others_stand_alone():
    assert LeasePlanner.group_of({"number": "l-7"}) == LeasePlanner.group_of({"number": "L-00007"}) == "L-00007"
    assert LeasePlanner.group_of({"number": "Deed  A"}) == LeasePlanner.group_of({"number": "deed a"}) != ""
    assert LeasePlanner.group_of({}) == ""
    assert len(LeasePlanner.group_of({"number": "x" * 999})) <= 300
    assert folded_suite(" g-۵ a") == "G-5A"


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Q(a=1), True),
        (Q(a__gt=1), False),
        (Q(none__gt=1), None),
        (~Q(a=1), False),
        (~Q(none=1), None),
        (Q(none__isnull=True, a=2), False),
        (Q(none=1) | Q(a=1), True),
        (Q(none=1) | Q(a=2), None),
        (Q(none=1) & Q(a=2), False),
        (Q(a__in=[1, 2]), True),
        (Q(a__lt=F("b")), True),
        (Q(a__regex="1"), None),
        (Q(text__regex="^[^[:space:]]+$"), True),
        (Q(text__regex="[[:space:]]"), False),
        (Q(a=1) ^ Q(a=1), None),
    ],
)
def test_a_condition_is_told_as_sql_tells_it(condition, told):
    assert holds(condition, SimpleNamespace(a=1, b=2, none=None, text="a-b")) is told


def test_rows_are_checked_by_their_own_constraints_without_the_database():
    assert "above 0 up to 100" in errors_of(Lease(escalation_percent=Decimal(101), escalation_months=12))[0][1]
    assert errors_of(Lease(notice_months=61))[0][0] == "notice_months"
    assert "1900 to 2200" in errors_of(Letting(commencement_date=dt.date(2201, 1, 1)), exclude=["lease_state"])[0][1]
    assert [name for name, _said in errors_of(LettingRate(from_date=MAY, rent_pkr=Decimal("9e12")))] == ["rent_pkr"]
    assert errors_of(Lease(due_day=31, escalation_percent=Decimal(100), escalation_months=120)) == []
