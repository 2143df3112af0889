"""Mail the link to an application again, without telling whether the address is known."""

from functools import partial

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from parks.views.base import reading
from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import too_many, uncached
from stp_portal.kit.sent_forms import FormToken
from tenants.actions import ask_for_links
from tenants.application_forms import FindForm
from tenants.models import LinkRequest

# What the token of this form says that it is about.
ABOUT = "links"


@require_http_methods(["GET", "HEAD", "POST"])
def application_find(request):
    """The form. What comes of it is the same for every address: a row, and the same answer."""
    moment, on = timezone.now(), timezone.localdate()
    page = partial(find_page, request, moment)
    if request.method != "POST":
        return page(FindForm(moment=moment, on=on))
    form = FindForm(
        request.POST,
        instance=LinkRequest(),
        moment=moment,
        on=on,
        token=FormToken.read(request.POST.get("form_token", ""), ABOUT),
    )
    page = partial(page, form)
    if not form.is_valid():
        return page(status=422)
    try:
        ask_for_links(email=form.cleaned_data["email"], client=throttle.client_key(request, moment), moment=moment)
    except TooManySent:
        return too_many(form, moment, page)
    return redirect("tenants:application-found")


def find_page(request, moment, form, *, status=200):
    """The page with the form."""
    token = (form.is_bound and form.next_token) or FormToken.new(ABOUT, moment)
    return uncached(request, "tenants/application/find.html", {"form": form, "token": token}, status)


@reading
def application_found(request):
    """The answer, whatever was asked: nothing of it depends on the address."""
    return render(request, "tenants/application/found.html")
