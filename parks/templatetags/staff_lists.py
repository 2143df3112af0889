"""The cells of a staff list, each with the name of its column: a phone shows a row as lines of name and value."""

import re

from django import template
from django.utils.html import escape, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()
CELL = re.compile(r"<(t[dh])( [^>]*)?>(.*)</\1>", re.DOTALL)
ICON = re.compile(r'<img [^>]*icon-(?:yes|no|unknown)\.svg" alt="(True|False|None)"[^>]*>')
NOTHING = {"", "–", "-"}


@register.filter
def labelled(cells, headers):
    """The cells of a row of a staff list as Django renders them, with `data-label`, and `data-empty` where nothing
    is in one; yes and no in words. `headers` are the list's `result_headers`."""
    return mark_safe("".join(map(_labelled, cells, headers)))  # noqa: S308 - made of what was escaped, and escaped here


def _labelled(cell, header):
    found = CELL.fullmatch(cell.strip())
    if not found or "action-checkbox" in (found[2] or ""):
        return cell
    tag, attributes, inside = found[1], found[2] or "", ICON.sub(_word, found[3])
    label = escape(capfirst(strip_tags(str(header["text"]))))
    # Empty of words and of anything else that shows.
    empty = " data-empty" if inside.strip() in NOTHING else ""
    return f'<{tag}{attributes} data-label="{label}"{empty}>{inside}</{tag}>'


def _word(icon):
    return {"True": _("Yes"), "False": _("No"), "None": _("Unknown")}[icon[1]]
