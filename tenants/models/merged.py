"""Companies that were one: which row took the other's place, and which like-named pairs are really two."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import tracked

from .company import Company


@tracked()
class MergedCompany(models.Model):
    """A row that was merged into `company`: its key and web name, which lead there from then on."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="merged", verbose_name=_("company"))
    former_id = models.BigIntegerField(_("former key"), unique=True)
    slug = models.SlugField(_("former web name"), max_length=120, unique=True)
    name = models.CharField(_("former name"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        default_permissions = ()
        verbose_name = _("merged company")
        verbose_name_plural = _("merged companies")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="mergedcompany_says_why",
                condition=Q(reason__regex=r"[^[:space:]]"),
                violation_error_message=_("Say how it is known that the two are one."),
            ),
            models.CheckConstraint(
                name="mergedcompany_into_another",
                condition=~Q(former_id=F("company")),
                violation_error_message=_("A company cannot be merged into itself."),
            ),
        ]

    def __str__(self):
        return self.name


@tracked()
class DistinctCompanies(models.Model):
    """`first` and `second` (the greater key) are not the same firm, whatever their names suggest."""

    first = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("one"))
    second = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("other"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("pair of different companies")
        verbose_name_plural = _("pairs of different companies")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="distinctcompanies_once",
                violation_error_message=_("These two are already known to be different."),
            ),
            models.CheckConstraint(
                name="distinctcompanies_in_order",
                condition=Q(first__lt=F("second")),
                violation_error_message=_("A pair is two rows, the older one first."),
            ),
        ]

    def __str__(self):
        return f"{self.first_id} {self.second_id}"
