"""Applications in which every private field holds a mark of its own, with all that hangs on them."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.core.files.base import ContentFile
from django.utils import timezone

from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationDraft,
    ApplicationMessage,
    ApplicationPaper,
    JobRun,
    Lease,
    Letter,
    LetterTemplate,
    LinkRequest,
    Mail,
    PaperRequest,
    PassingOver,
    TimelineEntry,
)
from tests.applications import WAY

TEXTS = ("company_name", "needs_note", "contact_name", "contact_role", "email", "staff_note")
DAYS = ("secp_expiry_date", "ntn_expiry_date", "pseb_expiry_date", "move_in")
COMPLETE_ON = dt.date(2026, 3, 2)


def applied_for(marks, park, user, *, state="waiting", named=False, lease=None):
    """An application for `park` in `state`, with papers, messages, a letter, mails and a draft; returns it.

    The reference is public where the park is listed; with `named` it is marked too. A `lease` is joined to it.
    """
    number = next(marks._numbers)
    application = Application(
        token=secrets.token_urlsafe(32),
        form_token=uuid.uuid4(),
        activity="software",
        wanted_area_sqft=1_000,
        months=36,
        team_size=12,
        website=f"https://{marks.word('tenants.Application.website')}.example.org/",
        secp_number=f"{6_700_000 + number}",
        ntn=f"{7_600_000 + number}-1",
        pseb_number=f"ZQ-88-{84_000 + number}",
        phone=f"+9242{36_000_000 + number}",
    )
    for name in ("token", "form_token", "secp_number", "ntn", "pseb_number"):
        marks.given(getattr(application, name), f"tenants.Application.{name}")
    marks.given(application.phone.removeprefix("+92"), "tenants.Application.phone")
    marks.fill(application, *TEXTS, *DAYS, "budget_pkr")
    application.refresh_from_db()
    if named:
        marks.given(application.reference, "tenants.Application.reference")
    ApplicationChoice.objects.create(application=application, rank=1, park=park)
    withdrawn = ApplicationChoice(application=application, rank=2, park=park, suite=park.suites.first())
    marks.fill(withdrawn, "withdrawn_on")
    _bring(marks, application, state)
    if lease is not None:
        Lease.objects.filter(pk=lease.pk).update(application=application)
    _hang(marks, application, user)
    _send(marks, application, user, lease)
    return application


def _bring(marks, application, state):
    """To `state` by the ways of the database, the reasons, minutes and days of each step marked."""
    for step in ("submitted", *WAY[state]):
        facts = {
            "state": step,
            "state_by": "staff",
            "state_reason": marks.word("tenants.Application.state_reason"),
            "state_code": "no_space" if step == "declined" else "",
            "state_minute": marks.word("tenants.Application.state_minute"),
            "state_decided_on": marks.day("tenants.Application.state_decided_on"),
        }
        if step == "waiting":
            facts |= {"complete_on": COMPLETE_ON}
        Application.objects.filter(pk=application.pk).update(**facts)
    Application.objects.filter(pk=application.pk).update(
        interest_since=marks.day("tenants.Application.interest_since"),
        interest_asked_on=marks.day("tenants.Application.interest_asked_on"),
        interest_asked=1,
    )
    application.refresh_from_db()


def _hang(marks, application, user):
    """Timeline, messages of both sides, a request for a paper and the paper that came."""
    entry = TimelineEntry(application=application, kind="offer", actor="staff", user=user)
    marks.fill(entry, "text", "minute", "decided_on")
    for actor, by in (("firm", None), ("staff", user)):
        message = ApplicationMessage(application=application, actor=actor, user=by, form_token=uuid.uuid4())
        marks.given(message.form_token, "tenants.ApplicationMessage.form_token")
        marks.fill(message, "text")
    request = PaperRequest(application=application, kind="bank", asked_by=user)
    marks.fill(request, "words", "due_on", "reminded_on")
    paper = ApplicationPaper(application=application, request=request, kind="bank", size_bytes=9, pages=1)
    _file(marks, paper, "tenants.ApplicationPaper")
    marks.fill(paper, "name", "valid_until", "finding_reason", "found_on", finding="bad", found_by=user)
    draft = ApplicationDraft(token=secrets.token_urlsafe(32))
    draft.answers = {"firm": {"company_name": marks.word("tenants.ApplicationDraft.answers")}}
    draft.save()
    marks.given(draft.token, "tenants.ApplicationDraft.token")
    marks.given(draft.number, "tenants.ApplicationDraft.number")


def _file(marks, row, where):
    content = f"%PDF-1.4 {marks.word(f'{where} content')}".encode()
    row.checksum = hashlib.sha256(content).hexdigest()
    marks.given(row.checksum, f"{where}.checksum")
    row.file.save("canary.pdf", ContentFile(content), save=False)
    marks.given(row.file.name, f"{where}.file")


def _send(marks, application, user, lease):
    """A letter and mails; who asked for links; a run of timed work that failed."""
    template = LetterTemplate(kind="offer", version=LetterTemplate.objects.count() + 1, made_by=user)
    marks.fill(template, "subject", "body", "reason")
    letter = Letter(kind="offer", template=template, application=application, size_bytes=9, issued_by=user)
    if lease is not None and lease.state == "signed":
        letter.kind, letter.lease = "allotment", lease
        letter.code = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _n in range(16))
        marks.given(letter.code, "tenants.Letter.code")
    _file(marks, letter, "tenants.Letter")
    letter.save()
    letter.refresh_from_db()
    marks.given(letter.number, "tenants.Letter.number")
    mail = Mail(application=application, letter=letter, kind="offer", state="failed", done_at=timezone.now())
    marks.fill(mail, "key", "to", "subject", "body", "message_id", "last_error")
    marks.fill(LinkRequest(), "email")
    run = JobRun(run=uuid.uuid4(), job="outbox", started_at=timezone.now(), finished_at=timezone.now(), ok=False)
    marks.given(run.run, "tenants.JobRun.run")
    marks.fill(run, "result", "error")


def passed_over(application, lease, user):
    """`application` stood before another in the queue of the park of `lease`: the reason and the day are public."""
    PassingOver.objects.create(
        application=application,
        lease=lease,
        park=lease.park,
        band=application.band,
        code="later",
        on=COMPLETE_ON,
        by=user,
    )
