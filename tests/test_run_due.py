"""The command that does all timed work: each job alone, twice changes nothing more, two at once do not meet."""

import contextlib
import datetime as dt
import io
import os
import signal
import time

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from tenants import due, mails
from tenants.models import Application, JobRun, LinkCount, LinkRequest, Mail, PaperRequest, TimelineEntry
from tests.applications import COMPLETE_ON, ApplicationFactory
from tests.smtp import mail_server, point_at

DAY = dt.timedelta(days=1)


def state_of(row):
    row.refresh_from_db()
    return row.state


@contextlib.contextmanager
def another_run():
    """A session of its own that has the lock."""
    connection.ensure_connection()
    other = psycopg2.connect(connection.connection.dsn)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [due.RUNNING])
        yield
    finally:
        other.close()
        # Its server process ends a moment later.
        with connection.cursor() as cursor:
            for _ in range(1_000):
                cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
                if not cursor.fetchone()[0]:
                    break
                time.sleep(0.005)


@pytest.mark.django_db
def test_links_go_to_an_address_that_is_known_and_no_mail_to_another():
    old = ApplicationFactory(email="Contact@example.org")
    application = ApplicationFactory(email="contact@example.org", state="waiting")
    other = ApplicationFactory()
    for email in ("CONTACT@example.org", "nobody@example.org", "contact@example.org"):
        LinkRequest.objects.create(email=email)
    assert due.answer_link_requests(None) == 1
    (mail,) = Mail.objects.all()
    assert (mail.kind, mail.to, mail.application) == ("links", "contact@example.org", application)
    for row in (old, application):
        assert f"{row.reference} ({row.get_state_display()})\n{mails.absolute(row.get_absolute_url())}\n" in mail.body
    assert other.token not in mail.body
    assert not LinkRequest.objects.exists()
    assert due.answer_link_requests(None) == 0


@pytest.mark.django_db
def test_whoever_asks_anew_gets_the_links_anew():
    ApplicationFactory(email="contact@example.org")
    for _ in range(2):
        LinkRequest.objects.create(email="contact@example.org")
        assert due.answer_link_requests(None) == 1
    assert Mail.objects.filter(kind="links").count() == 2


@pytest.mark.django_db
def test_counts_of_past_hours_and_old_runs_go_and_those_of_now_stay():
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for at in (hour, hour - dt.timedelta(hours=1)):
        for model in due.HOURS:
            model.objects.create(client=f"{at:%H}", hour=at, taken=1)
    today = timezone.localdate()
    midnight = timezone.make_aware(dt.datetime.combine(today - 90 * DAY, dt.time.min))
    old = JobRun.objects.create(run=mails.uuid.uuid4(), job="mail", started_at=midnight - dt.timedelta(seconds=1))
    kept = JobRun.objects.create(run=mails.uuid.uuid4(), job="mail", started_at=midnight)
    assert due.clear_away(today) == len(due.HOURS) + 1
    assert set(JobRun.objects.values_list("pk", flat=True)) == {kept.pk} != {old.pk}
    assert list(LinkCount.objects.values_list("hour", flat=True)) == [hour]
    assert due.clear_away(today) == 0


@pytest.mark.django_db
def test_every_kind_of_count_of_an_hour_is_cleared_away():
    from parks.models.base import HourCount  # noqa: PLC0415 - only this test asks for it

    assert set(due.HOURS) == set(HourCount.__subclasses__())


@pytest.mark.django_db
def test_a_second_run_changes_nothing():
    ApplicationFactory(state="waiting")
    day = COMPLETE_ON + 100 * DAY
    rows = due.run(day)
    assert [row.error for row in rows if not row.ok] == []
    models = (Mail, Application, TimelineEntry, PaperRequest, LinkRequest)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    assert before[0]
    results = [row.result for row in due.run(day)]
    assert set(results) == {"0"}
    assert before == [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.django_db
def test_a_job_that_fails_is_written_down_and_keeps_no_other_from_running(monkeypatch):
    def broken(_today):
        raise RuntimeError("out of order")

    monkeypatch.setitem(due.JOBS, "lapsed offers", broken)
    said = io.StringIO()
    with pytest.raises(CommandError, match="lapsed offers") as failure:
        call_command("run_due", stdout=said)
    assert failure.value.returncode == 1
    assert "lapsed offers: FAILED: RuntimeError: out of order" in said.getvalue()
    row = JobRun.objects.get(job="lapsed offers")
    assert (row.ok, row.error) == (False, "RuntimeError: out of order")
    assert row.finished_at is not None
    assert set(JobRun.objects.filter(ok=True).values_list("job", flat=True)) == set(due.JOBS) - {"lapsed offers"}
    assert JobRun.objects.values("run").distinct().count() == 1


@pytest.mark.django_db
def test_one_row_that_fails_keeps_no_other_of_its_job(monkeypatch):
    first, bad, last = [ApplicationFactory(state="waiting") for _ in range(3)]
    queue = mails.queue

    def failing(kind, *, application, **about):
        if application.pk == bad.pk:
            raise RuntimeError("cannot be written")
        return queue(kind, application=application, **about)

    monkeypatch.setattr(mails, "queue", failing)
    (row,) = due.run(COMPLETE_ON + 90 * DAY, only=["still interested"])
    assert (row.ok, row.error) == (False, f"RuntimeError: 2 done, 1 failed: {bad.pk}: cannot be written")
    for application in (first, bad, last):
        application.refresh_from_db()
    # What belongs together is undone together, and the next run does it.
    assert [application.interest_asked for application in (first, bad, last)] == [1, 0, 1]
    monkeypatch.undo()
    (row,) = due.run(COMPLETE_ON + 90 * DAY, only=["still interested"])
    assert (row.ok, row.result) == (True, "1")


@pytest.mark.django_db
def test_the_command_ends_well_and_prints_what_was_done_and_only_does_that_alone():
    said = io.StringIO()
    call_command("run_due", stdout=said)
    assert [line.split(":")[0] for line in said.getvalue().splitlines()] == list(due.JOBS)
    JobRun.objects.all().delete()
    call_command("run_due", "--only", "mail", "--only", "links asked for", stdout=io.StringIO())
    assert list(JobRun.objects.order_by("pk").values_list("job", flat=True)) == ["links asked for", "mail"]
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("run_due", "--only", "nonsense")


@pytest.mark.django_db
def test_mail_leaves_last_so_that_what_a_run_writes_leaves_with_it(settings):
    assert list(due.JOBS)[-1] == "mail"
    ApplicationFactory(state="waiting", email="contact@example.org")
    with mail_server(settings) as server:
        rows = due.run(COMPLETE_ON + 90 * DAY)
    assert [message["To"] for message in server.got] == ["contact@example.org"]
    assert rows[-1].result == "sent 1"


@pytest.mark.django_db
def test_a_mail_server_that_is_down_is_seen_in_the_list_of_runs(settings):
    point_at(settings, 1)
    mail = mails.queue("submitted", application=ApplicationFactory(), key="about")
    (row,) = due.run(only=["mail"])
    assert row.ok is False
    assert "The mail server takes no mail: " in row.error
    assert state_of(mail) == "queued"


@pytest.mark.django_db
def test_a_run_beside_another_says_so_and_does_nothing():
    with another_run():
        said = io.StringIO()
        call_command("run_due", stdout=said)
        assert "Another run is under way" in said.getvalue()
        assert not JobRun.objects.exists()
    # Let go of with its session, as when it was killed.
    assert due.run() is not None
    # And by a run that ended, whatever became of it.
    with another_run():
        pass


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_is_written_down_and_the_next_does_its_work(monkeypatch):
    application = ApplicationFactory(state="waiting")
    # Not shared with the child: its own end would be told to the server on the parent's line.
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            due.JOBS["links asked for"] = lambda _today: os.kill(os.getpid(), signal.SIGKILL)
            due.run(COMPLETE_ON + 90 * DAY)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    application.refresh_from_db()
    assert application.interest_asked == 1
    row = JobRun.objects.get(finished_at=None)
    assert (row.job, row.ok) == ("links asked for", None)
    for _ in range(1_000):
        if (rows := due.run(COMPLETE_ON + 90 * DAY)) is not None:
            break
        # The server process of the killed one ends a moment later.
        time.sleep(0.005)
    assert all(done.ok for done in rows)
    row.refresh_from_db()
    assert (row.ok, row.error) == (False, "The run ended before this was finished.")
    assert row.finished_at is not None
    assert Mail.objects.count() == 1
