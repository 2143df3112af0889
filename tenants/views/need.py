"""Tell PSEB what space is needed where none is published: demand, by city and size."""

from functools import partial

from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parks.views.base import reading
from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import too_many, uncached
from stp_portal.kit.sent_forms import FormToken
from tenants.actions import receive_need
from tenants.models import SpaceNeed
from tenants.need_form import NeedForm

# What the token of this form says that it is about.
ABOUT = "need"
SENT = signing.Signer(salt="tenants.need.sent")


@require_http_methods(["GET", "HEAD", "POST"])
def need_new(request):
    """The form, and what it sends. Sent once or twenty times, one form makes one need."""
    moment, on = timezone.now(), timezone.localdate()
    if request.method != "POST":
        form = NeedForm(moment=moment, on=on, initial={"city": request.GET.get("city", "")})
        return form_page(request, form, moment)
    form = NeedForm(
        request.POST,
        instance=SpaceNeed(),
        moment=moment,
        on=on,
        token=FormToken.read(request.POST.get("form_token", ""), ABOUT),
    )
    page = partial(form_page, request, form, moment)
    if not form.is_valid():
        return page(status=422)
    try:
        need = receive_need(
            need=form.instance,
            form_token=form.token.number,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManySent:
        return too_many(form, moment, page)
    if not form.says_the_same_as(need):
        form.token = None
        form.add_error(
            None,
            _(
                "This form was sent before. What you have changed since is not sent yet: send the form again if "
                "you want to send it too."
            ),
        )
        return page(status=422)
    return redirect("tenants:need-sent", token=SENT.sign(str(need.pk)))


def form_page(request, form, moment, status=200):
    """The page with the form."""
    token = (form.is_bound and form.next_token) or FormToken.new(ABOUT, moment)
    return uncached(request, "tenants/need_form.html", {"form": form, "token": token}, status)


@reading
def need_sent(request, token):
    """The thank-you page: where and how much, and nothing of who asked."""
    try:
        key = SENT.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    need = get_object_or_404(SpaceNeed.objects.select_related("city"), pk=key)
    return uncached(request, "tenants/need_sent.html", {"need": need})
