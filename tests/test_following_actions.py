"""What a firm does from the page of its application: each once, however often it is sent, and each with its trace."""

import datetime as dt
import io
import uuid

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from stp_portal.kit.receiving import TooManySent
from tenants import actions
from tenants.apply import limits
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationCount,
    ApplicationMessage,
    ApplicationPaper,
    Lease,
    LinkCount,
    LinkRequest,
    Mail,
    TimelineEntry,
)
from tenants.models.application_states import ApplicationState
from tests.applications import COMPLETE_ON, ApplicationFactory
from tests.factories import ParkFactory, SuiteFactory
from tests.following import ask_paper, past, steps
from tests.test_following import offered_to

pytestmark = pytest.mark.django_db
GOING_ON = ("submitted", "needs_paper", "waiting")
ENDS = ("allotted", "declined", "withdrawn", "lapsed")
CLIENT = "c" * 64


def today():
    return timezone.localdate()


def sender():
    """Who sends, and when."""
    return {"client": CLIENT, "moment": timezone.now()}


def mailed():
    """The (kind, key) of the mails that were written, in their order."""
    return list(Mail.objects.order_by("pk").values_list("kind", "key"))


def pdf():
    """A PDF as an upload."""
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(out)
    return SimpleUploadedFile("paper.pdf", out.getvalue(), "application/pdf")


# Withdrawing


@pytest.mark.parametrize("state", GOING_ON)
def test_a_firm_withdraws_from_every_state_that_is_no_end(state):
    application = ApplicationFactory(state=state)
    actions.withdraw_application(application=application, reason="We found space.", today=today())
    application.refresh_from_db()
    kept = (application.state, application.state_by, application.state_reason, application.state_user_id)
    assert kept == ("withdrawn", "firm", "We found space.", None)
    assert mailed() == [("withdrawn", f"withdrawn {application.reference}")]
    entry = TimelineEntry.objects.filter(application=application).latest("at")
    assert (entry.to_state, entry.actor, entry.text) == ("withdrawn", "firm", "We found space.")


def test_withdrawing_twice_is_withdrawing_once():
    application = ApplicationFactory(state="waiting")
    for _time in range(3):
        actions.withdraw_application(application=application, reason="Once.", today=today())
    assert len(mailed()) == 1 and steps(application).count("withdrawn") == 1


@pytest.mark.parametrize("state", ["allotted", "declined", "lapsed"])
def test_no_other_end_is_withdrawn(state):
    application = ApplicationFactory(state=state)
    with pytest.raises(actions.Refused, match="come to an end already"):
        actions.withdraw_application(application=application, today=today())
    application.refresh_from_db()
    assert application.state == state and not mailed()


def test_an_open_or_accepted_offer_is_answered_first():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, days=0)
    for state in ({}, {"state": "accepted", "accepted_on": today()}):
        Lease.objects.filter(pk=lease.pk).update(**state)
        with pytest.raises(actions.Refused, match="answer it first"):
            actions.withdraw_application(application=application, today=today())
    assert not mailed()


def test_an_offer_that_lapsed_unrecorded_is_recorded_and_in_nobody_s_way():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, days=-1)
    actions.withdraw_application(application=application, today=today())
    lease.refresh_from_db()
    application.refresh_from_db()
    assert (lease.state, application.state) == ("lapsed", "withdrawn")
    assert steps(application)[-3:] == ["offered", "waiting", "withdrawn"]


# Choices


def wanted_of(application):
    rows = ApplicationChoice.objects.filter(application=application).order_by("rank")
    return [(row.rank, row.suite or row.park) for row in rows]


def change(application, *wanted):
    pairs = [(one.park, one) if hasattr(one, "park_id") else (one, None) for one in wanted]
    return actions.change_choices(application=application, wanted=pairs, today=today(), **sender())


@pytest.mark.parametrize("state", GOING_ON)
def test_choices_are_put_in_another_order_added_and_left_out_at_once(state):
    one, two, three, new = (ParkFactory() for _park in range(4))
    suite = SuiteFactory(park=new, number="N-1")
    application = ApplicationFactory(state=state, choices=[one, two, three])
    kept = ApplicationChoice.objects.get(application=application, park=three).pk
    assert change(application, three, suite, one, new)
    assert wanted_of(application) == [(1, three), (2, suite), (3, one), (4, new)]
    assert ApplicationChoice.objects.get(application=application, park=three).pk == kept
    entry = TimelineEntry.objects.filter(application=application).latest("at")
    assert (entry.kind, entry.actor) == ("choices", "firm")
    assert entry.text == f"1. {three.name}; 2. Suite N-1, {new.name}; 3. {one.name}; 4. {new.name}"
    application.refresh_from_db()
    assert application.complete_on == (COMPLETE_ON if state == "waiting" else None)


def test_the_same_choices_again_change_nothing():
    parks = [ParkFactory(), ParkFactory()]
    application = ApplicationFactory(state="waiting", choices=parks)
    assert not change(application, *parks)
    assert "choices" not in steps(application) and not ApplicationCount.objects.exists()


def test_one_to_five_choices_and_none_twice():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    before = wanted_of(application)
    park = ParkFactory()
    with pytest.raises(actions.Refused, match="at least one"):
        change(application)
    with pytest.raises(actions.Refused, match="chosen twice"):
        change(application, park, park)
    with pytest.raises(actions.Refused, match="Up to five"):
        change(application, *(ParkFactory() for _park in range(6)))
    assert wanted_of(application) == before
    assert change(application, *(ParkFactory() for _park in range(5)))


@pytest.mark.parametrize("state", ENDS)
def test_choices_of_an_application_that_ended_stay(state):
    application = ApplicationFactory(state=state, choices=[ParkFactory()])
    with pytest.raises(actions.Refused, match="come to an end"):
        change(application, ParkFactory())
    with pytest.raises(actions.Refused, match="come to an end"):
        actions.add_choice(application=application, park=ParkFactory(), today=today(), **sender())


@pytest.mark.parametrize("accepted", [False, True])
def test_choices_stay_while_an_offer_stands(accepted):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, days=0)
    if accepted:
        Lease.objects.filter(pk=lease.pk).update(state="accepted", accepted_on=today())
        Lease.objects.filter(pk=lease.pk).update(offer_deadline=today() - dt.timedelta(1))
    before = wanted_of(application)
    with pytest.raises(actions.Refused, match="while it stands"):
        change(application, ParkFactory())
    with pytest.raises(actions.Refused, match="while it stands"):
        actions.add_choice(application=application, park=ParkFactory(), today=today(), **sender())
    assert wanted_of(application) == before


def test_once_an_offer_has_lapsed_the_choices_can_be_changed_and_the_lapse_is_recorded():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application, days=-1)
    assert change(application, ParkFactory())
    lease.refresh_from_db()
    application.refresh_from_db()
    assert (lease.state, application.state) == ("lapsed", "waiting")


def test_a_choice_is_added_below_the_others_once_and_up_to_five():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    suite = SuiteFactory()
    add = {"application": application, "today": today(), **sender()}
    assert actions.add_choice(park=suite.park, suite=suite, **add)
    assert not actions.add_choice(park=suite.park, suite=suite, **add)
    assert wanted_of(application)[1:] == [(2, suite)] and steps(application).count("choices") == 1
    for _park in range(3):
        actions.add_choice(park=ParkFactory(), **add)
    with pytest.raises(actions.Refused, match="five choices already"):
        actions.add_choice(park=ParkFactory(), **add)


# "Still interested?"


def asked(application, times=2):
    Application.objects.filter(pk=application.pk).update(
        interest_asked=times, interest_asked_on=today(), interest_since=today() - dt.timedelta(120)
    )
    return application


def test_an_answer_counts_from_today_on_and_only_once():
    application = asked(ApplicationFactory(state="waiting"))
    assert actions.answer_interest(application=application, today=today())
    assert not actions.answer_interest(application=application, today=today())
    application.refresh_from_db()
    facts = (application.interest_since, application.interest_asked, application.interest_asked_on)
    assert facts == (today(), 0, None) and application.complete_on == COMPLETE_ON
    assert steps(application).count("interest") == 1


def test_an_answer_to_no_question_is_none():
    application = ApplicationFactory(state="waiting")
    assert not actions.answer_interest(application=application, today=today())
    application.refresh_from_db()
    assert application.interest_since == COMPLETE_ON and "interest" not in steps(application)


@pytest.mark.parametrize("days", [0, 14])
def test_a_lapsed_application_comes_back_with_its_date_for_fourteen_days(days):
    application = asked(ApplicationFactory(state="lapsed"), times=3)
    past(application, "lapsed", days)
    assert actions.answer_interest(application=application, today=today())
    application.refresh_from_db()
    assert (application.state, application.state_by, application.complete_on) == ("waiting", "firm", COMPLETE_ON)
    assert (application.interest_since, application.interest_asked) == (today(), 0)
    assert mailed() == [("restored", f"restored {application.reference} 1")]
    assert not actions.answer_interest(application=application, today=today()) and len(mailed()) == 1


def test_each_return_from_a_lapse_is_mailed():
    application = ApplicationFactory(state="lapsed")
    actions.answer_interest(application=application, today=today())
    Application.objects.filter(pk=application.pk).update(state="lapsed", state_by="clock")
    actions.answer_interest(application=application, today=today())
    assert len({key for _kind, key in mailed()}) == 2


def test_on_the_fifteenth_day_it_is_too_late():
    application = ApplicationFactory(state="lapsed")
    past(application, "lapsed", 15)
    with pytest.raises(actions.Refused, match="could be brought back until"):
        actions.answer_interest(application=application, today=today())
    assert not mailed()


def test_what_was_never_complete_does_not_come_back():
    application = ApplicationFactory(state="needs_paper")
    Application.objects.filter(pk=application.pk).update(state="lapsed", state_by="clock")
    with pytest.raises(actions.Refused, match="before it was complete"):
        actions.answer_interest(application=application, today=today())


@pytest.mark.parametrize("state", ["allotted", "declined", "withdrawn"])
def test_an_end_is_not_brought_back(state):
    with pytest.raises(actions.Refused, match="come to an end"):
        actions.answer_interest(application=ApplicationFactory(state=state), today=today())


# Messages


def send(application, text="Hello.", number=None):
    return actions.send_message(application=application, text=text, form_token=number or uuid.uuid4(), **sender())


@pytest.mark.parametrize("state", ApplicationState.values)
def test_a_firm_can_write_whatever_became_of_its_application(state):
    application = ApplicationFactory(state=state)
    message = send(application)
    assert (message.actor, message.user, message.text, message.answered_at) == ("firm", None, "Hello.", None)
    assert steps(application)[-1] == "message"


def test_one_form_is_one_message():
    application, number = ApplicationFactory(), uuid.uuid4()
    assert {send(application, number=number).pk for _time in range(20)} == {ApplicationMessage.objects.get().pk}
    assert steps(application).count("message") == 1 and ApplicationCount.objects.get().taken == 1


def test_messages_are_limited_by_the_hour(monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "message", 2)
    application, number = ApplicationFactory(), uuid.uuid4()
    send(application, number=number)
    send(application)
    with pytest.raises(TooManySent):
        send(application)
    assert ApplicationMessage.objects.count() == 2 and steps(application).count("message") == 2
    assert send(application, number=number)
    with pytest.raises(TooManySent):
        change(application, ParkFactory())
    assert not wanted_of(application)


# Papers


@pytest.fixture
def private_root(settings, tmp_path):
    """A folder of private files of this test's own."""
    settings.PRIVATE_ROOT = tmp_path
    return tmp_path


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("state", GOING_ON)
def test_a_paper_is_kept_once_and_told(private_root, state):
    application = ApplicationFactory(state=state)
    request = ask_paper(application, "ntn")
    for _time in range(3):
        paper = actions.send_paper(application=application, upload=pdf(), kind="ntn", request=request, **sender())
    assert ApplicationPaper.objects.get() == paper and paper.request == request and paper.finding == "new"
    assert steps(application).count("paper") == 1 and len(files(private_root)) == 1
    request.refresh_from_db()
    assert request.closed_at is None
    entry = TimelineEntry.objects.get(application=application, kind="paper")
    assert (entry.actor, entry.text) == ("firm", "Tax registration certificate")


@pytest.mark.parametrize("state", ENDS)
def test_no_paper_comes_after_the_end(private_root, state):
    application = ApplicationFactory(state=state)
    with pytest.raises(actions.Refused, match="come to an end"):
        actions.send_paper(application=application, upload=pdf(), kind="ntn", **sender())
    assert not files(private_root) and not ApplicationPaper.objects.exists()


def test_a_paper_whose_entry_fails_leaves_no_file(private_root, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    monkeypatch.setattr("tenants.actions.following.told", fail)
    with pytest.raises(RuntimeError):
        actions.send_paper(application=ApplicationFactory(), upload=pdf(), kind="ntn", **sender())
    assert not files(private_root) and not ApplicationPaper.objects.exists()


# Links


def test_every_address_makes_one_row_and_a_count(monkeypatch):
    known = ApplicationFactory(email="known@example.org")
    for email in (known.email, "unknown@example.org"):
        actions.ask_for_links(email=email, **sender())
    assert set(LinkRequest.objects.values_list("email", flat=True)) == {known.email, "unknown@example.org"}
    assert LinkCount.objects.get().taken == 2
    monkeypatch.setattr("tenants.actions.following.MOST_LINKS_AN_HOUR", 2)
    with pytest.raises(TooManySent):
        actions.ask_for_links(email=known.email, **sender())
    assert LinkRequest.objects.count() == 2


def test_who_did_it_stands_in_the_history_as_the_firm():
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    change(application, ParkFactory())
    event = ApplicationChoice.pgh_event_model.objects.filter(pgh_obj__application=application).latest("pgh_id")
    assert event.pgh_context.metadata["firm"] == application.reference
