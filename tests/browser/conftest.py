"""A real Chromium for these tests. Where it is missing they skip with a word, or fail when it is required."""

import io
import os
import shutil

import pytest
from django.core.management import call_command
from playwright.sync_api import sync_playwright

PLACES = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def pytest_collection_modifyitems(items):
    """Mark everything here, so that `-m "not browser"` leaves it out."""
    for item in items:
        if "/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def chromium_path():
    """Where Chromium is, None when it is not installed."""
    named = os.environ.get("CHROMIUM", "")
    return next((place for place in (named, *PLACES) if place and shutil.which(place)), None)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests; each test makes its own context."""
    path = chromium_path()
    if not path:
        words = "Chromium is not installed: `apt-get install --no-install-recommends chromium`."
        if os.environ.get("BROWSER_REQUIRED") == "1":
            pytest.fail(words)
        pytest.skip(words)
    # Django refuses its ORM where an event loop runs, and Playwright runs one in this very thread.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        )
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def site(live_server, browser):
    """The portal with the real register, on a port of its own: its address."""
    for command in ("sync_roles", "load_register"):
        call_command(command, stdout=io.StringIO())
    return live_server.url
