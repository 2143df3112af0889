"""What is written into the outbox: every kind of mail with the words it is given, once, and with headers that hold."""

import datetime as dt
import re
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from parks.models import SealedDay
from tenants import actions, due, mails, outbox
from tenants.actions import Line, deciding
from tenants.models import Lease, LeaseDocument, LinkRequest, Mail
from tenants.models.paper import PaperFinding
from tests.applications import ApplicationFactory, paper_of
from tests.factories import SuiteFactory, UserFactory

FOLDER = Path(portal_settings.BASE_DIR) / "templates" / "emails"
KINDS = {file.stem for file in FOLDER.glob("[a-z]*.txt")}
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
PORTAL = "https://parks.example.org"


@pytest.fixture
def officer(db):
    return UserFactory(role="Lettings officer")


@pytest.fixture(autouse=True)
def portal(settings):
    settings.PORTAL_URL = PORTAL


def applicant(state="waiting", **facts):
    return ApplicationFactory(state=state, email="contact@example.org", **facts)


def offer_to(application, officer, deadline=TODAY + 9 * DAY):
    suite = SuiteFactory(lettable_area_sqft=1_000)
    lease = actions.offer_space(
        application=application,
        park=suite.park,
        lines=[Line(suite, dt.date(2027, 1, 1), dt.date(2029, 12, 31), rent_pkr=Decimal(50_000))],
        facts={},
        deadline=deadline,
        minute="4/2026",
        decided_on=TODAY,
        by=officer,
        today=TODAY,
    )
    Lease.objects.filter(pk=lease.pk).update(offered_on=TODAY - 20 * DAY)
    return lease


def ask(application, officer, **facts):
    facts = {"kind": "pseb", "words": "Both sides, please.", "due_on": TODAY + 5 * DAY, **facts}
    return deciding.ask_paper(application=application, by=officer, today=TODAY, **facts)


def submitted(officer):
    application = applicant("submitted")
    mails.queue("submitted", application=application, key=f"submitted:{application.pk}", today=TODAY)
    return ["reached PSEB", application.company_name, application.reference]


def resume(officer):
    # As the view of a draft calls it: without an application, with an address of its own.
    mails.queue("resume", key="resume:1", to="contact@example.org", link="/apply/some-token/", kept_days=30)
    return [f"{PORTAL}/apply/some-token/", "for 30 days"]


def links(officer):
    application = applicant()
    LinkRequest.objects.create(email="contact@example.org")
    due.answer_link_requests(TODAY)
    return [f"{application.reference} ({application.get_state_display()})", application.get_absolute_url()]


def paper_asked(officer):
    ask(applicant(), officer)
    return ["PSEB registration certificate", "Both sides, please.", f"{TODAY + 5 * DAY:%-d %B %Y}", "stays as it is"]


def paper_reminder(officer):
    ask(applicant("submitted"), officer)
    due.remind_of_papers(TODAY + DAY)
    return ["PSEB registration certificate", "Both sides, please.", f"{TODAY + 5 * DAY:%-d %B %Y}"]


def paper_bad(officer):
    paper = paper_of(applicant("submitted"))
    deciding.find_paper(
        paper=paper, finding=PaperFinding.BAD, finding_reason="The stamp cannot be read.", by=officer, today=TODAY
    )
    return ["PSEB registration certificate", "The stamp cannot be read."]


def complete(officer):
    application = applicant("submitted")
    deciding.check_complete(application=application, by=officer, today=TODAY)
    return ["is complete", f"with the date {TODAY:%-d %B %Y}"]


def message(officer):
    words = "Dear firm,\n\nyou can see the suite on Monday & Tuesday."
    deciding.send_message_staff(application=applicant(), text=words, form_token=mails.uuid.uuid4(), by=officer)
    return [words]


def declined(officer):
    why = "No space of this kind & size is planned."
    deciding.decline(
        application=applicant(), code="no_space", reason=why, minute="1", decided_on=TODAY, by=officer, today=TODAY
    )
    return [why, "The letter is with this mail."]


def offer(officer):
    lease = offer_to(applicant(), officer)
    return [f"until the end of {TODAY + 9 * DAY:%-d %B %Y}", f"/applications/{lease.application.token}/offer/"]


def offer_reminder(officer):
    lease = offer_to(applicant(), officer)
    due.remind_of_offers(TODAY + 8 * DAY)
    return [f"until the end of {TODAY + 9 * DAY:%-d %B %Y}", f"/applications/{lease.application.token}/offer/"]


def offer_lapsed(officer):
    offer_to(applicant(), officer)
    due.record_lapsed_offers(TODAY + 10 * DAY)
    return [f"until {TODAY + 9 * DAY:%-d %B %Y} and has lapsed", "waits on with its old date"]


def accepted(officer):
    lease = offer_to(applicant(), officer)
    actions.accept_by_firm(application=lease.application, lease=lease)
    return ["PSEB has your acceptance", "the deposit, then the deed"]


def allotted(officer):
    lease = offer_to(applicant(), officer)
    actions.accept_by_firm(application=lease.application, lease=lease)
    LeaseDocument.objects.create(lease=lease, kind="deed", scan="private/deed.pdf", dated_on=TODAY)
    actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY)
    return ["is signed"]


def interest(officer):
    applicant()
    due.ask_for_interest(TODAY + 400 * DAY)
    return ["Are you still interested?", f"by {TODAY + 413 * DAY:%-d %B %Y}"]


def interest_again(officer):
    applicant()
    for days in (400, 414):
        due.ask_for_interest(TODAY + days * DAY)
    return [f"by {TODAY + 427 * DAY:%-d %B %Y}", "after one more reminder"]


def lapsed(officer):
    applicant()
    for days in (400, 414, 428, 442):
        due.ask_for_interest(TODAY + days * DAY)
    return ["has lapsed: there was no answer", "it comes back with its old date"]


def restored(officer):
    application = applicant("lapsed")
    actions.answer_interest(application=application, today=TODAY)
    return ["waits again, with its old date"]


def withdrawn(officer):
    actions.withdraw_application(application=applicant(), today=TODAY)
    return ["You have withdrawn", f"{PORTAL}/apply/"]


def letter(officer):
    from tenants.letters.issue import issue  # noqa: PLC0415 - a name of this module otherwise

    made = issue(kind="acknowledgement", application=applicant(), by=officer, today=TODAY)
    return ["Acknowledgement", made.number]


def digest(officer):
    SealedDay.objects.create(day=TODAY - dt.timedelta(1), events=7, digest="ab" * 32)
    with override_settings(HISTORY_DIGEST_TO="contact@example.org"):
        assert due.mail_digests() == 1
    return ["Digest of the history", "ab" * 32, "verify_history"]


WRITERS = {
    writer.__name__: writer
    for writer in (
        *(submitted, resume, links, paper_asked, paper_reminder, paper_bad, complete, message, declined, offer),
        *(offer_reminder, offer_lapsed, accepted, allotted, interest, interest_again, lapsed, restored, withdrawn),
        *(letter, digest),
    )
}


def test_every_kind_of_mail_is_tried_here():
    assert set(WRITERS) == KINDS


def test_every_kind_that_is_called_for_has_its_words():
    called = set()
    for file in (Path(portal_settings.BASE_DIR) / "tenants").rglob("*.py"):
        called |= set(re.findall(r"(?:mails\.queue|_written)\(\s*\"([a-z_]+)\"", file.read_text()))
    assert called - KINDS == set()
    # Named elsewhere: as a default, and in one of two.
    assert KINDS - called == {"letter", "interest_again"}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", sorted(WRITERS))
def test_a_mail_says_what_it_has_to_say_with_the_facts_that_its_caller_gives(officer, kind, settings):
    # What a template does not find is seen, and not left out in silence.
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {**settings.TEMPLATES[0]["OPTIONS"]}}]
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "MISSING<%s>"
    said = WRITERS[kind](officer)
    mail = Mail.objects.get(kind=kind)
    assert mail.to == "contact@example.org"
    assert "MISSING" not in mail.subject + mail.body
    assert "None" not in mail.body
    for words in said:
        assert words in mail.body or words in mail.subject, (words, mail.body)
    # Plain text: nothing is escaped, no line is left behind by a tag.
    assert not re.search(r"&(amp|lt|gt|quot|#)|[{}]|\n\n\n", mail.body), mail.body
    assert not mail.body.startswith("\n") and mail.body.endswith(f"{PORTAL}/\n")
    assert set(re.findall(r"https?://[^/\s]+", mail.body)) == {PORTAL}
    if mail.application and kind not in {"links", "offer", "offer_reminder"}:
        assert f"\n{PORTAL}{mail.application.get_absolute_url()}\n" in mail.body
        assert mail.application.reference in mail.subject
    # It can be made a message of.
    assert outbox.message_of(mail).count(b"\r\nSubject: ") == 1


@pytest.mark.django_db
def test_a_paper_that_is_asked_for_before_the_queue_says_what_it_holds_up(officer):
    ask(applicant("submitted"), officer, words="")
    assert "takes its place in the queue when the last paper has come" in Mail.objects.get().body


@pytest.mark.django_db
def test_what_a_firm_calls_itself_stands_in_no_header_and_as_it_is_in_the_text():
    application = applicant(company_name="Firm & Söhne <b> Bcc: other@example.org")
    for kind in ("submitted", "withdrawn", "restored"):
        mail = mails.queue(kind, application=application, key=kind)
        assert "Firm" not in mail.subject
    assert "Firm & Söhne <b> Bcc: other@example.org" in Mail.objects.get(kind="submitted").body
    data = outbox.message_of(Mail.objects.get(kind="submitted"))
    head = data.partition(b"\r\n\r\n")[0].decode()
    names = [line.partition(":")[0] for line in head.split("\r\n") if not line.startswith((" ", "\t"))]
    assert sorted(names) == sorted(set(names))
    assert "Bcc" not in names


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        *("a@example.org\nBcc: b@example.org", "a@example.org\r\nX: y", "a@example.org, b@example.org", "a b@c", "a"),
        *("a@example.org;b@example.org", "<a@example.org>", "a@example.org\x00", "a@example.org\u2028b", ""),
    ],
)
def test_an_address_that_would_be_more_than_one_header_is_refused(address):
    with pytest.raises(ValueError, match="not an address"):
        mails.queue("resume", key="one", to=address or " ", link="/apply/x/", kept_days=30)
    assert not Mail.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_the_database_takes_no_header_of_two_lines(field):
    facts = {"key": "one", "kind": "x", "to": "a@example.org", "subject": "s", "body": "b", "message_id": "<1@x>"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.create(**facts | {field: f"{facts[field]}\nBcc: b@example.org"})
    Mail.objects.create(**facts)


@pytest.mark.django_db
def test_a_subject_is_one_line_whatever_its_template_reads(monkeypatch):
    words = "One\u2028Bcc: b@example.org\u2029\x0btwo" + "x" * 500 + "\nThe text.\n"
    monkeypatch.setattr(mails, "render_to_string", lambda *_: words)
    mail = mails.queue("submitted", application=applicant(), key="about")
    assert mail.subject.startswith("One Bcc: b@example.org two")
    assert len(mail.subject) == 200
    assert outbox.message_of(mail).count(b"\r\nBcc:") == 0


@pytest.mark.django_db
def test_what_is_told_twice_is_written_once():
    application = applicant()
    first = mails.queue("submitted", application=application, key="one")
    assert first is not None
    assert mails.queue("submitted", application=application, key="one") is None
    other = mails.queue("submitted", application=application, key="two")
    assert Mail.objects.count() == 2
    assert first.message_id != other.message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@parks\.example\.org>", first.message_id)


@pytest.mark.django_db(transaction=True)
def test_two_requests_that_tell_the_same_at_once_write_one_mail():
    application = applicant()
    gate, told = threading.Barrier(6), []

    def tell():
        try:
            gate.wait(30)
            with transaction.atomic():
                told.append(mails.queue("submitted", application=application, key="one") is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == [False] * 5 + [True]
    assert Mail.objects.count() == 1


@pytest.mark.django_db
def test_a_mail_goes_with_what_it_tells_when_that_is_rolled_back():
    application = applicant()
    with transaction.atomic():
        mails.queue("submitted", application=application, key="one")
        transaction.set_rollback(True)
    assert not Mail.objects.exists()


@pytest.mark.django_db
def test_what_was_written_is_not_changed_any_more():
    mail = mails.queue("submitted", application=applicant(), key="one")
    for field, value in (("to", "other@example.org"), ("subject", "other"), ("body", "other"), ("message_id", "<2@x>")):
        with pytest.raises(Exception, match=r"[Cc]annot update"), transaction.atomic():
            Mail.objects.filter(pk=mail.pk).update(**{field: value})


def test_the_addresses_in_mails_are_those_of_the_portal():
    assert mails.absolute("/apply/") == f"{PORTAL}/apply/"
