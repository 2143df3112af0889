"""A park as a short plain text, for WhatsApp and SMS."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from stp_portal.kit.text import SPACES, strip_unseen
from stp_portal.kit.words import dated, sqft_text

# Under 700 characters in all. Longer names are cut in steps until the text fits; the address never is.
MOST_CHARACTERS = 699
STEPS = (120, 60, 30)


def share_text(park, event, address, on):
    """The text for `park` with `reported_area_sqft`; `event` is its stage event or None; ends in a line break.

    Names, city, stage with its date, area, where to search, the page's address, the date of the register.
    """
    for most in STEPS:
        lines = _lines(park, event, address, on, most)
        # The last resort leaves out what the page itself says better.
        for kept in (lines, [line for line in lines if line[0]]):
            text = "".join(f"{words}\n" for _needed, words in kept if words)
            if len(text) <= MOST_CHARACTERS:
                return text
    return text


def _lines(park, event, address, on, most):
    """Pairs of (whether it is needed, words) with names of at most `most` characters."""

    def short(name):
        return Truncator(SPACES.sub(" ", strip_unseen(" ".join(str(name).split())))).chars(most)

    city = short(park.city)
    area = _("Covered area, as reported: %(area)s") % {"area": sqft_text(park.reported_area_sqft) or _("not reported")}
    return [
        (True, short(park.name)),
        (True, f"{city}, {park.city.region_beside}" if park.city.region_beside else city),
        (True, stage_text(event)),
        (False, area),
        (False, _directions(park, short(park.host or park.name), city)),
        (True, address),
        (True, _("As the register has it on %(day)s.") % {"day": dated(on)}),
    ]


def stage_text(event):
    """A stage event in words with its date as far as that is known."""
    if event is None:
        return _("Stage: not reported")
    words = {"stage": event.get_stage_display()}
    if event.on:
        return _("Stage: %(stage)s, %(day)s") % {**words, "day": dated(event.on, event.on_precision)}
    words["day"] = dated(event.known_by)
    if event.stage == "state_unknown":
        return _("Stage: %(stage)s, as on %(day)s") % words
    return _("Stage: %(stage)s, date not reported; known by %(day)s") % words


def _directions(park, host, city):
    if park.is_surveyed:
        return _("Find it: %(latitude)s, %(longitude)s (surveyed)") % {
            "latitude": park.latitude,
            "longitude": park.longitude,
        }
    return _("Find it: search a map for “%(host)s, %(city)s”; the exact place is not surveyed.") % {
        "host": host,
        "city": city,
    }
