"""What the tests of free space share: a small world, and readers of its pages and downloads."""

import csv
import datetime as dt
import io
import json
import re

import openpyxl

from parks.models import SuiteClosure
from tests.factories import CityFactory, CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory

FORMATS = ("csv", "xlsx", "json")
# Never on a public page: whom a suite is let to, and for how much.
CANARY, CANARY_RENT = "Canary Tenant Ltd", 987_654_321


def after(today, days):
    """The day so many days after `today`."""
    return today + dt.timedelta(days)


def html_of(response):
    """The page without the white space that only its template's layout has."""
    html = re.sub(r"\s+", " ", response.content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return re.sub(r"(?<=>) | (?=<)", "", html)


def text_of(response):
    """What a reader sees of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(response)))


def ask(client, **params):
    """The search page for these parameters."""
    response = client.get("/space/", params)
    assert response.status_code == 200
    return response


def parts(response):
    """The two lists of a search page: (free, free soon), as HTML."""
    html = html_of(response).split("<footer>")[0]
    free, _mark, soon = html.partition('<section class="soon"')
    return free, soon


def keys(html):
    """The keys of the suites on cards, in order."""
    return [int(key) for key in re.findall(r'<h3><a href="/space/[^/]+/([0-9]+)/"', html)]


def found(response):
    """The keys of the free suites on one page."""
    return keys(parts(response)[0])


def found_soon(response):
    """The keys of those that become free soon."""
    return keys(parts(response)[1])


def count(response):
    """The number that stands over the list."""
    return int(re.search(r'id="count">([\d,]+) free', html_of(response))[1].replace(",", ""))


def all_found(client, **params):
    """The keys of all pages, in order; None when a filter is refused."""
    keys_, page = [], 1
    while True:
        response = ask(client, **params, page=page)
        if "There is a problem" in response.content.decode():
            return None
        keys_ += found(response)
        if 'rel="next"' not in response.content.decode():
            return keys_
        page += 1


def body(response):
    """The bytes of a streamed answer."""
    return b"".join(response.streaming_content)


def rows(client, kind, /, **params):
    """The rows of a download as dicts of texts, numbers and None, as a reader of the format gives them."""
    response = client.get("/space/", {**params, "format": kind})
    assert response.status_code == 200, response.content
    data = body(response)
    if kind == "csv":
        return [dict(row) for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig")))]
    if kind == "json":
        read = json.loads(data)
        assert read["count"] == len(read["results"])
        return read["results"]
    sheet = openpyxl.load_workbook(io.BytesIO(data))["suites"]
    names, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(names, line, strict=True)) for line in lines]


def key_of(row):
    """The key of the suite in a row of a download."""
    return int(row["url"].rstrip("/").rpartition("/")[2])


def let(suite, first, last, **kwargs):
    """A letting of `suite` to the canary, both days inclusive; no last day is without end."""
    company = CompanyFactory(name=CANARY)
    lease = LeaseFactory(park=suite.park, company=company)
    return LettingFactory(
        suite=suite, lease=lease, commencement_date=first, expiry_date=last, rent=CANARY_RENT, **kwargs
    )


def suite(park, number="S-1", **facts):
    """A suite of 1,000 sq ft."""
    return SuiteFactory(park=park, number=number, **facts)


def one_of_each(today):
    """A suite that each filter finds by itself, and one that fits none."""
    park = ParkFactory(city=CityFactory(slug="multan", region="punjab"), women_only=True, lift=True)
    fit = suite(
        park,
        "F",
        lettable_area_sqft=2000,
        seats=30,
        fit_out="raw",
        rent_basis="fixed",
        rent_pkr=10_000,
        service_charge_pkr=500,
    )
    other = suite(
        ParkFactory(city=CityFactory(slug="karachi", region="sindh"), lift=False),
        "O",
        kind="desk",
        lettable_area_sqft=None,
        seats=2,
        fit_out="plug_and_play",
        rent_basis="fixed",
        rent_pkr=90_000,
        service_charge_pkr=0,
    )
    return fit, other


def world(today):
    """Parks in three cities with suites of every kind; {key: list of (first, last) days on which one is not free}.

    Returned beside it: the suites by key, with their parks. A last day of None is without end.
    """
    lahore = CityFactory(name="Lahore", slug="lahore", region="punjab")
    karachi = CityFactory(name="Karachi", slug="karachi", region="sindh", aliases="Kurrachee")
    quetta = CityFactory(name="Quetta", slug="quetta", region="balochistan")
    parks = [
        ParkFactory(name="Arfa Tower", slug="arfa", city=lahore, lift=True, power_hours=24, generator=True),
        ParkFactory(name="Nastp Hub", slug="nastp", city=karachi, women_only=True, lift=True, generator=False),
        ParkFactory(name="Quetta Hub", slug="quetta-hub", city=quetta),
        ParkFactory(name="Hidden Hub", slug="hidden", city=lahore, listed=False),
    ]
    busy, suites = {}, {}
    for n in range(44):
        park = parks[n % 4] if n % 4 != 2 or n < 8 else parks[0]
        desk = n % 7 == 0
        suite = SuiteFactory(
            park=park,
            number=f"{'D' if desk else 'S'}-{n}",
            kind="desk" if desk else "suite",
            lettable_area_sqft=None if desk or n % 11 == 3 else 400 + 150 * n,
            seats=2 + n % 3 if desk else (None if n % 5 == 2 else 4 + n),
            fit_out=["", "raw", "warm_shell", "plug_and_play"][n % 4],
            in_service_from=after(today, 20) if n % 13 == 5 else None,
            **cost_of(n, desk),
        )
        suites[suite.pk] = suite
        busy[suite.pk] = [(dt.date.min, after(today, 19))] if n % 13 == 5 else []
        for first, last in terms_of(n, today):
            let(suite, first, last)
            busy[suite.pk].append((first, last))
        if n % 9 == 4:
            first, last = after(today, 300), after(today, 330)
            SuiteClosure.objects.create(suite=suite, first_day=first, last_day=last, reason="repair")
            busy[suite.pk].append((first, last))
    return suites, busy


def cost_of(n, desk):
    """What the suite number `n` asks for."""
    if n % 6 == 1:
        return {}
    charge = None if n % 8 == 5 else 500 * n
    if desk:
        return {"rent_basis": "per_seat", "rent_pkr": 7000, "service_charge_pkr": charge}
    basis = "fixed" if n % 3 == 0 else "per_sqft"
    return {"rent_basis": basis, "rent_pkr": 60_000 if basis == "fixed" else "95.55", "service_charge_pkr": charge}


def terms_of(n, today):
    """The lettings of the suite number `n`, as (first, last) days."""
    return {
        1: [(after(today, -100), after(today, 29))],
        2: [(after(today, -100), None)],
        3: [(after(today, 60), after(today, 400))],
        4: [(after(today, -100), after(today, 9)), (after(today, 50), after(today, 80))],
        8: [(after(today, -100), after(today, 200))],
    }.get(n % 10, [])
