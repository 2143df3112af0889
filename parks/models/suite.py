"""Lettable units. A shared hall is let by its desk rows; sums by area leave desks out."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from parks.querysets import ClosureQuerySet, SuiteQuerySet

from .base import MOST_PKR, MOST_SQFT, in_order, tracked, within_years

FLOOR_RANGE = _("The floor is from -5 to 150; 0 is the ground floor.")


class SuiteKind(models.TextChoices):
    SUITE = "suite", _("Suite")
    DESK = "desk", _("Desk")


class FitOut(models.TextChoices):
    RAW = "raw", _("Raw")
    WARM_SHELL = "warm_shell", _("Warm shell")
    PLUG_AND_PLAY = "plug_and_play", _("Plug and play")


class RentBasis(models.TextChoices):
    PER_SQFT = "per_sqft", _("per sq ft a month")
    PER_SEAT = "per_seat", _("per seat a month")
    FIXED = "fixed", _("a month in all")


def same(expression):
    """Equality as an overlap of one-point ranges: an exclusion constraint without the btree_gist extension."""
    return Func(expression, expression, Value("[]"), function="int8range")


def hash_of(field):
    """A 63-bit hash of a text, blind to case. Two numbers of one park that collide would be refused wrongly:
    a chance of about 1 in 10 to the 19th a pair, for which the database then holds the rule by itself."""
    return Func(
        F(field),
        template="(hashtextextended(lower(%(expressions)s), 0) >> 1)",
        output_field=models.BigIntegerField(),
    )


def days(first, last, bounds):
    """The range of days between two date columns; both are cast, since a bare NULL has no type."""
    return Func(
        Cast(first, models.DateField()),
        Cast(last, models.DateField()),
        Value(bounds),
        function="daterange",
        output_field=DateRangeField(),
    )


@tracked()
class Suite(models.Model):
    """A room, a floor or a desk. In service from `in_service_from` (inclusive; empty: always) until the day
    before `withdrawn_from`. Rent and service charge are asking figures in PKR per month; no rent means
    "on request", zero is a rent."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="suites", verbose_name=_("park"))
    floor = models.SmallIntegerField(
        _("floor"),
        validators=[MinValueValidator(-5, FLOOR_RANGE), MaxValueValidator(150, FLOOR_RANGE)],
        help_text=_("0 is the ground floor, -1 the basement."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1, help_text=_("Left to right on its floor."))
    number = models.CharField(_("number"), max_length=30)
    kind = models.CharField(_("kind"), max_length=5, choices=SuiteKind, default=SuiteKind.SUITE)
    hall = models.CharField(_("hall"), max_length=60, blank=True, help_text=_("For desks: the hall they stand in."))
    lettable_area_sqft = models.DecimalField(
        _("net lettable area, sq ft"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1, _("The area must be 1 sq ft or more."))],
    )
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True, validators=[MinValueValidator(1)])
    fit_out = models.CharField(_("fit-out"), max_length=15, choices=FitOut, blank=True)
    rent_basis = models.CharField(_("rent basis"), max_length=10, choices=RentBasis, blank=True)
    rent_pkr = models.DecimalField(
        _("asking rent, PKR"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("A month, on the basis chosen. Empty: on request."),
    )
    service_charge_pkr = models.DecimalField(
        _("service charge, PKR a month"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    in_service_from = models.DateField(_("in service from"), null=True, blank=True)
    withdrawn_from = models.DateField(
        _("withdrawn from"),
        null=True,
        blank=True,
        help_text=_("The first day on which it is no longer offered."),
    )
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)

    objects = SuiteQuerySet.as_manager()

    class Meta:
        verbose_name = _("suite")
        verbose_name_plural = _("suites")
        ordering = ["park", "floor", "position", "pk"]
        constraints = [
            # Who refers to a suite together with its park is held to it by this key.
            models.UniqueConstraint(fields=["id", "park"], name="suite_with_park"),
            ExclusionConstraint(
                name="suite_number_once_in_service",
                expressions=[
                    (same(F("park")), RangeOperators.OVERLAPS),
                    (same(hash_of("number")), RangeOperators.OVERLAPS),
                    (days(F("in_service_from"), F("withdrawn_from"), "[)"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This park already has a suite of this number in service."),
            ),
            models.CheckConstraint(
                name="suite_number_given",
                condition=Q(number__regex=r"^[^[:space:]]+( [^[:space:]]+)*$"),
                violation_error_message=_("Give the number on one line, with single spaces inside it at most."),
            ),
            models.CheckConstraint(
                name="suite_area_above_0",
                condition=Q(lettable_area_sqft__isnull=True)
                | Q(lettable_area_sqft__gt=0, lettable_area_sqft__lte=MOST_SQFT),
                violation_error_message=_("The area must be above 0 sq ft; leave it empty when it is not known."),
            ),
            models.CheckConstraint(
                name="suite_desk_without_area",
                condition=~Q(kind=SuiteKind.DESK) | Q(lettable_area_sqft__isnull=True),
                violation_error_message=_("A desk has no area of its own: count its seats instead."),
            ),
            models.CheckConstraint(
                name="suite_hall_of_desks",
                condition=Q(hall="") | Q(kind=SuiteKind.DESK),
                violation_error_message=_("Only desks stand in a hall."),
            ),
            models.CheckConstraint(
                name="suite_seats_above_0",
                condition=Q(seats__isnull=True) | Q(seats__gt=0),
                violation_error_message=_("Seats must be 1 or more; leave them empty when not known."),
            ),
            models.CheckConstraint(
                name="suite_desk_has_seats",
                condition=~Q(kind=SuiteKind.DESK) | Q(seats__isnull=False),
                violation_error_message=_("Say how many seats the desk has: most have 1."),
            ),
            models.CheckConstraint(
                name="suite_floor_sane",
                condition=Q(floor__gte=-5, floor__lte=150),
                violation_error_message=FLOOR_RANGE,
            ),
            models.CheckConstraint(
                name="suite_rent_with_basis",
                condition=Q(rent_pkr__isnull=True, rent_basis="")
                | Q(rent_pkr__isnull=False, rent_pkr__gte=0, rent_pkr__lte=MOST_PKR, rent_basis__in=RentBasis.values),
                violation_error_message=_("Give both the rent and its basis, or neither for “on request”."),
            ),
            models.CheckConstraint(
                name="suite_desk_rent_not_by_area",
                condition=~Q(kind=SuiteKind.DESK) | ~Q(rent_basis=RentBasis.PER_SQFT),
                violation_error_message=_("A desk has no area: its rent is per seat or in all."),
            ),
            models.CheckConstraint(
                name="suite_charge_not_negative",
                condition=Q(service_charge_pkr__isnull=True)
                | Q(service_charge_pkr__gte=0, service_charge_pkr__lte=MOST_PKR),
                violation_error_message=_("The service charge cannot be negative."),
            ),
            models.CheckConstraint(
                name="suite_kinds_known",
                condition=Q(kind__in=SuiteKind.values, fit_out__in=["", *FitOut.values]),
                violation_error_message=_("Choose the kind and the fit-out from their lists."),
            ),
            within_years("suite_years", "in_service_from", "withdrawn_from"),
            in_order(
                "suite_service_in_order",
                "in_service_from",
                "withdrawn_from",
                _("The suite is withdrawn before it comes into service."),
            ),
        ]
        indexes = [
            models.Index(fields=["park", "floor", "position", "id"], name="suite_on_its_floor"),
            models.Index(fields=["lettable_area_sqft", "id"], name="suite_by_area"),
            models.Index(fields=["seats", "id"], name="suite_by_seats"),
            # Every page asks whether there is one.
            models.Index(fields=["id"], condition=Q(demo=True), name="suite_of_demonstration"),
        ]

    def __str__(self):
        return self.number

    def clean(self):
        if self.kind == SuiteKind.DESK and self.lettable_area_sqft is not None:
            raise ValidationError({"lettable_area_sqft": _("A desk has no area of its own: count its seats instead.")})
        if self.kind == SuiteKind.DESK and self.seats is None:
            self.seats = 1
        if self.kind != SuiteKind.DESK and self.hall:
            raise ValidationError({"hall": _("Only desks stand in a hall.")})
        if self.rent_pkr is not None and not self.rent_basis:
            raise ValidationError({"rent_basis": _("Say what the rent is for: a sq ft, a seat or in all.")})
        if self.rent_basis and self.rent_pkr is None:
            raise ValidationError({"rent_pkr": _("Give the rent, or leave the basis empty for “on request”.")})
        # Before the exclusion constraint runs: reversed dates would break its range with a database error.
        if self.in_service_from and self.withdrawn_from and self.withdrawn_from < self.in_service_from:
            raise ValidationError({"withdrawn_from": _("The suite is withdrawn before it comes into service.")})

    @property
    def measure(self):
        """Its area or seats in words, or "not reported"."""
        if self.kind == SuiteKind.DESK:
            return ngettext("%(n)s seat", "%(n)s seats", self.seats) % {"n": self.seats}
        if self.lettable_area_sqft is None:
            return _("area not reported")
        return _("%(area)s sq ft") % {"area": f"{self.lettable_area_sqft.normalize():,f}"}


class ClosureReason(models.TextChoices):
    REPAIR = "repair", _("Repair")
    DISPUTED = "disputed", _("Disputed")
    USED_BY_HOST = "used_by_host", _("Used by host")


@tracked()
class SuiteClosure(models.Model):
    """Days on which a suite cannot be let; both days inclusive, no last day means until further notice."""

    suite = models.ForeignKey(Suite, models.PROTECT, related_name="closures", verbose_name=_("suite"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: until further notice."))
    reason = models.CharField(_("reason"), max_length=15, choices=ClosureReason)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["suite", "first_day"]
        constraints = [
            in_order("closure_days_in_order", "first_day", "last_day", _("The last day is before the first.")),
            within_years("closure_years", "first_day", "last_day"),
            models.CheckConstraint(
                name="closure_reason_known",
                condition=Q(reason__in=ClosureReason.values),
                violation_error_message=_("Choose a reason from the list."),
            ),
            ExclusionConstraint(
                name="closure_once_at_a_time",
                expressions=[
                    (same(F("suite")), RangeOperators.OVERLAPS),
                    (days(F("first_day"), F("last_day"), "[]"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The suite is already closed on some of these days."),
            ),
        ]

    def __str__(self):
        return f"{self.get_reason_display()} {self.first_day}"

    def clean(self):
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The last day is before the first.")})
