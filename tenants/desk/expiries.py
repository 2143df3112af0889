"""Which lettings end over 24 months, by month and park, and what is being done about each."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import OuterRef
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.dates import LAST_DATE
from tenants.models import Lease, Letting
from tenants.models.lease_states import LeaseState

from .base import FORMATS, Sheet, asked_format, download_links, draw, faults, is_demo, refused, report, send
from .forms import ReportForm

MONTHS = 24
# What may be said of what follows a letting, the surest first.
NEXT = {
    "renewed": gettext_lazy("Renewed"),
    "under_way": gettext_lazy("Renewal under way"),
    "terminated": gettext_lazy("Ends early"),
    "notice": gettext_lazy("Notice given"),
    "none": gettext_lazy("Not renewed"),
}
UNDER_WAY = {
    LeaseState.ACCEPTED: gettext_lazy("Renewal accepted"),
    LeaseState.OFFERED: gettext_lazy("Renewal offered"),
    LeaseState.DRAFT: gettext_lazy("Renewal drafted"),
}
RANKS = [LeaseState.DRAFT, LeaseState.OFFERED, LeaseState.ACCEPTED, LeaseState.SIGNED]


@dataclass(frozen=True)
class Ending:
    """A letting that ends, and what follows it: a key of NEXT, its words, and the renewal where there is one."""

    letting: Letting
    ends_on: dt.date
    rent_pkr: Decimal | None
    key: str
    words: str
    renewal: Lease | None

    @property
    def park(self):
        """The park that it is in."""
        return self.letting.park

    @property
    def demo(self):
        """Whether it is a demonstration."""
        return is_demo(self.letting.lease, self.letting.suite)


@dataclass(frozen=True)
class Total:
    """What some endings come to. Unknown areas and rents are counted, not added."""

    lettings: int
    area_sqft: Decimal
    without_area: int
    rent_pkr: Decimal
    without_rent: int
    following: tuple

    @classmethod
    def of(cls, endings):
        """The total of `endings`; `following` has (label, how many) for each key of NEXT, in its order."""
        areas = [each.letting.suite.lettable_area_sqft for each in endings]
        rents = [each.rent_pkr for each in endings]
        desks = sum(each.letting.suite.kind == "desk" for each in endings)
        return cls(
            lettings=len(endings),
            area_sqft=sum((area for area in areas if area is not None), Decimal(0)),
            without_area=areas.count(None) - desks,
            rent_pkr=sum((rent for rent in rents if rent is not None), Decimal(0)),
            without_rent=rents.count(None),
            following=tuple((label, sum(each.key == key for each in endings)) for key, label in NEXT.items()),
        )

    @property
    def in_words(self):
        """What follows, in words, without what there is none of."""
        return ", ".join(f"{label}: {count}" for label, count in self.following if count)


@dataclass(frozen=True)
class ParkMonth:
    """The lettings that end in one park in one month."""

    park: object
    endings: list
    total: Total


@dataclass(frozen=True)
class Month:
    """One month, `first` being its first day, with its parks."""

    first: dt.date
    parks: list
    total: Total

    @property
    def anchor(self):
        """The name of its place on the page."""
        return f"m{self.first:%Y-%m}"


def month_after(day, months):
    """The first day of the month `months` months after that of `day`; at most the last month of the calendar."""
    index = min(day.year * 12 + day.month - 1 + months, LAST_DATE.year * 12 + 11)
    return dt.date(index // 12, index % 12 + 1, 1)


def last_day_of_window(on):
    """The last day of the last of the 24 months, that of `on` being the first."""
    return min(month_after(on, MONTHS) - dt.timedelta(days=1), LAST_DATE) if on.year < LAST_DATE.year - 2 else LAST_DATE


def endings(lettings, on, today):
    """The signed ones of `lettings` that end from `on` to the end of the 24 months, with what follows each.

    In the order of their last days, then by park and suite. The rent is that of the last day. Two queries more,
    whatever the number.
    """
    rows = list(
        lettings.filter(lease_state=LeaseState.SIGNED)
        .with_last_day()
        .filter(ends_on__range=(on, last_day_of_window(on)))
        .with_rate(OuterRef("ends_on"))
        .select_related("lease__company", "suite", "park")
        .order_by("ends_on", "park__name", "park_id", "suite__floor", "suite__position", "pk")
    )
    renewals = renewals_of({row.lease_id for row in rows}, today)
    return [Ending(row, row.ends_on, row.rent_pkr, *following(row, renewals.get(row.lease_id))) for row in rows]


def renewals_of(lease_ids, today):
    """The lease that renews each of these, by their keys: the one furthest on its way, lapsed offers left out."""
    found = Lease.objects.filter(renews__in=lease_ids, state__in=RANKS)
    found = found.exclude(state=LeaseState.OFFERED, offer_deadline__lt=today).prefetch_related("lettings")
    return {lease.renews_id: lease for lease in sorted(found, key=lambda lease: (RANKS.index(lease.state), lease.pk))}


def following(letting, renewal):
    """(key of NEXT, words, renewal or None) of what follows a letting whose lease is renewed by `renewal`."""
    if letting.terminated_on:
        return "terminated", _("Ends early"), None
    if renewal is not None and letting.suite_id in {line.suite_id for line in renewal.lettings.all()}:
        if renewal.state == LeaseState.SIGNED:
            return "renewed", _("Renewed by"), renewal
        return "under_way", str(UNDER_WAY[renewal.state]), renewal
    if letting.lease.notice_given_on:
        day = formats.date_format(letting.lease.notice_given_on, "DATE_FORMAT")
        return "notice", _("Notice given on %(day)s") % {"day": day}, None
    if renewal is not None:
        return "none", _("Not among the suites of"), renewal
    return "none", _("Not renewed"), None


def by_month(found):
    """The endings by month and, within it, by park."""
    months = {}
    for each in found:
        months.setdefault(each.ends_on.replace(day=1), {}).setdefault(each.park.pk, []).append(each)
    return [
        Month(
            first,
            [ParkMonth(own[0].park, own, Total.of(own)) for own in sorted(parks.values(), key=park_order)],
            Total.of([each for own in parks.values() for each in own]),
        )
        for first, parks in months.items()
    ]


def park_order(own):
    """Parks by name."""
    return own[0].park.name.lower(), own[0].park.pk


COLUMNS = (
    (gettext_lazy("Month"), lambda row: f"{row.ends_on:%Y-%m}"),
    (gettext_lazy("Park code"), lambda row: row.park.code),
    (gettext_lazy("Park"), lambda row: row.park.name),
    (gettext_lazy("Suite"), lambda row: row.letting.suite.number),
    (gettext_lazy("Company"), lambda row: row.letting.lease.company.name),
    (gettext_lazy("Lease"), lambda row: row.letting.lease.number),
    (gettext_lazy("Last day"), lambda row: row.ends_on),
    (gettext_lazy("Net lettable area, sq ft"), lambda row: row.letting.suite.lettable_area_sqft),
    (gettext_lazy("Rent on the last day, PKR a month"), lambda row: row.rent_pkr),
    (gettext_lazy("State of renewal"), lambda row: NEXT[row.key]),
    (gettext_lazy("In words"), lambda row: f"{row.words} {row.renewal}" if row.renewal else row.words),
)


@report
def expiries_page(request, today):
    """The endings of 24 months from a day on. A bad date or park: its message, and no rows."""
    form = ReportForm(request.GET, user=request.user, today=today, label=_("From"))
    valid, kind = form.is_valid(), asked_format(request)
    on = form.cleaned_data["on"] if valid else today
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    found = []
    if valid:
        lettings = Letting.objects.scope_for(request.user, today)
        park = form.cleaned_data["park"]
        found = endings(lettings.filter(park=park) if park else lettings, on, today)
    if kind:
        about = [(_("From"), on), (_("To"), last_day_of_window(on)), (_("Park"), park.name if park else _("All parks"))]
        sheet = Sheet("expiries", _("Expiries"), COLUMNS, in_page_order(found), lambda row: row.demo, about)
        return send(request, kind, [sheet], on)
    return draw(
        request,
        "expiries",
        "desk_expiries",
        {
            "title": _("Expiries over 24 months"),
            "form": form,
            "valid": valid,
            "on": on,
            "until": last_day_of_window(on),
            "park": form.cleaned_data["park"] if valid else None,
            "months": by_month(found),
            "total": Total.of(found),
            "labels": list(NEXT.values()),
            "demo": sum(each.demo for each in found),
            "count": len(found),
            "downloads": download_links(request.GET) if found else [],
        },
    )


def in_page_order(found):
    """The endings as the page has them: by month, park, and last day."""
    return [each for month in by_month(found) for own in month.parks for each in own.endings]
