"""Reading staff pages as a browser would, for tests that post them back."""

import csv
import io
from html.parser import HTMLParser

from django.urls import reverse

WHY = "So it was tested"


class _Fields(HTMLParser):
    """The successful controls of the page's main form, by name."""

    def __init__(self):
        super().__init__()
        self.data, self.inside = {}, False
        self.select = self.area = self.text = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = attrs.get("id", "").endswith("_form") or attrs.get("id") == "paste-floor"
        if not self.inside or "disabled" in attrs:
            return
        name, kind = attrs.get("name"), attrs.get("type", "text")
        if tag == "input" and name and kind not in {"submit", "file"}:
            if kind not in {"checkbox", "radio"} or "checked" in attrs:
                self.data[name] = attrs.get("value", "on" if kind == "checkbox" else "")
        elif tag == "select" and name:
            self.select = name
            self.data[name] = ""
            self.first = True
        elif tag == "option" and self.select:
            if "selected" in attrs or self.first:
                self.data[self.select] = attrs.get("value", "")
            self.first = False
        elif tag == "textarea" and name:
            self.area, self.text = name, ""

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea" and self.area:
            # The first line break after the tag belongs to the markup.
            self.data[self.area] = self.text.removeprefix("\r\n").removeprefix("\n")
            self.area = None
        elif tag == "form":
            self.inside = False

    def handle_data(self, data):
        if self.area:
            self.text += data


def form_data(response):
    """What a browser would send from this page, without its empty template rows."""
    parser = _Fields()
    parser.feed(response.content.decode())
    data = {name: value for name, value in parser.data.items() if "__prefix__" not in name}
    # Pages that ask why have got their answer, but for tests that are about it.
    return data | {"_why": WHY} if data.get("_why") == "" else data


def token_in(response):
    """The page's version token."""
    return form_data(response)["_version"]


def names_in(response):
    """The texts of the rows of a staff list."""
    return {str(row) for row in response.context["cl"].result_list}


def exported(response):
    """The rows of a CSV download, each as a dictionary by column."""
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def change(park):
    """The address of a park's change page."""
    return reverse("admin:parks_park_change", args=[park.pk])
