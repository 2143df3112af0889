"""The daily digests of the history: a later change of an event, by whomever, no longer agrees with them."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SealedDay(models.Model):
    """The SHA-256 over the events of one day in Karachi, in their order, chained to the day before.

    `columns` names the columns of each table that went into it, so that columns added later change nothing.
    """

    day = models.DateField(_("day"), unique=True)
    events = models.PositiveBigIntegerField(_("events"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    previous = models.CharField(_("SHA-256 of the day before"), max_length=64, blank=True)
    columns = models.JSONField(_("columns"), default=dict)
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("digest of a day")
        verbose_name_plural = _("digests of the history")
        ordering = ["-day"]
        constraints = [
            models.CheckConstraint(
                name="sealedday_digest_shaped",
                condition=Q(digest__regex="^[0-9a-f]{64}$"),
                violation_error_message=_("A SHA-256 is 64 hexadecimal digits."),
            )
        ]
        triggers = [pgtrigger.Protect(name="sealedday_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.day:%Y-%m-%d}"
