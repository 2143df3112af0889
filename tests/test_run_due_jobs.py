"""What each piece of timed work does, and on which day: offers, papers, and whether a firm is still interested."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from tenants import actions, due
from tenants.actions import Line
from tenants.models import Lease, Mail, PaperRequest, TimelineEntry
from tenants.models.paper import PaperFinding
from tests.applications import COMPLETE_ON, ApplicationFactory, paper_of
from tests.factories import SuiteFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = timezone.localdate()


def kinds():
    """The mails that were written, in their order, without those of the steps before."""
    return list(Mail.objects.exclude(kind__in=["offer", "letter"]).order_by("pk").values_list("kind", flat=True))


def offered(deadline=TODAY + 9 * DAY, **facts):
    """An offer of one suite to an application, open until `deadline`."""
    suite = SuiteFactory(lettable_area_sqft=1_000)
    officer = UserFactory(role="Lettings officer")
    lease = actions.offer_space(
        application=ApplicationFactory(state="waiting", choices=[suite], **facts),
        park=suite.park,
        lines=[Line(suite, dt.date(2027, 1, 1), dt.date(2029, 12, 31), rent_pkr=Decimal(50_000))],
        facts={},
        deadline=deadline,
        minute="4/2026",
        decided_on=TODAY,
        by=officer,
        today=TODAY,
    )
    # Made some days ago.
    Lease.objects.filter(pk=lease.pk).update(offered_on=TODAY - 5 * DAY)
    return lease


def asked(due_on, days_ago=20, state="needs_paper", **facts):
    """A paper that staff asked for so many days ago, due on the day `due_on`."""
    return PaperRequest.objects.create(
        application=ApplicationFactory(state=state, **facts),
        kind="pseb",
        asked_by=UserFactory(),
        due_on=due_on,
        asked_at=timezone.now() - days_ago * DAY,
    )


def test_an_offer_lapses_on_the_day_after_its_last():
    lease = offered(deadline=TODAY + 3 * DAY)
    assert due.record_lapsed_offers(TODAY + 3 * DAY) == 0
    assert kinds() == []
    assert due.record_lapsed_offers(TODAY + 4 * DAY) == 1
    lease.refresh_from_db()
    assert (lease.state, lease.application.state) == ("lapsed", "waiting")
    assert lease.application.complete_on == COMPLETE_ON
    entry = TimelineEntry.objects.filter(application=lease.application, kind="state").latest("pk")
    assert (entry.actor, entry.user, entry.to_state) == ("clock", None, "waiting")
    (mail,) = Mail.objects.filter(kind="offer_lapsed")
    assert "waits on with its old date" in mail.body
    assert due.record_lapsed_offers(TODAY + 4 * DAY) == 0
    assert kinds() == ["offer_lapsed"]


def test_an_offer_that_another_act_recorded_as_lapsed_is_written_of_once_and_truly():
    lease = offered()
    Lease.objects.filter(pk=lease.pk).update(offer_deadline=TODAY - DAY)
    actions.withdraw_application(application=lease.application, today=TODAY)
    for _ in range(2):
        due.record_lapsed_offers(TODAY)
    (mail,) = Mail.objects.filter(kind="offer_lapsed")
    assert "waits on" not in mail.body
    assert lease.application.get_absolute_url() in mail.body


def test_an_accepted_offer_neither_lapses_nor_is_reminded_of():
    lease = offered(deadline=TODAY + DAY)
    actions.accept_by_firm(application=lease.application, lease=lease)
    for day in (TODAY, TODAY + DAY, TODAY + 30 * DAY):
        assert due.remind_of_offers(day) == due.record_lapsed_offers(day) == 0
    lease.refresh_from_db()
    assert lease.state == "accepted"
    assert kinds() == ["accepted"]


def test_an_offer_is_reminded_of_once_from_two_days_before_its_last_day():
    lease = offered(deadline=TODAY + 9 * DAY)
    assert due.remind_of_offers(TODAY + 6 * DAY) == 0
    assert due.remind_of_offers(TODAY + 7 * DAY) == 1
    assert [due.remind_of_offers(TODAY + days * DAY) for days in (7, 8, 9, 10)] == [0, 0, 0, 0]
    (mail,) = Mail.objects.filter(kind="offer_reminder")
    assert f"/applications/{lease.application.token}/offer/" in mail.body


def test_an_offer_is_not_reminded_of_on_the_day_on_which_it_is_made_but_on_its_last_day_when_a_run_was_missed():
    lease = offered(deadline=TODAY + DAY)
    Lease.objects.filter(pk=lease.pk).update(offered_on=TODAY)
    assert due.remind_of_offers(TODAY) == 0
    assert due.remind_of_offers(TODAY + DAY) == 1


def test_a_paper_is_reminded_of_once_from_seven_days_before_its_day():
    request = asked(TODAY + 10 * DAY)
    assert due.remind_of_papers(TODAY + 2 * DAY) == 0
    assert due.remind_of_papers(TODAY + 3 * DAY) == 1
    assert due.remind_of_papers(TODAY + 3 * DAY) == due.remind_of_papers(TODAY + 9 * DAY) == 0
    request.refresh_from_db()
    assert request.reminded_on == TODAY + 3 * DAY
    assert kinds() == ["paper_reminder"]


@pytest.mark.parametrize("why", ["settled", "came", "just asked", "no longer its turn"])
def test_nobody_is_reminded_of_a_paper_that_needs_no_reminder(why):
    request = asked(TODAY + 3 * DAY, days_ago=0 if why == "just asked" else 20)
    if why == "settled":
        PaperRequest.objects.update(closed_at=timezone.now())
    elif why == "came":
        # By the form of another paper, and so not marked as the answer.
        paper_of(request.application, kind="pseb")
    elif why == "no longer its turn":
        request.application.__class__.objects.update(state="withdrawn")
    assert due.remind_of_papers(TODAY) == 0
    assert not Mail.objects.exists()


def test_an_application_lapses_on_the_day_after_that_of_its_paper():
    request = asked(TODAY + 3 * DAY)
    assert due.lapse_without_papers(TODAY + 3 * DAY) == 0
    assert due.lapse_without_papers(TODAY + 4 * DAY) == 1
    request.application.refresh_from_db()
    assert (request.application.state, request.application.state_by) == ("lapsed", "clock")
    assert request.application.state_reason == "A paper that was asked for did not come."
    assert due.lapse_without_papers(TODAY + 4 * DAY) == 0
    (mail,) = Mail.objects.all()
    # It never stood in a queue, so nothing is promised.
    assert "You can apply anew" in mail.body and "comes back" not in mail.body


def test_no_application_lapses_while_its_paper_waits_for_pseb_or_was_refused_a_short_while_ago():
    request = asked(TODAY - 5 * DAY)
    paper = paper_of(request.application, kind="pseb")
    assert due.lapse_without_papers(TODAY) == 0
    paper.finding, paper.finding_reason, paper.found_by, paper.found_on = (
        PaperFinding.BAD,
        "blurred",
        UserFactory(),
        TODAY,
    )
    paper.save()
    assert due.lapse_without_papers(TODAY + 13 * DAY) == 0
    assert due.lapse_without_papers(TODAY + 14 * DAY) == 1


def test_a_paper_that_came_before_it_was_asked_for_holds_nothing_up():
    request = asked(TODAY - DAY, days_ago=20)
    paper_of(request.application, kind="pseb", received_at=timezone.now() - 21 * DAY)
    assert due.lapse_without_papers(TODAY) == 1


def test_a_waiting_firm_is_asked_after_ninety_days_reminded_twice_and_then_the_application_lapses():
    application = ApplicationFactory(state="waiting")
    first = COMPLETE_ON + 90 * DAY
    assert due.ask_for_interest(first - DAY) == 0
    for number in range(4):
        day = first + 14 * number * DAY
        assert number == 0 or due.ask_for_interest(day - DAY) == 0
        assert due.ask_for_interest(day) == 1
        assert due.ask_for_interest(day) == 0
    assert kinds() == ["interest", "interest_again", "interest_again", "lapsed"]
    application.refresh_from_db()
    assert (application.state, application.complete_on) == ("lapsed", COMPLETE_ON)
    asked_of = TimelineEntry.objects.filter(application=application, kind="interest_asked")
    assert list(asked_of.values_list("actor", "user")) == [("clock", None)] * 3
    bodies = list(Mail.objects.order_by("pk").values_list("body", flat=True))
    # The day that a mail names is the last before the next step.
    for number, body in enumerate(bodies[:3]):
        assert f"by {first + (14 * number + 13) * DAY:%-d %B %Y}" in body
    assert "after one more reminder" in bodies[1] and "lapses after that day" in bodies[2]


def test_an_answer_ends_the_questions_and_the_next_comes_ninety_days_later():
    application = ApplicationFactory(state="waiting")
    first = COMPLETE_ON + 90 * DAY
    due.ask_for_interest(first)
    due.ask_for_interest(first + 14 * DAY)
    actions.answer_interest(application=application, today=first + 15 * DAY)
    assert due.ask_for_interest(first + (15 + 89) * DAY) == 0
    assert due.ask_for_interest(first + (15 + 90) * DAY) == 1
    assert kinds() == ["interest", "interest_again", "interest"]


def test_a_run_that_comes_late_asks_first_and_lets_nothing_lapse_at_once():
    application = ApplicationFactory(state="waiting")
    late = COMPLETE_ON + 400 * DAY
    for _ in range(3):
        due.ask_for_interest(late)
    application.refresh_from_db()
    assert (application.state, application.interest_asked) == ("waiting", 1)
    assert kinds() == ["interest"]


@pytest.mark.parametrize(
    "state", ["submitted", "needs_paper", "offered", "allotted", "declined", "withdrawn", "lapsed"]
)
def test_only_waiting_firms_are_asked(state):
    ApplicationFactory(state=state)
    assert due.ask_for_interest(COMPLETE_ON + 400 * DAY) == 0


def test_after_an_offer_that_ended_the_firm_is_asked_anew_and_not_let_lapse():
    lease = offered(deadline=TODAY + DAY)
    application = lease.application
    application.__class__.objects.update(interest_asked=3, interest_asked_on=TODAY - 60 * DAY)
    actions.decline_by_firm(application=application, lease=lease, then="wait")
    assert due.ask_for_interest(TODAY) == due.ask_for_interest(TODAY + 89 * DAY) == 0
    assert due.ask_for_interest(TODAY + 90 * DAY) == 1
    application.refresh_from_db()
    assert application.state == "waiting"


@pytest.mark.parametrize(("days", "comes_back"), [(0, True), (14, True), (15, False)])
def test_what_lapsed_without_an_answer_comes_back_with_its_date_within_fourteen_days(days, comes_back):
    application = ApplicationFactory(state="waiting")
    application.__class__.objects.update(interest_asked=3, interest_asked_on=TODAY - 14 * DAY)
    assert due.ask_for_interest(TODAY) == 1
    (mail,) = Mail.objects.all()
    assert f"by {TODAY + 14 * DAY:%-d %B %Y}, it comes back with its old date" in mail.body
    day = TODAY + days * DAY
    if not comes_back:
        with pytest.raises(actions.Refused, match="could be brought back until"):
            actions.answer_interest(application=application, today=day)
        return
    actions.answer_interest(application=application, today=day)
    application.refresh_from_db()
    assert (application.state, application.complete_on) == ("waiting", COMPLETE_ON)
    assert kinds() == ["lapsed", "restored"]
    # It counts from the answer on.
    assert due.ask_for_interest(day + 89 * DAY) == 0
    assert due.ask_for_interest(day + 90 * DAY) == 1


def test_an_application_that_lapses_twice_is_told_of_twice():
    application = ApplicationFactory(state="waiting")
    for _ in range(2):
        application.__class__.objects.update(interest_asked=3, interest_asked_on=TODAY - 14 * DAY)
        assert due.ask_for_interest(TODAY) == 1
        actions.answer_interest(application=application, today=TODAY)
    assert kinds() == ["lapsed", "restored"] * 2


@pytest.mark.parametrize("job", ["offers", "papers", "missing", "interest"])
def test_the_number_of_queries_to_find_what_is_due_does_not_grow(django_assert_max_num_queries, job):
    for _ in range(3):
        if job == "offers":
            offered(deadline=TODAY + 9 * DAY)
        elif job == "interest":
            ApplicationFactory(state="waiting")
        else:
            asked(TODAY + 9 * DAY)
    work = {
        "offers": due.remind_of_offers,
        "papers": due.remind_of_papers,
        "missing": due.lapse_without_papers,
        "interest": due.ask_for_interest,
    }[job]
    # Nothing is due: what waits costs nothing by its number.
    with django_assert_max_num_queries(2):
        assert work(COMPLETE_ON if job == "interest" else TODAY) == 0
