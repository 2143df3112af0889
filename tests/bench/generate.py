"""Parks by the thousand, the same for the same seed: real towns, invented hosts and parks, dated facts.

The proportions follow the real register: some events without a date, areas for one park in three, half of
the parks from a source that others share.
"""

import csv
import datetime as dt
import hashlib
import random
from decimal import Decimal
from pathlib import Path

from django.db import connection, transaction

from parks.models import (
    AreaReport,
    City,
    HostAgreement,
    HostInstitution,
    Incentive,
    Park,
    Source,
    StageEvent,
)
from parks.models.agreement import AgreementKind
from parks.models.area import AreaKind
from parks.models.base import Precision
from parks.models.park import PartnershipKind, Programme
from parks.models.place import HostKind
from parks.models.stage import Certainty, Stage

SEED = 1
BATCH = 1_000
TOWNS = Path(__file__).resolve().parents[2] / "parks" / "data" / "cities.csv"
MOST_CITIES = 150
FIRST_DAY, DAYS = dt.date(2018, 1, 1), 2_900

QUARTERS = (("New", "نیا"), ("Old", "پرانا"), ("North", "شمالی"), ("South", "جنوبی"))
FIELDS = (
    ("Information Technology", "انفارمیشن ٹیکنالوجی"),
    ("Engineering", "انجینئرنگ"),
    ("Science", "سائنس"),
    ("Management Sciences", "انتظامی علوم"),
    ("Commerce", "تجارت"),
)
PEOPLE = (
    ("Iqbal", "اقبال"),
    ("Fatima", "فاطمہ"),
    ("Sir Syed", "سر سید"),
    ("Karakoram", "قراقرم"),
    ("Indus", "سندھو"),
    ("Mehran", "مہران"),
    ("Chenab", "چناب"),
    ("Khyber", "خیبر"),
    ("Bolan", "بولان"),
    ("Ravi", "راوی"),
    ("Margalla", "مارگلہ"),
)
HOSTS = (
    (HostKind.UNIVERSITY, "{person} University of {field}, {city}", "{person} یونیورسٹی، {city}"),
    (HostKind.GOVERNMENT, "{city} Board of {field}", "{city} بورڈ"),
    (HostKind.COMMERCIAL, "{person} Plaza & Mall, {city}", "{person} پلازہ، {city}"),
    (HostKind.COMPANY, "{person} {field} (Private) Limited, {city}", "{person} لمیٹڈ، {city}"),
    (HostKind.CHAMBER, "{city} Chamber of {field} and Industry", "ایوان صنعت {city}"),
)
STEPS = (Stage.IDENTIFIED, Stage.MOU_SIGNED, Stage.FIT_OUT, Stage.REPORTED_ESTABLISHED, Stage.OPERATIONAL)
ENDS = (Stage.SUSPENDED, Stage.CLOSED, Stage.ABANDONED, Stage.STATE_UNKNOWN)
NOTE = (
    "Named in the list that the ministry gave to the assembly's committee; the opening was announced twice "
    "and is confirmed by the host's own page."
)


def mark(seed=SEED):
    """How the references of this generator's parks begin; another generator, seed or town list has another."""
    made_by = hashlib.sha256(Path(__file__).read_bytes() + TOWNS.read_bytes()).hexdigest()[:6]
    return f"{made_by}-{seed}-"


def is_filled(parks, seed=SEED):
    """Whether the database holds just the `parks` parks that `fill` would make."""
    return Park.objects.count() == parks == Park.objects.filter(ref__startswith=mark(seed)).count()


def fill(parks, seed=SEED):
    """Fill an empty database with `parks` parks and all that belongs to them, all or nothing.

    Does nothing when they are there. Raises ValueError when other parks are: this is no place for them.
    Park number n is the same at every size but for its town, of which there are more in a larger register.
    """
    if is_filled(parks, seed):
        return
    if Park.objects.exists():
        raise ValueError("The database holds parks that were not made for these benchmarks.")
    with transaction.atomic():
        cities = make_cities(parks)
        hosts = make_hosts(parks, seed, cities)
        sources = make_sources(parks, seed)
        make_incentives(sources)
        rows = make_parks(parks, seed, hosts, sources)
        make_facts(rows, seed, sources)
    # Else the first rounds would run on plans made for empty tables.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def dice(seed, *what):
    """Random numbers of their own for each row, so that a row does not depend on how many come before it."""
    return random.Random(":".join(map(str, (seed, *what))))


def make_cities(parks):
    """The real towns with their aliases, then quarters of them; about one for each 50 parks more."""
    with TOWNS.open(encoding="utf-8", newline="") as file:
        towns = list(csv.DictReader(file))
    rows = [
        City(
            name=town["name"],
            name_ur=town["name_ur"],
            aliases="\n".join(part.strip() for part in town["aliases"].split(";")),
            region=town["region"],
            slug=slug_of(town["name"]),
            latitude=town["latitude"],
            longitude=town["longitude"],
        )
        for town in towns
    ]
    more = [(quarter, town) for quarter in QUARTERS for town in towns]
    rows += [
        City(
            name=f"{english} {town['name']}",
            name_ur=f"{urdu} {town['name_ur']}",
            region=town["region"],
            slug=slug_of(f"{english} {town['name']}"),
        )
        for (english, urdu), town in more[: min(parks // 50, MOST_CITIES - len(towns))]
    ]
    return City.objects.bulk_create(rows)


def make_hosts(parks, seed, cities):
    """Two hosts for each three parks, each in a town; the kind of one in four is not reported."""
    rows = []
    for number in range(max(1, parks * 2 // 3)):
        throw = dice(seed, "host", number)
        kind, name, name_ur = throw.choice(HOSTS)
        city, person, field = throw.choice(cities), throw.choice(PEOPLE), throw.choice(FIELDS)
        name = name.format(person=person[0], field=field[0], city=city.name)
        host = HostInstitution(
            name=f"{name}, campus {number + 1}",
            name_ur=name_ur.format(person=person[1], city=city.name_ur) if throw.random() < 0.5 else "",
            slug=slug_of(f"{name} {number + 1}")[-120:].strip("-"),
            kind=kind if throw.random() < 0.75 else "",
        )
        rows.append((host, city))
    made = HostInstitution.objects.bulk_create([host for host, city in rows], batch_size=BATCH)
    return list(zip(made, [city for host, city in rows], strict=True))


def make_sources(parks, seed):
    """Publications: two for each three parks, some with a publisher's name, some undated."""
    papers = ("dawn.example", "brecorder.example", "propakistani.example", "www.radio.example", "moitt.example")
    rows = []
    for number in range(max(2, parks * 2 // 3)):
        throw = dice(seed, "source", number)
        paper = throw.choice(papers)
        on, precision = some_date(throw, undated=0.2)
        rows.append(
            Source(
                url=f"https://{paper}/news/{number}/software-technology-park-announced",
                title=f"Software technology park no. {number} announced" if throw.random() < 0.3 else None,
                publisher=paper.split(".")[-2].capitalize() if throw.random() < 0.3 else "",
                published_on=on,
                published_on_precision=precision,
            )
        )
    return Source.objects.bulk_create(rows, batch_size=BATCH)


def make_incentives(sources):
    """What a firm is said to get, for the home page."""
    texts = (("Rental subsidy", "25% off rent"), ("Free internet", "one year of free internet"))
    Incentive.objects.bulk_create(
        Incentive(
            title=title,
            words=words,
            published_on=dt.date(2022, 4, 7),
            published_on_precision=Precision.DAY,
            source=sources[0],
        )
        for title, words in texts
    )


def make_parks(parks, seed, hosts, sources):
    """The parks themselves. The first has everything, so that it can stand for a detail page."""
    rows = []
    for number in range(parks):
        throw = dice(seed, "park", number)
        host, city = throw.choice(hosts)
        person = throw.choice(PEOPLE)
        programme = throw.choices(Programme.values, weights=[30, 5, 3, 10, 10, 10])[0]
        full = number == 0
        point = throw.random() < 0.7 and city.latitude
        rows.append(
            Park(
                ref=f"{mark(seed)}{number:05}",
                name=f"{person[0]} Software Technology Park {number + 1}, {city.name}",
                name_ur=f"{person[1]} سافٹ ویئر ٹیکنالوجی پارک، {city.name_ur}" if full or throw.random() < 0.4 else "",
                name_note="building not named in source" if throw.random() < 0.1 else "",
                slug=f"{slug_of(person[0])}-software-technology-park-{number + 1}",
                city=city,
                district=throw.choices((city.name, throw.choice(hosts)[1].name, None), weights=[60, 10, 30])[0],
                host=host if full or throw.random() < 0.75 else None,
                partnership_kind=throw.choice(["", *PartnershipKind.values]),
                partnership_words="hosted by the institution" if throw.random() < 0.5 else "",
                programme=programme,
                women_only=True if throw.random() < 0.05 else None,
                address=f"Block {number % 90 + 1}, {person[0]} Road\n{city.name}" if full else "",
                latitude=city.latitude if point else None,
                longitude=city.longitude if point else None,
                coordinates_precision="approximate" if point else "",
                description=f"{NOTE} {NOTE}" if full else "",
                source=throw.choice(sources) if full or throw.random() < 0.8 else None,
                source_notes=NOTE,
                stage_words="operational" if throw.random() < 0.3 else "",
                power_hours=24 if full or throw.random() < 0.1 else None,
                internet_providers="PTCL\nNayatel" if full else "",
                listed=full or throw.random() < 0.97,
            )
        )
    return Park.objects.bulk_create(rows, batch_size=BATCH)


def make_facts(parks, seed, sources):
    """Stage events, area reports and agreements of each park."""
    events, areas, papers = [], [], []
    for number, park in enumerate(parks):
        throw = dice(seed, "facts", number)
        full = number == 0
        steps = list(STEPS) if full else sorted(throw.sample(STEPS, throw.choice((0, 1, 1, 1, 2, 3))), key=STEPS.index)
        if not full and throw.random() < 0.1:
            steps.append(throw.choice(ENDS))
        day = FIRST_DAY + dt.timedelta(days=throw.randrange(DAYS // 2))
        dated = []
        for stage in steps:
            day += dt.timedelta(days=throw.randrange(30, 300))
            dated.append((stage, day))
        # Not in the order of their dates, as staff do not enter them in it either.
        throw.shuffle(dated)
        events += [event_of(throw, park, stage, day, sources) for stage, day in dated]
        if throw.random() < 0.05:
            day = dt.date(2024, 1, 1) + dt.timedelta(days=throw.randrange(1_500))
            events.append(event_of(throw, park, Stage.OPEN_HOUSE, day, sources, certainty=Certainty.EXPECTED))
        for place in range(2 if full else throw.choices((0, 1, 2), weights=[65, 25, 10])[0]):
            on, precision = some_date(throw, undated=0.3)
            areas.append(
                AreaReport(
                    park=park,
                    kind=AreaKind.COVERED if place == 0 else AreaKind.PLANNED,
                    area_sqft=Decimal(throw.randrange(8, 800) * 250),
                    source=throw.choice(sources),
                    reported_on=on,
                    reported_on_precision=precision,
                    chosen=place == 0,
                )
            )
        if full or throw.random() < 0.3:
            on, precision = some_date(throw, undated=0.2)
            papers.append(
                HostAgreement(
                    park=park,
                    kind=throw.choice(AgreementKind.values),
                    parties=f"PSEB; {park.host.name if park.host else park.name}",
                    signed_on=on,
                    signed_on_precision=precision,
                    source=throw.choice(sources),
                )
            )
    StageEvent.objects.bulk_create(events, batch_size=BATCH)
    AreaReport.objects.bulk_create(areas, batch_size=BATCH)
    HostAgreement.objects.bulk_create(papers, batch_size=BATCH)


def event_of(throw, park, stage, day, sources, *, certainty=Certainty.ACTUAL):
    """One stage event about `day`; one in three has no date of its own, only the day by which it was known."""
    undated = throw.random() < 0.35
    precision = throw.choice((Precision.DAY, Precision.DAY, Precision.MONTH, Precision.YEAR))
    return StageEvent(
        park=park,
        stage=stage,
        certainty=certainty,
        on=None if undated else first_of(day, precision),
        on_precision="" if undated else precision,
        known_by=day if undated else None,
        source=throw.choice(sources),
        note=NOTE if throw.random() < 0.2 else "",
    )


def some_date(throw, undated):
    """A date and its precision; (None, "") for the share `undated`."""
    if throw.random() < undated:
        return None, ""
    precision = throw.choice((Precision.DAY, Precision.DAY, Precision.MONTH, Precision.YEAR))
    return first_of(FIRST_DAY + dt.timedelta(days=throw.randrange(DAYS)), precision), precision


def first_of(day, precision):
    """The first day of the period of `day`."""
    if precision == Precision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision == Precision.MONTH else day


def slug_of(text):
    """Small letters, digits and single hyphens."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split())
