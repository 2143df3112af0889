"""A real Chromium for these tests. Where it is missing they skip with a word, or fail when it is required."""

import fcntl
import io
import os
import shutil
import subprocess

import pytest
from django.core.management import call_command
from playwright.sync_api import sync_playwright

from stp_portal import postgres

# Checkers that only npm has. They are no part of the portal: they live beside the tests' database.
TOOLS = ("vnu-jar@26.9.27", "lighthouse@12.8.2")
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


def missing(words):
    """What a test needs is not there: a failure where browsers are required, as in CI, else a skip."""
    if os.environ.get("BROWSER_REQUIRED") == "1":
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def npm_tools():
    """The folder with the modules of `TOOLS`, installed on first use and kept."""
    for command, package in (("npm", "npm"), ("java", "default-jre-headless")):
        if not shutil.which(command):
            missing(f"{command} is not installed: `apt-get install --no-install-recommends {package}`.")
    # One folder for all processes of a run.
    folder = (postgres.var_dir().parent if os.environ.get("PYTEST_XDIST_WORKER") else postgres.var_dir()) / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install(folder)
    return folder / "node_modules"


def install(folder):
    """Bring the tools into `folder`, unless they are there."""
    note = folder / "installed.txt"
    if note.exists() and note.read_text() == " ".join(TOOLS):
        return
    # Without the packages' own scripts: one of them would fetch a Java.
    flags = ("--no-save", "--no-audit", "--no-fund", "--ignore-scripts")
    command = ["npm", "install", "--prefix", str(folder), *flags, *TOOLS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        missing(f"npm could not install {', '.join(TOOLS)}: {done.stderr[-400:]}")
    note.write_text(" ".join(TOOLS))


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests; each test makes its own context."""
    path = chromium_path()
    if not path:
        missing("Chromium is not installed: `apt-get install --no-install-recommends chromium`.")
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
    """The portal with the real register and the small demonstration, on a port of its own: its address."""
    for command in ("sync_roles", "load_register", "load_demo"):
        call_command(command, stdout=io.StringIO())
    return live_server.url
