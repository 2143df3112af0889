"""The staff lists of mails and of runs of timed work, and their two buttons."""

import pytest
from django.urls import reverse

from stp_portal.kit.roles import AUDITOR
from tenants import mails
from tenants.models import JobRun
from tests.applications import ApplicationFactory
from tests.factories import UserFactory
from tests.staff_pages import names_in

NOW, RUNS = "admin:tenants_jobrun_now", "admin:tenants_jobrun_changelist"


@pytest.mark.django_db
def test_the_button_does_the_work_and_the_mail_can_be_read_and_sent_again(client, officer, settings):
    settings.EMAIL_URL = ""
    mail = mails.queue("submitted", application=ApplicationFactory(), key="about")
    assert 'action="' + reverse(NOW) in client.get(reverse(RUNS)).content.decode()
    assert client.post(reverse(NOW)).status_code == 302
    mail.refresh_from_db()
    assert mail.state == "kept"
    assert JobRun.objects.filter(ok=True).exists()
    assert mail.subject in names_in(client.get(reverse("admin:tenants_mail_changelist")))
    page = client.get(reverse("admin:tenants_mail_change", args=[mail.pk])).content.decode()
    assert mail.application.get_absolute_url() in page
    again = reverse("admin:tenants_mail_again", args=[mail.pk])
    assert again in page
    client.post(again)
    mail.refresh_from_db()
    assert mail.state == "queued"


@pytest.mark.django_db
def test_an_auditor_reads_the_runs_and_neither_mails_nor_the_button(client):
    client.force_login(UserFactory(role=AUDITOR))
    page = client.get(reverse(RUNS))
    assert page.status_code == 200
    assert reverse(NOW) not in page.content.decode()
    assert client.post(reverse(NOW)).status_code == 403
    assert client.get(reverse("admin:tenants_mail_changelist")).status_code == 403
    assert not JobRun.objects.exists()
