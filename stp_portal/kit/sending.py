"""What the pages with a form to send share: nobody keeps a copy, and a limit by the hour."""

import math

from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from . import throttle


def uncached(request, template, context, status=200):
    """A page of which nobody keeps a copy."""
    response = render(request, template, context, status=status)
    patch_cache_control(response, private=True, no_cache=True)
    return response


def secret_page(request, template, context, status=200):
    """A page whose address is the key to it: nobody keeps a copy, no search engine and no other site learns it.

    Not `no-referrer`: browsers then hide the origin of the page's own forms, which are refused as if foreign.
    """
    return secret(render(request, template, context, status=status))


def secret(response):
    """The response with the headers of a page whose address is the key to it."""
    patch_cache_control(response, private=True, no_store=True)
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response


def too_many(form, moment, page):
    """429: what was typed stays, and the page says when to try again. `page(status=…)` renders the form."""
    again = throttle.hour_of(moment) + throttle.HOUR
    form.add_error(
        None,
        _(
            "Many forms came from your network within this hour, so this one was not sent. What you typed is still "
            "here: send it again after %(time)s."
        )
        % {"time": timezone.localtime(again).strftime("%H:%M")},
    )
    response = page(status=429)
    response["Retry-After"] = str(math.ceil((again - moment).total_seconds()))
    return response
