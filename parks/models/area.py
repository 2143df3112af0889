"""What a press note or a host claims of an area. Never summed with net lettable area."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parks.querysets import OfParkQuerySet

from .base import MOST_SQFT, clean_dated, dated, precision_field, tracked


class AreaKind(models.TextChoices):
    COVERED = "covered_area_as_reported", _("Covered area, as reported")
    PLANNED = "planned_area_as_reported", _("Planned area, as reported")


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

    def __str__(self):
        return f"{self.area_sqft:,.0f} sq ft"

    def clean(self):
        clean_dated(self, "reported_on", "reported_on_precision")
