"""The record of sign-ins: what happened to which account, from where."""

import ipaddress

from parks.models import SignInEvent
from parks.models.sign_in import MOST_AGENT, MOST_NOTE
from stp_portal.kit.text import strip_unseen
from stp_portal.kit.throttle import client_address


def address_of(request):
    """The client's address as text, None when the server does not know one. Of IPv6 the network, a /64."""
    address = client_address(request).split("/")[0] if request is not None else ""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def agent_of(request):
    """What the browser calls itself, at most 200 characters, without what cannot be seen."""
    return strip_unseen(request.META.get("HTTP_USER_AGENT", ""))[:MOST_AGENT]


def note(kind, *, user=None, by=None, request=None, note=""):
    """Write one SignInEvent: `user` is the account, `by` who did it when that is somebody else; returns it."""
    if by is not None and user is not None and by.pk == user.pk:
        by = None
    return SignInEvent.objects.create(kind=kind, user=user, by=by, address=address_of(request), note=note[:MOST_NOTE])
