"""A park as plain text, to be passed on."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from parks.models import Park, StageEvent
from parks.share import share_text

from .base import reading


@reading
def park_share(request, slug):
    """One listed park in under 700 characters."""
    on = timezone.localdate()
    parks = Park.objects.listed().with_stage(on).with_area().select_related("city", "host")
    park = get_object_or_404(parks, slug=slug)
    event = StageEvent.objects.filter(pk=park.stage_event_id).first()
    address = request.build_absolute_uri(park.get_absolute_url())
    return HttpResponse(share_text(park, event, address, on), content_type="text/plain; charset=utf-8")
