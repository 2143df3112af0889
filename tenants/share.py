"""A suite as a short plain text, for WhatsApp and SMS."""

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from parks.share import MOST_CHARACTERS, STEPS
from stp_portal.kit.text import SPACES, strip_unseen
from stp_portal.kit.words import dated, floor_text, rupees_text

from .words import suite_title


def share_text(suite, *, cost, words, address, on):
    """The text for `suite` in under 700 characters; ends in a line break.

    `cost` is its `Cost` or None, `words` say from when it is free. Names are cut in steps until the text fits.
    """
    for most in STEPS:
        text = "".join(
            f"{line}\n" for line in _lines(suite, most, cost=cost, words=words, address=address, on=on) if line
        )
        if len(text) <= MOST_CHARACTERS:
            return text
    return text


def _lines(suite, most, *, cost, words, address, on):
    def short(name):
        return Truncator(SPACES.sub(" ", strip_unseen(" ".join(str(name).split())))).chars(most)

    park = suite.park
    return [
        _("Demonstration: this suite does not exist.") if suite.demo else "",
        f"{suite_title(suite.kind, suite.number)}, {short(park.name)}",
        f"{short(park.city)}, {park.city.region_beside}" if park.city.region_beside else short(park.city),
        f"{floor_text(suite.floor)}, {suite.measure}",
        words,
        cost_text(cost),
        address,
        _("As the register has it on %(day)s.") % {"day": dated(on)},
    ]


def cost_text(cost):
    """What a month costs, in words."""
    if cost is None:
        return _("Rent on request")
    if cost.total is None:
        return _("Rent %(rent)s a month; service charge not reported") % {"rent": rupees_text(cost.rent)}
    return _("%(total)s a month with service charge") % {"total": rupees_text(cost.total)}
