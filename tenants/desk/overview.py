"""The parks with how much of each is let, as the way into their reports, and what the staff site's first page says."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from parks.models import Park, Suite
from tenants.models import Letting
from tenants.models.lease import LeaseState
from tenants.occupancy import occupancy, occupancy_by

from .base import FORMATS, PERMISSION, asked_format, draw, link, neighbours, page_of_groups, refused, report
from .expiries import last_day_of_window
from .forms import DayForm
from .watch import LISTS, counts


def with_suites(parks):
    """The parks that have a suite: the others have nothing to let, and are counted beside them."""
    return parks.filter(Exists(Suite.objects.filter(park=OuterRef("pk")).order_by()))


class ParkLine:
    """A park and its Occupancy, as a group of one row for paging."""

    def __init__(self, park, found):
        self.park, self.found, self.rows = park, found, [park]


@report
def parks(request, today):
    """Occupancy of each park on a day. A bad date: its message, and no rows."""
    form = DayForm(request.GET, today=today)
    valid = form.is_valid()
    if asked_format(request):
        return refused("none") if asked_format(request) not in FORMATS else refused("", [_("This page is no file.")])
    on = form.cleaned_data["on"] if valid else today
    suites = Suite.objects.scope_for(request.user, today)
    own = Park.objects.scope_for(request.user, today)
    lines, total = [], None
    if valid:
        figures = occupancy_by(suites, own, "park_id", on, today)
        lines = [ParkLine(park, figures[park.pk]) for park in with_suites(own).by_name() if park.pk in figures]
        total = occupancy(suites, own, on, today)
    return draw(
        request,
        "parks",
        "desk_parks",
        {
            "title": _("Parks: what is let and vacant"),
            "form": form,
            "valid": valid,
            "on": on,
            "neighbours": neighbours(request.GET, on) if valid else [],
            "page": page_of_groups(lines, request.GET),
            "total": total,
            "count": len(lines),
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
    watched = counts(user, today)
    return {
        "on": today,
        "until": until,
        "occupancy": occupancy(Suite.objects.scope_for(user, today), Park.objects.scope_for(user, today), today, today),
        "ending": ending.filter(ends_on__range=(today, until)).count(),
        "watched": [(label, watched[key], f"{link('desk_watch')}#{key}") for key, label in labels()],
    }


def labels():
    """(key, label) of the watch lists, in their order."""
    named = {
        "without_agreement": _("In occupation without an agreement"),
        "holding_over": _("Holding over"),
        "registrations": _("Tenants with a lapsed PSEB registration"),
        "offers": _("Offers lapsing within 14 days"),
    }
    return [(key, named[key]) for key in LISTS]
