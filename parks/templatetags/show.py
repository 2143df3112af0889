"""How facts are marked up on pages. A built-in of every template."""

import re
from datetime import date
from html import escape
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.models import Park
from parks.models.correction import CorrectionFact
from parks.models.park import Programme
from parks.models.stage import Stage
from stp_portal.kit.words import dated, floor_text, rupees_text, sqft_text

register = template.Library()
UNBROKEN = "\N{NO-BREAK SPACE}"
PROGRAMMES, STAGES, FACTS = dict(Programme.choices), dict(Stage.choices), dict(CorrectionFact.choices)
# The filters that stand on every card escape by hand: format_html takes three times as long.


@register.filter
def day(value, precision="day"):
    """A date in words within a `time` element; nothing for an unknown date."""
    if value is None:
        return ""
    text = dated(value, precision)
    machine = {"year": f"{value:%Y}", "month": f"{value:%Y-%m}"}.get(precision, f"{value:%Y-%m-%d}")
    return SafeString(f'<time datetime="{machine}">{escape(text.replace(" ", UNBROKEN))}</time>')


@register.filter
def sqft(area):
    """An area in sq ft, the same in square metres as its title; nothing for an unknown area."""
    if area is None:
        return ""
    metres = _("%(area)s m²") % {"area": f"{float(area) * 0.09290304:,.0f}"}
    return SafeString(f'<span title="{escape(metres)}">{escape(sqft_text(area).replace(" ", UNBROKEN))}</span>')


@register.filter
def free_space(park):
    """What is free in a park, from the dict of a card: area, else seats, else the number of suites."""
    if park["free_suites"] is None:
        return not_reported()
    if park["free_suites"] == 0:
        return _("none free")
    if park["free_area_sqft"]:
        return sqft(park["free_area_sqft"])
    seats, suites = park["free_seats"], park["free_suites"]
    if seats:
        return ngettext("%(n)s seat", "%(n)s seats", seats) % {"n": f"{seats:,}"}
    return ngettext("%(n)s suite, area not reported", "%(n)s suites, area not reported", suites) % {"n": f"{suites:,}"}


@register.filter
def number(value):
    """A whole number with western groups: `1,234,567`."""
    return f"{value:,}"


@register.filter
def percent(part):
    """A part of 1 as `74 %`; neither 0 nor 100 stands for what only nearly is."""
    if part is None:
        return ""
    rounded = round(part * 100)
    if rounded == 0 and part > 0:
        text = _("under 1 %")
    elif rounded == 100 and part < 1:
        text = _("over 99 %")
    else:
        text = _("%(n)s %%") % {"n": rounded}
    return text.replace(" ", UNBROKEN)


@register.filter
def rupees(amount):
    """`Rs 1,234,567`, the paisa only where there are some; nothing for an unknown amount."""
    return rupees_text(amount).replace(" ", UNBROKEN)


@register.filter
def floor(value):
    """`Ground floor`, `Floor 3`, `Basement`."""
    return floor_text(value)


@register.filter
def bdi(value):
    """A name set apart from the direction of the text around it."""
    return SafeString(f"<bdi>{escape(str(value))}</bdi>") if value else ""


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


@register.filter
def programme_label(value):
    """What pages call a programme."""
    return PROGRAMMES.get(value, value)


@register.filter
def at(address, slug):
    """The address of a row: that of the slug `-` with its own slug, so that a list asks the router once."""
    return address.replace("/-/", f"/{slug}/")


@register.filter
def checkboxes(boxes, name):
    """The boxes of a filter, `facets.Choice` rows, in one string: a page has a hundred of them."""
    return SafeString(
        "".join(
            f'<label class="check{" none" if box.parks == 0 else ""}">'
            f'<input type="checkbox" name="{name}" value="{escape(box.value)}"{" checked" if box.ticked else ""}>'
            f"<span>{escape(str(box.label))}</span>"
            f"{_beside(box.parks)}</label>"
            for box in boxes
        )
    )


def _beside(parks):
    return "" if parks is None else f'<span class="num">{parks:,}</span>'


@register.filter
def stage_tag(facts):
    """A stage as a tag, and since when; `facts` as `with_stage_facts` annotates them, or None."""
    if not facts:
        return not_reported()
    stage, quiet = facts["stage"], ""
    if facts["on"]:
        when = day(date.fromisoformat(facts["on"]), facts["on_precision"])
        words = escape(_("since {day}")) if stage == Stage.OPERATIONAL else "{day}"
    else:
        when, quiet = day(date.fromisoformat(facts["known_by"])), " muted"
        words = escape(_("as on {day}") if stage == Stage.STATE_UNKNOWN else _("known by {day}"))
    label = escape(str(STAGES[stage]))
    when = words.format(day=when)
    return SafeString(f'<span class="tag tag-{stage}">{label}</span> <span class="since{quiet}">{when}</span>')


@register.simple_tag
def stage_of(event):
    """The stage of a StageEvent, written as on the cards."""
    return stage_tag(
        event
        and {
            "stage": event.stage,
            "on": event.on and event.on.isoformat(),
            "on_precision": event.on_precision,
            "known_by": event.known_by and event.known_by.isoformat(),
        }
    )


@register.filter
def without_tag(text):
    """A note without the programme in brackets that it opens with: the page says the programme itself."""
    return re.sub(r"^\s*\[[^\]]*\]\s*", "", text)


@register.simple_tag
def report(park, fact, label=None):
    """A quiet link to the form for a mistake in `fact` of `park`; its name says which fact, as `label` or its own."""
    return format_html(
        '<a class="fix" href="{}" rel="nofollow">{}<span class="hidden">: {}</span></a>',
        reverse("parks:correction-new", args=[park.slug, fact]),
        _("Report a mistake"),
        label or FACTS[fact],
    )


@register.inclusion_tag("components/coverage.html")
def coverage(on):
    """The date of the register and how many listed parks have a reported area. One query."""
    listed, with_area = Park.objects.coverage()
    return {"on": on, "listed": listed, "with_area": with_area}
