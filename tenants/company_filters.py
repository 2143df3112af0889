"""The filter of the public list of companies, and how many companies each of its choices gives."""

from collections import Counter

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchVectorField
from django.db.models import Func, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from parks.facets import Choice, Facets
from parks.filters import city_choices
from parks.models import Park
from parks.querysets import prefix_query, search_words
from stp_portal.kit.filter_fields import ChoicesField, ConditionFilter, ConditionFilterSet, SearchField, one_of
from tenants.models import Company, Letting
from tenants.models.company import Activity

SORTS = {"name": _("Name"), "newest": _("Newest tenancy")}
DEFAULT_SORT = "name"
# Filters of several values, each with the column whose value or values it compares.
COLUMNS = {"city": "city_slugs", "park": "park_slugs", "activity": "activity"}


def with_places(companies, on):
    """Annotate what the list filters and sorts by: `park_slugs` and `city_slugs` of the listed parks in which a
    company has a letting in force on `on`, `newest_on`, the latest commencement of these, and `public_words`.

    The column `words` of companies is not for the public: it holds their numbers, which a search by prefix
    would give away digit by digit.
    """
    lettings = Letting.objects.in_force(on).filter(lease__company=OuterRef("pk"), park__listed=True).order_by()
    newest = lettings.values("lease__company").annotate(day=Max("commencement_date")).values("day")
    return companies.annotate(
        park_slugs=ArraySubquery(lettings.values("park__slug").distinct()),
        city_slugs=ArraySubquery(lettings.values("park__city__slug").distinct()),
        newest_on=Subquery(newest),
        public_words=Func(
            "name",
            "name_ur",
            template="to_tsvector('simple'::regconfig, stp_fold(%(expressions)s))",
            arg_joiner=" || ' ' || ",
            output_field=SearchVectorField(),
        ),
    )


def having(words):
    """The condition of having every one of `words`, folded, in a name."""
    found = Q()
    for word in words:
        found &= Q(public_words=prefix_query(word))
    return found


def park_choices():
    """Listed parks: (slug, name), asked of the database when a form is drawn or checked."""
    return list(Park.objects.listed().by_name().values_list("slug", "name"))


class CompanyFilter(ConditionFilterSet):
    """Filters over `Company.objects.shown(on)` annotated by `with_places(on)`."""

    q = ConditionFilter(SearchField, having, label=_("Search"), words_of=search_words)
    city = ConditionFilter(ChoicesField, lambda slugs: Q(city_slugs__overlap=slugs), label=_("City"))
    park = ConditionFilter(ChoicesField, lambda slugs: Q(park_slugs__overlap=slugs), label=_("Park"))
    activity = one_of("activity", label=_("Activity"), choices=Activity.choices)

    class Meta:
        model = Company
        form = forms.Form
        fields = []

    @property
    def form(self):
        """The form, with the cities and parks of today's register."""
        if not hasattr(self, "_form"):
            form = super().form
            form.fields["city"].choices, form.fields["park"].choices = city_choices(), park_choices()
        return self._form


def facets_of(filters):
    """The `Facets` of a CompanyFilter with a valid form; its `parks` count companies. One query.

    A choice counts the companies that fail no other filter.
    """
    ticked = {name: set(filters.form.cleaned_data[name]) for name in COLUMNS if filters.form.cleaned_data[name]}
    others = filters.all_of(filters.conditions(), without=COLUMNS)
    rows = [
        {"city": set(cities), "park": set(parks), "activity": {activity} - {""}}
        for cities, parks, activity in filters.queryset.filter(others).order_by().values_list(*COLUMNS.values())
    ]

    def fitting(but=None):
        return [row for row in rows if all(row[name] & chosen for name, chosen in ticked.items() if name != but)]

    numbers = {name: Counter(value for row in fitting(name) for value in row[name]) for name in COLUMNS}
    return Facets(len(fitting()), Counter(), numbers)


def boxes_of(form, params, facets):
    """The boxes of each filter of several values: those that give something, and those that are ticked; all of
    them and without numbers while the form has something wrong in it."""
    boxes = {}
    for name in COLUMNS:
        ticked = set(params.getlist(name))
        boxes[name] = [
            Choice(value, label, facets.parks[name][value] if facets else None, value in ticked)
            for value, label in form.fields[name].choices
            if not facets or facets.parks[name][value] or value in ticked
        ]
    return boxes
