"""How many parks each choice of a filter would give within the other filters: one query, whatever the choices."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper

from parks.filters import AMENITIES

# Filter name: the column whose value it compares.
COLUMNS = {
    "region": "city__region",
    "city": "city__slug",
    "stage": "stage",
    "programme": "programme",
    "host_kind": "host__kind",
    "partnership": "partnership_kind",
}


@dataclass(frozen=True)
class Choice:
    """One box of a filter: `parks` is what ticking it gives, within the other filters."""

    value: str
    label: str
    parks: int
    ticked: bool


@dataclass(frozen=True)
class Facets:
    """`count` parks fit all filters, `by_programme` of them each; `parks[name][value]` those of each choice."""

    count: int
    by_programme: Counter
    parks: dict

    def choices(self, field, name, ticked, hide_empty=False):
        """The boxes of one filter in the order of its list; with `hide_empty` only those that give something."""
        counts = self.parks[name]
        boxes = [Choice(value, label, counts[value], value in ticked) for value, label in field.choices if value != ""]
        return [box for box in boxes if box.parks or box.ticked] if hide_empty else boxes


def facets_of(filters):
    """The `Facets` of a ParkFilter with a valid form.

    Values of one filter widen it, so a choice counts the parks that fail no other filter; amenities narrow, so
    there a choice counts the parks that have it beside the amenities already ticked.
    """
    data = filters.form.cleaned_data
    ticked = {name: set(data[name]) for name in COLUMNS if data[name]}
    wanted = set(data["amenity"])
    conditions = filters.conditions()
    others = filters.all_of(conditions, without=(*COLUMNS, "amenity"))
    has = [ExpressionWrapper(amenity.condition, output_field=BooleanField()) for amenity in AMENITIES.values()]
    rows = filters.queryset.filter(others).order_by().values_list(*COLUMNS.values(), *has)

    names, keys = list(COLUMNS), list(AMENITIES)
    parks = {name: Counter() for name in (*names, "amenity")}
    by_programme = Counter()
    for row in rows.iterator(chunk_size=2000):
        values = dict(zip(names, row, strict=False))
        amenities = {key for key, held in zip(keys, row[len(names) :], strict=True) if held}
        missed = [name for name, chosen in ticked.items() if values[name] not in chosen]
        if not wanted <= amenities or len(missed) > 1:
            continue
        if missed:
            parks[missed[0]][values[missed[0]]] += 1
            continue
        by_programme[values["programme"]] += 1
        for name in names:
            parks[name][values[name]] += 1
        parks["amenity"].update(amenities)
    return Facets(by_programme.total(), by_programme, parks)
