"""The rent roll of a day: to read, to print, and as a file."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks.models import Park
from tenants.models.lease_states import LeaseWord
from tenants.occupancy import SuiteState
from tenants.rent_roll import rent_roll

from .base import (
    FORMATS,
    Sheet,
    asked_format,
    download_links,
    draw,
    faults,
    is_demo,
    neighbours,
    page_of_groups,
    refused,
    report_as_known,
    send,
)
from .forms import KnownReportForm

WORDS = dict(LeaseWord.choices)


def state_words(row):
    """The state of a row: the word for its lease where a company is in the suite, else that of the suite."""
    if row.state in (SuiteState.LET, SuiteState.HOLDING_OVER):
        return WORDS.get(row.word, SuiteState(row.state).label)
    return SuiteState(row.state).label


def tenant_of(row):
    """The company of the lease, of a held suite the one that it is held for; None without a lease."""
    return row.lease.company if row.lease else None


def row_is_demo(row):
    """Whether a row is a demonstration."""
    return is_demo(row.suite, row.lease)


COLUMNS = (
    (gettext_lazy("Park code"), lambda row: row.park.code),
    (gettext_lazy("Park"), lambda row: row.park.name),
    (gettext_lazy("Floor"), lambda row: row.floor),
    (gettext_lazy("Suite"), lambda row: row.suite.number),
    (gettext_lazy("Net lettable area, sq ft"), lambda row: row.area_sqft),
    (gettext_lazy("Seats"), lambda row: row.seats),
    (gettext_lazy("Company"), lambda row: row.lease and row.lease.company.name),
    (gettext_lazy("Lease"), lambda row: row.lease and row.lease.number),
    (gettext_lazy("Commencement"), lambda row: row.commencement),
    (gettext_lazy("Expiry"), lambda row: row.expiry),
    (gettext_lazy("Days to expiry"), lambda row: row.days_to_expiry),
    (gettext_lazy("Rent, PKR a month"), lambda row: row.rent_pkr),
    (gettext_lazy("Service charge, PKR a month"), lambda row: row.service_charge_pkr),
    (gettext_lazy("Total, PKR a month"), lambda row: row.monthly_pkr),
    (gettext_lazy("Next step"), lambda row: row.next_step_on),
    (gettext_lazy("Rent from then, PKR a month"), lambda row: row.next_rent_pkr),
    (gettext_lazy("State"), state_words),
)


def about(roll, park, known):
    """What the workbook says of the rows on its second sheet; `known` is the day on which it was known so."""
    total = roll.total
    return [
        (_("As on"), roll.on),
        (_("As known on"), known),
        (_("Park"), park.name if park else _("All parks")),
        (_("Suites"), total.suites),
        (_("Suites let or held over"), total.suites_let),
        (_("Area let, sq ft"), total.area_let_sqft),
        (_("Rent, PKR a month"), total.rent_pkr),
        (_("Service charge, PKR a month"), total.service_charge_pkr),
        (_("Total, PKR a month"), total.monthly_pkr),
        (_("Lettings whose rent is not known"), total.rent_unknown),
        (_("WALE by rent, years"), total.wale_years),
        (_("WALE by area, years"), total.wale_by_area),
        (_("Lettings without end, not in the WALE"), total.without_end),
    ]


@report_as_known
def rent_roll_page(request, today):
    """The rent roll of a day, of a park or of all, as known now or on an earlier day. What is bad: its message."""
    form = KnownReportForm(request.GET, user=request.user, today=today)
    valid, kind = form.is_valid(), asked_format(request)
    if kind and (not valid or kind not in FORMATS):
        return refused(kind, faults(form))
    on = form.cleaned_data["on"] if valid else today
    park = form.cleaned_data["park"] if valid else None
    parks = Park.objects.scope_for(request.user, today) if valid else Park.objects.none()
    known = request.staff_known if valid else None
    roll = rent_roll(parks.filter(pk=park.pk) if park else parks, on, known or today)
    if kind:
        sheet = Sheet("rent-roll", _("Rent roll"), COLUMNS, roll.rows, row_is_demo, about(roll, park, known or today))
        return send(request, kind, [sheet], on, known)
    page = page_of_groups(roll.parks, request.GET)
    return draw(
        request,
        "rent_roll",
        "desk_rent_roll",
        {
            "title": _("Rent roll"),
            "form": form,
            "valid": valid,
            "on": on,
            "known": known,
            "park": park,
            "neighbours": neighbours(request.GET, on) if valid else [],
            "roll": roll,
            "page": page,
            "demo": sum(row_is_demo(row) for row in roll.rows),
            "count": len(roll.rows),
            "downloads": download_links(request.GET) if roll.rows else [],
        },
    )
