"""Asked for a code once more before what is hard to undo or changes who may come in. Nothing typed is lost by it."""

import time
from functools import update_wrapper

from django.contrib import admin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from parks.models import SignInKind

from . import factor, passwords, record
from .forms import CodeForm
from .steps import CONFIRMED_AT, wrong_code

# For so long a confirmation, or the sign-in itself, counts.
FRESH_SECONDS = 15 * 60
# The two fields of the page: what was typed before, sealed, and the code.
PREFIX = "_again"
KEPT, CODE = "_again-kept", "_again-code"
SALT = "stp_portal.sign_in.again"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field

# Routes of the staff site of which a POST needs a fresh confirmation; beside them every "…_delete". None of them
# takes a file: a file could not be carried over the question.
DANGEROUS = frozenset(
    {
        # Who may do what, and who may come in.
        *("auth_user_add", "auth_user_change", "auth_user_password_change"),
        *("auth_user_enrolment_code", "auth_user_take_factor", "auth_user_end_sessions", "auth_user_lift_lock"),
        *("parks_parkassignment_add", "parks_parkassignment_change"),
        # One's own second factor and sessions.
        *("account_factor", "account_recovery", "account_end_session", "account_end_others"),
        # Many rows at once.
        *("tenants_company_merge", "tenants_importbatch_review", "tenants_importbatch_undo"),
        # The words under the board's name.
        "tenants_lettertemplate_add",
    }
)


def is_dangerous(route):
    """Whether a POST to the route of that name needs a fresh confirmation."""
    return route in DANGEROUS or route.endswith("_delete")


def is_fresh(request):
    """Whether this browser gave a code within the last 15 minutes."""
    at = request.session.get(CONFIRMED_AT)
    return isinstance(at, int) and 0 <= time.time() - at <= FRESH_SECONDS


def guarded(view):
    """`view`, asked about first where that is needed. Who comes here is signed in with both factors."""

    def asked_first(request, *args, **kwargs):
        answer = passwords.redirect_of(request)
        if answer is None:
            answer = _ask(request)
        return view(request, *args, **kwargs) if answer is None else answer

    return update_wrapper(asked_first, view)


def _ask(request):
    """The page that asks, or None when the request may go on, with what was typed before as its POST."""
    match = request.resolver_match
    if request.method != "POST" or match is None or not is_dangerous(match.url_name or ""):
        return None
    return _asked(request)


@sensitive_post_parameters()
def _asked(request):
    answers_page = KEPT in request.POST
    code = request.POST.get(CODE, "")
    if answers_page:
        request.POST = _unpacked(request)
    if is_fresh(request):
        return None
    if not answers_page:
        return _page(request, CodeForm(prefix=PREFIX))
    form = CodeForm({CODE: code}, prefix=PREFIX)
    if form.is_valid():
        if factor.check(request.user, form.cleaned_data["code"]) is not None:
            request.session[CONFIRMED_AT] = int(time.time())
            record.note(SignInKind.CONFIRMED, user=request.user, request=request, note=request.path)
            return None
        record.note(SignInKind.WRONG_CODE, user=request.user, request=request, note=request.path)
        form.add_error("code", wrong_code(request.user))
    return _page(request, form)


def _packed(request):
    """Everything typed, names and repeated values in their order, sealed for this person and this address.

    One field, so that a form of as many fields as the server takes is carried whole, line ends and all.
    """
    typed = [[name, values] for name, values in request.POST.lists() if name not in {TOKEN, KEPT, CODE}]
    return signing.dumps([request.user.pk, request.get_full_path(), typed], salt=SALT, compress=True)


def _unpacked(request):
    """What the page carried. Raises PermissionDenied when it was made for another account or another address."""
    try:
        who, where, typed = signing.loads(request.POST[KEPT], salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise PermissionDenied from error
    if who != request.user.pk or where != request.get_full_path():
        raise PermissionDenied
    kept = QueryDict(mutable=True, encoding=request.POST.encoding)
    for name, values in typed:
        kept.setlist(name, values)
    kept._mutable = False
    return kept


def _page(request, form):
    request.current_app = admin.site.name
    context = {
        **admin.site.each_context(request),
        "title": _("Confirm that it is you"),
        "form": form,
        "kept_name": KEPT,
        "kept": _packed(request),
        "is_popup": "_popup" in request.POST or "_popup" in request.GET,
    }
    return render(request, "admin/sign_in/confirm.html", context)
