"""Questions and visit requests: received from the public pages, answered and closed by staff."""

import pghistory
from django.db import transaction

from tenants.models import Enquiry
from tenants.models.enquiry import EnquiryState

from .receiving import receive


def receive_enquiry(*, enquiry, form_token, client, moment):
    """Keep an unsaved `enquiry` that came with the form `form_token`; returns it, or what that form made before.

    `client` is the throttle's key of the sender at `moment`. Raises TooManySent, and IntegrityError when
    the database refuses a value.
    """
    return receive(row=enquiry, form_token=form_token, sent_with=sent_with, client=client, moment=moment)


def sent_with(form_token):
    """The enquiry that this form made, or None."""
    return Enquiry.objects.select_related("park").filter(form_token=form_token).first()


def mark_answered(*, enquiries, on, by, reason):
    """Record that `by` answered these enquiries on the day `on`; those not new are left. Returns how many."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        return _new(enquiries).update(state=EnquiryState.ANSWERED, answered_by=by, answered_on=on)


def close(*, enquiries, by, reason):
    """Close these enquiries, answered or not; returns how many were open till now."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        return _plain(enquiries).exclude(state=EnquiryState.CLOSED).update(state=EnquiryState.CLOSED)


def _new(enquiries):
    # The state is asked again by the update itself, so of two people at once only the first is recorded.
    return _plain(enquiries).filter(state=EnquiryState.NEW)


def _plain(enquiries):
    """The same rows without the annotations and the order of a list."""
    return Enquiry.objects.filter(pk__in=enquiries.order_by().values("pk"))
