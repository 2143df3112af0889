"""A folder with the real register, changed cell by cell and loaded: for the tests of `load_register`."""

import csv
import io
import shutil
from pathlib import Path

import pghistory
import pytest
from django.core.management import CommandError, call_command

from parks.models import (
    AreaReport,
    City,
    HeadlineClaim,
    HostAgreement,
    HostInstitution,
    Incentive,
    Park,
    Source,
    StageEvent,
)

DATA = Path(__file__).resolve().parent.parent / "parks" / "data"
MODELS = (City, Source, HostInstitution, Park, StageEvent, HostAgreement, AreaReport, HeadlineClaim, Incentive)


def copied(folder):
    """A copy of the real register's files, in the test's own folder."""
    return Path(shutil.copytree(DATA, folder / "register"))


def load(*args):
    """Run the command and return what it printed."""
    printed = io.StringIO()
    call_command("load_register", *map(str, args), stdout=printed)
    return printed.getvalue()


def refusal(*args):
    """Run the command, which must refuse, and return what it printed."""
    printed = io.StringIO()
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_register", *map(str, args), stdout=printed)
    return printed.getvalue()


def rows_of(folder, file):
    with (folder / file).open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def write(folder, file, rows):
    with (folder / file).open("w", encoding="utf-8", newline="") as text:
        csv.writer(text).writerows(rows)


def edit(folder, file, row, **cells):
    """Change cells of a row, numbered as in a spreadsheet."""
    rows = rows_of(folder, file)
    for column, value in cells.items():
        rows[row - 1][rows[0].index(column)] = value
    write(folder, file, rows)


def append(folder, file, **cells):
    """Add a row, empty but for these cells; returns its number."""
    rows = rows_of(folder, file)
    write(folder, file, [*rows, [cells.get(column, "") for column in rows[0]]])
    return len(rows) + 1


def drop(folder, file, row):
    rows = rows_of(folder, file)
    del rows[row - 1]
    write(folder, file, rows)


def by_staff():
    """The history's context of a page that staff use."""
    return pghistory.context(user=1, url="/admin/")


def everything():
    """Every row of every table, and the number of events that history holds of them."""
    return [
        (model.__name__, list(model.objects.order_by("pk").values()), event_model(model).objects.count())
        for model in MODELS
    ]


def event_model(model):
    return model._meta.apps.get_model("parks", f"{model.__name__}Event")


def events_since(before, model):
    return event_model(model).objects.filter(pgh_id__gt=before).order_by("pgh_id")


def newest_event(model):
    return event_model(model).objects.order_by("-pgh_id").values_list("pgh_id", flat=True).first() or 0


def park(ref):
    return Park.objects.get(ref=ref)
