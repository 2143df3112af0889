"""Applying for space page by page: what each step keeps and refuses, the way through, and that nothing is lost."""

import datetime as dt
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tenants.apply import drafts, limits
from tenants.apply.steps import STEPS, Progress
from tenants.models import Application, ApplicationCount, ApplicationDraft, Mail
from tests.apply import ANSWERS, START, answer, begin, fill_in, page_of, picture, ready, said
from tests.factories import CityFactory, ParkFactory, StageEventFactory, SuiteFactory
from tests.space_pages import html_of, text_of

pytestmark = pytest.mark.django_db
STEP_NAMES = [step.slug for step in STEPS]


@pytest.fixture
def park():
    return ParkFactory(name="Arfa Tower", slug="arfa", city=CityFactory(name="Lahore", slug="lahore"))


def answer_before(client, draft, step):
    """Send the steps that come before this one."""
    for earlier in ANSWERS:
        if STEP_NAMES.index(earlier) < STEP_NAMES.index(step):
            answer(client, draft, earlier)


def refused(client, draft, step, message, **changes):
    """A step that is sent and comes back with this message and with what was typed."""
    response = client.post(page_of(draft, step), said(step, **changes))
    html = html_of(response)
    assert response.status_code == 422
    assert "There is a problem" in html and re.search(r"<title>\s*Error:", html)
    assert message.replace("'", "&#x27;") in html, text_of(response)
    draft.refresh_from_db()
    assert step not in draft.answers
    return html


def test_who_may_apply_and_which_papers_stand_before_the_form(client):
    response = client.get(START)
    text = text_of(response)
    for words in ("Who may apply", "Certificate of incorporation", "Tax registration certificate", "Company profile"):
        assert words in text
    assert "PSEB registration certificate" in text and "Start now" in text and "There is one queue" in text
    html = html_of(response)
    assert "<script" not in html and "style=" not in html and not ApplicationDraft.objects.exists()


def test_a_suite_and_a_park_of_the_address_are_filled_in_and_shown(client, park):
    suite = SuiteFactory(park=park, number="A-301")
    other = ParkFactory(name="Swat Park", slug="swat")
    response = client.get(f"{START}?suite={suite.pk}&park=swat&suite=x&park=nowhere&suite={'9' * 40}&park=%00")
    text = text_of(response)
    assert response.status_code == 200 and "You chose:" in text
    assert "Suite A-301, Arfa Tower" in text and "Swat Park" in text
    draft = begin(client, suite, other)
    assert draft.answers == {"choices": {"wanted": [f"s{suite.pk}", f"p{other.pk}"]}}


def test_what_nobody_can_apply_for_is_not_filled_in(client, park):
    hidden = SuiteFactory(park=ParkFactory(listed=False))
    gone = SuiteFactory(park=park, withdrawn_from=timezone.localdate())
    StageEventFactory(park=park, stage="closed", on=timezone.localdate() - dt.timedelta(days=5))
    response = client.get(f"{START}?suite={hidden.pk}&suite={gone.pk}&park=arfa")
    assert response.status_code == 200 and "You chose" not in text_of(response)
    assert begin(client, hidden, gone, park).answers == {}


def test_the_whole_way_makes_one_application_with_what_was_said(client, park):
    suite = SuiteFactory(park=park)
    application = fill_in(client, suite, park)
    assert re.fullmatch(r"STP-\d{4}-\d{5}", application.reference)
    assert (application.state, application.band, application.demo) == ("submitted", "up_to_1500", False)
    assert application.company_name == "Applicant Software" and application.website == "https://example.com"
    assert (application.secp_number, application.ntn) == ("0123456", "1234567-8")
    assert application.pseb_expiry_date == dt.date(2030, 12, 31) and application.secp_expiry_date is None
    assert (application.wanted_area_sqft, application.wanted_seats, application.budget_pkr) == (1200, None, 95_000)
    assert (application.team_size, application.women_staff, application.generator) == (12, 5, True)
    assert application.needs_note == "Parking.\nA prayer room." and application.phone == "+924235871234"
    choices = list(application.choices.values_list("rank", "park", "suite"))
    assert choices == [(1, park.pk, suite.pk), (2, park.pk, None)]
    draft = application.draft
    assert draft.answers == {} and draft.number == application.form_token and draft.token != application.token
    assert [entry.to_state for entry in application.timeline.all()] == ["submitted"]
    assert Mail.objects.get(kind="submitted").to == "firm@example.org"


def test_only_what_must_be_known_is_asked_for(client, park):
    empty = {"numbers": ANSWERS["numbers"], "team": ANSWERS["team"]}
    nothing = {name: "" for names in empty.values() for name in names if name != "team_size"}
    application = fill_in(client, park, website="", budget_pkr="", contact_role="", **nothing)
    assert (application.secp_number, application.women_staff, application.generator) == ("", None, False)


def test_the_check_page_shows_every_answer_with_a_way_to_change_it(client, park):
    draft = ready(client, park, contact_role="", women_staff="0")
    html = html_of(client.get(page_of(draft, "check")))
    text = re.sub(r"<[^>]+>", " ", html)
    for words in ("Applicant Software", "1,200 sq ft", "Rs 95,000", "31 December 2030", "042 35871234", "Arfa Tower"):
        assert words in text
    labels = [answer.label for _step, answers in Progress(draft, timezone.localdate()).sections() for answer in answers]
    assert len(labels) == sum(map(len, ANSWERS.values()))
    for label in labels:
        assert f'Change<span class="hidden">: {label.replace(chr(39), "&#x27;")}' in html, label
    assert re.search(r"women\?</dt><dd[^>]*>(<bdi>)?0<", html), "zero is an answer"
    assert re.search(r"Your role in the firm</dt><dd[^>]*><span class=\"muted\">Not provided", html)
    assert "Certificate of incorporation" in text and "it can follow" in text


def test_a_change_link_leads_back_to_the_check_page(client, park):
    draft = ready(client, park)
    address = page_of(draft, "firm") + "?then=check"
    page = html_of(client.get(address))
    assert f'action="{address}"' in page and "Save and go back to your answers" in page
    assert f'href="{page_of(draft, "check")}">Back' in page
    response = client.post(address, said("firm", company_name="New Name"))
    assert response.url == page_of(draft, "check")
    assert "New Name" in text_of(client.get(response.url))


@pytest.mark.parametrize("step", STEP_NAMES[1:])
def test_a_later_step_leads_to_the_first_that_is_open(client, park, step):
    draft = begin(client)
    for response in (client.get(page_of(draft, step)), client.post(page_of(draft, step), ANSWERS.get(step, {}))):
        assert response.status_code == 302 and response.url == page_of(draft, "firm")
    draft.refresh_from_db()
    assert draft.answers == {}


def test_each_step_leads_to_the_next(client, park):
    draft = begin(client, park)
    for step, after in itertools.pairwise(STEP_NAMES):
        data = said(step) if step in ANSWERS else {"go": "1"}
        assert client.post(page_of(draft, step), data).url == page_of(draft, after)


def test_a_draft_is_there_again_without_a_session(client, park):
    draft = begin(client, park)
    answer(client, draft, "firm", "numbers")
    client.cookies.clear()
    html = html_of(client.get(page_of(draft)))
    assert html.count(">Done<") == 3, "the firm, its numbers, and the choice filled in"
    assert f"http://testserver{page_of(draft)}" in html
    assert f'class="button" href="{page_of(draft, "needs")}"' in html
    assert 'value="Applicant Software"' in client.get(page_of(draft, "firm")).content.decode()


def test_the_link_is_mailed_once_a_day_and_address(client, park):
    draft = begin(client, park)
    for _time in range(3):
        assert client.post(page_of(draft), {"email": "firm@example.org"}).status_code == 302
    mail = Mail.objects.get()
    assert (mail.kind, mail.to) == ("resume", "firm@example.org") and page_of(draft) in mail.body
    assert "on its way" in text_of(client.get(page_of(draft) + "?mailed=1"))
    for wrong in ("", "nobody", "a@b.example, c@d.example", '"a,b"@example.org', "a@example.org\r\nBcc: b@example.org"):
        assert client.post(page_of(draft), {"email": wrong}).status_code == 422
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "A" * 43, "x y", "A" * 5000, "é"])
def test_an_unknown_draft_is_404_with_a_way_to_begin_again(client, token):
    for address in (f"{START}{token}/", f"{START}{token}/firm/"):
        for response in (client.get(address), client.post(address, {})):
            assert response.status_code == 404
            assert 'href="/apply/">Start a new application' in html_of(response)


def test_a_step_that_is_none_is_404(client, park):
    assert client.get(page_of(begin(client), "nothing")).status_code == 404


def test_pages_of_a_draft_are_kept_by_nobody_and_told_to_nobody(client, park):
    draft = ready(client, park)
    for address in (page_of(draft), *(page_of(draft, step) for step in STEP_NAMES)):
        response = client.get(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"] and response["X-Robots-Tag"] == "noindex"
        # Not "no-referrer": browsers would then hide the origin of the page's own forms, which Django refuses.
        assert response["Referrer-Policy"] == "same-origin"
        html = response.content.decode()
        assert "<script" not in html and "style=" not in html and " required" not in html and "canonical" not in html


@pytest.mark.parametrize(
    ("step", "changes", "message"),
    [
        ("firm", {"company_name": " "}, "Enter the name of your firm."),
        ("firm", {"company_name": "x" * 201}, "200 characters or fewer; it has 201"),
        ("firm", {"company_name": "a\nb"}, "one line without control characters"),
        ("firm", {"company_name": "Firm 35202-1234567-1"}, "identity card (CNIC)"),
        ("firm", {"activity": ""}, "Choose what your firm mainly does."),
        ("firm", {"activity": "bakery"}, "Choose from the list what your firm mainly does."),
        ("firm", {"website": "javascript:alert(1)"}, "Enter the address of a website"),
        ("firm", {"website": "ftp://example.com"}, "Enter the address of a website"),
        ("numbers", {"secp_number": "12"}, "The SECP number is seven digits"),
        ("numbers", {"ntn": "3520212345671"}, "This is a CNIC"),
        ("numbers", {"pseb_number": "??"}, "The PSEB number is letters"),
        ("numbers", {"pseb_number": "A" * 31}, "This number is too long"),
        ("numbers", {"pseb_number": ""}, "Give the number that is valid until this day"),
        ("numbers", {"ntn_expiry_date": "30 February 2027"}, "Date must be a real date"),
        ("needs", {"wanted_area_sqft": ""}, "Enter how much area you need, or how many desks."),
        ("needs", {"wanted_seats": "4"}, "Give an area or a number of desks, not both."),
        ("needs", {"wanted_area_sqft": "0"}, "whole number of square feet"),
        ("needs", {"wanted_area_sqft": "12.5"}, "whole number of square feet"),
        ("needs", {"wanted_area_sqft": "9" * 5000}, "Area must be"),
        ("needs", {"wanted_area_sqft": "", "wanted_seats": "5001"}, "Desks must be a whole number"),
        ("needs", {"move_in": ""}, "Enter the day from which you need the space."),
        ("needs", {"move_in": "2020-01-01"}, "The day must be today or later."),
        ("needs", {"move_in": "2190-01-01"}, "within five years"),
        ("needs", {"months": "0"}, "Months must be a whole number from 1 to 120"),
        ("needs", {"months": ""}, "Enter for how many months"),
        ("needs", {"budget_pkr": "-5"}, "The budget must be a number of rupees"),
        ("team", {"team_size": "0"}, "People must be a whole number"),
        ("team", {"team_size": "4"}, "This is more than the people who will work there."),
        ("team", {"power_hours": "25"}, "Hours must be a whole number from 0 to 24."),
        ("team", {"generator": "perhaps"}, "Choose yes or no."),
        ("team", {"internet_mbps": "1e3"}, "Internet must be a whole number"),
        ("team", {"needs_note": "x" * 1001}, "1,000 characters or fewer; it has 1001"),
    ],
)
def test_a_wrong_answer_is_said_beside_its_field_and_stays_as_typed(client, park, step, changes, message):
    draft = begin(client, park)
    answer_before(client, draft, step)
    html = refused(client, draft, step, message, **changes)
    typed = said(step, **changes) | {"activity": "", "generator": ""}
    for value in typed.values():
        if value and "\n" not in value:
            assert value in html or value.upper() in html, value


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contact_name": ""}, "Enter your name."),
        ({"email": ""}, "Enter your e-mail address."),
        ({"email": "firm"}, "Enter an e-mail address, like name@example.com."),
        ({"email": "firm@example.org\nBcc: x@example.org"}, "one line without control characters"),
        ({"phone": ""}, "Enter your phone number."),
        ({"phone": "12"}, "Give the phone number with its area code"),
        ({"phone": "0300\x001234567"}, "one line without control characters"),
    ],
)
def test_a_wrong_contact_is_said_beside_its_field(client, park, changes, message):
    draft = begin(client, park)
    answer(client, draft, "firm", "numbers", "needs", "team")
    refused(client, draft, "contact", message, **changes)


@pytest.mark.parametrize("step", list(ANSWERS))
def test_no_nonsense_in_any_field_is_a_fault_of_the_portal(client, park, step):
    draft = begin(client, park)
    answer_before(client, draft, step)
    for nonsense in (
        "\x00",
        "\ud800",
        "9" * 6000,
        "<b>",
        "NaN",
        "infinity",
        "-0",
        "1e200000",
        "\u202e",
        "{{7*7}}",
        "=1+1",
    ):
        for name in ANSWERS[step]:
            data = said(step, **{name: nonsense.encode("utf-8", "surrogatepass").decode("utf-8", "replace")})
            assert client.post(page_of(draft, step), data).status_code in (302, 422)
            assert client.get(page_of(draft, step)).status_code == 200


def test_an_answer_that_time_has_overtaken_is_asked_for_again(client, park):
    draft = ready(client, park)
    draft.answers["needs"]["move_in"] = (timezone.localdate() - dt.timedelta(days=1)).isoformat()
    draft.save()
    response = client.get(page_of(draft, "check"))
    assert response.url == page_of(draft, "needs")
    assert "The day must be today or later." in text_of(client.get(response.url))


def test_pages_ask_the_database_as_often_for_many_parks_as_for_one(client, park):
    draft = ready(client, park)

    def queries(step):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(page_of(draft, step)).status_code == 200
        return len(asked)

    before = {step: queries(step) for step in STEP_NAMES}
    more = [SuiteFactory(park=ParkFactory()) for _n in range(6)]
    drafts.change_choices(draft, lambda kept: [*kept, *(f"s{suite.pk}" for suite in more[:3])], timezone.now())
    # Two queries look up suites, where only parks were chosen before.
    after = {step: queries(step) for step in STEP_NAMES}
    assert all(after[step] - before[step] in (0, 1) for step in STEP_NAMES), (before, after)
    assert max(after.values()) <= 12


def test_too_many_drafts_are_told_when_to_come_back(client, park, monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "draft", 2)
    for _time in range(2):
        begin(client, park)
    response = client.post(START, {"park": park.slug})
    assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 3600
    assert 'name="park" value="arfa"' in html_of(response), "what was chosen stays"
    assert begin(client, park, REMOTE_ADDR="10.0.0.9")
    assert "192" not in "".join(ApplicationCount.objects.values_list("client", flat=True))


def test_old_drafts_are_erased_with_all_they_hold(client, park, django_capture_on_commit_callbacks):
    old, young = (ready(client, park, papers=[("ntn", picture(colour=colour))]) for colour in ("red", "blue"))
    sent = fill_in(client, park).draft
    paper = old.papers.get()
    today = timezone.localdate()
    month = timezone.now() - dt.timedelta(days=drafts.KEPT_DAYS + 1)
    ApplicationDraft.objects.filter(pk__in=[old.pk, sent.pk]).update(updated_at=month)
    with django_capture_on_commit_callbacks(execute=True):
        assert drafts.erase_old_drafts(today) == 2
        assert drafts.erase_old_drafts(today) == 0
    assert list(ApplicationDraft.objects.all()) == [young]
    assert not paper.file.storage.exists(paper.file.name)
    assert young.papers.get().file.storage.exists(young.papers.get().file.name)
    assert Application.objects.count() == 1
    assert client.get(page_of(old)).status_code == 404


def test_every_way_to_space_leads_to_the_form(client, park):
    suite = SuiteFactory(park=park, number="A-301")
    ways = {
        f"/space/arfa/{suite.pk}/": f'href="/apply/?suite={suite.pk}"',
        "/parks/arfa/": 'href="/apply/?park=arfa"',
        f"/compare/?suite={suite.pk}&park=arfa": f'href="/apply/?suite={suite.pk}&amp;park=arfa"',
        "/space/?q=nothing-at-all": 'href="/apply/">apply and wait',
        "/": '<a href="/apply/">Apply</a>',
    }
    for page, link in ways.items():
        assert link in html_of(client.get(page)), page
    StageEventFactory(park=park, stage="closed", on=timezone.localdate() - dt.timedelta(days=5))
    assert "/apply/?" not in html_of(client.get("/parks/arfa/"))
    assert "/apply/?" not in html_of(client.get(f"/space/arfa/{suite.pk}/"))
