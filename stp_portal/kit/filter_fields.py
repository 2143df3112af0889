"""Fields and filters of public lists. Values are read as people type them; nonsense is named, never guessed.

A field may name its values for chips by `chip_label(value)`. A filter is a condition, so that a list can also
count what it would give without one of its filters.
"""

import datetime as dt
import re
from copy import copy
from functools import cache

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .dates import FIRST_DATE, LAST_DATE
from .text import WholeNumberField, ascii_digits, clean_line, parse_area, parse_money
from .words import dated, rupees_text, sqft_text

YES, NO = {"1", "on", "yes", "true"}, {"", "0", "off", "no", "false"}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
MOST_SEARCH = 200


class Printable:
    """What was typed comes back as typed but for control characters, which no page may hold."""

    def prepare_value(self, value):
        """The text as the page shows it again."""
        return CONTROL.sub("", value) if isinstance(value, str) else value


class SearchField(Printable, forms.CharField):
    """Free text, cleaned to its folded words; `words_of(text)` splits it.

    Control characters are refused rather than dropped, so that nobody searches for less than was typed.
    """

    def __init__(self, *, words_of, **kwargs):
        self.words_of = words_of
        super().__init__(**kwargs)
        self.widget.attrs["maxlength"] = MOST_SEARCH

    def clean(self, value):
        """The list of words, None for an empty text, or a sentence about what is wrong with it."""
        if value and CONTROL.search(value):
            raise ValidationError(_("Remove the invalid characters from the search text."))
        text = super().clean(value)
        if len(text) > MOST_SEARCH:
            raise ValidationError(_("The search text is too long: use 200 characters or fewer."))
        words = self.words_of(text) if text else None
        if words == []:
            raise ValidationError(_("Type at least one letter or digit to search for."))
        return words

    def chip_label(self, value):
        """The text in quotes."""
        return f"“{value}”"


class ChoicesField(forms.MultipleChoiceField):
    """Several values of a list; one that is not in it is named."""

    widget = forms.CheckboxSelectMultiple

    def __deepcopy__(self, memo):
        """A copy for one form. The choices are shared: they are replaced as a whole, never changed."""
        return forms.Field.__deepcopy__(self, memo)

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


class AreaField(Printable, forms.Field):
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


class RupeesField(Printable, forms.Field):
    """An amount in PKR, typed as people type it: `95,000`, `Rs 95000`, Urdu digits."""

    widget = forms.TextInput

    def __init__(self, *, which, chip, **kwargs):
        self.which, self.chip = which, chip
        super().__init__(**kwargs)
        self.widget.attrs.update(inputmode="numeric", size="8")

    def to_python(self, value):
        """A Decimal in PKR, None when empty."""
        if not (value or "").strip():
            return None
        try:
            return parse_money(value)
        except ValueError as error:
            raise ValidationError(
                gettext("%(which)s must be a number of rupees, like 95,000.") % {"which": self.which}
            ) from error

    def chip_label(self, value):
        """`Up to Rs 95,000`, or what was typed when it is no amount."""
        try:
            value = rupees_text(parse_money(value))
        except ValueError:
            value = f"“{value}”"
        return str(self.chip) % {"amount": value}


class CountField(Printable, WholeNumberField):
    """A whole number from `least` to `most`, typed in any digits; `invalid` is the one sentence for the rest."""

    widget = forms.TextInput

    def __init__(self, *, least, most, invalid, chip, **kwargs):
        self.least, self.most, self.chip = least, most, chip
        super().__init__(error_messages={"invalid": invalid}, **kwargs)
        self.widget.attrs.update(inputmode="numeric", size="4")

    def to_python(self, value):
        """An int, None when empty."""
        number = super().to_python(value)
        if number is not None and not self.least <= number <= self.most:
            raise ValidationError(self.error_messages["invalid"])
        return number

    def chip_label(self, value):
        """The number in the field's own words, or what was typed when it is none; empty for what counts as empty."""
        try:
            number = self.to_python(value)
        except ValidationError:
            return str(self.chip) % {"n": f"“{value}”"}
        return "" if number is None else str(self.chip) % {"n": f"{number:,}"}


class DayField(Printable, forms.DateField):
    """A real day from 1900 to 2200; `chip` says what it stands for, "As on 9 March 2026" unless given."""

    def __init__(self, *, chip=None, **kwargs):
        self.chip = chip or _("As on %(day)s")
        super().__init__(**kwargs)

    def to_python(self, value):
        """A date, None when empty."""
        try:
            day = super().to_python(ascii_digits(value) if isinstance(value, str) else value)
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
        return str(self.chip) % {"day": value}


class DayInput(forms.DateInput):
    """The browser's own calendar; a plain box for what is no day, since a calendar would swallow it."""

    input_type = "date"

    def get_context(self, name, value, attrs):
        """The widget's context, with the kind of box that can show `value`."""
        context = super().get_context(name, value, attrs)
        if not is_iso_day(context["widget"]["value"] or ""):
            context["widget"]["type"] = "text"
            # A plain box may not have the bounds of a calendar.
            context["widget"]["attrs"] = {
                key: each for key, each in context["widget"]["attrs"].items() if key not in {"min", "max"}
            }
        return context


def is_iso_day(text):
    """Whether a calendar can show `text`: nothing, or a real day such as `2024-03-09`."""
    try:
        return not text or dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class PickedDayField(DayField):
    """A day in whatever form it is typed, shown again as the calendar writes it."""

    widget = DayInput

    def prepare_value(self, value):
        """The ISO form of a day, or what was typed when it is none."""
        try:
            day = self.to_python(value)
        except ValidationError:
            return super().prepare_value(value)
        return day.isoformat() if day else ""


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


class ConditionFilter(df.Filter):
    """A filter that is one condition: `condition(value)` makes a Q of a value that is not empty."""

    def __init__(self, field_class, condition, **kwargs):
        super().__init__(**kwargs)
        self.field_class, self.condition = field_class, condition

    def __deepcopy__(self, memo):
        """A copy for one request. What a filter holds is never changed, so nothing below it is copied."""
        return copy(self)

    def filter(self, qs, value):
        """The rows that meet the condition; all rows without a value."""
        return qs.filter(self.condition(value)) if is_given(value) else qs


def is_given(value):
    """Whether a cleaned value filters at all: zero does, an empty list and an unticked box do not."""
    return value is not None and value is not False and value not in ("", [])


def one_of(field, **kwargs):
    """A filter for several values of one column."""
    return ConditionFilter(ChoicesField, lambda values: Q(**{f"{field}__in": values}), **kwargs)


class ConditionFilterSet(df.FilterSet):
    """Filters made of conditions; also counts the rows without each of them, in one query."""

    @classmethod
    @cache
    def form_class(cls):
        """The form's class: the same for every request, so it is made once."""
        fields = {name: each.field for name, each in cls.base_filters.items()}
        return type(f"{cls.__name__}Form", (cls._meta.form,), fields)

    def get_form_class(self):
        """The form's class, for django-filter."""
        return self.form_class()

    def conditions(self):
        """The active filters of a valid form, by name, each as its condition."""
        data = self.form.cleaned_data
        return {
            name: filter_.condition(data[name]) for name, filter_ in self.filters.items() if is_given(data.get(name))
        }

    @staticmethod
    def all_of(conditions, without=()):
        """The conditions together, less those of some names."""
        together = Q()
        for name, condition in conditions.items():
            if name not in without:
                together &= condition
        return together
