"""Issuing a letter: drawn, kept as the exact file with its checksum, told in the timeline, and mailed to the firm."""

import hashlib
import logging
import secrets

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from stp_portal.kit.private_files import erased_on_rollback
from stp_portal.kit.words import dated
from tenants import mails
from tenants.models import Application, Lease, Letter, LetterTemplate, TimelineEntry
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import Actor, ApplicationState
from tenants.models.lease_states import LeaseState
from tenants.models.letter import LetterKind, next_letter

from .pdf import CODE_LENGTH, draw
from .values import content
from .words import DEFAULTS

logger = logging.getLogger("stp.letters")

# What the constraint on codes allows, without the O and the I that look like a nought and a one.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
# Letters are in English, whoever's language the request that issues one is in.
LANGUAGE = "en"
ON_LEASE = (LetterKind.OFFER, LetterKind.ALLOTMENT, LetterKind.RENEWAL, LetterKind.TERMINATION)
ON_APPLICATION = (LetterKind.ACKNOWLEDGEMENT, LetterKind.REGRET)
# One run of the timed work acknowledges so many at most; the next goes on.
MOST_A_RUN = 500


def template_in_use(kind):
    """The newest LetterTemplate of `kind`; version 1 is made of the words of the portal when there is none."""
    newest = LetterTemplate.objects.filter(kind=kind).order_by("-version")
    if template := newest.first():
        return template
    subject, body = DEFAULTS[kind]
    try:
        with transaction.atomic():
            LetterTemplate.objects.create(kind=kind, version=1, subject=subject, body=body)
    except IntegrityError:
        # Another request made it a moment ago.
        pass
    return newest.get()


def application_of(lease):
    """The application that `lease` came from, through the leases that it renews; None when there is none."""
    seen = set()
    while lease is not None and lease.application_id is None and lease.pk not in seen:
        seen.add(lease.pk)
        lease = lease.renews
    return lease.application if lease is not None else None


def why_not(kind, *, application=None, lease=None, today):
    """Why a letter of `kind` cannot be issued now, in a sentence; empty when it can. `today` decides what lapsed."""
    if kind in ON_APPLICATION:
        if application is None:
            return _("This letter is about an application.")
        if kind == LetterKind.REGRET and application.state != ApplicationState.DECLINED:
            return _("Only an application that was declined gets a letter of regret.")
        return ""
    if lease is None:
        return _("This letter is about a lease.")
    lease = Lease.objects.with_word(today, today).get(pk=lease.pk)
    return {
        LetterKind.OFFER: _why_no_offer,
        LetterKind.ALLOTMENT: _why_no_allotment,
        LetterKind.RENEWAL: _why_no_renewal,
        LetterKind.TERMINATION: _why_no_termination,
    }[kind](lease, today)


def _why_no_offer(lease, today):
    if lease.word == "offered":
        return ""
    return _("Only an offer that is open has a letter of offer.")


def _why_no_allotment(lease, today):
    if lease.state != LeaseState.SIGNED or lease.first_day is None:
        return _("Space is allotted once the deed is signed.")
    if lease.span_end < today:
        return _("The lease ended on %(day)s: nothing is allotted any more.") % {"day": dated(lease.last_day)}
    return ""


def _why_no_renewal(lease, today):
    if lease.renews_id is None:
        return _("This lease renews no other.")
    if lease.word in {"draft", "cancelled", "lapsed", "declined", "withdrawn"}:
        return _("The renewal is neither offered nor signed.")
    return ""


def _why_no_termination(lease, today):
    if lease.state != LeaseState.SIGNED or lease.cut_on is None or lease.cut_on != lease.span_end:
        return _("The lease has not been terminated: end it first.")
    return ""


def issue(*, kind, application=None, lease=None, by=None, today, mail="letter", context=None):
    """Issue a letter of `kind` about `application`, `lease` or both, dated `today`; returns the Letter.

    Belongs into the transaction of what it tells: its file goes again when that is rolled back. `by` is the member of
    staff, None when a date brings it about. Without an application given, that of the lease is taken. The firm gets a
    mail of kind `mail` with the file, and `context` for its words; none when `mail` is None or there is no
    application. Raises ValidationError when this letter cannot be issued now.
    """
    if lease is not None:
        lease = Lease.objects.select_related("application", "renews").get(pk=lease.pk)
        application = application or application_of(lease)
    if refused := why_not(kind, application=application, lease=lease, today=today):
        raise ValidationError(refused)
    with transaction.atomic():
        template = template_in_use(kind)
        number = LetterTemplate.objects.annotate(next=next_letter()).values_list("next", flat=True).get(pk=template.pk)
        code = "".join(secrets.choice(ALPHABET) for _n in range(CODE_LENGTH)) if kind == LetterKind.ALLOTMENT else ""
        with override(LANGUAGE):
            said = content(
                kind=kind,
                number=number,
                template=template,
                day=today,
                application=application,
                lease=lease if kind in ON_LEASE else None,
                code=code,
            )
            data = draw(said)
        letter = Letter(
            number=number,
            kind=kind,
            template=template,
            application=application,
            lease=lease,
            checksum=hashlib.sha256(data).hexdigest(),
            size_bytes=len(data),
            code=code,
            issued_by=by,
            demo=bool((lease or application).demo),
        )
        letter.file.save(f"{number}.pdf", ContentFile(data), save=False)
        erased_on_rollback(letter.file.storage, letter.file.name)
        letter.save(force_insert=True)
        letter.refresh_from_db(fields=["issued_at"])
        if application is not None:
            TimelineEntry.objects.create(
                application=application,
                kind=TimelineKind.LETTER,
                actor=Actor.STAFF if by else Actor.CLOCK,
                user=by,
                text=f"{letter.get_kind_display()} {number}",
                lease=lease,
            )
            if mail is not None:
                mails.queue(mail, application=application, key=f"letter {letter.pk}", letter=letter, **(context or {}))
    return letter


def acknowledge(today):
    """Issue the acknowledgement of each application that has none; returns how many.

    Each is a transaction of its own. One that fails does not keep the others; it raises RuntimeError at the end.
    """
    # Of demonstrations only what somebody sent to try the portal out.
    waiting = Application.objects.filter(Q(demo=False) | Q(draft__isnull=False))
    waiting = waiting.exclude(letters__kind=LetterKind.ACKNOWLEDGEMENT)
    done = failed = 0
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)[:MOST_A_RUN]):
        try:
            with transaction.atomic():
                application = Application.objects.select_for_update(of=["self"], skip_locked=True).filter(pk=pk).first()
                if application is None or application.letters.filter(kind=LetterKind.ACKNOWLEDGEMENT).exists():
                    continue
                # The firm had its mail when it applied; the letter stands on the page of its application.
                issue(kind=LetterKind.ACKNOWLEDGEMENT, application=application, today=today, mail=None)
                done += 1
        except Exception:
            logger.exception("the acknowledgement of application %s failed", pk)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} acknowledgements failed, {done} were issued: see the log.")
    return done
