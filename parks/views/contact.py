"""Whom to ask: what the settings say of it, and that they do not where they do not."""

from django.conf import settings
from django.shortcuts import render

from .base import reading


@reading
def contact(request):
    """The contact page."""
    number = settings.CONTACT_PHONE
    return render(
        request,
        "parks/contact.html",
        {
            "email": settings.CONTACT_EMAIL,
            "phone": number,
            "phone_link": f"tel:{number.replace(' ', '')}",
            "address": settings.CONTACT_ADDRESS,
            "hours": settings.CONTACT_HOURS,
        },
    )
