"""Public pages of the tenancy desk: ask a question about a listed park, or for a visit."""

import math

from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parks.models import Park
from parks.models.stage import ENDED
from parks.views.base import reading
from stp_portal.kit import throttle

from .actions import TooManyEnquiries, receive_enquiry
from .forms import EnquiryForm, FormToken
from .models import Enquiry

SENT = signing.Signer(salt="tenants.enquiry.sent")


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_new(request, slug):
    """The form, and what it sends. Sent once or twenty times, one form makes one enquiry."""
    moment, on = timezone.now(), timezone.localdate()
    park = get_object_or_404(Park.objects.listed().with_stage(on).select_related("city"), slug=slug)
    ended = park.stage in ENDED
    if request.method != "POST":
        return form_page(request, park, EnquiryForm(moment=moment, on=on, ended=ended), moment)
    form = EnquiryForm(
        request.POST,
        instance=Enquiry(park=park),
        moment=moment,
        on=on,
        ended=ended,
        token=FormToken.read(request.POST.get("form_token", ""), park),
    )
    if not form.is_valid():
        return form_page(request, park, form, moment, status=422)
    try:
        enquiry = receive_enquiry(
            enquiry=form.instance,
            form_token=form.token.number,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManyEnquiries:
        return too_many(request, park, form, moment)
    if not form.says_the_same_as(enquiry):
        # Sent, gone back to, changed and sent again: the change must not get lost without a word.
        form.token = None
        form.add_error(
            None,
            _(
                "This form was sent before, as %(reference)s. What you have changed since is not sent yet: "
                "send the form again if you want to send it too."
            )
            % {"reference": enquiry.reference},
        )
        return form_page(request, park, form, moment, status=422)
    return redirect("tenants:enquiry-sent", slug=park.slug, token=SENT.sign(enquiry.reference))


def form_page(request, park, form, moment, status=200):
    """The page with the form; nobody keeps a copy of it."""
    context = {"park": park, "form": form, "token": (form.is_bound and form.next_token) or FormToken.new(park, moment)}
    response = render(request, "tenants/enquiry_form.html", context, status=status)
    patch_cache_control(response, private=True, no_cache=True)
    return response


def too_many(request, park, form, moment):
    """429: what was typed stays, and the page says when to try again."""
    again = throttle.hour_of(moment) + throttle.HOUR
    form.add_error(
        None,
        _(
            "Many enquiries came from your network within this hour, so this one was not sent. What you typed is "
            "still here: send it again after %(time)s."
        )
        % {"time": timezone.localtime(again).strftime("%H:%M")},
    )
    response = form_page(request, park, form, moment, status=429)
    response["Retry-After"] = str(math.ceil((again - moment).total_seconds()))
    return response


@reading
def enquiry_sent(request, slug, token):
    """The thank-you page: the reference and nothing of what the sender wrote."""
    try:
        reference = SENT.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    enquiry = get_object_or_404(
        Enquiry.objects.select_related("park__city").filter(park__listed=True, park__slug=slug), reference=reference
    )
    response = render(request, "tenants/enquiry_sent.html", {"park": enquiry.park, "reference": reference})
    patch_cache_control(response, private=True, no_cache=True)
    return response
