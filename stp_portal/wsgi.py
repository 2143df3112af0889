"""The WSGI application. It starts nothing: the database is held by whoever runs the server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stp_portal.settings")
application = get_wsgi_application()
