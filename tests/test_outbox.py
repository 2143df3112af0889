"""Mail leaves once, or is seen not to have: servers that are down, refuse or hang, and runs that are killed."""

import datetime as dt
import os
import signal

import pytest
from django.db import connection
from django.utils import timezone

from tenants import mails, outbox
from tenants.models import Mail
from tests.applications import ApplicationFactory
from tests.drills import free_port
from tests.smtp import mail_server, point_at

LATER = dt.timedelta(days=3)


@pytest.fixture
def server(settings):
    with mail_server(settings) as running:
        yield running


def one(key="about", **facts):
    """A mail that waits."""
    return mails.queue("submitted", application=ApplicationFactory(**facts), key=key)


def state_of(mail):
    mail.refresh_from_db()
    return mail.state


def killed_before_marking():
    """A run in a process of its own, killed by -9 once the server has the mail and before that is written down."""
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            outbox._done = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            outbox.send_due()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.django_db(transaction=True)
def test_a_run_killed_between_sending_and_marking_makes_one_duplicate_with_the_same_message_id(server):
    mail = one()
    killed_before_marking()
    assert state_of(mail) == "sending"
    assert len(server.got) == 1
    outbox.send_due(timezone.now() + LATER)
    assert state_of(mail) == "sent"
    assert mail.in_doubt == 1
    outbox.send_due(timezone.now() + LATER)
    assert [message["Message-ID"] for message in server.got] == [mail.message_id] * 2


@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_runs_were_killed_twice_is_left_to_people(server):
    mail = one()
    killed_before_marking()
    killed_before_marking()
    outbox.send_due(timezone.now() + LATER)
    assert state_of(mail) == "failed"
    assert "may have arrived" in mail.last_error
    assert len(server.got) == 2


@pytest.mark.django_db
def test_a_mail_leaves_once_however_often_the_command_runs(server):
    mail = one(email="contact@example.org")
    for _ in range(3):
        outbox.send_due(timezone.now() + LATER)
    assert state_of(mail) == "sent"
    (message,) = server.got
    assert message["To"] == "contact@example.org"
    assert message["Subject"] == mail.subject
    assert mail.application.get_absolute_url() in message.get_content()


@pytest.mark.django_db
def test_a_server_that_is_down_loses_nothing_and_is_asked_again_later(settings):
    point_at(settings, free_port())
    mail = one()
    outbox.send_due()
    assert state_of(mail) == "queued"
    assert mail.tries == 1
    assert mail.next_try_at > timezone.now()
    with mail_server(settings) as running:
        outbox.send_due()
        assert running.got == []
        outbox.send_due(timezone.now() + LATER)
        assert len(running.got) == 1
    assert state_of(mail) == "sent"


@pytest.mark.django_db
def test_a_refusal_that_may_pass_is_tried_eight_times_and_then_given_up(server):
    server.answer_data = "451 come back"
    mail, moment = one(), timezone.now()
    for _ in range(12):
        moment += LATER
        outbox.send_due(moment)
    assert state_of(mail) == "failed"
    assert mail.tries == outbox.MOST_TRIES == 8
    assert "451" in mail.last_error
    assert server.got == []


@pytest.mark.django_db
def test_a_refusal_for_good_is_given_up_at_once_and_keeps_no_other_mail(server):
    server.answer_rcpt = "550 nobody here"
    mail = one()
    outbox.send_due()
    assert state_of(mail) == "failed"
    assert mail.tries == 1
    server.answer_rcpt = "250 well"
    other = one(key="other")
    outbox.send_due()
    assert state_of(other) == "sent"


@pytest.mark.django_db
def test_a_server_that_hangs_with_the_mail_is_asked_once_more_at_most(server, settings):
    settings.EMAIL_TIMEOUT, server.silent = 0.5, True
    mail = one()
    moment = timezone.now()
    for _ in range(4):
        moment += LATER
        outbox.send_due(moment)
    assert state_of(mail) == "failed"
    assert [message["Message-ID"] for message in server.got] == [mail.message_id] * 2


@pytest.mark.django_db
def test_without_a_mail_server_nothing_leaves_and_the_mail_is_kept(settings):
    settings.EMAIL_URL = ""
    mail = one()
    outbox.send_due()
    assert state_of(mail) == "kept"


@pytest.mark.django_db
def test_what_is_told_twice_is_written_once():
    application = ApplicationFactory()
    assert mails.queue("submitted", application=application, key="one") is not None
    assert mails.queue("submitted", application=application, key="one") is None
    assert Mail.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "a b@c"])
def test_an_address_that_would_be_more_than_one_header_is_refused(address):
    with pytest.raises(ValueError, match="not an address"):
        mails.queue("submitted", application=ApplicationFactory(), key="one", to=address)
    assert not Mail.objects.exists()
