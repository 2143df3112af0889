"""The file of digests: a line for each sealed day, `2026-11-22 <SHA-256> <events>`, that is only ever added to."""

import datetime as dt
import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from parks.models import SealedDay

LINE = re.compile(r"(\d{4}-\d{2}-\d{2}) ([0-9a-f]{64}) (\d{1,18})", re.ASCII)


class DigestFileError(Exception):
    """The file cannot be read, or lacks lines that it had; the message says what."""


@dataclass(frozen=True)
class Line:
    """What the file says of one day."""

    day: dt.date
    digest: str
    events: int

    def __str__(self):
        return f"{self.day.isoformat()} {self.digest} {self.events}"


def line_of(row):
    """The Line of a SealedDay."""
    return Line(row.day, row.digest, row.events)


def path():
    """Where the file is."""
    return Path(settings.HISTORY_DIGEST_FILE)


def read(file=None):
    """The lines of `file`, by default the configured one, in their order; none when there is no such file.

    Raises DigestFileError for a line that is none, and OSError when it may not be read.
    """
    try:
        texts = Path(file or path()).read_text("utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    lines = []
    for number, text in enumerate(texts, 1):
        if text.strip() and not _torn(text, texts[number:]):
            lines.append(_line(text.strip(), number))
    return lines


def _torn(text, following):
    """Whether a power cut tore this line: the next is the same, whole."""
    return not LINE.fullmatch(text) and bool(following) and following[0].startswith(text)


def _line(text, number):
    match = LINE.fullmatch(text)
    try:
        if match:
            return Line(dt.date.fromisoformat(match[1]), match[2], int(match[3]))
    except ValueError:
        pass
    raise DigestFileError(f"line {number} of the file cannot be read")


def append(row):
    """Add the line of a SealedDay, on the disk when this returns; readable by the portal's own user alone."""
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    new = not place.exists()
    handle = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(handle).st_size
        # After a torn line the next one begins at a margin of its own.
        lead = b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""
        os.write(handle, lead + f"{line_of(row)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def complete(newest):
    """Add the line of the newest SealedDay where that one alone is missing: a run was killed before it wrote it."""
    days = {line.day for line in read()}
    if newest.day not in days and (newest.day - dt.timedelta(days=1) in days or not newest.previous):
        append(newest)


def check_complete():
    """Raise DigestFileError when the file has no line for a sealed day: somebody took it away, or it was lost."""
    days = {line.day for line in read()}
    for day in SealedDay.objects.order_by("day").values_list("day", flat=True):
        if day not in days:
            raise DigestFileError(f"the file has no line for {day.isoformat()}: put it back from a copy or the mails")
