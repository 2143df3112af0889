"""My day: what waits for somebody, what comes up, what the register needs; each line leads to the list it counts."""

import datetime as dt

from django.db import connection
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parks.alike_hosts import pairs as pairs_of_hosts
from parks.models import DistinctHosts, HostAgreement, HostInstitution, Park, SealedDay
from stp_portal.kit.roles import sees_all_parks
from tenants import coming, duplicates
from tenants.models import Company, CompanyContact, DistinctCompanies, Enquiry, Lease
from tenants.models.enquiry import EnquiryState

from . import applications, registers
from .lines import Group, Line
from .watch import counts as watched_counts
from .watch import link

LEASES = "admin:tenants_lease_changelist"
PARKS = "admin:parks_park_changelist"
# Days without a digest of the history after which somebody should look: the timed work may have stopped.
UNSEALED_DAYS = 2
# How old an unanswered question may be before it is told apart, in days: as its list has them.
OVERDUE_DAYS = (2, 7, 30)
# How many pairs may be one, by what is in the tables: comparing all names takes longer than the rest of the page.
_counted = {}


def my_day(request, today):
    """The Groups of this person, in order; those without any line are left out. Constant in queries."""
    user = request.user
    watched = watched_counts(user, today) if user.has_perm("tenants.view_lease") else {}
    desk, register = applications.waiting(request, today), registers.waiting(request, today)
    found = (
        Group("answer", _("Needs an answer"), (*desk.answers, *_enquiries(user, today), *register.answers)),
        Group("coming", _("Coming up"), (*_watched(watched, "offers"), *_coming(user, today), *desk.coming)),
        Group(
            "care",
            _("Care of the register"),
            (
                *_watched(watched, "without_agreement", "holding_over", "registrations"),
                *_parks(user, today),
                *register.care,
                *_alike(user),
            ),
        ),
        Group("portal", _("The portal itself"), (*desk.portal, *_history(user, today))),
    )
    return [group for group in found if group.lines]


def _sees(user, app, model):
    return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")


def _enquiries(user, today):
    if not _sees(user, "tenants", "enquiry"):
        return
    rows = Enquiry.objects.scope_for(user, today).filter(state=EnquiryState.NEW)
    old = {str(days): Count("pk", filter=Q(created_at__lt=_start(today, days))) for days in OVERDUE_DAYS}
    found = rows.aggregate(n=Count("pk"), **old)
    words = ngettext("%(n)s not answered", "%(n)s not answered", found["n"]) % {"n": found["n"]}
    page = "admin:tenants_enquiry_changelist"
    parts = tuple(
        (_("over %(days)s days") % {"days": days}, found[str(days)], reverse(page, query={"waiting": days}))
        for days in OVERDUE_DAYS
        if found[str(days)]
    )
    url = reverse(page, query={"state__exact": EnquiryState.NEW.value})
    yield Line(_("Questions and visits"), words, found["n"] > 0, url, found["n"], parts)


def _start(today, days):
    """The first moment in Karachi of the day `days` before `today`."""
    return timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=days), dt.time()))


def _watched(counts, *keys):
    named = {
        "without_agreement": _("In occupation without an agreement"),
        "holding_over": _("Holding over"),
        "registrations": _("Tenants with a lapsed PSEB registration"),
        "offers": _("Offers lapsing within 14 days"),
    }
    for key in keys:
        if key in counts:
            count = counts[key]
            yield Line(named[key], str(count), count > 0, f"{link('desk_watch')}#{key}", count)


def _coming(user, today):
    if user.has_perm("tenants.view_lease"):
        most = max(coming.ENDING_DAYS)
        leases = Lease.objects.scope_for(user, today)
        rows = coming.ending(leases.with_span(), today, most).order_by()
        within = {
            str(days): Count("pk", filter=Q(last_day__lte=today + dt.timedelta(days=days)))
            for days in coming.ENDING_DAYS
        }
        found = rows.aggregate(**within)
        parts = tuple(
            (_("within %(days)s days") % {"days": days}, found[str(days)], reverse(LEASES, query={"ends": days}))
            for days in coming.ENDING_DAYS[:-1]
            if found[str(days)]
        )
        count = found[str(most)]
        words = ngettext("%(n)s, not renewed", "%(n)s, not renewed", count) % {"n": count}
        soon = found[str(coming.ENDING_DAYS[0])] > 0
        label = _("Leases expiring within %(days)s days") % {"days": most}
        yield Line(label, words, soon, reverse(LEASES, query={"ends": most}), count, parts)
        count = coming.stepping(leases, today).order_by().count()
        label = _("Steps in rent within %(days)s days") % {"days": coming.STEP_DAYS}
        words = ngettext("of %(n)s lease", "of %(n)s leases", count) % {"n": count}
        yield Line(label, words, False, reverse(LEASES, query={"step": coming.STEP_DAYS}), count)
    if user.has_perm("tenants.view_lease") and _sees(user, "parks", "hostagreement"):
        count = coming.outlasted(HostAgreement.objects.scope_for(user, today), today).count()
        url = reverse("admin:parks_hostagreement_changelist", query={"expiry": "before"})
        words = ngettext("%(n)s agreement", "%(n)s agreements", count) % {"n": count}
        yield Line(_("Agreements with hosts that end before their tenants’ leases"), words, count > 0, url, count)
    if _sees(user, "tenants", "company"):
        yield _registrations(user, today)


def _registrations(user, today):
    least, most = coming.PSEB_DAYS
    rows = coming.tenants_of(user, today)
    found = coming.registration_ending(rows, today, most).aggregate(
        n=Count("pk"), least=Count("pk", filter=Q(pseb_expiry_date__lte=today + dt.timedelta(days=least)))
    )
    page = "admin:tenants_company_changelist"
    url = reverse(page, query={"tenant": "yes", "pseb": "soon"})
    narrow = reverse(page, query={"tenant": "yes", "pseb": least})
    parts = ((_("within %(days)s days") % {"days": least}, found["least"], narrow),) if found["least"] else ()
    words = ngettext("of %(n)s tenant", "of %(n)s tenants", found["n"]) % {"n": found["n"]}
    label = _("PSEB registrations that end within %(days)s days") % {"days": most}
    return Line(label, words, found["least"] > 0, url, found["n"], parts)


def _parks(user, today):
    if not _sees(user, "parks", "park"):
        return
    own = Park.objects.scope_for(user, today)
    count = own.filter(pk__in=Park.objects.stuck(today).values("pk")).count()
    words = ngettext("%(n)s park", "%(n)s parks", count) % {"n": count}
    yield Line(_("Stuck: an old MoU and no opening"), words, count > 0, reverse(PARKS, query={"stuck": 1}), count)
    found = own.unverified(today).aggregate(n=Count("pk"), never=Count("pk", filter=Q(last_verified_on__isnull=True)))
    never = reverse(PARKS, query={"verified": "never"})
    parts = ((_("never"), found["never"], never),) if found["never"] else ()
    words = ngettext("%(n)s park", "%(n)s parks", found["n"]) % {"n": found["n"]}
    url = reverse(PARKS, query={"verified": "stale"})
    yield Line(_("Facts not verified for 180 days"), words, found["n"] > 0, url, found["n"], parts)


def _alike(user):
    """Pairs that may be one, of those who see every company or institution."""
    if not sees_all_parks(user):
        return
    companies, hosts = _sees(user, "tenants", "company"), _sees(user, "parks", "hostinstitution")
    if not (companies or hosts):
        return
    of_companies, of_hosts = _versions()
    if companies:
        people = user.has_perm("tenants.view_companycontact")
        count = _once(("companies", people), of_companies, lambda: len(duplicates.pairs(with_contacts=people)))
        words = ngettext("%(n)s pair", "%(n)s pairs", count) % {"n": count}
        yield Line(_("Companies that may be one"), words, False, reverse("admin:tenants_duplicates"), count)
    if hosts:
        count = _once(("hosts",), of_hosts, lambda: len(pairs_of_hosts()))
        words = ngettext("%(n)s pair", "%(n)s pairs", count) % {"n": count}
        yield Line(_("Host institutions that may be one"), words, False, reverse("admin:parks_duplicate_hosts"), count)


def _versions():
    """The newest event of what pairs of companies, and of institutions, are made from: as long as they stand, so do
    the pairs."""
    kinds = (Company, CompanyContact, DistinctCompanies), (HostInstitution, DistinctHosts)
    tables = [model.pgh_event_model._meta.db_table for models in kinds for model in models]
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        # The names of tables come from the models.
        cursor.execute("SELECT " + ", ".join(f"(SELECT max(pgh_id) FROM {quote(table)})" for table in tables))  # noqa: S608
        newest = cursor.fetchone()
    return newest[: len(kinds[0])], newest[len(kinds[0]) :]


def _once(key, version, count):
    """What `count` gives, asked once for each `version` by each process."""
    known = _counted.get(key)
    if known is None or known[0] != version:
        known = _counted[key] = (version, count())
    return known[1]


def _history(user, today):
    """The way into the history, and whether its days are sealed as they should be."""
    if user.has_perm("tenants.view_lease"):
        words = _("who changed what, when and why")
        yield Line(_("Search the history"), words, False, reverse("admin:history"))
    if not user.has_perm("parks.view_sealedday"):
        return
    last = SealedDay.objects.aggregate(last=Max("day"))["last"]
    url = reverse("admin:parks_sealedday_changelist")
    if last is None:
        oldest = Park.pgh_event_model.objects.aggregate(oldest=Min("pgh_created_at"))["oldest"]
        late = oldest is not None and (today - timezone.localdate(oldest)).days > UNSEALED_DAYS
        yield Line(_("Digests of the history"), _("none yet"), late, url)
        return
    words = _("up to %(day)s") % {"day": date_format(last, "j F Y")}
    yield Line(_("Digests of the history"), words, (today - last).days > UNSEALED_DAYS, url)
