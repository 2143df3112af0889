"""The search for free space: which suites, in which order, with what on their cards. What is free and from when
is asked of `occupancy`, what it costs of `costs`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, DateField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Abs, Greatest
from django.utils.translation import gettext_lazy as _

from parks.models import Park, Suite
from parks.querysets import months_before
from stp_portal.kit.dates import LAST_DATE

from . import occupancy
from .costs import with_monthly_cost

SOON_DAYS = 90
MOST_SOON = 10
SIMILAR = 4
SORTS = {
    "fit": _("Best fit"),
    "rent": _("Lowest cost"),
    "area": _("Largest area"),
    "free_from": _("Earliest free"),
}
DEFAULT_SORT = "fit"
# What a card and a line of a download say; read as plain values.
CARD = (
    "pk",
    "number",
    "floor",
    "kind",
    "hall",
    "lettable_area_sqft",
    "seats",
    "fit_out",
    "rent_basis",
    "rent_pkr",
    "service_charge_pkr",
    "monthly_rent_pkr",
    "monthly_total_pkr",
    "demo",
    "park__code",
    "park__name",
    "park__slug",
    "park__women_only",
    "park__city__name",
    "park__city__slug",
    "park__city__region",
    "free_since",
    "free_until",
)


@dataclass(frozen=True)
class Period:
    """The days that somebody asks for, both inclusive; `months` is None where only the first day counts."""

    first_day: dt.date
    months: int | None = None

    @property
    def last_day(self):
        """The last day on which the suite has to be free."""
        return self.first_day if self.months is None else term_end(self.first_day, self.months)


def term_end(first_day, months):
    """The last day of a term of so many months, at most the last day that the portal keeps."""
    return min(months_before(first_day, -months) - dt.timedelta(days=1), LAST_DATE)


def published():
    """Suites and desks of listed parks, with their cost."""
    return with_monthly_cost(Suite.objects.filter(park__listed=True))


def offered(suites, on):
    """Those in service on `on` or to come into service later: what has a page of its own."""
    return suites.filter(Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=on))


def free(suites, period, today):
    """The suites that are free on every day of `period`."""
    return occupancy.free_for(suites, period.first_day, period.last_day, today)


def free_soon(suites, period, today):
    """Suites that are not free on the first day of `period` but become so within 90 days, the earliest first,
    with `free_from` and `free_until`; where months are asked for, those that are free then for as many."""
    first = period.first_day
    last = min(first + dt.timedelta(days=SOON_DAYS), LAST_DATE)
    rows = occupancy.becoming_free(suites, first, last, today)
    if period.months is not None:
        end = Func(
            F("free_from"),
            Value(period.months),
            template="(%(expressions)s) - interval '1 day')::date",
            arg_joiner=" + make_interval(months => ",
            output_field=DateField(),
        )
        rows = rows.filter(Q(free_until__isnull=True) | Q(free_until__gte=end))
    return rows.order_by("free_from", F("monthly_total_pkr").asc(nulls_last=True), "pk")


def order(suites, sort, asked, period, today):
    """The suites in one of `SORTS`, always ending in the key, so that pages are stable. `asked` are the form's
    values: what the best fit is measured by."""
    total = F("monthly_total_pkr").asc(nulls_last=True)
    rent = F("monthly_rent_pkr").asc(nulls_last=True)
    if sort == "rent":
        return suites.order_by(total, rent, "pk")
    if sort == "area":
        return suites.order_by(F("lettable_area_sqft").desc(nulls_last=True), F("seats").desc(nulls_last=True), "pk")
    if sort == "free_from":
        return with_free_since(suites, period, today).order_by("free_since", "pk")
    fit = misfit(asked)
    return suites.order_by(*([] if fit is None else [fit.asc(nulls_last=True)]), total, rent, "pk")


def misfit(asked):
    """By which part of what was asked for a suite is larger or smaller: area and seats together. None when
    neither was asked for. Between an area from and an area to, the middle is meant."""
    areas = [area for area in (asked.get("area_min"), asked.get("area_max")) if area is not None]
    area = sum(areas, Decimal(0)) / (len(areas) or 1)
    seats = Decimal(asked.get("seats") or 0)
    parts = [
        Abs(F(name) - Value(wanted)) / Value(wanted)
        for name, wanted in (("lettable_area_sqft", area), ("seats", seats))
        if wanted
    ]
    return sum(parts[1:], parts[0]) if parts else None


def with_free_since(suites, period, today):
    """Annotate `free_since` on suites that are free on the first day of `period`: since when they are, but not
    before `today`; from then on one can move in."""
    return occupancy.with_vacant_since(suites, period.first_day, today).annotate(
        # GREATEST skips nulls: a suite that was never let is free today.
        free_since=Greatest("vacant_since", Value(today, output_field=DateField()))
    )


def as_cards(suites, period, today, *more):
    """Suites free on the first day of `period`, as dicts of `CARD` and `more`, in the order they have."""
    dated = occupancy.with_free_from(with_free_since(suites, period, today), period.first_day, today)
    return dated.values(*CARD, *more)


def as_soon_cards(suites):
    """Suites of `free_soon`, as dicts of `CARD`."""
    return suites.annotate(free_since=F("free_from")).values(*CARD)


def similar(suite, today):
    """Up to four suites of the same kind and city that are free today, those nearest in size first, as cards."""
    measure = "lettable_area_sqft" if suite.lettable_area_sqft is not None else "seats"
    size = getattr(suite, measure)
    period = Period(today)
    near = free(published(), period, today).filter(kind=suite.kind, park__city=suite.park.city_id).exclude(pk=suite.pk)
    by_size = [] if size is None else [Abs(F(measure) - Value(Decimal(size))).asc(nulls_last=True)]
    here = Case(When(park=suite.park_id, then=0), default=1)
    return list(as_cards(near.order_by(*by_size, here, "pk"), period, today)[:SIMILAR])


def coverage(today):
    """(listed parks, those of them with a suite in service on `today`): what every count of free space rests on."""
    known = Exists(Suite.objects.in_service(today).filter(park=OuterRef("pk")))
    counts = Park.objects.listed().aggregate(listed=Count("pk"), known=Count("pk", filter=known))
    return counts["listed"], counts["known"]
