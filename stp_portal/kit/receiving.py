"""What comes from the public pages is kept once a form, and only so often an hour from one address."""

from django.db import IntegrityError, transaction

from . import throttle


class TooManySent(Exception):
    """This client has sent as many forms in this hour as one may."""


def receive(*, row, form_token, sent_with, client, moment, counts, most):
    """Keep an unsaved `row` that came with the form `form_token`; returns it, or what that form made before.

    `sent_with(form_token)` finds the latter. `client` is the throttle's key of the sender at `moment`, `counts` the
    model that counts for it, `most` how many an hour are taken. Raises TooManySent, and IntegrityError when the
    database refuses a value.
    """
    row.form_token = form_token
    try:
        with transaction.atomic():
            if sent := sent_with(form_token):
                return sent
            if throttle.take(counts, client, moment, most):
                row.save(force_insert=True)
                return row
    except IntegrityError:
        # The same form in another request, a moment ago; what was counted here is rolled back.
        if sent := sent_with(form_token):
            return sent
        raise
    if sent := sent_with(form_token):
        return sent
    raise TooManySent
