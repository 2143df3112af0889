"""Letters: what they say, the exact file that is kept, their codes, and when one may be issued."""

import datetime as dt
import hashlib
import io
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from pypdf import PdfReader

from tenants import actions
from tenants.letters import pdf, values, words
from tenants.letters.issue import acknowledge, application_of, issue, template_in_use, why_not
from tenants.models import Application, Lease, Letter, LetterTemplate, Mail, TimelineEntry
from tests.applications import ApplicationFactory, bring_to, choose
from tests.factories import CityFactory, CompanyFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import TODAY, draft, line, offered

pytestmark = pytest.mark.django_db
DAY, LAST = dt.timedelta(days=1), dt.date(2027, 3, 31)


def text_of(letter):
    """The words of the kept file, spaces made single."""
    with letter.file.open("rb") as file:
        return words_in(file.read())


def words_in(data):
    """The words of a PDF, spaces made single."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split())


def signed_for(application, *suites, **kwargs):
    """A lease of the application with `suites`, by way of the database alone."""
    lease = offered_for(application, *suites, **kwargs)
    Lease.objects.filter(pk=lease.pk).update(state="accepted", accepted_on=TODAY)
    Lease.objects.filter(pk=lease.pk).update(state="signed", deed_on_file=True, signed_on=TODAY)
    lease.refresh_from_db()
    return lease


def offered_for(application, *suites, facts=None, company=None, deadline=TODAY):
    """An offer to the application, by way of the database alone."""
    lease = draft(*suites, facts=facts, company=company)
    Lease.objects.filter(pk=lease.pk).update(application=application)
    Lease.objects.filter(pk=lease.pk).update(state="offered", offered_on=TODAY, offer_deadline=deadline)
    lease.refresh_from_db()
    return lease


def test_the_words_that_come_with_the_portal_name_only_what_is_known():
    assert set(words.DEFAULTS) == set(words.ALLOWED)
    for kind, (subject, body) in words.DEFAULTS.items():
        assert words.mistakes(kind, subject, body) == {}


@pytest.mark.parametrize(
    ("subject", "body", "field", "said"),
    [
        ("To {firm}", "x", "subject", "{firm}"),
        ("x", "Until {deadline}", "body", "{deadline}"),
        ("x", "An {open brace", "body", "brace"),
        ("x", "A close} brace", "body", "brace"),
        ("{choices}", "x", "subject", "table or list"),
        ("x", "You chose {choices}", "body", "paragraph of its own"),
        ("x", "{}", "body", "{}"),
    ],
)
def test_words_that_cannot_be_filled_in_are_refused(subject, body, field, said):
    found = words.mistakes("acknowledgement", subject, body)
    assert list(found) == [field]
    assert said in " ".join(found[field])


def test_what_a_firm_writes_is_never_read_as_a_name():
    application = ApplicationFactory(company_name="{reference} {n} {choices} Ltd")
    letter = issue(kind="acknowledgement", application=application, today=TODAY)
    assert "application of {reference} {n} {choices} Ltd for" in text_of(letter)


def test_the_acknowledgement_says_what_was_asked_for_and_chosen():
    park = ParkFactory(name="Arfa Tower", city=CityFactory(name="Lahore"))
    suite = SuiteFactory(park=park, number="4-B")
    application = ApplicationFactory(
        company_name="Nadir Systems", months=1, choices=[suite, ParkFactory(name="Second")]
    )
    letter = issue(kind="acknowledgement", application=application, today=TODAY)
    said = text_of(letter)
    assert f"Your application {application.reference} for space" in said
    assert "1,000 sq ft for 1 month from 1 January 2027" in said
    assert "1. Suite 4-B in Arfa Tower, Lahore 2. Second" in said
    assert "Contact of the applicant" in said
    assert application.email not in said
    assert letter.number in said
    assert "9 March 2026" in said
    assert "Page 1 of 1" in said
    assert "not recorded" not in said


def test_the_kept_file_is_exactly_what_its_checksum_says():
    letter = issue(kind="acknowledgement", application=ApplicationFactory(), today=TODAY)
    letter.refresh_from_db()
    with letter.file.open("rb") as file:
        data = file.read()
    assert data.startswith(b"%PDF-")
    assert letter.checksum == hashlib.sha256(data).hexdigest()
    assert letter.size_bytes == len(data)
    assert re.fullmatch(r"LTR-\d{4}-\d{5,}", letter.number)


def test_the_same_content_makes_the_same_bytes():
    template = SimpleNamespace(subject="An offer", body="{suites}\n\n{terms}")
    said = values.sample(kind="allotment", template=template, day=TODAY)
    assert pdf.draw(said) == pdf.draw(said)


def test_a_letter_stands_in_the_timeline_and_goes_by_mail_once():
    application, user = ApplicationFactory(state="declined"), UserFactory()
    letter = issue(kind="regret", application=application, by=user, today=TODAY)
    entry = TimelineEntry.objects.get(application=application, kind="letter")
    assert (entry.actor, entry.user, entry.text) == ("staff", user, f"Regret {letter.number}")
    mail = Mail.objects.get(letter=letter)
    assert (mail.kind, mail.application, mail.to) == ("letter", application, application.email)


def test_no_mail_is_queued_when_the_caller_sends_its_own():
    application = ApplicationFactory(state="declined")
    issue(kind="regret", application=application, by=UserFactory(), today=TODAY, mail=None)
    assert not Mail.objects.filter(application=application).exists()


def test_the_regret_gives_reason_minute_and_day():
    application = ApplicationFactory(state="declined")
    said = text_of(issue(kind="regret", application=application, by=UserFactory(), today=TODAY))
    assert "Reason: No space of this kind is planned there." in said
    assert "minute 12/2026 of 9 March 2026" in said


def test_the_offer_lists_suites_terms_and_deadline():
    park = ParkFactory(name="Software Park Lahore", city=CityFactory(name="Lahore"))
    suites = [SuiteFactory(park=park, number=n, lettable_area_sqft=1_250, floor=2) for n in ("201", "202")]
    application = ApplicationFactory(state="waiting", choices=[park])
    facts = {
        "deposit_pkr": Decimal(300_000),
        "escalation_percent": Decimal("10.00"),
        "escalation_months": 12,
        "notice_months": 3,
        "due_day": 5,
    }
    lease = offered_for(application, *suites, facts=facts)
    letter = issue(kind="offer", lease=lease, by=UserFactory(), today=TODAY)
    said = text_of(letter)
    for part in (
        "Offer of space in Software Park Lahore",
        "Suite 201 Floor 2 1,250 sq ft 1 Apr 2026 31 Mar 2027 Rs 50,000",
        "Rent a month, in all Rs 100,000",
        "the rent rises by 10 % every 12 months",
        "Deposit Rs 300,000",
        "on day 5 of each month",
        "Notice 3 months",
        "open until the end of 9 March 2026",
        lease.number,
        application.reference,
    ):
        assert part in said
    assert "Software Park Lahore, Lahore" not in said
    assert letter.application == application
    assert letter.code == ""


def test_an_allotment_carries_its_code_in_groups_and_nothing_guessable():
    lease = signed_for(ApplicationFactory(state="waiting"), SuiteFactory())
    first, second = (issue(kind="allotment", lease=lease, by=UserFactory(), today=TODAY) for _n in range(2))
    assert re.fullmatch("[A-HJ-NP-Z2-9]{16}", first.code)
    assert first.code != second.code
    said = text_of(first)
    assert pdf.code_text(first.code) in said
    assert re.fullmatch(r"\S{4}-\S{4}-\S{4}-\S{4}", pdf.code_text(first.code))
    assert f"/verify/{first.code}/" in pdf.address_of(first.code)


def test_a_letter_without_an_application_has_no_timeline_and_no_mail():
    letting = LettingFactory(rent=1_000)
    letter = issue(kind="allotment", lease=letting.lease, by=UserFactory(), today=TODAY)
    assert letter.application is None
    assert not Mail.objects.exists()
    assert letting.lease.number in text_of(letter)


def test_a_renewal_belongs_to_the_application_of_the_first_lease_of_its_chain():
    application, suite = ApplicationFactory(state="waiting"), SuiteFactory()
    first = signed_for(application, suite)
    later = actions.renew(lease=first, expiry_date=LAST + 365 * DAY, by=UserFactory(), today=TODAY)
    actions.offer(lease=later, deadline=TODAY, by=UserFactory(), today=TODAY)
    later.refresh_from_db()
    assert application_of(later) == application
    letter = issue(kind="renewal", lease=later, by=UserFactory(), today=TODAY)
    assert letter.application == application
    assert f"Renewal of lease {first.number}" in text_of(letter)


def test_a_termination_names_the_last_day_and_no_rent():
    lease = signed_for(ApplicationFactory(state="waiting"), SuiteFactory(number="301"))
    last = dt.date(2026, 6, 30)
    actions.terminate(lease=lease, last_day=last, by=UserFactory(), today=TODAY, reason="Given notice.")
    said = text_of(issue(kind="termination", lease=lease, by=UserFactory(), today=TODAY))
    assert "Its last day is 30 June 2026" in said
    assert "Suite 301" in said
    assert "Rs " not in said


def test_a_rent_that_is_unknown_is_said_and_not_counted_as_nothing():
    letting = LettingFactory()
    said = text_of(issue(kind="allotment", lease=letting.lease, by=UserFactory(), today=TODAY))
    assert "Rent a month, in all not recorded" in said
    assert "Rs 0" not in said


def lease_that_ended():
    return LettingFactory(commencement_date=TODAY - 20 * DAY, expiry_date=TODAY - DAY).lease


@pytest.mark.parametrize(
    ("kind", "make", "said"),
    [
        ("regret", lambda: {"application": ApplicationFactory(state="waiting")}, "declined"),
        ("regret", lambda: {"lease": LettingFactory().lease}, "about an application"),
        ("offer", lambda: {"application": ApplicationFactory(state="waiting")}, "about a lease"),
        ("offer", lambda: {"lease": offered(SuiteFactory(), deadline=TODAY - DAY, today=TODAY - DAY)}, "open"),
        ("allotment", lambda: {"lease": offered(SuiteFactory())}, "once the deed is signed"),
        ("allotment", lambda: {"lease": lease_that_ended()}, "ended on 8 March 2026"),
        ("renewal", lambda: {"lease": LettingFactory().lease}, "renews no other"),
        ("termination", lambda: {"lease": LettingFactory().lease}, "not been terminated"),
    ],
)
def test_a_letter_that_would_not_be_true_is_refused(kind, make, said):
    rows = make()
    with pytest.raises(ValidationError, match=said):
        issue(kind=kind, **rows, by=UserFactory(), today=TODAY)
    assert not Letter.objects.exists()


def test_an_allotment_may_be_issued_on_the_last_day_still():
    lease = LettingFactory(expiry_date=TODAY).lease
    assert why_not("allotment", lease=lease, today=TODAY) == ""
    assert why_not("allotment", lease=lease, today=TODAY + DAY) != ""


def test_a_letter_rolled_back_leaves_no_file(settings):
    application = ApplicationFactory()
    with transaction.atomic():
        letter = issue(kind="acknowledgement", application=application, today=TODAY)
        storage, name = letter.file.storage, letter.file.name
        assert storage.exists(name)
        transaction.set_rollback(True)
    assert not storage.exists(name)
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_file_of_a_letter_committed_stays():
    application = ApplicationFactory(demo=True)
    letter = issue(kind="acknowledgement", application=application, today=TODAY)
    assert letter.file.storage.exists(letter.file.name)


@pytest.mark.parametrize("text", ["پاکستان", "سافٹ ویئر ہاؤس", "ٹیکنالوجی پارک"])
def test_urdu_is_joined_and_not_a_row_of_single_letters(text):
    company = CompanyFactory(name=f"{text} Ltd", name_ur=text)
    lease = signed_for(ApplicationFactory(state="waiting"), SuiteFactory(), company=company)
    with issue(kind="allotment", lease=lease, by=UserFactory(), today=TODAY).file.open("rb") as file:
        reader = PdfReader(file)
        fonts = {str(font["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert any("Nastaliq" in font for font in fonts)
    assert pdf.hand(f"{text}\nLtd") == pdf.NASTALIQ


def test_words_after_a_name_in_urdu_are_readable_and_run_from_left_to_right():
    application = ApplicationFactory(state="waiting", contact_name="Contact of the firm", contact_role="Owner")
    company = CompanyFactory(name="Indus Ltd", name_ur="انڈس ویلی سافٹ ویئر")
    lease = signed_for(application, SuiteFactory(), company=company)
    said = text_of(issue(kind="allotment", lease=lease, by=UserFactory(), today=TODAY))
    assert "Contact of the firm, Owner" in said
    body = "\n".join(("انڈس ویلی", "Latin after it", "ویلی then more."))
    template = SimpleNamespace(subject="About انڈس", body=body)
    said = words_in(pdf.draw(values.sample(kind="regret", template=template, day=TODAY)))
    assert "Latin after it" in said
    assert "then more." in said
    assert said.rindex("Latin after it") < said.rindex("then more.")


def test_sindhi_letters_that_nastaliq_lacks_are_written_in_naskh():
    text = "سنڌي ٻولي"
    assert pdf.hand(text) == pdf.NASKH
    assert pdf.printable(text) == text


def test_a_character_that_no_font_has_is_marked():
    assert pdf.printable("Ltd 日\nx") == "Ltd \ufffd\nx"


def test_a_very_long_name_and_forty_suites_make_a_letter_of_several_pages():
    park = ParkFactory(name="A park with a name that goes on " * 5)
    lines = [line(SuiteFactory(park=park, number=f"Wing-{n}-of-the-east-{n}")) for n in range(40)]
    lease = draft(lines=lines, company=CompanyFactory(name=("W" * 60 + " ") * 3))
    Lease.objects.filter(pk=lease.pk).update(state="offered", offered_on=TODAY, offer_deadline=TODAY)
    letter = issue(kind="offer", lease=lease, by=UserFactory(), today=TODAY)
    said = text_of(letter)
    assert said.count("Net lettable area") >= 2
    assert all(f"Wing-{n}-of" in said for n in range(40))
    pages = int(re.search(r"Page 1 of (\d+)", said)[1])
    assert pages >= 2
    assert f"Page {pages} of {pages}" in said


def test_demonstrations_are_marked_on_the_letter():
    application = ApplicationFactory(demo=True)
    letter = issue(kind="acknowledgement", application=application, today=TODAY)
    assert letter.demo
    assert "invented and has no effect" in text_of(letter)
    assert "invented" not in text_of(issue(kind="acknowledgement", application=ApplicationFactory(), today=TODAY))


def test_the_newest_words_are_used_and_letters_before_stay():
    application = ApplicationFactory()
    before = issue(kind="acknowledgement", application=application, today=TODAY)
    assert (before.template.version, before.template.made_by) == (1, None)
    LetterTemplate.objects.create(
        kind="acknowledgement",
        version=2,
        subject="News",
        body="Dear {company}",
        made_by=UserFactory(),
        reason="Shorter.",
    )
    after = issue(kind="acknowledgement", application=application, today=TODAY)
    assert after.template.version == 2
    assert f"Dear {application.company_name}" in text_of(after)
    assert "We have received" in text_of(before)
    assert template_in_use("acknowledgement") == after.template


def test_each_application_is_acknowledged_once():
    waiting = [ApplicationFactory() for _n in range(3)]
    ApplicationFactory(demo=True)
    assert acknowledge(TODAY) == 3
    assert acknowledge(TODAY) == 0
    letters = Letter.objects.filter(kind="acknowledgement")
    assert sorted(letters.values_list("application", flat=True)) == sorted(row.pk for row in waiting)
    assert set(TimelineEntry.objects.filter(kind="letter").values_list("actor", flat=True)) == {"clock"}


def test_one_acknowledgement_that_fails_keeps_no_other_back(monkeypatch):
    bad, good = ApplicationFactory(), ApplicationFactory()
    real = issue

    def broken(*, application, **kwargs):
        if application == bad:
            raise OSError("no space left")
        return real(application=application, **kwargs)

    monkeypatch.setattr("tenants.letters.issue.issue", broken)
    with pytest.raises(RuntimeError, match="1 acknowledgements failed, 1 were issued"):
        acknowledge(TODAY)
    assert Letter.objects.get().application == good


def test_a_letter_takes_as_many_queries_for_one_suite_as_for_many(django_assert_max_num_queries):
    user = UserFactory()

    def made(count):
        park = ParkFactory()
        lease = signed_for(ApplicationFactory(state="waiting"), *(SuiteFactory(park=park) for _n in range(count)))
        template_in_use("allotment")
        with django_assert_max_num_queries(60) as caught:
            issue(kind="allotment", lease=lease, by=user, today=TODAY)
        return len(caught)

    assert made(1) == made(9)


def test_choices_taken_back_are_not_in_the_acknowledgement():
    application = ApplicationFactory()
    choose(application, ParkFactory(name="Kept"), ParkFactory(name="Taken back"))
    application.choices.filter(rank=2).update(withdrawn_on=TODAY)
    said = text_of(issue(kind="acknowledgement", application=application, today=TODAY))
    assert "Kept" in said and "Taken back" not in said


def test_the_row_is_read_anew_whatever_instance_comes_in():
    application = ApplicationFactory()
    stale = Application.objects.get(pk=application.pk)
    bring_to(application, "declined")
    stale.state = "declined"
    assert "No space of this kind" in text_of(issue(kind="regret", application=stale, by=UserFactory(), today=TODAY))
