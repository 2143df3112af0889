"""Parks and suites that a draft asks for, in their order, and those that it may add.

A choice is kept as a text: `p` with the key of a park, or `s` with that of a suite.
"""

import re
from dataclasses import dataclass

from django.db.models import F, Q, Value
from django.db.models.functions import Abs, Lower
from django.utils.translation import gettext as _

from parks.models import City, Park, Suite
from parks.models.stage import ENDED, Stage
from parks.models.suite import SuiteKind
from tenants import space
from tenants.models.application_parts import MOST_CHOICES
from tenants.words import suite_title

KEY = re.compile(r"[ps][1-9][0-9]{0,17}", re.ASCII)
MOST_PARKS, MOST_SUITES = 200, 30


@dataclass(frozen=True)
class Choice:
    """A park, or a suite of it. `problem` says why it cannot be asked for any more; empty while it can."""

    key: str
    park: Park | None
    suite: Suite | None
    problem: str = ""

    @property
    def name(self):
        """`Suite A-301, Arfa Tower` or `Arfa Tower`; what stands there for one that is gone."""
        if self.park is None:
            return _("A park or suite that is no longer published")
        if self.suite is None:
            return self.park.name
        return f"{suite_title(self.suite.kind, self.suite.number)}, {self.park.name}"


def is_key(text):
    """Whether `text` has the form of a choice."""
    return isinstance(text, str) and KEY.fullmatch(text) is not None


def found(keys, today):
    """The Choices of these keys, in their order; what cannot be asked for has its `problem`. Two queries at most."""
    keys = [key for key in dict.fromkeys(keys) if is_key(key)]
    pks = [int(key[1:]) for key in keys if key[0] == "s"]
    suites = space.offered(Suite.objects.all(), today).in_bulk(pks) if pks else {}
    wanted = {int(key[1:]) for key in keys if key[0] == "p"} | {suite.park_id for suite in suites.values()}
    parks = open_parks(today).select_related("city").in_bulk(wanted) if wanted else {}
    return [one(key, parks, suites) for key in keys]


def one(key, parks, suites):
    """The Choice of a key among parks and suites that can be asked for."""
    gone = _("It cannot be applied for any more: remove it.")
    if key[0] == "p":
        park = parks.get(int(key[1:]))
        return Choice(key, park, None, "" if park else gone)
    suite = suites.get(int(key[1:]))
    park = suite and parks.get(suite.park_id)
    return Choice(key, park, suite, "") if park else Choice(key, None, None, gone)


def open_parks(today):
    """Listed parks that were neither closed nor given up, with their `stage`."""
    return Park.objects.listed().with_stage(today).filter(Q(stage__isnull=True) | ~Q(stage__in=ENDED))


def asked_for(params, today):
    """The Choices that an address names by `suite` and `park`, five at most; nonsense is left out."""
    keys = [f"s{key}" for key in params.getlist("suite")]
    slugs = [slug for slug in params.getlist("park") if slug and "\x00" not in slug][:MOST_CHOICES]
    if slugs:
        by_slug = dict(open_parks(today).filter(slug__in=slugs).values_list("slug", "pk"))
        keys += [f"p{by_slug[slug]}" for slug in slugs if slug in by_slug]
    return [choice for choice in found(keys[: 4 * MOST_CHOICES], today) if not choice.problem][:MOST_CHOICES]


def cities_of(today):
    """(slug, name) of the cities with a park that can be asked for, by name."""
    cities = City.objects.filter(parks__in=open_parks(today).values("pk")).distinct()
    return list(cities.order_by("name", "pk").values_list("slug", "name"))


def parks_to_add(today, city, without):
    """[(city, [(key, label)])] of parks that may be added, of the city with this web name or of all; 200 at most."""
    parks = open_parks(today).exclude(pk__in=[int(key[1:]) for key in without if key[0] == "p"])
    if city:
        parks = parks.filter(city__slug=city)
    groups = {}
    rows = parks.order_by(Lower("city__name"), Lower("name"), "pk")
    for pk, name, women_only, stage, place in rows.values_list("pk", "name", "women_only", "stage", "city__name")[
        :MOST_PARKS
    ]:
        words = [name, *([_("women only")] if women_only else []), *([str(Stage(stage).label)] if stage else [])]
        groups.setdefault(place, []).append((f"p{pk}", " · ".join(words)))
    return list(groups.items())


def suites_to_add(today, city, without, *, area=None, seats=None):
    """[(key, label)] of suites free today that are nearest to an area in sq ft or to a number of desks; 30 at most."""
    rows = space.free(space.published(), space.Period(today), today).filter(park__in=open_parks(today).values("pk"))
    rows = rows.exclude(pk__in=[int(key[1:]) for key in without if key[0] == "s"])
    if city:
        rows = rows.filter(park__city__slug=city)
    measure, size = ("seats", seats) if seats else ("lettable_area_sqft", area)
    rows = rows.filter(kind=SuiteKind.DESK if seats else SuiteKind.SUITE)
    near = [Abs(F(measure) - Value(size)).asc(nulls_last=True)] if size else []
    return [
        (f"s{suite.pk}", f"{suite_title(suite.kind, suite.number)}, {suite.park.name} · {suite.measure}")
        for suite in rows.select_related("park").order_by(*near, "park__name", "pk")[:MOST_SUITES]
    ]
