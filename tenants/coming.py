"""What is coming up: leases that end, steps in rent, papers and agreements that run out. All days are inclusive.

Asked here by the first page of the staff site and by the filters of the lists behind it, so that both count alike.
"""

import datetime as dt

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least

from parks.models import HostAgreement

from .models import Company, Lease, Letting, LettingRate
from .models.lease_states import LeaseState

# The windows in which a lease that ends is looked at again, in days.
ENDING_DAYS = (30, 60, 90, 180)
STEP_DAYS = 60
PSEB_DAYS = (30, 90)


def ending(leases, on, days):
    """The signed leases of `with_span()` whose last day is from `on` to `days` later, and that no signed one renews."""
    renewed = Lease.objects.filter(renews=OuterRef("pk"), state=LeaseState.SIGNED).order_by()
    within = (on, on + dt.timedelta(days=days))
    return leases.filter(~Exists(renewed), state=LeaseState.SIGNED, vacated_on__isnull=True, last_day__range=within)


def stepping(leases, on, days=STEP_DAYS):
    """The signed leases of which a letting has a new rent from a day after `on`, at most `days` later."""
    within_term = Q(letting__expiry_date__isnull=True) | Q(letting__expiry_date__gte=F("from_date"))
    not_ended = Q(letting__terminated_on__isnull=True) | Q(letting__terminated_on__gte=F("from_date"))
    rates = LettingRate.objects.filter(
        within_term,
        not_ended,
        letting__lease=OuterRef("pk"),
        letting__commencement_date__lt=F("from_date"),
        from_date__gt=on,
        from_date__lte=on + dt.timedelta(days=days),
    )
    return leases.filter(Exists(rates.order_by()), state=LeaseState.SIGNED)


def outlasted(agreements, on):
    """The agreements with hosts that end before a letting in their park does that runs on `on` or later.

    Of a park's agreements only the one that ends last counts, and none where one has no end.
    """
    later = HostAgreement.objects.filter(park=OuterRef("park")).exclude(pk=OuterRef("pk"))
    later = later.filter(Q(expiry_date__isnull=True) | Q(expiry_date__gt=OuterRef("expiry_date")))
    lettings = (
        Letting.objects.filter(park=OuterRef("park"), lease_state=LeaseState.SIGNED)
        .annotate(ends=Least("expiry_date", "terminated_on"))
        .filter(Q(ends__isnull=True) | Q(ends__gte=on, ends__gt=OuterRef("expiry_date")))
    )
    return agreements.filter(~Exists(later.order_by()), Exists(lettings.order_by()), expiry_date__isnull=False)


def is_tenant(user, on):
    """The condition, over companies, of having a letting in force on `on` in a park that `user` may see."""
    return Exists(Letting.objects.scope_for(user, on).in_force(on).filter(lease__company=OuterRef("pk")).order_by())


def registration_ending(companies, on, days):
    """The companies whose PSEB registration ends from `on` to `days` later."""
    return companies.filter(pseb_expiry_date__range=(on, on + dt.timedelta(days=days)))


def tenants_of(user, on):
    """The companies that are tenants on `on` in a park that `user` may see."""
    return Company.objects.scope_for(user, on).filter(is_tenant(user, on))
