"""Pairs of host institutions with like names that staff have found to be two."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .base import tracked


@tracked()
class DistinctHosts(models.Model):
    """`first` and `second` (the greater key) are not the same body, whatever their names suggest."""

    first = models.ForeignKey("parks.HostInstitution", models.CASCADE, related_name="+", verbose_name=_("one"))
    second = models.ForeignKey("parks.HostInstitution", models.CASCADE, related_name="+", verbose_name=_("other"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        default_permissions = ()
        verbose_name = _("pair of different host institutions")
        verbose_name_plural = _("pairs of different host institutions")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="distincthosts_once",
                violation_error_message=_("These two are already known to be different."),
            ),
            models.CheckConstraint(
                name="distincthosts_in_order",
                condition=Q(first__lt=F("second")),
                violation_error_message=_("A pair is two rows, the older one first."),
            ),
        ]

    def __str__(self):
        return f"{self.first_id} {self.second_id}"
