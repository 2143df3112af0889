"""Applying for space: one thing a page, saved on the server after each, and sent from a page that shows it all."""

import hashlib
from functools import partial

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from stp_portal.kit import throttle
from stp_portal.kit.receiving import TooManySent
from stp_portal.kit.sending import secret, secret_page, too_many, uncached
from stp_portal.kit.sent_forms import FASTEST_SECONDS, OLDEST_SECONDS, FormToken
from tenants import mails
from tenants.actions.application import submit_application
from tenants.apply import choices, drafts, limits
from tenants.apply.forms import CheckForm, LinkForm, PaperForm, StartForm
from tenants.apply.papers import MOST_FILES, keep_paper, needed, remove_paper
from tenants.apply.steps import BY_SLUG, CHECK, STEPS, Progress
from tenants.models import ApplicationDraft
from tenants.models.application_parts import MOST_CHOICES
from tenants.models.paper import PaperKind

# Where a Change link leads back to.
BACK_TO_CHECK = "check"


@require_http_methods(["GET", "HEAD", "POST"])
def apply(request):
    """Who may apply and with which papers, before the form; its button begins a draft."""
    moment, today = timezone.now(), timezone.localdate()
    chosen = choices.asked_for(request.POST if request.method == "POST" else request.GET, today)
    form = StartForm({})
    context = {
        "form": form,
        "chosen": chosen,
        "needed": [PaperKind(kind).label for kind in needed("")],
        "with_number": PaperKind.PSEB.label,
        "kept_days": drafts.KEPT_DAYS,
        "most_choices": MOST_CHOICES,
    }
    page = partial(uncached, request, "tenants/apply/start.html", context)
    if request.method != "POST":
        return page()
    try:
        draft = drafts.new_draft(
            wanted=[choice.key for choice in chosen], client=throttle.client_key(request, moment), moment=moment
        )
    except TooManySent:
        return too_many(form, moment, page)
    return redirect("tenants:apply-step", token=draft.token, step=STEPS[0].slug)


def of_draft(view):
    """A page of one draft: 404 with a way to begin again without it, and on to the application once it was sent."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def page(request, token, **kwargs):
        draft = drafts.draft_of(token)
        if draft is None:
            return secret_page(request, "tenants/apply/gone.html", {"kept_days": drafts.KEPT_DAYS}, 404)
        if draft.application is not None:
            return secret(redirect(draft.application))
        return view(request, draft, timezone.now(), timezone.localdate(), **kwargs)

    return page


@of_draft
def apply_draft(request, draft, moment, today):
    """What is done and what is open, and the address to come back to; mailed on request."""
    progress = Progress(draft, today)
    form = LinkForm(request.POST if request.method == "POST" else None, on=today)
    sent = request.GET.get("mailed") == "1" and request.method != "POST"
    context = {
        "draft": draft,
        "form": form,
        "tasks": [(step, progress.is_done(step.slug), progress.may_open(step.slug)) for step in STEPS],
        "next": progress.first_open,
        "address": request.build_absolute_uri(reverse("tenants:apply-draft", args=[draft.token])),
        "sent": sent,
        "kept_days": drafts.KEPT_DAYS,
    }
    page = partial(secret_page, request, "tenants/apply/draft.html", context)
    if request.method != "POST":
        return page()
    if not form.is_valid():
        return page(status=422)
    try:
        mail_link(draft, form.cleaned_data["email"], throttle.client_key(request, moment), moment, today)
    except TooManySent:
        return too_many(form, moment, page)
    return secret(redirect(f"{reverse('tenants:apply-draft', args=[draft.token])}?mailed=1"))


def mail_link(draft, email, client, moment, today):
    """Queue the mail with the link to a draft, one a day and address."""
    whom = hashlib.sha256(email.lower().encode()).hexdigest()[:32]
    with limits.counted("link", client=client, moment=moment):
        mails.queue(
            "resume",
            key=f"resume:{draft.pk}:{today.isoformat()}:{whom}",
            to=email,
            link=reverse("tenants:apply-draft", args=[draft.token]),
            kept_days=drafts.KEPT_DAYS,
        )


@of_draft
def apply_step(request, draft, moment, today, step):
    """One step of a draft. Before its turn it leads to the first step that is open."""
    if step not in BY_SLUG:
        raise Http404
    progress = Progress(draft, today)
    if not progress.may_open(step):
        return to_step(draft, progress.first_open)
    view = {"choices": choices_step, "papers": papers_step, "check": check_step}.get(step, form_step)
    return view(request, progress, BY_SLUG[step], moment)


def to_step(draft, step, back=""):
    """The way to a step; `back` keeps that it was opened from the page with all answers."""
    address = reverse("tenants:apply-step", args=[draft.token, step.slug])
    return secret(redirect(f"{address}?then={back}" if back else address))


def onward(request, progress, step):
    """The way on from a step that is done: back to where its Change link stood, else to the next one."""
    if request.GET.get("then") == BACK_TO_CHECK:
        return to_step(progress.draft, CHECK)
    return to_step(progress.draft, progress.after(step.slug))


def step_page(request, progress, step, *, form, status=200, template="step", **context):
    """The page of a step."""
    order = [each.slug for each in STEPS]
    place = order.index(step.slug)
    then = request.GET.get("then") == BACK_TO_CHECK
    before = CHECK if then and step != CHECK else (STEPS[place - 1] if place else None)
    own = reverse("tenants:apply-step", args=[progress.draft.token, step.slug])
    return secret_page(
        request,
        f"tenants/apply/{template}.html",
        {
            **context,
            "draft": progress.draft,
            "step": step,
            "form": form,
            "number": place + 1,
            "of": len(STEPS),
            "before": before,
            "then": then,
            "action": f"{own}?then={BACK_TO_CHECK}" if then else own,
        },
        status,
    )


def form_step(request, progress, step, moment):
    """A step that is one form, saved when it is valid."""
    if request.method != "POST":
        form = progress.forms.get(step.slug) or step.form(on=progress.on)
        return step_page(request, progress, step, form=form)
    form = step.form(request.POST, on=progress.on)
    if not form.is_valid():
        return step_page(request, progress, step, form=form, status=422)
    drafts.keep_answers(progress.draft, step.slug, form.kept(), moment)
    return onward(request, progress, step)


def choices_step(request, progress, step, moment):
    """Up to five parks and suites in their order. Adding, moving and removing is saved at once."""
    form = StartForm(request.POST if request.method == "POST" else None)
    city = request.GET.get("city", "").replace("\x00", "")[:100]
    page = partial(choices_page, request, progress, step, form=form, city=city)
    if request.method != "POST":
        return page()
    problem = change_choices(request.POST, progress, moment)
    if not problem and "go" in request.POST:
        progress = Progress(progress.draft, progress.on)
        page = partial(choices_page, request, progress, step, form=form, city=city)
        if progress.is_done("choices"):
            return onward(request, progress, step)
        problem = (
            _("Remove what cannot be applied for any more.")
            if progress.choices
            else _("Choose at least one park or suite.")
        )
    if problem:
        form.add_error(None, problem)
        return page(status=422)
    own = reverse("tenants:apply-step", args=[progress.draft.token, step.slug])
    return secret(redirect(f"{own}?{request.GET.urlencode()}" if request.GET else own))


def change_choices(sent, progress, moment):
    """Do what one of the page's buttons says; the sentence about what is wrong with it, or None.

    What is chosen in a list is added by the button that leads on as well, so that it does not get lost.
    """
    write = partial(drafts.change_choices, progress.draft, moment=moment)
    if removed := sent.get("remove"):
        write(new=lambda kept: [key for key in kept if key != removed])
        return None
    if raised := sent.get("up"):
        write(new=lambda kept: one_up(kept, raised))
        return None
    added = [key for key in sent.getlist("add") if key][: MOST_CHOICES + 1]
    found = choices.found(added, progress.on)
    if len(found) < len(set(added)) or any(choice.problem for choice in found) or not (added or "go" in sent):
        return _("Choose a park or a suite from the list.")
    if len({*(choice.key for choice in progress.choices), *added}) > MOST_CHOICES:
        return _("Up to five parks and suites can be chosen. Remove one first.")
    if added:
        write(new=lambda kept: list(dict.fromkeys([*kept, *added]))[:MOST_CHOICES])
    return None


def one_up(keys, key):
    """The keys with this one a place further up."""
    place = keys.index(key) if key in keys else 0
    if place:
        keys[place - 1], keys[place] = keys[place], keys[place - 1]
    return keys


def choices_page(request, progress, step, *, form, city, status=200):
    """The page with the choices and with what may be added."""
    keys = [choice.key for choice in progress.choices]
    needs = progress.forms.get("needs")
    size = needs.cleaned_data if needs and needs.is_valid() else {}
    room = len(keys) < MOST_CHOICES
    return step_page(
        request,
        progress,
        step,
        form=form,
        status=status,
        template="choices",
        chosen=progress.choices,
        room=room,
        most=MOST_CHOICES,
        city=city,
        cities=choices.cities_of(progress.on),
        parks=choices.parks_to_add(progress.on, city, keys) if room else [],
        suites=choices.suites_to_add(
            progress.on, city, keys, area=size.get("wanted_area_sqft"), seats=size.get("wanted_seats")
        )
        if room
        else [],
    )


def papers_step(request, progress, step, moment):
    """The papers: one file at a time, and what is still missing."""
    draft = progress.draft
    papers = list(draft.papers.all())
    form = PaperForm(on=progress.on, initial={"kind": request.GET.get("kind", "")})
    page = partial(papers_page, request, progress, step, papers=papers)
    if request.method != "POST":
        return page(form=form)
    going = "go" in request.POST
    if going and not request.FILES.get("file"):
        drafts.keep_answers(draft, "papers", {}, moment)
        return onward(request, progress, step)
    own = reverse("tenants:apply-step", args=[draft.token, step.slug])
    again = secret(redirect(f"{own}?then={BACK_TO_CHECK}" if request.GET.get("then") == BACK_TO_CHECK else own))
    if "remove" in request.POST:
        for paper in papers:
            if str(paper.pk) == request.POST["remove"]:
                remove_paper(paper)
        return again
    form = PaperForm(request.POST, request.FILES, on=progress.on)
    page = partial(page, form=form)
    if not form.is_valid():
        return page(status=422)
    refusal = take_paper(request, draft, form, page, moment)
    if refusal is None and going:
        drafts.keep_answers(draft, "papers", {}, moment)
        return onward(request, progress, step)
    return refusal or again


def take_paper(request, draft, form, page, moment):
    """Keep the file of a valid `form`; the page that says why not, or None when it is kept."""
    try:
        keep_paper(
            upload=form.cleaned_data["file"],
            kind=form.cleaned_data["kind"],
            draft=draft,
            client=throttle.client_key(request, moment),
            moment=moment,
        )
    except ValidationError as error:
        form.add_error("file", error)
        return page(status=422)
    except TooManySent:
        return too_many(form, moment, page)
    except ApplicationDraft.DoesNotExist as error:
        raise Http404 from error
    return None


def papers_page(request, progress, step, *, papers, form, status=200):
    """The page with the papers."""
    return step_page(
        request,
        progress,
        step,
        form=form,
        status=status,
        template="papers",
        papers=papers,
        missing=missing(progress, papers),
        room=len(papers) < MOST_FILES,
        most=MOST_FILES,
    )


def missing(progress, papers):
    """The kinds of paper that are needed and not here yet, each with its label."""
    numbers = progress.draft.answers.get("numbers", {})
    here = {paper.kind for paper in papers}
    return [(kind.value, kind.label) for kind in needed(numbers.get("pseb_number")) if kind not in here]


def check_step(request, progress, step, moment):
    """All answers with their Change links, the declaration, and what sends them."""
    draft = progress.draft
    about = f"apply {draft.number} {draft.updated_at.timestamp()}"
    form = CheckForm(request.POST if request.method == "POST" else None, on=progress.on)
    token = FormToken.read(request.POST.get("form_token", ""), about) if form.is_bound else None
    papers = list(draft.papers.all())

    def page(status=200):
        fresh = token is None or token.age(moment) > OLDEST_SECONDS
        return step_page(
            request,
            progress,
            step,
            form=form,
            status=status,
            template="check",
            sections=progress.sections(),
            chosen=progress.choices,
            papers=papers,
            missing=missing(progress, papers),
            token=FormToken.new(about, moment) if fresh else token,
        )

    if request.method != "POST":
        return page()
    if form.is_valid():
        tell_people_from_programs(form, token, moment)
    if form.errors:
        return page(status=422)
    values = progress.values() | {"choices": [(choice.park, choice.suite) for choice in progress.choices]}
    try:
        application = submit_application(
            draft=draft,
            values=values,
            client=throttle.client_key(request, moment),
            moment=moment,
            today=progress.on,
        )
    except TooManySent:
        return too_many(form, moment, page)
    except ApplicationDraft.DoesNotExist as error:
        raise Http404 from error
    except IntegrityError:
        form.add_error(None, _("One of the answers cannot be kept as it is. Check them for a slip of the keys."))
        return page(status=422)
    return secret(redirect(application))


def tell_people_from_programs(form, token, moment):
    """Errors where the page came back as no person sends it, or shows what has changed since."""
    if form.cleaned_data["subject"]:
        form.add_error(
            None, _("A field that must stay empty came back filled in, perhaps by your browser. Send it again.")
        )
    if token is None or token.age(moment) > OLDEST_SECONDS:
        form.add_error(
            None, _("The answers were changed since this page was opened, or it was open for too long. Read it again.")
        )
    elif token.age(moment) < FASTEST_SECONDS:
        form.add_error(None, _("The page came back too fast to have been read. Please send it again."))
