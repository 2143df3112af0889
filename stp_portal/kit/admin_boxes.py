"""What the boxes of the staff forms ask while somebody types."""

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied


class BoxAnswers(AutocompleteJsonView):
    """As Django's, but a relation from the other side, which no form has, is refused like any other forged name."""

    def process_request(self, request):
        """What is asked for; PermissionDenied when no box asks so."""
        asked = super().process_request(request)
        source_field = asked[2]
        if not source_field.concrete:
            raise PermissionDenied
        return asked
