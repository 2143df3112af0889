"""What others have published: official headline figures, and what a firm is said to get."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .base import clean_dated, dated, precision_field, tracked


@tracked()
class HeadlineClaim(models.Model):
    """Official figures as one publication gave them. Kept beside the register's own counts, never mixed."""

    on = models.DateField(_("date"))
    on_precision = precision_field()
    parks = models.PositiveIntegerField(_("parks"), null=True, blank=True)
    cities = models.PositiveIntegerField(_("cities"), null=True, blank=True)
    area_sqft = models.PositiveBigIntegerField(_("area, sq ft"), null=True, blank=True)
    companies = models.PositiveIntegerField(_("companies"), null=True, blank=True)
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    women_percent = models.DecimalField(
        _("women, percent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
    )
    export_usd = models.PositiveBigIntegerField(_("exports a year, USD"), null=True, blank=True)
    domestic_revenue_usd = models.PositiveBigIntegerField(_("domestic revenue a year, USD"), null=True, blank=True)
    source = models.ForeignKey("parks.Source", models.PROTECT, verbose_name=_("source"))
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("headline claim")
        verbose_name_plural = _("headline claims")
        ordering = ["-on", "pk"]
        constraints = [
            dated("headlineclaim"),
            models.UniqueConstraint(
                fields=["on", "source"],
                name="headlineclaim_once",
                violation_error_message=_("This source's figures of this date are already recorded."),
            ),
            models.CheckConstraint(
                name="headlineclaim_percent",
                condition=Q(women_percent__isnull=True) | Q(women_percent__gte=0, women_percent__lte=100),
                violation_error_message=_("A percentage is from 0 to 100."),
            ),
        ]

    def __str__(self):
        return f"{self.on:%Y-%m-%d} {self.source}"

    def clean(self):
        clean_dated(self)


@tracked()
class Incentive(models.Model):
    """One thing that a firm is said to get in a park, in the words and with the date of its publication."""

    title = models.CharField(_("title"), max_length=100, unique=True)
    words = models.TextField(_("as published"), max_length=600)
    published_on = models.DateField(_("published on"))
    published_on_precision = precision_field()
    source = models.ForeignKey("parks.Source", models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    shown = models.BooleanField(_("shown on the home page"), default=True)

    class Meta:
        verbose_name = _("published incentive")
        verbose_name_plural = _("published incentives")
        ordering = ["position", "pk"]
        constraints = [dated("incentive", "published_on", "published_on_precision")]

    def __str__(self):
        return self.title

    def clean(self):
        clean_dated(self, "published_on", "published_on_precision")
