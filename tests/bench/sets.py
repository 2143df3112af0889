"""The data sets: what is in each database, when it is stale, and which pages are measured on it.

Registers of 68, 500 and 5,000 parks are for the pages about parks. S, L and XL are for the tenancy desk: the
register with the small demonstration; 500 parks, 5,000 suites, 50,000 lettings and 1,000,000 history rows; 100,000
suites and 300,000 lettings for the search alone.
"""

import datetime as dt
import hashlib
from collections import namedtuple
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client as SignedIn
from django.utils import timezone

from parks.models import Park
from tests.bench import generate, tenancies
from tests.signing_in import force_login

Page = namedtuple("Page", "name ours floor cookie", defaults=[""])
FILTERS = urlencode({"region": "punjab", "stage": "operational"})
SEARCH = urlencode({"q": "lahore university"})
FOUR = urlencode({"region": "punjab", "area_min": 600, "area_max": 2400, "fit_out": "plug_and_play"})
Size = namedtuple("Size", "parks suites lettings history")
SIZES = {
    "L": Size(parks=500, suites=5_000, lettings=10, history=1_000_000),
    "XL": Size(parks=500, suites=100_000, lettings=3, history=0),
}
LARGEST_PARK = 500
TENANCY_SETS = ("S", *SIZES)


def is_filled(name):
    """Whether the database holds just the set `name`, as these modules would make it today."""
    if name not in TENANCY_SETS:
        return generate.is_filled(int(name))
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description('parks_suite'::regclass)")
        return cursor.fetchone()[0] == mark(name)


def fill(name):
    """Fill the migrated database with the set `name`, unless it is there."""
    if is_filled(name):
        return
    if name not in TENANCY_SETS:
        generate.fill(int(name))
        return
    if name == "S":
        call_command("load_register", stdout=StringIO())
        call_command("load_demo", stdout=StringIO(), stderr=StringIO())
    else:
        size = SIZES[name]
        generate.fill(size.parks)
        tenancies.fill(
            size.suites,
            size.lettings,
            timezone.localdate(),
            largest=LARGEST_PARK,
            history=size.history,
            unchecked=True,
        )
    with connection.cursor() as cursor:
        # What autovacuum would have done some minutes later.
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("COMMENT ON TABLE parks_suite IS %s", [mark(name)])


def mark(name):
    """What a filled database is known by: another day's or another generator's is stale."""
    demonstration = sorted((Path(settings.BASE_DIR) / "tenants" / "demo").glob("*.py"))
    files = [Path(generate.__file__), Path(tenancies.__file__), Path(__file__), *demonstration]
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]
    return f"{name} {made_by} {timezone.localdate()}"


def pages(name):
    """The pages that are measured on the set."""
    if name not in TENANCY_SETS:
        return park_pages()
    found = space_pages()
    if name != "XL":
        slug = Park.objects.listed().annotate(number=Count("suites")).order_by("-number", "pk")[0].slug
        found += [
            Page("park with suites", f"/parks/{slug}/", f"/bench/space-of/{slug}/"),
        ]
        cookie = session_cookie()
        found += [
            Page("rent roll", "/admin/desk/rent-roll/", "/bench/rent-roll/", cookie),
            Page("my day", "/admin/", "/bench/stock/", cookie),
            Page("search of the history", "/admin/history/", "/bench/stock/", cookie),
            *(
                Page(f"staff list, {model}", f"/admin/{app}/{model}/", f"/bench/stock/{app}/{model}/", cookie)
                for app, model in (("parks", "park"), ("parks", "suite"), ("tenants", "company"), ("tenants", "lease"))
            ),
        ]
    return found


def park_pages():
    """The pages about parks; the detail page is that of the park that has everything."""
    slug = Park.objects.order_by("ref").values_list("slug", flat=True)[0]
    return [
        Page("list", "/parks/", "/bench/parks/"),
        Page("filtered list", f"/parks/?{FILTERS}", f"/bench/parks/?{FILTERS}"),
        Page("search", f"/parks/?{SEARCH}", f"/bench/parks/?{SEARCH}"),
        Page("detail", f"/parks/{slug}/", f"/bench/parks/{slug}/"),
    ]


def space_pages():
    """The search for free space: all of it, with four filters, and for a term of a year that begins in two months."""
    begin = (timezone.localdate() + dt.timedelta(days=61)).replace(day=1)
    term = urlencode({"move_in": begin.isoformat(), "months": 12})
    return [
        Page("space", "/space/", "/bench/space/"),
        Page("space, 4 filters", f"/space/?{FOUR}", f"/bench/space/?{FOUR}"),
        Page("space, for a term", f"/space/?{term}", f"/bench/space/?{term}"),
    ]


def session_cookie():
    """The Cookie header of a signed-in administrator of this database."""
    user, _made = get_user_model().objects.get_or_create(
        username="bench", defaults={"is_staff": True, "is_superuser": True}
    )
    client = SignedIn()
    force_login(client, user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
