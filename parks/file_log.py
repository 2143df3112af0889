"""The record of private files that were opened. A refused opening is a line of the log, not a row."""

from functools import partial

from parks.models import FileOpening
from parks.models.opened import MOST_NAME, MOST_SUBJECT
from stp_portal.kit.text import clean_line


def record_opening(request, *, row, name, subject, by_link=False):
    """Write down that the file of `row` is opened; returns the FileOpening, or None where no byte leaves (HEAD).

    `name` is the file's name for people and `subject` what it belongs to, in words of now. `by_link` is for a firm that
    opens its own file by the secret link that it holds: then nobody is named, whoever may be signed in beside it.
    Raises DatabaseError when it cannot be written, and then the file must not leave.
    """
    if request.method == "HEAD":
        return None
    return FileOpening.objects.create(
        by=None if by_link else request.user,
        by_link=by_link,
        kind=row._meta.label_lower,
        row=row.pk,
        name=clean_line(str(name or ""))[:MOST_NAME],
        subject=clean_line(str(subject))[:MOST_SUBJECT],
    )


def recorder(request, **facts):
    """`record_opening` as `private_files.serve` wants it: to be called, with nothing, before the file leaves."""
    return partial(record_opening, request, **facts)
