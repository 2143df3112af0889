"""The table behind a staff list, as values for a file."""

from dataclasses import dataclass
from html import unescape
from itertools import chain, islice
from operator import attrgetter
from typing import Any

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from .sheets import plain

CHUNK = 500


@dataclass(frozen=True)
class FileColumn:
    """One column of a file: its heading, a function from a row to its plain value, and whether it holds text."""

    heading: str
    value: Any
    is_text: bool = False


@dataclass(frozen=True)
class Table:
    """What a list sends as a file: its name in records and file names, its columns, its rows as a queryset."""

    name: str
    title: str
    columns: tuple
    rows: models.QuerySet

    def header(self):
        """The headings."""
        return [column.heading for column in self.columns]

    def texts(self):
        """The places of the columns that hold text, from 0."""
        return frozenset(place for place, column in enumerate(self.columns) if column.is_text)

    def lines(self):
        """The rows, a list of values each, read by a cursor of the server: never more than a chunk is in memory.

        The first chunk is read at once, so that a database that does not answer is an error page rather than half
        a file.
        """
        rows = self.rows.iterator(CHUNK)
        first = list(islice(rows, CHUNK))
        return ([column.value(row) for column in self.columns] for row in chain(first, rows))


def table_of(model_admin, request, queryset):
    """The Table of a list: its `file_columns` as far as this person may have them, then those columns of the
    screen that are not among them. A column's `csv` attribute names the plain value (an attribute of the row)
    where the screen shows words."""
    # A column kept back for want of a right is none of the screen's either.
    known = {column.key for column in model_admin.file_columns} | {*model_admin.csv_exclude, "action_checkbox"}
    names = [name for name in model_admin.get_list_display(request) if name not in known]
    columns = (*columns_for(model_admin.file_columns, request.user), *(screen_column(model_admin, n) for n in names))
    queryset = model_admin.file_queryset(request, queryset)
    return Table(model_admin.opts.label_lower, str(model_admin.opts.verbose_name_plural), columns, queryset)


def columns_for(columns, user):
    """Those of some import columns that `user` may have, as a file's."""
    return tuple(
        FileColumn(str(column.label), column.of, column.is_text)
        for column in columns
        if not column.permission or user.has_perm(column.permission)
    )


def screen_column(model_admin, name):
    """A column of the screen as a file's."""
    heading = str(label_for_field(name, model_admin.model, model_admin))
    plain = getattr(getattr(model_admin, name, None), "csv", None)
    if plain:
        return FileColumn(heading, attrgetter(plain))
    field = next((field for field in model_admin.opts.fields if field.name == name), None)
    is_text = isinstance(field, models.CharField | models.TextField)
    return FileColumn(heading, lambda row: shown(model_admin, name, row), is_text)


def shown(model_admin, name, row):
    """One cell as the screen has it, without its markup; a choice in its words."""
    try:
        field, _attribute, value = lookup_field(name, row, model_admin)
    except ObjectDoesNotExist:
        return None
    if field is not None and field.flatchoices:
        return plain(dict(field.flatchoices).get(value, value))
    return plain(unescape(strip_tags(value)) if isinstance(value, SafeString) else value)
