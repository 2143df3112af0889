"""Demonstration rows into the database and out of it, each in one transaction."""

from functools import partial

import pghistory
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils.translation import gettext as _

from parks.images import remove
from parks.models import City, Park, StageEvent, Suite, SuiteClosure
from stp_portal.kit.private_files import PrivateStorage
from tenants.models import (
    Application,
    ApplicationChoice,
    ApplicationDraft,
    ApplicationMessage,
    ApplicationPaper,
    Company,
    CompanyContact,
    DistinctCompanies,
    Lease,
    Letter,
    Letting,
    LettingRate,
    Mail,
    MergedCompany,
    PaperRequest,
    PassingOver,
    SpaceNeed,
    TimelineEntry,
)

from .applications import Applications
from .firms import firms_of, needs_of
from .papers import Book
from .supply import Asked, fates, invented_parks, open_parks, places_of
from .tenancies import Story

COMMAND = "load_demo"
# Any number will do, as long as nothing else of the portal takes the same advisory lock.
LOCK = 7_308_604_896_000_002
BATCH = 1_000
MARKED = (Park, Suite, Company, Application, Lease, Letter, SpaceNeed)  # what has a mark of its own
# What goes with the row that it belongs to, by the field that says which; others that name it may stand in the way.
ALONG = {
    StageEvent: "park",
    SuiteClosure: "suite",
    CompanyContact: "company",
    MergedCompany: "company",
    Letting: "lease",
    LettingRate: "letting__lease",
    ApplicationChoice: "application",
    TimelineEntry: "application",
    ApplicationMessage: "application",
    PaperRequest: "application",
    ApplicationPaper: "application",
    ApplicationDraft: "application",
    PassingOver: "application",
    Mail: "application",
}
# Signs for staff in what is invented. Nobody can sign in with it.
ACCOUNT = "demonstration"
NAMED = 3  # rows of a kind that a refusal names

# In this order each table's rows are free of others.
OF_APPLICATION = "DELETE FROM tenants_{} x USING tenants_application a WHERE a.id = x.application_id AND a.demo"
CLEARING = (
    "DELETE FROM tenants_spaceneed WHERE demo",
    OF_APPLICATION.format("mail"),
    OF_APPLICATION.format("passingover"),
    OF_APPLICATION.format("applicationpaper"),
    OF_APPLICATION.format("paperrequest"),
    OF_APPLICATION.format("applicationmessage"),
    OF_APPLICATION.format("timelineentry"),
    OF_APPLICATION.format("applicationchoice"),
    OF_APPLICATION.format("applicationdraft"),
    "DELETE FROM tenants_letter WHERE demo",
    "DELETE FROM tenants_lettingrate r USING tenants_letting t, tenants_lease l"
    " WHERE t.id = r.letting_id AND l.id = t.lease_id AND l.demo",
    "DELETE FROM tenants_letting t USING tenants_lease l WHERE l.id = t.lease_id AND l.demo",
    "DELETE FROM tenants_lease WHERE demo",
    "DELETE FROM tenants_application WHERE demo",
    "DELETE FROM tenants_companycontact x USING tenants_company c WHERE c.id = x.company_id AND c.demo",
    "DELETE FROM tenants_mergedcompany x USING tenants_company c WHERE c.id = x.company_id AND c.demo",
    "DELETE FROM tenants_distinctcompanies x USING tenants_company c"
    " WHERE c.id IN (x.first_id, x.second_id) AND c.demo",
    "DELETE FROM tenants_company WHERE demo",
    "DELETE FROM parks_suiteclosure x USING parks_suite s WHERE s.id = x.suite_id AND s.demo",
    "DELETE FROM parks_suite WHERE demo",
    "DELETE FROM parks_stageevent e USING parks_park p WHERE p.id = e.park_id AND p.demo",
    "DELETE FROM parks_park WHERE demo",
    f"DELETE FROM auth_user u WHERE username = '{ACCOUNT}' AND NOT is_active"  # noqa: S608
    " AND NOT EXISTS (SELECT FROM auth_user_groups g WHERE g.user_id = u.id)",
)


class Refused(Exception):
    """Why nothing was written, in a sentence for people."""


class InTheWay(Refused):
    """Rows of the portal's own that hang on demonstration rows."""


def load(*, seed, parks, suites_per_park, years, today, progress=None):
    """Write tenancies of the last `years` years for `parks` parks, and return how many rows of each kind.

    Where `parks` is more than the real parks that are open on `today` and have no suites of their own, the rest
    are invented. `progress(done, of)` is told the number of suites written. Raises Refused when there are real
    companies, real leases, demonstration rows already, or no city to put a park in.
    """
    asked = Asked(seed, suites_per_park, years, today)
    with transaction.atomic(), pghistory.context(command=COMMAND, reason=_("Invented for demonstration.")):
        _lock()
        _refuse()
        found = open_parks(today)[:parks]
        cities = list(City.objects.order_by("name", "pk"))
        if not cities:
            raise Refused(_("There is no city yet: `manage.py load_register` comes first."))
        counts = {"parks": len(found)}
        invented, events = invented_parks(parks - len(found), cities, asked)
        Park.objects.bulk_create(invented, batch_size=BATCH)
        StageEvent.objects.bulk_create(events, batch_size=BATCH)
        counts["invented parks"] = len(invented)
        opened = {event.park.pk: event.on for event in events} | {park.pk: park.opened_on for park in found}
        chosen = found + invented
        firms, contacts = firms_of(chosen, asked)
        everyone = [firm for city in firms.values() for firm in city]
        Company.objects.bulk_create(everyone, batch_size=BATCH)
        CompanyContact.objects.bulk_create(contacts, batch_size=BATCH)
        counts["companies"] = len(everyone)
        SpaceNeed.objects.bulk_create(needs_of(cities, asked))
        applications = Applications(asked)
        counts |= _suites_and_leases(chosen, opened, firms, applications, progress)
        counts["applications"] = applications.write(chosen, partial(_keys, Application), _account())
        with connection.cursor() as cursor:
            # Else pages run on plans made for empty tables until the server looks at them by itself.
            cursor.execute("ANALYZE parks_park, parks_suite, parks_suiteclosure, tenants_company")
            cursor.execute("ANALYZE tenants_lease, tenants_letting, tenants_lettingrate")
            cursor.execute("ANALYZE tenants_application, tenants_applicationchoice, tenants_timelineentry")
    return counts


def _suites_and_leases(parks, opened, firms, applications, progress):
    counts, asked = {"suites": 0, "leases": 0, "lettings": 0}, applications.asked
    book, next_fate = Book(asked.today), fates(asked.seed)
    story, waiting = Story(book, asked.seed), []
    for number, park in enumerate(parks, start=1):
        waiting.append((park, places_of(park, next_fate, opened.get(park.pk), asked)))
        if len(waiting) * asked.suites_per_park < BATCH and number < len(parks):
            continue
        suites = [place.suite for _park, places in waiting for place in places]
        Suite.objects.bulk_create(suites, batch_size=BATCH)
        for told, places in waiting:
            story.tell(told, places, firms[told.city_id])
            applications.may_choose(told, [place.suite for place in places])
        counts["suites"] += len(suites)
        counts["leases"] += len(book.leases)
        counts["lettings"] += len(book.lettings)
        _write(book, applications)
        waiting = []
        if progress:
            progress(number * asked.suites_per_park, len(parks) * asked.suites_per_park)
    return counts


def _write(book, applications):
    """Leases in the order of their first days, so that their numbers are in it too; then all that hangs on them."""
    leases = [lease for _first, lease in sorted(book.leases, key=lambda pair: pair[0])]
    # Keys taken in advance: a lease names the one that it renews, and both are written in one statement.
    for lease, pk in zip(leases, _keys(Lease, len(leases)), strict=True):
        lease.pk = pk
    applications.of_leases(leases, book.lettings, partial(_keys, Application))
    SuiteClosure.objects.bulk_create(book.closures, batch_size=BATCH)
    Lease.objects.bulk_create(leases, batch_size=BATCH)
    Letting.objects.bulk_create(book.lettings, batch_size=BATCH)
    LettingRate.objects.bulk_create(book.rates, batch_size=BATCH)
    book.empty()


def _keys(model, number):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, number],
        )
        return [key for (key,) in cursor.fetchall()]


def _account():
    """Who signs for staff in what is invented; switched off, without a password, and gone with the demonstration."""
    account, _made = get_user_model().objects.get_or_create(
        username=ACCOUNT, defaults={"is_active": False, "password": make_password(None)}
    )
    return account


def clear():
    """Remove every demonstration row and what belongs to it, and return how many rows; their history stays.

    Raises InTheWay, and removes nothing, when a row of the portal's own hangs on one.
    """
    with transaction.atomic(), pghistory.context(command=COMMAND, reason=_("The demonstration was cleared.")):
        _lock()
        if found := in_the_way():
            raise InTheWay(
                _("Nothing was cleared. What is not of the demonstration hangs on it: %(rows)s.")
                % {"rows": "; ".join(found)}
            )
        files = {
            *ApplicationPaper.objects.filter(application__demo=True).values_list("file", flat=True),
            *Letter.objects.filter(demo=True).values_list("file", flat=True),
        }
        stems = list(Company.objects.filter(demo=True).exclude(logo_stem="").values_list("logo_stem", flat=True))
        removed = 0
        with connection.cursor() as cursor:
            for statement in CLEARING:
                cursor.execute(statement)
                removed += cursor.rowcount
        for stem in stems:
            transaction.on_commit(partial(remove, stem))
        for name in files:
            transaction.on_commit(partial(PrivateStorage().delete, name))
    return removed


def in_the_way():
    """In words, the rows that hang on demonstration rows without being of the demonstration themselves."""
    found = {}
    for model in MARKED:
        # Those too that have no way back from here.
        for relation in model._meta.get_fields(include_hidden=True):
            if not (relation.one_to_many or relation.one_to_one) or not relation.auto_created:
                continue
            source, field = relation.related_model, relation.field.name
            if hasattr(source, "pgh_tracked_model") or source is DistinctCompanies:
                continue
            rows = source._base_manager.filter(**{f"{field}__demo": True})
            if source in MARKED:
                rows = rows.filter(demo=False)
            elif source in ALONG:
                rows = rows.filter(**{f"{ALONG[source]}__demo": False})
            for row in rows.order_by("pk"):
                found.setdefault(source, {})[row.pk] = row
    return [_said(model, list(rows.values())) for model, rows in found.items()]


def _said(model, rows):
    names = ", ".join(str(row) for row in rows[:NAMED])
    more = len(rows) - NAMED
    if more > 0:
        names = _("%(names)s and %(more)d more") % {"names": names, "more": more}
    kind = model._meta.verbose_name if len(rows) == 1 else model._meta.verbose_name_plural
    return f"{kind} {names}"


def _refuse():
    companies = Company.objects.filter(demo=False)
    leases = Lease.objects.filter(demo=False)
    applications = Application.objects.filter(demo=False)
    for rows, one, many in (
        (companies, _("company"), _("companies")),
        (leases, _("lease"), _("leases")),
        (applications, _("application"), _("applications")),
    ):
        number = rows.count()
        if number:
            raise Refused(
                _("The portal holds %(number)d real %(rows)s, such as %(name)s: nothing is invented beside them.")
                % {"number": number, "rows": one if number == 1 else many, "name": rows.order_by("pk").first()}
            )
    for model in MARKED:
        number = model.objects.filter(demo=True).count()
        if number:
            raise Refused(
                _("The demonstration is already there (%(number)d %(rows)s): `manage.py load_demo --clear` removes it.")
                % {"number": number, "rows": model._meta.verbose_name_plural}
            )


def _lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
