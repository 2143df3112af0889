"""The files of a folder as rows to load, checked one by one and against each other. Asks no database."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from parks.models import City, Park

from . import files
from .cells import Cells
from .report import Problem
from .tables import CITIES, FILES, HOSTS, PARKS, SOURCES, Ref, Row, Table, read_host, read_source


class BadFolder(Exception):
    """The folder cannot be read at all; the message is a sentence for people."""


@dataclass
class Parsed:
    """Good rows by table, and what is wrong with the others."""

    rows: dict[Table, list[Row]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def parse(folder):
    """Read and check every file of `folder` (a Path). Raises BadFolder when a file is missing."""
    _require_files(folder)
    parsed = Parsed()
    shared = {SOURCES: {}, HOSTS: {}}
    # Every key that a file names, bad rows included: a bad park is one problem, not one for each event.
    named = {}
    for table in FILES:
        path = folder / table.file
        if not table.required and not path.exists():
            continue
        try:
            text_rows, problems = files.read(path, table.header)
        except OSError as error:
            reason = error.strerror or _("reading failed")
            raise BadFolder(_("%(file)s cannot be read: %(why)s.") % {"file": path, "why": reason}) from error
        parsed.problems += problems
        readable = bool(text_rows) or not problems
        parsed.rows[table] = _read_table(table, text_rows, parsed, shared)
        if table.model in {City, Park}:
            # A file that could not be read names nothing: what refers to it is not to blame.
            named[table.model] = _named(table, text_rows) if readable else None
    parsed.rows |= {table: list(rows.values()) for table, rows in shared.items()}
    for table in parsed.rows:
        _check_refs(table, parsed, named)
    return parsed


def _require_files(folder):
    if not folder.is_dir():
        raise BadFolder(_("There is no folder %s.") % folder)
    missing = [table.file for table in FILES if table.required and not (folder / table.file).exists()]
    if missing:
        values = {"folder": folder, "files": ", ".join(missing)}
        raise BadFolder(_("The folder %(folder)s lacks %(files)s.") % values)


def _read_table(table, text_rows, parsed, shared):
    found, numbers = [], {}
    for text_row in text_rows:
        cells = Cells(table.file, text_row)
        key, values = table.read(cells)
        source = None if table is CITIES else read_source(cells, dated=table is PARKS)
        host = read_host(cells) if table is PARKS else None
        # The parts of a key that could not be read have their problem already.
        if all(part not in (None, "") for part in key):
            first = numbers.setdefault(key, text_row.number)
            if first != text_row.number:
                column = table.columns[table.key[0].removesuffix("_id")]
                cells.bad(column, _("Row %d has the same key.") % first)
        if not cells.problems:
            found.append(Row(table.file, text_row.number, key, values))
            for other, read in ((SOURCES, source), (HOSTS, host)):
                if read:
                    _share(other, shared[other], Row(table.file, text_row.number, *read), cells)
        parsed.problems += cells.problems
    return found


def _share(table, known_rows, row, cells):
    """Note a host or source that several rows may name. What they say of it must agree; silence agrees."""
    known = known_rows.setdefault(row.key, row)
    if known is row:
        return
    for unit in {table.unit_of(name) for name in row.values if name not in table.key}:
        before, now = ([each.values[name] for name in unit] for each in (known, row))
        if not any(before):
            known.values.update(zip(unit, now, strict=True))
            known.file, known.number = row.file, row.number
        elif any(now) and before != now:
            where = {"file": known.file, "row": known.number, "value": before[0]}
            reason = _("%(file)s, row %(row)d says “%(value)s” of the same one.") % where
            cells.bad(table.columns[unit[0]], reason)


def _named(table, text_rows):
    if table is CITIES:
        return {(row.cells["name"].casefold(), row.cells["region"]) for row in text_rows}
    return {(row.cells["ref"],) for row in text_rows}


def _check_refs(table, parsed, named):
    """Every city must be in cities.csv and every `ref` in parks.csv; rows that name others are dropped."""
    good = []
    for row in parsed.rows[table]:
        unknown = [
            (name, value)
            for name, value in row.values.items()
            if isinstance(value, Ref) and named.get(value.model) is not None and value.key not in named[value.model]
        ]
        for name, value in unknown:
            column = table.columns[name]
            where = _("This city is not in cities.csv in the row's region.")
            reason = where if value.model is City else _("This ref is not in parks.csv.")
            parsed.problems.append(Problem(row.file, row.number, column, value.words, reason))
        if not unknown:
            good.append(row)
    parsed.rows[table] = good
