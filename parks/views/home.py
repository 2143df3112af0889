"""The home page."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from parks.models import Incentive, Park, StageEvent, Suite
from parks.models.park import Programme
from parks.models.place import Region
from parks.models.stage import Stage
from tenants.occupancy import occupancy

from .base import reading

NEWEST_EVENTS = 6
# The columns of the counts by programme, each with the filter that gives the rows behind it.
COLUMNS = (
    {"key": "parks", "label": _lazy("Listed"), "query": {}},
    {"key": "operational", "label": _lazy("Operational"), "query": {"stage": Stage.OPERATIONAL.value}},
    {"key": "reported", "label": _lazy("Reported established"), "query": {"stage": Stage.REPORTED_ESTABLISHED.value}},
    {"key": "with_area", "label": _lazy("With a reported area"), "query": {"area_min": 0}},
)


@reading
def home(request):
    """What parks are, where they are and what happened last."""
    on = timezone.localdate()
    parks = Park.objects.listed().with_stage(on)
    rows = parks.with_area().values_list("programme", "city__region", "stage", "reported_area_sqft")
    counts = register_counts(rows)
    return render(
        request,
        "parks/home.html",
        {
            "on": on,
            "counts": counts,
            "columns": COLUMNS,
            "space": occupancy(Suite.objects.all(), Park.objects.listed(), on, on),
            "incentives": Incentive.objects.filter(shown=True).select_related("source"),
            "events": StageEvent.objects.in_effect(on)
            .dated()
            .filter(park__listed=True)
            .select_related("park__city", "source")[:NEWEST_EVENTS],
        },
    )


def register_counts(rows):
    """Counts by programme and by region from rows of (programme, region, stage, area).

    Each line has `parks`, `operational` and `with_area`; programmes and regions without a park are kept, since
    a zero there is a fact of the register.
    """

    def line(key, label, of):
        return {
            "key": key,
            "label": label,
            "parks": len(of),
            "operational": sum(row[2] == Stage.OPERATIONAL for row in of),
            "reported": sum(row[2] == Stage.REPORTED_ESTABLISHED for row in of),
            "with_area": sum(row[3] is not None for row in of),
        }

    rows = list(rows)
    return {
        "all": line("", _("All programmes"), rows),
        "programmes": [line(key, label, [r for r in rows if r[0] == key]) for key, label in Programme.choices],
        "regions": [line(key, label, [r for r in rows if r[1] == key]) for key, label in Region.choices],
    }
