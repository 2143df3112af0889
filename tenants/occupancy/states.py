"""What a suite is on a day: let, holding over, held, closed, vacant or not in service."""

from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from parks.models import Suite, SuiteClosure
from tenants.models import Letting
from tenants.prepared import prepared
from tenants.querysets import days_of


class SuiteState(models.TextChoices):
    """In the order in which they are asked: a closed suite with a tenant in it is let."""

    LET = "let", _("Let")
    HOLDING_OVER = "holding_over", _("Holding over")
    HELD = "held", _("Held")
    CLOSED = "closed", _("Closed")
    VACANT = "vacant", _("Vacant")
    NOT_IN_SERVICE = "not_in_service", _("Not in service")


def with_state(suites: QuerySet[Suite], on, today):
    """Annotate `state`, a SuiteState value: what each suite is on the day `on`, as known on `today`.

    A suite out of service is "not in service", closed or not, unless it is still let, holding over or held.
    """
    return suites.annotate(state=state_on(on, today))


@prepared(models.CharField())
def state_on(on, today):
    """The state on `on` as an expression over suites."""
    lettings, closures = Letting.objects, SuiteClosure.objects
    return Case(
        When(Exists(of_suite(lettings.in_force(on))), then=Value(SuiteState.LET.value)),
        When(Exists(of_suite(lettings.holding_over(on, today))), then=Value(SuiteState.HOLDING_OVER.value)),
        When(Exists(of_suite(lettings.held(on, today))), then=Value(SuiteState.HELD.value)),
        When(~Suite.objects.is_in_service(on), then=Value(SuiteState.NOT_IN_SERVICE.value)),
        When(Exists(of_suite(closures.in_force(on))), then=Value(SuiteState.CLOSED.value)),
        default=Value(SuiteState.VACANT.value),
        output_field=models.CharField(),
    )


def with_occupant(suites: QuerySet[Suite], on, today):
    """Annotate `letting_id`: the letting in force on `on`, else the one holding over, else the one held, else None.

    There is never more than one of each: the database lets a suite once at a time.
    """
    return suites.annotate(letting_id=occupant_on(on, today))


@prepared(models.BigIntegerField())
def occupant_on(on, today):
    """The key of the letting of `with_occupant` as an expression over suites."""
    lettings = Letting.objects
    found = (lettings.in_force(on), lettings.holding_over(on, today), lettings.held(on, today))
    return Coalesce(*(Subquery(of_suite(rows).values("pk")[:1]) for rows in found))


def free_for(suites: QuerySet[Suite], first_day, last_day, today):
    """The suites in service and free on every day from `first_day` to `last_day`; None is without end.

    Raises ValueError when the days are reversed.
    """
    if last_day is not None and last_day < first_day:
        raise ValueError(f"{last_day} is before {first_day}.")
    return suites.filter(is_free(first_day, last_day, today))


@prepared(models.BooleanField())
def is_free(first_day, last_day, today):
    """The condition of being in service and free from `first_day` to `last_day`, over suites."""
    lettings = Letting.objects
    service = Suite.objects.is_in_service(first_day)
    if last_day is None:
        service &= Q(withdrawn_from__isnull=True)
    elif last_day != first_day:
        service &= Suite.objects.is_in_service(last_day)
    # Who holds over from a day inside the asked ones has a term inside them too: asking about the first day is enough.
    return ExpressionWrapper(
        service
        & ~Q(Exists(of_suite(lettings.standing(today)).filter(term__overlap=days_of(first_day, last_day))))
        & ~Q(Exists(of_suite(lettings.holding_over(first_day, today))))
        & ~Q(Exists(of_suite(closed_within(first_day, last_day)))),
        output_field=models.BooleanField(),
    )


def vacant_suites(suites: QuerySet[Suite], on, today):
    """The suites whose state on `on` is vacant: those free for that one day."""
    return free_for(suites, on, on, today)


def closed_within(first_day, last_day):
    """Closures with a day from `first_day` to `last_day`; None is without beginning or end."""
    closures = SuiteClosure.objects.all()
    if first_day is not None:
        closures = closures.filter(Q(last_day__isnull=True) | Q(last_day__gte=first_day))
    return closures if last_day is None else closures.filter(first_day__lte=last_day)


def of_suite(rows):
    """Those of `rows` that belong to the suite of the outer query."""
    return rows.filter(suite=OuterRef("pk")).order_by()
