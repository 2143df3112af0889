"""Sending an application: once, whatever is sent how often and by how many at the same time."""

import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.utils import timezone

from tenants.actions.application import submit_application
from tenants.apply import drafts, limits
from tenants.apply.steps import Progress
from tenants.models import Application, ApplicationCount, ApplicationDraft, Mail
from tests.apply import begin, declared, fill_in, page_of, ready, said, send
from tests.factories import ParkFactory
from tests.space_pages import html_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def park():
    return ParkFactory(name="Arfa Tower")


def refused(client, draft, message, data, status=422):
    response = client.post(page_of(draft, "check"), data)
    html = html_of(response)
    assert response.status_code == status and message in html and "Applicant Software" in html
    assert "There is a problem" in html and not Application.objects.exists() and not Mail.objects.exists()
    return response


def test_the_same_form_sent_twenty_times_is_one_application_and_one_mail(client, park):
    draft = ready(client, park)
    data = declared(draft)
    answers = [client.post(page_of(draft, "check"), data) for _time in range(20)]
    application = Application.objects.get()
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, application.get_absolute_url())}
    assert Mail.objects.count() == 1 and ApplicationCount.objects.filter(taken__gt=1).count() == 0


def test_every_address_of_a_sent_draft_leads_to_the_application(client, park):
    draft = fill_in(client, park).draft
    application = Application.objects.get()
    for address in (page_of(draft), page_of(draft, "firm"), page_of(draft, "papers"), page_of(draft, "check")):
        for response in (client.get(address), client.post(address, said("firm"))):
            assert response.url == application.get_absolute_url()
    draft.refresh_from_db()
    assert draft.answers == {}


def test_the_page_is_told_from_a_programs(client, park):
    draft = ready(client, park)
    assert refused(client, draft, "A field that must stay empty", declared(draft, subject="Buy now"))
    assert refused(client, draft, "came back too fast", declared(draft, read_for=0))
    assert refused(client, draft, "open for too long", declared(draft, read_for=25 * 60 * 60))
    assert refused(client, draft, "open for too long", declared(draft, form_token="x"))
    assert send(client, draft).status_code == 302


def test_without_the_declaration_nothing_is_sent(client, park):
    draft = ready(client, park)
    response = refused(client, draft, "Tick the declaration if you agree with it.", declared(draft, declared=""))
    assert '<a href="#id_declared">' in html_of(response)


def test_answers_changed_in_another_window_are_read_again_before_they_are_sent(client, park):
    draft = ready(client, park)
    token = re.search(r'name="form_token" value="([^"]+)"', html_of(client.get(page_of(draft, "check"))))[1]
    seen = declared(draft, form_token=token)
    client.post(page_of(draft, "firm"), said("firm", company_name="Applicant Software Two"))
    response = refused(client, draft, "The answers were changed since this page was opened", seen)
    assert "Applicant Software Two" in text_of(response)


def test_too_many_applications_are_told_when_to_come_back_and_lose_nothing(client, park, monkeypatch):
    monkeypatch.setitem(limits.MOST_AN_HOUR, "application", 1)
    fill_in(client, park)
    draft = ready(client, park)
    response = send(client, draft)
    assert response.status_code == 429 and 0 < int(response["Retry-After"]) <= 3600
    assert "Applicant Software" in text_of(response)
    draft.refresh_from_db()
    assert draft.answers["firm"]["company_name"] == "Applicant Software" and Application.objects.count() == 1
    assert send(client, draft, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_a_value_that_only_the_database_refuses_is_told_and_nothing_is_written(client, park, monkeypatch):
    draft = ready(client, park)
    true_values = Progress.values
    monkeypatch.setattr(Progress, "values", lambda self: true_values(self) | {"team_size": 0})
    refused(client, draft, "One of the answers cannot be kept as it is.", declared(draft))
    draft.refresh_from_db()
    assert draft.answers["firm"] and draft.application is None
    values = true_values(Progress(draft, timezone.localdate())) | {"months": 0, "choices": []}
    with pytest.raises(IntegrityError):
        submit_application(draft=draft, values=values, client="x", moment=timezone.now(), today=timezone.localdate())


def test_an_erased_draft_is_404_while_it_is_sent(client, park):
    draft = ready(client, park)
    data = declared(draft)
    ApplicationDraft.objects.all().delete()
    assert client.post(page_of(draft, "check"), data).status_code == 404


def test_what_the_firm_said_is_not_in_the_history(client, park):
    application = fill_in(client, park)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM tenants_applicationevent e")
        told = "\n".join(row[0] for row in cursor.fetchall())
    assert application.reference in told
    for personal in ("Applicant Software", "Contact of the firm", "firm@example.org", "+9242", application.token):
        assert personal not in told


def parallel(tasks, threads=20):
    """What each of these functions returns, run at the same time."""

    def run(task):
        try:
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, tasks))


@pytest.mark.django_db(transaction=True)
def test_a_hundred_firms_at_once_get_a_hundred_references(client):
    first = ready(client, ParkFactory())
    now = timezone.now()
    others = ApplicationDraft.objects.bulk_create(
        ApplicationDraft(token=f"{n:043}", number=uuid.uuid4(), answers=first.answers, created_at=now, updated_at=now)
        for n in range(99)
    )
    ready_to_send = [(draft, declared(draft)) for draft in (first, *others)]

    def sender(n, draft, data):
        return lambda: Client(REMOTE_ADDR=f"10.0.0.{n}").post(page_of(draft, "check"), data).status_code

    statuses = parallel([sender(n, *each) for n, each in enumerate(ready_to_send)])
    assert statuses == [302] * 100
    assert len(set(Application.objects.values_list("reference", flat=True))) == 100
    assert len(set(Application.objects.values_list("token", flat=True))) == 100
    assert Mail.objects.filter(kind="submitted").count() == 100


@pytest.mark.django_db(transaction=True)
def test_one_draft_sent_forty_times_at_once_is_one_application(client):
    draft = ready(client, ParkFactory())
    data = declared(draft)
    urls = parallel([lambda: Client().post(page_of(draft, "check"), data).url] * 40)
    application = Application.objects.get()
    assert set(urls) == {application.get_absolute_url()} and Mail.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_pages_saved_at_once_lose_nothing_of_each_other(client):
    draft, begun = begin(client, ParkFactory()), threading.Event()

    def slowly(kept):
        begun.set()
        time.sleep(0.3)
        return kept | {"firm": said("firm")}

    def meanwhile():
        assert begun.wait(10)
        drafts.keep_answers(draft, "numbers", said("numbers"), timezone.now())

    parallel([lambda: drafts.change(draft, slowly, timezone.now()), meanwhile])
    draft.refresh_from_db()
    assert set(draft.answers) == {"choices", "firm", "numbers"}
