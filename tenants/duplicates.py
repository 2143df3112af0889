"""Companies that may be one: like names, the same website, the same person to reach. Hints, for people to decide."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _

from stp_portal.kit.alike import alike_pairs, like_one
from tenants.models import Company, CompanyContact, DistinctCompanies

# An address that more companies share is an agent's or a directory's.
MOST_SHARED = 4
# Reasons beside the name, as parts of the order of a list.
SITE, PERSON = 0.5, 0.4


@dataclass(frozen=True)
class Pair:
    """Two companies, by key, the smaller first; how likely they are one, and why in sentences."""

    first: int
    second: int
    score: float
    reasons: tuple


def similar_to(name, name_ur="", *, pk=None):
    """Companies whose name is like `name` or `name_ur`, the likest first, but `pk` and what it is known to differ from.

    `name_ur` may be empty. One query for the names, one for what is found.
    """
    rows = Company.objects.exclude(pk=pk).order_by()
    if pk is not None:
        rows = rows.exclude(pk__in=apart_from(pk))
    names = {key: [one, other] for key, one, other in rows.values_list("pk", "name", "name_ur").iterator()}
    scores = like_one([name, name_ur], names)
    found = Company.objects.in_bulk(scores)
    return sorted(found.values(), key=lambda row: (-scores[row.pk], row.pk))


def apart_from(pk):
    """The keys of the companies that are known not to be the company `pk`."""
    pairs = DistinctCompanies.objects.filter(Q(first=pk) | Q(second=pk)).values_list("first", "second")
    return {key for pair in pairs for key in pair} - {pk}


def numbered_alike(company):
    """{field: company} of those that have a number of `company`, which may be unsaved and in normal form."""
    found = {}
    for field, lookup, value in (
        ("ntn", "ntn__startswith", company.ntn[:7]),
        ("secp_number", "secp_number", company.secp_number),
        ("pseb_number", "pseb_number", company.pseb_number),
    ):
        if value:
            twin = Company.objects.exclude(pk=company.pk).filter(**{lookup: value}).first()
            if twin is not None:
                found[field] = twin
    return found


def pairs(*, with_contacts):
    """Every Pair that may be one and is not known to be two, the likeliest first.

    `with_contacts` says whether the reader may learn that two have the same person. A demonstration firm is never
    paired with a real one. Four queries, however many companies there are.
    """
    rows = list(Company.objects.order_by().values_list("pk", "name", "name_ur", "website", "demo"))
    demo = {pk for pk, *_rest, invented in rows if invented}
    found = defaultdict(list)
    for pair, score in alike_pairs({pk: [name, name_ur] for pk, name, name_ur, *_rest in rows}).items():
        found[pair].append((score, _("the names are alike") if score < 1 else _("the names are the same")))
    for pair in _sharing((pk, _site(website)) for pk, _name, _ur, website, _demo in rows):
        found[pair].append((SITE, _("the website is the same")))
    if with_contacts:
        people = CompanyContact.objects.order_by().values_list("company", "email", "phone")
        reached = [(pk, way) for pk, email, phone in people for way in (email.casefold(), phone)]
        for pair in _sharing(reached):
            found[pair].append((PERSON, _("the same e-mail address or phone of a contact")))
    known = set(DistinctCompanies.objects.values_list("first", "second"))
    told = [
        Pair(first, second, sum(score for score, _said in why), tuple(said for _score, said in why))
        for (first, second), why in found.items()
        if (first, second) not in known and (first in demo) == (second in demo)
    ]
    return sorted(told, key=lambda pair: (-pair.score, pair.first, pair.second))


def _sharing(pieces):
    """The pairs of keys that share a value, out of (key, value); values that many share say nothing."""
    owners = defaultdict(set)
    for key, value in pieces:
        if value:
            owners[value].add(key)
    shared = set()
    for keys in owners.values():
        if 1 < len(keys) <= MOST_SHARED:
            shared.update(combinations(sorted(keys), 2))
    return shared


def _site(website):
    """A web address as it is compared: without scheme, www and a last stroke."""
    try:
        parts = urlsplit(website.casefold())
    except ValueError:
        return ""
    return (parts.netloc.removeprefix("www.") + parts.path).rstrip("/")
