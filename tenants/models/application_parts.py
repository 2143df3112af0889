"""What hangs on an application: its choices, its timeline, messages, and who was passed over for it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Func, Q
from django.utils.translation import gettext_lazy as _

from parks.models.base import label_of, tracked
from tenants.querysets import OfApplicationQuerySet

from .application_states import Actor, PassingCode, QueueBand

MOST_CHOICES = 5
MOST_TEXT = 3000


def this_moment():
    """SQL default: the moment of the statement and not of its transaction, so that rows stand in their order."""
    return Func(function="clock_timestamp", output_field=models.DateTimeField())


@tracked()
class ApplicationChoice(models.Model):
    """A park, or one suite of it, that an application asks for; 1 is the first choice. `withdrawn_on` is the day on
    which an accepted offer of another one took it out."""

    application = models.ForeignKey(
        "tenants.Application", models.CASCADE, related_name="choices", verbose_name=_("application")
    )
    rank = models.PositiveSmallIntegerField(_("rank"))
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="+", verbose_name=_("park"))
    suite = models.ForeignKey(
        "parks.Suite", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("suite")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice")
        verbose_name_plural = _("choices")
        ordering = ["application", "rank"]
        constraints = [
            models.CheckConstraint(
                name="choice_rank_up_to_five",
                condition=Q(rank__gte=1, rank__lte=MOST_CHOICES),
                violation_error_message=_("Up to five parks or suites can be chosen."),
            ),
            # At the end of the statement, so that ranks can be changed among each other.
            models.UniqueConstraint(
                fields=["application", "rank"],
                name="choice_ranked_once",
                deferrable=models.Deferrable.IMMEDIATE,
                violation_error_message=_("Two choices have the same rank."),
            ),
            models.UniqueConstraint(
                fields=["application", "park", "suite"],
                name="choice_once",
                nulls_distinct=False,
                violation_error_message=_("This park or suite is chosen twice."),
            ),
        ]

    def __str__(self):
        return f"{self.rank}. {self.suite or self.park}"


class TimelineKind(models.TextChoices):
    """What happened. `assigned` and `note` are for staff only, and no firm sees them."""

    STATE = "state", _("State changed")
    MESSAGE = "message", _("Message")
    PAPER_ASKED = "paper_asked", _("Paper asked for")
    PAPER = "paper", _("Paper sent")
    PAPER_CHECKED = "paper_checked", _("Paper looked at")
    CHOICES = "choices", _("Choices changed")
    INTEREST_ASKED = "interest_asked", _("Asked whether still interested")
    INTEREST = "interest", _("Still interested")
    OFFER = "offer", _("Offer made")
    ACCEPTED = "accepted", _("Offer accepted")
    OFFER_ENDED = "offer_ended", _("Offer ended")
    DEPOSIT = "deposit", _("Deposit received")
    LETTER = "letter", _("Letter issued")
    PASSED = "passed", _("Passed over")
    ASSIGNED = "assigned", _("Assigned")
    COMPANY = "company", _("Entered in the register of companies")


# What the firm does not see.
FOR_STAFF = (TimelineKind.ASSIGNED, TimelineKind.COMPANY)


class TimelineEntry(models.Model):
    """Something that happened to an application. Rows of kind `state` are written by the database itself."""

    application = models.ForeignKey(
        "tenants.Application", models.CASCADE, related_name="timeline", verbose_name=_("application")
    )
    at = models.DateTimeField(_("when"), db_default=this_moment())
    kind = models.CharField(_("what"), max_length=15, choices=TimelineKind)
    from_state = models.CharField(_("from"), max_length=12, blank=True, db_default="")
    to_state = models.CharField(_("to"), max_length=12, blank=True, db_default="")
    actor = models.CharField(_("by"), max_length=5, choices=Actor)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(_("reason code"), max_length=15, blank=True, db_default="")
    minute = models.CharField(_("number of the minute"), max_length=60, blank=True, db_default="")
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    text = models.CharField(_("in words"), max_length=1000, blank=True, db_default="")
    lease = models.ForeignKey(
        "tenants.Lease", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lease")
    )

    objects = OfApplicationQuerySet.as_manager()
    get_kind_display = label_of(TimelineKind, "kind")

    class Meta:
        verbose_name = _("entry of a timeline")
        verbose_name_plural = _("timelines")
        ordering = ["application", "at", "pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="timeline_kinds_known",
                condition=Q(kind__in=TimelineKind.values, actor__in=Actor.values),
                violation_error_message=_("Choose from the lists."),
            ),
        ]
        indexes = [
            # How long each step took in real cases.
            models.Index(fields=["to_state", "at"], condition=Q(kind="state"), name="timeline_of_states"),
            models.Index(fields=["application", "at"], name="timeline_of_application"),
        ]
        triggers = [
            pgtrigger.Protect(name="timeline_append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="timeline_kept",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                IF EXISTS (SELECT 1 FROM tenants_application WHERE id = OLD.application_id AND NOT demo) THEN
                    RAISE EXCEPTION 'A timeline is kept.' USING ERRCODE = 'check_violation',
                        CONSTRAINT = 'timeline_kept', TABLE = 'tenants_timelineentry';
                END IF;
                RETURN OLD;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.application}: {self.get_kind_display()}"


class ApplicationMessage(models.Model):
    """A message between the firm and PSEB about an application. What people write stays out of the history."""

    application = models.ForeignKey(
        "tenants.Application", models.CASCADE, related_name="messages", verbose_name=_("application")
    )
    at = models.DateTimeField(_("sent"), db_default=this_moment())
    actor = models.CharField(_("from"), max_length=5, choices=Actor)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(_("message"), max_length=MOST_TEXT)
    # One a form: the same form sent again is the same message.
    form_token = models.UUIDField(unique=True, editable=False)
    # When staff answered a firm's message or set it aside; of PSEB's own always empty.
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = OfApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["application", "at", "pk"]
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                name="message_of_two_sides",
                condition=Q(actor=Actor.STAFF, user__isnull=False) | Q(actor=Actor.FIRM, user__isnull=True),
                violation_error_message=_("A message is from the firm or from a member of staff."),
            ),
            models.CheckConstraint(
                name="message_says_something",
                condition=Q(text__regex=r"[^[:space:]]"),
                violation_error_message=_("Write a message."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["at"], condition=Q(actor=Actor.FIRM, answered_at__isnull=True), name="message_unanswered"
            ),
            models.Index(fields=["application", "at"], name="message_of_application"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="message_as_sent", fields=("application", "at", "actor", "user", "text", "form_token")
            )
        ]

    def __str__(self):
        return f"{self.application}: {self.at:%Y-%m-%d}"


@tracked()
class PassingOver(models.Model):
    """`application` stood before others in the queue of `park` and `band` and was not offered the space of `lease`.

    The public queue prints the reason beside the application that was passed over.
    """

    application = models.ForeignKey(
        "tenants.Application", models.CASCADE, related_name="passed_over", verbose_name=_("application")
    )
    lease = models.ForeignKey("tenants.Lease", models.PROTECT, related_name="passed", verbose_name=_("offer"))
    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="+", verbose_name=_("park"))
    band = models.CharField(_("size band"), max_length=12, choices=QueueBand)
    code = models.CharField(_("reason"), max_length=15, choices=PassingCode)
    on = models.DateField(_("on"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    objects = OfApplicationQuerySet.as_manager()
    get_code_display = label_of(PassingCode, "code")

    class Meta:
        verbose_name = _("passing over")
        verbose_name_plural = _("passings over")
        ordering = ["-on", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["application", "lease"],
                name="passed_over_once",
                violation_error_message=_("This was recorded already."),
            ),
            models.CheckConstraint(
                name="passing_kinds_known",
                condition=Q(band__in=QueueBand.values, code__in=PassingCode.values),
                violation_error_message=_("Choose a reason from the list."),
            ),
        ]
        indexes = [models.Index(fields=["park", "band", "on"], name="passing_of_queue")]

    def __str__(self):
        return f"{self.application}: {self.on:%Y-%m-%d}"
