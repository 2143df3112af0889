"""The stages of a park as dated events. The stage on a date is derived, never stored."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from parks.periods import last_day_of
from parks.querysets import StageEventQuerySet

from .base import clean_dated, dated, label_of, precision_field, tracked, within_years


class Stage(models.TextChoices):
    """In rank: of two events that take effect on one day, the later in this list holds."""

    IDENTIFIED = "identified", _("Identified")
    MOU_SIGNED = "mou_signed", _("MoU signed")
    DESIGNATED = "designated", _("Designated")
    OPEN_HOUSE = "open_house", _("Open house")
    FIT_OUT = "fit_out", _("Being built or fitted out")
    REPORTED_ESTABLISHED = "reported_established", _("Reported established")
    OPERATIONAL = "operational", _("Operational")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")
    ABANDONED = "abandoned", _("Abandoned")
    STATE_UNKNOWN = "state_unknown", _("Present state not known")


RANK = {stage: rank for rank, stage in enumerate(Stage.values, start=1)}
# A park in one of these is open as far as is known; the first has a confirmed opening.
OPENED = (Stage.OPERATIONAL, Stage.REPORTED_ESTABLISHED)
ENDED = (Stage.CLOSED, Stage.ABANDONED)


class Certainty(models.TextChoices):
    """Whether it happened or is only announced. An expected event never takes effect by itself."""

    ACTUAL = "actual", _("Happened")
    EXPECTED = "expected", _("Expected")


@tracked(exclude=["effective_on", "rank"])
class StageEvent(models.Model):
    """One step of a park, with the date as precise as its source, or the day by which it was known."""

    park = models.ForeignKey("parks.Park", models.PROTECT, related_name="stage_events", verbose_name=_("park"))
    stage = models.CharField(_("stage"), max_length=24, choices=Stage)
    certainty = models.CharField(_("happened or expected"), max_length=8, choices=Certainty, default=Certainty.ACTUAL)
    on = models.DateField(_("date"), null=True, blank=True)
    on_precision = precision_field()
    known_by = models.DateField(
        _("known by"),
        null=True,
        blank=True,
        help_text=_("For an event without a date: the day by which it is known to have happened."),
    )
    source = models.ForeignKey("parks.Source", models.PROTECT, null=True, blank=True, verbose_name=_("source"))
    note = models.CharField(_("note"), max_length=500, blank=True, help_text=_("Shown on the public page."))
    # The last day of the event's period, or `known_by`: the day from which it counts.
    effective_on = models.GeneratedField(
        expression=Case(
            When(on__isnull=True, then=F("known_by")),
            default=last_day_of("on", "on_precision"),
            output_field=models.DateField(),
        ),
        output_field=models.DateField(),
        db_persist=True,
        verbose_name=_("counts from"),
    )
    rank = models.GeneratedField(
        expression=Case(
            *(When(stage=stage, then=Value(rank)) for stage, rank in RANK.items()),
            output_field=models.SmallIntegerField(),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = StageEventQuerySet.as_manager()
    get_stage_display = label_of(Stage, "stage")

    class Meta:
        verbose_name = _("stage event")
        verbose_name_plural = _("stage events")
        ordering = ["park", "-effective_on", "-rank", "-pk"]
        constraints = [
            dated("stageevent"),
            within_years("stageevent_known_by_year", "known_by"),
            models.CheckConstraint(
                name="stageevent_has_a_day",
                condition=Q(on__isnull=False) | Q(known_by__isnull=False),
                violation_error_message=_("Give the date, or the day by which it was known."),
            ),
            models.CheckConstraint(
                name="stageevent_stage_known",
                condition=Q(stage__in=Stage.values, certainty__in=Certainty.values),
                violation_error_message=_("Choose a stage from the list."),
            ),
            models.UniqueConstraint(
                fields=["park", "stage", "certainty", "on", "on_precision"],
                condition=Q(on__isnull=False),
                name="stageevent_once_a_date",
                violation_error_message=_("This event is already recorded on this date."),
            ),
            models.UniqueConstraint(
                fields=["park", "stage", "certainty"],
                condition=Q(on__isnull=True),
                name="stageevent_once_undated",
                violation_error_message=_("This event is already recorded without a date."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["park", "-effective_on", "-rank", "-id"],
                condition=Q(certainty="actual"),
                name="stageevent_in_effect",
            ),
            models.Index(fields=["-effective_on", "-id"], name="stageevent_newest"),
        ]

    def __str__(self):
        return self.get_stage_display()

    def clean(self):
        clean_dated(self)
        if self.on is None and self.known_by is None:
            raise ValidationError({"on": _("Give the date, or the day by which it was known.")})

    @property
    def is_expected(self):
        """Whether it is only announced."""
        return self.certainty == Certainty.EXPECTED
