"""Which lists left the staff site as files: by whom, when, how many rows, under which filter."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

FORMATS = ("csv", "xlsx")
MOST_FILTERS = 1000


class ExportRecord(models.Model):
    """One download of a list. Written with the download, never changed."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    name = models.CharField(_("list"), max_length=60)
    format = models.CharField(_("format"), max_length=4)
    rows = models.PositiveIntegerField(_("rows"))
    filters = models.CharField(_("filter"), max_length=MOST_FILTERS, blank=True)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="exportrecord_format_known",
                condition=Q(format__in=FORMATS),
                violation_error_message=_("The format is CSV or XLSX."),
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="exportrecord_by_time"),
            models.Index(fields=["name"], name="exportrecord_by_list"),
        ]
        triggers = [pgtrigger.Protect(name="exportrecord_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.name} {self.at:%Y-%m-%d %H:%M}"
