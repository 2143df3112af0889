"""History of accounts and of who has which role: the models are Django's own, tracked through proxies."""

import pghistory
from django.contrib.auth.models import User

from .base import tracked


@tracked(exclude=["password", "last_login"])
class Account(User):
    """An account as history keeps it: everything but its password and its last sign-in."""

    class Meta:
        proxy = True
        default_permissions = ()


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True)
class RoleGiven(User.groups.through):
    """A role given to an account, or taken away."""

    class Meta:
        proxy = True
        default_permissions = ()
