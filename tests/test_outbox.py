"""Mail leaves once, or is seen not to have: servers that are down, refuse, hang or break off."""

import datetime as dt
import hashlib

import pytest
from django.utils import timezone

from tenants import mails, outbox
from tenants.letters.issue import issue
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
    for tries in range(1, 12):
        moment += LATER
        outbox.send_due(moment)
        assert (state_of(mail), mail.tries) == (("queued", tries) if tries < 8 else ("failed", 8))
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
@pytest.mark.parametrize("moment", ["in", "after"])
def test_a_server_that_breaks_off_in_the_text_or_after_it_is_asked_once_more_at_most(server, moment):
    server.breaks_off = moment
    mail, other = one(), one(key="other")
    counts, down = outbox.send_due()
    assert (state_of(mail), mail.in_doubt) == ("queued", 1)
    assert "broke off" in mail.last_error and "broke off" in down
    assert counts["later"] == 1
    # The others are not tried one after the other with the same end.
    assert (state_of(other), other.tries) == ("queued", 0)
    server.breaks_off = ""
    outbox.send_due(timezone.now() + LATER)
    assert (state_of(mail), state_of(other)) == ("sent", "sent")
    times = {"in": 1, "after": 2}[moment]
    assert [message["Message-ID"] for message in server.got].count(mail.message_id) == times


@pytest.mark.django_db
def test_twice_in_doubt_is_left_to_people_in_words_and_can_be_sent_again(server):
    server.breaks_off = "after"
    mail = one()
    for days in (1, 2, 3):
        outbox.send_due(timezone.now() + dt.timedelta(days))
    assert state_of(mail) == "failed"
    assert (
        mail.last_error == "Twice the sending broke off, so it may have arrived. Ask the firm before you send it again."
    )
    assert len(server.got) == 2
    server.breaks_off = ""
    assert outbox.send_again(mail) is True
    outbox.send_due()
    assert state_of(mail) == "sent"
    assert outbox.send_again(mail) is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attribute", "said"),
    [
        ("greeting", "554 go away"),
        ("greeting", "421 too busy"),
        ("answer_mail", "550 this sender is unknown"),
        ("answer_mail", "451 come back"),
    ],
)
def test_a_server_that_refuses_the_portal_itself_costs_no_mail(server, attribute, said):
    setattr(server, attribute, said)
    mail, other = one(), one(key="other")
    _counts, down = outbox.send_due()
    assert said in down
    assert (state_of(mail), mail.tries) == ("queued", 1)
    assert said in mail.last_error
    assert (state_of(other), other.tries) == ("queued", 0)


@pytest.mark.django_db
def test_a_password_that_the_server_does_not_know_costs_no_mail(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "portal", "wrong"
    mail = one()
    _counts, down = outbox.send_due()
    assert "takes no mail" in down
    assert state_of(mail) == "queued"
    assert "wrong" not in mail.last_error


@pytest.mark.django_db
def test_each_wait_is_longer_than_the_one_before(server):
    server.answer_rcpt = "450 greylisted"
    mail = one()
    Mail.objects.update(next_try_at=timezone.now() + dt.timedelta(hours=1))
    mail.refresh_from_db()
    waits = []
    for _ in outbox.WAITS:
        moment = max(mail.next_try_at, timezone.now())
        outbox.send_due(moment - dt.timedelta(minutes=0.5))
        outbox.send_due(moment)
        mail.refresh_from_db()
        waits.append(round((mail.next_try_at - moment).total_seconds() / 60))
    assert waits == [1, 5, 15, 60, 240, 720, 1440]


@pytest.mark.django_db
def test_one_address_that_is_refused_keeps_no_other_mail_of_the_run(server):
    server.answers = {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox full"}
    gone, full = one(key="gone", email="gone@example.org"), one(key="full", email="full@example.org")
    good = [one(key=f"good {number}") for number in range(3)]
    counts, down = outbox.send_due()
    assert down == ""
    assert [state_of(mail) for mail in (gone, full, *good)] == ["failed", "queued", "sent", "sent", "sent"]
    assert gone.last_error == "550 no such user"
    assert (counts["sent"], counts["failed"], counts["later"]) == (3, 1, 1)
    # One session for what went well, a new one after each refusal.
    assert server.sessions == 3


@pytest.mark.django_db
def test_a_run_ends_when_its_time_is_over_and_the_next_goes_on(server, monkeypatch):
    monkeypatch.setattr(outbox, "MOST_SECONDS", 0)
    mail = one()
    outbox.send_due()
    assert (state_of(mail), mail.tries) == ("queued", 0)
    monkeypatch.undo()
    outbox.send_due()
    assert state_of(mail) == "sent"


@pytest.mark.django_db
def test_every_line_ends_as_servers_ask_and_a_dot_alone_is_no_end(server):
    application = ApplicationFactory(state="declined")
    type(application).objects.filter(pk=application.pk).update(state_reason="One\n.\nTwo “quoted” لاہور")
    application.refresh_from_db()
    mails.queue("declined", application=application, key="about")
    outbox.send_due()
    (data,), (message,) = server.raw, server.got
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert "One\n.\nTwo “quoted” لاہور" in message.get_content().replace("\r\n", "\n")


@pytest.mark.django_db
def test_a_host_in_letters_beyond_ascii_is_written_as_mail_servers_know_it(server):
    mail = one(email="firm@xn--mnchen-3ya.example")
    other = mails.queue("submitted", application=mail.application, key="other", to="firm@münchen.example")
    outbox.send_due()
    assert (state_of(mail), state_of(other)) == ("sent", "sent")
    assert [message["To"] for message in server.got] == ["firm@xn--mnchen-3ya.example"] * 2


@pytest.mark.django_db
def test_a_letter_goes_with_its_mail_byte_for_byte(server):
    application = ApplicationFactory()
    letter = issue(kind="acknowledgement", application=application, today=timezone.localdate())
    outbox.send_due()
    (message,) = server.got
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (f"{letter.number}.pdf", "application/pdf")
    assert hashlib.sha256(file.get_content()).hexdigest() == letter.checksum


@pytest.mark.django_db
def test_a_mail_whose_letter_is_gone_is_given_up_and_keeps_no_other(server):
    letter = issue(kind="acknowledgement", application=ApplicationFactory(), today=timezone.localdate())
    letter.file.storage.delete(letter.file.name)
    other = one()
    outbox.send_due()
    mail = type(other).objects.get(letter=letter)
    assert (mail.state, state_of(other)) == ("failed", "sent")
    assert "FileNotFoundError" in mail.last_error


@pytest.mark.django_db
def test_nothing_about_a_demonstration_leaves(server):
    mail, real = one(demo=True), one(key="real")
    counts, _down = outbox.send_due()
    assert (state_of(mail), state_of(real)) == ("kept", "sent")
    assert counts["kept"] == 1
    assert [message["To"] for message in server.got] == [real.to]


@pytest.mark.django_db
def test_without_a_mail_server_nothing_leaves_and_the_mail_is_kept(settings):
    settings.EMAIL_URL = ""
    mail = one()
    outbox.send_due()
    assert state_of(mail) == "kept"
