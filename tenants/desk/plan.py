"""The stacking plan of a park on any day, each cell leading to its lease."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.dates import FIRST_DATE, LAST_DATE, months_before
from stp_portal.kit.listing import query_with
from tenants.occupancy import SuiteState
from tenants.panels import asked_suites, plan_of

from .base import FORMATS, Sheet, asked_format, download_links, draw, faults, is_demo, own_park, refused, report, send
from .forms import DayForm

COLUMNS = (
    (gettext_lazy("Floor"), lambda suite: suite.floor),
    (gettext_lazy("Suite"), lambda suite: suite.number),
    (gettext_lazy("Net lettable area, sq ft"), lambda suite: suite.lettable_area_sqft),
    (gettext_lazy("Seats"), lambda suite: suite.seats),
    (gettext_lazy("State"), lambda suite: SuiteState(suite.state).label),
    (gettext_lazy("Company"), lambda suite: suite.let_to and suite.let_to.lease.company.name),
    (gettext_lazy("Lease"), lambda suite: suite.let_to and suite.let_to.lease.number),
    (gettext_lazy("Commencement"), lambda suite: suite.let_to and suite.let_to.commencement_date),
    (gettext_lazy("Last day"), lambda suite: suite.let_to and suite.let_to.last_day),
)


def months_around(params, on, months):
    """Links to the same page so many months before and after, as (date, link); None past the calendar."""
    found = []
    for step in (months, -months):
        try:
            day = months_before(on, step)
        except ValueError:
            day = None
        inside = day is not None and FIRST_DATE <= day <= LAST_DATE
        found.append((day, query_with(params, on=day.isoformat())) if inside else None)
    return found


@report
def plan_page(request, today, pk):
    """The plan of one of the person's own parks, and its suites as a file. A bad date: its message, and no plan."""
    park = own_park(request, pk, today)
    form = DayForm(request.GET, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    on = form.cleaned_data["on"] if valid else today
    suites = asked_suites(park, on, today) if valid else []
    if kind:
        shown = [suite for suite in suites if suite.state != SuiteState.NOT_IN_SERVICE]
        about = [(_("As on"), on), (_("Park"), park.name), (_("Park code"), park.code)]
        sheet = Sheet("stacking-plan", _("Stacking plan"), COLUMNS, shown, lambda suite: is_demo(park, suite), about)
        return send(request, kind, [sheet], on)
    plan = plan_of(park, suites, on, today, staff=True) if valid else None
    return draw(
        request,
        "plan",
        "desk_plan",
        {
            "title": _("Stacking plan"),
            "subtitle": park.name,
            "park": park,
            "form": form,
            "valid": valid,
            "on": on,
            "around": months_around(request.GET, on, 1) if valid else [],
            "plan": plan,
            "downloads": download_links(request.GET) if plan and plan.floors else [],
            "demo": park.demo or (valid and park.suites.filter(demo=True).exists()),
        },
    )
