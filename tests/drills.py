"""Processes that use the embedded server, whole portals among them, for the tests that start some."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from stp_portal.embedded import Server
from stp_portal.postgres import BASE_DIR

# Holds the server, proves it with a query, and stays until its input closes.
HOLDER = """
import sys
import psycopg2
from stp_portal import postgres
postgres.hold()
found = postgres.connection()
session = psycopg2.connect(host=found["HOST"], port=found["PORT"], user=found["USER"], dbname=found["NAME"])
with session.cursor() as cursor:
    cursor.execute("SELECT current_database()")
    print("up", cursor.fetchone()[0], flush=True)
session.close()
sys.stdin.read()
"""


def surroundings(var, **more):
    """This process's environment with VAR_DIR set and nothing of the test settings left in it."""
    ours = {"DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "HTTPS", "DEBUG", "PROXIES", "PGOPTIONS", "PORT"}
    ours.add("DJANGO_ALLOW_ASYNC_UNSAFE")  # of the browser tests
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    return kept | {"VAR_DIR": str(var), "WEB_PROCESS": "off", "ENV_FILE": os.devnull} | more


class Holder:
    """A process of its own that holds the embedded server of `var`."""

    def __init__(self, var, code=HOLDER, **more):
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=BASE_DIR,
            env=surroundings(var, **more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def up(self):
        """Wait until it holds the server."""
        line = self.process.stdout.readline()
        assert line == "up stp\n", self.process.communicate(timeout=60)
        return self

    def end(self, by=None):
        """Let it end, or end it by a signal, and wait; returns (exit status, standard error)."""
        if by:
            self.process.send_signal(by)
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


def server_pid(var):
    """The number of the server that runs on `var`, or None."""
    return Server(var).pid()


def stop_server(var):
    """Whatever a drill left behind ends, and is waited for."""
    server = Server(var)
    pid = server.pid()
    if pid:
        os.kill(pid, signal.SIGQUIT)
        assert server._until(lambda: not server._leftovers(), 20)


def run(var, *arguments, code=None, **more):
    """A finished Python process in the project: a module or file with arguments, or `code`."""
    command = [sys.executable, *(["-c", code] if code else arguments)]
    return subprocess.run(
        command,
        cwd=BASE_DIR,
        env=surroundings(var, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Portal:
    """A running portal, started by `command`; `said` is all that it has printed."""

    def __init__(self, var, command, port):
        self.address = f"http://127.0.0.1:{port}"
        self.log = var.parent / f"said-{time.monotonic_ns()}"
        # MAKEFLAGS: this test may itself run under make.
        environment = surroundings(var, PORT=str(port), MAKEFLAGS="", PYTHONUNBUFFERED="1")
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=BASE_DIR, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        until = time.monotonic() + 90
        while "The portal is at" not in self.said and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        assert f"The portal is at {self.address}/" in self.said

    @property
    def said(self):
        return self.log.read_text()

    def page(self, path):
        """(status, text) of a page."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def answers(self):
        try:
            return self.page("/healthz")[0] == 200
        except OSError:
            return False
