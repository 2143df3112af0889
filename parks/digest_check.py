"""Whether the history still is what was sealed: every day computed anew, against the table and the file."""

import datetime as dt
from dataclasses import dataclass

from parks import digest_file
from parks.digest_file import DigestFileError
from parks.models import HistoryCheck, SealedDay
from parks.models.sealed import MOST_WHY
from parks.sealing import Unreadable, digest_of, first_event_day

DAY = dt.timedelta(days=1)
# Days that the timed work compares each night; all of them is for the command.
NIGHTLY_DAYS = 31


@dataclass(frozen=True)
class Verdict:
    """What came of it: the days compared, their events, and the first that differs with why, or None and "".

    `day` may be None with a reason: then it is the file itself that cannot be read.
    """

    days: int
    events: int
    first: dt.date | None = None
    last: dt.date | None = None
    day: dt.date | None = None
    why: str = ""


def verify(*, since=None, file=None, told=None):
    """Compare the sealed days, or those from the day `since` on, with the events, each other and the configured file;
    or, with `file`, those of which that copy has lines. Returns a Verdict. `told` is called with the SealedDay of each
    day that agrees. Changes nothing.
    """
    try:
        lines = _by_day(digest_file.read(file))
    except (DigestFileError, OSError) as error:
        return Verdict(0, 0, why=f"The file cannot be used: {error}.")
    rows = {row.day: row for row in SealedDay.objects.order_by("day")}
    every = sorted(lines if file else rows.keys() | lines.keys())
    if not every:
        return Verdict(0, 0, why="The file has no line." if file else "")
    if why := _before_all(every[0]) if since is None and not file else None:
        return why
    day, events, count = max(every[0], since or every[0]), 0, 0
    first = day
    while day <= every[-1]:
        row = rows.get(day)
        before = rows.get(day - DAY)
        # Only the first of all days follows none.
        follows = before.digest if before else "" if day == min(rows, default=None) else None
        if why := _difference(row, lines.get(day), follows):
            return Verdict(count, events, first, day - DAY, day, why)
        count, events = count + 1, events + row.events
        if told:
            told(row)
        day += DAY
    return Verdict(count, events, first, every[-1]) if count else Verdict(0, 0)


def _by_day(lines):
    """The lines by their days. Raises DigestFileError where two of one day differ."""
    by_day = {}
    for line in lines:
        if by_day.setdefault(line.day, line) != line:
            raise DigestFileError(f"it has two lines for {line.day.isoformat()}, and they differ")
    return by_day


def _before_all(first):
    """The Verdict on events of days before the `first` that was sealed; None without any."""
    oldest = first_event_day()
    if oldest is None or oldest >= first:
        return None
    return Verdict(0, 0, day=oldest, why=f"it has events, and the first sealed day is {first.isoformat()}.")


def _difference(row, line, follows):
    """Why a day does not agree, as the end of a sentence, or "". `follows` is the digest of the day before."""
    if row is None or line is None:
        why = _missing(row, line)
    elif (line.digest, line.events) != (row.digest, row.events):
        why = "the digest in the table and the one in the file differ."
    elif row.previous != follows:
        why = "its digest does not follow from that of the day before."
    else:
        why = _recomputed(row)
    return why


def _missing(row, line):
    if row is not None:
        return "the table has a digest of it, and the file has no line."
    if line is not None:
        return "the file has a line for it, and the table has no digest."
    return "neither the table nor the file has a digest of it, although other days before and after have one."


def _recomputed(row):
    """Why the events of a sealed day are not those that were sealed; "" when they are."""
    try:
        digest, events = digest_of(row.day, row.previous, row.columns)
    except Unreadable as error:
        return f"it cannot be computed: {error}."
    if events != row.events:
        return f"it was sealed with {row.events} events and has {events} now."
    if digest != row.digest:
        return f"its {events} events, or what is said of why and by whom, are not those that were sealed."
    return ""


def recorded(verdict):
    """Write down a Verdict on the configured file; returns the HistoryCheck, None while no day is sealed."""
    newest = SealedDay.objects.first()
    if newest is None:
        return None
    return HistoryCheck.objects.create(
        sealed_to=newest.day, days=verdict.days, events=verdict.events, differs=verdict.day, why=verdict.why[:MOST_WHY]
    )


def compare_newest():
    """Compare the last 31 sealed days, once for each newly sealed day; returns the recorded HistoryCheck or None."""
    newest = SealedDay.objects.first()
    if newest is None or HistoryCheck.objects.filter(sealed_to__gte=newest.day).exists():
        return None
    return recorded(verify(since=newest.day - (NIGHTLY_DAYS - 1) * DAY))
