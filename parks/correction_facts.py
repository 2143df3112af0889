"""What is known of each fact of a park that readers may report, in words, and how two such texts differ."""

import difflib
import hashlib

from django.utils.translation import gettext as _

from stp_portal.kit.words import dated, sqft_text

from .models import Park
from .models.correction import CorrectionFact

FACTS = dict(CorrectionFact.choices)
# Facts that are a row of their own, and those that nobody can write for a reporter: staff do it where it belongs.
AS_ROWS = frozenset({CorrectionFact.STAGE, CorrectionFact.AREA})
BY_HAND = frozenset({CorrectionFact.AGREEMENT, CorrectionFact.PHOTO, CorrectionFact.SUITES, CorrectionFact.OTHER})
COLUMNS = frozenset(CorrectionFact.values) - AS_ROWS - BY_HAND
SAME, GONE, NEW = "same", "gone", "new"


def said(park, fact, on):
    """What is known of `fact` on the day `on`, in words, one thing a line; "Not reported" for nothing.

    Empty for "something else", of which a page says nothing in particular.
    """
    if fact == CorrectionFact.OTHER:
        return ""
    lines = _LINES[fact](park, on) if fact in _LINES else _column_lines(park, fact)
    return "\n".join(lines) or _("Not reported")


def digest(words):
    """A short text that is another one as soon as `words` are."""
    return hashlib.sha256(words.encode()).hexdigest()


def difference(before, after):
    """The lines of two texts as pairs of a line and `SAME`, `GONE` or `NEW`, in order."""
    kinds = {" ": SAME, "-": GONE, "+": NEW}
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [(line[2:], kinds[line[0]]) for line in lines if line[0] in kinds]


def _column_lines(park, fact):
    field = Park._meta.get_field(fact)
    value = getattr(park, fact)
    if value in (None, ""):
        return []
    if isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    if field.choices:
        return [str(dict(field.flatchoices).get(value, value))]
    return str(value).splitlines()


def _stage_lines(park, _on):
    for event in park.stage_events.order_by("effective_on", "rank", "pk"):
        when = dated(event.on, event.on_precision) or _("known by %(day)s") % {"day": dated(event.known_by)}
        expected = f", {_('expected')}" if event.is_expected else ""
        yield ", ".join(filter(None, [f"{event.get_stage_display()}{expected}", when, event.note]))


def area_words(report):
    """An area report in a line: the figure, its kind, its source and date."""
    source = report.source and str(report.source.label)
    on = dated(report.reported_on, report.reported_on_precision)
    return ", ".join(filter(None, [f"{sqft_text(report.area_sqft)} ({report.get_kind_display()})", source, on]))


def _area_lines(park, _on):
    for report in park.area_reports.select_related("source"):
        yield f"{area_words(report)} – {_('shown on the page')}" if report.chosen else area_words(report)


def _agreement_lines(park, _on):
    for paper in park.agreements.order_by("signed_on", "pk"):
        signed = dated(paper.signed_on, paper.signed_on_precision)
        yield ", ".join(filter(None, [str(paper.get_kind_display()), ", ".join(paper.party_names), signed]))


def _photo_lines(park, _on):
    return [photo.alt for photo in park.photos.all()]


def _suite_lines(park, on):
    count = park.suites.in_service(on).count()
    return [_("%(n)s suites and desks in service") % {"n": f"{count:,}"}] if count else []


_LINES = {
    CorrectionFact.STAGE: _stage_lines,
    CorrectionFact.AREA: _area_lines,
    CorrectionFact.AGREEMENT: _agreement_lines,
    CorrectionFact.PHOTO: _photo_lines,
    CorrectionFact.SUITES: _suite_lines,
}
