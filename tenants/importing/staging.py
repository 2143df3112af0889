"""An uploaded file becomes a batch, and its sheet becomes rows with clean values. Nothing of the register is asked."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from stp_portal.kit.columns import CNIC, BadCell
from stp_portal.kit.text import ascii_digits, clean_line
from tenants.actions.errors import Refused
from tenants.models import ImportBatch, ImportRow
from tenants.models.batch import LEFT_OUT, ImportState, Outcome

from .headers import unit_of
from .kinds import KINDS, may_import
from .planning import CHUNK
from .reading import Unreadable, open_source

# Beside the column keys in `ImportRow.values`: [key, text, reason, what is accepted] of cells that cannot be read.
UNREADABLE = "!"
MOST_TEXT = 200


def receive(kind, upload, by):
    """A new batch of `kind` from an uploaded file: stored, with its checksum and the names of its sheets.

    Raises Unreadable for a file that is no table, and Refused to who may not import such files.
    """
    require_right(by, kind)
    upload.seek(0)
    checksum = hashlib.sha256()
    while piece := upload.read(1 << 16):
        checksum.update(piece)
    name = clean_line(upload.name)[-ImportBatch._meta.get_field("filename").max_length :] or _("no name")
    with open_source(upload, name) as source:
        sheets = list(source.sheets)
    if not sheets:
        raise Unreadable(_("The file has no rows."))
    upload.seek(0)
    batch = ImportBatch(
        kind=kind,
        filename=name,
        checksum=checksum.hexdigest(),
        size_bytes=upload.size,
        sheets=sheets,
        sheet=sheets[0] if len(sheets) == 1 else "",
        created_by=by,
    )
    batch.file.save(name, upload, save=False)
    try:
        batch.save(force_insert=True)
    except Exception:
        batch.file.delete(save=False)
        raise
    batch.refresh_from_db(fields=["created_at"])
    return batch


def applied_before(batch, user, today):
    """The newest applied import, among those that `user` may see, of the same kind of rows from the same file."""
    same = ImportBatch.objects.scope_for(user, today).filter(
        checksum=batch.checksum, kind=batch.kind, state=ImportState.APPLIED
    )
    return same.exclude(pk=batch.pk).order_by("-applied_at").first()


def require_right(user, kind):
    """Refuse a `user` who may not import files of `kind`."""
    if not may_import(user, kind):
        raise Refused(_("You may not import these rows."))


def locked_batch(batch, *states, says):
    """The batch's row, locked, in one of `states`; else Refused with `says`."""
    found = ImportBatch.objects.select_for_update(of=("self",)).filter(pk=batch.pk).first()
    if found is None or found.state not in states:
        raise Refused(says)
    return found


@transaction.atomic
def stage(batch, by):
    """Read the batch's sheet by its header row and mapping into rows; returns how many there are.

    Rows staged before go. Raises Refused while a heading has no column, and Unreadable.
    """
    require_right(by, batch.kind)
    locked_batch(
        batch,
        ImportState.UPLOADED,
        ImportState.REVIEWED,
        says=_("This import has been applied or discarded: upload the file again."),
    )
    reader = _Reader(batch, by)
    batch.rows.all()._raw_delete(batch.rows.db)
    count, chunk = 0, []
    with batch.file.open("rb") as file, open_source(file, batch.filename) as source:
        for row in source.rows(batch.sheet):
            if row.number <= batch.header_row:
                continue
            read = reader.row(row)
            if read is None:
                continue
            chunk.append(read)
            count += 1
            if len(chunk) == CHUNK:
                ImportRow.objects.bulk_create(chunk)
                chunk = []
        ImportRow.objects.bulk_create(chunk)
    if not count:
        raise Refused(_("There is no row below the headings."))
    batch.state = ImportState.UPLOADED
    batch.digest = ""
    batch.rows_new = batch.rows_changed = batch.rows_unchanged = batch.rows_refused = None
    batch.save(
        update_fields=(
            *("sheet", "header_row", "columns", "mapping", "empties", "mode", "reason", "state", "digest"),
            *("rows_new", "rows_changed", "rows_unchanged", "rows_refused"),
        )
    )
    return count


class _Reader:
    """Rows of one sheet, by its mapping."""

    def __init__(self, batch, by):
        self.batch = batch
        self.planner = KINDS[batch.kind].planner
        if batch.header_row is None:
            raise Refused(_("Say which row has the headings."))
        known = KINDS[batch.kind].by_key
        self.columns = []
        for place, heading in enumerate(batch.columns):
            key = batch.mapping.get(str(place), "")
            if key == LEFT_OUT:
                continue
            if key not in known:
                raise Refused(
                    _("The column “%(heading)s” is not known: choose what it is, or that it is not imported.")
                    % {"heading": heading or place + 1}
                )
            column = known[key]
            if column.derived:
                continue
            if column.permission and not _may_write(by, column.permission):
                raise Refused(
                    _("You may not import the column “%(heading)s”: choose that it is not imported.")
                    % {"heading": heading}
                )
            self.columns.append((place, column, unit_of(heading)))
        keys = [column.key for _place, column, _unit in self.columns]
        if len(keys) != len(set(keys)):
            raise Refused(_("Two columns are said to be the same: choose one of them."))
        if not keys:
            raise Refused(_("No column is imported: choose at least one."))

    def row(self, row):
        """The ImportRow of a row of the file; None when all that is imported of it is empty."""
        values, packed, unreadable = {}, {}, []
        for place, column, unit in self.columns:
            cell = row.cells[place] if place < len(row.cells) else None
            if cell is None:
                packed[column.key] = None
                continue
            try:
                value = column.read(cell, unit)
            except BadCell as error:
                secret = error.secret or CNIC.search(ascii_digits(cell.text))
                text = _("(not shown)") if secret else cell.text[:MOST_TEXT]
                unreadable.append([column.key, text, error.reason, error.accepts])
                continue
            values[column.key] = value
            packed[column.key] = None if value is None else column.pack(value)
        if not unreadable and all(value is None for value in packed.values()):
            return None
        if unreadable:
            packed[UNREADABLE] = unreadable
        group = self.planner.group_of({key: value for key, value in values.items() if value is not None})
        return ImportRow(
            batch=self.batch,
            number=row.number,
            group=group,
            values=packed,
            # Until the review knows better; nobody is shown it.
            outcome=Outcome.REFUSED if unreadable else Outcome.UNCHANGED,
            problems=[list(each) for each in unreadable],
        )


def _may_write(user, permission):
    """Whether who may see a column by `permission` may also fill it."""
    app, _dot, codename = permission.partition(".")
    _verb, _line, model = codename.partition("_")
    return all(user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "add", "change"))


@transaction.atomic
def discard(batch, by):
    """Put an import aside that was not applied; its rows go, the file and the record stay. Raises Refused."""
    require_right(by, batch.kind)
    found = locked_batch(
        batch,
        ImportState.UPLOADED,
        ImportState.REVIEWED,
        says=_("Only an import that was not applied can be discarded; an applied one is undone."),
    )
    found.rows.all()._raw_delete(found.rows.db)
    found.state = ImportState.DISCARDED
    found.save(update_fields=["state"])
    batch.state = found.state
