"""What staff do about applications, each step with what it refuses, writes and tells."""

import datetime as dt
import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections

from tenants.actions import deciding
from tenants.actions.applied import applied
from tenants.actions.errors import Refused
from tenants.models import Application, ApplicationMessage, Lease, Letter, Mail, TimelineEntry
from tenants.models.application_states import ApplicationState, DeclineCode
from tests.applications import COMPLETE_ON, ApplicationFactory, paper_of
from tests.factories import LeaseFactory, LettingFactory, UserFactory

pytestmark = pytest.mark.django_db

KARACHI = ZoneInfo("Asia/Karachi")
TODAY = dt.datetime.now(KARACHI).date()
STATES = [state.value for state in ApplicationState]


@pytest.fixture
def officer():
    return UserFactory(role="Lettings officer")


def complete(application, officer):
    return deciding.check_complete(application=application, by=officer, today=TODAY)


def ask(application, officer, kind="ntn", days=14, **facts):
    due_on = TODAY + dt.timedelta(days=days)
    return deciding.ask_paper(application=application, kind=kind, due_on=due_on, by=officer, today=TODAY, **facts)


def look(paper, officer, finding="good", **facts):
    return deciding.find_paper(paper=paper, finding=finding, by=officer, today=TODAY, **facts)


def decline(application, officer, **facts):
    given = {
        "code": DeclineCode.NO_SPACE,
        "reason": "No space of this kind is planned.",
        "minute": "12/2026",
        "decided_on": TODAY,
    }
    return deciding.decline(application=application, by=officer, today=TODAY, **given | facts)


def kinds(application):
    return list(TimelineEntry.objects.filter(application=application).values_list("kind", flat=True))


def mails(application):
    return list(Mail.objects.filter(application=application).order_by("pk").values_list("kind", flat=True))


def in_days(days):
    """The same time of day so many days from now."""
    return dt.datetime.now(KARACHI) + dt.timedelta(days=days)


# --- into the queue


def test_a_new_application_is_in_the_queue_since_the_day_on_which_it_was_sent(officer):
    application = complete(ApplicationFactory(), officer)
    assert (application.state, application.complete_on, application.interest_since) == ("waiting", TODAY, TODAY)
    entry = TimelineEntry.objects.filter(application=application, kind="state").last()
    assert (entry.from_state, entry.to_state, entry.actor, entry.user) == ("submitted", "waiting", "staff", officer)
    assert mails(application) == ["complete"]


def test_an_application_that_a_paper_was_asked_for_is_in_the_queue_since_the_paper_came(officer):
    application = ApplicationFactory()
    request = ask(application, officer)
    paper = paper_of(application, kind="ntn", request=request, received_at=in_days(3))
    look(paper, officer)
    assert complete(application, officer).complete_on == TODAY + dt.timedelta(days=3)


def test_a_paper_that_was_not_accepted_gives_no_day(officer):
    application = ApplicationFactory()
    request = ask(application, officer)
    bad, good = (
        paper_of(application, kind="ntn", request=request, content=text, received_at=in_days(days))
        for text, days in ((b"%PDF-1", 9), (b"%PDF-2", 5))
    )
    look(bad, officer, "bad", finding_reason="Not readable.")
    look(good, officer)
    assert complete(application, officer).complete_on == TODAY + dt.timedelta(days=5)


def test_a_paper_of_the_kind_that_was_asked_for_counts_wherever_it_was_sent(officer):
    application = ApplicationFactory()
    request = ask(application, officer)
    paper = paper_of(application, kind="ntn", received_at=in_days(2))
    look(paper, officer)
    request.refresh_from_db()
    paper.refresh_from_db()
    assert request.closed_at is not None
    assert paper.request == request
    assert complete(application, officer).complete_on == TODAY + dt.timedelta(days=2)


def test_a_day_in_the_queue_is_kept(officer):
    application = ApplicationFactory(state="waiting")
    request = ask(application, officer)
    assert complete_day(application) == COMPLETE_ON
    deciding.take_back_request(request=request, by=officer, today=TODAY)
    assert complete(application, officer).complete_on == COMPLETE_ON


def complete_day(application):
    application.refresh_from_db()
    return application.complete_on


def test_nothing_is_complete_while_a_paper_is_asked_for(officer):
    application = ApplicationFactory()
    ask(application, officer)
    with pytest.raises(Refused, match="still asked for"):
        complete(application, officer)


def test_nothing_is_complete_while_a_paper_was_not_looked_at(officer):
    application = ApplicationFactory()
    paper_of(application)
    with pytest.raises(Refused, match="been looked at"):
        complete(application, officer)


@pytest.mark.parametrize("state", STATES)
def test_each_step_is_possible_from_its_states_alone(officer, state):
    for name, run, allowed in (
        ("complete", complete, {"submitted", "needs_paper"}),
        ("ask", ask, {"submitted", "needs_paper", "waiting"}),
        ("decline", decline, {"submitted", "needs_paper", "waiting"}),
        (
            "look",
            lambda application, by: look(paper_of(application), by),
            {"submitted", "needs_paper", "waiting", "offered"},
        ),
        (
            "assign",
            lambda application, by: deciding.assign(application=application, to=by, by=by),
            {"submitted", "needs_paper", "waiting", "offered"},
        ),
    ):
        application = ApplicationFactory(state=state)
        if state in allowed:
            run(application, officer)
            continue
        before = kinds(application)
        with pytest.raises(Refused):
            run(application, officer)
        assert (Application.objects.get(pk=application.pk).state, kinds(application)) == (state, before), name


# --- papers


def test_asking_for_a_paper_tells_the_firm_what_and_until_when(officer):
    application = ApplicationFactory(state="waiting")
    request = ask(application, officer, words="The one of this year.")
    application.refresh_from_db()
    assert (application.state, application.complete_on) == ("needs_paper", COMPLETE_ON)
    assert kinds(application)[-2:] == ["state", "paper_asked"]
    mail = Mail.objects.get(application=application, kind="paper_asked")
    assert "The one of this year." in mail.body
    assert request.asked_by == officer


def test_a_second_paper_can_be_asked_for_and_the_same_one_not_twice(officer):
    application = ApplicationFactory()
    ask(application, officer, "ntn")
    ask(application, officer, "profile")
    with pytest.raises(Refused, match="asked for already"):
        ask(application, officer, "ntn")
    assert mails(application) == ["paper_asked", "paper_asked"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"days": 0}, "due_on"), ({"days": 400}, "due_on"), ({"kind": "other"}, "words"), ({"kind": "tea"}, "kind")],
)
def test_a_request_says_what_and_gives_time(officer, facts, field):
    application = ApplicationFactory()
    with pytest.raises(Refused) as refused:
        ask(application, officer, **facts)
    assert field in refused.value.message_dict
    assert not application.requests.exists()


def test_taking_a_request_back_twice_is_taking_it_back_once(officer):
    application = ApplicationFactory()
    request = ask(application, officer)
    for _each in range(2):
        deciding.take_back_request(request=request, by=officer, today=TODAY)
    assert kinds(application).count("paper_checked") == 1


def test_an_accepted_paper_settles_the_request_and_a_bad_one_is_told(officer):
    application = ApplicationFactory()
    request = ask(application, officer)
    paper = paper_of(application, kind="ntn", request=request)
    look(paper, officer, "bad", finding_reason="It is of another firm.")
    request.refresh_from_db()
    assert request.closed_at is None
    assert "It is of another firm." in Mail.objects.get(kind="paper_bad").body
    paper = look(paper, officer, "good", valid_until=TODAY)
    request.refresh_from_db()
    assert request.closed_at is not None
    assert (paper.finding_reason, paper.valid_until, paper.found_by) == ("", TODAY, officer)


def test_a_paper_that_is_not_accepted_needs_a_reason(officer):
    paper = paper_of(ApplicationFactory())
    with pytest.raises(Refused) as refused:
        look(paper, officer, "bad")
    assert "finding_reason" in refused.value.message_dict


def test_another_paper_settles_only_the_request_that_it_was_sent_for(officer):
    application = ApplicationFactory()
    request = ask(application, officer, "other", words="The lease of the present seat.")
    look(paper_of(application, kind="other"), officer)
    request.refresh_from_db()
    assert request.closed_at is None


# --- refusals


def test_a_refusal_is_kept_with_its_minute_and_the_firm_gets_one_mail_with_the_letter(officer):
    application = ApplicationFactory(state="needs_paper")
    request = application.requests.create(kind="ntn", asked_by=officer, due_on=TODAY)
    decline(application, officer)
    application.refresh_from_db()
    request.refresh_from_db()
    assert (application.state, application.state_code, application.state_minute) == ("declined", "no_space", "12/2026")
    assert request.closed_at is not None
    (mail,) = Mail.objects.filter(application=application)
    assert (mail.kind, mail.letter) == ("declined", Letter.objects.get(application=application, kind="regret"))
    assert "No space of this kind is planned." in mail.body


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"minute": ""}, "minute"),
        ({"decided_on": TODAY + dt.timedelta(days=1)}, "decided_on"),
        ({"decided_on": TODAY - dt.timedelta(days=1)}, "decided_on"),
    ],
)
def test_a_refusal_needs_reason_minute_and_a_day_that_can_be(officer, facts, field):
    application = ApplicationFactory()
    with pytest.raises(Refused) as refused:
        decline(application, officer, **facts)
    assert field in refused.value.message_dict
    assert not Mail.objects.exists()
    assert not Letter.objects.exists()


def offered(deadline):
    """An application with an offer until `deadline`."""
    application = ApplicationFactory(state="waiting")
    lease = LeaseFactory(application=application)
    LettingFactory(lease=lease, suite__park=lease.park, state="draft")
    offered_on = TODAY - dt.timedelta(days=20)
    Lease.objects.filter(pk=lease.pk).update(state="offered", offered_on=offered_on, offer_deadline=deadline)
    lease.refresh_from_db()
    application.refresh_from_db()
    assert application.state == "offered"
    return application, lease


def test_an_offer_is_withdrawn_before_its_application_is_declined(officer):
    application, _lease = offered(TODAY)
    with pytest.raises(Refused, match="withdraw that first"):
        decline(application, officer)


def test_an_offer_that_lapsed_is_none_and_is_recorded_on_the_way(officer):
    application, lease = offered(TODAY - dt.timedelta(days=1))
    decline(application, officer)
    lease.refresh_from_db()
    application.refresh_from_db()
    assert (lease.state, application.state) == ("lapsed", "declined")
    steps = TimelineEntry.objects.filter(application=application, kind="state").order_by("at", "pk")
    assert list(steps.values_list("to_state", flat=True))[-3:] == ["offered", "waiting", "declined"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_decline_at_once_one_does(officer):
    application = ApplicationFactory()

    def attempt(_number):
        try:
            decline(application, officer)
        except Refused:
            return "refused"
        finally:
            connections.close_all()
        return "declined"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert sorted(outcomes) == ["declined", "refused", "refused", "refused"]
    assert Letter.objects.count() == Mail.objects.count() == 1


# --- people and words


def test_an_application_is_assigned_to_those_who_may_decide(officer):
    application = ApplicationFactory()
    deciding.assign(application=application, to=officer, by=officer)
    deciding.assign(application=application, to=officer, by=officer)
    application.refresh_from_db()
    assert application.assigned_to == officer
    assert kinds(application).count("assigned") == 1
    with pytest.raises(Refused) as refused:
        deciding.assign(application=application, to=UserFactory(role="Auditor"), by=officer)
    assert "to" in refused.value.message_dict
    assert not mails(application)


def firm_says(application, text="When?"):
    return ApplicationMessage.objects.create(application=application, actor="firm", text=text, form_token=uuid.uuid4())


def test_an_answer_answers_what_its_writer_had_seen(officer):
    application = ApplicationFactory(state="declined")
    seen = firm_says(application)
    later = firm_says(application, "And where?")
    token = uuid.uuid4()
    for _each in range(2):
        message = deciding.send_message_staff(
            application=application, text="In March.", form_token=token, seen=seen.pk, by=officer
        )
    seen.refresh_from_db()
    later.refresh_from_db()
    assert seen.answered_at is not None
    assert later.answered_at is None
    assert message.actor == "staff"
    assert mails(application) == ["message"]
    assert "In March." in Mail.objects.get().body


def test_an_empty_message_is_not_sent(officer):
    with pytest.raises(Refused):
        deciding.send_message_staff(application=ApplicationFactory(), text=" ", form_token=uuid.uuid4(), by=officer)


def test_a_message_can_be_set_aside_and_the_firm_hears_nothing(officer):
    message = firm_says(ApplicationFactory())
    first = deciding.set_aside_message(message=message, by=officer).answered_at
    assert first is not None
    assert deciding.set_aside_message(message=message, by=officer).answered_at == first
    assert not Mail.objects.exists()


def test_a_note_stays_out_of_the_history(officer):
    application = ApplicationFactory()
    deciding.note(application=application, text="Called on the phone.", by=officer)
    application.refresh_from_db()
    assert application.staff_note == "Called on the phone."
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_applicationevent WHERE pgh_obj_id = %s", [application.pk])
        assert "staff_note" not in {column.name for column in cursor.description}
    with pytest.raises(Refused):
        deciding.note(application=application, text="x" * 2001, by=officer)


def test_who_wrote_an_application_stands_in_its_history(officer):
    application = ApplicationFactory()
    with applied(application=application, by=officer, reason="as agreed") as mine:
        mine.assigned_to = officer
        mine.save(update_fields=["assigned_to"])
    with applied(application=application, by=None) as mine:
        mine.assigned_to = None
        mine.save(update_fields=["assigned_to"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.metadata FROM tenants_applicationevent e JOIN pghistory_context c ON c.id = e.pgh_context_id "
            "WHERE e.pgh_obj_id = %s ORDER BY e.pgh_id",
            [application.pk],
        )
        staff, firm = (row[0] for row in cursor.fetchall()[-2:])
    staff, firm = (json.loads(one) if isinstance(one, str) else one for one in (staff, firm))
    assert (staff["user"], staff["reason"]) == (officer.pk, "as agreed")
    assert firm["firm"] == application.reference
