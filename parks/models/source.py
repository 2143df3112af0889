"""Where a fact came from."""

from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .base import clean_dated, dated, precision_field, tracked


@tracked()
class Source(models.Model):
    """A publication: its address, and what is known of its title, publisher and date."""

    url = models.URLField(_("address"), max_length=500, unique=True)
    title = models.CharField(_("title"), max_length=300, null=True, blank=True)  # noqa: DJ001 - unknown is not ""
    publisher = models.CharField(_("publisher"), max_length=200, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    published_on_precision = precision_field()

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["url"]
        constraints = [
            dated("source", "published_on", "published_on_precision"),
            models.CheckConstraint(
                name="source_url_is_web",
                condition=Q(url__regex=r"^https?://[^[:space:]/?#\[\]]+([/?#][^[:space:]]*)?$"),
                violation_error_message=_("The address must begin with https:// or http://."),
            ),
        ]

    def __str__(self):
        return self.title or f"{self.label} {self.path}"

    def clean(self):
        clean_dated(self, "published_on", "published_on_precision")

    @property
    def host(self):
        """The address's host without www, such as `dawn.com`."""
        return urlsplit(self.url).hostname.removeprefix("www.")

    @property
    def path(self):
        """The rest of the address, for telling two sources of one publisher apart."""
        return urlsplit(self.url).path[:80]

    @property
    def label(self):
        """What a page calls this source: its publisher, else the host of its address."""
        return self.publisher or self.host
