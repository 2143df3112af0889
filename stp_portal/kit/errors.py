"""Error pages in the portal's look. None of them asks the database, which may be the fault itself."""

import logging
import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger("stp.outage")
RETRY_SECONDS = "10"


def _page(request, template, status, **context):
    return HttpResponse(render_to_string(template, context, request), status=status)


def bad_request(request, exception=None):
    """400: the request could not be read."""
    return _page(None, "400.html", 400)


def forbidden(request, exception=None):
    """403: signed in, but without the right."""
    return _page(None, "403.html", 403)


def not_found(request, exception=None):
    """404: no such page, or not one that this person may know of."""
    return _page(None, "404.html", 404)


def server_error(request):
    """500: the fault is the portal's. Without request or context processors, since those may have failed.

    503 where it is the database's and a middleware met it first, as the one that looks for who is signed in.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable(error)
    return _page(None, "500.html", 500)


def unavailable(error):
    """503 with Retry-After: the database did not answer, or not in time."""
    logger.error("The database did not answer: %s", error)
    connection.close()  # the next request begins with a connection of its own
    response = _page(None, "503.html", 503)
    response["Retry-After"] = RETRY_SECONDS
    return response


def csrf_failure(request, reason=""):
    """403: a form came back without its token; what was typed is still in the browser."""
    return _page(None, "403_csrf.html", 403)


def outage(get_response):
    """Middleware: while the database does not answer, or not in time, a page says so with 503 and Retry-After."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        return unavailable(exception)

    middleware.process_exception = process_exception
    return middleware
