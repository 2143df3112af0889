"""Mail leaves here, one by one. A run may be killed at any moment, and two runs may meet.

Each mail is claimed in a transaction of its own before it is sent, and marked afterwards. A run that ends between the
two leaves the mail "being sent": nobody knows whether it left. It is sent once more under the same Message-ID, by which
a mailbox knows it again; after a second such end people decide.
"""

import datetime as dt
import logging
import smtplib
import time

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from stp_portal.kit.text import clean_line

from .models import Mail
from .models.mail import MailState

logger = logging.getLogger("stp.outbox")

# Minutes to wait after the first, second, … refusal that may pass; then it is given up.
WAITS = (1, 5, 15, 60, 240, 720, 1440)
MOST_TRIES = len(WAITS) + 1
MOST_DOUBTS = 1
# A run may be somebody who pressed a button and waits; a slow server must not hold the other timed work for long.
MOST_A_RUN = 100
MOST_SECONDS = 50
PERMANENT = 500


class Doubt(Exception):
    """The mail was handed over, and no answer came: it may have left or not."""


class Unready(Exception):
    """The mail server does not take any mail now: it is down, or refuses the portal itself, not this one mail."""


def send_due(now=None):
    """Send what is due at `now`; returns a dict of states to how many mails came to them, and why the server took no
    more, or "".

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
        return counts, ""
    counts[MailState.FAILED] += _settle_doubts()
    server, until = Server(), time.monotonic() + MOST_SECONDS
    try:
        for _number in range(MOST_A_RUN):
            moment = now or timezone.now()
            mail = _claim(moment) if time.monotonic() < until else None
            if mail is None:
                break
            counts[_send(server, mail, moment)] += 1
            if server.down:
                # The others would only wait for the same answer, one after the other.
                break
    finally:
        server.close()
    return counts, server.down


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
        last_error=_twice_in_doubt(),
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


def _send(server, mail, moment):
    """Send a mail claimed at `moment` and write down what became of it; returns its state, or "later"."""
    try:
        server.send(message_of(mail), mail.to)
    except Doubt as error:
        if mail.in_doubt >= MOST_DOUBTS:
            return _done(mail, MailState.FAILED, _twice_in_doubt())
        mail.in_doubt += 1
        return _later(mail, error, moment)
    except Unready as error:
        return _later(mail, error, moment)
    except smtplib.SMTPResponseException as error:
        said = _said(error)
        return _done(mail, MailState.FAILED, said) if error.smtp_code >= PERMANENT else _later(mail, said, moment)
    except Exception as error:
        # Such as a letter whose file is gone: it will not be there tomorrow either.
        logger.exception("mail %s cannot be sent", mail.pk)
        return _done(mail, MailState.FAILED, f"{type(error).__name__}: {error}")
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
    # Servers refuse lines that end otherwise.
    return message.message().as_bytes(linesep="\r\n")


class Server:
    """The mail server, asked for when the first mail needs it. `down` says why it takes no more mail in this run."""

    def __init__(self):
        self.backend, self.down = None, ""

    def send(self, data, to):
        """Hand the message `data` over, for the address `to`.

        Raises SMTPResponseException when this mail is refused, Unready when the server takes none, and Doubt when it
        may have left although no answer came.
        """
        recipient, handed = sanitize_address(to, "utf-8"), False
        connection = self._ready()
        try:
            _ok(connection.rcpt(recipient))
            handed = True
            _ok(connection.data(data))
        except smtplib.SMTPResponseException:
            # Some servers end the session after a refusal, others want to be told that this mail is over.
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            raise self._off(error, Doubt if handed else Unready) from error

    def _ready(self):
        """The connection, which has been told who sends. What goes wrong until then is about no single mail."""
        try:
            if self.backend is None:
                self.backend = EmailBackend(fail_silently=False, timeout=settings.EMAIL_TIMEOUT)
                self.backend.open()
            connection = self.backend.connection
            connection.ehlo_or_helo_if_needed()
            _ok(connection.mail(settings.MAIL_FROM))
        except Exception as error:
            # Also a password that cannot be written down for the server, a certificate that nobody knows …
            raise self._off(error, Unready) from error
        return connection

    def _off(self, error, kind):
        """Take leave for this run; returns the exception of `kind` that says why."""
        self.close()
        said = _said(error) if isinstance(error, smtplib.SMTPResponseException) else str(error) or type(error).__name__
        if kind is Doubt:
            self.down = _("The mail server broke off while it took a mail: %(error)s") % {"error": said}
        else:
            self.down = _("The mail server takes no mail: %(error)s") % {"error": said}
        return kind(self.down)

    def close(self):
        """Take leave."""
        if self.backend is not None:
            self.backend.fail_silently = True
            self.backend.close()
            self.backend = None


def _ok(answer):
    code, said = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)


def _said(error):
    """What the server answered, with its code."""
    words = error.smtp_error
    return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"


def _twice_in_doubt():
    return _("Twice the sending broke off, so it may have arrived. Ask the firm before you send it again.")


def _done(mail, state, error=""):
    Mail.objects.filter(pk=mail.pk).update(
        state=state, done_at=timezone.now(), last_error=clean_line(error)[:500], in_doubt=mail.in_doubt
    )
    return state


def _later(mail, error, moment):
    if mail.tries >= MOST_TRIES:
        return _done(mail, MailState.FAILED, str(error))
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.QUEUED,
        next_try_at=moment + dt.timedelta(minutes=WAITS[mail.tries - 1]),
        last_error=clean_line(str(error))[:500],
        in_doubt=mail.in_doubt,
    )
    return "later"
