"""The page of an application, for whoever holds its address, and what the firm does from there."""

from functools import partial, wraps

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from parks.file_log import recorder
from parks.views.base import reading
from stp_portal.kit import private_files, throttle
from stp_portal.kit.listing import page_of, page_title
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import secret, too_many
from stp_portal.kit.sent_forms import FormToken
from tenants import actions, matching, queue
from tenants.application_forms import ChoicesForm, MessageForm, SendPaperForm, WithdrawForm
from tenants.application_story import situation, timeline_of
from tenants.application_times import usual_days
from tenants.apply import choices
from tenants.apply.forms import StepForm
from tenants.models import Application, ApplicationMessage, Letter
from tenants.models.application_parts import MOST_CHOICES
from tenants.models.paper import PaperKind

MOST_ALTERNATIVES = 6
LAST_MESSAGES = 3
# What an address may say that was done; anything else is nothing.
DONE = {
    "message": gettext_lazy("Your message is sent. PSEB's answer will stand here, and you get an e-mail."),
    "paper": gettext_lazy("Your paper is here. PSEB will look at it."),
    "choices": gettext_lazy("Your choices are saved."),
    "added": gettext_lazy("It is among your choices now, as the last of them."),
    "interest": gettext_lazy("Thank you. You keep your place in the queue."),
    "restored": gettext_lazy("Your application is back in the queue, with its old date."),
    "withdrawn": gettext_lazy("Your application is withdrawn."),
    "accepted": gettext_lazy("Thank you. PSEB has your acceptance, and the suites stay held for you."),
    "declined": gettext_lazy("You declined the offer. Your application waits on with its old date."),
}


def private(view):
    """A page whose address is the key to it: every answer of the view says so to browsers and search engines."""

    @wraps(view)
    def answer(request, *args, **kwargs):
        return secret(view(request, *args, **kwargs))

    return answer


def of(token):
    """The application with this secret; 404 without one."""
    return get_object_or_404(Application.objects.defer("words", "staff_note"), token=token)


def done(request):
    """What was done just before, as the address says; None without it."""
    return DONE.get(request.GET.get("done", ""))


def back(application, what=""):
    """To the page of the application, which then says what was done."""
    return redirect(application.get_absolute_url() + (f"?done={what}" if what else ""))


@reading
@private
def application(request, token):
    """Where the application stands and why, what comes next, and what the firm can do."""
    return main_page(request, of(token))


def main_page(request, mine, failed=None, status=200):
    """The page of an application; `failed` is a form with what went wrong."""
    today = timezone.localdate()
    stands = situation(mine, today)
    chosen = list(mine.choices.select_related("park__city", "suite").order_by("rank"))
    asked = list(mine.requests.filter(closed_at__isnull=True).order_by("due_on", "pk")) if stands.going_on else []
    messages = list(mine.messages.order_by("-at", "-pk")[: LAST_MESSAGES + 1])
    timeline = timeline_of(mine)
    page = page_of(timeline, len(timeline), request.GET)
    return render(
        request,
        "tenants/application/page.html",
        {
            "application": mine,
            "today": today,
            "stands": stands,
            "title": page_title(_("Application %(reference)s") % {"reference": mine.reference}, page),
            "done": done(request),
            "failed": failed,
            "asked": asked,
            "overdue": [request for request in asked if request.due_on < today],
            "papers": list(mine.papers.order_by("-received_at", "-pk")),
            "interest_asked": stands.standing == "waiting" and mine.interest_asked > 0,
            "chosen": chosen,
            "places": queue.places_of(mine, today) if stands.going_on else [],
            "usual": usual_days(stands.standing, today, demo=mine.demo),
            "messages": messages[:LAST_MESSAGES],
            "more_messages": len(messages) > LAST_MESSAGES,
            "letters": list(letters_of(mine).order_by("-issued_at", "-pk")),
            "near": near(mine, chosen, today) if stands.changeable else [],
            "may_add": stands.changeable and len(chosen) < MOST_CHOICES,
            "page": page,
            "address": request.build_absolute_uri(mine.get_absolute_url()),
        },
        status=status,
    )


def near(mine, chosen, today):
    """[(match, its key as a choice, whether it is one already)] of the space that is free today and close to what was
    asked for."""
    have = {key_of(choice) for choice in chosen}
    found = []
    for match in matching.free_now(mine, today, most=MOST_ALTERNATIVES):
        # Desks are asked for by their park: which of them are given is seen when they are offered.
        key = f"p{match.park.pk}" if match.of_desks else f"s{match.suites[0].pk}"
        found.append((match, key, key in have))
    return found


def letters_of(mine):
    """The letters about an application and about the leases that it led to."""
    return Letter.objects.filter(Q(application=mine) | Q(lease__application=mine))


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_message(request, token):
    """Messages both ways, and the form for the next one. Sent once or twenty times, one form makes one message."""
    mine = of(token)
    moment, on = timezone.now(), timezone.localdate()
    about = f"message {mine.pk}"
    page = partial(message_page, request, mine, about, moment)
    if request.method != "POST":
        return page(MessageForm(moment=moment, on=on))
    form = MessageForm(
        request.POST,
        instance=ApplicationMessage(),
        moment=moment,
        on=on,
        token=FormToken.read(request.POST.get("form_token", ""), about),
    )
    page = partial(page, form)
    if not form.is_valid():
        return page(status=422)
    try:
        message = actions.send_message(
            application=mine,
            text=form.cleaned_data["text"],
            form_token=form.token.number,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManySent:
        return too_many(form, moment, page)
    if not form.says_the_same_as(message):
        form.token = None
        form.add_error(
            None,
            _(
                "This form was sent before. What you have changed since is not sent yet: send the form again if "
                "you want to send it too."
            ),
        )
        return page(status=422)
    return redirect(reverse("tenants:application-message", args=[mine.token]) + "?done=message")


def message_page(request, mine, about, moment, form, *, status=200):
    """The messages, the newest first, with the form above them."""
    page = page_of(mine.messages.order_by("-at", "-pk"), mine.messages.count(), request.GET)
    token = (form.is_bound and form.next_token) or FormToken.new(about, moment)
    context = {"application": mine, "form": form, "token": token, "page": page, "done": done(request)}
    context["title"] = page_title(_("Messages about %(reference)s") % {"reference": mine.reference}, page)
    return render(request, "tenants/application/messages.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_papers(request, token):
    """The papers asked for and sent, and the form for one more file."""
    mine = of(token)
    moment, on = timezone.now(), timezone.localdate()
    asked = list(mine.requests.filter(closed_at__isnull=True).order_by("due_on", "pk"))
    said = request.POST.get("asked", "") if request.method == "POST" else request.GET.get("asked", "")
    answering = next((one for one in asked if str(one.pk) == said), None)
    page = partial(papers_page, request, mine, asked, on)
    if request.method != "POST":
        first = {"kind": said} if said in PaperKind.values else {}
        return page(SendPaperForm(on=on, asked=answering, initial=first))
    form = SendPaperForm(request.POST, request.FILES, on=on, asked=answering)
    page = partial(page, form)
    if not form.is_valid():
        return page(status=422)
    if answering is None:
        answering = next((one for one in asked if one.kind == form.kind and one.kind != PaperKind.OTHER), None)
    try:
        actions.send_paper(
            application=mine,
            upload=form.cleaned_data["file"],
            kind=form.kind,
            request=answering,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except TooManySent:
        return too_many(form, moment, page)
    except actions.Refused as error:
        form.add_error(None, error)
        return page(status=422)
    except ValidationError as error:
        form.add_error("file", error)
        return page(status=422)
    return redirect(reverse("tenants:application-papers", args=[mine.token]) + "?done=paper")


def papers_page(request, mine, asked, on, form, *, status=200):
    """What is asked for, the form, and what has come."""
    context = {
        "application": mine,
        "form": form,
        "asked": asked,
        "today": on,
        "papers": list(mine.papers.order_by("-received_at", "-pk")),
        "going_on": situation(mine, on).going_on,
        "done": done(request),
    }
    return render(request, "tenants/application/papers.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_choices(request, token):
    """Up to five parks or suites in their order. One form for all of them, so that an order is changed at once."""
    mine = of(token)
    moment, on = timezone.now(), timezone.localdate()
    present = [choices.Choice(key_of(row), row.park, row.suite) for row in mine.choices.select_related("park", "suite")]
    keys = [one.key for one in present]
    form = partial(ChoicesForm, on=on, present=present, near=(mine.wanted_area_sqft, mine.wanted_seats))
    page = partial(choices_page, request, mine, on, keys)
    if request.method != "POST":
        return page(form())
    form = form(request.POST)
    page = partial(page, form)
    if form.is_valid() and form.keys == keys:
        return back(mine, "choices")
    if form.is_valid() and request.POST.get("before", "") != ",".join(keys):
        form.add_error(
            None,
            _("Your choices were changed in another window meanwhile. Check what stands here and save it again."),
        )
    if not form.is_valid():
        return page(status=422)
    there = {one.key: one for one in present}
    new = {one.key: one for one in choices.found([key for key in form.keys if key not in there], on)}
    wanted = [there.get(key) or new[key] for key in form.keys]
    try:
        if any(one.problem for one in wanted):
            raise actions.Refused(_("One of these can no longer be applied for: choose another one."))
        actions.change_choices(
            application=mine,
            wanted=[(one.park, one.suite) for one in wanted],
            client=throttle.client_key(request, moment),
            moment=moment,
            today=on,
        )
    except TooManySent:
        return too_many(form, moment, page)
    except actions.Refused as error:
        form.add_error(None, error)
        return page(status=422)
    return back(mine, "choices")


def key_of(row):
    """An ApplicationChoice as the key that forms use."""
    return f"s{row.suite_id}" if row.suite_id else f"p{row.park_id}"


def choices_page(request, mine, on, keys, form, *, status=200):
    """The form, or why the choices cannot be changed."""
    context = {"application": mine, "form": form, "stands": situation(mine, on), "before": ",".join(keys)}
    return render(request, "tenants/application/choices.html", context, status=status)


@require_POST
@private
def application_choice_add(request, token):
    """Add one park or suite to the choices, by one tap from what is free."""
    mine = of(token)
    moment, on = timezone.now(), timezone.localdate()
    # It has no fields: it carries what went wrong.
    form = StepForm({}, on=on)
    page = partial(main_page, request, mine, form)
    found = choices.found([request.POST.get("choice", "")], on)
    if not found or found[0].problem:
        form.add_error(None, _("This can no longer be applied for: choose another park or suite."))
        return page(status=422)
    try:
        actions.add_choice(
            application=mine,
            park=found[0].park,
            suite=found[0].suite,
            client=throttle.client_key(request, moment),
            moment=moment,
            today=on,
        )
    except TooManySent:
        return too_many(form, moment, page)
    except actions.Refused as error:
        form.add_error(None, error)
        return page(status=422)
    return back(mine, "added")


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_interest(request, token):
    """ "Still interested?": the question, and the answer that keeps the place or brings it back."""
    mine = of(token)
    on = timezone.localdate()
    form = StepForm(request.POST if request.method == "POST" else None, on=on)
    page = partial(short_page, request, mine, on, form, "tenants/application/interest.html")
    if request.method != "POST":
        return page()
    try:
        actions.answer_interest(application=mine, today=on)
    except actions.Refused as error:
        form.add_error(None, error)
        return page(status=422)
    return back(mine, "restored" if mine.state == "lapsed" else "interest")


@require_http_methods(["GET", "HEAD", "POST"])
@private
def application_withdraw(request, token):
    """Withdraw for good, once the firm has said so on a page of its own."""
    mine = of(token)
    on = timezone.localdate()
    form = WithdrawForm(request.POST if request.method == "POST" else None, on=on)
    page = partial(short_page, request, mine, on, form, "tenants/application/withdraw.html")
    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=422)
    try:
        actions.withdraw_application(application=mine, reason=form.cleaned_data["reason"], today=on)
    except actions.Refused as error:
        form.add_error(None, error)
        return page(status=422)
    return back(mine, "withdrawn")


def short_page(request, mine, on, form, template, *, status=200):
    """A page with one question about an application."""
    return render(request, template, {"application": mine, "form": form, "stands": situation(mine, on)}, status=status)


@reading
def application_letter(request, token, number):
    """The file of a letter of this application, exactly as it was issued; 404 for every other letter."""
    letter = letters_of(of(token)).filter(number=number).first()
    if letter is None:
        raise Http404
    name = f"{letter.number}.pdf"
    # Whoever holds the link is the firm, also where a member of staff is signed in beside it.
    record = recorder(request, row=letter, name=name, subject=letter.lease or letter.application, by_link=True)
    response = private_files.serve(letter.file, name, record=record)
    response["X-Robots-Tag"] = "noindex"
    return response
