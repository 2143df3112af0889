"""SQL that is made once and given its days: the same as when it is made anew, wherever the suites stand."""

import datetime as dt
import itertools

import pytest
from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q

from parks.models import Park, Suite
from tenants import prepared
from tenants.costs import rent_of_suite, total_of_suite
from tenants.models import Letting
from tenants.occupancy.states import is_free, occupant_on, state_on
from tenants.occupancy.windows import free_days, vacancy_on, vacant_since_on
from tests.factories import LettingFactory, SuiteFactory

pytestmark = pytest.mark.django_db

DAYS = (None, dt.date(2026, 3, 1), dt.date(2026, 9, 30), dt.date(2027, 1, 15))


def sql_of(expression):
    query = Suite.objects.order_by().annotate(found=expression).query
    sql, params = query.get_compiler("default").compile(query.annotations["found"])
    # A range without end has the same days with either bracket.
    return sql, [str(param).replace("None]", "None)").replace("[None", "(None") for param in params]


@pytest.mark.parametrize(
    ("build", "number", "needed"),
    [
        (is_free, 3, (0, 2)),
        (free_days, 3, (2,)),
        (vacancy_on, 2, (0, 1)),
        (vacant_since_on, 2, (0, 1)),
        (state_on, 2, (0, 1)),
        (occupant_on, 2, (0, 1)),
        (rent_of_suite, 0, ()),
        (total_of_suite, 0, ()),
    ],
)
def test_prepared_sql_is_that_of_the_expression_built_anew(build, number, needed):
    for days in itertools.product(DAYS, repeat=number):
        if all(days[place] for place in needed):
            assert sql_of(build(*days)) == sql_of(build.__wrapped__(*days)), days


def test_an_expression_is_built_once_for_each_shape():
    built = []

    @prepared.prepared(BooleanField())
    def begins(first, last):
        built.append((first, last))
        return ExpressionWrapper(Q(in_service_from=first) | Q(withdrawn_from=last), output_field=BooleanField())

    for days in (DAYS[1:3], DAYS[2:4], (DAYS[1], DAYS[1]), (DAYS[2], DAYS[2]), (DAYS[3], DAYS[1])):
        assert sql_of(begins(*days)) == sql_of(begins.__wrapped__(*days))
    # Two of these were the shapes, the others what the comparison built.
    assert len(built) == 2 + 5


def test_days_that_are_reckoned_with_are_refused():
    @prepared.prepared(BooleanField())
    def eve(day):
        return ExpressionWrapper(Q(in_service_from=day - dt.timedelta(days=1)), output_field=BooleanField())

    with pytest.raises(ValueError, match="is reckoned from"):
        eve(DAYS[1])


def test_a_prepared_condition_asks_about_the_suites_of_its_own_query():
    let = LettingFactory(commencement_date=DAYS[1], expiry_date=DAYS[2])
    other = SuiteFactory(park=let.park)
    free = Suite.objects.filter(is_free(DAYS[2], DAYS[2], DAYS[1]))
    assert list(free) == [other]
    assert list(Letting.objects.filter(suite__in=free)) == []
    assert list(Letting.objects.exclude(suite__in=free)) == [let]
    assert list(Suite.objects.filter(park__suites__in=free).order_by("pk")) == [let.suite, other]
    states = Suite.objects.annotate(state=state_on(DAYS[2], DAYS[1])).order_by("state")
    counted = states.values("park", "state").annotate(n=Count("pk"))
    assert [(row["state"], row["n"]) for row in counted] == [("let", 1), ("vacant", 1)]
    total = Suite.objects.annotate(total=total_of_suite()).filter(Q(total__gt=0) | Q(total__isnull=True))
    assert Park.objects.filter(suites__in=total).distinct().count() == 1
    assert total.alias(same=F("total")).aggregate(n=Count("pk"))["n"] == 2
