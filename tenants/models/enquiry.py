"""Questions and visit requests from the public pages. What a sender wrote never appears on a public page."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Length, Now
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from parks.models.base import HourCount, tracked, within_years
from tenants.querysets import EnquiryQuerySet

MOST_MESSAGE = 3000


class EnquiryKind(models.TextChoices):
    """What the sender wants."""

    QUESTION = "question", _("A question")
    VISIT = "visit", _("A visit to the park")


class EnquiryState(models.TextChoices):
    """Where it stands at the desk. Closed without an answer: spam, a double, withdrawn."""

    NEW = "new", _("New")
    ANSWERED = "answered", _("Answered")
    CLOSED = "closed", _("Closed")


def next_reference():
    """SQL default: ENQ-2026-00001, … with the year in Karachi and one sequence for all years; never cut."""
    return Func(
        Value("tenants_enquiry_reference"),
        template=(
            "'ENQ-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || "
            "to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"
        ),
        output_field=models.CharField(),
    )


def one_line(name, field, message):
    """No control character, line breaks included, stands in `field`."""
    return models.CheckConstraint(
        name=name, condition=~Q(**{f"{field}__regex": r"[[:cntrl:]]"}), violation_error_message=message
    )


# History can never be erased, and a person's data must be erasable: what the sender wrote stays out of it. In
# return the trigger below keeps anyone from changing it.
AS_SENT = ("kind", "name", "email", "phone", "company", "preferred_day", "message", "created_at", "reference")
PERSONAL = ("name", "email", "phone", "company", "message")


@tracked(exclude=[*PERSONAL, "form_token"])
class Enquiry(models.Model):
    """One question or visit request about a listed park, as sent, and what staff did with it."""

    reference = models.CharField(
        _("reference"), max_length=30, unique=True, editable=False, db_default=next_reference()
    )
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="enquiries", verbose_name=_("park"))
    kind = models.CharField(_("kind"), max_length=10, choices=EnquiryKind)
    name = models.CharField(_("name"), max_length=100)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    company = models.CharField(_("company"), max_length=150, blank=True)
    preferred_day = models.DateField(_("preferred day"), null=True, blank=True)
    message = models.TextField(_("message"), max_length=MOST_MESSAGE)
    created_at = models.DateTimeField(_("received"), editable=False, db_default=Now())
    # One a form: the same form sent again is the same enquiry.
    form_token = models.UUIDField(unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=EnquiryState, default=EnquiryState.NEW)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    staff_note = models.TextField(
        _("note of staff"), max_length=2000, blank=True, help_text=_("For staff only; kept in the history.")
    )

    objects = EnquiryQuerySet.as_manager()

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="enquiry_kind_known",
                condition=Q(kind__in=EnquiryKind.values),
                violation_error_message=_("Choose a question or a visit."),
            ),
            models.CheckConstraint(
                name="enquiry_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Enter your name."),
            ),
            one_line("enquiry_name_one_line", "name", _("The name must be one line of plain text.")),
            one_line("enquiry_phone_one_line", "phone", _("The phone number must be one line of plain text.")),
            one_line("enquiry_company_one_line", "company", _("The company must be one line of plain text.")),
            models.CheckConstraint(
                name="enquiry_email_shape",
                condition=Q(email__regex=r"^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$"),
                violation_error_message=_("Enter an e-mail address, like name@example.com."),
            ),
            models.CheckConstraint(
                name="enquiry_message_given",
                condition=Q(message__regex=r"[^[:space:]]")
                & Q(LessThanOrEqual(Length("message"), Value(MOST_MESSAGE))),
                violation_error_message=_("Write a message of 3,000 characters or fewer."),
            ),
            models.CheckConstraint(
                name="enquiry_day_for_a_visit",
                condition=Q(preferred_day__isnull=True) | Q(kind=EnquiryKind.VISIT),
                violation_error_message=_("A preferred day goes with a visit."),
            ),
            within_years("enquiry_day_year", "preferred_day"),
            models.CheckConstraint(
                name="enquiry_answered_by_someone",
                condition=Q(state=EnquiryState.NEW, answered_by__isnull=True, answered_on__isnull=True)
                | Q(state=EnquiryState.CLOSED, answered_by__isnull=True, answered_on__isnull=True)
                | Q(
                    state__in=[EnquiryState.ANSWERED, EnquiryState.CLOSED],
                    answered_by__isnull=False,
                    answered_on__isnull=False,
                ),
                violation_error_message=_("An answered enquiry says by whom and when; a new one says neither."),
            ),
            within_years("enquiry_answered_year", "answered_on"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="enquiry_waiting")]
        triggers = [pgtrigger.ReadOnly(name="enquiry_as_sent", fields=AS_SENT)]

    def __str__(self):
        return self.reference


class EnquiryCount(HourCount):
    """How many enquiries and needs one client sent in one hour."""

    class Meta(HourCount.Meta):
        pass
