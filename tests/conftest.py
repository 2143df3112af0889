"""What every test stands on: settings that no developer's environment can bend, and a cluster of their own."""

import fcntl
import io
import os
import signal
import uuid

import hypothesis
import pytest

# Before Django reads its settings. pytest-django would read them before this file if pyproject.toml named
# the module, so it is named here.
os.environ.setdefault("VAR_DIR", "var/test")
if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    # One of several processes of a run: files and a cluster of its own.
    os.environ["VAR_DIR"] = f"{os.environ['VAR_DIR']}/{worker}"
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "stp_portal.settings",
    "ENV_FILE": os.devnull,
    "SECRET_KEY": "only-for-tests-" * 4,
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "HTTPS": "off",
    "DEBUG": "off",
    "PROXIES": "0",
    "WEB_PROCESS": "off",
    # Nothing of a test has to survive a power cut. libpq reads this on either engine.
    "PGOPTIONS": "-c synchronous_commit=off",
}

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from stp_portal import postgres
from stp_portal.kit.roles import LETTINGS_OFFICER

# A busy machine says nothing of the portal: no example is timed.
hypothesis.settings.register_profile(
    "untimed",
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.data_too_large,
        hypothesis.HealthCheck.filter_too_much,
    ],
)
hypothesis.settings.load_profile("untimed")


def pytest_configure(config):
    """Plain static files: no test should need a collectstatic first."""
    if getattr(config.option, "numprocesses", None):
        # The processes of this run inherit the environment, and would read the settings before this file.
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # The live server's threads must not keep connections that stand in the way of dropping the database.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for folder in (settings.STATIC_ROOT, settings.MEDIA_ROOT, settings.PRIVATE_ROOT):
        folder.mkdir(parents=True, exist_ok=True)
    # Otherwise a test run that is told to stop leaves its database running.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=128 + signal.SIGTERM))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Start the database only when a test asks for it, and keep a second test run out of it."""
    with (postgres.var_dir() / "tests.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.exit(f"Another test run uses {postgres.var_dir()}: wait for it, or set VAR_DIR.", returncode=1)
        postgres.hold()
        postgres.check()
        yield


@pytest.fixture(autouse=True, scope="session")
def signed_in_with_both_factors():
    """Who is signed in without the steps has passed them all."""
    from django.test import Client  # noqa: PLC0415 - not before the settings are set

    from tests.signing_in import force_login, plain_force_login  # noqa: PLC0415

    Client.force_login = force_login
    yield
    Client.force_login = plain_force_login


@pytest.fixture(autouse=True)
def digests_of_this_test(settings, tmp_path_factory):
    """What one test seals stands in the file of no other; the file is made only by who seals."""
    settings.HISTORY_DIGEST_FILE = tmp_path_factory.getbasetemp() / f"digests-{uuid.uuid4().hex}.txt"


@pytest.fixture(scope="module")
def real_register(django_db_setup, django_db_blocker):
    """The real register, loaded once for a module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_register", stdout=io.StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def officer(client):
    """A lettings officer, signed in."""
    from tests.factories import UserFactory  # noqa: PLC0415 - not before the settings are set

    user = UserFactory(username="ayesha", role=LETTINGS_OFFICER)
    client.force_login(user)
    return user
