"""The forms of the page of an application: what they take and refuse, and that nothing typed is lost."""

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tenants.apply import limits
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationMessage,
    ApplicationPaper,
)
from tests.applications import ApplicationFactory
from tests.factories import CityFactory, ParkFactory, StageEventFactory, SuiteFactory
from tests.following import address, ask_paper, message, past, refused, token_of
from tests.space_pages import html_of, text_of
from tests.test_following import offered_to
from tests.test_following_actions import mailed, pdf, wanted_of
from tests.test_needs import token as token_of_a_need

pytestmark = pytest.mark.django_db
CNIC = "35202-1234567-1"


@pytest.fixture
def private_root(settings, tmp_path):
    """A folder of private files of this test's own."""
    settings.PRIVATE_ROOT = tmp_path


def today():
    return timezone.localdate()


def waiting(**facts):
    return ApplicationFactory(state="waiting", **facts)


# Messages


def test_a_message_is_sent_and_stands_there(client):
    application = waiting()
    data = message(application, "First line.\r\nSecond line.")
    response = client.post(address(application, "message"), data)
    assert response.url == f"{address(application, 'message')}?done=message"
    text = text_of(client.get(response.url))
    assert "Your message is sent." in text and "Second line." in text
    client.post(address(application, "message"), data)
    assert ApplicationMessage.objects.get().text == "First line.\nSecond line."
    assert "You wrote to PSEB" in text_of(client.get(address(application)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": ""}, "Write your message."),
        ({"text": " \r\n "}, "Write your message."),
        ({"text": "x" * 3001}, "The message must be 3,000 characters or fewer; it has 3001."),
        ({"text": f"My number is {CNIC}"}, "which this portal never keeps"),
        ({"subject": "buy"}, "A field that must stay empty came back filled in"),
        ({"form_token": ""}, "This page was open for too long."),
        ({"form_token": token_of("message 0")}, "This page was open for too long."),
        ({"form_token": token_of_a_need()}, "This page was open for too long."),
    ],
)
def test_a_message_that_is_refused_says_why_and_stays(client, changes, sentence):
    application = waiting()
    data = message(application) | changes
    html = refused(client.post(address(application, "message"), data), sentence)
    assert data["text"].strip() in html and not ApplicationMessage.objects.exists()


def test_a_message_may_have_its_limit_in_any_script(client):
    application = waiting()
    assert client.post(address(application, "message"), message(application, "ی" * 3000)).status_code == 302
    assert ApplicationMessage.objects.get().text == "ی" * 3000


def test_a_message_sent_at_once_is_not_believed(client):
    application = waiting()
    data = message(application, form_token=token_of(f"message {application.pk}", seconds=0))
    refused(client.post(address(application, "message"), data), "came back too fast")


def test_a_form_changed_and_sent_again_is_not_lost_without_a_word(client):
    application = waiting()
    data = message(application)
    client.post(address(application, "message"), data)
    html = refused(client.post(address(application, "message"), data | {"text": "Other."}), "was sent before")
    assert "Other." in html and ApplicationMessage.objects.count() == 1


def test_the_form_of_one_application_is_none_of_another(client):
    one, other = waiting(), waiting()
    refused(client.post(address(other, "message"), message(one)), "open for too long")
    assert not ApplicationMessage.objects.exists()


def test_too_many_messages_are_answered_kindly(client, monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "message", 1)
    application = waiting()
    client.post(address(application, "message"), message(application))
    response = client.post(address(application, "message"), message(application, "My long text"))
    html = refused(response, "Many forms came from your network", status=429)
    assert "My long text" in html and 0 < int(response["Retry-After"]) <= 3600
    park = ParkFactory()
    response = client.post(address(application, "choices"), {"before": "", "choice_1": f"p{park.pk}"})
    assert response.status_code == 429 and "Retry-After" in response
    assert client.post(address(application, "add"), {"choice": f"p{park.pk}"}).status_code == 429
    assert not wanted_of(application)


def test_messages_have_pages_the_newest_first(client):
    application = waiting()
    for number in range(30):
        ApplicationMessage.objects.create(
            application=application, actor="firm", text=f"message-{number:02}", form_token=uuid.uuid4()
        )
    first = text_of(client.get(address(application, "message")))
    last = text_of(client.get(address(application, "message"), {"page": "2"}))
    assert first.index("message-29") < first.index("message-28") and "message-00" not in first
    assert "message-00" in last and "message-29" not in last
    main = text_of(client.get(address(application)))
    assert "message-27" in main and "message-26" not in main and "All messages" in main


# Papers


def upload(content=None, name="paper.pdf"):
    return pdf() if content is None else SimpleUploadedFile(name, content)


def test_a_paper_answers_what_was_asked_for(client, private_root):
    application = ApplicationFactory(state="needs_paper")
    request = ask_paper(application, "ntn", words="Both sides.")
    page = html_of(client.get(address(application, "papers"), {"asked": request.pk}))
    assert f'name="asked" value="{request.pk}"' in page and 'name="kind"' not in page
    response = client.post(address(application, "papers"), {"asked": request.pk, "file": upload()})
    assert response.url == f"{address(application, 'papers')}?done=paper"
    paper = ApplicationPaper.objects.get()
    assert (paper.kind, paper.request) == ("ntn", request)
    text = text_of(client.get(response.url))
    assert "Your paper is here." in text and "Not looked at yet" in text


def test_a_paper_of_the_kind_that_was_asked_for_answers_without_being_told(client, private_root):
    application = ApplicationFactory(state="needs_paper")
    request, other = ask_paper(application, "ntn"), ask_paper(application, "other")
    client.post(address(application, "papers"), {"kind": "ntn", "file": upload()})
    client.post(address(application, "papers"), {"kind": "other", "file": upload()})
    assert ApplicationPaper.objects.get(kind="ntn").request == request
    assert ApplicationPaper.objects.get(kind="other").request is None and other.papers.count() == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"kind": "ntn"}, "Choose a file."),
        ({"kind": "", "file": b"%PDF-"}, "Choose what the paper shows."),
        ({"kind": "secret", "file": b"%PDF-"}, "Choose from the list what the paper shows."),
        ({"kind": "ntn", "file": b""}, "The file is empty."),
        ({"kind": "ntn", "file": b"MZ executable"}, "The file must be a PDF, PNG or JPEG."),
        ({"kind": "ntn", "file": b"%PDF-1.4 broken"}, "The PDF is damaged"),
    ],
)
def test_a_file_that_is_not_taken_says_why(client, private_root, data, sentence):
    application = waiting()
    data = {name: upload(value) if name == "file" else value for name, value in data.items()}
    html = refused(client.post(address(application, "papers"), data), sentence)
    assert not ApplicationPaper.objects.exists()
    if data["kind"] == "ntn":
        assert '<option value="ntn" selected>' in html


def test_what_another_firm_was_asked_for_is_not_answered(client, private_root):
    application, other = waiting(), waiting()
    request = ask_paper(other, "ntn")
    for asked in (request.pk, "x", "9" * 5000, "\x00"):
        refused(
            client.post(address(application, "papers"), {"asked": asked, "file": upload()}),
            "Choose what the paper shows.",
        )
    assert not ApplicationPaper.objects.exists()


def test_too_many_papers_are_answered_kindly(client, private_root, monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "paper", 1)
    application = waiting()
    client.post(address(application, "papers"), {"kind": "ntn", "file": upload()})
    response = client.post(address(application, "papers"), {"kind": "bank", "file": upload()})
    refused(response, "Many forms came from your network", status=429)


def test_no_paper_can_be_sent_after_the_end(client, private_root):
    application = ApplicationFactory(state="declined")
    assert '<input type="file"' not in html_of(client.get(address(application, "papers")))
    refused(client.post(address(application, "papers"), {"kind": "ntn", "file": upload()}), "come to an end")


# Choices


def chosen(client, application, *keys, **changes):
    """Send the form of the choices as a browser does."""
    before = [f"s{row.suite_id}" if row.suite_id else f"p{row.park_id}" for row in application.choices.order_by("rank")]
    data = {f"choice_{rank}": key for rank, key in enumerate(keys, start=1)}
    return client.post(address(application, "choices"), {"before": ",".join(before), **data, **changes})


def test_choices_are_changed_without_script(client):
    one, two = ParkFactory(name="Arfa Tower"), ParkFactory(name="Zia Park")
    suite = SuiteFactory(park=two, number="Z-1")
    application = waiting(choices=[one])
    html = html_of(client.get(address(application, "choices")))
    assert f'<option value="p{one.pk}" selected>Arfa Tower</option>' in html
    assert f'<option value="p{two.pk}">' in html and f'<option value="s{suite.pk}">' in html and "<script" not in html
    response = chosen(client, application, f"s{suite.pk}", "", f"p{one.pk}")
    assert response.url == f"{address(application)}?done=choices"
    assert wanted_of(application) == [(1, suite), (2, one)]
    assert chosen(client, application, f"s{suite.pk}", f"p{one.pk}").status_code == 302


def test_a_chosen_park_that_is_hidden_since_can_stay(client):
    one, two = ParkFactory(), ParkFactory()
    application = waiting(choices=[one])
    type(one).objects.filter(pk=one.pk).update(listed=False)
    assert chosen(client, application, f"p{two.pk}", f"p{one.pk}").status_code == 302
    assert wanted_of(application) == [(1, two), (2, one)]


@pytest.mark.parametrize("wrong", ["p999999999", "x", "s0", "p" + "9" * 5000, "p\x001", "<script>"])
def test_what_is_no_park_of_the_list_is_refused(client, wrong):
    application = waiting(choices=[ParkFactory()])
    before = wanted_of(application)
    refused(chosen(client, application, wrong), "Choose a park or suite from the list.")
    assert wanted_of(application) == before


def test_hidden_and_closed_parks_cannot_be_chosen(client):
    hidden, closed = ParkFactory(listed=False), ParkFactory()
    StageEventFactory(park=closed, stage="closed")
    application = waiting(choices=[ParkFactory()])
    for park in (hidden, closed):
        refused(chosen(client, application, f"p{park.pk}"), "Choose a park or suite from the list.")
        response = client.post(address(application, "add"), {"choice": f"p{park.pk}"})
        refused(response, "This can no longer be applied for")


def test_choices_twice_or_none_are_refused_and_stay_as_picked(client):
    park = ParkFactory()
    application = waiting(choices=[ParkFactory()])
    html = refused(chosen(client, application, f"p{park.pk}", f"p{park.pk}"), "This is chosen above already")
    assert html.count(f'<option value="p{park.pk}" selected>') == 2
    refused(chosen(client, application), "Choose at least one park or suite.")


def test_a_form_that_is_older_than_the_choices_does_not_undo_them(client):
    one, two, three = (ParkFactory() for _park in range(3))
    application = waiting(choices=[one])
    old = {"before": f"p{one.pk}"}
    assert chosen(client, application, f"p{two.pk}").status_code == 302
    refused(chosen(client, application, f"p{three.pk}", **old), "changed in another window meanwhile")
    assert wanted_of(application) == [(1, two)]
    assert chosen(client, application, f"p{two.pk}", **old).status_code == 302


def test_choices_are_not_changed_while_an_offer_stands(client):
    park = ParkFactory()
    application = waiting(choices=[park])
    offered_to(application)
    assert "cannot be changed while it stands" in text_of(client.get(address(application, "choices")))
    refused(chosen(client, application, f"p{ParkFactory().pk}"), "cannot be changed while it stands")
    refused(client.post(address(application, "add"), {"choice": f"p{ParkFactory().pk}"}), "while it stands")
    assert wanted_of(application) == [(1, park)]


@pytest.mark.parametrize("wrong", ["", "x", "s0", "s" + "9" * 5000, "s\x001", "p999999999"])
def test_nothing_that_is_not_there_is_added(client, wrong):
    application = waiting()
    refused(client.post(address(application, "add"), {"choice": wrong}), "This can no longer be applied for")
    assert not wanted_of(application)


def test_adding_is_by_form_only(client):
    assert client.get(address(waiting(), "add")).status_code == 405


# Interest and withdrawal


def test_reading_the_question_answers_nothing_and_one_tap_answers_it(client):
    application = waiting()
    Application.objects.filter(pk=application.pk).update(interest_asked=2, interest_asked_on=today())
    assert "Yes, keep my place" in text_of(client.get(address(application, "interest")))
    application.refresh_from_db()
    assert application.interest_asked == 2
    for _time in range(2):
        assert client.post(address(application, "interest")).url == f"{address(application)}?done=interest"
    application.refresh_from_db()
    assert application.interest_asked == 0 and application.interest_since == today()


def test_a_lapsed_application_is_brought_back_by_one_tap(client):
    application = ApplicationFactory(state="lapsed")
    assert client.post(address(application, "interest")).url == f"{address(application)}?done=restored"
    text = text_of(client.get(f"{address(application)}?done=restored"))
    assert "back in the queue, with its old date" in text and "Back in the queue with its old date" in text


def test_one_that_lapsed_long_ago_is_not(client):
    application = ApplicationFactory(state="lapsed")
    past(application, "lapsed", 15)
    refused(client.post(address(application, "interest")), "could be brought back until")
    assert "Apply again" in text_of(client.get(address(application, "interest")))


def test_withdrawing_asks_first_and_says_what_it_means(client):
    application = waiting()
    text = text_of(client.get(address(application, "withdraw")))
    assert "this cannot be undone" in text and "(optional)" in text
    application.refresh_from_db()
    assert application.state == "waiting"
    for _time in range(2):
        response = client.post(address(application, "withdraw"), {"reason": "We found\r\nspace."})
        assert response.url == f"{address(application)}?done=withdrawn"
    application.refresh_from_db()
    assert (application.state, application.state_reason) == ("withdrawn", "We found\nspace.")
    assert "We found" in text_of(client.get(address(application))) and len(mailed()) == 1


@pytest.mark.parametrize(
    ("reason", "sentence"), [("x" * 1001, "1,000 characters or fewer; it has 1001"), (CNIC, "never keeps")]
)
def test_a_reason_that_is_refused_stays_and_withdraws_nothing(client, reason, sentence):
    application = waiting()
    assert reason in refused(client.post(address(application, "withdraw"), {"reason": reason}), sentence)
    application.refresh_from_db()
    assert application.state == "waiting"


def test_with_an_offer_the_way_to_withdraw_is_on_its_page(client):
    application = waiting(choices=[ParkFactory()])
    offered_to(application)
    assert "decline it and withdraw" in text_of(client.get(address(application, "withdraw")))
    refused(client.post(address(application, "withdraw")), "answer it first")


@pytest.mark.parametrize("page", ["message", "papers", "choices", "add", "withdraw", "interest"])
def test_a_form_without_its_token_is_refused(client, page):
    application = waiting(choices=[ParkFactory()])
    before = list(ApplicationChoice.objects.values())
    client.handler.enforce_csrf_checks = True
    assert client.post(address(application, page), message(application)).status_code == 403
    application.refresh_from_db()
    assert application.state == "waiting" and list(ApplicationChoice.objects.values()) == before


def test_a_city_without_the_word_stays_out_of_the_way(client):
    """Parks are grouped by their city, whatever it is called."""
    park = ParkFactory(city=CityFactory(name="<b>City</b>"))
    html = client.get(address(waiting(choices=[park, ParkFactory(city=park.city)]), "choices")).content.decode()
    assert "<b>City</b>" not in html


def test_the_page_follows_the_calendar_and_not_the_row(client):
    application = ApplicationFactory(state="needs_paper")
    request = ask_paper(application, "ntn", days=0)
    assert "send it now" not in text_of(client.get(address(application)))
    type(request).objects.filter(pk=request.pk).update(due_on=today() - dt.timedelta(1))
    assert "send it now" in text_of(client.get(address(application)))
