"""How long the steps of applications take: finished ones and those still open, by stage and by park."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from parks.models import Park
from stp_portal.kit.listing import query_with
from tenants.application_steps import STAGES, StepTimes, steps_between, times_of
from tenants.models import Application
from tenants.models.application_states import ApplicationState

from .base import FORMATS, Sheet, asked_format, download_links, draw, faults, page_of_groups, refused, report_for, send
from .forms import PeriodForm

SHEETS = ("stages", "parks", "steps")
MOST_LINES = 100
# What each stage waits for, and for whom.
MEANINGS = {
    ApplicationState.SUBMITTED: gettext_lazy("until PSEB has looked at the papers"),
    ApplicationState.NEEDS_PAPER: gettext_lazy("until the firm has brought the paper and it is accepted"),
    ApplicationState.WAITING: gettext_lazy("until an offer is made or the application is declined"),
    ApplicationState.OFFERED: gettext_lazy("until the firm has accepted and the lease is signed"),
}


@dataclass(frozen=True)
class StageLine:
    """A stage with its StepTimes, of demonstrations or of real cases."""

    stage: ApplicationState
    times: StepTimes
    demo: bool

    @property
    def meaning(self):
        """How long the stage goes on."""
        return MEANINGS[self.stage]


@dataclass(frozen=True)
class ParkLine:
    """A park of first choices, None for other parks than one's own, with the StageLine of every stage."""

    park: Park | None
    stages: list[StageLine]
    demo: bool

    @property
    def rows(self):
        """A group of one row, for paging."""
        return [self]

    @property
    def label(self):
        """The name of the park."""
        return self.park.name if self.park else _("First choice is another park")


def days_words(days):
    """`12 days`, `at least 12 days`; empty for None."""
    if days is None:
        return ""
    words = ngettext("%(n)s day", "%(n)s days", days.days) % {"n": f"{days.days:,}"}
    return _("at least %(days)s") % {"days": words} if days.at_least else words


def stage_lines(steps, demo):
    """The StageLine of every stage, in the order of the way."""
    return [StageLine(stage, times_of([step for step in steps if step.stage == stage]), demo) for stage in STAGES]


def park_lines(steps, parks, demo):
    """The ParkLine of every park of `parks` that is a first choice, by name; other parks last."""
    by_park = {}
    for step in steps:
        by_park.setdefault(step.park_id if step.park_id in parks else None, []).append(step)
    own = [key for key in parks if key in by_park]
    return [
        ParkLine(parks.get(key), stage_lines(by_park[key], demo), demo)
        for key in [*own, *([None] if None in by_park else [])]
    ]


def number_of(days):
    """The number of Days for a cell."""
    return days and days.days


def is_least(days):
    """Whether Days are a least number, in words for a cell; None without any."""
    return None if days is None else (_("yes") if days.at_least else _("no"))


def times_columns(times):
    """The columns of StepTimes that `times` finds in a row."""
    return (
        (gettext_lazy("Median, days"), lambda row: number_of(times(row).median)),
        (gettext_lazy("Median is at least that"), lambda row: is_least(times(row).median)),
        (gettext_lazy("90th percentile, days"), lambda row: number_of(times(row).p90)),
        (gettext_lazy("90th percentile is at least that"), lambda row: is_least(times(row).p90)),
        (gettext_lazy("Finished"), lambda row: times(row).finished),
        (gettext_lazy("Open"), lambda row: times(row).open),
        (gettext_lazy("Oldest open"), lambda row: times(row).oldest and times(row).oldest.reference),
        (gettext_lazy("Its days so far"), lambda row: times(row).oldest and times(row).oldest.days),
    )


STAGE_COLUMNS = (
    (gettext_lazy("Stage"), lambda line: line.stage.label),
    (gettext_lazy("Goes on"), lambda line: line.meaning),
    *times_columns(lambda line: line.times),
)
PARK_COLUMNS = (
    (gettext_lazy("Park code"), lambda row: row[0].park and row[0].park.code),
    (gettext_lazy("Park of the first choice"), lambda row: row[0].label),
    (gettext_lazy("Stage"), lambda row: row[1].stage.label),
    *times_columns(lambda row: row[1].times),
)


def step_columns(parks):
    """The columns of single steps; `parks` are those that may be named."""
    return (
        (gettext_lazy("Application"), lambda step: step.reference),
        (gettext_lazy("Stage"), lambda step: step.stage.label),
        (gettext_lazy("Begun on"), lambda step: step.begun),
        (gettext_lazy("Ended on"), lambda step: step.ended),
        (gettext_lazy("Days"), lambda step: step.days),
        (gettext_lazy("Open"), lambda step: _("yes") if step.ended is None else _("no")),
        (gettext_lazy("Park of the first choice"), lambda step: getattr(parks.get(step.park_id), "name", None)),
    )


def about(first, last, park):
    """What the workbook says of the rows on its last sheet."""
    return [
        (_("Finished from"), first),
        (_("Finished to, open on"), last),
        (_("Park of the first choice"), park.name if park else _("All parks")),
        (_("Open cases"), _("count in the percentiles with their days so far")),
        (_("Broken off"), _("steps that ended by withdrawal or lapse are left out")),
    ]


def sheets_of(steps, lines, by_park, parks, told):
    """The sheets by name: the stages, the parks, and the steps behind both."""
    rows = [(line, stage) for line in by_park for stage in line.stages]
    return {
        "stages": Sheet("processing", _("Stages"), STAGE_COLUMNS, lines, lambda line: line.demo, told),
        "parks": Sheet("processing-parks", _("By park"), PARK_COLUMNS, rows, lambda row: row[0].demo),
        "steps": Sheet("processing-steps", _("Steps"), step_columns(parks), steps, lambda step: step.demo),
    }


@report_for("tenants.view_application")
def processing_page(request, today):
    """The times of a period, real cases and demonstrations apart. What is bad: its message, and no rows."""
    form = PeriodForm(request.GET, user=request.user, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    part = request.GET.get("sheet", "").strip() or SHEETS[0]
    if kind and (not valid or kind not in FORMATS or part not in SHEETS):
        unknown = [] if part in SHEETS else [_("Sheet must be one of these: %s.") % ", ".join(SHEETS)]
        return refused(kind, [*faults(form), *unknown])
    title = _("Processing times of applications")
    if not valid:
        return draw(request, "processing", "desk_processing", {"title": title, "form": form, "valid": False})
    first, last, park = (form.cleaned_data[name] for name in ("from", "to", "park"))
    steps = steps_between(Application.objects.scope_for(request.user, today), first, last)
    if park:
        steps = [step for step in steps if step.park_id == park.pk]
    parks = {own.pk: own for own in Park.objects.scope_for(request.user, today).by_name().only("name", "code", "slug")}
    groups = [(demo, [step for step in steps if step.demo is demo]) for demo in (False, True)]
    lines = {demo: stage_lines(own, demo) for demo, own in groups if own}
    by_park = [line for demo, own in groups for line in park_lines(own, parks, demo)]
    if kind:
        every = [line for own in lines.values() for line in own]
        sheets = sheets_of(steps, every, by_park, parks, about(first, last, park))
        return send(request, kind, [sheets[part]] if kind == "csv" else [*sheets.values()], last)
    return draw(
        request,
        "processing",
        "desk_processing",
        {
            "title": title,
            "form": form,
            "valid": True,
            "first": first,
            "last": last,
            "park": park,
            "today": today,
            "sections": [{"demo": demo, "lines": own} for demo, own in lines.items()],
            "page": page_of_groups(by_park, request.GET, most=MOST_LINES),
            "stages": STAGES,
            "count": len(steps),
            "downloads": download_links(request.GET, sheet=None) if steps else [],
            "other_csv": [
                (_("by park"), query_with(request.GET, sheet="parks", format="csv")),
                (_("every step"), query_with(request.GET, sheet="steps", format="csv")),
            ],
        },
    )
