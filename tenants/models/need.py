"""What firms look for and do not find: demand, counted by city and size."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import label_of, tracked, within_years
from tenants.querysets import NeedQuerySet

from .enquiry import one_line


class SizeBand(models.TextChoices):
    """How much space is needed, in net lettable sq ft."""

    DESKS = "desks", _("a few desks")
    UP_TO_500 = "up_to_500", _("up to 500 sq ft")
    UP_TO_1000 = "up_to_1000", _("500 to 1,000 sq ft")
    UP_TO_2500 = "up_to_2500", _("1,000 to 2,500 sq ft")
    UP_TO_5000 = "up_to_5000", _("2,500 to 5,000 sq ft")
    ABOVE_5000 = "above_5000", _("more than 5,000 sq ft")


# History can never be erased, and a person's data must be erasable: it stays out of it.
PERSONAL = ("name", "email", "company", "note")


@tracked(exclude=[*PERSONAL, "form_token"])
class SpaceNeed(models.Model):
    """Space that somebody needs in a city, as sent from the public pages. Name and address are for staff only."""

    city = models.ForeignKey("parks.City", models.PROTECT, related_name="space_needs", verbose_name=_("city"))
    size_band = models.CharField(_("space"), max_length=12, choices=SizeBand)
    needed_from = models.DateField(_("needed from"), null=True, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    company = models.CharField(_("company"), max_length=150, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    note = models.TextField(_("what matters"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("received"), editable=False, db_default=Now())
    # One a form: the same form sent again is the same need.
    form_token = models.UUIDField(unique=True, editable=False)
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)

    objects = NeedQuerySet.as_manager()
    get_size_band_display = label_of(SizeBand, "size_band")

    class Meta:
        verbose_name = _("need for space")
        verbose_name_plural = _("needs for space")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="need_size_known",
                condition=Q(size_band__in=SizeBand.values),
                violation_error_message=_("Choose a size from the list."),
            ),
            models.CheckConstraint(
                name="need_email_shape",
                condition=Q(email="") | Q(email__regex=r"^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$"),
                violation_error_message=_("Enter an e-mail address, like name@example.com."),
            ),
            one_line("need_name_one_line", "name", _("The name must be one line of plain text.")),
            one_line("need_company_one_line", "company", _("The company must be one line of plain text.")),
            within_years("need_year", "needed_from"),
        ]
        indexes = [models.Index(fields=["city", "size_band"], name="need_by_city_and_size")]
        triggers = [
            pgtrigger.ReadOnly(
                name="need_as_sent", fields=("city", "size_band", "needed_from", *PERSONAL, "created_at", "form_token")
            )
        ]

    def __str__(self):
        return f"{self.city}, {self.get_size_band_display()}"
