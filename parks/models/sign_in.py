"""Who signed in, from where, with what: sessions, codes by which an account sets up its second factor, the record."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_AGENT, MOST_NOTE = 200, 500
# A SHA-256 in hexadecimal.
DIGEST = 64


class StaffSession(models.Model):
    """One signed-in browser. A session without a row that has not ended opens no staff page."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="staff_sessions", verbose_name=_("who")
    )
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    began_at = models.DateTimeField(_("signed in"), db_default=Now(), editable=False)
    seen_at = models.DateTimeField(_("last used"), db_default=Now(), editable=False)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    agent = models.CharField(_("browser"), max_length=MOST_AGENT, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions = ()
        ordering = ["-seen_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="staffsession_in_order",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
                violation_error_message=_("A session ends after it began."),
            )
        ]
        indexes = [
            models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="staffsession_open"),
            models.Index(fields=["seen_at"], name="staffsession_by_use"),
        ]

    def __str__(self):
        return f"{self.user_id} {self.began_at:%Y-%m-%d %H:%M}"


class EnrolmentCode(models.Model):
    """Lets one account set up its second factor, once, until it expires; kept as a digest only."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="enrolment_codes", verbose_name=_("for whom")
    )
    digest = models.CharField(max_length=DIGEST, unique=True, editable=False)
    # Nobody when it was made on the command line.
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("open until"))
    used_at = models.DateTimeField(_("used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("enrolment code")
        verbose_name_plural = _("enrolment codes")
        default_permissions = ()
        ordering = ["-made_at", "-pk"]
        constraints = [
            # One open code for each account: a new one takes the place of the old.
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_at__isnull=True), name="enrolmentcode_one_open_for_each"
            ),
        ]

    def __str__(self):
        return f"{self.user_id} {self.expires_at:%Y-%m-%d}"


class SignInKind(models.TextChoices):
    """What happened to an account."""

    SIGNED_IN = "signed_in", _("signed in")
    SIGNED_OUT = "signed_out", _("signed out")
    WRONG_PASSWORD = "wrong_password", _("wrong password")
    WRONG_CODE = "wrong_code", _("wrong code")
    LOCKED_OUT = "locked_out", _("locked out")
    LOCK_LIFTED = "lock_lifted", _("lock lifted")
    CODE_MADE = "code_made", _("enrolment code made")
    ENROLLED = "enrolled", _("second factor set up")
    FACTOR_RESET = "factor_reset", _("second factor taken away")
    RECOVERY_USED = "recovery_used", _("signed in by a recovery code")
    RECOVERY_MADE = "recovery_made", _("new recovery codes")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    CONFIRMED = "confirmed", _("confirmed before a dangerous action")
    SESSION_ENDED = "session_ended", _("session ended")
    SESSIONS_ENDED = "sessions_ended", _("all sessions ended")


class SignInEvent(models.Model):
    """One line of the record of sign-ins. Written as it happens, never changed.

    `by` is who did it when that is somebody else than the account's owner. What was typed as a name is not kept
    where there is no such account: people type their passwords there.
    """

    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    kind = models.CharField(_("what"), max_length=20, choices=SignInKind)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=MOST_NOTE, blank=True)

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="signinevent_kind_known",
                condition=Q(kind__in=SignInKind.values),
                violation_error_message=_("There is no such kind of sign-in event."),
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="signinevent_by_time"),
            models.Index(fields=["kind"], name="signinevent_by_kind"),
        ]
        triggers = [pgtrigger.Protect(name="signinevent_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
