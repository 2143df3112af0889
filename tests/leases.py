"""What tests of actions on leases share: days, lines, and what a refusal says."""

import datetime as dt
from contextlib import contextmanager
from decimal import Decimal

import pytest

from tenants import actions
from tenants.actions import Line, Refused
from tests.factories import CompanyFactory, UserFactory

TODAY = dt.date(2026, 3, 9)
FIRST, LAST = dt.date(2026, 4, 1), dt.date(2027, 3, 31)
DAY = dt.timedelta(days=1)


def line(suite, first=FIRST, last=LAST, rent=50_000, **kwargs):
    """A line of a lease, from April 2026 for a year at Rs 50,000 a month unless told."""
    return Line(suite, first, last, None if rent is None else Decimal(rent), **kwargs)


def draft(*suites, by=None, company=None, today=TODAY, lines=None, facts=None):
    """A draft of a company of its own with a line for each of `suites`, or with `lines`."""
    lines = lines or [line(suite) for suite in suites]
    return actions.draft_lease(
        company=company or CompanyFactory(),
        park=lines[0].suite.park,
        lines=lines,
        facts=facts,
        by=by or UserFactory(),
        today=today,
    )


def offered(*suites, deadline=None, today=TODAY, **kwargs):
    """Such a lease, offered until `deadline`, which is `today` unless told."""
    lease = draft(*suites, today=today, **kwargs)
    return actions.offer(lease=lease, deadline=deadline or today, by=UserFactory(), today=today)


def accepted(*suites, today=TODAY, **kwargs):
    """Such a lease, accepted on `today`."""
    lease = offered(*suites, today=today, **kwargs)
    return actions.accept(lease=lease, accepted_on=today, by=UserFactory(), today=today)


def signed(*suites, today=TODAY, **kwargs):
    """Such a lease, signed on `today`."""
    lease = accepted(*suites, today=today, **kwargs)
    return actions.sign(lease=lease, signed_on=today, by=UserFactory(), today=today)


@contextmanager
def refused(*parts, field=None, lettings=None):
    """The block is refused: `parts` stand in what is said, of the argument `field`, naming `lettings`."""
    with pytest.raises(Refused) as caught:
        yield
    said = " ".join(caught.value.messages)
    for part in parts:
        assert str(part) in said, said
    if field is not None:
        assert list(caught.value.message_dict) == [field]
    if lettings is not None:
        assert caught.value.lettings == list(lettings)
