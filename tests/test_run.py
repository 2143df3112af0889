"""`make run` from an empty folder to a served page and back, and what the tree must hold for it."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command

from stp_portal.embedded import Server
from stp_portal.folders import PATIENCE
from stp_portal.postgres import BASE_DIR
from tests.drills import Portal, free_port, run, server_pid, stop_server, surroundings


@pytest.fixture
def var():
    """A VAR_DIR with a space in its path, in a folder that root's server can enter."""
    base = Path(tempfile.mkdtemp(prefix="stp drill ", dir="/tmp"))
    base.chmod(0o755)
    yield base / "var"
    stop_server(base / "var")
    shutil.rmtree(base)


def gone(portal, var):
    """True once neither the portal nor its database is left; how fast is no question of this test."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if portal.process.poll() is not None and server_pid(var) is None and not portal.answers():
            return True
        time.sleep(0.05)
    return False


def contents(var):
    """What a second start must leave as it is: every row count, and the account's password hash."""
    session = psycopg2.connect(**{"host": str(Server(var).socket), "port": 5432, "user": "postgres", "dbname": "stp"})
    with session, session.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")
        counts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
            counts[table] = cursor.fetchone()[0]
        cursor.execute("SELECT username, password, is_superuser FROM auth_user")
        counts["accounts"] = cursor.fetchall()
    session.close()
    return counts


def test_two_starts_from_nothing_serve_the_register_and_end_with_their_database(var):
    port = free_port()
    make = ["make", "-o", "venv", "run", f"VENV={sys.prefix}"]
    portal = Portal(var, make, port)
    try:
        password = re.search(r"password   (\S+)", portal.said)[1]
        for path in ("/", "/parks/", "/admin/login/", "/healthz", "/readyz"):
            assert portal.page(path)[0] == 200, path
        style = re.search(r'href="(/static/css/site\.[0-9a-f]+\.css)"', portal.page("/")[1])
        assert portal.page(style[1])[0] == 200
        first = contents(var)
        assert first["parks_park"] == 68
        assert first["parks_suite"] >= 60
        assert "This is a demonstration" in portal.page("/")[1]
        # The other one signs what the demonstration invented, and nobody can sign in with it.
        people = {name: (word[:1], rights) for name, word, rights in first["accounts"]}
        assert set(people) == {"admin", "demonstration"} and people["admin"][1]
        assert people["demonstration"][0] == "!"
        written = [path for path in var.rglob("*") if path.is_file() and not path.is_symlink()]
        assert len(written) > 500
        assert not [path for path in written if password.encode() in path.read_bytes()]
        # To make alone, as a service manager or an editor would do it.
        os.kill(portal.process.pid, signal.SIGTERM)
        assert gone(portal, var)

        portal = Portal(var, make, port)
        assert "password" not in portal.said
        assert "Making the" not in portal.said
        assert "Compressing" not in portal.said
        assert contents(var) == first
        taken = run(var, "-m", "stp_portal.run", PORT=str(port))
        assert taken.returncode == 1
        assert taken.stderr.startswith(f"Port {port} is taken by another program")
        assert portal.answers()
        # To the whole group, as Ctrl-C does it.
        os.killpg(portal.process.pid, signal.SIGINT)
        assert gone(portal, var)

        assert run(var, "manage.py", "load_demo", "--clear").returncode == 0
        portal = Portal(var, make, port)
        assert contents(var)["parks_suite"] == 0
        assert "demonstration" not in portal.page("/")[1].lower()
        os.killpg(portal.process.pid, signal.SIGINT)
        assert gone(portal, var)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(portal.process.pid, signal.SIGKILL)
        portal.process.wait()


def test_a_taken_port_is_told_in_one_line_and_no_database_stays(var):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = run(var, "-m", "stp_portal.run", PORT=str(port))
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert f"Port {port} is taken by another program" in done.stderr
        # gunicorn itself, when something takes the port after it was found free.
        done = run(var, "-m", "gunicorn", "-c", "stp_portal/gunicorn_conf.py", PORT=str(port))
    assert done.returncode != 0
    assert (var / "postgres" / "data").exists()
    assert server_pid(var) is None


def test_a_command_that_is_told_to_stop_ends_its_database(var):
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", "print('in', flush=True); input()"]
    process = subprocess.Popen(
        command,
        cwd=BASE_DIR,
        env=surroundings(var),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout.readline() == "in\n"
    assert server_pid(var)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert server_pid(var) is None


def test_help_needs_no_database(var):
    assert run(var, "manage.py", "help").returncode == 0
    assert not (var / "postgres").exists()


@pytest.mark.django_db
def test_no_change_of_a_model_is_without_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_static_file_that_a_template_names_exists():
    named = set()
    for template in (BASE_DIR / "templates").rglob("*.html"):
        named |= set(re.findall(r"""{% static ["']([^"']+)["']""", template.read_text()))
    assert "css/site.css" in named
    assert [name for name in sorted(named) if not finders.find(name)] == []


@pytest.mark.parametrize("extra", ["", "-dev"])
def test_the_locks_pin_every_direct_dependency_and_name_no_index(extra):
    project = (BASE_DIR / "pyproject.toml").read_text()
    lock = (BASE_DIR / f"requirements{extra}.txt").read_text()
    runtime, _, rest = project.partition("[project.optional-dependencies]")
    wanted = re.findall(r'^  "([A-Za-z0-9-]+)', runtime + (rest.partition("[tool")[0] if extra else ""), re.M)
    pinned = {line.split("==")[0].lower() for line in lock.splitlines() if re.match(r"[a-z0-9-]+==[0-9.]+", line)}
    assert len(wanted) > 10
    assert {name.lower() for name in wanted} <= pinned
    assert "://" not in lock
    assert "make lock" in lock.splitlines()[1]


# A worker whose thread pool is just being given a request, or is being ended by an earlier signal.
BUSY_WORKER = """
import signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from stp_portal.gunicorn_conf import worker_class
worker = object.__new__(worker_class)
worker.cfg, worker.tpool = SimpleNamespace(worker_int=lambda worker: None), ThreadPoolExecutor(1)
signal.signal(signal.SIGQUIT, worker.handle_quit)
signal.alarm(20)
with worker.tpool._shutdown_lock:
    signal.raise_signal(signal.SIGQUIT)
"""


def test_a_worker_that_is_told_to_quit_never_waits_for_its_own_thread_pool(var):
    assert run(var, code=BUSY_WORKER).returncode == 0
