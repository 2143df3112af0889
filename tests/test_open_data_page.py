"""The page that says what the downloads hold."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parks.models.stage import Stage
from tests.test_open_data import NAMES, body

pytestmark = pytest.mark.django_db


def test_the_page_of_open_data_documents_each_field_and_code(client):
    with CaptureQueriesContext(connection) as captured:
        text = client.get("/open-data/").content.decode()
    # The layout alone asks, whether there are rows for demonstration.
    assert len(captured) <= 1
    assert re.findall(r"<dt>\s*<code>(\w+)</code>", text) == NAMES
    assert all(f"<code>{stage}</code>" in text for stage in Stage.values)


def test_the_examples_of_the_page_work(client):
    text = client.get("/open-data/").content.decode()
    links = re.findall(r'href="http://testserver(/parks/\?[^"]*)"', text)
    assert len(links) >= 5
    for link in links:
        response = client.get(link.replace("&amp;", "&"))
        assert response.status_code == 200 and body(response), link


def test_the_licence_is_the_setting_and_honestly_missing_without_it(client, settings):
    settings.OPEN_DATA_LICENCE = ""
    assert "not set yet by PSEB" in client.get("/open-data/").content.decode()
    settings.OPEN_DATA_LICENCE = "CC BY 4.0 <x>"
    text = client.get("/open-data/").content.decode()
    assert "CC BY 4.0 &lt;x&gt;" in text and "not set yet" not in text
