"""Papers between PSEB (or the body named in `parties`) and the host. Never a lease: that is a tenant's."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parks.querysets import AgreementQuerySet
from stp_portal.kit.private_files import PrivateStorage, random_name, validate_scan

from .base import MOST_SQFT, clean_dated, dated, in_order, precision_field, tracked, within_years


class AgreementKind(models.TextChoices):
    MOU = "mou", _("MoU")
    FRAMEWORK_MOU = "framework_mou", _("Framework MoU")
    CONTRACT = "contract", _("Contract")
    HEAD_LEASE = "head_lease", _("Head lease")
    DESIGNATION = "designation", _("Designation")


@tracked()
class HostAgreement(models.Model):
    """One paper about a park. `expiry_date` is its last day. The scan is private and never leaves."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="agreements", verbose_name=_("park"))
    kind = models.CharField(_("kind"), max_length=20, choices=AgreementKind)
    parties = models.CharField(_("parties"), max_length=300, help_text=_("Separated by semicolons."))
    signatory = models.CharField(_("signatory"), max_length=200, blank=True)
    authority = models.CharField(
        _("signatory's authority"), max_length=300, blank=True, help_text=_("The paper that lets them sign.")
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signed_on_precision = precision_field()
    effective_date = models.DateField(_("effective from"), null=True, blank=True)
    expiry_date = models.DateField(_("expires on"), null=True, blank=True, help_text=_("The last day."))
    committed_area_sqft = models.DecimalField(
        _("committed area, sq ft"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(1, _("The area must be 1 sq ft or more."))],
    )
    scan = models.FileField(
        _("scan"),
        storage=PrivateStorage(),
        upload_to=random_name,
        max_length=200,
        blank=True,
        validators=[validate_scan],
        help_text=_("PDF, PNG or JPEG up to 10 MB. Staff only."),
    )
    scan_name = models.CharField(_("name of the scan"), max_length=200, blank=True, editable=False)
    source = models.ForeignKey("parks.Source", models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    note = models.CharField(_("note"), max_length=500, blank=True, help_text=_("Shown on the public page."))

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement with host")
        verbose_name_plural = _("agreements with hosts")
        ordering = ["park", "signed_on", "pk"]
        constraints = [
            dated("agreement", "signed_on", "signed_on_precision"),
            within_years("agreement_years", "effective_date", "expiry_date"),
            in_order(
                "agreement_dates_in_order",
                "effective_date",
                "expiry_date",
                _("The agreement expires before it takes effect."),
            ),
            models.CheckConstraint(
                name="agreement_parties_given",
                condition=Q(parties__regex=r"[^[:space:]]"),
                violation_error_message=_("Name the parties."),
            ),
            models.CheckConstraint(
                name="agreement_kind_known",
                condition=Q(kind__in=AgreementKind.values),
                violation_error_message=_("Choose a kind from the list."),
            ),
            models.CheckConstraint(
                name="agreement_area_above_0",
                condition=Q(committed_area_sqft__isnull=True)
                | Q(committed_area_sqft__gt=0, committed_area_sqft__lte=MOST_SQFT),
                violation_error_message=_("The committed area must be above 0 sq ft."),
            ),
        ]
        indexes = [models.Index(fields=["expiry_date"], name="agreement_by_expiry")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.parties}"

    def clean(self):
        clean_dated(self, "signed_on", "signed_on_precision")
        if self.effective_date and self.expiry_date and self.expiry_date < self.effective_date:
            raise ValidationError({"expiry_date": _("The agreement expires before it takes effect.")})

    @property
    def party_names(self):
        """The parties as a list of names."""
        return [name.strip() for name in self.parties.split(";") if name.strip()]
