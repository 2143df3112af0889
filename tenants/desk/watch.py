"""Lists to work through: occupations without an agreement, lapsed PSEB registrations, holding over, offers lapsing."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import Company, Lease, Letting
from tenants.models.lease_states import LeaseState

from .base import FORMATS, Sheet, asked_format, draw, is_demo, link, refused, report, send

# An offer is to be watched when its last day is at most so many days ahead.
SOON = 14
CHANGE = "tenants.change_lease"


@dataclass(frozen=True)
class Line:
    """One thing to see to: of which park and company, since or until when, in words, and the ways to act."""

    park: object
    company: Company
    lease: Lease | None
    suites: tuple
    day: dt.date | None
    days: int | None
    words: str
    actions: tuple = ()

    @property
    def demo(self):
        """Whether it is a demonstration."""
        return is_demo(self.lease, self.company)


@dataclass(frozen=True)
class WatchList:
    """One list: its name in addresses, what it is, in short too, what the day in it means, its lines, a note below."""

    key: str
    title: str
    short: str
    meaning: str
    day_label: str
    days_label: str
    lines: list = field(default_factory=list)
    note: str = ""


def acts(user, lease, *actions):
    """(label, address) of the guided pages of a lease that are there and that `user` may use."""
    if not user.has_perm(CHANGE):
        return ()
    found = ((label, link(f"tenants_lease_{name}", lease.pk)) for name, label in actions)
    return tuple((label, address) for label, address in found if address)


FILE_DEED = ("file_deed", gettext_lazy("File the deed"))
VACATED = ("record_vacated", gettext_lazy("Record as vacated"))
RENEW = ("renew", gettext_lazy("Renew"))
ACCEPT = ("accept", gettext_lazy("Record acceptance"))


def there(lettings, on, today):
    """Lettings whose tenant is in the suite on `on`: in force or holding over."""
    in_force, over = lettings.in_force(on), lettings.holding_over(on, today)
    return lettings.filter(Q(pk__in=in_force.values("pk")) | Q(pk__in=over.values("pk")))


def occupied(user, today):
    """The lettings of own parks whose tenants are there today."""
    return there(Letting.objects.scope_for(user, today), today, today)


def numbers(lettings):
    """The numbers of their suites."""
    return tuple(sorted({letting.suite.number for letting in lettings}))


def unagreed(user, today):
    """Leases without a deed on file whose tenant is there today."""
    tenants = occupied(user, today).filter(lease=OuterRef("pk"))
    return Lease.objects.scope_for(user, today).without_deed().filter(Exists(tenants))


def unregistered(user, today):
    """Lettings of today's tenants whose PSEB registration has run out, or who have no number."""
    lapsed = Company.objects.filter(Q(pseb_number="") | Q(pseb_expiry_date__lt=today))
    return occupied(user, today).filter(lease__company__in=lapsed)


def overstaying(user, today):
    """Lettings that are holding over today."""
    return Letting.objects.scope_for(user, today).holding_over(today, today)


def lapsing(user, today):
    """Leases on offer whose last day is today or within 14 days."""
    days = (today, today + dt.timedelta(days=SOON))
    return Lease.objects.scope_for(user, today).filter(state=LeaseState.OFFERED, offer_deadline__range=days)


def without_agreement(user, today):
    """Companies that are in occupation today without an agreement on file."""
    leases = unagreed(user, today).with_span().select_related("park", "company").prefetch_related("lettings__suite")
    return WatchList(
        "without_agreement",
        _("In occupation without an agreement"),
        _("No agreement"),
        _("A company is in the suite, and no deed is on file."),
        _("In occupation since"),
        _("Days"),
        [
            Line(
                lease.park,
                lease.company,
                lease,
                numbers(lease.lettings.all()),
                lease.first_day,
                (today - lease.first_day).days + 1,
                lease.state_reason,
                acts(user, lease, FILE_DEED, VACATED),
            )
            for lease in leases.order_by("first_day", "pk")
        ],
    )


def registrations(user, today):
    """Tenants of today whose PSEB registration has run out, or who have no number: one line a park."""
    lettings = unregistered(user, today).select_related("lease__company", "park", "suite")
    tenants = {}
    for letting in lettings.order_by(
        F("lease__company__pseb_expiry_date").asc(nulls_last=True), Lower("lease__company__name"), "pk"
    ):
        tenants.setdefault((letting.lease.company_id, letting.park_id), []).append(letting)
    lines = []
    for own in tenants.values():
        company, day = own[0].lease.company, own[0].lease.company.pseb_expiry_date
        words = _("Registration %(number)s has expired") % {"number": company.pseb_number} if day else _("No number")
        days = (today - day).days if day else None
        lines.append(Line(own[0].park, company, None, numbers(own), day, days, words))
    undated = Company.objects.filter(
        ~Q(pseb_number=""),
        Exists(occupied(user, today).filter(lease__company=OuterRef("pk"))),
        pseb_expiry_date__isnull=True,
    ).count()
    note = _("Not listed: tenants with a number whose expiry is not recorded: %(count)s.") % {"count": undated}
    return WatchList(
        "registrations",
        _("Tenants with a lapsed PSEB registration"),
        _("PSEB registrations"),
        _("The registration expired before today, or there is no number."),
        _("Expired"),
        _("Days ago"),
        lines,
        note if undated else "",
    )


def holding_over(user, today):
    """Leases whose term has run out with the tenant, as far as recorded, still there."""
    leases = {}
    for letting in (
        overstaying(user, today).select_related("suite", "lease__park", "lease__company").order_by("expiry_date", "pk")
    ):
        leases.setdefault(letting.lease_id, []).append(letting)
    return WatchList(
        "holding_over",
        _("Holding over"),
        _("Holding over"),
        _("The term has run out; the tenant is, as far as recorded, still there. Such a suite is not vacant."),
        _("Expired"),
        _("Days ago"),
        [
            Line(
                own[0].lease.park,
                own[0].lease.company,
                own[0].lease,
                numbers(own),
                own[0].expiry_date,
                (today - own[0].expiry_date).days,
                _("Expired, neither renewed nor recorded as vacated"),
                acts(user, own[0].lease, RENEW, VACATED),
            )
            for own in leases.values()
        ],
    )


def offers_lapsing(user, today):
    """Offers whose last day is today or within 14 days."""
    leases = lapsing(user, today).select_related("park", "company").prefetch_related("lettings__suite")
    return WatchList(
        "offers",
        _("Offers lapsing within 14 days"),
        _("Offers lapsing"),
        _("What is not accepted by the last day of its offer is free again on the next."),
        _("Open until"),
        _("Days left"),
        [
            Line(
                lease.park,
                lease.company,
                lease,
                numbers(lease.lettings.all()),
                lease.offer_deadline,
                (lease.offer_deadline - today).days,
                _("Offered, not yet accepted"),
                acts(user, lease, ACCEPT),
            )
            for lease in leases.order_by("offer_deadline", "pk")
        ],
    )


LISTS = {
    "without_agreement": without_agreement,
    "holding_over": holding_over,
    "registrations": registrations,
    "offers": offers_lapsing,
}


def counts(user, today):
    """How many lines each list has, by its key: one query each."""
    over = overstaying(user, today).order_by()
    return {
        "without_agreement": unagreed(user, today).count(),
        "holding_over": over.values("lease").distinct().count(),
        "registrations": unregistered(user, today).order_by().values("lease__company", "park").distinct().count(),
        "offers": lapsing(user, today).count(),
    }


def columns(watched):
    """The columns of a list as a file has them."""
    return (
        (_("List"), lambda line: watched.title),
        (_("Park code"), lambda line: line.park.code),
        (_("Park"), lambda line: line.park.name),
        (_("Company"), lambda line: line.company.name),
        (_("Lease"), lambda line: line.lease and line.lease.number),
        (_("Suites"), lambda line: ", ".join(line.suites)),
        (watched.day_label, lambda line: line.day),
        (watched.days_label, lambda line: line.days),
        (_("In words"), lambda line: line.words),
    )


def sheet_of(watched):
    """A list as the rows of a file."""
    name = f"watch-{watched.key.replace('_', '-')}"
    return Sheet(name, watched.short, columns(watched), watched.lines, lambda line: line.demo)


@report
def watch_page(request, today):
    """The lists as of today. `format=csv` needs `list`, the key of one; a workbook holds them all, a sheet each."""
    kind, key = asked_format(request), request.GET.get("list", "").strip()
    if key and key not in LISTS:
        return refused(kind, [_("List must be one of these: %s.") % ", ".join(LISTS)])
    if kind not in {"", *FORMATS}:
        return refused(kind)
    if kind == "csv" and not key:
        return refused(kind, [_("Say which list: %s.") % ", ".join(LISTS)])
    watched = [LISTS[name](request.user, today) for name in ([key] if key else LISTS)]
    if kind:
        return send(request, kind, [sheet_of(each) for each in watched], today)
    return draw(
        request,
        "watch",
        "desk_watch",
        {
            "title": _("Watch lists"),
            "on": today,
            "lists": watched,
            "demo": sum(line.demo for each in watched for line in each.lines),
            "count": sum(len(each.lines) for each in watched),
        },
    )
