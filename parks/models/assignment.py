"""Which park manager looks after which park, and when."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from parks.querysets import AssignmentQuerySet

from .base import in_order, tracked, within_years
from .suite import days, same


@tracked()
class ParkAssignment(models.Model):
    """A park manager's park; both days inclusive, no last day means until further notice."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="park_assignments", verbose_name=_("person")
    )
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="assignments", verbose_name=_("park"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("park assignment")
        verbose_name_plural = _("park assignments")
        ordering = ["park", "first_day", "pk"]
        constraints = [
            in_order("assignment_days_in_order", "first_day", "last_day", _("The last day is before the first.")),
            within_years("assignment_years", "first_day", "last_day"),
            ExclusionConstraint(
                name="assignment_once_at_a_time",
                expressions=[
                    (same(F("user")), RangeOperators.OVERLAPS),
                    (same(F("park")), RangeOperators.OVERLAPS),
                    (days(F("first_day"), F("last_day"), "[]"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This person already has this park on some of these days."),
            ),
        ]

    def __str__(self):
        return f"{self.user_id} {self.first_day}"

    def clean(self):
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The last day is before the first.")})
