"""Which private file was opened, by whom, when. Rows are written by the openings themselves and never changed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_NAME, MOST_SUBJECT = 120, 200


class FileOpening(models.Model):
    """One opening of a private file.

    `by` is nobody when a firm opened its own file by the secret link that it holds (`by_link`). `kind` is the label
    of the model whose row holds the file, such as `tenants.leasedocument`, and `row` that row's key; `subject` says
    in words what the file belongs to, as it was called then.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    by_link = models.BooleanField(_("by the firm's link"), default=False)
    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    row = models.BigIntegerField(_("key"))
    name = models.CharField(_("file"), max_length=MOST_NAME, blank=True)
    subject = models.CharField(_("belongs to"), max_length=MOST_SUBJECT, blank=True)

    class Meta:
        verbose_name = _("opened file")
        verbose_name_plural = _("opened files")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="fileopening_by_one",
                condition=Q(by__isnull=False, by_link=False) | Q(by__isnull=True, by_link=True),
                violation_error_message=_("A file is opened by a person or by a firm's link."),
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="fileopening_by_time"),
            models.Index(fields=["kind", "row"], name="fileopening_by_file"),
        ]
        triggers = [pgtrigger.Protect(name="fileopening_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.kind} {self.row} {self.at:%Y-%m-%d %H:%M}"
