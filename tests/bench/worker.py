"""One process for one data set: its database, its portal, and the time that single requests take in it.

A process of its own for each, since whatever the portal keeps in memory belongs to one database.
"""

import contextlib
import gzip
import io
import resource
import signal
import time
import tracemalloc
from collections import namedtuple

import django
import psycopg2
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

# What is known of one page at one size, beside its times.
Facts = namedtuple("Facts", "queries length zipped floor_length memory")
FIXED = "/bench/fixed/"


def connect(data_set):
    """Load the portal with the floors beside it, on the database of this data set; returns its name."""
    name = f"bench_{data_set.lower()}"
    settings.DATABASES["default"] |= {"NAME": name}
    settings.ROOT_URLCONF = "tests.bench.urls"
    django.setup()
    return name


def prepare(pipe, data_set):
    """Have the data set's database migrated and filled: made once, kept, and made anew when it is stale."""
    with told(pipe):
        name = connect(data_set)
        from tests.bench import sets  # noqa: PLC0415 - models need the settings first

        made = create(name)
        call_command("migrate", interactive=False, verbosity=0)
        if not made and not sets.is_filled(data_set):
            connection.close()
            create(name, anew=True)
            call_command("migrate", interactive=False, verbosity=0)
        sets.fill(data_set)
        pipe.send(("ready", None))


@contextlib.contextmanager
def told(pipe):
    """What goes wrong is told to the parent, which ends; Ctrl-C is the parent's alone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    except Exception as error:
        with contextlib.suppress(OSError):
            pipe.send(("error", f"{type(error).__name__}: {error}"))


def create(name, anew=False):
    """Make the database, after dropping the old one if `anew`; returns whether it was made."""
    found = settings.DATABASES["default"]
    server = psycopg2.connect(host=found["HOST"], port=found["PORT"], user=found["USER"], dbname="postgres")
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            if anew:
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if cursor.fetchone():
                return False
            cursor.execute(f'CREATE DATABASE "{name}"')
            return True
    finally:
        server.close()


class Client:
    """Requests to the portal's WSGI application in this process: all of its middleware, no network."""

    def __init__(self):
        self.application = WSGIHandler()

    def get(self, address, encoding="", cookie=""):
        """(seconds, status, body) of one GET, signed in by `cookie`. The time includes closing, as on a server."""
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_ACCEPT_ENCODING": encoding,
            "HTTP_COOKIE": cookie,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        answer = []
        began = time.perf_counter()
        response = self.application(environ, lambda status, headers, *_: answer.append(status))
        try:
            body = b"".join(response)
        finally:
            response.close()
        return time.perf_counter() - began, int(answer[0].split()[0]), body


def facts(client, page):
    """Query count, bytes, compressed bytes, the floor's bytes and the peak memory of one request, untimed."""
    client.get(page.ours, cookie=page.cookie)
    with CaptureQueriesContext(connection) as queries:
        _, status, body = client.get(page.ours, cookie=page.cookie)
    # Now, since the next request empties the log.
    count = len(queries)
    if status != 200:
        raise RuntimeError(f"{page.ours} answers {status}.")
    _, status, floor = client.get(page.floor, cookie=page.cookie)
    if status != 200:
        raise RuntimeError(f"{page.floor} answers {status}.")
    tracemalloc.start()
    client.get(page.ours, cookie=page.cookie)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Level 6 as in Django's middleware, whose length is blurred on purpose.
    return Facts(count, len(body), len(gzip.compress(body, 6)), len(floor), memory)


def serve(pipe, data_set, encoding):
    """Answer the parent: first the facts of each page, then one round of times for each request, until None.

    A round is a list of (ours, floor, fixed) in seconds, a tuple a page, in the order of the pages.
    """
    with told(pipe):
        connect(data_set)
        from tests.bench import sets  # noqa: PLC0415 - models need the settings first

        client = Client()
        known = sets.pages(data_set)
        pipe.send(("ready", [(page.name, facts(client, page)) for page in known]))
        while pipe.recv():
            times = [
                (
                    client.get(page.ours, encoding, page.cookie)[0],
                    client.get(page.floor, encoding, page.cookie)[0],
                    client.get(FIXED, encoding)[0],
                )
                for page in known
            ]
            pipe.send(("times", times))
        pipe.send(("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
