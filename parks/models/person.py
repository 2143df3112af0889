"""History of accounts and of who has which role: the models are Django's own, tracked through proxies."""

import pghistory
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from .base import by_time, tracked


@tracked(exclude=["password", "last_login"])
class Account(User):
    """An account as history keeps it: everything but its password and its last sign-in."""

    class Meta:
        proxy = True
        default_permissions = ()


# Who reads the history of an account asks by Django's own model.
User.pgh_event_model = Account.pgh_event_model
User.pgh_event_models = Account.pgh_event_models


@pghistory.track(pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True, meta={"indexes": by_time()})
class RoleGiven(User.groups.through):
    """A role given to an account, or taken away."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role")

    def __str__(self):
        return str(self.group)
