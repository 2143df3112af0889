"""The rules of applications, each tried on the database itself, past every form and action."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError

from tenants.models import Application, ApplicationChoice, Lease, Letter, LetterTemplate, Mail, TimelineEntry
from tenants.models.application_states import APPLICATION_PATHS, ApplicationState, QueueBand, band_of_area
from tests.applications import COMPLETE_ON, ApplicationFactory, bring_to, desks
from tests.factories import LeaseFactory, LettingFactory, ParkFactory, SuiteFactory
from tests.factories import bring_to as bring_lease_to
from tests.test_supply_models import refused_by

pytestmark = pytest.mark.django_db

STATES = [state.value for state in ApplicationState]
# The table of the requirement, written again on purpose: the one that the portal uses is what is being tested.
ALLOWED = {
    ("submitted", "waiting"),
    ("submitted", "needs_paper"),
    ("submitted", "declined"),
    ("submitted", "withdrawn"),
    ("needs_paper", "waiting"),
    ("needs_paper", "declined"),
    ("needs_paper", "withdrawn"),
    ("needs_paper", "lapsed"),
    ("waiting", "needs_paper"),
    ("waiting", "offered"),
    ("waiting", "declined"),
    ("waiting", "withdrawn"),
    ("waiting", "lapsed"),
    ("lapsed", "waiting"),
    ("offered", "allotted"),
    ("offered", "waiting"),
    ("offered", "withdrawn"),
}
FACTS = {
    "state_code": "no_space",
    "state_reason": "Because.",
    "state_minute": "1/2026",
    "state_decided_on": COMPLETE_ON,
}


def move(application, state, **facts):
    """Set the state by SQL, past every action."""
    date = {} if application.complete_on else {"complete_on": COMPLETE_ON}
    Application.objects.filter(pk=application.pk).update(state=state, **FACTS, **date, **facts)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_an_application_goes_only_the_ways_of_the_table(before, after):
    application = ApplicationFactory(state=before)
    if before == after:
        return
    if (before, after) in ALLOWED:
        move(application, after)
        application.refresh_from_db()
        assert application.state == after
    else:
        refused_by("application_state_path", lambda: move(application, after))


def test_the_table_in_code_is_the_table_of_the_database():
    assert {(before.value, after.value) for before, afters in APPLICATION_PATHS.items() for after in afters} == ALLOWED


@pytest.mark.parametrize("state", sorted(set(STATES) - {"submitted"}))
def test_an_application_begins_as_submitted(state):
    facts = {"state": state, "complete_on": COMPLETE_ON, **FACTS}
    new = ApplicationFactory.build(**facts)
    refused_by("application_begins_submitted", lambda: new.save(force_insert=True))


def lapsed_for(days):
    """An application that lapsed so many days ago by the calendar of Karachi."""
    application = ApplicationFactory(state="lapsed")
    Application.objects.filter(pk=application.pk).update(state_at=application.state_at - dt.timedelta(days))
    return application


def test_a_lapsed_application_comes_back_with_its_date_within_fourteen_days():
    application = lapsed_for(14)
    Application.objects.filter(pk=application.pk).update(state="waiting")
    application.refresh_from_db()
    assert (application.state, application.complete_on) == ("waiting", COMPLETE_ON)


def test_a_lapsed_application_does_not_come_back_on_the_fifteenth_day():
    application = lapsed_for(15)
    refused_by("application_lapsed_for_good", lambda: move(application, "waiting"))


def test_the_date_of_the_queue_is_given_once():
    application = ApplicationFactory(state="waiting")
    later = COMPLETE_ON + dt.timedelta(1)
    refused_by(
        "application_keeps_date", lambda: Application.objects.filter(pk=application.pk).update(complete_on=later)
    )
    Application.objects.filter(pk=application.pk).update(state="needs_paper")
    refused_by("application_keeps_date", lambda: Application.objects.filter(pk=application.pk).update(complete_on=None))


def test_every_change_of_state_stands_in_the_timeline_whoever_made_it():
    application = ApplicationFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE tenants_application SET state = 'waiting', state_by = 'staff', complete_on = %s WHERE id = %s",
            [COMPLETE_ON, application.pk],
        )
    steps = TimelineEntry.objects.filter(application=application).order_by("pk").values_list("from_state", "to_state")
    assert list(steps) == [("", "submitted"), ("submitted", "waiting")]


def test_a_timeline_is_neither_changed_nor_deleted():
    entry = TimelineEntry.objects.get(application=ApplicationFactory())
    with pytest.raises(InternalError), transaction.atomic():
        TimelineEntry.objects.filter(pk=entry.pk).update(text="other")
    refused_by("timeline_kept", entry.delete)


@pytest.mark.parametrize(
    ("area", "band"),
    [
        *((1, "up_to_500"), (500, "up_to_500"), (501, "up_to_1500"), (1500, "up_to_1500"), (1501, "up_to_5000")),
        *((5000, "up_to_5000"), (5001, "above_5000"), (90_000, "above_5000")),
    ],
)
def test_the_band_of_an_area_is_one_in_the_database_and_in_code(area, band):
    application = ApplicationFactory(wanted_area_sqft=area)
    application.refresh_from_db()
    assert application.band == band_of_area(area) == band


def test_desks_are_a_band_of_their_own():
    application = desks(900)
    application.refresh_from_db()
    assert application.band == QueueBand.DESKS == band_of_area(None)


def test_either_an_area_or_desks_are_asked_for():
    refused_by("application_area_or_desks", lambda: ApplicationFactory(wanted_seats=5))
    refused_by("application_area_or_desks", lambda: ApplicationFactory(wanted_area_sqft=None))


def test_what_a_firm_sent_stays_as_it_was_sent():
    application = ApplicationFactory()
    for field, value in (("company_name", "Other"), ("wanted_area_sqft", 9), ("email", "x@example.org")):
        with pytest.raises(InternalError), transaction.atomic():
            Application.objects.filter(pk=application.pk).update(**{field: value})


def test_an_application_is_never_deleted():
    application = ApplicationFactory()
    with pytest.raises(InternalError), transaction.atomic():
        Application.objects.filter(pk=application.pk)._raw_delete("default")


def test_five_choices_at_most_each_once_and_a_suite_of_its_own_park():
    park, suite = ParkFactory(), SuiteFactory()
    application = ApplicationFactory(choices=[park, suite])
    again = {"application": application, "park": park}
    refused_by("choice_once", lambda: ApplicationChoice.objects.create(rank=3, **again))
    own = SuiteFactory(park=park)
    refused_by("choice_ranked_once", lambda: ApplicationChoice.objects.create(rank=2, suite=own, **again))
    for rank in (0, 6):
        refused_by(
            "choice_rank_up_to_five",
            lambda rank=rank: ApplicationChoice.objects.create(application=application, park=ParkFactory(), rank=rank),
        )
    foreign = SuiteFactory()
    refused_by("choice_suite_in_park", lambda: ApplicationChoice.objects.create(rank=3, suite=foreign, **again))


# --- an application goes the way of its lease


def offered_to(application, **facts):
    """A draft of a lease that the application led to."""
    suite = SuiteFactory()
    return LettingFactory(
        suite=suite, lease=LeaseFactory(park=suite.park, application=application), state="draft", **facts
    )


@pytest.mark.parametrize(("end", "by"), [("lapsed", "clock"), ("declined", "firm"), ("withdrawn", "staff")])
def test_an_application_waits_again_with_its_date_when_its_offer_ends(end, by):
    application = ApplicationFactory(state="waiting", choices=[ParkFactory()])
    lease = offered_to(application).lease
    bring_lease_to(lease, "offered")
    application.refresh_from_db()
    assert application.state == "offered"
    application.choices.update(withdrawn_on=COMPLETE_ON)
    Lease.objects.filter(pk=lease.pk).update(state=end, state_reason="Said so.")
    application.refresh_from_db()
    assert (application.state, application.state_by, application.complete_on) == ("waiting", by, COMPLETE_ON)
    assert application.choices.get().withdrawn_on is None


def test_an_application_is_allotted_when_its_lease_is_signed():
    application = ApplicationFactory(state="waiting")
    lease = offered_to(application).lease
    for state in ("offered", "accepted", "signed"):
        bring_lease_to(lease, state) if state == "offered" else Lease.objects.filter(pk=lease.pk).update(
            state=state,
            **({"accepted_on": COMPLETE_ON} if state == "accepted" else {}),
            **({"deed_on_file": True, "signed_on": COMPLETE_ON} if state == "signed" else {}),
        )
    application.refresh_from_db()
    assert application.state == "allotted"


@pytest.mark.parametrize("state", ["submitted", "needs_paper", "declined", "withdrawn", "lapsed", "allotted"])
def test_an_offer_is_made_to_a_waiting_application_only(state):
    lease = offered_to(ApplicationFactory(state=state)).lease
    refused_by("lease_application_waiting", lambda: bring_lease_to(lease, "offered"))


def test_an_application_has_one_offer_at_a_time():
    application = ApplicationFactory(state="waiting")
    first, second = offered_to(application).lease, offered_to(application).lease
    bring_lease_to(first, "offered")
    refused_by("lease_one_an_application", lambda: bring_lease_to(second, "offered"))


def test_an_acceptance_through_the_link_is_in_time_by_the_clock_of_the_database():
    lease = offered_to(ApplicationFactory(state="waiting")).lease
    bring_lease_to(lease, "offered")
    Lease.objects.filter(pk=lease.pk).update(offer_deadline=dt.date(2025, 12, 2))
    answer = {"state": "accepted", "accepted_on": dt.date(2025, 12, 2), "accepted_by_link": True}
    refused_by("lease_accepted_in_time", lambda: Lease.objects.filter(pk=lease.pk).update(**answer))
    Lease.objects.filter(pk=lease.pk).update(offer_deadline=dt.date(2200, 1, 1))
    Lease.objects.filter(pk=lease.pk).update(**answer)
    lease.refresh_from_db()
    assert lease.state == "accepted"


# --- letters and mail


def test_a_letter_and_the_words_of_a_template_stay_as_they_were_issued():
    template = LetterTemplate.objects.create(kind="regret", version=1, subject="Your application", body="Dear …")
    letter = Letter.objects.create(
        kind="regret", template=template, application=ApplicationFactory(), checksum="0" * 64, size_bytes=9, file="x"
    )
    for change in (
        lambda: Letter.objects.filter(pk=letter.pk).update(checksum="1" * 64),
        lambda: Letter.objects.filter(pk=letter.pk)._raw_delete("default"),
        lambda: LetterTemplate.objects.filter(pk=template.pk).update(body="Other"),
        lambda: LetterTemplate.objects.filter(pk=template.pk)._raw_delete("default"),
    ):
        with pytest.raises(InternalError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("to", "a@example.org\nBcc: b@example.org", "mail_to"),
        ("to", "a@example.org, b@example.org", "mail_to_an_address"),
        ("subject", "Offer\r\nBcc: b@example.org", "mail_subject_one_line"),
    ],
)
def test_no_header_of_a_mail_holds_a_second_one(field, value, rule):
    facts = {"key": "a", "kind": "a", "to": "a@example.org", "subject": "Offer", "body": "…", "message_id": "<a@b>"}
    with pytest.raises(Exception, match=rule), transaction.atomic():
        Mail.objects.create(**facts | {field: value})


def test_a_mail_is_written_once():
    facts = {"kind": "a", "to": "a@example.org", "subject": "Offer", "body": "…"}
    Mail.objects.create(key="one", message_id="<1@b>", **facts)
    refused_by("tenants_mail_key_key", lambda: Mail.objects.create(key="one", message_id="<2@b>", **facts))


def test_bringing_to_a_state_is_known_to_every_state():
    for state in STATES:
        application = ApplicationFactory()
        bring_to(application, state)
        assert application.state == state
