"""Ask a question about a listed park or a suite in it, or for a visit."""

from functools import partial

from django.core import signing
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parks.models import Park, Suite
from parks.models.stage import ENDED
from parks.views.base import reading
from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import too_many, uncached
from stp_portal.kit.sent_forms import FormToken
from tenants import space
from tenants.actions import receive_enquiry
from tenants.forms import EnquiryForm
from tenants.models import Enquiry
from tenants.words import suite_title

SENT = signing.Signer(salt="tenants.enquiry.sent")
MOST_DIGITS = 18


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_new(request, slug):
    """The form, and what it sends. Sent once or twenty times, one form makes one enquiry."""
    moment, on = timezone.now(), timezone.localdate()
    park = get_object_or_404(Park.objects.listed().with_stage(on).select_related("city"), slug=slug)
    ended = park.stage in ENDED
    if request.method != "POST":
        form = EnquiryForm(
            moment=moment, on=on, ended=ended, initial=about_suite(request.GET.get("suite", ""), park, on)
        )
        return form_page(request, park, form, moment)
    form = EnquiryForm(
        request.POST,
        instance=Enquiry(park=park),
        moment=moment,
        on=on,
        ended=ended,
        token=FormToken.read(request.POST.get("form_token", ""), about_park(park)),
    )
    page = partial(form_page, request, park, form, moment)
    if not form.is_valid():
        return page(status=422)
    try:
        enquiry = receive_enquiry(
            enquiry=form.instance,
            form_token=form.token.number,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManySent:
        return too_many(form, moment, page)
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
        return page(status=422)
    return redirect("tenants:enquiry-sent", slug=park.slug, token=SENT.sign(enquiry.reference))


def about_park(park):
    """What the form's token says that it is about."""
    return f"enquiry {park.pk}"


def about_suite(key, park, on):
    """What the form begins with where the address names a suite of this park; nothing for any other text."""
    if not (key.isascii() and key.isdigit() and len(key) <= MOST_DIGITS):
        return {}
    suite = space.offered(Suite.objects.filter(park=park), on).filter(pk=int(key)).first()
    if suite is None:
        return {}
    return {"message": f"{suite_title(suite.kind, suite.number)}:\n"}


def form_page(request, park, form, moment, status=200):
    """The page with the form."""
    token = (form.is_bound and form.next_token) or FormToken.new(about_park(park), moment)
    return uncached(request, "tenants/enquiry_form.html", {"park": park, "form": form, "token": token}, status)


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
    return uncached(request, "tenants/enquiry_sent.html", {"park": enquiry.park, "reference": reference})
