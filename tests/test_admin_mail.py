"""The staff lists of mails and of runs of timed work, and their two buttons."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants import due, mails
from tenants.models import JobRun, Mail
from tests.applications import ApplicationFactory
from tests.factories import UserFactory
from tests.staff_pages import names_in
from tests.test_run_due import another_run

pytestmark = pytest.mark.django_db
NOW, RUNS, MAILS = "admin:tenants_jobrun_now", "admin:tenants_jobrun_changelist", "admin:tenants_mail_changelist"


def page_of(client, mail):
    response = client.get(reverse("admin:tenants_mail_change", args=[mail.pk]))
    assert response.status_code == 200
    return response.content.decode()


def again(mail):
    return reverse("admin:tenants_mail_again", args=[mail.pk])


def written(state="queued", key="about", **facts):
    """A mail in this state."""
    mail = mails.queue("submitted", application=ApplicationFactory(**facts), key=key)
    if state != "queued":
        done = None if state == "sending" else timezone.now()
        Mail.objects.filter(pk=mail.pk).update(state=state, done_at=done, tries=8, last_error="550 no such user")
    mail.refresh_from_db()
    return mail


def test_the_button_does_the_work_and_the_mail_can_be_read_and_sent_again(client, officer, settings):
    settings.EMAIL_URL = ""
    mail = written()
    assert 'action="' + reverse(NOW) in client.get(reverse(RUNS)).content.decode()
    response = client.post(reverse(NOW), follow=True)
    assert "All timed work is done." in response.content.decode()
    mail.refresh_from_db()
    assert mail.state == "kept"
    assert set(JobRun.objects.filter(ok=True).values_list("job", flat=True)) == set(due.JOBS)
    assert mail.subject in names_in(client.get(reverse(MAILS)))
    page = page_of(client, mail)
    # Without a mail server it is read here, with its link.
    assert mails.absolute(mail.application.get_absolute_url()) in page
    assert again(mail) in page
    assert "waits to be sent again" in client.post(again(mail), follow=True).content.decode()
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.in_doubt, mail.done_at, mail.last_error) == ("queued", 0, 0, None, "")


@pytest.mark.parametrize(
    ("state", "may"), [("failed", True), ("kept", True)] + [(s, False) for s in ("sent", "queued")]
)
def test_only_what_was_given_up_or_kept_is_sent_again(client, officer, state, may):
    mail = written(state)
    assert (again(mail) in page_of(client, mail)) is may
    answer = client.post(again(mail), follow=True).content.decode()
    assert ("nothing was changed" in answer) is not may
    mail.refresh_from_db()
    assert mail.state == ("queued" if may else state)


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "kept", "failed"])
def test_the_list_shows_every_mail_with_its_state_and_filters_by_it(client, officer, state):
    mail = written(state)
    written("sent" if state != "sent" else "failed", key="other")
    both = client.get(reverse(MAILS)).content.decode()
    assert both.count('class="field-subject"') == 2
    assert str(mail.get_state_display()) in both
    one = client.get(reverse(MAILS), {"state": state}).content.decode()
    assert one.count('class="field-subject"') == 1
    assert mail.application.reference in one
    assert mail.application.reference in client.get(reverse(MAILS), {"q": mail.to}).content.decode()


def test_a_mail_is_text_and_never_markup(client, officer):
    mail = written(company_name="<script>alert(1)</script>")
    page = page_of(client, mail)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_has_been_sent_no_longer_shows_the_key_to_the_page_of_the_firm(client, officer):
    mail = written("sent")
    page = page_of(client, mail)
    assert mail.application.token not in page
    assert mail.application.reference in page
    assert "/applications/…/" in page
    failed = written("failed", key="other")
    assert failed.application.token in page_of(client, failed)


@pytest.mark.parametrize(
    ("role", "answers"),
    [
        (ADMINISTRATOR, (200, 200, 302, 302)),
        (LETTINGS_OFFICER, (200, 200, 302, 302)),
        (PARK_MANAGER, (403, 403, 403, 404)),
        (AUDITOR, (403, 200, 403, 403)),
    ],
)
def test_each_role_reads_and_does_what_is_its_own(client, role, answers):
    mail_list, run_list, now, send = answers
    mail = written("failed")
    client.force_login(UserFactory(role=role))
    assert client.get(reverse(MAILS)).status_code == mail_list
    runs = client.get(reverse(RUNS))
    assert runs.status_code == run_list
    assert (reverse(NOW) in runs.content.decode()) is (now == 302)
    assert client.post(reverse(NOW)).status_code == now
    assert JobRun.objects.exists() is (now == 302)
    assert client.post(again(mail)).status_code == send
    assert client.get(reverse("admin:tenants_mail_add")).status_code == 403


def test_a_button_is_no_link(client, officer):
    mail = written("failed")
    assert client.get(reverse(NOW)).status_code == client.get(again(mail)).status_code == 405
    assert not JobRun.objects.exists()
    assert client.post(reverse("admin:tenants_mail_again", args=[2**63])).status_code == 404


def test_what_failed_is_said_and_stands_in_the_list(client, officer, monkeypatch):
    def broken(_today):
        raise RuntimeError("out of order")

    monkeypatch.setitem(due.JOBS, "papers due", broken)
    page = client.post(reverse(NOW), follow=True).content.decode()
    assert "1 job failed: papers due." in page
    assert "RuntimeError: out of order" in client.get(reverse(RUNS), {"ok__exact": "0"}).content.decode()
    run = JobRun.objects.get(ok=False)
    assert (
        "RuntimeError: out of order"
        in client.get(reverse("admin:tenants_jobrun_change", args=[run.pk])).content.decode()
    )


def test_the_button_beside_another_run_says_so(client, officer):
    with another_run():
        assert "Another run is under way" in client.post(reverse(NOW), follow=True).content.decode()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("route", [MAILS, RUNS])
def test_the_lists_cost_the_same_with_many_rows(client, officer, django_assert_num_queries, route):
    written(key="0")
    JobRun.objects.create(run=mails.uuid.uuid4(), job="mail", started_at=timezone.now())
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(route))
    for number in range(1, 8):
        written(key=str(number))
        JobRun.objects.create(run=mails.uuid.uuid4(), job="mail", started_at=timezone.now())
    with django_assert_num_queries(len(one)):
        assert client.get(reverse(route)).status_code == 200
