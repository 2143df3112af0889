"""Expressions over suites whose SQL is made once for each shape; each request only puts its days in.

What is free is asked by subqueries in subqueries. Building them anew took longer than the database took to answer.
"""

import datetime as dt
from functools import wraps

from django.contrib.postgres.fields.ranges import DateRange
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Expression, F

from parks.models import Suite

# Days that no request has: what stands for the days asked for while the SQL is made.
FIRST_STAND_IN = dt.date(9000, 1, 1)
APART = dt.timedelta(days=1000)


class Prepared(Expression):
    """SQL that names the table of suites, wherever the query has that table, with its parameters."""

    def __init__(self, sql, params, output_field, suite="pk"):
        super().__init__(output_field=output_field)
        self.sql, self.params, self.suite = sql, params, F(suite)

    def get_source_expressions(self):
        """The suite, by which a query knows where the table is."""
        return [self.suite]

    def set_source_expressions(self, expressions):
        """Takes the suite back, resolved."""
        (self.suite,) = expressions

    def as_sql(self, compiler, connection):
        """The SQL and its parameters."""
        table, alias = Suite._meta.db_table, self.suite.alias
        if alias == table:
            return self.sql, self.params
        quote = compiler.quote_name_unless_alias
        return self.sql.replace(f"{connection.ops.quote_name(table)}.", f"{quote(alias)}."), self.params


def prepared(output_field):
    """Makes a function from days to an expression over suites one that builds it once for each shape.

    The shape is which of the days are None and which are the same; the function may ask for these two, but must not
    reckon with its days or compare them otherwise. Days are all that it may take.
    """

    def decorate(build):
        made = {}

        @wraps(build)
        def expression(*days):
            shape = tuple(None if day is None else days.index(day) for day in days)
            if shape not in made:
                made[shape] = compiled(build, shape)
            sql, params = made[shape]
            return Prepared(sql, tuple(put_in(param, days) for param in params), output_field)

        return expression

    return decorate


def compiled(build, shape):
    """(SQL, parameters) of what `build` makes for a shape, with stand-ins for the days.

    Raises ValueError when it has reckoned with them.
    """
    stand_ins = [None if place is None else FIRST_STAND_IN + place * APART for place in shape]
    query = Suite.objects.order_by().annotate(found=build(*stand_ins)).query
    sql, params = query.get_compiler(DEFAULT_DB_ALIAS).compile(query.annotations["found"])
    return sql, tuple(params)


def place_of(day):
    """Which of the days a stand-in stands for; None when it is a day of its own."""
    if not isinstance(day, dt.date) or day < FIRST_STAND_IN - APART:
        return None
    place, rest = divmod(day - FIRST_STAND_IN, APART)
    if rest:
        raise ValueError(f"{day} is reckoned from a day that is not known yet.")
    return place


def put_in(param, days):
    """The parameter with the real days for stand-ins."""
    if isinstance(param, DateRange):
        lower, upper = (put_in(day, days) for day in (param.lower, param.upper))
        return DateRange(lower, upper, f"{'[' if param.lower_inc else '('}{']' if param.upper_inc else ')'}")
    place = place_of(param)
    return param if place is None else days[place]
