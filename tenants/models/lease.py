"""The deed: one company in one park. The offer is the lease; a signed one is never cancelled, it ends by dates."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from parks.models.base import MOST_PKR, in_order, label_of, tracked, within_years
from stp_portal.kit.private_files import PrivateStorage, random_name, validate_scan
from tenants.querysets import BLOCKING, LeaseDocumentQuerySet, LeaseQuerySet

from .lease_states import APPLICATION_FOLLOWS, COMPANY_RULE, DELETE_RULE, STATE_RULES, LeaseState


def next_number():
    """SQL default: L-00001, L-00002, … from a sequence; five digits at least, never cut."""
    return Func(
        Value("tenants_lease_number"),
        template="'L-' || to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')",
        output_field=models.CharField(),
    )


def money_field(label, **kwargs):
    """An amount in PKR; empty is unknown, zero is an amount."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, validators=[MinValueValidator(0)], **kwargs)


def up_to(name, field, most, message, least=0):
    """`field` is unknown or a number from `least` to `most`."""
    return models.CheckConstraint(
        name=name,
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": least, f"{field}__lte": most}),
        violation_error_message=message,
    )


@tracked()
class Lease(models.Model):
    """One company's lease in one park; its suites and days are `Letting` rows. All dates are inclusive days.

    `offer_deadline` is the last day on which the offer can be accepted, `vacated_on` the last day of occupation.
    """

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False, db_default=next_number())
    company = models.ForeignKey("tenants.Company", models.PROTECT, related_name="leases", verbose_name=_("company"))
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="leases", verbose_name=_("park"))
    state = models.CharField(_("state"), max_length=10, choices=LeaseState, default=LeaseState.DRAFT, editable=False)
    state_reason = models.CharField(_("reason for the state"), max_length=300, blank=True, editable=False)
    offered_on = models.DateField(_("offered on"), null=True, blank=True, editable=False)
    offer_deadline = models.DateField(_("offer open until"), null=True, blank=True, editable=False)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True, editable=False)
    # By the firm through its own link: then the database's clock decides whether it was in time.
    accepted_by_link = models.BooleanField(_("accepted through its link"), default=False, editable=False)
    application = models.ForeignKey(
        "tenants.Application",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="leases",
        editable=False,
        verbose_name=_("application"),
    )
    deed_on_file = models.BooleanField(_("deed on file"), default=False, editable=False)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signatory_company = models.CharField(_("signatory of the company"), max_length=200, blank=True)
    signatory_lessor = models.CharField(_("signatory of the lessor"), max_length=200, blank=True)
    permitted_use = models.CharField(_("permitted use"), max_length=300, blank=True)
    deposit_pkr = money_field(_("deposit, PKR"), null=True, blank=True)
    deposit_received_pkr = money_field(_("deposit received, PKR"), null=True, blank=True, editable=False)
    deposit_received_on = models.DateField(_("deposit received on"), null=True, blank=True, editable=False)
    notice_months = models.PositiveSmallIntegerField(_("notice, months"), null=True, blank=True)
    lock_in_months = models.PositiveSmallIntegerField(_("lock-in, months"), null=True, blank=True)
    due_day = models.PositiveSmallIntegerField(
        _("rent due on day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("Of the month. Without an agreed day the law of Punjab and Sindh says the 10th."),
    )
    escalation_percent = models.DecimalField(
        _("escalation, percent"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("By which the rent rises at each step."),
    )
    escalation_months = models.PositiveSmallIntegerField(
        _("escalation every, months"), null=True, blank=True, help_text=_("12 is every year, 36 every third year.")
    )
    registration_number = models.CharField(
        _("registration number of the deed"),
        max_length=60,
        blank=True,
        help_text=_("A lease of more than a year has to be registered."),
    )
    notice_given_on = models.DateField(_("notice given on"), null=True, blank=True, editable=False)
    vacated_on = models.DateField(_("last day of occupation"), null=True, blank=True, editable=False)
    renews = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="renewals",
        editable=False,
        verbose_name=_("renews"),
    )
    note = models.TextField(_("note of staff"), max_length=2000, blank=True, help_text=_("Never public."))
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)

    objects = LeaseQuerySet.as_manager()
    get_state_display = label_of(LeaseState, "state")

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")
        ordering = ["-pk"]
        constraints = [
            # Lettings repeat the lease's state and park, and these keys hold them equal.
            models.UniqueConstraint(fields=["id", "state"], name="lease_with_state"),
            models.UniqueConstraint(fields=["id", "park"], name="lease_with_park"),
            models.UniqueConstraint(
                fields=["renews"],
                condition=Q(state__in=BLOCKING),
                name="lease_renewed_once",
                violation_error_message=_("Another lease already renews that one."),
            ),
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(state__in=BLOCKING),
                name="lease_one_an_application",
                violation_error_message=_("This application has an offer already."),
            ),
            models.CheckConstraint(
                name="lease_deposit_received_whole",
                condition=Q(deposit_received_pkr__isnull=True, deposit_received_on__isnull=True)
                | Q(deposit_received_pkr__isnull=False, deposit_received_on__isnull=False),
                violation_error_message=_("A deposit received has its amount and its day."),
            ),
            up_to(
                "lease_deposit_received_not_negative",
                "deposit_received_pkr",
                MOST_PKR,
                _("The deposit cannot be negative."),
            ),
            models.CheckConstraint(
                name="lease_renews_another",
                condition=Q(renews__isnull=True) | ~Q(renews=F("pk")),
                violation_error_message=_("A lease cannot renew itself."),
            ),
            models.CheckConstraint(
                name="lease_state_known",
                condition=Q(state__in=LeaseState.values),
                violation_error_message=_("Choose a state from the list."),
            ),
            models.CheckConstraint(
                name="lease_offer_has_deadline",
                condition=~Q(state=LeaseState.OFFERED) | Q(offered_on__isnull=False, offer_deadline__isnull=False),
                violation_error_message=_("An offer says when it was made and until when it can be accepted."),
            ),
            in_order("lease_offer_in_order", "offered_on", "offer_deadline", _("The offer ends before it is made.")),
            models.CheckConstraint(
                name="lease_accepted_when",
                condition=~Q(state=LeaseState.ACCEPTED) | Q(accepted_on__isnull=False),
                violation_error_message=_("Say when the offer was accepted."),
            ),
            models.CheckConstraint(
                name="lease_deed_has_its_day",
                condition=Q(deed_on_file=False, signed_on__isnull=True)
                | Q(deed_on_file=True, signed_on__isnull=False, state=LeaseState.SIGNED),
                violation_error_message=_(
                    "A deed on file has the day on which it was signed; without one there is none."
                ),
            ),
            models.CheckConstraint(
                name="lease_without_deed_says_why",
                condition=~Q(state=LeaseState.SIGNED) | Q(deed_on_file=True) | Q(state_reason__regex=r"[^[:space:]]"),
                violation_error_message=_("Say why there is no deed: the company occupies without an agreement."),
            ),
            models.CheckConstraint(
                name="lease_notice_of_a_signed_one",
                condition=Q(notice_given_on__isnull=True, vacated_on__isnull=True) | Q(state=LeaseState.SIGNED),
                violation_error_message=_("Only a signed lease is given notice on or vacated."),
            ),
            models.CheckConstraint(
                name="lease_reason_to_withdraw",
                condition=~Q(state=LeaseState.WITHDRAWN) | Q(state_reason__regex=r"[^[:space:]]"),
                violation_error_message=_("Say why the lease is withdrawn."),
            ),
            models.CheckConstraint(
                name="lease_escalation_whole",
                condition=Q(escalation_percent__isnull=True, escalation_months__isnull=True)
                | Q(
                    escalation_percent__isnull=False,
                    escalation_months__isnull=False,
                    escalation_percent__gt=0,
                    escalation_percent__lte=100,
                    escalation_months__gte=1,
                    escalation_months__lte=120,
                ),
                violation_error_message=_(
                    "An escalation is a percent above 0 up to 100 and an interval of 1 to 120 months, or neither."
                ),
            ),
            up_to("lease_deposit_not_negative", "deposit_pkr", MOST_PKR, _("The deposit cannot be negative.")),
            up_to("lease_notice_months", "notice_months", 60, _("The notice is from 0 to 60 months.")),
            up_to("lease_lock_in_months", "lock_in_months", 600, _("The lock-in is from 0 to 600 months.")),
            up_to("lease_due_day", "due_day", 31, _("The rent is due on a day from 1 to 31."), least=1),
            within_years(
                "lease_years",
                "offered_on",
                "offer_deadline",
                "accepted_on",
                "signed_on",
                "deposit_received_on",
                "notice_given_on",
                "vacated_on",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "offer_deadline"], name="lease_by_state"),
            models.Index(fields=["signed_on"], name="lease_by_signed"),
            # Who moves out soon: what becomes free is sought from here.
            models.Index(fields=["vacated_on"], condition=Q(state="signed"), name="lease_by_vacated"),
            # As on suites: `load_demo --clear` and its guards ask for them.
            models.Index(fields=["id"], condition=Q(demo=True), name="lease_of_demonstration"),
            models.Index(fields=["park"], condition=Q(state="signed", deed_on_file=False), name="lease_without_deed"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lease_company_there",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("company_id"),
                func=COMPANY_RULE,
            ),
            pgtrigger.Trigger(
                name="lease_state_path",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "demo"),
                func=STATE_RULES,
            ),
            pgtrigger.Trigger(
                name="lease_application_follows",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state"),
                func=APPLICATION_FOLLOWS,
            ),
            pgtrigger.Trigger(
                name="lease_only_drafts_deleted",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func=DELETE_RULE,
            ),
        ]

    def __str__(self):
        return self.number

    def clean(self):
        if (self.escalation_percent is None) != (self.escalation_months is None):
            missing = "escalation_percent" if self.escalation_percent is None else "escalation_months"
            raise ValidationError({missing: _("An escalation needs both its percent and its interval in months.")})
        if self.signed_on and not self.deed_on_file:
            raise ValidationError({"signed_on": _("The day of signing is recorded with the deed: sign the lease.")})
        if self.deed_on_file and not self.signed_on:
            raise ValidationError({"signed_on": _("A deed on file has the day on which it was signed.")})


class DocumentKind(models.TextChoices):
    """What a private scan shows."""

    DEED = "deed", _("Deed")
    OFFER = "offer", _("Offer letter")
    NOTICE = "notice", _("Notice")
    HANDOVER = "handover", _("Handover record")
    OTHER = "other", _("Other paper")


@tracked()
class LeaseDocument(models.Model):
    """A private scan that belongs to a lease. It has no address of its own."""

    lease = models.ForeignKey(Lease, models.CASCADE, related_name="documents", verbose_name=_("lease"))
    kind = models.CharField(_("kind"), max_length=10, choices=DocumentKind)
    dated_on = models.DateField(_("dated"), null=True, blank=True)
    scan = models.FileField(
        _("scan"),
        storage=PrivateStorage(),
        upload_to=random_name,
        max_length=200,
        validators=[validate_scan],
        help_text=_("PDF, PNG or JPEG up to 10 MB. Staff only."),
    )
    scan_name = models.CharField(_("name of the scan"), max_length=200, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = LeaseDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["lease", "pk"]
        constraints = [
            models.CheckConstraint(
                name="leasedocument_kind_known",
                condition=Q(kind__in=DocumentKind.values),
                violation_error_message=_("Choose a kind from the list."),
            ),
            within_years("leasedocument_years", "dated_on"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.dated_on or ''}".strip()
