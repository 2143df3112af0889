"""The timeline of a park: suites down, 24 months across, each letting a bar that leads to its lease."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Suite, SuiteClosure
from stp_portal.kit.dates import FIRST_DATE, LAST_DATE
from stp_portal.kit.listing import page_of
from stp_portal.kit.words import dated
from tenants.models import Letting
from tenants.models.lease_states import LeaseState
from tenants.occupancy import free_windows
from tenants.querysets import days_of

from .base import (
    FORMATS,
    Sheet,
    asked_format,
    download_links,
    draw,
    faults,
    is_demo,
    link,
    own_park,
    refused,
    report,
    send,
)
from .forms import DayForm
from .plan import months_around

BEFORE, AFTER = 12, 12
PER_PAGE = 50
KINDS = {
    "let": gettext_lazy("Let"),
    "holding_over": gettext_lazy("Holding over"),
    "held": gettext_lazy("Held"),
    "closed": gettext_lazy("Closed"),
    "vacant": gettext_lazy("Vacant"),
}


@dataclass(frozen=True)
class Bar:
    """Some days of a suite: a key of KINDS, what it is about, and the page behind it.

    `first` and `last` are the true days, None for without beginning or end; the window cuts what is drawn.
    """

    kind: str
    first: dt.date | None
    last: dt.date | None
    name: str
    url: str | None
    window: "Window"

    @property
    def x(self):
        """Where it begins, in percent of the width."""
        return percent_of(self.window, max(self.first or FIRST_DATE, self.window.first))

    @property
    def width(self):
        """How wide it is, in percent."""
        last = min(self.last or LAST_DATE, self.window.last)
        return f"{float(percent_of(self.window, last + dt.timedelta(days=1))) - float(self.x):.3f}"

    @property
    def label(self):
        """Its kind."""
        return KINDS[self.kind]

    @property
    def days(self):
        """Its days in words."""
        if self.first is None and self.last is None:
            return _("throughout")
        if self.first is None:
            return _("until %(last)s") % {"last": dated(self.last)}
        if self.last is None:
            return _("from %(first)s, without end") % {"first": dated(self.first)}
        return _("%(first)s to %(last)s") % {"first": dated(self.first), "last": dated(self.last)}

    @property
    def words(self):
        """Everything that the bar says."""
        return ", ".join(filter(None, (str(self.label), self.name, self.days)))


@dataclass(frozen=True)
class Window:
    """The days of the timeline, whole months, both inclusive."""

    first: dt.date
    last: dt.date

    @property
    def months(self):
        """(x in percent, short name, its year when it is the first month or a January)."""
        day, found = self.first, []
        while day <= self.last:
            year = day.year if day.month == 1 or day == self.first else ""
            found.append((percent_of(self, day), formats.date_format(day, "M"), year))
            day = next_month(day)
        return found


def window_around(on):
    """The 12 months before that of `on`, its own and the 11 after it, cut at the ends of the calendar."""
    index = on.year * 12 + on.month - 1
    first, last = max(index - BEFORE, FIRST_DATE.year * 12), min(index + AFTER, (LAST_DATE.year + 1) * 12) - 1
    end = dt.date(last // 12, last % 12 + 1, 28) + dt.timedelta(days=4)
    return Window(dt.date(first // 12, first % 12 + 1, 1), end - dt.timedelta(days=end.day))


def next_month(day):
    """The first day of the next month."""
    return (day.replace(day=28) + dt.timedelta(days=4)).replace(day=1)


def percent_of(window, day):
    """Where a day stands in the window, in percent, with three decimals."""
    return f"{(day - window.first).days * 100 / ((window.last - window.first).days + 1):.3f}"


@dataclass(frozen=True)
class Lane:
    """One suite and its bars in the order of their days; `drawn` in that of drawing, closures lowest."""

    suite: Suite
    bars: list

    @property
    def drawn(self):
        """The bars, so that a letting lies over the closure that it overlaps."""
        return sorted(self.bars, key=lambda bar: bar.kind != "closed")


def lanes(suites, window, today):
    """A Lane for each of some suites of one park. Four queries, whatever their number."""
    suites = list(suites)
    bars = {suite.pk: [] for suite in suites}
    asked = days_of(window.first, window.last)
    lettings = Letting.objects.filter(suite__in=bars).select_related("lease__company")
    for letting in lettings.standing(today).filter(term__overlap=asked):
        kind = "let" if letting.lease_state == LeaseState.SIGNED else "held"
        bars[letting.suite_id].append(bar_of(kind, letting, letting.commencement_date, letting.last_day, window))
    for letting in lettings.with_days_over(window.first, today).filter(days_over__overlap=asked):
        end = letting.days_over.upper and letting.days_over.upper - dt.timedelta(days=1)
        bars[letting.suite_id].append(bar_of("holding_over", letting, letting.days_over.lower, end, window))
    closures = SuiteClosure.objects.filter(
        Q(last_day__isnull=True) | Q(last_day__gte=window.first), suite__in=bars, first_day__lte=window.last
    )
    for closure in closures:
        url = link("parks_suite_change", closure.suite_id)
        name = str(closure.get_reason_display())
        bars[closure.suite_id].append(Bar("closed", closure.first_day, closure.last_day, name, url, window))
    # A vacancy that is there on the first day may have begun before it, so it is drawn without a beginning.
    for pk, windows in free_windows(Suite.objects.filter(pk__in=bars), window.first, None, today).items():
        for first, last in windows:
            if first <= window.last:
                begins = None if first == window.first else first
                bars[pk].append(Bar("vacant", begins, last, "", None, window))
    for own in bars.values():
        own.sort(key=lambda bar: (bar.first or FIRST_DATE, bar.kind))
    return [Lane(suite, bars[suite.pk]) for suite in suites]


def bar_of(kind, letting, first, last, window):
    """The bar of a letting, or of the days on which its tenant holds over."""
    name = f"{letting.lease.number} {letting.lease.company.name}"
    return Bar(kind, first, last, name, link("tenants_lease_change", letting.lease_id), window)


# Of pairs of a suite and one of its bars.
COLUMNS = (
    (gettext_lazy("Floor"), lambda pair: pair[0].floor),
    (gettext_lazy("Suite"), lambda pair: pair[0].number),
    (gettext_lazy("What"), lambda pair: pair[1].label),
    (gettext_lazy("In words"), lambda pair: pair[1].name or None),
    (gettext_lazy("First day"), lambda pair: pair[1].first),
    (gettext_lazy("Last day"), lambda pair: pair[1].last),
)


def sheet_of(park, found, window):
    """The bars of some lanes as the rows of a file; a day is empty where it is without beginning or end."""
    about = [(_("From"), window.first), (_("To"), window.last), (_("Park"), park.name), (_("Park code"), park.code)]
    pairs = [(lane.suite, bar) for lane in found for bar in lane.bars]
    return Sheet("timeline", _("Timeline"), COLUMNS, pairs, lambda pair: is_demo(park, pair[0]), about)


@report
def timeline_page(request, today, pk):
    """The timeline of one of the person's own parks. A bad date: its message, and no rows. Its files hold all pages."""
    park = own_park(request, pk, today)
    form = DayForm(request.GET, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    on = form.cleaned_data["on"] if valid else today
    window = window_around(on)
    suites = Suite.objects.none()
    if valid:
        offered = Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=window.first)
        begun = Q(in_service_from__isnull=True) | Q(in_service_from__lte=window.last)
        suites = Suite.objects.scope_for(request.user, today).filter(offered, begun, park=park)
    suites = suites.order_by("-floor", "position", "pk")
    if kind:
        return send(request, kind, [sheet_of(park, lanes(suites, window, today), window)], on)
    page = page_of(suites, suites.count(), request.GET, PER_PAGE)
    return draw(
        request,
        "timeline",
        "desk_timeline",
        {
            "title": _("Timeline"),
            "subtitle": park.name,
            "park": park,
            "form": form,
            "valid": valid,
            "on": on,
            "window": window,
            "on_x": percent_of(window, on),
            "around": months_around(request.GET, on, 12) if valid else [],
            "page": page,
            "lanes": lanes(page.rows, window, today),
            "kinds": list(KINDS.items()),
            "downloads": download_links(request.GET) if page.rows else [],
            "demo": is_demo(park, *page.rows),
        },
    )
