"""The filter form of the public list. A bad value shows its message beside the field and no rows."""

from dataclasses import dataclass

from django import forms
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from parks.models import City, Park
from parks.models.park import PartnershipKind, Programme
from parks.models.place import HostKind, Region
from parks.models.stage import Stage
from parks.querysets import search_words
from stp_portal.kit.filter_fields import (
    AreaField,
    ChoicesField,
    ConditionFilter,
    ConditionFilterSet,
    DayField,
    SearchField,
    YesField,
    one_of,
)


@dataclass(frozen=True)
class Amenity:
    """Something that a park is reported to have, as a filter: its words and the condition of having it."""

    label: str
    condition: Q


AMENITIES = {
    "power": Amenity(_("Power 24 hours a day"), Q(power_hours=24)),
    "generator": Amenity(_("Generator"), Q(generator=True)),
    "internet": Amenity(_("Internet provider named"), ~Q(internet_providers="")),
    "lift": Amenity(_("Lift"), Q(lift=True)),
    "prayer_room": Amenity(_("Prayer room"), Q(prayer_room=True)),
    "womens_washroom": Amenity(_("Women's washroom"), Q(womens_washroom=True)),
    "parking": Amenity(_("Parking"), Q(parking_spaces__gt=0)),
}

SORTS = {
    "name": _("Name"),
    "city": _("City"),
    "area": _("Largest area"),
    "free": _("Most free area"),
    "opened": _("Newest opening"),
    "changed": _("Latest change"),
}
DEFAULT_SORT = "name"
# What the view annotates before it hands the queryset on; the last is the tenancy desk's to say.
ANNOTATED = {"stage", "reported_area_sqft", "free_area_sqft"}


def with_all(keys):
    """The condition of having every one of these amenities."""
    condition = Q()
    for key in keys:
        condition &= AMENITIES[key].condition
    return condition


def city_choices():
    """Cities that have a listed park: (slug, name), asked of the database when a form is drawn or checked."""
    listed = Park.objects.listed().filter(city=OuterRef("pk")).order_by()
    return list(City.objects.filter(Exists(listed)).order_by("name", "pk").values_list("slug", "name"))


class ParkFilterForm(forms.Form):
    """Rules between fields: areas must not be reversed, and cannot be compared where there are none."""

    def clean(self):
        """Names both ends of a reversed range at its lower end."""
        data = super().clean()
        low, high = data.get("area_min"), data.get("area_max")
        if low is not None and high is not None and low > high:
            self.add_error("area_min", _("Area from must not be larger than area to."))
        if data.get("area_missing") and (low is not None or high is not None):
            self.add_error(
                "area_missing",
                _("Parks without a reported area have none to compare: remove one of the two."),
            )
        if data.get("free_missing") and data.get("free_min") is not None:
            self.add_error(
                "free_missing",
                _("Parks whose free area is not reported have none to compare: remove one of the two."),
            )
        return data


class ParkFilter(ConditionFilterSet):
    """Filters over `Park.objects.listed()` annotated with `stage`, `reported_area_sqft` and `free_area_sqft`.

    Raises ValueError when the queryset lacks one of these annotations: they depend on the date, which the
    filter does not know, and what is free is for the tenancy desk to say.
    """

    q = ConditionFilter(SearchField, Park.objects.having, label=_("Search"), words_of=search_words)
    region = one_of("city__region", label=_("Region"), choices=Region.choices)
    city = one_of("city__slug", label=_("City"))
    stage = one_of("stage", label=_("Stage"), choices=Stage.choices)
    programme = one_of("programme", label=_("Programme"), choices=Programme.choices)
    host_kind = one_of("host__kind", label=_("Kind of host"), choices=HostKind.choices)
    partnership = one_of("partnership_kind", label=_("Partnership"), choices=PartnershipKind.choices)
    amenity = ConditionFilter(
        ChoicesField,
        with_all,
        label=_("Amenities"),
        choices=[(key, amenity.label) for key, amenity in AMENITIES.items()],
    )
    women_only = ConditionFilter(
        YesField, lambda _yes: Q(women_only=True), label=_("Women-only parks"), chip=_("Women only")
    )
    area_min = ConditionFilter(
        AreaField,
        lambda area: Q(reported_area_sqft__gte=area),
        label=_("Area from, sq ft"),
        which=_("Area from"),
        chip=_("From %(area)s"),
    )
    area_max = ConditionFilter(
        AreaField,
        lambda area: Q(reported_area_sqft__lte=area),
        label=_("Area to, sq ft"),
        which=_("Area to"),
        chip=_("Up to %(area)s"),
    )
    area_missing = ConditionFilter(
        YesField,
        lambda _yes: Q(reported_area_sqft__isnull=True),
        label=_("Parks without a reported area"),
        chip=_("No reported area"),
    )
    free_min = ConditionFilter(
        AreaField,
        lambda area: Q(free_area_sqft__gte=area),
        label=_("Free area from, sq ft"),
        which=_("Free area from"),
        chip=_("Free: from %(area)s"),
    )
    free_missing = ConditionFilter(
        YesField,
        lambda _yes: Q(free_area_sqft__isnull=True),
        label=_("Parks whose free area is not reported"),
        chip=_("Free area not reported"),
    )
    # The view has computed the stages for the date; a park without one by then was not in the register's sight.
    on = ConditionFilter(DayField, lambda _day: Q(stage__isnull=False), label=_("As it stood on"))

    class Meta:
        model = Park
        form = ParkFilterForm
        fields = []

    def __init__(self, data, queryset):
        missing = ANNOTATED - set(queryset.query.annotations)
        if missing:
            raise ValueError(f"The queryset lacks {', '.join(sorted(missing))}.")
        super().__init__(data, queryset=queryset)

    @property
    def form(self):
        """The form, with the cities that have a listed park: asked once, for checking, drawing and chips."""
        if not hasattr(self, "_form"):
            super().form.fields["city"].choices = city_choices()
        return self._form

    @property
    def compares_areas(self):
        """Whether a valid form asks for areas from or to a size, zero included."""
        data = self.form.cleaned_data
        return data["area_min"] is not None or data["area_max"] is not None

    def count_without_area(self):
        """How many parks fit the other filters but have no reported area to compare."""
        others = self.all_of(self.conditions(), without=("area_min", "area_max"))
        return self.queryset.filter(others, reported_area_sqft__isnull=True).count()

    def count_without_free_area(self):
        """How many parks fit the other filters but have no free area reported that could be compared."""
        others = self.all_of(self.conditions(), without=("free_min",))
        return self.queryset.filter(others, free_area_sqft__isnull=True).count()

    def ways_out(self, today):
        """For an empty result, in one query: (names to drop, label, parks) for each filter without which there
        are parks; where no single one helps, (all other names, label, parks) for each filter alone.

        Without `on` the stages are those of `today`.
        """
        conditions = self.conditions()
        now = dict(conditions)
        if "on" in now and "stage" in now:
            now["stage"] = Q(stage_today__in=self.form.cleaned_data["stage"])
        counts = {}
        for name in conditions:
            others = self.all_of(now if name == "on" else conditions, without=(name,))
            counts[f"without_{name}"] = Count("pk", filter=others)
            counts[f"only_{name}"] = Count("pk", filter=(conditions if name == "on" else now)[name])
        found = self.queryset.order_by().annotate(stage_today=Park.objects.stage_on(today)).aggregate(**counts)
        labels = {name: self.form.fields[name].label for name in conditions}
        without = [((name,), labels[name], found[f"without_{name}"]) for name in conditions]
        without = [way for way in without if way[2]]
        if without or len(conditions) < 2:
            return {"without": without, "only": []}
        only = [
            (tuple(other for other in conditions if other != name), labels[name], found[f"only_{name}"])
            for name in conditions
        ]
        return {"without": [], "only": [way for way in only if way[2]]}
