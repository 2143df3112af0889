"""What the tests of the page of an application share: addresses, form tokens, and what a reader sees."""

import datetime as dt
import uuid

from django.utils import timezone

from stp_portal.kit.sent_forms import FormToken
from tenants.models import Application, PaperRequest, TimelineEntry
from tests.factories import UserFactory
from tests.space_pages import html_of, text_of

# Never on a page of an application: what staff write for themselves, and their names.
STAFF_NAME, STAFF_NOTE = "canary-officer", "Canary note of staff"


def address(application, page=""):
    """The address of a page of the application."""
    return f"/applications/{application.token}/{page}{'/' if page else ''}"


def read(client, application, page="", **params):
    """The text of a page of the application."""
    response = client.get(address(application, page), params)
    assert response.status_code == 200, response.content
    return text_of(response)


def token_of(about, seconds=60):
    """A form token that was made so many seconds ago."""
    return str(FormToken(uuid.uuid4(), about, int(timezone.now().timestamp()) - seconds))


def message(application, text="When may we see the suite?", **changes):
    """What a browser sends from the form of a message."""
    return {"form_token": token_of(f"message {application.pk}"), "text": text, "subject": ""} | changes


def refused(response, *sentences, status=422):
    """The page of a refused form: each sentence stands there, and the title says that there is an error."""
    html = html_of(response)
    assert response.status_code == status, text_of(response)
    assert "There is a problem" in html and "<title>Error:" in html
    for sentence in sentences:
        assert sentence in text_of(response).replace("&#x27;", "'"), text_of(response)
    return html


def ask_paper(application, kind="pseb", days=14, words="", by=None):
    """A paper that staff asked for, due in so many days."""
    return PaperRequest.objects.create(
        application=application,
        kind=kind,
        words=words,
        asked_by=by or UserFactory(),
        due_on=timezone.localdate() + dt.timedelta(days),
    )


def past(application, state, days):
    """Make the present `state` one that was reached so many days ago."""
    Application.objects.filter(pk=application.pk, state=state).update(state_at=timezone.now() - dt.timedelta(days=days))
    application.refresh_from_db()


def steps(application):
    """The kinds of the timeline in their order; of a state, the state."""
    rows = TimelineEntry.objects.filter(application=application).order_by("at", "pk")
    return [entry.to_state or entry.kind for entry in rows]
