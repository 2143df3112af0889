"""What all public views share."""

from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


def reading(view):
    """A page to read: any other method is 405, whether or not it brings a token."""
    return csrf_exempt(require_safe(view))
