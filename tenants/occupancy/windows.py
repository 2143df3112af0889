"""When suites are free: the days in service minus lettings, holding over and closures, by multiranges."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db.models import (
    Aggregate,
    DateField,
    F,
    Field,
    Func,
    IntegerField,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from parks.models import Suite, SuiteClosure
from tenants.models import Letting
from tenants.models.lease_states import LeaseState
from tenants.prepared import prepared
from tenants.querysets import days_of

from .states import closed_within, of_suite


class DateMultiRange(Field):
    """Days as a set of ranges. For expressions only: psycopg2 hands it back as text, so it is unnested first."""

    def db_type(self, connection):
        """The type in PostgreSQL."""
        return "datemultirange"


class RangeAgg(Aggregate):
    """All days of many ranges; None of no row."""

    function = "range_agg"
    output_field = DateMultiRange()


class FirstWindow(Func):
    """The earliest range of a set of days; None of none. Ranges of a set are kept in order and apart."""

    template = "(SELECT days FROM unnest(%(expressions)s) AS days LIMIT 1)"
    output_field = DateRangeField()


class WindowWith(Func):
    """The range of a set of days that contains a day; None when none does."""

    template = "(SELECT days FROM unnest(%(expressions)s) LIMIT 1)"
    arg_joiner = ") AS days WHERE (days @> "
    output_field = DateRangeField()


def days_between(first, last, bounds):
    """The range of days between two date expressions; a bare NULL has no type, so both are cast."""
    return Func(
        Cast(first, DateField()),
        Cast(last, DateField()),
        Value(bounds),
        function="daterange",
        output_field=DateRangeField(),
    )


def no_days():
    """The empty set of days."""
    return Func(function="datemultirange", output_field=DateMultiRange())


@prepared(DateMultiRange())
def free_days(first_day, last_day, today):
    """The days from `first_day` to `last_day` on which a suite is in service and free, over suites.

    None as `first_day` is without beginning, as `last_day` without end.
    """
    asked = days_between(Value(first_day), Value(last_day), "[]")
    service = days_between(F("in_service_from"), F("withdrawn_from"), "[)")
    window = Func(
        Func(service, asked, template="(%(expressions)s)", arg_joiner=" * ", output_field=DateRangeField()),
        function="datemultirange",
        output_field=DateMultiRange(),
    )
    lettings = Letting.objects.standing(today)
    if first_day or last_day:
        lettings = lettings.filter(term__overlap=days_of(first_day, last_day))
    over = Letting.objects.with_days_over(first_day, today)
    closures = closed_within(first_day, last_day)
    closed = days_between(F("first_day"), F("last_day"), "[]")
    return Func(
        window,
        all_days(lettings, F("term")),
        all_days(over, F("days_over")),
        all_days(closures, closed),
        template="(%(expressions)s)",
        arg_joiner=" - ",
        output_field=DateMultiRange(),
    )


def all_days(rows, days):
    """The days of the rows of the outer query's suite, as a set."""
    found = of_suite(rows).values("suite").annotate(all_days=RangeAgg(days)).values("all_days")
    return Coalesce(Subquery(found, output_field=DateMultiRange()), no_days())


def free_windows(suites: QuerySet[Suite], first_day, last_day, today):
    """{suite id: [(first day, last day), …]}: the windows within the asked days, in order, both days inclusive.

    None as `last_day`, asked or given back, is without end. Every suite is a key; one never free has no window.
    Raises ValueError when the days are reversed.
    """
    if last_day is not None and last_day < first_day:
        raise ValueError(f"{last_day} is before {first_day}.")
    windows = Func(
        free_days(first_day, last_day, today),
        template="ARRAY(SELECT unnest(%(expressions)s))",
        output_field=ArrayField(DateRangeField()),
    )
    return {
        pk: [(days.lower, days.upper and days.upper - dt.timedelta(days=1)) for days in found]
        for pk, found in suites.order_by().values_list("pk", windows)
    }


def with_free_from(suites: QuerySet[Suite], on, today):
    """Annotate `free_from` and `free_until`: the first and last day of the first free window from `on` on.

    The window may be short: who needs a term asks `free_for`. No `free_from` is never, as far as is known; no
    `free_until` beside a `free_from` is without end.
    """
    free = free_days(on, None, today)
    return suites.annotate(
        free_from=Func(free, function="lower", output_field=DateField()),
        free_until=last_of(FirstWindow(free)),
    )


def becoming_free(suites: QuerySet[Suite], first_day, last_day, today):
    """The suites not free on `first_day` whose first free window begins by `last_day`; with `with_free_from`.

    They are sought among those where something ends within these days, so that not every suite is computed.
    """
    eve = last_day - dt.timedelta(days=1)
    left = Letting.objects.filter(lease__state=LeaseState.SIGNED, lease__vacated_on__range=(first_day, eve))
    closures = SuiteClosure.objects.filter(last_day__range=(first_day, eve))
    coming = Suite.objects.filter(in_service_from__range=(first_day, last_day))
    # One set of keys, found first: of conditions joined by OR every suite would be asked.
    ending = (
        coming.order_by()
        .values("pk")
        .union(*(rows.order_by().values("suite") for rows in (_ending(first_day, last_day, today), left, closures)))
    )
    return with_free_from(suites.filter(pk__in=ending), first_day, today).filter(
        free_from__gt=first_day, free_from__lte=last_day
    )


def day_of_ends(suites: QuerySet[Suite], number, first_day, last_day, today):
    """The first day by which `number` lettings of `suites` have ended since `first_day`, but `last_day` at most.

    Who needs only the first few of `becoming_free` asks up to this day first: computing windows takes the time.
    """
    ending = _ending(first_day, last_day, today).filter(suite__in=suites.order_by().values("pk"))
    days = ending.order_by("ends_on").values_list("ends_on", flat=True)[number - 1 : number]
    return days[0] + dt.timedelta(days=1) if days else last_day


def _ending(first_day, last_day, today):
    """Lettings whose last day is from `first_day` to the day before `last_day`, with `ends_on`."""
    eve = last_day - dt.timedelta(days=1)
    return Letting.objects.standing(today).with_last_day().filter(ends_on__range=(first_day, eve))


def with_vacancy(suites: QuerySet[Suite], on, today):
    """Annotate `vacancy`: the free days around `on` as a range, upper bound not in it; None when not free on `on`.

    A bound that is None is without beginning, as far as is known, or without end.
    """
    return suites.annotate(vacancy=vacancy_on(on, today))


@prepared(DateRangeField())
def vacancy_on(on, today):
    """The range of `with_vacancy` as an expression over suites."""
    return WindowWith(free_days(None, None, today), Value(on, output_field=DateField()))


def with_vacant_since(suites: QuerySet[Suite], on, today):
    """Annotate `vacant_since`, the first day of the vacancy that contains `on`, and `void_days`, its days up to
    `on`, both inclusive.

    Both are None when the suite is not vacant on `on`, or nothing tells since when it is: it was never let nor
    closed and the register does not say when it came into service.
    """
    return suites.annotate(vacant_since=vacant_since_on(on, today)).annotate(
        void_days=Func(
            Value(on, output_field=DateField()),
            F("vacant_since"),
            template="(%(expressions)s + 1)",
            arg_joiner=" - ",
            output_field=IntegerField(),
        )
    )


@prepared(DateField())
def vacant_since_on(on, today):
    """The day of `with_vacant_since` as an expression over suites."""
    vacancy = WindowWith(free_days(None, on, today), Value(on, output_field=DateField()))
    return Func(vacancy, function="lower", output_field=DateField())


def last_of(days):
    """The last day of a range; None without end."""
    return Func(days, template="(upper(%(expressions)s) - 1)", output_field=DateField())
