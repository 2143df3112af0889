"""How facts are written: `1,200 sq ft`, `9 March 2026`, `June 2021`. Plain text; markup is the templates' part."""

from django.utils import formats
from django.utils.translation import gettext as _


def dated(day, precision="day"):
    """A date as precisely as it is known: `9 March 2026`, `March 2026` or `2026`; empty for None."""
    if day is None:
        return ""
    if precision == "year":
        return str(day.year)
    if precision == "month":
        return formats.date_format(day, "F Y")
    return formats.date_format(day, "j F Y")


def sqft_text(area):
    """`1,200 sq ft`, a fraction only where there is one; empty for None."""
    if area is None:
        return ""
    text = f"{area:,.2f}".rstrip("0").rstrip(".")
    return _("%(area)s sq ft") % {"area": text}


def rupees_text(amount):
    """`Rs 1,234,567`, paisa only where there are some; empty for None."""
    if amount is None:
        return ""
    return _("Rs %(amount)s") % {"amount": f"{amount:,.2f}".removesuffix(".00")}


def floor_text(floor):
    """`Ground floor`, `Floor 3`, `Basement`, `Basement 2`."""
    if floor == 0:
        return _("Ground floor")
    if floor > 0:
        return _("Floor %(n)s") % {"n": floor}
    return _("Basement") if floor == -1 else _("Basement %(n)s") % {"n": -floor}
