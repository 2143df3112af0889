"""The stacking plan of a park on any day, each cell leading to its lease."""

from django.utils.translation import gettext as _

from stp_portal.kit.dates import FIRST_DATE, LAST_DATE, months_before
from stp_portal.kit.listing import query_with
from tenants.panels import stacking_plan

from .base import draw, own_park, report
from .forms import DayForm


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
    """The plan of one of the person's own parks. A bad date: its message, and no plan."""
    park = own_park(request, pk, today)
    form = DayForm(request.GET, today=today)
    valid = form.is_valid()
    on = form.cleaned_data["on"] if valid else today
    plan = stacking_plan(park, on, today, staff=True) if valid else None
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
            "demo": park.demo or (valid and park.suites.filter(demo=True).exists()),
        },
    )
