"""What a report asks for: a day, and a park or all. A bad value is named and shown again as it was typed."""

from django import forms
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from parks.models import Park, Suite
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
