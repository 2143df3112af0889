"""A firm's application for space: what it says of itself and needs, and where it stands. A queue forms of these."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.models.base import MOST_PKR, MOST_SQFT, label_of, tracked, within_years, words_field
from tenants.company_numbers import NTN, PSEB, SECP
from tenants.querysets import ApplicationQuerySet

from .application_states import (
    BAND_LIMITS,
    STATE_RULES,
    TIMELINE,
    Actor,
    ApplicationState,
    DeclineCode,
    QueueBand,
)
from .company import Activity, shaped
from .enquiry import one_line
from .lease import up_to

MOST_SEATS, MOST_TEAM, MOST_MONTHS = 5_000, 100_000, 120


def next_reference():
    """SQL default: STP-2026-00001, … with the year in Karachi and one sequence for all years; never cut."""
    return Func(
        Value("tenants_application_reference"),
        template=(
            "'STP-' || to_char(now() AT TIME ZONE 'Asia/Karachi', 'YYYY') || '-' || "
            "to_char(nextval(%(expressions)s::regclass), 'FM9999999900000')"
        ),
        output_field=models.CharField(),
    )


# History can never be erased, and a person's data must be erasable: it stays out of it.
PERSONAL = (
    *("token", "form_token", "company_name", "secp_number", "ntn", "pseb_number", "website", "needs_note"),
    *("contact_name", "contact_role", "email", "phone", "staff_note"),
)
# What came from the firm stays as it was sent.
AS_SENT = (
    *("reference", "token", "form_token", "created_at", "company_name", "secp_number", "secp_expiry_date", "ntn"),
    *("ntn_expiry_date", "pseb_number", "pseb_expiry_date", "activity", "website", "wanted_area_sqft", "wanted_seats"),
    *("move_in", "months", "budget_pkr", "team_size", "women_staff", "power_hours", "generator", "internet_mbps"),
    *("needs_note", "contact_name", "contact_role", "email", "phone"),
)


@tracked(exclude=[*PERSONAL, "band", "words"])
class Application(models.Model):
    """One application, as sent, and what became of it. Dates are inclusive days, areas net lettable sq ft, money PKR
    a month in all. `complete_on` is the day that decides the place in the queue; it is given once and kept."""

    reference = models.CharField(
        _("reference"), max_length=30, unique=True, editable=False, db_default=next_reference()
    )
    # Whoever holds it may follow the application and answer an offer.
    token = models.CharField(max_length=43, unique=True, editable=False)
    # One a draft: the same draft sent again is the same application.
    form_token = models.UUIDField(unique=True, editable=False)
    created_at = models.DateTimeField(_("received"), editable=False, db_default=Now())

    company_name = models.CharField(_("name of the firm"), max_length=200)
    secp_number = models.CharField(_("SECP number"), max_length=20, blank=True)
    secp_expiry_date = models.DateField(_("SECP registration valid until"), null=True, blank=True)
    ntn = models.CharField(_("NTN"), max_length=20, blank=True)
    ntn_expiry_date = models.DateField(_("tax registration valid until"), null=True, blank=True)
    pseb_number = models.CharField(_("PSEB registration number"), max_length=30, blank=True)
    pseb_expiry_date = models.DateField(_("PSEB registration valid until"), null=True, blank=True)
    activity = models.CharField(_("activity"), max_length=20, choices=Activity)
    website = models.URLField(_("website"), max_length=300, blank=True)

    # One of the two: an area, or desks in a shared hall.
    wanted_area_sqft = models.PositiveIntegerField(_("area needed, sq ft"), null=True, blank=True)
    wanted_seats = models.PositiveSmallIntegerField(_("desks needed"), null=True, blank=True)
    move_in = models.DateField(_("wants to move in on"))
    months = models.PositiveSmallIntegerField(_("for how many months"))
    budget_pkr = models.DecimalField(
        _("budget a month, PKR"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    team_size = models.PositiveIntegerField(_("people who will work there"))
    women_staff = models.PositiveIntegerField(_("women among them"), null=True, blank=True)
    power_hours = models.PositiveSmallIntegerField(
        _("hours of power a day needed"), null=True, blank=True, validators=[MaxValueValidator(24)]
    )
    generator = models.BooleanField(_("needs a generator"), default=False)
    internet_mbps = models.PositiveIntegerField(_("internet needed, Mbit/s"), null=True, blank=True)
    needs_note = models.TextField(_("what else matters"), max_length=1000, blank=True)
    band = models.GeneratedField(
        expression=Case(
            When(wanted_seats__isnull=False, then=Value(QueueBand.DESKS.value)),
            *(When(wanted_area_sqft__lte=most, then=Value(band.value)) for band, most in BAND_LIMITS),
            default=Value(QueueBand.ABOVE_5000.value),
        ),
        output_field=models.CharField(_("size band"), max_length=12, choices=QueueBand),
        db_persist=True,
    )

    contact_name = models.CharField(_("contact"), max_length=100)
    contact_role = models.CharField(_("role of the contact"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = models.CharField(_("phone"), max_length=20)

    state = models.CharField(
        _("state"), max_length=12, choices=ApplicationState, default=ApplicationState.SUBMITTED, editable=False
    )
    # Of the present state: since when, who brought it about, why (the firm reads it), and the decision behind it.
    state_at = models.DateTimeField(_("in this state since"), editable=False, db_default=Now())
    state_by = models.CharField(max_length=5, choices=Actor, default=Actor.FIRM, editable=False)
    state_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    state_reason = models.CharField(_("reason, as the firm reads it"), max_length=1000, blank=True, editable=False)
    state_code = models.CharField(_("reason code"), max_length=15, blank=True, editable=False)
    state_minute = models.CharField(_("number of the minute"), max_length=60, blank=True, editable=False)
    state_decided_on = models.DateField(_("decided on"), null=True, blank=True, editable=False)
    complete_on = models.DateField(_("complete on"), null=True, blank=True, editable=False)

    # "Still interested?": the day from which the next question counts, and what has been asked since without answer.
    interest_since = models.DateField(_("interest confirmed on"), null=True, blank=True, editable=False)
    interest_asked = models.PositiveSmallIntegerField(_("times asked"), default=0, editable=False)
    interest_asked_on = models.DateField(_("last asked on"), null=True, blank=True, editable=False)

    company = models.ForeignKey(
        "tenants.Company",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        editable=False,
        verbose_name=_("company in the register"),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    staff_note = models.TextField(_("note of staff"), max_length=2000, blank=True, help_text=_("Never public."))
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    words = words_field("company_name", "secp_number", "ntn", "pseb_number", "contact_name")

    objects = ApplicationQuerySet.as_manager()
    get_activity_display = label_of(Activity, "activity")
    get_band_display = label_of(QueueBand, "band")
    get_state_display = label_of(ApplicationState, "state")

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="application_kinds_known",
                condition=Q(state__in=ApplicationState.values, state_by__in=Actor.values, activity__in=Activity.values),
                violation_error_message=_("Choose from the lists."),
            ),
            models.CheckConstraint(
                name="application_names_given",
                condition=Q(company_name__regex=r"[^[:space:]]", contact_name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the name of the firm and of a person there."),
            ),
            *(
                one_line(f"application_{field}_one_line", field, _("This must be one line of plain text."))
                for field in ("company_name", "contact_name", "contact_role", "email", "website")
            ),
            models.CheckConstraint(
                name="application_email_shape",
                condition=Q(email__regex=r"^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$"),
                violation_error_message=_("Enter an e-mail address, like name@example.com."),
            ),
            models.CheckConstraint(
                name="application_phone_shape",
                condition=Q(phone__regex=r"^\+[1-9][0-9]{5,14}$"),
                violation_error_message=_("Give the phone number with its area code, like 042 111 111 459."),
            ),
            models.CheckConstraint(
                name="application_token_long",
                condition=Q(token__regex=r"^[A-Za-z0-9_-]{43}$"),  # noqa: S106
                violation_error_message=_("The token must be 43 letters and digits."),
            ),
            shaped("application_secp", "secp_number", SECP, _("The SECP number is seven digits, like 0123456.")),
            shaped("application_ntn", "ntn", NTN, _("The NTN is seven digits and a check digit, like 1234567-8.")),
            shaped("application_pseb", "pseb_number", PSEB, _("Write the PSEB number like Z-25-12345/26.")),
            models.CheckConstraint(
                name="application_website_is_web",
                condition=Q(website="") | Q(website__regex=r"^https?://[^[:space:]]+$"),
                violation_error_message=_("The website must begin with https:// or http://."),
            ),
            models.CheckConstraint(
                name="application_area_or_desks",
                condition=Q(
                    wanted_area_sqft__isnull=False,
                    wanted_seats__isnull=True,
                    wanted_area_sqft__gte=1,
                    wanted_area_sqft__lte=MOST_SQFT,
                )
                | Q(
                    wanted_area_sqft__isnull=True,
                    wanted_seats__isnull=False,
                    wanted_seats__gte=1,
                    wanted_seats__lte=MOST_SEATS,
                ),
                violation_error_message=_("Say either how much area or how many desks are needed."),
            ),
            models.CheckConstraint(
                name="application_months",
                condition=Q(months__gte=1, months__lte=MOST_MONTHS),
                violation_error_message=_("The months must be a number from 1 to 120."),
            ),
            models.CheckConstraint(
                name="application_team",
                condition=Q(team_size__gte=1, team_size__lte=MOST_TEAM)
                & (Q(women_staff__isnull=True) | Q(women_staff__lte=F("team_size"))),
                violation_error_message=_("Women are among the people who will work there."),
            ),
            up_to("application_power", "power_hours", 24, _("A day has 24 hours.")),
            up_to("application_internet", "internet_mbps", 1_000_000, _("The internet is up to 1,000,000 Mbit/s.")),
            up_to("application_budget", "budget_pkr", MOST_PKR, _("The budget cannot be negative.")),
            models.CheckConstraint(
                name="application_complete_when_in_queue",
                condition=~Q(state__in=["waiting", "offered", "allotted"]) | Q(complete_on__isnull=False),
                violation_error_message=_("An application in the queue has the day on which it was complete."),
            ),
            models.CheckConstraint(
                name="application_declined_with_reason",
                condition=~Q(state=ApplicationState.DECLINED)
                | Q(
                    state_code__in=DeclineCode.values,
                    state_reason__regex=r"[^[:space:]]",
                    state_minute__regex=r"[^[:space:]]",
                    state_decided_on__isnull=False,
                ),
                violation_error_message=_("A refusal has its reason, the number of its minute and its day."),
            ),
            models.CheckConstraint(
                name="application_interest_whole",
                condition=Q(interest_asked=0, interest_asked_on__isnull=True)
                | Q(interest_asked__gte=1, interest_asked__lte=3, interest_asked_on__isnull=False),
                violation_error_message=_("What was asked has its day."),
            ),
            within_years(
                "application_years",
                *("secp_expiry_date", "ntn_expiry_date", "pseb_expiry_date", "move_in", "state_decided_on"),
                *("complete_on", "interest_since", "interest_asked_on"),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "state_at"], name="application_by_state"),
            models.Index(fields=["created_at", "id"], name="application_by_age"),
            models.Index(fields=["band", "complete_on"], name="application_in_queue"),
            models.Index(fields=["email"], name="application_by_email"),
            models.Index(fields=["id"], condition=Q(demo=True), name="application_of_demo"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="application_as_sent", fields=AS_SENT),
            pgtrigger.Trigger(
                name="application_state_path",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state", "demo", "complete_on"),
                func=STATE_RULES,
            ),
            pgtrigger.Trigger(
                name="application_timeline",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                func=TIMELINE,
            ),
            pgtrigger.Protect(
                name="application_never_deleted",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__demo=False),
            ),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        """The page of the application, for whoever holds the address."""
        return reverse("tenants:application", args=[self.token])
