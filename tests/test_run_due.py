"""The command that does all timed work: twice changes nothing more, and two at once do not meet."""

import datetime as dt
import io

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tenants import due
from tenants.models import Application, JobRun, LinkRequest, Mail
from tests.applications import COMPLETE_ON, ApplicationFactory

DAY = dt.timedelta(days=1)


@pytest.mark.django_db
def test_a_waiting_firm_is_asked_three_times_and_then_the_application_lapses():
    application = ApplicationFactory(state="waiting")
    first = COMPLETE_ON + 90 * DAY
    due.ask_for_interest(first - DAY)
    assert not Mail.objects.exists()
    kinds = []
    for number in range(4):
        for _ in range(2):
            due.ask_for_interest(first + 14 * number * DAY)
        kinds = list(Mail.objects.order_by("pk").values_list("kind", flat=True))
        assert len(kinds) == number + 1
    assert kinds == ["interest", "interest_again", "interest_again", "lapsed"]
    application.refresh_from_db()
    assert application.state == "lapsed"
    assert application.complete_on == COMPLETE_ON


@pytest.mark.django_db
def test_links_go_to_an_address_that_is_known_and_no_mail_to_another():
    application = ApplicationFactory(email="contact@example.org")
    LinkRequest.objects.create(email="CONTACT@example.org")
    LinkRequest.objects.create(email="nobody@example.org")
    assert due.answer_link_requests(None) == 1
    (mail,) = Mail.objects.all()
    assert mail.to == "contact@example.org"
    assert application.get_absolute_url() in mail.body
    assert not LinkRequest.objects.exists()


@pytest.mark.django_db
def test_a_second_run_changes_nothing():
    ApplicationFactory(state="waiting", interest_since=None)
    day = COMPLETE_ON + 100 * DAY
    due.run(day)
    before = list(Mail.objects.order_by("pk").values()), list(Application.objects.order_by("pk").values())
    assert before[0]
    rows = due.run(day)
    assert [row.error for row in rows if not row.ok] == []
    assert before == (list(Mail.objects.order_by("pk").values()), list(Application.objects.order_by("pk").values()))


@pytest.mark.django_db
def test_a_job_that_fails_is_written_down_and_keeps_no_other_from_running(monkeypatch):
    def broken(_today):
        raise RuntimeError("out of order")

    monkeypatch.setitem(due.JOBS, "lapsed offers", broken)
    said = io.StringIO()
    with pytest.raises(CommandError, match="lapsed offers"):
        call_command("run_due", stdout=said)
    assert "out of order" in JobRun.objects.get(job="lapsed offers").error
    assert set(JobRun.objects.filter(ok=True).values_list("job", flat=True)) == set(due.JOBS) - {"lapsed offers"}


@pytest.mark.django_db
def test_a_run_beside_another_says_so_and_does_nothing():
    other = psycopg2.connect(connection.connection.dsn if connection.connection else "")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [due.RUNNING])
        said = io.StringIO()
        call_command("run_due", stdout=said)
        assert "Another run is under way" in said.getvalue()
        assert not JobRun.objects.exists()
    finally:
        other.close()
    assert due.run() is not None
