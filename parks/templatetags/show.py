"""How facts are marked up on pages. A built-in of every template."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated, sqft_text

register = template.Library()
UNBROKEN = "\N{NO-BREAK SPACE}"


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


@register.simple_tag
def count_link(line, column):
    """A count of the register as a link to the rows behind it; a plain 0 where there are none."""
    count = line[column["key"]]
    if not count:
        return "0"
    query = urlencode({"programme": line["key"], **column["query"]})
    return format_html('<a href="{}?{}">{}</a>', reverse("parks:park-list"), query, number(count))
