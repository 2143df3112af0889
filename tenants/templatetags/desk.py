"""How the staff reports write money, changes and links."""

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _

from tenants.desk.base import link
from tenants.desk.processing import days_words
from tenants.desk.rent_roll import row_is_demo, state_words, tenant_of

register = template.Library()
register.filter("state_words", state_words)
register.filter("tenant_of", tenant_of)
register.filter("row_is_demo", row_is_demo)
register.filter("days_words", days_words)
UNBROKEN = "\N{NO-BREAK SPACE}"


@register.filter
def amount(value):
    """PKR for a column, always with paisas so that points stand below each other: `1,234,567.00`; nothing for None."""
    if value is None:
        return ""
    return f"{value:,.2f}"


@register.filter
def feet(value):
    """An area without its unit, for columns that name it: `1,200`; nothing for None."""
    if value is None:
        return ""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@register.filter
def percent(rate):
    """A rate from 0 to 1 as `87.5 %`; nothing for None."""
    if rate is None:
        return ""
    return f"{rate * 100:.1f}".removesuffix(".0") + f"{UNBROKEN}%"


@register.filter
def short_day(value):
    """A date for narrow columns, such as `9 Mar 2026`."""
    if value is None:
        return ""
    text = formats.date_format(value, "SHORT_DATE_FORMAT").replace(" ", UNBROKEN)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag
def staff_link(name, key, text):
    """`text` as a link to a staff page, or alone where the site has no such page; nothing without a text."""
    if not text:
        return ""
    address = link(name, key)
    if not address:
        return format_html("<bdi>{}</bdi>", text)
    return format_html('<a href="{}"><bdi>{}</bdi></a>', address, text)


@register.simple_tag
def demo_mark():
    """The word on a row that is invented, to show the portal."""
    return format_html('<span class="demo-mark">{}</span>', _("demonstration"))


@register.simple_tag
def rate_bar(rate):
    """A rate from 0 to 1 as a bar within its track; the number stands beside it in words."""
    return format_html(
        '<svg width="100%" height="14" focusable="false" aria-hidden="true"><rect class="bar-track" width="100%" '
        'height="14" rx="2"/><rect class="bar-part" width="{}%" height="14" rx="2"/></svg>',
        f"{rate * 100:.2f}",
    )
