"""What several models share: history, dates with precision, searchable words, the country's box."""

from decimal import Decimal

import pghistory
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce, ExtractDay, ExtractMonth
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.dates import FIRST_DATE, LAST_DATE

# Upper bounds stand in the checks too: PostgreSQL's NaN is greater than every number.
MOST_SQFT, MOST_PKR = 99_999_999, 999_999_999_999

# A box around the country, Azad Jammu and Kashmir and Gilgit-Baltistan included. It catches swapped and
# mistyped coordinates; it says nothing of a border.
SOUTH, NORTH = Decimal("23.4"), Decimal("37.2")
WEST, EAST = Decimal("60.8"), Decimal("77.9")


class Precision(models.TextChoices):
    """How much of a date its source gives. The date itself is the first day of the period."""

    DAY = "day", _("day")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


def tracked(*, exclude=()):
    """History of inserts, updates and deletes, by triggers; generated columns are left out by `exclude`."""
    # Trackers bind to one model each, so they are made anew for every call.
    return pghistory.track(
        pghistory.InsertEvent(),
        pghistory.UpdateEvent(),
        pghistory.DeleteEvent(),
        exclude=list(exclude),
        append_only=True,
        meta={"indexes": by_time()},
    )


def by_time():
    """The index of an event table by which the history of all models is read in the order of time."""
    return [models.Index(fields=["pgh_created_at", "pgh_id"])]


class HourCount(models.Model):
    """How many forms one client address sent in one hour; the address only as a keyed hash of that hour.

    Rows of past hours are erased with the next form, so nobody can be followed from hour to hour.
    """

    client = models.CharField(max_length=64)
    hour = models.DateTimeField()
    taken = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["client", "hour"], name="%(class)s_once_an_hour")]
        indexes = [models.Index(fields=["hour"], name="%(class)s_by_hour")]

    def __str__(self):
        return f"{self.hour:%Y-%m-%d %H:00}"


def precision_field(**kwargs):
    """The column beside a date: its precision, empty when there is no date."""
    return models.CharField(_("precision"), max_length=5, choices=Precision, blank=True, **kwargs)


def dated(name, field="on", precision="on_precision"):
    """The constraint of a date with precision: both or neither, first day of its period, a sane year."""
    # "Not null" must be said: a comparison with NULL is neither true nor false, and a check lets that pass.
    within = Q(**{f"{field}__isnull": False, f"{field}__gte": FIRST_DATE, f"{field}__lte": LAST_DATE})
    # Cast, because Django tries constraints with bare values, and a bare NULL has no type to extract from.
    date = Cast(F(field), models.DateField())
    first_of_month, january = Exact(ExtractDay(date), 1), Exact(ExtractMonth(date), 1)
    return models.CheckConstraint(
        name=f"{name}_{field}_dated",
        condition=Q(**{f"{field}__isnull": True, precision: ""})
        | (Q(**{precision: Precision.DAY}) & within)
        | (Q(**{precision: Precision.MONTH}) & Q(first_of_month) & within)
        | (Q(**{precision: Precision.YEAR}) & Q(first_of_month) & Q(january) & within),
        violation_error_message=_(
            "A date needs its precision (day, month or year) and a year from 1900 to 2200; no date, no precision."
        ),
    )


def clean_dated(instance, field="on", precision="on_precision"):
    """Bring a date to the first day of its period; errors name the field. For `Model.clean()`."""
    date, kind = getattr(instance, field), getattr(instance, precision)
    if date is None and kind:
        raise ValidationError({field: _("Give the date, or leave the precision empty too.")})
    if date is None:
        return
    if not kind:
        raise ValidationError({precision: _("Say how precise the date is: day, month or year.")})
    if not FIRST_DATE <= date <= LAST_DATE:
        raise ValidationError({field: _("The year must be from 1900 to 2200.")})
    if kind == Precision.MONTH:
        setattr(instance, field, date.replace(day=1))
    elif kind == Precision.YEAR:
        setattr(instance, field, date.replace(month=1, day=1))


def within_years(name, *fields):
    """Every given date, where set, lies from 1900 to 2200."""
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": FIRST_DATE, f"{field}__lte": LAST_DATE})
    return models.CheckConstraint(
        name=name, condition=condition, violation_error_message=_("The year must be from 1900 to 2200.")
    )


def in_order(name, first, last, message):
    """`first` is not after `last`, where both are set."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{first}__isnull": True}) | Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)}),
        violation_error_message=message,
    )


def words_field(*columns):
    """A stored search vector over the row's own columns, folded by `stp_fold` (see the first migration).

    Folding and joining happen in SQL alone, so that no second definition can drift. A Func with a template
    instead of a subclass keeps class paths out of the migrations.
    """
    return models.GeneratedField(
        expression=Func(
            *(Coalesce(F(column), Value("", output_field=models.TextField())) for column in columns),
            template="to_tsvector('simple'::regconfig, stp_fold(%(expressions)s))",
            arg_joiner=" || ' ' || ",
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
        editable=False,
    )


def coordinates_constraints(name):
    """Latitude and longitude: both or neither, and inside the country's box."""
    return [
        models.CheckConstraint(
            name=f"{name}_coordinates_paired",
            condition=Q(latitude__isnull=True, longitude__isnull=True)
            | Q(latitude__isnull=False, longitude__isnull=False),
            violation_error_message=_("Give both latitude and longitude, or neither."),
        ),
        models.CheckConstraint(
            name=f"{name}_coordinates_in_box",
            condition=Q(latitude__isnull=True)
            | Q(latitude__gte=SOUTH, latitude__lte=NORTH, longitude__gte=WEST, longitude__lte=EAST),
            violation_error_message=_(
                "These coordinates are outside Pakistan: latitude is from 23.4 to 37.2, longitude from 60.8 to 77.9."
            ),
        ),
    ]


def label_of(choices, field):
    """A `get_…_display` for a model that looks the label up; Django's own makes a dict of all choices a call."""
    labels = dict(choices.choices)

    def display(self):
        """The label of the present value."""
        value = getattr(self, field)
        return str(labels.get(value, value))

    return display
