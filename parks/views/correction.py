"""Report a mistake on a park's page, and read what became of it."""

import secrets
from functools import partial

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parks import correction_facts as facts
from parks.actions import receive_correction
from parks.correction_form import CorrectionForm
from parks.models import Correction, Park
from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import too_many, uncached
from stp_portal.kit.sent_forms import FormToken

from .base import reading

TOKEN_BYTES = 32


@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request, slug, fact):
    """The form about one fact, and what it sends. Sent once or twenty times, one form makes one report."""
    if fact not in facts.FACTS:
        raise Http404
    moment, on = timezone.now(), timezone.localdate()
    park = get_object_or_404(Park.objects.listed().select_related("city", "host"), slug=slug)
    # What the form's token says that it is about, and what the page shows above the form.
    about, shown = f"correction {park.pk} {fact}", facts.said(park, fact, on)
    context = {"park": park, "fact": fact, "fact_label": facts.FACTS[fact], "shown": shown}
    page = partial(form_page, request, context, about, moment)
    if request.method != "POST":
        return page(CorrectionForm(moment=moment, on=on))
    form = CorrectionForm(
        request.POST,
        instance=Correction(park=park, fact=fact, shown=shown, token=secrets.token_urlsafe(TOKEN_BYTES)),
        moment=moment,
        on=on,
        token=FormToken.read(request.POST.get("form_token", ""), about),
    )
    page = partial(page, form)
    if not form.is_valid():
        return page(status=422)
    try:
        correction = receive_correction(
            correction=form.instance,
            form_token=form.token.number,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManySent:
        return too_many(form, moment, page)
    if not form.says_the_same_as(correction):
        # Sent, gone back to, changed and sent again: the change must not get lost without a word.
        form.token = None
        form.add_error(
            None,
            _(
                "This form was sent before, as %(reference)s. What you have changed since is not sent yet: "
                "send the form again if you want to send it too."
            )
            % {"reference": correction.reference},
        )
        return page(status=422)
    return redirect(correction)


def form_page(request, context, about, moment, form, *, status=200):
    """The page with the form."""
    token = (form.is_bound and form.next_token) or FormToken.new(about, moment)
    return uncached(request, "parks/correction_form.html", {**context, "form": form, "token": token}, status)


@reading
def correction(request, token):
    """What became of a report, for whoever has the address: no word of who sent it or who decided."""
    report = get_object_or_404(Correction.objects.select_related("park__city"), token=token)
    received = timezone.localtime(report.created_at).date()
    response = uncached(request, "parks/correction.html", {"report": report, "park": report.park, "received": received})
    # The address is the key to the page: no other site learns it, and no search engine keeps it.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
