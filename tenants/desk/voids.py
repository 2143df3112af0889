"""What stands vacant on a day, since when, and what rent is forgone."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Suite
from tenants.costs import monthly_cost
from tenants.occupancy import vacant_suites, with_vacant_since

from .base import (
    FORMATS,
    Group,
    Sheet,
    asked_format,
    download_links,
    draw,
    faults,
    grouped,
    neighbours,
    page_of_groups,
    refused,
    report,
    send,
)
from .forms import ReportForm

# The mean length of a month: 365.25 days over 12.
DAYS_A_MONTH = Decimal("30.4375")
PAISA = Decimal("0.01")


@dataclass(frozen=True)
class Void:
    """A vacant suite. `days` counts both the first vacant day and the day of the report; PKR a month for costs.

    None is unknown: `since` and `days` of a suite that was never let and has no day of coming into service,
    `asking_pkr` where the rent is on request or a part of it is not reported, `forgone_pkr` where either is.
    """

    suite: Suite
    since: dt.date | None
    days: int | None
    asking_pkr: Decimal | None
    why_unknown: str

    @property
    def park(self):
        """The park that it is in."""
        return self.suite.park

    @property
    def forgone_pkr(self):
        """The asking cost for the days so far, at 30.4375 days a month, half-up to the paisa."""
        return forgone(self.asking_pkr, self.days)


def forgone(asking_pkr, days):
    """PKR: the monthly cost × days / 30.4375, half-up to the paisa; None when either is unknown."""
    if asking_pkr is None or days is None:
        return None
    return (asking_pkr * days / DAYS_A_MONTH).quantize(PAISA, ROUND_HALF_UP)


@dataclass(frozen=True)
class Total:
    """What some voids come to. What is unknown is counted, not added."""

    suites: int
    area_sqft: Decimal
    without_area: int
    seats: int
    asking_pkr: Decimal
    without_asking: int
    forgone_pkr: Decimal
    without_forgone: int

    @classmethod
    def of(cls, voids):
        """The total of `voids`."""
        areas = [void.suite.lettable_area_sqft for void in voids if void.suite.kind != "desk"]
        asking = [void.asking_pkr for void in voids]
        lost = [void.forgone_pkr for void in voids]
        return cls(
            suites=len(voids),
            area_sqft=known_sum(areas),
            without_area=areas.count(None),
            seats=sum(void.suite.seats or 0 for void in voids),
            asking_pkr=known_sum(asking),
            without_asking=asking.count(None),
            forgone_pkr=known_sum(lost),
            without_forgone=lost.count(None),
        )


def known_sum(values):
    """The sum of the values that are known."""
    return sum((value for value in values if value is not None), Decimal(0))


def void_of(suite):
    """The Void of a suite annotated with `vacant_since` and `void_days`."""
    cost = monthly_cost(suite)
    why = ""
    if suite.rent_pkr is None:
        why = _("on request")
    elif cost is None:
        why = _("area or seats not reported")
    elif cost.total is None:
        why = _("service charge not reported")
    return Void(suite, suite.vacant_since, suite.void_days, cost.total if cost else None, why)


def voids(suites, on, today):
    """The vacant ones of `suites` on `on`, by park, floor and position."""
    rows = with_vacant_since(vacant_suites(suites, on, today), on, today).select_related("park")
    return [void_of(suite) for suite in rows.order_by(Lower("park__name"), "park_id", "floor", "position", "pk")]


COLUMNS = (
    (gettext_lazy("Park code"), lambda row: row.park.code),
    (gettext_lazy("Park"), lambda row: row.park.name),
    (gettext_lazy("Floor"), lambda row: row.suite.floor),
    (gettext_lazy("Suite"), lambda row: row.suite.number),
    (gettext_lazy("Net lettable area, sq ft"), lambda row: row.suite.lettable_area_sqft),
    (gettext_lazy("Seats"), lambda row: row.suite.seats),
    (gettext_lazy("Vacant since"), lambda row: row.since),
    (gettext_lazy("Days vacant"), lambda row: row.days),
    (gettext_lazy("Asking, PKR a month"), lambda row: row.asking_pkr),
    (gettext_lazy("Asking unknown because"), lambda row: row.why_unknown or None),
    (gettext_lazy("Rent forgone, PKR"), lambda row: row.forgone_pkr),
)


@report
def voids_page(request, today):
    """The voids of a day. A bad date or park: its message, and no rows."""
    form = ReportForm(request.GET, user=request.user, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    on = form.cleaned_data["on"] if valid else today
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    found = []
    if valid:
        suites = Suite.objects.scope_for(request.user, today)
        park = form.cleaned_data["park"]
        found = voids(suites.filter(park=park) if park else suites, on, today)
    if kind:
        about = [
            (_("As on"), on),
            (_("Park"), park.name if park else _("All parks")),
            (_("Rent forgone"), _("asking rent and service charge a month × days vacant ÷ 30.4375")),
        ]
        sheet = Sheet("voids", _("Voids"), COLUMNS, found, lambda row: row.suite.demo, about)
        return send(request, kind, [sheet], on)
    groups: list[Group] = grouped(found, Total.of)
    return draw(
        request,
        "voids",
        "desk_voids",
        {
            "title": _("Voids"),
            "form": form,
            "valid": valid,
            "on": on,
            "park": form.cleaned_data["park"] if valid else None,
            "neighbours": neighbours(request.GET, on) if valid else [],
            "page": page_of_groups(groups, request.GET),
            "total": Total.of(found),
            "demo": sum(void.suite.demo for void in found),
            "count": len(found),
            "downloads": download_links(request.GET) if found else [],
        },
    )
