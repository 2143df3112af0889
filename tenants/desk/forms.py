"""What a report asks for: a day, and a park or all. A bad value is named and shown again as it was typed."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from parks.models import City, Park, Suite
from parks.models.park import Programme
from parks.models.place import Region
from stp_portal.kit.dates import FIRST_DATE, months_before
from stp_portal.kit.filter_fields import PickedDayField


class ParkField(forms.ChoiceField):
    """One park of those that the person may see, or all of them."""

    default_error_messages = {"invalid_choice": _("Select a park from the list.")}

    def prepare_value(self, value):
        """The value; a text that is no choice selects none."""
        return value or ""


def with_day(params, today):
    """The query parameters with today where they name no day, so that the box says what the page shows."""
    params = params.copy()
    if not params.get("on", "").strip():
        params["on"] = today.isoformat()
    return params


class ReportForm(forms.Form):
    """`cleaned_data` has `on`, a date, today without one, and `park`, a Park or None for all.

    `user` and `today` say whose parks there are to choose from. Parks without a suite are left out of the list,
    though they can be asked for by address.
    """

    on = PickedDayField(label=_("As on"), required=False)
    park = ParkField(label=_("Park"), required=False)

    def __init__(self, data, *, user, today, label=None):
        super().__init__(with_day(data, today))
        suites = Suite.objects.filter(park=OuterRef("pk")).order_by()
        self.parks = {
            str(park.pk): park
            for park in Park.objects.scope_for(user, today)
            .annotate(has_suites=Exists(suites))
            .only("pk", "name", "code", "slug", "demo")
            .order_by(Lower("name"), "pk")
        }
        asked = self.data.get("park", "").strip()
        listed = [(key, park.name) for key, park in self.parks.items() if park.has_suites or key == asked]
        self.fields["park"].choices = [("", _("All parks")), *listed]
        if label:
            self.fields["on"].label = label

    def clean_park(self):
        """The Park, None for all of them."""
        return self.parks.get(self.cleaned_data["park"])


class DayForm(forms.Form):
    """A day alone, for pages of one park; today without one."""

    on = PickedDayField(label=_("As on"), required=False)

    def __init__(self, data, *, today):
        super().__init__(with_day(data, today))


KNOWN = "known"


def day_known(params, today):
    """The day `known` of an address, None when it names none or one that KnownField refuses."""
    try:
        return KnownField(today=today).clean(params.get(KNOWN, "").strip())
    except forms.ValidationError:
        return None


class KnownField(PickedDayField):
    """The day as known on whose evening the report is given; empty for now. It cannot be after today."""

    def __init__(self, *, today, **kwargs):
        self.today = today
        super().__init__(label=_("As known on"), required=False, help_text=_("Empty for what is known now."), **kwargs)

    def clean(self, value):
        """The date, None for now and for today itself."""
        day = super().clean(value)
        if day is not None and day > self.today:
            raise forms.ValidationError(_("“As known on” cannot be after today: leave it empty for what is known now."))
        return None if day == self.today else day


class KnownReportForm(ReportForm):
    """With `known`, the day on which it was known so; None for now."""

    def __init__(self, data, *, user, today, **kwargs):
        super().__init__(data, user=user, today=today, **kwargs)
        self.fields[KNOWN] = KnownField(today=today)


class KnownDayForm(DayForm):
    """With `known`, the day on which it was known so; None for now."""

    def __init__(self, data, *, today):
        super().__init__(data, today=today)
        self.fields[KNOWN] = KnownField(today=today)


@dataclass(frozen=True)
class PartOf:
    """Parks of a programme, region or city: how they are called, and the condition over parks."""

    label: str
    condition: Q


class OccupancyForm(KnownDayForm):
    """`by` is what the lines are: park, city, region or programme, the last unless said; `of` the PartOf to stay
    within, None for all."""

    by = forms.ChoiceField(
        label=_("By"),
        required=False,
        choices=[("park", _("Park")), ("city", _("City")), ("region", _("Region")), ("programme", _("Programme"))],
        error_messages={"invalid_choice": _("Lines are by park, city, region or programme.")},
    )
    of = ParkField(
        label=_("Parks of"),
        required=False,
        error_messages={"invalid_choice": _("Select a programme, region or city from the list.")},
    )

    def __init__(self, data, *, user, today):
        data = data.copy()
        if not data.get("by", "").strip():
            data["by"] = "programme"
        super().__init__(data, today=today)
        own = Park.objects.scope_for(user, today).order_by()
        cities = City.objects.filter(pk__in=own.values("city")).order_by("name", "pk").values_list("pk", "name")
        groups = (
            ("programme", _("Programme"), Programme.choices),
            ("region", _("Region"), Region.choices),
            ("city", _("City"), list(cities)),
        )
        self.fields["of"].choices = [
            ("", _("All parks")),
            *((title, [(f"{name}:{value}", label) for value, label in choices]) for name, title, choices in groups),
        ]
        self.order_fields(["on", KNOWN, "by", "of"])

    def clean_of(self):
        """The PartOf, None for all parks."""
        chosen = self.cleaned_data["of"]
        if not chosen:
            return None
        name, _colon, value = chosen.partition(":")
        labels = {key: label for _title, choices in self.fields["of"].choices[1:] for key, label in choices}
        columns = {"programme": "programme", "region": "city__region", "city": "city"}
        return PartOf(str(labels[chosen]), Q(**{columns[name]: value}))


class PeriodForm(forms.Form):
    """`from` and `to`, both inclusive: the 12 months up to today unless said; `park`, of first choices, None for all.

    Nothing is known of days to come: `to` cannot be after today.
    """

    park = ParkField(label=_("Park of the first choice"), required=False)

    def __init__(self, data, *, user, today):
        self.today = today
        params = data.copy()
        if not params.get("to", "").strip():
            params["to"] = today.isoformat()
        if not params.get("from", "").strip():
            params["from"] = self.year_before(params["to"]).isoformat()
        super().__init__(params)
        self.fields["from"] = PickedDayField(label=_("Finished from"), required=False)
        self.fields["to"] = PickedDayField(label=_("to"), required=False)
        parks = Park.objects.scope_for(user, today).by_name().only("pk", "name", "code", "slug", "demo")
        self.parks = {str(park.pk): park for park in parks}
        self.fields["park"].choices = [("", _("All parks")), *((key, park.name) for key, park in self.parks.items())]
        self.order_fields(["from", "to", "park"])

    def year_before(self, typed):
        """The day after the same day a year before `typed`, where that is a day up to today; else before today."""
        try:
            last = PickedDayField().clean(typed)
        except forms.ValidationError:
            last = self.today
        return max(months_before(last, 12) + dt.timedelta(days=1), FIRST_DATE) if last.year > 1900 else FIRST_DATE

    def clean_park(self):
        """The Park, None for all of them."""
        return self.parks.get(self.cleaned_data["park"])

    def clean(self):
        """Refuses a period that is reversed or not over."""
        data = super().clean()
        first, last = data.get("from"), data.get("to")
        if last and last > self.today:
            self.add_error("to", _("“To” cannot be after today."))
        elif first and last and first > last:
            self.add_error("to", _("“To” must be the same day as “Finished from” or a later one."))
        return data
