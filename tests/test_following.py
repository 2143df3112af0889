"""The page of an application: where it stands, in words, for whoever holds its address and nobody else."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants import queue
from tenants.application_story import TITLES, told
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationMessage,
    Lease,
    Letter,
    LetterTemplate,
    TimelineEntry,
)
from tenants.models.application_parts import FOR_STAFF, TimelineKind
from tests.applications import ApplicationFactory, paper_of
from tests.factories import LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.following import STAFF_NAME, STAFF_NOTE, address, ask_paper, past, read
from tests.space_pages import html_of, text_of

pytestmark = pytest.mark.django_db
PAGES = ("", "message", "papers", "choices", "withdraw", "interest")


def today():
    return timezone.localdate()


def offered_to(application, days=7, **facts):
    """An offer of one suite to a waiting application, open for so many days."""
    suite = SuiteFactory(park=application.choices.first().park)
    lease = LeaseFactory(park=suite.park, application=application, **facts)
    LettingFactory(suite=suite, lease=lease, state="draft", rent=50_000)
    Lease.objects.filter(pk=lease.pk).update(
        state="offered", offered_on=today() - dt.timedelta(10), offer_deadline=today() + dt.timedelta(days)
    )
    lease.refresh_from_db()
    application.refresh_from_db()
    return lease


@pytest.mark.parametrize(
    ("state", "headline", "way_on"),
    [
        ("submitted", "PSEB has your application and is checking it.", "PSEB looks at your papers."),
        ("needs_paper", "PSEB needs a paper from you.", "Send it on this page."),
        ("waiting", "Your application is complete and in the queue.", "offers it in the order of the queue"),
        ("lapsed", "This application has lapsed because no answer came.", "Yes, put it back into the queue"),
        ("declined", "PSEB has declined this application.", "Apply again"),
        ("withdrawn", "You withdrew this application.", "Apply again"),
        ("allotted", "The lease is signed: the space is yours.", "write to PSEB below"),
    ],
)
def test_each_state_says_where_it_stands_and_what_comes_next(client, state, headline, way_on):
    text = read(client, ApplicationFactory(state=state, choices=[ParkFactory()]))
    assert headline in text and way_on in text
    assert ("What happens next" in text) == (state != "lapsed") and "What has happened" in text


def test_a_refusal_says_its_reason_and_its_minute(client):
    text = read(client, ApplicationFactory(state="declined"))
    assert "No space of this kind is planned in the parks chosen" in text
    assert "No space of this kind is planned there." in text and "Minute 12/2026 of 9 March 2026" in text


def test_an_open_offer_comes_first_with_its_day(client):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory(name="Arfa Tower")])
    offered_to(application, days=3)
    response = client.get(address(application))
    text, day = text_of(response), today() + dt.timedelta(3)
    assert f"PSEB offers you space. Answer by {day.day} {day:%B %Y}." in text
    assert "See the offer and answer it" in text and f"{address(application)}offer/" in html_of(response)
    assert "Withdraw the application" in text and "Change your choices" not in text


def test_an_offer_is_open_on_its_last_day_and_none_on_the_next(client):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, days=0)
    assert "See the offer and answer it" in read(client, application)
    Lease.objects.filter(pk=lease.pk).update(offer_deadline=today() - dt.timedelta(1))
    text = read(client, application)
    assert "Your application is complete and in the queue." in text and "See the offer" not in text
    assert "Change your choices" in text


def test_after_the_acceptance_the_deposit_is_asked_for_and_noted(client):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, deposit_pkr=150_000)
    Lease.objects.filter(pk=lease.pk).update(state="accepted", accepted_on=today())
    text = read(client, application)
    assert f"You accepted the offer {lease.number}." in text and "PSEB waits for your deposit of Rs 150,000." in text
    assert "Withdraw the application" not in text
    Lease.objects.filter(pk=lease.pk).update(deposit_received_pkr=150_000, deposit_received_on=dt.date(2026, 3, 9))
    assert "Your deposit of Rs 150,000 arrived on 9 March 2026" in read(client, application)


def test_a_signed_lease_is_named(client):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application)
    Lease.objects.filter(pk=lease.pk).update(state="accepted", accepted_on=today())
    Lease.objects.filter(pk=lease.pk).update(state="signed", deed_on_file=True, signed_on=today())
    assert f"The lease {lease.number} is signed: the space is yours." in read(client, application)


def test_papers_asked_for_come_with_their_words_and_their_day(client):
    application = ApplicationFactory(state="needs_paper")
    ask_paper(application, "ntn", days=14, words="Both sides, please.")
    ask_paper(application, "profile", days=-1)
    text = read(client, application)
    day = today() + dt.timedelta(14)
    assert "Send these 2 papers" in text and "Both sides, please." in text
    assert f"By {day.day} {day:%B %Y}" in text and "send it now." in text


def test_papers_that_came_show_what_was_found(client):
    application = ApplicationFactory(state="waiting")
    paper_of(application, "ntn")
    facts = {"found_by": UserFactory(username=STAFF_NAME), "found_on": today()}
    paper_of(application, "pseb", finding="bad", finding_reason="The second page is missing.", **facts)
    paper_of(application, "profile", finding="good", valid_until=dt.date(2027, 3, 9), **facts)
    text = read(client, application)
    assert "Not looked at yet" in text and "The second page is missing." in text and "valid until 9 March 2027" in text
    assert STAFF_NAME not in text


def test_only_who_was_asked_sees_the_question_whether_still_interested(client):
    application = ApplicationFactory(state="waiting")
    assert "Are you still interested?" not in read(client, application)
    Application.objects.filter(pk=application.pk).update(interest_asked=1, interest_asked_on=today())
    assert "Are you still interested?" in read(client, application)


@pytest.mark.parametrize(("days", "back"), [(0, True), (14, True), (15, False)])
def test_a_lapsed_application_can_be_brought_back_for_fourteen_days(client, days, back):
    application = ApplicationFactory(state="lapsed")
    past(application, "lapsed", days)
    text = read(client, application)
    assert ("Yes, put it back into the queue" in text) == back and ("Apply again" in text) != back


def test_what_was_never_complete_has_no_place_to_come_back_to(client):
    application = ApplicationFactory(state="needs_paper")
    Application.objects.filter(pk=application.pk).update(state="lapsed", state_by="clock")
    text = read(client, application)
    assert "did not come in time" in text and "put it back" not in text


def test_staff_are_never_named_and_what_they_write_for_themselves_never_shown(client):
    staff = UserFactory(username=STAFF_NAME, first_name=STAFF_NAME)
    application = ApplicationFactory(state="waiting", staff_note=STAFF_NOTE, assigned_to=staff)
    Application.objects.filter(pk=application.pk).update(state="needs_paper", state_by="staff", state_user=staff)
    for kind in FOR_STAFF:
        TimelineEntry.objects.create(application=application, kind=kind, actor="staff", user=staff, text=STAFF_NOTE)
    ApplicationMessage.objects.create(
        application=application, actor="staff", user=staff, text="Please call.", form_token=application.form_token
    )
    ask_paper(application, by=staff)
    for page in PAGES:
        html = client.get(address(application, page)).content.decode()
        assert STAFF_NAME not in html and STAFF_NOTE not in html and "Assigned" not in html
    assert "Please call." in read(client, application)


def test_contacts_do_not_stand_on_the_page(client):
    application = ApplicationFactory(state="waiting")
    for page in PAGES:
        html = client.get(address(application, page)).content.decode()
        for personal in (application.email, application.phone, application.contact_name):
            assert personal not in html


@pytest.mark.parametrize("kind", [kind for kind in TimelineKind if kind not in FOR_STAFF and kind != "state"])
def test_every_kind_of_entry_has_words(kind):
    entry = TimelineEntry(kind=kind, actor="staff", at=timezone.now())
    assert told(entry).title and told(entry).by == "by PSEB"
    assert kind in TITLES or (kind, "firm") in TITLES or told(entry).title == kind.label


def test_the_timeline_tells_each_step_once_the_newest_first(client):
    park = ParkFactory()
    application = ApplicationFactory(state="waiting", choices=[park])
    lease = offered_to(application)
    TimelineEntry.objects.create(application=application, kind="offer", actor="staff", lease=lease)
    Lease.objects.filter(pk=lease.pk).update(state="declined", state_reason="Too dear.")
    html = html_of(client.get(address(application)))
    titles = re.findall(r"<h3>(.*?)</h3>", html)
    assert titles == [
        *("You declined the offer and keep waiting", "PSEB made you an offer"),
        *("Complete and in the queue", "You sent the application"),
    ]
    assert f"Offer {lease.number}" in text_of(client.get(address(application)))


def test_a_long_timeline_has_pages(client):
    application = ApplicationFactory()
    for number in range(30):
        TimelineEntry.objects.create(application=application, kind="choices", actor="firm", text=f"choice-{number:02}")
    first = read(client, application)
    assert "choice-29" in first and "choice-00" not in first
    last = text_of(client.get(address(application), {"page": "2"}))
    assert "choice-00" in last and "choice-29" not in last and "(page 2 of 2)" in last
    assert client.get(address(application), {"page": "9" * 50}).status_code == 200


def test_choices_stand_in_their_order_and_lead_to_their_pages(client):
    park, other = ParkFactory(name="Arfa Tower"), ParkFactory(name="Hidden", listed=False)
    suite = SuiteFactory(park=park, number="A-301")
    application = ApplicationFactory(state="waiting", choices=[suite, other])
    html = html_of(client.get(address(application))).partition(">Your choices<")[2]
    assert html.index("A-301") < html.index("Hidden")
    assert f"/space/{park.slug}/{suite.pk}/" in html and f"/parks/{other.slug}/" not in html


def test_free_suites_close_to_what_was_asked_for_can_be_added_at_one_tap(client):
    park = ParkFactory(name="Arfa Tower")
    near, far = (SuiteFactory(park=park, number=number) for number in ("N-1", "F-1"))
    type(far).objects.filter(pk=far.pk).update(lettable_area_sqft=3_000)
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    html = html_of(client.get(address(application)))
    assert "<bdi>Suite N-1</bdi>" in html and "F-1" not in html and "Add to my choices" in html
    response = client.post(address(application, "add"), {"choice": f"s{near.pk}"})
    assert response.url == f"{address(application)}?done=added"
    page = html_of(client.get(response.url))
    assert "It is among your choices now" in page and "Add to my choices" not in page


def test_nothing_free_is_said_and_leads_to_the_search(client):
    text = read(client, ApplicationFactory(state="waiting"))
    assert "Nothing of this size is free today." in text and "See all free space" in text


@pytest.mark.parametrize("state", ["offered", "allotted", "declined", "withdrawn", "lapsed"])
def test_who_cannot_change_choices_is_shown_no_alternatives(client, state):
    SuiteFactory(number="N-1")
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    if state == "offered":
        offered_to(application)
    else:
        application = ApplicationFactory(state=state)
    assert "N-1" not in read(client, application)


@pytest.mark.parametrize("page", [*PAGES, "add", "letters/LTR-2026-00001"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_is_the_same_page_as_any_other_that_is_not_there(client, page, method):
    application = ApplicationFactory()
    wrong = address(application, page).replace(application.token, "A" * 43)
    short = address(application, page).replace(application.token, application.token[:-1])
    nowhere = client.get("/no/such/page/")
    for path in (wrong, short):
        response = getattr(client, method)(path)
        assert response.status_code in ({404, 405} if page in {"add", "", "letters/LTR-2026-00001"} else {404})
        if response.status_code == 404:
            assert (
                re.search(r"<h1>(.*?)</h1>", html_of(response))[1] == re.search(r"<h1>(.*?)</h1>", html_of(nowhere))[1]
            )


@pytest.mark.parametrize("page", PAGES)
def test_nobody_keeps_the_page_lists_it_or_learns_its_address(client, page):
    response = client.get(address(ApplicationFactory(state="waiting"), page))
    html = response.content.decode()
    assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex" and '<meta name="robots" content="noindex">' in html
    assert response["Referrer-Policy"] == "same-origin" and 'rel="canonical"' not in html
    assert "<script" not in html and "style=" not in html


def letter_of(application=None, lease=None, content=b"%PDF-1.4\nletter", kind="acknowledgement"):
    """A letter with a file."""
    template, _made = LetterTemplate.objects.get_or_create(kind=kind, version=1, subject="A letter", body="Words.")
    letter = Letter(
        kind=kind, template=template, application=application, lease=lease, checksum="0" * 64, size_bytes=len(content)
    )
    letter.file.save("letter.pdf", ContentFile(content), save=False)
    letter.save()
    letter.refresh_from_db()
    return letter


def test_a_firm_opens_its_own_letters_and_no_others(client):
    application, other = ApplicationFactory(state="waiting", choices=[ParkFactory()]), ApplicationFactory()
    lease = offered_to(application)
    own, of_lease, theirs = letter_of(application), letter_of(lease=lease, kind="offer"), letter_of(other)
    text = read(client, application)
    assert own.number in text and of_lease.number in text and theirs.number not in text
    for letter in (own, of_lease):
        response = client.get(address(application, f"letters/{letter.number}"))
        assert b"".join(response.streaming_content) == b"%PDF-1.4\nletter"
        assert response["Content-Type"] == "application/pdf" and "attachment" in response["Content-Disposition"]
        assert "no-store" in response["Cache-Control"]
    assert client.get(address(application, f"letters/{theirs.number}")).status_code == 404
    assert client.get(address(application, "letters/LTR-1999-00001")).status_code == 404


def test_the_place_is_that_of_the_public_rows(client):
    arfa, zia = ParkFactory(name="Arfa Tower"), ParkFactory(name="Zia Park")
    day = dt.date(2026, 3, 2)
    for number in range(4):
        ApplicationFactory(state="waiting", choices=[zia, arfa][: 1 + number % 2], complete_on=day)
    mine = ApplicationFactory(state="waiting", choices=[arfa, SuiteFactory(park=arfa), zia], complete_on=day)
    ApplicationFactory(state="needs_paper", choices=[arfa])
    ApplicationFactory(state="waiting", choices=[arfa], wanted_area_sqft=5_000, complete_on=dt.date(2026, 1, 1))
    ApplicationFactory(state="waiting", choices=[arfa], complete_on=dt.date(2026, 3, 3))
    places = [(place.park, place.position, place.of) for place in queue.places_of(mine, today())]
    assert places == [(arfa, 3, 4), (zia, 5, 5)]
    published = queue.rows(today())
    assert [(row.park, row.position) for row in published if row.reference == mine.reference] == [
        (park, position) for park, position, _of in places
    ]
    text = read(client, mine)
    assert re.search(r"Arfa Tower\s+3 of 4\s+Zia Park\s+5 of 5", text), text
    assert "501 to 1,500 sq ft" in text and "yours was on 2 March 2026" in text


def test_who_is_not_complete_has_no_place_yet(client):
    application = ApplicationFactory(choices=[ParkFactory()])
    assert "You have no place yet" in read(client, application)


@pytest.mark.parametrize("page", ["", "message", "papers", "choices"])
def test_the_queries_do_not_grow_with_the_rows(client, page):
    parks = [ParkFactory() for _number in range(5)]
    few, many = (
        ApplicationFactory(state="waiting", choices=parks[:1]),
        ApplicationFactory(state="waiting", choices=parks),
    )
    for application, times in ((few, 1), (many, 8)):
        for number in range(times):
            paper_of(application, content=b"%PDF-1.4" + bytes([number]))
            ask_paper(application, "other")
            letter_of(application)
            TimelineEntry.objects.create(application=application, kind="message", actor="firm")
            ApplicationMessage.objects.create(
                application=application, actor="firm", text="Hello.", form_token=uuid.uuid4()
            )
    SuiteFactory.create_batch(4)
    counts = []
    for application in (few, many):
        client.get(address(application, page))
        with CaptureQueriesContext(connection) as queries:
            client.get(address(application, page))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20, counts


def test_a_name_with_markup_is_only_text(client):
    application = ApplicationFactory(state="waiting", company_name='<script>alert("x")</script>')
    for page in PAGES:
        assert "<script" not in client.get(address(application, page)).content.decode()


def test_a_choice_that_an_acceptance_took_out_says_so(client):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory(), ParkFactory()])
    offered_to(application)
    ApplicationChoice.objects.filter(application=application, rank=2).update(withdrawn_on=dt.date(2026, 3, 9))
    assert "taken out on 9 March 2026 , when you accepted the offer" in read(client, application)


def test_what_was_done_is_said_only_in_words_of_the_page(client):
    application = ApplicationFactory(state="waiting")
    assert "Your choices are saved." in text_of(client.get(address(application), {"done": "choices"}))
    assert "<b>" not in client.get(address(application), {"done": "<b>"}).content.decode()
