"""What all public views share."""

from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from parks.models.park import Programme


def reading(view):
    """A page to read: any other method is 405, whether or not it brings a token."""
    return csrf_exempt(require_safe(view))


def by_programme(counts):
    """Lines of label and parks from counts by programme, in the order of the list, without the empty ones."""
    return [{"label": label, "parks": counts[key]} for key, label in Programme.choices if counts.get(key)]
