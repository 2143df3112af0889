"""Letters: templates with versions, and each letter as it was issued, with its file and its checksum."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import HourCount, label_of, tracked
from stp_portal.kit.private_files import PrivateStorage, random_name
from tenants.querysets import LetterQuerySet

from .enquiry import one_line


class LetterKind(models.TextChoices):
    """What a letter says."""

    ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
    OFFER = "offer", _("Offer")
    ALLOTMENT = "allotment", _("Allotment")
    REGRET = "regret", _("Regret")
    RENEWAL = "renewal", _("Renewal")
    TERMINATION = "termination", _("Termination")


def next_letter():
    """SQL default: LTR-2026-00001, … with the year in Karachi and one sequence for all years; never cut."""
    return Func(
        Value("tenants_letter_number"),
        template=(
            "'LTR-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || "
            "to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"
        ),
        output_field=models.CharField(),
    )


@tracked()
class LetterTemplate(models.Model):
    """One version of the words of one kind of letter; the highest version is the one in use. Never changed."""

    kind = models.CharField(_("letter"), max_length=15, choices=LetterKind)
    version = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=10_000)
    made_at = models.DateTimeField(_("made"), editable=False, db_default=Now())
    # None: the words that came with the portal.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    reason = models.CharField(_("why it was changed"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        ordering = ["kind", "-version"]
        default_permissions = ("view", "add")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="template_version_once",
                violation_error_message=_("Somebody made the next version meanwhile."),
            ),
            models.CheckConstraint(
                name="template_kind_known",
                condition=Q(kind__in=LetterKind.values, version__gte=1),
                violation_error_message=_("Choose a letter from the list."),
            ),
            one_line("template_subject_one_line", "subject", _("The subject must be one line of plain text.")),
        ]
        triggers = [pgtrigger.Protect(name="template_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_kind_display()}, version {self.version}"


@tracked(exclude=["code"])
class Letter(models.Model):
    """One letter as issued: exactly this file, of this checksum, was sent. It belongs to an application, a lease, or
    both. `code` is what `/verify/` asks for; only allotments have one."""

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False, db_default=next_letter())
    kind = models.CharField(_("letter"), max_length=15, choices=LetterKind)
    template = models.ForeignKey(LetterTemplate, models.PROTECT, related_name="+", verbose_name=_("template"))
    application = models.ForeignKey(
        "tenants.Application",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="letters",
        verbose_name=_("application"),
    )
    lease = models.ForeignKey(
        "tenants.Lease", models.PROTECT, null=True, blank=True, related_name="letters", verbose_name=_("lease")
    )
    file = models.FileField(_("file"), storage=PrivateStorage(), upload_to=random_name, max_length=200)
    checksum = models.CharField(_("SHA-256"), max_length=64)
    size_bytes = models.PositiveIntegerField(_("size, bytes"))
    code = models.CharField(max_length=16, blank=True)
    issued_at = models.DateTimeField(_("issued"), db_default=Now())
    # None: issued by a date or by the firm's own step.
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("issued by")
    )
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)

    objects = LetterQuerySet.as_manager()
    get_kind_display = label_of(LetterKind, "kind")

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-issued_at", "-pk"]
        default_permissions = ("view", "add")
        constraints = [
            models.CheckConstraint(
                name="letter_kind_known",
                condition=Q(kind__in=LetterKind.values),
                violation_error_message=_("Choose a letter from the list."),
            ),
            models.CheckConstraint(
                name="letter_about_something",
                condition=Q(application__isnull=False) | Q(lease__isnull=False),
                violation_error_message=_("A letter belongs to an application or to a lease."),
            ),
            models.CheckConstraint(
                name="letter_code_of_allotments",
                condition=Q(kind=LetterKind.ALLOTMENT, code__regex=r"^[A-Z2-9]{16}$", lease__isnull=False)
                | (~Q(kind=LetterKind.ALLOTMENT) & Q(code="")),
                violation_error_message=_("An allotment has a code, and no other letter."),
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="letter_code_once",
                violation_error_message=_("This code is in use."),
            ),
            models.CheckConstraint(
                name="letter_checksum_shape",
                condition=Q(checksum__regex=r"^[0-9a-f]{64}$"),
                violation_error_message=_("The checksum is 64 hexadecimal digits."),
            ),
        ]
        indexes = [
            models.Index(F("issued_at").desc(), F("id").desc(), name="letter_by_age"),
            models.Index(fields=["kind"], name="letter_by_kind"),
        ]
        triggers = [
            pgtrigger.Protect(name="letter_as_issued", operation=pgtrigger.Update),
            pgtrigger.Protect(name="letter_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__demo=False)),
        ]

    def __str__(self):
        return self.number


class VerifyCount(HourCount):
    """How many codes one client asked about in one hour."""

    class Meta(HourCount.Meta):
        pass
