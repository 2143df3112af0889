"""The record of what left the staff site as a file."""

from parks.models import ExportRecord


def record_export(request, *, name, kind, rows, filters):
    """Write down that the person of `request` downloads `rows` rows of the list `name`; returns the ExportRecord.

    `kind` is `csv` or `xlsx`, `filters` the filter in words. Written before the file leaves, so that no list leaves
    without its record.
    """
    return ExportRecord.objects.create(by=request.user, name=name, format=kind, rows=rows, filters=filters)
