"""Photos of parks, as `parks/images.py` stores them: re-encoded, without metadata, in fixed widths."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.querysets import OfParkQuerySet

from .base import tracked


@tracked()
class ParkPhoto(models.Model):
    """One photo. `stem` names its files, one for each of `widths` (pixels) in WebP and JPEG."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="photos", verbose_name=_("park"))
    stem = models.CharField(max_length=32, unique=True, editable=False)
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    widths = ArrayField(models.PositiveSmallIntegerField(), editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=200,
        help_text=_("What the photo shows, for those who cannot see it."),
    )
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1)

    objects = OfParkQuerySet.as_manager()

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["park", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                name="photo_alt_given",
                condition=Q(alt__regex=r"[^[:space:]]"),
                violation_error_message=_("Say what the photo shows."),
            ),
            models.CheckConstraint(
                name="photo_has_files",
                condition=Q(width__gt=0, height__gt=0, widths__len__gt=0),
                violation_error_message=_("The photo has no files."),
            ),
            models.CheckConstraint(
                name="photo_stem_form",
                condition=Q(stem__regex=r"^[0-9a-f]{32}$"),
                violation_error_message=_("The photo's files are not named as they should be."),
            ),
        ]

    def __str__(self):
        return self.alt

    def url(self, width, kind):
        """The address of one file: `width` in pixels, `kind` is webp or jpg."""
        return reverse("parks:photo-file", args=[self.stem, width, kind])
