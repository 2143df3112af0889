"""Mistakes that readers report on a park's page. Nothing of it shows anywhere until a member of staff approves it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.querysets import CorrectionQuerySet

from .base import HourCount, tracked

MOST_TEXT = 2000


class CorrectionFact(models.TextChoices):
    """What on a park's page may be reported; the values are the columns of `Park` where the fact is one."""

    NAME = "name", _("Name")
    NAME_UR = "name_ur", _("Name in Urdu")
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    ADDRESS = "address", _("Address")
    HOST = "host", _("Host institution")
    PROGRAMME = "programme", _("Programme")
    PARTNERSHIP = "partnership_kind", _("Partnership")
    STAGE = "stage", _("Stage")
    AREA = "area", _("Covered area")
    AGREEMENT = "agreement", _("Agreement with host")
    WOMEN_ONLY = "women_only", _("Women only")
    POWER = "power_hours", _("Hours of power a day")
    GENERATOR = "generator", _("Generator")
    INTERNET = "internet_providers", _("Internet providers")
    LIFT = "lift", _("Lift")
    PRAYER_ROOM = "prayer_room", _("Prayer room")
    WASHROOM = "womens_washroom", _("Women's washroom")
    PARKING = "parking_spaces", _("Parking spaces")
    DESCRIPTION = "description", _("Description")
    PHOTO = "photo", _("Photos")
    SUITES = "suites", _("Suites")
    OTHER = "other", _("Something else")


class CorrectionState(models.TextChoices):
    """Where a report stands."""

    WAITING = "waiting", _("Being checked")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Not changed")


def next_reference():
    """SQL default: COR-2026-00001, … with the year in Karachi and one sequence for all years; never cut."""
    return Func(
        Value("parks_correction_reference"),
        template=(
            "'COR-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || "
            "to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"
        ),
        output_field=models.CharField(),
    )


# History can never be erased, and a person's data must be erasable: what the reporter wrote stays out of it. In
# return the trigger below keeps anyone from changing it.
AS_SENT = ("reference", "token", "park", "fact", "shown", "proposed", "known_from", "name", "email", "created_at")
PERSONAL = ("token", "proposed", "known_from", "name", "email")


@tracked(exclude=[*PERSONAL, "form_token"])
class Correction(models.Model):
    """One reported mistake, as sent, and what staff decided. `shown` is what the page said then, in words."""

    reference = models.CharField(
        _("reference"), max_length=30, unique=True, editable=False, db_default=next_reference()
    )
    # Whoever holds it may read the outcome.
    token = models.CharField(max_length=43, unique=True, editable=False)
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="corrections", verbose_name=_("park"))
    fact = models.CharField(_("fact"), max_length=20, choices=CorrectionFact)
    shown = models.TextField(_("shown then"), max_length=MOST_TEXT, blank=True, editable=False)
    proposed = models.TextField(_("said to be right"), max_length=MOST_TEXT)
    known_from = models.TextField(_("how it is known"), max_length=MOST_TEXT, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    created_at = models.DateTimeField(_("received"), editable=False, db_default=Now())
    # One a form: the same form sent again is the same report.
    form_token = models.UUIDField(unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=CorrectionState, default=CorrectionState.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_on = models.DateField(_("decided on"), null=True, blank=True, editable=False)
    answer = models.TextField(
        _("answer"), max_length=MOST_TEXT, blank=True, help_text=_("The reporter reads it on the page of the report.")
    )
    # Old and new value in words, as approved; empty when staff changed it by hand elsewhere.
    changed_from = models.TextField(_("value before"), max_length=5000, blank=True, editable=False)
    changed_to = models.TextField(_("value now"), max_length=5000, blank=True, editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reported mistake")
        verbose_name_plural = _("reported mistakes")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="correction_kinds_known",
                condition=Q(fact__in=CorrectionFact.values, state__in=CorrectionState.values),
                violation_error_message=_("Choose the fact from the list."),
            ),
            models.CheckConstraint(
                name="correction_says_something",
                condition=Q(proposed__regex=r"[^[:space:]]"),
                violation_error_message=_("Say what would be right."),
            ),
            models.CheckConstraint(
                name="correction_name_one_line",
                condition=~Q(name__regex=r"[[:cntrl:]]"),
                violation_error_message=_("The name must be one line of plain text."),
            ),
            models.CheckConstraint(
                name="correction_email_shape",
                condition=Q(email="") | Q(email__regex=r"^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$"),
                violation_error_message=_("Enter an e-mail address, like name@example.com."),
            ),
            models.CheckConstraint(
                name="correction_token_long",
                condition=Q(token__regex=r"^[A-Za-z0-9_-]{43}$"),  # noqa: S106
                violation_error_message=_("The token must be 43 letters and digits."),
            ),
            models.CheckConstraint(
                name="correction_decided_by_someone",
                condition=Q(
                    state=CorrectionState.WAITING,
                    decided_by__isnull=True,
                    decided_on__isnull=True,
                    answer="",
                    changed_from="",
                    changed_to="",
                )
                | Q(
                    state__in=[CorrectionState.ACCEPTED, CorrectionState.DECLINED],
                    decided_by__isnull=False,
                    decided_on__isnull=False,
                ),
                violation_error_message=_("A decision says by whom and when; a waiting report says neither."),
            ),
            models.CheckConstraint(
                name="correction_declined_with_reason",
                condition=~Q(state=CorrectionState.DECLINED) | Q(answer__regex=r"[^[:space:]]"),
                violation_error_message=_("Say why nothing is changed: the reporter reads it."),
            ),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="correction_waiting")]
        triggers = [pgtrigger.ReadOnly(name="correction_as_sent", fields=AS_SENT)]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        """The page of the outcome, for whoever holds the address."""
        return reverse("parks:correction", args=[self.token])


class CorrectionCount(HourCount):
    """How many reports one client sent in one hour."""

    class Meta(HourCount.Meta):
        pass
