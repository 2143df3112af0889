"""The difference of an import as a workbook: what is new, changed, refused and unchanged, and what it is about."""

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from stp_portal.kit.xlsx import send_xlsx
from tenants.importing.headers import name_of
from tenants.importing.kinds import KINDS
from tenants.models.batch import LEFT_OUT, Outcome

from .import_shown import Sight, count_of

CHUNK = 500


def send_report(batch, user):
    """A response with the report, read row by row."""
    sight = Sight(batch, user)
    labels = _labels(batch, sight)
    row, what = _("Row"), _("What")
    return send_xlsx(
        f"import-{batch.pk}-report.xlsx",
        [
            (
                _("Refused"),
                [row, what, _("Column"), _("Value"), _("Reason"), _("What would be accepted")],
                _problems(batch, sight, Outcome.REFUSED),
            ),
            (_("Changed"), [row, what, _("Column"), _("In the register"), _("In the file")], _changes(batch, sight)),
            (_("New"), [row, what, *labels, _("Beside")], _new(batch, sight, labels)),
            (_("Unchanged"), [row, what], _unchanged(batch)),
            (_("Warnings"), [row, what, _("Column"), _("Value"), _("Warning"), _("Note")], _warnings(batch, sight)),
            (_("About"), [_("What"), _("Value")], _about(batch)),
        ],
    )


def _rows(batch, *outcomes):
    return batch.rows.filter(outcome__in=outcomes).order_by("number").iterator(chunk_size=CHUNK)


def _labels(batch, sight):
    """Names of the columns that the file gives, in the register's order, as far as they may be seen."""
    given = {key for key in batch.mapping.values() if key != LEFT_OUT}
    columns = [column for column in KINDS[batch.kind].columns if column.key in given and not column.derived]
    return [str(capfirst(column.label)) for column in columns if name_of(column.label) not in sight.labels]


def _problems(batch, sight, *outcomes):
    for found in _rows(batch, *outcomes):
        shown = sight.row(found)
        for problem in shown.problems:
            yield [shown.number, shown.label, *problem]


def _warnings(batch, sight):
    return _problems(batch, sight, Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)


def _changes(batch, sight):
    for found in _rows(batch, Outcome.CHANGED):
        shown = sight.row(found)
        for change in shown.changes:
            yield [shown.number, shown.label, *change]


def _new(batch, sight, labels):
    """A line a row, its values under their columns; what no column of the file says stands at the end."""
    for found in _rows(batch, Outcome.NEW):
        shown = sight.row(found)
        values = {capfirst(label): new for label, _old, new in shown.changes}
        beside = "; ".join(f"{label}: {new}" for label, new in values.items() if label not in labels)
        yield [shown.number, shown.label, *(values.get(label) for label in labels), beside or None]


def _unchanged(batch):
    for found in _rows(batch, Outcome.UNCHANGED):
        yield [found.number, found.label]


def _about(batch):
    def when(moment):
        return date_format(localtime(moment), "j F Y H:i") if moment else None

    yield [_("File"), batch.filename]
    yield [_("Sheet"), batch.sheet or None]
    yield [_("Checksum (SHA-256)"), batch.checksum]
    yield [_("What"), batch.get_kind_display()]
    yield [_("State"), batch.get_state_display()]
    yield [_("Where this is from"), batch.reason or None]
    for outcome in Outcome:
        yield [_("Rows: %(outcome)s") % {"outcome": outcome.label}, count_of(batch, outcome)]
    for words, person, moment in (
        (_("Uploaded"), batch.created_by, batch.created_at),
        (_("Applied"), batch.applied_by, batch.applied_at),
        (_("Undone"), batch.undone_by, batch.undone_at),
    ):
        if moment:
            yield [words, _("%(day)s by %(who)s") % {"day": when(moment), "who": person.get_username()}]
