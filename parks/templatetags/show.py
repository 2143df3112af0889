"""How facts are written on pages: `1,200 sq ft`, `9 March 2026`, `June 2021`. A built-in of every template."""

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

register = template.Library()
UNBROKEN = "\N{NO-BREAK SPACE}"


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
    """`1,200 sq ft` with spaces that do not break; a fraction only where there is one; empty for None."""
    if area is None:
        return ""
    text = f"{area:,.2f}".rstrip("0").rstrip(".")
    return _("%(area)s sq ft") % {"area": text}


@register.filter
def day(value, precision="day"):
    """A date in words within a `time` element; nothing for an unknown date."""
    if value is None:
        return ""
    text = dated(value, precision)
    machine = {"year": f"{value:%Y}", "month": f"{value:%Y-%m}"}.get(precision, f"{value:%Y-%m-%d}")
    return format_html('<time datetime="{}">{}</time>', machine, text.replace(" ", UNBROKEN))


@register.filter
def sqft(area):
    """An area in sq ft, the same in square metres as its title; nothing for an unknown area."""
    if area is None:
        return ""
    metres = _("%(area)s m²") % {"area": f"{float(area) * 0.09290304:,.0f}"}
    return format_html('<span title="{}">{}</span>', metres, sqft_text(area).replace(" ", UNBROKEN))


@register.filter
def number(value):
    """A whole number with western groups: `1,234,567`."""
    return f"{value:,}"


@register.filter
def bdi(value):
    """A name set apart from the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", value) if value else ""


@register.filter
def known(value):
    """`Yes` or `No`; "not reported" for None."""
    if value is None:
        return not_reported()
    return _("Yes") if value else _("No")


@register.simple_tag
def not_reported():
    """What stands where a fact is unknown: never a zero, never a blank."""
    return format_html('<span class="muted">{}</span>', _("Not reported"))


@register.filter
def paragraphs(text):
    """Text with its line breaks kept as paragraphs, escaped."""
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return mark_safe("".join(format_html("<p>{}</p>", line) for line in lines))  # noqa: S308 - parts are escaped


@register.inclusion_tag("components/source.html")
def source(item, on=None, precision="day", label=None):
    """The small print under a fact: its publication and date."""
    return {"source": item, "on": on, "precision": precision or "day", "label": label}


@register.simple_tag
def photo_url(photo, width, kind):
    """The address of one file of a photo."""
    return photo.url(width, kind)
