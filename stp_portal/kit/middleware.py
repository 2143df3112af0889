"""What every response carries, and what no request may be."""

import re
import secrets

from django.http import HttpResponseNotAllowed

from .logs import request_id

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Features that no page uses; a script that gets in cannot ask for them either.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
# Control characters and what could not be decoded: no address of the portal has them.
NO_ADDRESS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")
NOWHERE = "/404/"
# For an answer that no other middleware sees.
BARE = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff"}
STAFF = "/admin/"


def headers(get_response):
    """Gives each request an id, refuses other methods (405) and impossible paths (404), sets the headers."""

    def middleware(request):
        request.id = secrets.token_hex(8)
        # Not taken back at the end: Django logs a refused request after the last middleware has returned.
        request_id.set(request.id)
        staff = request.path_info.startswith(STAFF)
        if request.method not in METHODS:
            response = HttpResponseNotAllowed(METHODS, headers=BARE)
        else:
            if NO_ADDRESS.search(request.path_info):
                # On through the stack under an address that no route has: the page keeps its look.
                request.path_info = request.path = NOWHERE
            response = get_response(request)
        response["X-Request-ID"] = request.id
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if staff:
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware
