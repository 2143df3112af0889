"""`make run`: what stands between a fresh clone and a portal that serves. Each step does only what is missing."""

import hashlib
import io
import os
import signal
import socket
import sys
from importlib import import_module

import django
from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stp_portal import postgres
from stp_portal.folders import say

# One number for all machines that start on the same database: the first prepares it, the others wait.
PREPARING = 0x53545031


def require_free(port):
    """Raise ImproperlyConfigured when this machine cannot serve on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise ImproperlyConfigured(
                f"Port {port} is not open to you: name one above 1023, such as `make run PORT=8001`."
            ) from None
        except OSError:
            raise ImproperlyConfigured(
                f"Port {port} is taken by another program: end that one, or name another port, "
                f"such as `make run PORT={port + 1 if port < 65_535 else 8000}`."
            ) from None


def migrate():
    """Bring the tables up to date; silent when they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Making the tables …")
        call_command("migrate", interactive=False, verbosity=0)


def collect_static():
    """Compress and stamp the static files into VAR_DIR when one of them has changed."""
    seen = hashlib.sha256(django.get_version().encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            seen.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode(errors="surrogateescape"))
    note = settings.VAR_DIR / "static.stamp"
    if settings.STATIC_ROOT.exists() and note.exists() and note.read_text() == seen.hexdigest():
        return
    say("Compressing the static files …")
    note.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)
    note.write_text(seen.hexdigest())


def load_register():
    """The real register where there is no park yet, and only then a small demonstration beside it."""
    parks, companies = apps.get_model("parks", "Park").objects, apps.get_model("tenants", "Company").objects
    was_empty = not parks.exists()
    call_command("load_register", if_empty=True)
    if was_empty and settings.DEMO_DATA and parks.exists() and not companies.exists():
        call_command("load_demo")


def prepare():
    """Tables, roles, the real register, on the first start a demonstration, a staff account, static files."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [PREPARING])
        if not cursor.fetchone()[0]:
            say("Waiting for another start on the same database …")
            cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
    migrate()
    # The history's own modules can be read only once the apps are there.
    through = import_module("stp_portal.kit.through")
    with through.source(through.COMMAND, command="make run"):
        call_command("sync_roles", stdout=io.StringIO())
        load_register()
        call_command("ensure_staff")
    collect_static()
    connection.close()


def main():
    """Prepare, then become gunicorn in the same process, so that a signal to it ends everything."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stp_portal.settings")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        require_free(settings.PORT)
        postgres.hold()
        postgres.check()
        django.setup()
        prepare()
    except (ImproperlyConfigured, CommandError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    sys.stdout.flush()
    # Between here and gunicorn's own hold() a signal would leave the database without a keeper.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    os.chdir(settings.BASE_DIR)
    command = [sys.executable, "-m", "gunicorn", "-c", "stp_portal/gunicorn_conf.py"]
    os.execv(sys.executable, command)  # noqa: S606


if __name__ == "__main__":
    main()
