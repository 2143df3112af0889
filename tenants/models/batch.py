"""Imports: the file, what each of its rows came to, and what was written, so that it can be taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from parks.models.base import tracked
from stp_portal.kit.private_files import PrivateStorage, random_name
from tenants.querysets import ImportBatchQuerySet

# Beside a column in `ImportBatch.mapping`: it was looked at, and is not imported.
LEFT_OUT = "-"


class ImportKind(models.TextChoices):
    """What the rows of a file are."""

    PARKS = "parks", _("Parks")
    SUITES = "suites", _("Suites")
    COMPANIES = "companies", _("Companies")
    LEASES = "leases", _("Leases with their lettings")


class ImportState(models.TextChoices):
    """Where an import stands. `UNDOING` lasts only within the transaction that takes it back."""

    UPLOADED = "uploaded", _("Uploaded")
    REVIEWED = "reviewed", _("Reviewed")
    APPLIED = "applied", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    DISCARDED = "discarded", _("Discarded")


# Begun, and nothing of it is in the register yet.
BEGUN = (ImportState.UPLOADED, ImportState.REVIEWED)


class ImportMode(models.TextChoices):
    """What happens to the good rows of a file that has refused ones."""

    ALL = "all", _("All rows or none")
    GOOD = "good", _("The good rows only")


class EmptyCells(models.TextChoices):
    """What an empty cell says."""

    KEEP = "keep", _("Leave what the register has")
    CLEAR = "clear", _("Clear the value in the register")


class Outcome(models.TextChoices):
    """What a row came to."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    REFUSED = "refused", _("Refused")


@tracked(exclude=["mapping", "columns", "sheets"])
class ImportBatch(models.Model):
    """One uploaded file and what became of it. The counts are of its rows, null until reviewed."""

    kind = models.CharField(_("what"), max_length=10, choices=ImportKind)
    file = models.FileField(storage=PrivateStorage(), upload_to=random_name, max_length=200, editable=False)
    filename = models.CharField(_("file"), max_length=200, editable=False)
    checksum = models.CharField(_("checksum (SHA-256)"), max_length=64, editable=False)
    size_bytes = models.PositiveIntegerField(_("size, bytes"), editable=False)
    # Names of the file's sheets; the one chosen; its header's row, counted from 1, and cells.
    sheets = models.JSONField(default=list, editable=False)
    sheet = models.CharField(_("sheet"), max_length=100, blank=True, editable=False)
    header_row = models.PositiveIntegerField(null=True, editable=False)
    columns = models.JSONField(default=list, editable=False)
    # From a column's place, counted from 0 and written as text, to the key of what it holds, or LEFT_OUT.
    mapping = models.JSONField(default=dict, editable=False)
    empties = models.CharField(_("an empty cell"), max_length=5, choices=EmptyCells, default=EmptyCells.KEEP)
    mode = models.CharField(_("bad rows"), max_length=4, choices=ImportMode, default=ImportMode.ALL)
    reason = models.CharField(
        _("where this is from"), max_length=300, blank=True, help_text=_("Stands in the history of every row.")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED, editable=False
    )
    # Of all rows' outcomes and differences, in order: what was reviewed is what is applied.
    digest = models.CharField(max_length=64, blank=True, editable=False)
    rows_new = models.PositiveIntegerField(_("new"), null=True, editable=False)
    rows_changed = models.PositiveIntegerField(_("changed"), null=True, editable=False)
    rows_unchanged = models.PositiveIntegerField(_("unchanged"), null=True, editable=False)
    rows_refused = models.PositiveIntegerField(_("refused"), null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("uploaded by")
    )
    created_at = models.DateTimeField(_("uploaded"), db_default=Now(), editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("applied by"),
    )
    applied_at = models.DateTimeField(_("applied"), null=True, editable=False)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_at = models.DateTimeField(_("undone"), null=True, editable=False)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="importbatch_kinds_known",
                condition=Q(
                    kind__in=ImportKind.values,
                    state__in=ImportState.values,
                    mode__in=ImportMode.values,
                    empties__in=EmptyCells.values,
                ),
                violation_error_message=_("Choose from the lists."),
            ),
            models.CheckConstraint(
                name="importbatch_checksum_shape",
                condition=Q(checksum__regex=r"^[0-9a-f]{64}$"),
                violation_error_message=_("The checksum is 64 hexadecimal digits."),
            ),
            models.CheckConstraint(
                name="importbatch_reviewed_whole",
                condition=Q(state__in=[ImportState.UPLOADED, ImportState.DISCARDED])
                | Q(
                    ~Q(digest=""),
                    rows_new__isnull=False,
                    rows_changed__isnull=False,
                    rows_unchanged__isnull=False,
                    rows_refused__isnull=False,
                ),
                violation_error_message=_("A reviewed import has its counts."),
            ),
            models.CheckConstraint(
                name="importbatch_applied_by_someone",
                condition=Q(
                    state__in=[ImportState.UPLOADED, ImportState.REVIEWED, ImportState.DISCARDED],
                    applied_by__isnull=True,
                    applied_at__isnull=True,
                )
                | Q(
                    state__in=[ImportState.APPLIED, ImportState.UNDOING, ImportState.UNDONE],
                    applied_by__isnull=False,
                    applied_at__isnull=False,
                ),
                violation_error_message=_("An applied import says by whom and when."),
            ),
            models.CheckConstraint(
                name="importbatch_undone_by_someone",
                condition=Q(~Q(state=ImportState.UNDONE), undone_by__isnull=True, undone_at__isnull=True)
                | Q(state=ImportState.UNDONE, undone_by__isnull=False, undone_at__isnull=False),
                violation_error_message=_("An undone import says by whom and when."),
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="importbatch_by_time"),
            models.Index(fields=["state"], name="importbatch_by_state"),
            models.Index(fields=["checksum"], name="importbatch_by_checksum"),
        ]

    def __str__(self):
        return f"{self.filename} ({self.pk})"


class ImportRow(models.Model):
    """One row of a file: what it says, what it would change or changed, and why it was refused."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    # As the file counts, from 1 with the header and all above it.
    number = models.PositiveIntegerField(_("row"))
    # Rows that stand or fall together, such as the lettings of one new lease; else empty.
    group = models.CharField(max_length=300, blank=True)
    # What was read, by column key, as plain JSON; None is an empty cell.
    values = models.JSONField(default=dict)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    label = models.CharField(_("what"), max_length=300, blank=True)
    # [column's name, old, new] in words, for each cell that differs; of a new row, old is empty.
    changes = models.JSONField(default=list)
    # [column's heading in the file, value as it stands there, reason, what would be accepted]
    problems = models.JSONField(default=list)

    class Meta:
        default_permissions = ()
        ordering = ["batch", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="importrow_once"),
            models.CheckConstraint(
                name="importrow_outcome_known",
                condition=Q(outcome__in=Outcome.values),
                violation_error_message=_("Choose from the list."),
            ),
            models.CheckConstraint(
                name="importrow_refused_says_why",
                condition=~Q(outcome=Outcome.REFUSED) | ~Q(problems=[]),
                violation_error_message=_("A refused row says why."),
            ),
        ]
        indexes = [
            models.Index(fields=["batch", "outcome", "number"], name="importrow_by_outcome"),
            models.Index(fields=["batch", "group", "number"], name="importrow_by_group"),
        ]

    def __str__(self):
        return f"{self.batch_id}: {self.number}"


class ImportWrite(models.Model):
    """One row of the register that an import made or changed; what undoing it puts back."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="writes")
    row = models.PositiveIntegerField(_("row"))
    # Like `tenants.lease`.
    model = models.CharField(max_length=60)
    object_pk = models.BigIntegerField()
    made = models.BooleanField()
    # The stored values before, by column, of those that the import changed; empty of a row that it made.
    before = models.JSONField(default=dict)
    # The newest history event of the row once the import was through: a newer one is a later change.
    event = models.BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "model", "object_pk"], name="importwrite_once")]
        indexes = [models.Index(fields=["model", "object_pk"], name="importwrite_of_row")]

    def __str__(self):
        return f"{self.batch_id}: {self.model} {self.object_pk}"


class ImportMapping(models.Model):
    """The columns that staff last gave to sheets of one shape: the same headings in the same order."""

    kind = models.CharField(max_length=10, choices=ImportKind)
    shape = models.CharField(max_length=64)
    # From a heading as the file has it to a column's key, or LEFT_OUT.
    columns = models.JSONField(default=dict)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "shape"], name="importmapping_once")]

    def __str__(self):
        return f"{self.kind} {self.shape[:8]}"
