#!/usr/bin/env python
"""Django's command line. It holds the database for as long as a command runs."""

import os
import signal
import sys

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
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
