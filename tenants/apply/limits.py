"""How often one client may do each thing in an hour. Each has a count of its own, so that papers do not use up what
an application needs."""

import hashlib
from contextlib import contextmanager

from django.db import transaction

from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from tenants.models import ApplicationCount

# Many people share one address: a campus, or the customers of a mobile network.
MOST_AN_HOUR = {"draft": 40, "link": 10, "paper": 100, "application": 20, "message": 40}


def count(what, *, client, moment):
    """Count one more `what` of `client`, the throttle's key of the sender at `moment`; raises TooManySent when the
    hour is full. To be called in the transaction of what it counts."""
    key = hashlib.sha256(f"{what} {client}".encode()).hexdigest()
    if not throttle.take(ApplicationCount, key, moment, MOST_AN_HOUR[what]):
        raise TooManySent


@contextmanager
def counted(what, *, client, moment):
    """A transaction of one more `what`; raises TooManySent before anything is done when the hour is full."""
    with transaction.atomic():
        count(what, client=client, moment=moment)
        yield
