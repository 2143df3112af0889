"""The staff pages of applications: the inbox, the page on which one decides, the steps, and who may do what."""

import csv
import datetime as dt
import io
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from tenants.models import Application, ApplicationMessage, Lease
from tests.applications import ApplicationFactory, desks, paper_of
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db

LIST = reverse("admin:tenants_application_changelist")


@pytest.fixture
def officer(client):
    """A lettings officer, signed in."""
    user = UserFactory(role="Lettings officer")
    client.force_login(user)
    return user


def page_of(application):
    return reverse("admin:tenants_application_change", args=[application.pk])


def step(name, application, *more):
    return reverse(f"admin:tenants_application_{name}", args=[application.pk, *(row.pk for row in more)])


def say(application, text="When can we move in?"):
    return ApplicationMessage.objects.create(application=application, actor="firm", text=text, form_token=uuid.uuid4())


def references(response):
    return [row.reference for row in response.context["cl"].result_list]


def post(client, address, **data):
    """Fill in the page at `address` and send it."""
    page = client.get(address)
    assert page.status_code == 200
    return client.post(address, form_data(page) | data)


def state_of(application):
    return Application.objects.get(pk=application.pk).state


def accepted(application, today):
    """The offer that the firm of a waiting application accepted."""
    lease = LeaseFactory(application=application)
    LettingFactory(lease=lease, suite__park=lease.park, state="draft")
    Lease.objects.filter(pk=lease.pk).update(state="offered", offered_on=today, offer_deadline=today)
    Lease.objects.filter(pk=lease.pk).update(state="accepted", accepted_on=today)
    return lease


# --- the inbox


def test_what_waits_for_pseb_stands_first_the_longest_waiting_at_the_top(client, officer):
    waiting = ApplicationFactory(state="waiting")
    first, second = ApplicationFactory(), ApplicationFactory()
    asked = ApplicationFactory(state="waiting")
    say(asked)
    assert references(client.get(LIST)) == [first.reference, second.reference, asked.reference, waiting.reference]


def test_the_filters_of_the_inbox_find_what_is_due(client, officer):
    today = timezone.localdate()
    new = ApplicationFactory()
    asked = ApplicationFactory(state="waiting")
    say(asked)
    paper = ApplicationFactory(state="waiting")
    paper_of(paper)
    overdue = ApplicationFactory(state="needs_paper")
    overdue.requests.create(kind="ntn", asked_by=officer, due_on=today - dt.timedelta(days=1))
    whole = ApplicationFactory(state="needs_paper")
    deed = ApplicationFactory(state="waiting")
    accepted(deed, today)
    ended = ApplicationFactory(state="declined")
    paper_of(ended)
    found = {
        due: references(client.get(LIST, {"due": due}))
        for due in ("check", "message", "paper", "overdue", "whole", "deed")
    }
    assert found == {
        "check": [new.reference],
        "message": [asked.reference],
        "paper": [paper.reference],
        "overdue": [overdue.reference],
        "whole": [whole.reference],
        "deed": [deed.reference],
    }
    anything = set(references(client.get(LIST, {"due": "pseb"})))
    assert anything == {each.reference for each in (new, asked, paper, whole, deed)}


def test_an_offer_that_lapsed_is_listed_as_waiting(client, officer):
    today = timezone.localdate()
    application = ApplicationFactory(state="waiting")
    lease = LeaseFactory(application=application)
    LettingFactory(lease=lease, suite__park=lease.park, state="draft")
    days = {"offered_on": today - dt.timedelta(days=9), "offer_deadline": today - dt.timedelta(days=1)}
    Lease.objects.filter(pk=lease.pk).update(state="offered", **days)
    assert references(client.get(LIST, {"standing": "waiting"})) == [application.reference]
    assert references(client.get(LIST, {"standing": "offered"})) == []


def test_the_list_is_narrowed_by_person_band_and_park(client, officer):
    park = ParkFactory()
    mine = ApplicationFactory(assigned_to=officer, choices=[park])
    theirs = ApplicationFactory(assigned_to=UserFactory())
    nobodys = desks(4)
    assert references(client.get(LIST, {"assigned": "me"})) == [mine.reference]
    assert references(client.get(LIST, {"assigned": "others"})) == [theirs.reference]
    assert references(client.get(LIST, {"assigned": "nobody"})) == [nobodys.reference]
    assert references(client.get(LIST, {"band": "desks"})) == [nobodys.reference]
    assert references(client.get(LIST, {"park": park.pk})) == [mine.reference]


@pytest.mark.parametrize(
    "query", ["due=x", "standing=x", "assigned=x", "band=x", "park=x", "park=99999999999999999999"]
)
def test_a_filter_that_is_none_is_refused_and_nothing_breaks(client, officer, query):
    ApplicationFactory(choices=[ParkFactory()])
    response = client.get(f"{LIST}?{query}", follow=True)
    assert response.status_code == 200
    assert "not understood" in response.content.decode()


def test_the_search_finds_reference_firm_and_numbers(client, officer):
    one = ApplicationFactory(company_name="Ravi Soft", ntn="1234567-8")
    ApplicationFactory()
    for text in (one.reference, one.reference.split("-")[-1], "ravi", "1234567-8", "contact of the applicant ravi"):
        assert references(client.get(LIST, {"q": text})) == [one.reference], text


def test_an_auditor_cannot_find_an_application_by_its_contact(client):
    client.force_login(UserFactory(role="Auditor"))
    ApplicationFactory(company_name="Ravi Soft", contact_name="Contact Unheard")
    assert references(client.get(LIST, {"q": "unheard"})) == []
    assert len(references(client.get(LIST, {"q": "ravi"}))) == 1


def test_the_number_of_queries_of_the_list_is_constant(client, officer, django_assert_max_num_queries):
    for _each in range(6):
        application = ApplicationFactory(choices=[ParkFactory(), ParkFactory()], assigned_to=UserFactory())
        say(application)
        paper_of(application)
    with django_assert_max_num_queries(12):
        assert len(references(client.get(LIST))) == 6


@pytest.mark.parametrize(("role", "contacts"), [("Lettings officer", True), ("Auditor", False)])
def test_a_file_has_the_contacts_only_for_those_who_see_them(client, role, contacts):
    client.force_login(UserFactory(role=role))
    application = ApplicationFactory(company_name="=Ravi Soft")
    response = client.get(LIST, {"format": "csv"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    (row,) = list(csv.DictReader(io.StringIO(text)))
    assert (application.email in text) is contacts
    assert row["reference"] == application.reference
    assert "\n=Ravi" not in text
    assert ",=Ravi" not in text


# --- the page


def test_the_page_shows_all_that_one_decides_by(client, officer):
    park = ParkFactory()
    SuiteFactory(park=park, number="A-7", lettable_area_sqft=1_000, rent_basis="per_sqft", rent_pkr=95)
    application = ApplicationFactory(choices=[park], needs_note="Close to the gate.")
    paper_of(application, "ntn")
    say(application, "May we come on Monday?")
    text = client.get(page_of(application)).content.decode()
    for words in ("A-7", "95,000", "May we come on Monday?", "ntn.pdf", "Tax registration", "Close to the gate."):
        assert words in text, words
    # Whoever holds the token may answer for the firm.
    assert application.token not in text


def test_the_checklist_is_that_of_the_day_asked_for(client, officer):
    application = ApplicationFactory(pseb_number="Z-25-12345/26", pseb_expiry_date=dt.date(2026, 6, 30))
    response = client.get(page_of(application), {"on": "2026-07-01"})
    states = {check.key: check.state for check in response.context["checks"]}
    assert states["pseb"] == "expired"
    response = client.get(page_of(application), {"on": "tea"})
    assert response.status_code == 200
    assert "not understood" in response.content.decode()


def test_the_number_of_queries_of_the_page_is_constant(client, officer, django_assert_max_num_queries):
    park = ParkFactory()
    application = ApplicationFactory(choices=[park])
    for number in range(6):
        SuiteFactory(park=park, lettable_area_sqft=1_000)
        say(application)
        paper_of(application, "other", content=f"%PDF-{number}".encode())
    with django_assert_max_num_queries(34):
        client.get(page_of(application))


@pytest.mark.parametrize("state", ["submitted", "needs_paper", "waiting", "offered", "allotted", "lapsed", "declined"])
def test_the_page_offers_the_steps_that_the_state_allows(client, officer, state):
    application = ApplicationFactory(state=state)
    offered = {each.name for each in client.get(page_of(application)).context["steps"]}
    always = {"message", "note"}
    assert offered == {
        "submitted": always | {"complete", "ask", "assign", "company", "decline"},
        "needs_paper": always | {"complete", "ask", "assign", "company", "decline"},
        "waiting": always | {"ask", "assign", "company", "decline"},
        "offered": always | {"assign", "company"},
    }.get(state, always)


def test_a_post_to_the_page_itself_changes_nothing(client, officer):
    application = ApplicationFactory()
    data = form_data(client.get(page_of(application)))
    client.post(page_of(application), data | {"state": "waiting", "company_name": "Other", "staff_note": "x"})
    now = Application.objects.get(pk=application.pk)
    assert (now.state, now.company_name, now.staff_note) == ("submitted", application.company_name, "")


# --- the steps


def test_an_application_goes_into_the_queue_despite_its_checklist_only_with_a_reason(client, officer):
    application = ApplicationFactory()
    address = step("complete", application)
    assert "not in order" in post(client, address).content.decode()
    assert "Say why" in post(client, address, despite="on").content.decode()
    assert state_of(application) == "submitted"
    response = post(client, address, despite="on", reason="Papers seen at the office.")
    assert response.status_code == 302
    assert state_of(application) == "waiting"


def test_a_paper_is_asked_for_and_looked_at_on_pages(client, officer):
    application = ApplicationFactory()
    assert post(client, step("ask", application), kind="ntn", words="Of this year").status_code == 302
    request = application.requests.get()
    paper = paper_of(application, "ntn", request=request)
    refused = post(client, step("look", application, paper), finding="bad")
    assert "Say why the paper is not accepted" in refused.content.decode()
    assert post(client, step("look", application, paper), finding="good").status_code == 302
    request.refresh_from_db()
    assert request.closed_at is not None


def test_a_refusal_is_shown_before_it_is_made(client, officer):
    application = ApplicationFactory(pseb_number="Z-25-12345/26", pseb_expiry_date=dt.date(2026, 6, 30))
    address = step("decline", application)
    typed = {"code": "no_space", "reason": "No such space is planned.", "minute": "12/2026"}
    preview = post(client, address, preview="1", **typed)
    text = preview.content.decode()
    assert "No such space is planned." in text
    assert "No space of this kind is planned in the parks chosen" in text
    assert state_of(application) == "submitted"
    assert application.letters.count() == application.mails.count() == 0
    assert client.post(address, form_data(preview) | {"edit": "1"}).context["form"]["minute"].value() == "12/2026"
    assert client.post(address, form_data(preview) | {"confirm": "1"}).status_code == 302
    assert state_of(application) == "declined"
    assert application.letters.count() == application.mails.count() == 1


def test_what_was_typed_is_kept_when_a_step_is_refused(client, officer):
    application = ApplicationFactory()
    response = post(client, step("decline", application), preview="1", reason="A long explanation.", minute="")
    assert response.status_code == 200
    assert "A long explanation." in response.content.decode()
    assert "Error:" in response.content.decode()


def test_a_page_that_is_older_than_the_application_is_refused_once(client, officer):
    application = ApplicationFactory()
    address = step("ask", application)
    old = form_data(client.get(address)) | {"kind": "ntn", "words": "Of this year"}
    paper_of(application)
    response = client.post(address, old)
    assert "has changed since you opened this page" in response.content.decode()
    assert not application.requests.exists()
    assert client.post(address, form_data(response)).status_code == 302
    assert application.requests.get().words == "Of this year"


def test_a_page_without_its_version_is_refused(client, officer):
    application = ApplicationFactory()
    response = client.post(step("ask", application), {"kind": "ntn", "due_on": "2200-01-01"})
    assert response.status_code == 200
    assert not application.requests.exists()


def test_a_message_sent_twice_is_one_message(client, officer):
    application = ApplicationFactory()
    question = say(application)
    address = step("message", application)
    data = form_data(client.get(address)) | {"text": "On Monday."}
    for _each in range(2):
        assert client.post(address, data).status_code == 302
    assert application.messages.filter(actor="staff").count() == 1
    question.refresh_from_db()
    assert question.answered_at is not None


def test_a_message_with_a_forged_token_is_refused_and_kept_on_the_page(client, officer):
    application = ApplicationFactory()
    response = client.post(step("message", application), {"text": "On Monday.", "form_token": "x", "seen": "y"})
    assert response.status_code == 200
    assert "On Monday." in response.content.decode()
    assert not application.messages.exists()


def test_the_firm_is_entered_as_the_company_that_has_its_number(client, officer):
    there = CompanyFactory(ntn="1234567-8", website="https://old.example", secp_number="")
    application = ApplicationFactory(ntn="1234567-8", website="https://new.example", secp_number="0123456")
    address = step("company", application)
    form = client.get(address).context["form"]
    assert form.initial["company"] == str(there.pk)
    assert form.initial["take"] == [f"{there.pk} secp_number", f"{there.pk} activity"]
    response = client.post(
        address, form_data(client.get(address)) | {"company": there.pk, "take": [f"{there.pk} secp_number"]}
    )
    assert response.status_code == 302
    there.refresh_from_db()
    assert (there.secp_number, there.website) == ("0123456", "https://old.example")
    application.refresh_from_db()
    assert application.company == there


def test_assigning_and_notes(client, officer):
    application = ApplicationFactory()
    assert post(client, step("assign", application), to=officer.pk).status_code == 302
    assert post(client, step("note", application), text="Called.").status_code == 302
    application.refresh_from_db()
    assert (application.assigned_to, application.staff_note) == (officer, "Called.")


def test_a_message_is_set_aside_and_a_request_taken_back(client, officer):
    application = ApplicationFactory()
    message = say(application)
    post(client, step("ask", application), kind="ntn")
    request = application.requests.get()
    assert post(client, step("set_aside", application, message)).status_code == 302
    assert post(client, step("take_back", application, request)).status_code == 302
    message.refresh_from_db()
    request.refresh_from_db()
    assert message.answered_at is not None
    assert request.closed_at is not None


def test_rows_of_another_application_are_not_found(client, officer):
    one, other = ApplicationFactory(), ApplicationFactory()
    paper, message = paper_of(other), say(other)
    assert client.get(step("look", one, paper)).status_code == 404
    assert client.get(step("set_aside", one, message)).status_code == 404
    assert client.get(f"/admin/tenants/application/{one.pk}/papers/{2**63}/look/").status_code == 404
    assert client.get(f"/admin/tenants/application/{2**63}/ask/").status_code == 404
