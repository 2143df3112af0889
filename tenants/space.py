"""The search for free space: which suites, in which order, with what on their cards. What is free and from when
is asked of `occupancy`, what it costs of `costs`."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, Count, DateField, Exists, F, Func, OuterRef, Q, Value, When
from django.db.models.functions import Abs, Greatest
from django.utils.translation import gettext_lazy as _

from parks.models import Park, Suite
from stp_portal.kit.dates import LAST_DATE, months_after

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
# Enough of the suites whose letting ends first become free that so many for each one wanted will do.
ENDS_FOR_EACH = 5
# What a card and a line of a download say beside the days; read as plain values.
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
    return min(months_after(first_day, months) - dt.timedelta(days=1), LAST_DATE)


def published():
    """Suites and desks of listed parks, with their cost."""
    return with_monthly_cost(Suite.objects.filter(park__listed=True))


def offered(suites, on):
    """Those in service on `on` or to come into service later: what has a page of its own."""
    return suites.filter(Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=on))


def free(suites, period, today):
    """The suites that are free on every day of `period`."""
    return occupancy.free_for(suites, period.first_day, period.last_day, today)


def free_soon(suites, period, today, most):
    """The first `most` suites that are not free on the first day of `period` but become so within 90 days, the
    earliest first, as dated cards; where months are asked for, those that are free then for as many.

    Two queries, three where many lettings end soon and few of their suites become free.
    """
    first = period.first_day
    last = min(first + dt.timedelta(days=SOON_DAYS), LAST_DATE)
    day = occupancy.day_of_ends(suites, ENDS_FOR_EACH * most, first, last, today)
    rows = soon_cards(suites, period, day, today, most)
    return rows if len(rows) == most or day == last else soon_cards(suites, period, last, today, most)


def soon_cards(suites, period, last, today, most):
    """The cards of `free_soon` of the suites that become free by the day `last`."""
    rows = occupancy.becoming_free(suites, period.first_day, last, today)
    if period.months is not None:
        end = Func(
            F("free_from"),
            Value(period.months),
            template="(%(expressions)s) - interval '1 day')::date",
            arg_joiner=" + make_interval(months => ",
            output_field=DateField(),
        )
        rows = rows.filter(Q(free_until__isnull=True) | Q(free_until__gte=end))
    rows = rows.order_by("free_from", F("monthly_total_pkr").asc(nulls_last=True), "pk")
    return list(rows.annotate(free_since=F("free_from")).values(*CARD, "free_since", "free_until")[:most])


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
    """Suites free on the first day of `period`, as dicts of `CARD` and `more`, in the order they have; `dated` has
    to say from when and until when each is free."""
    return occupancy.with_vacancy(suites, period.first_day, today).values(*CARD, *more, "vacancy")


def dated(cards, today):
    """Each of these cards with `free_since` and `free_until`, as on its way through. Free since `today` at the
    earliest: from then on one can move in."""
    for card in cards:
        vacancy = card.pop("vacancy")
        # A suite that was never let has no first day.
        card["free_since"] = max(vacancy.lower or today, today)
        card["free_until"] = vacancy.upper and vacancy.upper - dt.timedelta(days=1)
        yield card


def similar(suite, today):
    """Up to four suites of the same kind and city that are free today, those nearest in size first, as cards."""
    measure = "lettable_area_sqft" if suite.lettable_area_sqft is not None else "seats"
    size = getattr(suite, measure)
    period = Period(today)
    near = free(published(), period, today).filter(kind=suite.kind, park__city=suite.park.city_id).exclude(pk=suite.pk)
    by_size = [] if size is None else [Abs(F(measure) - Value(Decimal(size))).asc(nulls_last=True)]
    here = Case(When(park=suite.park_id, then=0), default=1)
    return list(dated(as_cards(near.order_by(*by_size, here, "pk"), period, today)[:SIMILAR], today))


def coverage(today):
    """(listed parks, those of them with a suite in service on `today`): what every count of free space rests on."""
    known = Exists(Suite.objects.in_service(today).filter(park=OuterRef("pk")))
    counts = Park.objects.listed().aggregate(listed=Count("pk"), known=Count("pk", filter=known))
    return counts["listed"], counts["known"]
