"""What a file of leases is told: values in words, and which guided page does what an import does not."""

from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.columns import LEASES
from tenants.models.lease_states import LeaseState

# The titles of the guided pages, by the names of their actions.
PAGES = {
    "offer": gettext_lazy("Offer"),
    "accept": gettext_lazy("Accept"),
    "sign": gettext_lazy("Sign"),
    "withdraw": gettext_lazy("Withdraw"),
    "file_deed": gettext_lazy("File the deed"),
    "renew": gettext_lazy("Renew"),
    "record_notice": gettext_lazy("Record notice"),
    "record_vacated": gettext_lazy("Record vacated"),
    "terminate": gettext_lazy("Terminate"),
    "give_back": gettext_lazy("Give back"),
}
TOWARDS_THE_DEED = {
    LeaseState.DRAFT: ("offer", "accept", "sign"),
    LeaseState.OFFERED: ("accept", "sign"),
    LeaseState.ACCEPTED: ("sign",),
}
OF_SIGNED = ("notice_given_on", "vacated_on", "terminated_on")
INSTEAD = {
    "company": ("terminate",),
    "suite": ("give_back", "terminate"),
    "expiry_date": ("give_back", "terminate"),
    "terminated_on": ("give_back", "terminate"),
    "rent_basis": ("renew",),
    "rent_pkr": ("renew",),
    "service_charge_pkr": ("renew",),
}
OPEN = (LeaseState.OFFERED, LeaseState.ACCEPTED)


@cache
def columns():
    """The columns of a file of leases, by key."""
    return {column.key: column for column in LEASES}


def label(key):
    """What the column is called."""
    return columns()[key].label


def say(key, value):
    """A value of the column in words; nothing for none."""
    return "" if value in (None, "") else str(columns()[key].say(value))


def not_by_import(lease, key, present, new):
    """Why an import does not change `key` of a row of `lease` from `present` to `new`, and what would be accepted."""
    reason, pages = _way(lease, key, present, new)
    keep = _("What the register has: %(value)s.") % {"value": say(key, present) or _("nothing")}
    if not pages:
        return reason, keep
    named = " ".join(f"“{PAGES[page]}”" for page in pages)
    return reason, _("%(keep)s To change it, use this on the page of lease %(lease)s: %(pages)s.") % {
        "keep": keep,
        "lease": lease,
        "pages": named,
    }


def _way(lease, key, present, new):
    """Why not, and the names of the pages."""
    is_signed = lease.state == LeaseState.SIGNED
    if key == "park":
        way = _("A lease stays in its park."), ()
    elif key == "signed_on":
        pages = ("file_deed",) if is_signed else TOWARDS_THE_DEED.get(lease.state, ())
        way = _("The day of signing is recorded with the deed."), pages
    elif key in ("escalation_percent", "escalation_months"):
        pages = ("renew",) if lease.deed_on_file else ("file_deed",)
        way = _("The escalation of a signed lease is not changed: its rents follow from it."), pages
    elif key in OF_SIGNED and not is_signed:
        way = _("Only a signed lease is given notice on, vacated or terminated."), ()
    elif key in ("notice_given_on", "vacated_on"):
        page = "record_notice" if key == "notice_given_on" else "record_vacated"
        way = _("An import does not change this day."), (page,)
    else:
        reason = _("Only a draft's company, suites, days and rents are changed. Lease %(lease)s is: %(state)s.")
        said = reason % {"lease": lease, "state": lease.get_state_display().lower()}
        way = said, _instead(lease.state, key, present, new)
    return way


def _instead(state, key, present, new):
    """The pages that come nearest to changing company, suites, days or rents."""
    if state in OPEN:
        return ("withdraw",)
    if state != LeaseState.SIGNED:
        return ()
    if key == "expiry_date" and (new is None or (present is not None and new > present)):
        return ("renew",)
    return INSTEAD.get(key, ())
