"""The filter form of the public list. A bad value shows its message beside the field and no rows."""

import re

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parks.models import City, Park
from parks.models.base import FIRST_DATE, LAST_DATE
from parks.models.park import PartnershipKind, Programme
from parks.models.place import HostKind, Region
from parks.models.stage import Stage
from parks.querysets import search_words
from parks.templatetags.show import dated, sqft_text
from stp_portal.kit.text import clean_line, parse_area

SORTS = {
    "name": _("Name"),
    "city": _("City"),
    "area": _("Largest area"),
    "opened": _("Newest opening"),
}
DEFAULT_SORT = "name"
YES, NO = {"1", "on", "yes", "true"}, {"", "0", "off", "no", "false"}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class SearchField(forms.CharField):
    """Free text; control characters are refused rather than dropped, so that nobody searches for less."""

    def __init__(self, **kwargs):
        super().__init__(max_length=200, **kwargs)

    def to_python(self, value):
        """The text, or a sentence about what is wrong with it."""
        if value and CONTROL.search(value):
            raise ValidationError(_("Remove the invalid characters from the search text."))
        return super().to_python(value)

    def prepare_value(self, value):
        """The text as the page shows it again: control characters would make the page invalid."""
        return CONTROL.sub("", value) if isinstance(value, str) else value

    def chip_label(self, value):
        """The text in quotes."""
        return f"“{CONTROL.sub('', value)}”"


class ChoicesField(forms.MultipleChoiceField):
    """Several values of a list; one that is not in it is named."""

    widget = forms.CheckboxSelectMultiple

    def chip_label(self, value):
        """What the list calls the value."""
        return dict(self.choices).get(value, value)

    def to_python(self, value):
        """The values without repetition and without empty ones."""
        return [item for item in dict.fromkeys(super().to_python(value)) if item]

    def validate(self, value):
        """Refuses the first value that is not in the list, by name."""
        for item in value:
            if not self.valid_value(item):
                raise ValidationError(
                    gettext("%(list)s: “%(value)s” is not in the list. Choose from it, or remove the filter.")
                    % {"list": self.label, "value": clean_line(item)[:60]}
                )


class AreaField(forms.Field):
    """A number of square feet, typed as people type it: `1,200`, `1200 sq ft`, Urdu digits."""

    widget = forms.TextInput

    def __init__(self, *, which, chip, **kwargs):
        self.which, self.chip = which, chip
        super().__init__(**kwargs)
        self.widget.attrs.update(inputmode="numeric", size="8")

    def to_python(self, value):
        """A Decimal in sq ft, None when empty."""
        if not (value or "").strip():
            return None
        try:
            return parse_area(value)
        except ValueError as error:
            raise ValidationError(
                gettext("%(which)s must be a number of square feet, like 1,200.") % {"which": self.which}
            ) from error

    def chip_label(self, value):
        """`From 1,200 sq ft`, or what was typed when it is no area."""
        try:
            value = sqft_text(parse_area(value))
        except ValueError:
            value = f"“{value}”"
        return str(self.chip) % {"area": value}


class DayField(forms.DateField):
    """A real day from 1900 to 2200."""

    def to_python(self, value):
        """A date, None when empty."""
        try:
            day = super().to_python(value)
        except (ValidationError, OverflowError, ValueError) as error:
            raise ValidationError(_("Date must be a real date, like 2024-03-09 or 9 March 2024.")) from error
        if day and not FIRST_DATE <= day <= LAST_DATE:
            raise ValidationError(_("Date must be in a year from 1900 to 2200."))
        return day

    def chip_label(self, value):
        """`As on 9 March 2024`, or what was typed when it is no date."""
        try:
            value = dated(self.to_python(value))
        except ValidationError:
            value = f"“{value}”"
        return gettext("As on %(day)s") % {"day": value}


class TickInput(forms.CheckboxInput):
    """A tick that hands on the text it was given, so that a field can refuse nonsense."""

    def value_from_datadict(self, data, files, name):
        """The raw text, None when the box is not ticked."""
        return data.get(name)

    def format_value(self, value):
        """Nothing: the box always sends its own value, never a typed one."""
        return None


class YesField(forms.Field):
    """A single tick; anything but a plain yes or no is refused rather than read as a yes."""

    def __init__(self, *, chip, **kwargs):
        self.chip = chip
        tick = TickInput(attrs={"value": "1"}, check_test=lambda value: str(value).lower() in YES)
        super().__init__(widget=tick, **kwargs)

    def to_python(self, value):
        """True or False."""
        text = (value or "").strip().lower()
        if text in YES:
            return True
        if text in NO:
            return False
        raise ValidationError(gettext("%(box)s: use 1 for yes, or remove the filter.") % {"box": self.label})

    def chip_label(self, value):
        """What the tick stands for; empty for a plain no, which filters nothing."""
        return "" if value.strip().lower() in NO else self.chip


class TypedFilter(df.Filter):
    """A filter with a field class of its own."""

    def __init__(self, field_class, **kwargs):
        super().__init__(**kwargs)
        self.field_class = field_class


class MultiFilter(df.Filter):
    """`field in values`, for a ChoicesField."""

    field_class = ChoicesField

    def filter(self, qs, value):
        """The rows with one of the values; all rows without any."""
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


def city_choices():
    """Cities that have a listed park: (slug, name), asked of the database when a form is drawn or checked."""
    return list(City.objects.filter(parks__listed=True).order_by("name", "pk").distinct().values_list("slug", "name"))


class ParkFilterForm(forms.Form):
    """Rules between fields: a search text needs a letter or digit, areas must not be reversed."""

    def clean_q(self):
        """The text, refused when nothing in it can be searched."""
        text = self.cleaned_data["q"]
        if text and not search_words(text):
            raise ValidationError(_("Type at least one letter or digit to search for."))
        return text

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
        return data


class ParkFilter(df.FilterSet):
    """Filters over `Park.objects.listed()` annotated with `stage` and `reported_area_sqft`.

    Raises ValueError when the queryset lacks one of these annotations: they depend on the date, which the
    filter does not know.
    """

    q = TypedFilter(SearchField, method="filter_q", label=_("Search"))
    region = MultiFilter(field_name="city__region", label=_("Region"), choices=Region.choices)
    city = MultiFilter(field_name="city__slug", label=_("City"))
    stage = MultiFilter(field_name="stage", label=_("Stage"), choices=Stage.choices)
    programme = MultiFilter(field_name="programme", label=_("Programme"), choices=Programme.choices)
    host_kind = MultiFilter(field_name="host__kind", label=_("Kind of host"), choices=HostKind.choices)
    partnership = MultiFilter(field_name="partnership_kind", label=_("Partnership"), choices=PartnershipKind.choices)
    women_only = TypedFilter(YesField, method="filter_women_only", label=_("Women-only parks"), chip=_("Women only"))
    area_min = TypedFilter(
        AreaField,
        field_name="reported_area_sqft",
        lookup_expr="gte",
        label=_("Area from, sq ft"),
        which=_("Area from"),
        chip=_("From %(area)s"),
    )
    area_max = TypedFilter(
        AreaField,
        field_name="reported_area_sqft",
        lookup_expr="lte",
        label=_("Area to, sq ft"),
        which=_("Area to"),
        chip=_("Up to %(area)s"),
    )
    area_missing = TypedFilter(
        YesField,
        method="filter_missing",
        label=_("Parks without a reported area"),
        chip=_("No reported area"),
    )
    on = TypedFilter(DayField, method="filter_on", label=_("As it stood on"))

    class Meta:
        model = Park
        form = ParkFilterForm
        fields = []

    def __init__(self, data, queryset):
        missing = {"stage", "reported_area_sqft"} - set(queryset.query.annotations)
        if missing:
            raise ValueError(f"The queryset lacks {', '.join(sorted(missing))}.")
        super().__init__(data, queryset=queryset)
        # Asked once for each form: it is read for checking, drawing and naming chips.
        self.filters["city"].extra["choices"] = city_choices()

    def filter_q(self, queryset, name, value):
        """Every word, in name, host, city or an alias of it."""
        return queryset.search(value)

    def filter_women_only(self, queryset, name, value):
        """Rows whose flag is reported as true."""
        return queryset.filter(women_only=True) if value else queryset

    def filter_missing(self, queryset, name, value):
        """Rows without a chosen area report."""
        return queryset.filter(reported_area_sqft__isnull=True) if value else queryset

    def filter_on(self, queryset, name, value):
        """On a given date, only parks that had a stage by then; the view has computed the stage for it."""
        return queryset.filter(stage__isnull=False) if value else queryset
