"""Have the link to an application mailed again: the same answer and the same work for every address."""

import pytest

from tenants.models import LinkCount, LinkRequest
from tests.applications import ApplicationFactory
from tests.following import refused, token_of

pytestmark = pytest.mark.django_db
FIND = "/applications/find/"


def asked_for(client, address="sana@example.org", **changes):
    return client.post(FIND, {"form_token": token_of("links"), "email": address, "subject": ""} | changes)


def test_a_known_and_an_unknown_address_get_the_same_answer_and_the_same_work(client, django_assert_num_queries):
    known = ApplicationFactory(state="waiting", email="known@example.org")
    asked_for(client, "first@example.org")
    answers, queries = [], []
    for email in (known.email, "nobody@example.org"):
        with django_assert_num_queries(5) as counted:
            response = asked_for(client, email)
        answers.append((response.status_code, response.url, client.get(response.url).content))
        queries.append([query["sql"].split(" ")[0] for query in counted.captured_queries])
    assert answers[0] == answers[1] and queries[0] == queries[1]
    assert set(LinkRequest.objects.values_list("email", flat=True)) >= {known.email, "nobody@example.org"}
    assert known.email not in answers[0][2].decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "Enter your e-mail address."),
        ({"email": "sana"}, "Enter an e-mail address, like name@example.com."),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, "must be one line without control characters"),
        ({"email": f"{'x' * 250}@example.org"}, "must be 254 characters or fewer"),
        ({"subject": "buy"}, "A field that must stay empty"),
        ({"form_token": ""}, "open for too long"),
    ],
)
def test_what_is_no_address_is_refused(client, changes, sentence):
    refused(asked_for(client, **changes), sentence)
    assert not LinkRequest.objects.exists()


def test_an_address_sent_at_once_is_not_believed(client):
    refused(asked_for(client, form_token=token_of("links", seconds=0)), "came back too fast")
    assert not LinkRequest.objects.exists()


def test_many_questions_for_links_are_answered_kindly(client, monkeypatch):
    monkeypatch.setattr("tenants.actions.following.MOST_LINKS_AN_HOUR", 1)
    asked_for(client)
    response = asked_for(client, "typed@example.org")
    assert "typed@example.org" in refused(response, "Many forms came from your network", status=429)
    assert "Retry-After" in response and LinkRequest.objects.count() == 1 == LinkCount.objects.get().taken


def test_the_pages_of_the_link_are_not_for_search_engines(client):
    for path in (FIND, "/applications/found/"):
        html = client.get(path).content.decode()
        assert '<meta name="robots" content="noindex">' in html and "<script" not in html
    assert client.post("/applications/found/").status_code == 405
