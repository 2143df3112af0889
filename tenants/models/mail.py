"""Mail that is to leave, what became of it, and the runs of the command that does all timed work."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import HourCount
from tenants.querysets import MailQuerySet

from .enquiry import one_line


class MailState(models.TextChoices):
    """Where a mail stands. `kept`: this installation has no mail server, so it can only be read here."""

    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    KEPT = "kept", _("Not sent: no mail server is set")
    FAILED = "failed", _("Given up")


class Mail(models.Model):
    """One mail, written in the transaction of what it tells. `key` names what it is about: a second is not queued."""

    key = models.CharField(_("about"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=30)
    application = models.ForeignKey(
        "tenants.Application",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="mails",
        verbose_name=_("application"),
    )
    letter = models.ForeignKey(
        "tenants.Letter", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("letter")
    )
    to = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=20_000)
    message_id = models.CharField(_("Message-ID"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("written"), db_default=Now())
    state = models.CharField(_("state"), max_length=10, choices=MailState, default=MailState.QUEUED)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), db_default=Now())
    # Times that a run ended between sending and writing it down.
    in_doubt = models.PositiveSmallIntegerField(_("times in doubt"), default=0)
    done_at = models.DateTimeField(_("sent or given up"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(
                name="mail_state_known",
                condition=Q(state__in=MailState.values),
                violation_error_message=_("Choose a state from the list."),
            ),
            *(
                one_line(f"mail_{field}_one_line", field, _("A header is one line of plain text."))
                for field in ("to", "subject", "message_id")
            ),
            models.CheckConstraint(
                name="mail_to_an_address",
                condition=Q(to__regex=r"^[^[:space:][:cntrl:]@,;<>]+@[^[:space:][:cntrl:]@,;<>]+$"),
                violation_error_message=_("Enter an e-mail address, like name@example.com."),
            ),
            models.CheckConstraint(
                name="mail_done_when_done",
                condition=Q(state__in=["queued", "sending"], done_at__isnull=True)
                | Q(state__in=["sent", "kept", "failed"], done_at__isnull=False),
                violation_error_message=_("A mail that is done has its moment."),
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=["queued", "sending"]), name="mail_to_send"),
            models.Index(fields=["state", "-created_at"], name="mail_by_state"),
        ]
        triggers = [
            pgtrigger.ReadOnly(
                name="mail_as_written",
                fields=("key", "kind", "application", "letter", "to", "subject", "body", "message_id", "created_at"),
            )
        ]

    def __str__(self):
        return self.subject


class LinkRequest(models.Model):
    """Somebody asked for the links of the applications under an address. Looked up later, and answered by mail if it
    is known, so that the page cannot tell which."""

    email = models.EmailField(max_length=254)
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.asked_at:%Y-%m-%d %H:%M}"


class JobRun(models.Model):
    """One run of one piece of timed work. `result` counts what was done; `error` says what went wrong."""

    run = models.UUIDField(_("run"))
    job = models.CharField(_("work"), max_length=40)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    ok = models.BooleanField(_("went well"), null=True, blank=True)
    result = models.CharField(_("result"), max_length=300, blank=True)
    error = models.TextField(_("error"), max_length=5000, blank=True)

    class Meta:
        verbose_name = _("run of timed work")
        verbose_name_plural = _("runs of timed work")
        ordering = ["-started_at", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="jobrun_newest"),
            models.Index(fields=["job", "-started_at"], name="jobrun_of_job"),
        ]

    def __str__(self):
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"


class LinkCount(HourCount):
    """How many times one client asked for links in one hour."""

    class Meta(HourCount.Meta):
        pass
