"""What comes from the public pages of the tenancy desk, of whatever kind, is counted by the hour together."""

from stp_portal.kit import receiving
from tenants.models import EnquiryCount

# Many people share one address: a campus, or the customers of a mobile network.
MOST_AN_HOUR = 10


def receive(*, row, form_token, sent_with, client, moment):
    """Keep an unsaved `row` of a form, as `kit.receiving.receive` does."""
    return receiving.receive(
        row=row,
        form_token=form_token,
        sent_with=sent_with,
        client=client,
        moment=moment,
        counts=EnquiryCount,
        most=MOST_AN_HOUR,
    )
