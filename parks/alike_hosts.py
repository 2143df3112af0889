"""Host institutions that may be one body under two names. Hints, for people to decide."""

from dataclasses import dataclass

from django.db.models import Q

from stp_portal.kit.alike import alike_pairs, like_one, word_set

from .models import DistinctHosts, HostInstitution

# Of institutions it is the place that tells them apart: the University of Lahore is not that of Karachi.
COMMON = word_set("""
    university institute college department government science technology information engineering management ministry
    board authority campus centre industry studies chamber commerce group building plaza tower pakistan software park
    it stp education higher public school faculty
""")


@dataclass(frozen=True)
class Pair:
    """Two host institutions by key, the smaller first, and how alike their names are, up to 1."""

    first: int
    second: int
    score: float


def similar_to(name, name_ur="", *, pk=None):
    """Host institutions whose name is like `name` or `name_ur`, the likest first, but `pk` and what it differs from."""
    rows = HostInstitution.objects.exclude(pk=pk).order_by()
    if pk is not None:
        known = DistinctHosts.objects.filter(Q(first=pk) | Q(second=pk)).values_list("first", "second")
        rows = rows.exclude(pk__in={key for pair in known for key in pair})
    names = {key: [one, other] for key, one, other in rows.values_list("pk", "name", "name_ur")}
    scores = like_one([name, name_ur], names, COMMON)
    found = HostInstitution.objects.in_bulk(scores)
    return sorted(found.values(), key=lambda row: (-scores[row.pk], row.pk))


def pairs():
    """Every Pair that may be one and is not known to be two, the likeliest first. Two queries."""
    rows = HostInstitution.objects.order_by().values_list("pk", "name", "name_ur")
    found = alike_pairs({pk: [name, name_ur] for pk, name, name_ur in rows}, COMMON)
    known = set(DistinctHosts.objects.values_list("first", "second"))
    told = [Pair(*pair, score) for pair, score in found.items() if pair not in known]
    return sorted(told, key=lambda pair: (-pair.score, pair.first, pair.second))
