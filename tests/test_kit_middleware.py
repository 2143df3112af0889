"""What every response carries, what no request may be, and what a log line looks like."""

import json
import logging

import pytest
from django.http import HttpResponse

from stp_portal.kit.logs import OneLine, request_id
from stp_portal.kit.middleware import headers

from .factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["TRACE", "FOO", "DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("path", ["/parks/", "/admin/"])
def test_other_methods_are_refused(client, method, path):
    response = client.generic(method, path)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/parks/a%00b/", "/parks/%1b[31m/", "/admin/parks/park/%00/change/", "/%ff%fe/", "/%0a"]
)
def test_a_path_that_no_page_can_have_is_404_in_the_sites_look(client, path):
    client.force_login(UserFactory(is_superuser=True))

    response = client.get(path)

    assert response.status_code == 404
    assert "<html" in response.content.decode()
    assert response["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/a\x00b/", "/a\x1b[31m/", "/\ufffd/", "/\ud800/", "/\x85/"])
def test_an_impossible_path_never_reaches_a_route_that_takes_any_text(rf, path):
    request = rf.get("/")
    request.path = request.path_info = path

    assert headers(lambda passed: HttpResponse(passed.path_info))(request).content == b"/404/"


def test_an_urdu_path_reaches_its_route(rf):
    request = rf.get("/")
    request.path = request.path_info = "/لاہور/"

    assert headers(lambda passed: HttpResponse(passed.path_info))(request).content.decode() == "/لاہور/"


def test_every_page_forbids_what_it_does_not_use(client):
    response = client.get("/parks/")

    assert "camera=()" in response["Permissions-Policy"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert len(response["X-Request-ID"]) == 16


def test_staff_pages_are_stored_nowhere(client):
    assert client.get("/admin/login/")["Cache-Control"] == "no-store, private"

    client.force_login(UserFactory(is_superuser=True))
    assert client.get("/admin/parks/park/")["Cache-Control"] == "no-store, private"


def test_only_staff_pages_may_run_scripts_and_none_may_run_inline(client):
    public = client.get("/parks/")["Content-Security-Policy"]
    staff = client.get("/admin/login/")["Content-Security-Policy"]

    assert "script-src" not in public and "default-src 'none'" in public
    assert "script-src 'self'" in staff and "connect-src 'self'" in staff
    assert "unsafe" not in public + staff


def line_of(message, *args, exc_info=None):
    record = logging.LogRecord("stp", logging.WARNING, __file__, 1, message, args, exc_info)
    return OneLine().format(record)


def test_a_log_line_is_one_line_whatever_a_visitor_sends():
    line = line_of("Not Found: %s", "/a\n\x1b[31m{}\u202e\u2028\x85b\ud800")

    assert len(line.splitlines()) == 1
    assert not any(character in line for character in "\x1b\u202e\u2028\x85\ud800")
    assert json.loads(line)["message"] == "Not Found: /a\n\x1b[31m{}\u202e\u2028\x85b\ud800"


def test_a_log_line_leaves_out_what_is_the_key_to_a_page():
    secret = "aB3_-" * 8 + "xyz"
    for path in (f"/applications/{secret}/message/", f"/apply/{secret}/"):
        line = line_of("Unprocessable Entity: %s", path)
        assert secret not in line and json.loads(line)["message"].startswith(f"Unprocessable Entity: {path[:6]}")
    slug = "a-park-whose-name-is-longer-than-any-secret-is"
    assert slug in line_of("Not Found: %s", f"/parks/{slug}/")


def test_a_log_line_has_the_request_and_an_escaped_traceback():
    token = request_id.set("abc123")
    try:
        raise RuntimeError("broken\nin two")
    except RuntimeError as error:
        line = line_of("لاہور failed", exc_info=(type(error), error, error.__traceback__))
    finally:
        request_id.reset(token)

    said = json.loads(line)
    assert said["request"] == "abc123" and said["level"] == "WARNING"
    assert "RuntimeError: broken\nin two" in said["exception"]
    assert "لاہور failed" in line
