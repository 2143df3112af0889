"""A run that is killed at any moment loses no mail, and sends none more than twice."""

import os
import random
import signal
import time
from collections import Counter

import pytest
from django.db import connection
from django.utils import timezone

from tenants import mails, outbox
from tenants.models import Mail
from tests.applications import ApplicationFactory
from tests.smtp import mail_server
from tests.test_outbox import LATER, one, state_of

KILLS = 25
MAILS = 120


@pytest.fixture
def server(settings):
    with mail_server(settings) as running:
        yield running


def in_a_process(work):
    """The key of a process of its own that does `work` and ends."""
    # Not shared with the child: its own end would be told to the server on the parent's line.
    connection.close()
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def killed(child):
    """Whether the process, now over, was killed by -9 rather than ended by itself."""
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def kills_itself(*_arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def killed_before_marking():
    """A run killed once the server has the mail and before that is written down."""

    def work():
        outbox._done = kills_itself
        outbox.send_due()

    assert killed(in_a_process(work))


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
def test_a_run_killed_before_it_sent_loses_nothing_and_makes_no_duplicate(server):
    mail = one()

    def work():
        outbox.message_of = kills_itself
        outbox.send_due()

    assert killed(in_a_process(work))
    assert (state_of(mail), server.got) == ("sending", [])
    outbox.send_due()
    assert state_of(mail) == "sent"
    assert len(server.got) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_runs_were_killed_twice_is_left_to_people(server):
    mail = one()
    killed_before_marking()
    killed_before_marking()
    outbox.send_due(timezone.now() + LATER)
    assert state_of(mail) == "failed"
    assert "may have arrived" in mail.last_error
    assert len(server.got) == 2


@pytest.mark.django_db(transaction=True)
def test_runs_killed_at_random_moments_lose_no_mail_and_send_none_more_than_twice(server):
    application = ApplicationFactory()
    for number in range(MAILS):
        mails.queue("submitted", application=application, key=str(number))
    dice, server.pause = random.Random(11), 0.01
    kills = 0
    for _ in range(KILLS):
        child = in_a_process(outbox.send_due)
        time.sleep(dice.uniform(0.01, 0.12))
        os.kill(child, signal.SIGKILL)
        kills += killed(child)
    server.pause = 0
    for _ in range(3):
        outbox.send_due(timezone.now() + LATER)
    assert kills > KILLS / 2
    times = Counter(message["Message-ID"] for message in server.got)
    rows = {mail.message_id: mail for mail in Mail.objects.all()}
    assert set(times) <= set(rows) and len(rows) == MAILS
    assert max(times.values()) <= 2
    for key, mail in rows.items():
        assert mail.state in {"sent", "failed"}
        assert mail.state == "failed" or times[key]
        # A duplicate is only where a run was killed, and a mail is given up only after the second time.
        assert times[key] < 2 or mail.in_doubt
        assert mail.state == "sent" or "may have arrived" in mail.last_error
    assert sum(mail.in_doubt for mail in rows.values()) <= kills
