"""Mail is written into the outbox in the transaction of what it tells, and leaves later: see `outbox`."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from stp_portal.kit.text import clean_block, clean_line

from .models import Mail

MOST_SUBJECT = Mail._meta.get_field("subject").max_length


def absolute(address):
    """The address of a page of this portal with its host, for a mail that is read elsewhere."""
    return settings.PORTAL_URL + address


def queue(kind, *, application=None, key, to=None, letter=None, **context):
    """Write the mail of `kind` to `to`, by default the contact of `application`; returns it.

    None when a mail about `key` is there already: what is told twice is written once. Its words are those of
    `templates/emails/<kind>.txt`, whose first line is the subject; they read `context` and `link`, the absolute address
    of the application's page, or of the relative `link` given. `letter` goes with it as a file. Call it in the
    transaction of what it tells. Raises ValueError for an address that no header may hold.
    """
    if Mail.objects.filter(key=key).exists():
        return None
    to = to or application.email
    try:
        validate_email(to)
    except ValidationError as error:
        raise ValueError("not an address of a mail") from error
    if to != clean_line(to):
        raise ValueError("not an address of a mail: a letter of it cannot be seen")
    path = context.pop("link", None) or (application.get_absolute_url() if application else "")
    words = {**context, "application": application, "letter": letter, "link": absolute(path), "portal": absolute("/")}
    subject, _sep, body = render_to_string(f"emails/{kind}.txt", words).strip().partition("\n")
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    mail = Mail(
        key=key,
        kind=kind,
        application=application,
        letter=letter,
        to=to,
        subject=clean_line(subject)[:MOST_SUBJECT],
        body=clean_block(body).strip() + "\n",
        message_id=f"<{uuid.uuid4().hex}@{host}>",
    )
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == "tenants_mail_key_key":
            # The same thing told by another request a moment ago.
            return None
        raise
    return mail
