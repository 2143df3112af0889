"""The offer, for whoever holds the address of its application: terms, cost, and the firm's answer."""

from functools import partial

from django import forms
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from stp_portal.kit.sent_forms import BlockField
from tenants import actions
from tenants.actions.offering import database_today, terms_of
from tenants.apply.forms import StepForm
from tenants.models import Lease
from tenants.models.lease_states import LeaseState
from tenants.schedule import schedule_of

from .application import back, done, of, private

ACCEPT, WAIT, WITHDRAW = "accept", "wait", "withdraw"


class AnswerForm(StepForm):
    """What the firm answers. An acceptance binds, so it is said twice."""

    answer = forms.ChoiceField(
        label=gettext_lazy("Your answer"),
        choices=[
            (ACCEPT, gettext_lazy("Accept the offer")),
            (WAIT, gettext_lazy("Decline it and keep waiting, with your old date")),
            (WITHDRAW, gettext_lazy("Decline it and withdraw the application")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose your answer."),
            "invalid_choice": gettext_lazy("Choose one of the three answers."),
        },
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I may sign for the firm, and the firm accepts these terms."),
        required=False,
    )
    reason = BlockField(
        label=gettext_lazy("If you decline: why?"),
        help_text=gettext_lazy("It helps PSEB to make a better offer. At most 300 characters."),
        required=False,
        max_length=300,
        error_messages={"max_length": gettext_lazy("This must be 300 characters or fewer; it has %(show_value)s.")},
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self):
        """An acceptance is confirmed."""
        data = super().clean()
        if data.get("answer") == ACCEPT and not data.get("sure"):
            self.add_error("sure", _("Confirm that you may sign for the firm and that it accepts these terms."))
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_offer(request, token):
    """The newest offer of an application with its terms, and the form to answer it while it is open."""
    mine = of(token)
    today = database_today()
    lease = (
        Lease.objects.filter(application=mine)
        .exclude(state__in=[LeaseState.DRAFT, LeaseState.CANCELLED])
        .select_related("park__city", "company")
        .order_by("-pk")
        .first()
    )
    page = partial(offer_page, request, mine, lease, today)
    if request.method != "POST" or lease is None:
        return page(AnswerForm(on=today))
    form = AnswerForm(request.POST, on=today)
    page = partial(page, form)
    if request.POST.get("lease", "") != str(lease.pk):
        form.add_error(None, _("The offer is another one by now. Read it, and answer again."))
    if not form.is_valid():
        return page(status=422)
    answer = form.cleaned_data["answer"]
    try:
        if answer == ACCEPT:
            actions.accept_by_firm(application=mine, lease=lease, terms=request.POST.get("terms", ""))
        else:
            actions.decline_by_firm(
                application=mine, lease=lease, then=answer, reason=" ".join(form.cleaned_data["reason"].split())
            )
    except actions.Refused as error:
        form.add_error(None, error.messages)
        lease = Lease.objects.select_related("park__city", "company").get(pk=lease.pk)
        return offer_page(request, mine, lease, database_today(), form, status=422)
    return back(mine, {ACCEPT: "accepted", WAIT: "declined", WITHDRAW: "withdrawn"}[answer])


def offer_page(request, mine, lease, today, form, *, status=200):
    """The terms of `lease`, None where there is no offer; `today` is the database's day."""
    context = {"application": mine, "lease": lease, "form": form, "done": done(request), "today": today}
    if lease is not None:
        context |= {
            "open": lease.state == LeaseState.OFFERED and today <= lease.offer_deadline,
            "lapsed": lease.state == LeaseState.LAPSED
            or (lease.state == LeaseState.OFFERED and today > lease.offer_deadline),
            "accepted": lease.state in (LeaseState.ACCEPTED, LeaseState.SIGNED),
            "schedule": cost_of(lease),
            "terms": terms_of(lease),
            "lettings": list(lease.lettings.select_related("suite").order_by("pk")),
        }
    return render(request, "tenants/application/offer.html", context, status=status)


def cost_of(lease):
    """The `Schedule` of the lease; None where its escalation, changed after the offer, leads beyond all measure."""
    try:
        return schedule_of(lease)
    except actions.Refused:
        return None
