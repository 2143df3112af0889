"""The pages of imports as a browser uses them, for tests."""

import io

import openpyxl
from django.urls import reverse

from tenants.models import ImportBatch
from tests.import_files import SUITES, csv_upload
from tests.staff_pages import form_data


def at(name, /, *args, **query):
    """The address of one of the pages."""
    return reverse(f"admin:tenants_importbatch_{name}", args=args, query=query or None)


def upload(client, file, kind="suites"):
    """The batch that an upload made."""
    response = client.post(at("upload"), {"kind": kind, "file": file})
    assert response.status_code == 302, response.context["form"].errors
    return ImportBatch.objects.latest("pk")


def columns(client, batch, **changes):
    """The response to the columns as the page suggests them, with some answers changed."""
    page = client.get(at("columns", batch.pk))
    return client.post(at("columns", batch.pk), form_data(page) | changes)


def reviewed(client, *rows, headings=SUITES, **changes):
    """A batch of suites, uploaded and reviewed."""
    batch = upload(client, csv_upload(headings, *rows))
    response = columns(client, batch, **changes)
    assert response.status_code == 302, response.context["form"].errors
    batch.refresh_from_db()
    assert batch.state == "reviewed"
    return batch


def apply(client, batch, **changes):
    """The response to the button that brings it in, as the page at hand has it."""
    page = client.get(at("review", batch.pk))
    return client.post(at("review", batch.pk), form_data(page) | {"apply": "1"} | changes)


def text(response):
    """The page's words on one line."""
    return " ".join(response.content.decode().split())


def many(outcome, count):
    """Values of rows that came to `outcome`."""
    said = {
        "changed": {"changes": [["Seats", "1", "2"]]},
        "refused": {"problems": [["Sq.Ft", "x", "No.", "A number."]]},
        "new": {"changes": [["Seats", "", "2"]]},
        "unchanged": {},
    }[outcome]
    return [{"outcome": outcome, "label": f"{outcome} {number}", **said} for number in range(count)]


def workbook(response):
    """The sheets of a download, each as a list of rows."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book}
