"""The filter form of the search for free space. A bad value shows its message beside the field and no rows."""

from functools import reduce
from operator import or_

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Case, Count, F, Func, Q, TextField, Value, When
from django.utils.translation import gettext_lazy as _

from parks.filters import AMENITIES, city_choices, with_all
from parks.models import Park, Suite
from parks.models.place import Region
from parks.models.suite import FitOut, SuiteKind
from parks.querysets import InArray, search_words
from stp_portal.kit.filter_fields import (
    AreaField,
    ChoicesField,
    ConditionFilter,
    ConditionFilterSet,
    CountField,
    PickedDayField,
    RupeesField,
    SearchField,
    YesField,
    one_of,
)

MOST_MONTHS = 120
MOST_SEATS = 10_000
# What folding leaves as it is but for the case. The underscore is none: folding makes it a space.
PLAIN = r"^[ -^`-~]+$"
# What says when rather than which: the view asks `occupancy` for it.
PERIOD = ("move_in", "months")


def having(words):
    """The condition of having every one of `words`, folded by `search_words`, in the number or in the park."""
    found = Q()
    for word in words:
        parks = Park.objects.filter(Park.objects.having([word])).order_by().values("pk")
        found &= Q(InArray(F("park_id"), ArraySubquery(parks))) | Q(begins_a_word(word))
    return found


def begins_a_word(word):
    """The condition that a word of the suite's number begins with `word`, which holds folded letters and digits."""
    pattern = Value(rf"\m{word}")
    folded = Func(F("number"), function="stp_fold", output_field=TextField())
    return Case(
        # Most numbers are plain letters and digits, and folding a text takes six times as long as looking at it.
        When(number__regex=PLAIN, then=_Matches(F("number"), pattern, arg_joiner=" ~* ")),
        default=_Matches(folded, pattern, arg_joiner=" ~ "),
        output_field=BooleanField(),
    )


class _Matches(Func):
    """`text ~ pattern`, or `~*` blind to case, as the joiner says."""

    output_field = BooleanField()
    template = "(%(expressions)s)"


def of_parks(condition):
    """The condition on suites that their park meets `condition`."""
    return Q(park__in=Park.objects.filter(condition).order_by().values("pk"))


class SpaceFilterForm(forms.Form):
    """Rules between fields, and that nobody moves in before `today`, which the filter set puts here."""

    today = None

    def clean(self):
        """Names both ends of a reversed range at its lower end."""
        data = super().clean()
        low, high = data.get("area_min"), data.get("area_max")
        if low is not None and high is not None and low > high:
            self.add_error("area_min", _("Area from must not be larger than area to."))
        if data.get("move_in") and data["move_in"] < self.today:
            self.add_error("move_in", _("The move-in date must be today or later."))
        if data.get("on_request") and data.get("rent_max") is not None:
            self.add_error(
                "on_request", _("Suites without a published cost have none to compare: remove one of the two.")
            )
        return data


class SpaceFilter(ConditionFilterSet):
    """Filters over suites with `costs.with_monthly_cost`; `today` bounds the move-in date.

    Raises ValueError when the queryset lacks the cost. Which suites are free is not a filter of this set.
    """

    q = ConditionFilter(SearchField, having, label=_("Search"), words_of=search_words)
    city = one_of("park__city__slug", label=_("City"))
    region = one_of("park__city__region", label=_("Region"), choices=Region.choices)
    area_min = ConditionFilter(
        AreaField,
        lambda area: Q(lettable_area_sqft__gte=area),
        label=_("Area from, sq ft"),
        which=_("Area from"),
        chip=_("From %(area)s"),
    )
    area_max = ConditionFilter(
        AreaField,
        lambda area: Q(lettable_area_sqft__lte=area),
        label=_("Area to, sq ft"),
        which=_("Area to"),
        chip=_("Up to %(area)s"),
    )
    move_in = ConditionFilter(
        PickedDayField,
        lambda _day: Q(),
        label=_("Move in on"),
        chip=_("Move in %(day)s"),
    )
    months = ConditionFilter(
        CountField,
        lambda _months: Q(),
        label=_("For how many months"),
        least=1,
        most=MOST_MONTHS,
        invalid=_("Months must be a whole number from 1 to 120, like 12."),
        chip=_("For %(n)s months"),
    )
    seats = ConditionFilter(
        CountField,
        lambda seats: Q(seats__gte=seats),
        label=_("Seats, at least"),
        least=1,
        most=MOST_SEATS,
        invalid=_("Seats must be a whole number from 1 to 10,000, like 12."),
        chip=_("%(n)s seats or more"),
    )
    rent_max = ConditionFilter(
        RupeesField,
        lambda amount: Q(monthly_total_pkr__lte=amount),
        label=_("Rent and service charge a month up to, Rs"),
        which=_("Rent and service charge"),
        chip=_("Up to %(amount)s a month"),
    )
    kind = one_of("kind", label=_("Suite or desk"), choices=SuiteKind.choices)
    fit_out = one_of("fit_out", label=_("Fit-out"), choices=FitOut.choices)
    amenity = ConditionFilter(
        ChoicesField,
        lambda keys: of_parks(with_all(keys)),
        label=_("Amenities of the park"),
        choices=[(key, amenity.label) for key, amenity in AMENITIES.items()],
    )
    women_only = ConditionFilter(
        YesField, lambda _yes: Q(park__women_only=True), label=_("Women-only parks"), chip=_("Women only")
    )
    on_request = ConditionFilter(
        YesField,
        lambda _yes: Q(monthly_total_pkr__isnull=True),
        label=_("Cost on request"),
        chip=_("Cost on request"),
    )

    class Meta:
        model = Suite
        form = SpaceFilterForm
        fields = []

    def __init__(self, data, queryset, today):
        if "monthly_total_pkr" not in queryset.query.annotations:
            raise ValueError("The queryset lacks monthly_total_pkr.")
        self.today = today
        super().__init__(data, queryset=queryset)

    @property
    def form(self):
        """The form, with the cities that have a listed park and the earliest day to move in."""
        if not hasattr(self, "_form"):
            form = super().form
            form.today = self.today
            form.fields["city"].choices = city_choices()
            form.fields["move_in"].widget.attrs["min"] = self.today.isoformat()
        return self._form

    def conditions(self):
        """The active filters of a valid form by name, each as its condition, without the days asked for."""
        return {name: condition for name, condition in super().conditions().items() if name not in PERIOD}

    def left_out(self, suites):
        """Of `suites`, how many fit all but a filter that they have nothing to compare with: a dict with
        `rent`, `area` and `seats`, for those of the three that are asked for. One query at most.
        """
        conditions = self.conditions()
        lacking = {
            "rent": (("rent_max",), Q(monthly_total_pkr__isnull=True)),
            "area": (("area_min", "area_max"), Q(lettable_area_sqft__isnull=True)),
            "seats": (("seats",), Q(seats__isnull=True)),
        }
        asked = {name: each for name, each in lacking.items() if set(each[0]) & set(conditions)}
        if not asked:
            return {}
        # Few lack something: which are free is asked of those alone.
        some = reduce(or_, (lacks for _names, lacks in asked.values()))
        counts = {
            name: Count("pk", filter=self.all_of(conditions, without=names) & lacks)
            for name, (names, lacks) in asked.items()
        }
        return suites.filter(some).order_by().aggregate(**counts)

    def without_each(self, suites):
        """Of `suites`, how many there are without each filter, and with each alone. One query at most.

        Returns two lists of (names to drop, label, suites): only those that give some.
        """
        conditions = self.conditions()
        counts = {}
        for name, condition in conditions.items():
            counts[f"without_{name}"] = Count("pk", filter=self.all_of(conditions, without=(name,)))
            counts[f"only_{name}"] = Count("pk", filter=condition)
        if len(conditions) == 1:
            # Nothing is left to filter by, and Django takes no empty condition.
            counts[f"without_{name}"] = Count("pk")
        found = suites.order_by().aggregate(**counts) if counts else {}
        labels = {name: self.form.fields[name].label for name in conditions}
        without = [((name,), labels[name], found[f"without_{name}"]) for name in conditions]
        only = [
            (tuple(other for other in conditions if other != name), labels[name], found[f"only_{name}"])
            for name in conditions
        ]
        return [way for way in without if way[2]], [way for way in only if way[2]]
