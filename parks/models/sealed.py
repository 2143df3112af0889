"""The daily digests of the history, with which a later change of an event no longer agrees, and their comparisons."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_WHY = 500


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


class HistoryCheck(models.Model):
    """One comparison of the history with its digests. Written by the comparison, never changed.

    `sealed_to` is the newest sealed day then, `days` how many days agreed. Where one did not, `differs` is the first of
    them and `why` says how; `why` alone is of a file that cannot be used.
    """

    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    sealed_to = models.DateField(_("sealed to"))
    days = models.PositiveIntegerField(_("days that agree"))
    events = models.PositiveBigIntegerField(_("events"))
    differs = models.DateField(_("first day that differs"), null=True, blank=True)
    why = models.CharField(_("why"), max_length=MOST_WHY, blank=True)

    class Meta:
        verbose_name = _("comparison of the history")
        verbose_name_plural = _("comparisons of the history")
        default_permissions = ()
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="historycheck_says_why",
                condition=Q(differs__isnull=True) | ~Q(why=""),
                violation_error_message=_("A day that differs has its reason."),
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="historycheck_by_time")]
        triggers = [pgtrigger.Protect(name="historycheck_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M}"
