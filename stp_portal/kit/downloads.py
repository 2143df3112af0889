"""What every download shares: its formats, the filter it was made under in words, the line that the log gets."""

import logging

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .listing import query_with
from .text import clean_line

logger = logging.getLogger("stp.downloads")

FORMATS = {"csv": gettext_lazy("CSV"), "xlsx": gettext_lazy("Excel")}
MOST_FILTERS = 1000
# Parameters that say which page is shown or which file is made, not which rows are in it.
NO_FILTERS = frozenset({"format", "part", "page", "p", "e", "all"})
MOST_KIND = 20


def asked_format(request):
    """The format that the address asks for, in small letters; empty for the page."""
    return request.GET.get("format", "").strip().lower()


def refused(kind, sentences=(), formats=FORMATS):
    """400 in plain sentences: what is wrong, and a format that is none of `formats`."""
    sentences = [*sentences]
    if kind not in {"", *formats}:
        sentences.append(_("Format must be one of these: %s.") % ", ".join(formats))
    return HttpResponse("\n".join([*sentences, ""]), status=400, content_type="text/plain; charset=utf-8")


def download_links(params, **changes):
    """(label, link) of each format for the rows that `params` asks for."""
    return [(label, query_with(params, **changes, format=key)) for key, label in FORMATS.items()]


def filters_of(params, ticked=None):
    """The filters of an address in words, such as `q: arfa; stage: operational`, at most 1,000 characters.

    `ticked` is how many rows were chosen by hand, None for all of the list.
    """
    told = [
        f"{clean_line(name)}: {clean_line(value)}"
        for name, values in params.lists()
        if name not in NO_FILTERS
        for value in values
        if value.strip()
    ]
    if ticked is not None:
        told.append(_("only ticked rows: %(n)s") % {"n": ticked})
    return "; ".join(told)[:MOST_FILTERS]


def log_download(request, name, kind, rows):
    """One line of the log for a download that the public made: the list, its format, how many rows, the filter."""
    facts = {"list": name, "format": kind[:MOST_KIND], "rows": rows, "filter": filters_of(request.GET)}
    logger.info("download %s %s: %s rows", name, facts["format"], rows, extra={"facts": facts})
