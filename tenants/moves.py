"""What was allotted and what was given back in the last two years, in numbers: never a name, never a rent."""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Case, Count, DateField, F, Q, Sum, When
from django.db.models.functions import TruncMonth

from stp_portal.kit.dates import months_before

from .models import Letting
from .models.lease_states import LeaseState

MONTHS = 24


@dataclass(frozen=True)
class Move:
    """A month in a park: suites and desks whose lease was signed, and those given back, with the area in sq ft of
    those whose area is known."""

    month: dt.date | None
    park_code: str
    park: str
    allotted: int = 0
    allotted_sqft: Decimal = Decimal(0)
    surrendered: int = 0
    surrendered_sqft: Decimal = Decimal(0)


NOTHING = {"allotted": 0, "allotted_sqft": Decimal(0), "surrendered": 0, "surrendered_sqft": Decimal(0)}


def moves(today, conditions=None):
    """The `Move`s of listed parks in the last 24 months up to `today`, the newest month first; two queries.

    `conditions` is a Q over parks. A letting counts as surrendered on its last day, when it was terminated, given
    back or its company recorded as gone; not when it only ran out.
    """
    since = months_before(today.replace(day=1), MONTHS)
    lettings = Letting.objects.filter(lease_state=LeaseState.SIGNED, park__listed=True)
    if conditions:
        lettings = lettings.filter(conditions)
    left = Case(
        When(terminated_on__isnull=False, then=F("terminated_on")),
        default=F("lease__vacated_on"),
        output_field=DateField(),
    )
    found = {}
    for name, rows in (
        ("allotted", lettings.annotate(day=F("lease__signed_on"))),
        ("surrendered", lettings.annotate(day=left)),
    ):
        sums = (
            rows.filter(Q(day__gte=since, day__lte=today))
            .annotate(month=TruncMonth("day"))
            .order_by()
            .values("month", "park__code", "park__name")
            .annotate(suites=Count("pk"), sqft=Sum("suite__lettable_area_sqft"))
        )
        for row in sums:
            facts = found.setdefault((row["month"], row["park__code"], row["park__name"]), {})
            facts[name], facts[f"{name}_sqft"] = row["suites"], row["sqft"] or Decimal(0)
    ordered = sorted(found, key=lambda key: (key[2], key[1]))
    return [Move(*key, **found[key]) for key in sorted(ordered, key=lambda key: key[0], reverse=True)]


def by_month(rows):
    """The same, all parks together: a `Move` a month with no park."""
    months = {}
    for row in rows:
        months.setdefault(row.month, []).append(row)
    return [replace(sum_of(there), month=month) for month, there in months.items()]


def sum_of(rows):
    """All rows in one, without month and park."""
    names = ("allotted", "allotted_sqft", "surrendered", "surrendered_sqft")
    return Move(None, "", "", **{name: sum((getattr(row, name) for row in rows), NOTHING[name]) for name in names})
