#!/usr/bin/env python
"""Django's command line. It holds the database for as long as a command runs."""

import contextlib
import importlib
import os
import signal
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from stp_portal import postgres

# These read and write files only; `help` is also what no argument at all means.
WITHOUT_DATABASE = {"help", "--help", "-h", "version", "--version", "makemessages", "compilemessages", "collectstatic"}


def main():
    """Run the command; what is wrong with the settings or the server comes out as one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stp_portal.settings")
    # Python's own answer to SIGTERM skips atexit, which would leave the database running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        settings.DATABASES  # noqa: B018
        if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE:
            postgres.hold()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    with _source():
        execute_from_command_line(sys.argv)


def _source():
    """What the command changes is told in the history to come from it."""
    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_DATABASE:
        return contextlib.nullcontext()
    # The history's own modules can be read only once the apps are there.
    django.setup()
    through = importlib.import_module("stp_portal.kit.through")
    return through.source(through.COMMAND, command=sys.argv[1])


if __name__ == "__main__":
    main()
