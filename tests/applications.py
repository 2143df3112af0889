"""Applications for tests, brought to a state past every action."""

import datetime as dt
import hashlib
import secrets
import uuid

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from parks.models import Suite
from tenants.models import Application, ApplicationChoice, ApplicationPaper

COMPLETE_ON = dt.date(2026, 3, 2)
PDF = b"%PDF-1.4\n% a paper of a test\n"
# The states before it, along the allowed path.
WAY = {
    "submitted": [],
    "needs_paper": ["needs_paper"],
    "waiting": ["waiting"],
    "offered": ["waiting", "offered"],
    "allotted": ["waiting", "offered", "allotted"],
    "lapsed": ["waiting", "lapsed"],
    "declined": ["declined"],
    "withdrawn": ["withdrawn"],
}
FACTS = {
    "declined": {
        "state_code": "no_space",
        "state_reason": "No space of this kind is planned there.",
        "state_minute": "12/2026",
        "state_decided_on": dt.date(2026, 3, 9),
        "state_by": "staff",
    },
    "waiting": {"state_by": "staff"},
    "needs_paper": {"state_by": "staff"},
    "lapsed": {"state_by": "clock"},
}


class ApplicationFactory(DjangoModelFactory):
    """An application of 1,000 sq ft in `state`, complete on `complete_on` where it is in the queue.

    `choices` are parks and suites in their order.
    """

    class Meta:
        model = Application
        skip_postgeneration_save = True

    token = factory.LazyFunction(lambda: secrets.token_urlsafe(32))
    form_token = factory.LazyFunction(uuid.uuid4)
    company_name = factory.Sequence(lambda n: f"Applicant {n}")
    activity = "software"
    wanted_area_sqft = 1_000
    move_in = dt.date(2027, 1, 1)
    months = 36
    team_size = 12
    contact_name = "Contact of the applicant"
    email = factory.Sequence(lambda n: f"applicant{n}@example.org")
    phone = "+924235871234"

    @classmethod
    def _create(cls, model_class, *args, state="submitted", choices=(), complete_on=COMPLETE_ON, **kwargs):
        application = super()._create(model_class, *args, **kwargs)
        choose(application, *choices)
        bring_to(application, state, complete_on)
        return application


def desks(seats, **facts):
    """An application for so many desks."""
    return ApplicationFactory(wanted_area_sqft=None, wanted_seats=seats, **facts)


def choose(application, *wanted):
    """Give the application these parks and suites as choices, in their order."""
    for rank, one in enumerate(wanted, start=1):
        suite = one if isinstance(one, Suite) else None
        ApplicationChoice.objects.create(
            application=application, rank=rank, park=one.park if suite else one, suite=suite
        )


def bring_to(application, state, complete_on=COMPLETE_ON):
    """Bring a submitted application to `state` past every action."""
    for step in WAY[state]:
        facts = FACTS.get(step, {})
        if step == "waiting":
            facts = {**facts, "complete_on": complete_on, "interest_since": complete_on}
        Application.objects.filter(pk=application.pk).update(state=step, **facts)
    application.refresh_from_db()


def paper_of(application, kind="pseb", content=PDF, **facts):
    """A paper that came with the application."""
    paper = ApplicationPaper(
        application=application,
        kind=kind,
        name=f"{kind}.pdf",
        size_bytes=len(content),
        pages=1,
        checksum=hashlib.sha256(content).hexdigest(),
        **facts,
    )
    paper.file.save(paper.name, ContentFile(content), save=False)
    paper.save()
    paper.refresh_from_db()
    return paper
