"""Periods of dates with precision, in SQL. Apart from the models, which import the querysets that need it."""

from django.db import models
from django.db.models import F, Func


def last_day_of(field, precision):
    """SQL: the last day of a dated period, None when undated. The field holds the period's first day."""
    return models.Case(
        models.When(
            **{precision: "month"},
            then=Func(
                F(field),
                template="(%(expressions)s + interval '1 month' - interval '1 day')::date",
                output_field=models.DateField(),
            ),
        ),
        models.When(
            **{precision: "year"},
            then=Func(
                F(field),
                template="(%(expressions)s + interval '1 year' - interval '1 day')::date",
                output_field=models.DateField(),
            ),
        ),
        default=F(field),
        output_field=models.DateField(),
    )
