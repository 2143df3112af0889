"""Passwords that somebody else has set: who signs in with one chooses another before anything else.

That is read from the record of sign-ins: the newest change of the password was made by another account.
"""

from django.http import HttpResponseRedirect
from django.urls import reverse

from parks.models import SignInEvent, SignInKind

# In the session: this person has to choose a password first.
TO_CHOOSE = "stp_password_to_choose"
# What is open to them until then.
OPEN = frozenset({"password_change", "logout", "jsi18n"})


def is_anothers(user):
    """Whether the present password of `user` was set by somebody else, as the record says."""
    changes = SignInEvent.objects.filter(user=user, kind=SignInKind.PASSWORD_CHANGED)
    newest = changes.order_by("-pk").values_list("by", flat=True).first()
    return newest is not None


def note_at_sign_in(request, user):
    """Remember in the new session that a password has to be chosen first."""
    if is_anothers(user):
        request.session[TO_CHOOSE] = True


def has_to_choose(request):
    """Whether this person has to choose a password before anything else."""
    return TO_CHOOSE in request.session


def redirect_of(request):
    """The way to the page where a password is chosen, None for who need not."""
    match = request.resolver_match
    if not has_to_choose(request) or (match is not None and match.url_name in OPEN):
        return None
    return HttpResponseRedirect(reverse("admin:password_change"))
