"""The parks with how much of each is let, as the way into their reports, and what the staff site's first page says."""

from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Park, Suite
from tenants.models import Letting
from tenants.models.lease_states import LeaseState
from tenants.occupancy import occupancy, occupancy_by

from .base import (
    FORMATS,
    PERMISSION,
    Sheet,
    asked_format,
    download_links,
    draw,
    faults,
    neighbours,
    page_of_groups,
    refused,
    report_as_known,
    send,
)
from .expiries import last_day_of_window
from .forms import KnownDayForm


def with_suites(parks):
    """The parks that have a suite: the others have nothing to let, and are counted beside them."""
    return parks.filter(Exists(Suite.objects.filter(park=OuterRef("pk")).order_by()))


class ParkLine:
    """A park and its Occupancy, as a group of one row for paging."""

    def __init__(self, park, found):
        self.park, self.found, self.rows = park, found, [park]


COLUMNS = (
    (gettext_lazy("Park code"), lambda line: line.park.code),
    (gettext_lazy("Park"), lambda line: line.park.name),
    (gettext_lazy("Suites"), lambda line: line.found.lettable.suites),
    (gettext_lazy("Let"), lambda line: line.found.let.suites),
    (gettext_lazy("Holding over"), lambda line: line.found.holding_over.suites),
    (gettext_lazy("Held"), lambda line: line.found.held.suites),
    (gettext_lazy("Closed"), lambda line: line.found.closed.suites),
    (gettext_lazy("Vacant"), lambda line: line.found.vacant.suites),
    (gettext_lazy("Vacant, sq ft"), lambda line: line.found.vacant.area_sqft),
    (gettext_lazy("Vacant suites whose area is not reported"), lambda line: line.found.vacant.without_area),
    (gettext_lazy("Occupancy, percent"), lambda line: percent(line.found.rate)),
)


def percent(rate):
    """A share from 0 to 1 as a percentage with one decimal; None where it is not known."""
    return None if rate is None else (rate * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)


def about(total, on, known):
    """What the workbook says of all parks on its second sheet; `known` is the day on which it was known so."""
    return [
        (_("As on"), on),
        (_("As known on"), known),
        (_("Parks with a suite in service"), total.parks_counted),
        (_("Parks"), total.parks_listed),
        (_("Suites"), total.lettable.suites),
        (_("Vacant"), total.vacant.suites),
        (_("Vacant, sq ft"), total.vacant.area_sqft),
        (_("Occupancy, percent"), percent(total.rate)),
    ]


@report_as_known
def parks(request, today):
    """Occupancy of each park on a day, as known now or on an earlier day. A bad date: its message, and no rows."""
    form = KnownDayForm(request.GET, today=today)
    valid = form.is_valid()
    kind = asked_format(request)
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    on = form.cleaned_data["on"] if valid else today
    known = request.staff_known if valid else None
    suites = Suite.objects.scope_for(request.user, today)
    own = Park.objects.scope_for(request.user, today)
    lines, total = [], None
    if valid:
        figures = occupancy_by(suites, own, "park_id", on, known or today)
        lines = [ParkLine(park, figures[park.pk]) for park in with_suites(own).by_name() if park.pk in figures]
        total = occupancy(suites, own, on, known or today)
    if kind:
        sheet = Sheet(
            "occupancy", _("Parks"), COLUMNS, lines, lambda line: line.park.demo, about(total, on, known or today)
        )
        return send(request, kind, [sheet], on, known)
    return draw(
        request,
        "parks",
        "desk_parks",
        {
            "title": _("Parks: what is let and vacant"),
            "form": form,
            "valid": valid,
            "on": on,
            "known": known,
            "neighbours": neighbours(request.GET, on) if valid else [],
            "page": page_of_groups(lines, request.GET),
            "total": total,
            "count": len(lines),
            "downloads": download_links(request.GET) if lines else [],
        },
    )


def first_page(request, today):
    """What the first page of the staff site says of the tenancy desk; None for who may not see leases.

    A constant number of queries.
    """
    user = request.user
    if not user.has_perm(PERMISSION):
        return None
    until = last_day_of_window(today)
    ending = Letting.objects.scope_for(user, today).filter(lease_state=LeaseState.SIGNED).with_last_day()
    return {
        "on": today,
        "until": until,
        "occupancy": occupancy(Suite.objects.scope_for(user, today), Park.objects.scope_for(user, today), today, today),
        "ending": ending.filter(ends_on__range=(today, until)).count(),
    }
