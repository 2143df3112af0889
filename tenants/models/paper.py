"""Papers that firms send with an application, what is asked for, and drafts that are not sent yet."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import HourCount, label_of, tracked, within_years
from stp_portal.kit.private_files import PrivateStorage, random_name, validate_scan
from tenants.querysets import OfApplicationQuerySet

from .application_parts import this_moment
from .enquiry import one_line


class PaperKind(models.TextChoices):
    """What a paper shows."""

    INCORPORATION = "incorporation", _("Certificate of incorporation or of firm registration")
    NTN = "ntn", _("Tax registration certificate")
    PSEB = "pseb", _("PSEB registration certificate")
    PROFILE = "profile", _("Company profile")
    BANK = "bank", _("Account letter of the bank")
    OTHER = "other", _("Another paper")


class PaperFinding(models.TextChoices):
    """What staff found."""

    NEW = "new", _("Not looked at yet")
    GOOD = "good", _("Accepted")
    BAD = "bad", _("Not accepted")


class ApplicationDraft(models.Model):
    """An application that is being filled in. `answers` holds what each step said; erased once it is sent or old."""

    token = models.CharField(max_length=43, unique=True)
    number = models.UUIDField(unique=True, default=uuid.uuid4)
    answers = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    # What became of it; the same draft sent again leads there.
    application = models.OneToOneField(
        "tenants.Application", models.CASCADE, null=True, blank=True, related_name="draft"
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="draft_token_long",
                condition=Q(token__regex=r"^[A-Za-z0-9_-]{43}$"),  # noqa: S106
            ),
        ]
        indexes = [models.Index(fields=["updated_at"], name="draft_by_age")]

    def __str__(self):
        return str(self.number)


@tracked()
class PaperRequest(models.Model):
    """A paper that staff asked for. `due_on` is the last day; `closed_at` is when one came that is good or when the
    request was taken back."""

    application = models.ForeignKey(
        "tenants.Application", models.CASCADE, related_name="requests", verbose_name=_("application")
    )
    kind = models.CharField(_("paper"), max_length=15, choices=PaperKind)
    words = models.CharField(_("what is needed"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked"), db_default=this_moment())
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    due_on = models.DateField(_("until"))
    reminded_on = models.DateField(_("reminded on"), null=True, blank=True)
    closed_at = models.DateTimeField(_("settled"), null=True, blank=True)

    objects = OfApplicationQuerySet.as_manager()
    get_kind_display = label_of(PaperKind, "kind")

    class Meta:
        verbose_name = _("paper asked for")
        verbose_name_plural = _("papers asked for")
        ordering = ["application", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="request_kind_known",
                condition=Q(kind__in=PaperKind.values),
                violation_error_message=_("Choose a paper from the list."),
            ),
            models.UniqueConstraint(
                fields=["application", "kind"],
                condition=Q(closed_at__isnull=True) & ~Q(kind=PaperKind.OTHER),
                name="request_open_once",
                violation_error_message=_("This paper has been asked for already."),
            ),
            within_years("request_years", "due_on", "reminded_on"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(closed_at__isnull=True), name="request_open_by_due")]

    def __str__(self):
        return self.get_kind_display()


@tracked(exclude=["name", "note"])
class ApplicationPaper(models.Model):
    """A private file that a firm sent. It has no address of its own. `valid_until` is the paper's last day."""

    draft = models.ForeignKey(ApplicationDraft, models.CASCADE, null=True, blank=True, related_name="papers")
    application = models.ForeignKey(
        "tenants.Application",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name=_("application"),
    )
    request = models.ForeignKey(
        PaperRequest, models.SET_NULL, null=True, blank=True, related_name="papers", verbose_name=_("asked for")
    )
    kind = models.CharField(_("paper"), max_length=15, choices=PaperKind)
    file = models.FileField(
        _("file"), storage=PrivateStorage(), upload_to=random_name, max_length=200, validators=[validate_scan]
    )
    name = models.CharField(_("name of the file"), max_length=200)
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    pages = models.PositiveSmallIntegerField(_("pages"))
    checksum = models.CharField(_("SHA-256"), max_length=64)
    received_at = models.DateTimeField(_("received"), db_default=this_moment())
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    finding = models.CharField(_("finding"), max_length=5, choices=PaperFinding, default=PaperFinding.NEW)
    finding_reason = models.CharField(_("why, as the firm reads it"), max_length=500, blank=True)
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    found_on = models.DateField(_("looked at on"), null=True, blank=True)

    objects = OfApplicationQuerySet.as_manager()
    get_kind_display = label_of(PaperKind, "kind")

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["received_at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="paper_belongs_somewhere",
                condition=Q(draft__isnull=False, application__isnull=True)
                | Q(draft__isnull=True, application__isnull=False),
                violation_error_message=_("A paper belongs to a draft or to an application."),
            ),
            models.CheckConstraint(
                name="paper_kinds_known",
                condition=Q(kind__in=PaperKind.values, finding__in=PaperFinding.values),
                violation_error_message=_("Choose from the lists."),
            ),
            models.CheckConstraint(
                name="paper_finding_whole",
                condition=Q(finding=PaperFinding.NEW, found_by__isnull=True, found_on__isnull=True, finding_reason="")
                | Q(finding=PaperFinding.GOOD, found_by__isnull=False, found_on__isnull=False)
                | Q(
                    finding=PaperFinding.BAD,
                    found_by__isnull=False,
                    found_on__isnull=False,
                    finding_reason__regex=r"[^[:space:]]",
                ),
                violation_error_message=_("Say why the paper is not accepted: the firm reads it."),
            ),
            one_line("paper_name_one_line", "name", _("The name must be one line of plain text.")),
            within_years("paper_years", "valid_until", "found_on"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="paper_as_sent", fields=("kind", "file", "name", "size_bytes", "pages", "checksum", "received_at")
            )
        ]

    def __str__(self):
        return self.get_kind_display()


class ApplicationCount(HourCount):
    """How many drafts, applications, papers and messages one client sent in one hour."""

    class Meta(HourCount.Meta):
        pass
