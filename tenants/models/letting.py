"""One suite under a lease for one term. A suite is let once at a time, and the database says so."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.db.models.functions import Cast, Least
from django.utils.translation import gettext_lazy as _

from parks.models.base import MOST_PKR, in_order, tracked, within_years
from parks.models.suite import RentBasis, same
from tenants.querysets import LettingQuerySet, RateQuerySet

from .fields import LeaseParkField, LeaseStateField
from .lease import BLOCKING
from .lease_states import MADE_BY_UNDONE, LeaseState

# One row of the park is locked before any letting in it is written: whatever the path, no two writers of a park
# wait for each other in a ring. Told by the suite, since the park of the row is checked only afterwards.
PARK_LOCK = """
PERFORM 1 FROM parks_park p JOIN parks_suite s ON s.park_id = p.id WHERE s.id = NEW.suite_id
    FOR NO KEY UPDATE OF p;
RETURN NEW;
"""

DELETE_RULE = f"""
IF OLD.lease_state <> 'draft' AND NOT EXISTS (SELECT 1 FROM tenants_lease WHERE id = OLD.lease_id AND demo)
    AND NOT {MADE_BY_UNDONE.format(model="tenants.letting")} THEN
    RAISE EXCEPTION 'Only a draft''s lettings can be deleted: others end.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'letting_only_drafts_deleted', TABLE = 'tenants_letting';
END IF;
RETURN OLD;
"""  # noqa: S608 - constants only


def term_of(commencement, *ends):
    """The days of a letting as a range. LEAST skips nulls; each end is cast, since a bare NULL has no type."""
    return Func(
        F(commencement),
        Least(*(Cast(F(end), models.DateField()) for end in ends)),
        Value("[]"),
        function="daterange",
        output_field=DateRangeField(),
    )


@tracked()
class Letting(models.Model):
    """A line of the rent roll. All days are inclusive; no `expiry_date` is without end, `terminated_on` is the
    last day of one that ended early. `lease_state` and `park` repeat the lease's, held equal by the database."""

    lease = models.ForeignKey("tenants.Lease", models.CASCADE, related_name="lettings", verbose_name=_("lease"))
    lease_state = LeaseStateField(max_length=10, choices=LeaseState, editable=False, blank=True)
    park = LeaseParkField("parks.Park", models.PROTECT, related_name="lettings", editable=False, verbose_name=_("park"))
    # Its index is `letting_of_suite`, which begins with it.
    suite = models.ForeignKey(
        "parks.Suite", models.PROTECT, related_name="lettings", db_index=False, verbose_name=_("suite")
    )
    commencement_date = models.DateField(_("commencement"))
    expiry_date = models.DateField(_("expiry"), null=True, blank=True, help_text=_("The last day. Empty: without end."))
    terminated_on = models.DateField(
        _("terminated"), null=True, blank=True, editable=False, help_text=_("The last day of a letting ended early.")
    )
    rent_basis = models.CharField(
        _("rent basis"),
        max_length=10,
        choices=RentBasis,
        default=RentBasis.FIXED,
        help_text=_("How the deed words the rent; the rates hold what it makes a month."),
    )
    term = models.GeneratedField(
        expression=term_of("commencement_date", "expiry_date", "terminated_on"),
        output_field=DateRangeField(),
        db_persist=True,
        editable=False,
    )

    objects = LettingQuerySet.as_manager()

    class Meta:
        verbose_name = _("letting")
        verbose_name_plural = _("lettings")
        ordering = ["lease", "pk"]
        constraints = [
            ExclusionConstraint(
                name="letting_once",
                expressions=[(same(F("suite")), RangeOperators.OVERLAPS), ("term", RangeOperators.OVERLAPS)],
                condition=Q(lease_state__in=BLOCKING),
                # Immediate, but several terms of one suite can be shifted in one statement.
                deferrable=Deferrable.IMMEDIATE,
                violation_error_message=_("The suite is already let, offered or accepted on some of these days."),
            ),
            within_years("letting_years", "commencement_date", "expiry_date", "terminated_on"),
            in_order(
                "letting_dates_in_order",
                "commencement_date",
                "expiry_date",
                _("The expiry is before the commencement."),
            ),
            in_order(
                "letting_terminated_after_commencement",
                "commencement_date",
                "terminated_on",
                _("The letting cannot end before it commences."),
            ),
            in_order(
                "letting_terminated_before_expiry",
                "terminated_on",
                "expiry_date",
                _("The letting has already expired by then."),
            ),
            models.CheckConstraint(
                name="letting_terminated_signed",
                condition=Q(terminated_on__isnull=True) | Q(lease_state=LeaseState.SIGNED),
                violation_error_message=_("Only a letting under a signed lease can be terminated."),
            ),
            models.CheckConstraint(
                name="letting_basis_known",
                condition=Q(rent_basis__in=RentBasis.values),
                violation_error_message=_("Choose the rent basis from the list."),
            ),
        ]
        indexes = [
            models.Index(fields=["suite", "commencement_date"], name="letting_of_suite"),
            # As `with_last_day` writes it: no query asks for the expiry alone.
            models.Index(Least("expiry_date", "terminated_on"), name="letting_by_last_day"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="letting_park_lock",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf("suite_id", "lease_state", "commencement_date", "expiry_date", "terminated_on"),
                condition=pgtrigger.Q(new__lease_state__in=list(BLOCKING)),
                func=PARK_LOCK,
            ),
            pgtrigger.Trigger(
                name="letting_only_drafts_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=DELETE_RULE,
            ),
        ]

    def __str__(self):
        return f"{self.suite}, {self.lease}"

    def clean(self):
        # Before the exclusion constraint runs: reversed dates would break its range with a database error.
        if self.commencement_date and self.expiry_date and self.expiry_date < self.commencement_date:
            raise ValidationError({"expiry_date": _("The expiry is before the commencement.")})
        if self.commencement_date and self.terminated_on and self.terminated_on < self.commencement_date:
            raise ValidationError({"terminated_on": _("The letting cannot end before it commences.")})
        if self.expiry_date and self.terminated_on and self.terminated_on > self.expiry_date:
            raise ValidationError({"terminated_on": _("The letting has already expired by then.")})

    @property
    def last_day(self):
        """The last day of the term, inclusive; None without end."""
        return min((day for day in (self.expiry_date, self.terminated_on) if day), default=None)


@tracked()
class LettingRate(models.Model):
    """What a letting costs from a day on, until the next row's day: PKR a month for the whole suite. Zero is legal."""

    letting = models.ForeignKey(Letting, models.CASCADE, related_name="rates", verbose_name=_("letting"))
    from_date = models.DateField(_("from"))
    rent_pkr = models.DecimalField(
        _("rent, PKR a month"), max_digits=14, decimal_places=2, validators=[MinValueValidator(0)]
    )
    service_charge_pkr = models.DecimalField(
        _("service charge, PKR a month"), max_digits=14, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ["letting", "from_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["letting", "from_date"],
                name="rate_once_a_day",
                violation_error_message=_("There is already a rate from this day."),
            ),
            models.CheckConstraint(
                name="rate_not_negative",
                condition=Q(rent_pkr__gte=0, rent_pkr__lte=MOST_PKR)
                & Q(service_charge_pkr__gte=0, service_charge_pkr__lte=MOST_PKR),
                violation_error_message=_("Rent and service charge cannot be negative."),
            ),
            within_years("rate_years", "from_date"),
        ]

    def __str__(self):
        return f"{self.from_date}: {self.rent_pkr}"
