"""The steps of staff on one application: what each says, asks and does. Their pages are in `application_pages`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.sent_forms import FormToken
from tenants.actions import deciding
from tenants.actions.deciding import STEPS
from tenants.actions.entering import enter_company
from tenants.models import ApplicationMessage, ApplicationPaper, PaperRequest
from tenants.models.application_states import OPEN_STATES

from . import application_forms as forms


@dataclass(frozen=True)
class Step:
    """A step: its address and route, its words, its form, and the action with what is handed to it.

    `of` is the kind of row that it is about beside the application. With `confirmed` the page shows what was typed
    once more before anything is done; `grave` steps cannot be taken back.
    """

    slug: str
    name: str
    title: str
    lead: str
    button: str
    said: str
    form: type
    run: Callable
    states: tuple = ()
    of: type | None = None
    confirmed: bool = False
    grave: bool = False
    quiet: bool = False
    checks: bool = False
    versioned: bool = True

    @property
    def route(self):
        """The name of the route."""
        return f"tenants_application_{self.name}"

    def fits(self, application):
        """Whether the state of the application allows it."""
        return not self.states or application.standing in self.states


def _run_complete(page, **given):
    return deciding.check_complete(application=page.application, today=page.on, by=page.user, **given)


def _run_ask(page, **given):
    return deciding.ask_paper(application=page.application, today=page.on, by=page.user, **given)


def _run_take_back(page, **given):
    return deciding.take_back_request(request=page.row, today=page.on, by=page.user, **given)


def _run_look(page, **given):
    return deciding.find_paper(paper=page.row, today=page.on, by=page.user, **given)


def _run_decline(page, **given):
    return deciding.decline(application=page.application, today=page.on, by=page.user, **given)


def _run_assign(page, **given):
    return deciding.assign(application=page.application, by=page.user, **given)


def _run_message(page, form_token, **given):
    token = FormToken.read(form_token, page.message_about)
    if token is None:
        raise ValidationError(_("This form is not whole. Send it once more."))
    return deciding.send_message_staff(application=page.application, form_token=token.number, by=page.user, **given)


def _run_set_aside(page, reason=""):
    return deciding.set_aside_message(message=page.row, by=page.user)


def _run_note(page, **given):
    return deciding.note(application=page.application, by=page.user, **given)


def _run_company(page, **given):
    return enter_company(application=page.application, today=page.on, by=page.user, **given)


COMPLETE = Step(
    "complete",
    "complete",
    gettext_lazy("Put into the queue"),
    gettext_lazy("The firm is told that its application is complete. Its day in the queue is given once and kept."),
    gettext_lazy("Put into the queue"),
    gettext_lazy("The application is in the queue, and the firm is told."),
    forms.CompleteForm,
    _run_complete,
    states=STEPS["complete"],
    checks=True,
)
ASK = Step(
    "ask",
    "ask",
    gettext_lazy("Ask for a paper"),
    gettext_lazy("The firm is told by e-mail what is needed and until when. A place in the queue is kept."),
    gettext_lazy("Ask for it"),
    gettext_lazy("The firm is asked for the paper."),
    forms.AskForm,
    _run_ask,
    states=STEPS["ask"],
)
MESSAGE = Step(
    "message",
    "message",
    gettext_lazy("Write to the firm"),
    gettext_lazy("It answers what the firm wrote until now."),
    gettext_lazy("Send"),
    gettext_lazy("The message is sent."),
    forms.MessageForm,
    _run_message,
    versioned=False,
)
ASSIGN = Step(
    "assign",
    "assign",
    gettext_lazy("Assign"),
    gettext_lazy("Who takes care of this application. The firm does not see it."),
    gettext_lazy("Assign"),
    gettext_lazy("Assigned."),
    forms.AssignForm,
    _run_assign,
    states=STEPS["assign"],
    quiet=True,
    versioned=False,
)
COMPANY = Step(
    "company",
    "company",
    gettext_lazy("Enter in the register"),
    gettext_lazy(
        "A lease is made with a company of the register. What the firm wrote is taken from here: nothing has to be "
        "typed again."
    ),
    gettext_lazy("Enter"),
    gettext_lazy("The application is linked to its company."),
    forms.CompanyForm,
    _run_company,
    states=OPEN_STATES,
)
NOTE = Step(
    "note",
    "note",
    gettext_lazy("Note"),
    "",
    gettext_lazy("Save"),
    gettext_lazy("The note is saved."),
    forms.NoteForm,
    _run_note,
    quiet=True,
    versioned=False,
)
DECLINE = Step(
    "decline",
    "decline",
    gettext_lazy("Decline"),
    gettext_lazy("For good: the application leaves every queue, and the firm gets the reason with a letter of regret."),
    gettext_lazy("Decline the application"),
    gettext_lazy("The application is declined, and the firm is told why."),
    forms.DeclineForm,
    _run_decline,
    states=STEPS["decline"],
    confirmed=True,
    grave=True,
    quiet=True,
    checks=True,
)
OF_APPLICATION = (COMPLETE, ASK, MESSAGE, COMPANY, ASSIGN, NOTE, DECLINE)
LOOK = Step(
    "papers",
    "look",
    gettext_lazy("Look at a paper"),
    gettext_lazy("An accepted paper settles the request for it; the firm is told by e-mail of one that is not."),
    gettext_lazy("Record"),
    gettext_lazy("What was found of the paper is recorded."),
    forms.LookForm,
    _run_look,
    states=STEPS["look"],
    of=ApplicationPaper,
)
TAKE_BACK = Step(
    "requests",
    "take_back",
    gettext_lazy("Take the request back"),
    gettext_lazy("The paper is no longer needed. The firm sees that it is not asked for any more."),
    gettext_lazy("Take back"),
    gettext_lazy("The paper is no longer asked for."),
    forms.ReasonOnlyForm,
    _run_take_back,
    of=PaperRequest,
)
SET_ASIDE = Step(
    "messages",
    "set_aside",
    gettext_lazy("No answer needed"),
    gettext_lazy("The message no longer stands among those to be answered. The firm is not told."),
    gettext_lazy("No answer needed"),
    gettext_lazy("The message needs no answer."),
    forms.ReasonOnlyForm,
    _run_set_aside,
    of=ApplicationMessage,
    versioned=False,
)
OF_ROW = (LOOK, TAKE_BACK, SET_ASIDE)


def steps_for(application):
    """The steps that the state of an application with `standing` allows."""
    return [
        step for step in OF_APPLICATION if step.fits(application) and not (step is COMPANY and application.company_id)
    ]
