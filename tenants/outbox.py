"""Mail leaves here, one by one. A run may be killed at any moment, and two runs may meet.

Each mail is claimed in a transaction of its own before it is sent, and marked afterwards. A run that ends between the
two leaves the mail "being sent": nobody knows whether it left. It is sent once more under the same Message-ID, by which
a mailbox knows it again; after a second such end people decide.
"""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from .models import Mail
from .models.mail import MailState

logger = logging.getLogger("stp.outbox")

# Minutes to wait after the first, second, … refusal that may pass; then it is given up.
WAITS = (1, 5, 15, 60, 240, 720, 1440)
MOST_TRIES = len(WAITS) + 1
MOST_DOUBTS = 1
# A run may be somebody who pressed a button and waits.
MOST_A_RUN = 100
PERMANENT = 500


class Doubt(Exception):
    """The mail was handed over, and no answer came: it may have left or not."""


def send_due(now=None):
    """Send what is due at `now`; returns a dict of states to how many mails came to them.

    Without a mail server (EMAIL_URL) nothing leaves: what waits is `kept`, to be read by staff; and so is always what
    is about a demonstration.
    """
    counts = dict.fromkeys((MailState.SENT, MailState.KEPT, MailState.FAILED, "later"), 0)
    waiting = Mail.objects.filter(state__in=[MailState.QUEUED, MailState.SENDING])
    if settings.EMAIL_URL:
        # Nothing that tells of invented firms leaves.
        waiting = waiting.filter(application__demo=True)
    counts[MailState.KEPT] = waiting.update(state=MailState.KEPT, done_at=timezone.now())
    if not settings.EMAIL_URL:
        return counts
    counts[MailState.FAILED] += _settle_doubts()
    server = Server()
    try:
        for _number in range(MOST_A_RUN):
            mail = _claim(now or timezone.now())
            if mail is None:
                break
            state = _send(server, mail)
            counts[state] += 1
            if server.is_down:
                # The others would only wait for the same answer, one after the other.
                break
    finally:
        server.close()
    return counts


def send_again(mail):
    """Put a mail that was given up, or kept, back among those that wait; returns whether it was one."""
    return bool(
        Mail.objects.filter(pk=mail.pk, state__in=[MailState.FAILED, MailState.KEPT]).update(
            state=MailState.QUEUED, tries=0, in_doubt=0, next_try_at=timezone.now(), done_at=None, last_error=""
        )
    )


def _settle_doubts():
    """What an earlier run left "being sent" is sent once more, or given up; returns how many were given up.

    Runs are one at a time, so nobody else is sending it now.
    """
    left = Mail.objects.filter(state=MailState.SENDING)
    given_up = left.filter(in_doubt__gte=MOST_DOUBTS).update(
        state=MailState.FAILED,
        done_at=timezone.now(),
        last_error=_("Twice the sending broke off, so it may have arrived. Ask the firm before you send it again."),
    )
    for mail in left.filter(in_doubt__lt=MOST_DOUBTS):
        Mail.objects.filter(pk=mail.pk, state=MailState.SENDING).update(
            state=MailState.QUEUED, in_doubt=mail.in_doubt + 1
        )
    return given_up


def _claim(now):
    """The next mail that is due, marked as being sent and committed; None when there is none."""
    with transaction.atomic():
        due = Mail.objects.filter(state=MailState.QUEUED, next_try_at__lte=now).order_by("next_try_at", "pk")
        mail = due.select_for_update(skip_locked=True, of=["self"]).first()
        if mail is not None:
            mail.state, mail.tries = MailState.SENDING, mail.tries + 1
            mail.save(update_fields=["state", "tries"])
    return mail


def _send(server, mail):
    """Send a claimed mail and write down what became of it; returns its state, or "later"."""
    try:
        server.send(message_of(mail), mail.to)
    except Doubt as error:
        if mail.in_doubt >= MOST_DOUBTS:
            return _done(mail, MailState.FAILED, str(error))
        mail.in_doubt += 1
        return _later(mail, error)
    except smtplib.SMTPResponseException as error:
        said = f"{error.smtp_code} {error.smtp_error!r}"
        return _done(mail, MailState.FAILED, said) if error.smtp_code >= PERMANENT else _later(mail, said)
    except (OSError, smtplib.SMTPException) as error:
        return _later(mail, error)
    except Exception as error:
        # Such as a letter whose file is gone: it will not be there tomorrow either.
        logger.exception("mail %s cannot be sent", mail.pk)
        return _done(mail, MailState.FAILED, str(error))
    return _done(mail, MailState.SENT)


def message_of(mail):
    """The message as it leaves; the same bytes but for its date whenever it is sent."""
    message = EmailMessage(
        subject=mail.subject,
        body=mail.body,
        from_email=settings.MAIL_FROM,
        to=[mail.to],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    if mail.letter_id:
        with mail.letter.file.open("rb") as file:
            message.attach(f"{mail.letter.number}.pdf", file.read(), "application/pdf")
    return message.message().as_bytes()


class Server:
    """The mail server, asked for when the first mail needs it. `is_down` once it did not answer."""

    def __init__(self):
        self.backend, self.is_down = None, False

    def send(self, data, to):
        """Hand the message `data` over. Raises SMTPResponseException when it is refused, Doubt when it may have left
        all the same, OSError or SMTPException when it certainly has not."""
        try:
            if self.backend is None:
                backend = EmailBackend(fail_silently=False, timeout=settings.EMAIL_TIMEOUT)
                backend.open()
                self.backend = backend
            connection = self.backend.connection
            _ok(connection.mail(settings.MAIL_FROM))
            _ok(connection.rcpt(to))
        except smtplib.SMTPResponseException:
            self._reset()
            raise
        except (OSError, smtplib.SMTPException):
            self.is_down = True
            self.close()
            raise
        try:
            _ok(connection.data(data))
        except smtplib.SMTPResponseException:
            self._reset()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.is_down = True
            self.close()
            raise Doubt(_("The mail server broke off while it took the mail: %(error)s") % {"error": error}) from error

    def close(self):
        """Take leave."""
        if self.backend is not None:
            self.backend.fail_silently = True
            self.backend.close()
            self.backend = None

    def _reset(self):
        """After a refusal the connection is made anew: some servers end it, some want to be told."""
        self.close()


def _ok(answer):
    code, said = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)


def _done(mail, state, error=""):
    Mail.objects.filter(pk=mail.pk).update(
        state=state, done_at=timezone.now(), last_error=error[:500], in_doubt=mail.in_doubt
    )
    return state


def _later(mail, error):
    if mail.tries >= MOST_TRIES:
        return _done(mail, MailState.FAILED, str(error))
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.QUEUED,
        next_try_at=timezone.now() + dt.timedelta(minutes=WAITS[mail.tries - 1]),
        last_error=str(error)[:500],
        in_doubt=mail.in_doubt,
    )
    return "later"
