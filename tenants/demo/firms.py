"""Firms that do not exist and are named so, and needs for space. No person is invented, and no number of a firm."""

import uuid
from collections import Counter
from itertools import count

from tenants.models import Company, CompanyContact, SpaceNeed
from tenants.models.company import Activity, SizeClass
from tenants.models.need import SizeBand

from .dice import days, dice, start_of_month

NEEDS = 12
WEIGHTS = {
    Activity.SOFTWARE: 40,
    Activity.IT_SERVICES: 18,
    Activity.CALL_CENTRE: 10,
    Activity.BPO: 8,
    Activity.GAMES: 6,
    Activity.ECOMMERCE: 6,
    Activity.TRAINING: 4,
    Activity.HARDWARE: 2,
    Activity.TELECOM: 3,
    Activity.FREELANCE: 3,
}


def slug_of(text):
    """Small letters, digits and single hyphens."""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split())


def firms_of(parks, asked):
    """Three firms for four suites of each city, at least three: (companies, contacts), unsaved, by city key.

    Returns {city pk: [Company, …]} and a list of contacts, which are departments with addresses at example.org.
    """
    cities = {park.city_id: park.city for park in parks}
    parks_in = Counter(park.city_id for park in parks)
    numbers = count(1)
    found, contacts = {}, []
    for pk, city in cities.items():
        firms = found[pk] = []
        for _ in range(max(3, parks_in[pk] * asked.suites_per_park * 3 // 4)):
            number = next(numbers)
            throw = dice(asked.seed, "firm", number)
            firms.append(_firm(throw, number, city, asked.today))
            if throw.random() < 0.7:
                contacts.append(
                    CompanyContact(
                        company=firms[-1],
                        name="Front desk",
                        role="Leases",
                        email=f"leases@firm-{number:03}.example.org",
                    )
                )
    return found, contacts


def _firm(throw, number, city, today):
    registered = throw.random() < 0.85
    lapsed = throw.random() < 0.12
    expiry = today - days(throw.randrange(10, 400)) if lapsed else today + days(throw.randrange(20, 365))
    return Company(
        name=f"Demonstration firm {number:03} ({city.name})",
        slug=slug_of(f"demonstration-firm-{number:03}-{city.name}")[:120],
        pseb_number=f"DEMO-{number:05}" if registered else "",
        pseb_expiry_date=expiry if registered else None,
        activity=throw.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))[0],
        size_class=throw.choices(["", *SizeClass.values], weights=[10, 45, 35, 8, 2])[0],
        public_listing=throw.random() < 0.6,
        note="Invented for demonstration: there is no such firm.",
        demo=True,
    )


def needs_of(cities, asked):
    """A few needs for space that nobody sent, without names; unsaved."""
    throw = dice(asked.seed, "needs")
    return [
        SpaceNeed(
            city=throw.choice(cities),
            size_band=throw.choice(SizeBand.values),
            needed_from=start_of_month(asked.today + days(throw.randrange(40, 200))) if throw.random() < 0.7 else None,
            note="Invented for demonstration.",
            form_token=uuid.UUID(int=throw.getrandbits(128), version=4),
            demo=True,
        )
        for _ in range(NEEDS)
    ]
