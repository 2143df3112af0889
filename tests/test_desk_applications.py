"""What waits about applications on the first page of the staff site: each count is that of the list it leads to."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.models import ApplicationMessage, JobRun, Mail
from tests.applications import ApplicationFactory, paper_of
from tests.desk import CountQueries
from tests.factories import ParkFactory, UserFactory

pytestmark = pytest.mark.django_db
PSEB, MESSAGES = "Applications waiting for PSEB", "Messages to answer"
MAIL, WORK = "Mail that could not be sent", "Timed work"
PAPERS, OVERDUE, QUEUE = "Papers to look at", "Papers of firms overdue", "The queue"
ASKED = {PSEB, MESSAGES, PAPERS, OVERDUE, QUEUE, MAIL, WORK}


def first_page(client, user):
    """What waits, from its label to (words, whether somebody has to act, rows of the list that it leads to)."""
    client.force_login(user)
    response = client.get("/admin/")
    html = response.content.decode()
    found = {}
    lines = [line for group in response.context["day"] for line in group.lines if str(line.label) in ASKED]
    for label, words, due, url, _count, _parts in lines:
        assert f'<a href="{url.replace("&", "&amp;")}">{label}</a>' in html
        listed = client.get(url)
        assert listed.status_code == 200, url
        found[str(label)] = (words, due, listed.context["cl"].result_count)
    return found


def one_of_each(park):
    """An application that is new, one that asks, one with a paper, one whose paper is overdue, one that waits."""
    ApplicationFactory(choices=[park])
    asks = ApplicationFactory(state="waiting", choices=[park])
    for text in ("May we see it?", "And the generator?"):
        ApplicationMessage.objects.create(application=asks, actor="firm", text=text, form_token=uuid.uuid4())
    paper_of(ApplicationFactory(state="waiting", choices=[park]))
    late = ApplicationFactory(state="needs_paper", choices=[park])
    day = timezone.localdate() - dt.timedelta(days=1)
    late.requests.create(kind="ntn", asked_by=UserFactory(), due_on=day)


def test_each_line_counts_what_its_list_shows(client):
    one_of_each(ParkFactory())
    found = first_page(client, UserFactory(role=LETTINGS_OFFICER))
    assert {label: found[label] for label in (PSEB, MESSAGES, PAPERS, OVERDUE, QUEUE)} == {
        PSEB: ("3 wait", True, 3),
        MESSAGES: ("from 1 firm", True, 1),
        PAPERS: ("of 1 firm", True, 1),
        OVERDUE: ("of 1 firm", False, 1),
        QUEUE: ("2 in the queue", False, 2),
    }


def test_with_nothing_to_do_nothing_is_marked(client):
    ApplicationFactory(state="waiting", choices=[ParkFactory()])
    found = first_page(client, UserFactory(role=AUDITOR))
    assert found[PSEB] == ("0 wait", False, 0) and found[QUEUE] == ("1 in the queue", False, 1)
    assert {due for _words, due, _rows in found.values()} == {False}


def test_a_manager_gets_the_counts_of_own_parks(client):
    own, other = ParkFactory(), ParkFactory()
    one_of_each(own)
    for _time in range(2):
        one_of_each(other)
    found = first_page(client, UserFactory(role=PARK_MANAGER, parks=[own]))
    assert found[PSEB] == ("3 wait", True, 3) and found[QUEUE] == ("2 in the queue", False, 2)


def run_of(job, ok, run, minutes):
    moment = timezone.now() - dt.timedelta(minutes=minutes)
    return JobRun.objects.create(run=run, job=job, started_at=moment, finished_at=moment, ok=ok)


def test_mail_that_failed_and_work_whose_last_run_failed_are_marked(client):
    officer = UserFactory(role=LETTINGS_OFFICER)
    before, last = uuid.uuid4(), uuid.uuid4()
    run_of("outbox", False, before, 60)
    for state in ("failed", "failed", "queued"):
        done = None if state == "queued" else timezone.now()
        number = Mail.objects.count()
        facts = {"key": number, "kind": "links", "to": "a@example.org", "subject": "Links", "body": "Here"}
        Mail.objects.create(**facts, state=state, done_at=done, message_id=f"<{number}@example.org>")
    run_of("outbox", True, last, 1)
    found = first_page(client, officer)
    assert found["Mail that could not be sent"] == ("2 given up", True, 2)
    assert found["Timed work"] == ("1 failure on record", False, 1)
    run_of("drafts", False, last, 1)
    assert first_page(client, officer)["Timed work"] == ("2 failures on record", True, 2)


def test_mail_is_not_for_auditors_nor_for_managers(client):
    assert "Timed work" in first_page(client, UserFactory(role=AUDITOR))
    for role in (AUDITOR, PARK_MANAGER):
        assert "Mail that could not be sent" not in first_page(client, UserFactory(role=role))


def test_who_may_see_no_applications_sees_no_lines(client):
    client.force_login(UserFactory())
    response = client.get("/admin/")
    assert response.context["day"] == []
    assert "my-day" not in response.content.decode()


def test_the_number_of_queries_does_not_grow(client):
    officer, park = UserFactory(role=LETTINGS_OFFICER), ParkFactory()
    one_of_each(park)
    client.force_login(officer)
    client.get("/admin/")
    with CountQueries() as before:
        client.get("/admin/")
    for _time in range(3):
        one_of_each(ParkFactory())
    with CountQueries() as after:
        client.get("/admin/")
    assert after.count == before.count
