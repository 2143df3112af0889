"""What writes rows of the tenancy desk. Each is one transaction; of staff with its author and reason."""

import pghistory
from django.db import IntegrityError, transaction

from stp_portal.kit import throttle

from .models import Enquiry, EnquiryCount
from .models.enquiry import EnquiryState

# Many people share one address: a campus, or the customers of a mobile network.
MOST_AN_HOUR = 10


class TooManyEnquiries(Exception):
    """This client has sent as many enquiries in this hour as one may."""


def receive_enquiry(*, enquiry, form_token, client, moment):
    """Keep an unsaved `enquiry` that came with the form `form_token`; returns it, or what that form made before.

    `client` is the throttle's key of the sender at `moment`. Raises TooManyEnquiries, and IntegrityError when
    the database refuses a value.
    """
    enquiry.form_token = form_token
    try:
        with transaction.atomic():
            if sent := sent_with(form_token):
                return sent
            if throttle.take(EnquiryCount, client, moment, MOST_AN_HOUR):
                enquiry.save(force_insert=True)
                return enquiry
    except IntegrityError:
        # The same form in another request, a moment ago; what was counted here is rolled back.
        if sent := sent_with(form_token):
            return sent
        raise
    if sent := sent_with(form_token):
        return sent
    raise TooManyEnquiries


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
