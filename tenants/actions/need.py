"""Needs for space, received from the public pages."""

from tenants.models import SpaceNeed

from .receiving import receive


def receive_need(*, need, form_token, client, moment):
    """Keep an unsaved `need` that came with the form `form_token`; returns it, or what that form made before.

    Counted by the hour together with enquiries; `client` is the throttle's key of the sender at `moment`. Raises
    TooManySent, and IntegrityError when the database refuses a value.
    """

    def sent_with(token):
        return SpaceNeed.objects.select_related("city").filter(form_token=token).first()

    return receive(row=need, form_token=form_token, sent_with=sent_with, client=client, moment=moment)
