"""Reports read and nothing else: the database itself refuses a write within one."""

import pytest
from django.db import InternalError, connection, transaction
from django.test import RequestFactory

from parks.models import ExportRecord
from tenants.desk import base, urls
from tests.desk import Scene, page, text_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
# Lists to work through have their own guard; every page of the reports stands in this table.
ROUTES = [name for _address, _view, name in urls.PAGES]


@pytest.fixture
def scene(officer):
    return Scene()


def args_of(name, scene):
    return [scene.alpha.pk] if name in {"desk_plan", "desk_timeline"} else []


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("params", [{}, {"known": "2026-01-31"}], ids=["now", "known"])
def test_a_write_within_a_report_is_refused_by_the_database(client, scene, name, params, monkeypatch):
    """Where the page is drawn, which is the last thing that a report does, somebody tries to write."""
    tried, rendered = [], base.render

    def write(request, template, context):
        response = rendered(request, template, context)
        with pytest.raises(InternalError, match="read-only transaction"), transaction.atomic():
            ExportRecord.objects.create(by=request.user, name="x", format="csv", rows=1, filters="")
        tried.append(template)
        return response

    monkeypatch.setattr(base, "render", write)
    text_of(page(client, name, *args_of(name, scene), **params))
    assert len(tried) == 1
    assert not ExportRecord.objects.exists()
    # Afterwards it can be written again.
    ExportRecord.objects.create(by=UserFactory(), name="x", format="csv", rows=1, filters="")


@pytest.mark.parametrize("name", ROUTES)
def test_every_page_of_the_reports_asks_for_reading_alone(client, scene, name, monkeypatch):
    asked, reading = [], base.reading
    monkeypatch.setattr(base, "reading", lambda: asked.append(name) or reading())
    text_of(page(client, name, *args_of(name, scene)))
    assert asked == [name]


DOWNLOADS = [(name, {"list": "offers"} if name == "desk_watch" else {}) for name in ROUTES]


@pytest.mark.parametrize(("name", "params"), DOWNLOADS, ids=ROUTES)
def test_a_download_is_written_down_once_and_its_rows_need_no_question(
    client, scene, name, params, django_assert_num_queries
):
    for known in ({}, {"known": "2026-01-31"}):
        before = ExportRecord.objects.count()
        response = page(client, name, *args_of(name, scene), **params, **known, format="csv")
        assert response.status_code == 200
        assert ExportRecord.objects.count() == before + 1
        with django_assert_num_queries(0):
            assert b"".join(response.streaming_content)


def test_when_it_cannot_be_written_down_nothing_leaves(client, scene, monkeypatch):
    def fail(*_args, **_facts):
        raise RuntimeError

    monkeypatch.setattr(base, "record_export", fail)
    with pytest.raises(RuntimeError):
        page(client, "desk_rent_roll", format="csv")


@pytest.mark.django_db(transaction=True)
def test_all_questions_of_a_report_are_answered_from_one_moment():
    @base.report_for("parks.view_park")
    def view(request, today):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')")
            return cursor.fetchone()

    request = RequestFactory().get("/")
    request.user = UserFactory(role="Auditor")
    assert view(request) == ("repeatable read", "on")
