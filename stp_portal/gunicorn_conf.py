"""How gunicorn serves the portal, in `make run` as in production: gunicorn -c stp_portal/gunicorn_conf.py."""

import os
import signal
import sys
from pathlib import Path

# gunicorn reads this file before it looks for the application, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stp_portal.settings")
os.environ["WEB_PROCESS"] = "on"  # time limits for sessions, see postgres.py

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import ThreadWorker

from stp_portal import folders, postgres

try:
    bind = f"127.0.0.1:{settings.PORT}"
    workers = settings.WEB_CONCURRENCY
except ImproperlyConfigured as error:
    sys.exit(str(error))


class QuitsAtOnce(ThreadWorker):
    """gunicorn's worker with threads, whose own `handle_quit` takes the lock of its thread pool.

    Ctrl-C reaches a worker twice, from the terminal and from gunicorn: the second time within the first the
    handler waited for a lock that it held itself, until gunicorn killed it ten seconds later. Leaving the pool
    alone loses nothing: the interpreter ends it on its way out.
    """

    def handle_quit(self, sig, frame):
        Worker.handle_quit(self, sig, frame)


wsgi_app = "stp_portal.wsgi:application"
chdir = str(settings.BASE_DIR)
worker_class = QuitsAtOnce
threads = 4
timeout = 30
graceful_timeout = 10
loglevel = "warning"
# Each worker may serve long; a leak somewhere must not add up for ever. The jitter keeps them apart.
max_requests = 20_000
max_requests_jitter = 2_000
control_socket_disable = True
# gunicorn believes any local client's X-Forwarded-Proto. Django alone decides, by PROXIES.
secure_scheme_headers = {}
forwarder_headers = ""


def on_starting(server):
    """Hold the database before the first worker. atexit lets go of it, also when the port is taken."""
    try:
        postgres.hold()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    # run.py blocks these while it turns into gunicorn; one that came meanwhile ends the process here.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})


def post_worker_init(worker):
    """Say where the portal is once it can answer, and not again when a worker is replaced."""
    if worker.age == 1:
        address = f"http://{bind}"
        folders.say(f"The portal is at {address}/ and the staff site at {address}/admin/ (Ctrl-C ends both).")
