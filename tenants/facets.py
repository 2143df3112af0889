"""How many free suites each choice of a filter would give within the other filters: two queries in all."""

from collections import Counter

from django.db.models import BooleanField, Count, ExpressionWrapper, Q

from parks.facets import Facets
from parks.filters import AMENITIES
from parks.models import Park

OF_SUITE = ("kind", "fit_out")
CHOICES = ("region", "city", *OF_SUITE)
FLAGS = ("women_only", "on_request")


def facets_of(filters, suites):
    """The `Facets` of `suites`, the free ones, by a SpaceFilter with a valid form; its `parks` count suites.

    The database counts by park and kind of suite: a few thousand lines even where there are many suites. Values
    of one filter widen it, so a choice counts what fails no other filter; amenities narrow.
    """
    data = filters.form.cleaned_data
    ticked = {name: set(data[name]) for name in CHOICES if data[name]}
    needed = {*data["amenity"], *(name for name in FLAGS if data[name])}
    others = filters.all_of(filters.conditions(), without=(*CHOICES, "amenity", *FLAGS))
    counted = (
        suites.filter(others)
        .order_by()
        .values_list("park", *OF_SUITE, _flag(Q(monthly_total_pkr__isnull=True)))
        .annotate(suites=Count("pk"))
    )
    parks = _parks()
    count, found, having = 0, {name: Counter() for name in CHOICES}, Counter()
    for park, kind, fit_out, on_request, suites_here in counted:
        places, held = parks[park]
        values = places | {"kind": kind, "fit_out": fit_out}
        held = held | {"on_request"} if on_request else held
        if not needed <= held:
            continue
        failed = [name for name, chosen in ticked.items() if values[name] not in chosen]
        for name in CHOICES:
            if not set(failed) - {name}:
                found[name][values[name]] += suites_here
        if not failed:
            count += suites_here
            having.update(dict.fromkeys(held, suites_here))
    return Facets(count, Counter(), {**found, "amenity": having, "flags": having})


def _parks():
    """{key: ({"region", "city"}, the names of what it has)} of the listed parks. One query."""
    names = ("women_only", *AMENITIES)
    has = [_flag(amenity.condition) for amenity in AMENITIES.values()]
    rows = Park.objects.listed().order_by().values_list("pk", "city__region", "city__slug", "women_only", *has)
    return {
        key: (
            {"region": region, "city": city},
            {name for name, held in zip(names, flags, strict=True) if held},
        )
        for key, region, city, *flags in rows
    }


def _flag(condition):
    return ExpressionWrapper(condition, output_field=BooleanField())
