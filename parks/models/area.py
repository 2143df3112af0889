"""What a press note or a host claims of an area. Never summed with net lettable area."""

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parks.querysets import OfParkQuerySet

from .base import MOST_SQFT, clean_dated, dated, precision_field, tracked


class AreaKind(models.TextChoices):
    COVERED = "covered_area_as_reported", _("Covered area, as reported")
    PLANNED = "planned_area_as_reported", _("Planned area, as reported")


# The first figure of a park needs no choice. From the second on, who chooses says why, whatever the path: by then
# the old choice has been taken back, so only the presence of other figures can tell.
CHOICE_RULE = """
IF TG_OP = 'UPDATE' AND OLD.chosen AND OLD.park_id = NEW.park_id THEN
    RETURN NEW;
END IF;
IF NEW.chosen_because !~ '[^[:space:]]'
   AND EXISTS (SELECT 1 FROM parks_areareport WHERE park_id = NEW.park_id AND id <> NEW.id) THEN
    RAISE EXCEPTION 'Say why this figure is chosen and not another.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'areareport_choice_has_reason', TABLE = 'parks_areareport';
END IF;
RETURN NEW;
"""
# What the trigger above says, for the staff pages.
TRIGGER_MESSAGES = {"areareport_choice_has_reason": _("Say why this figure is shown and not another.")}


@tracked()
class AreaReport(models.Model):
    """One published figure, in sq ft. Sources differ: the chosen one is shown, all are kept."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="area_reports", verbose_name=_("park"))
    kind = models.CharField(_("kind"), max_length=30, choices=AreaKind, default=AreaKind.COVERED)
    area_sqft = models.DecimalField(
        _("area, sq ft"),
        max_digits=10,
        decimal_places=2,
        validators=[
            MinValueValidator(1, _("The area must be 1 sq ft or more.")),
            MaxValueValidator(MOST_SQFT, _("The area must be 99,999,999 sq ft or less.")),
        ],
    )
    source = models.ForeignKey("parks.Source", models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    reported_on = models.DateField(_("reported on"), null=True, blank=True)
    reported_on_precision = precision_field()
    chosen = models.BooleanField(_("chosen"), default=False, help_text=_("The one that pages show."))
    chosen_because = models.CharField(
        _("chosen because"),
        max_length=300,
        blank=True,
        help_text=_("Why this figure is shown and not another; needed to change the choice."),
    )
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects = OfParkQuerySet.as_manager()

    class Meta:
        verbose_name = _("area report")
        verbose_name_plural = _("area reports")
        ordering = ["park", "-chosen", "-reported_on", "pk"]
        constraints = [
            dated("areareport", "reported_on", "reported_on_precision"),
            models.CheckConstraint(
                name="areareport_area_above_0",
                condition=Q(area_sqft__gt=0, area_sqft__lte=MOST_SQFT),
                violation_error_message=_("The area must be above 0 sq ft."),
            ),
            models.CheckConstraint(
                name="areareport_kind_known",
                condition=Q(kind__in=AreaKind.values),
                violation_error_message=_("Choose a kind from the list."),
            ),
            models.UniqueConstraint(
                fields=["park"],
                condition=Q(chosen=True),
                name="areareport_one_chosen",
                violation_error_message=_("Another area report of this park is chosen; unchoose it first."),
            ),
        ]
        indexes = [models.Index(fields=["area_sqft", "park"], condition=Q(chosen=True), name="areareport_chosen_area")]
        triggers = [
            pgtrigger.Trigger(
                name="areareport_choice_has_reason",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("chosen", "park_id"),
                condition=pgtrigger.Q(new__chosen=True),
                func=CHOICE_RULE,
            )
        ]

    def __str__(self):
        return f"{self.area_sqft:,.0f} sq ft"

    def clean(self):
        clean_dated(self, "reported_on", "reported_on_precision")
