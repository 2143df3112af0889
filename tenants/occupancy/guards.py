"""What stands on days on which a suite is no longer, or not yet, offered."""

from django.db.models import Q

from tenants.models import Letting
from tenants.querysets import days_of


def standing_outside(suite, in_service_from, withdrawn_from, today):
    """The first letting of `suite` that stands on a day outside its service, else None; with lease and company.

    Service is from `in_service_from` (None: always) until the day before `withdrawn_from` (None: for ever). A
    tenant holding over on the day of the withdrawal stands outside it too; offers lapsed by `today` do not.
    """
    return all_standing_outside({suite.pk: (in_service_from, withdrawn_from)}, today).get(suite.pk)


def all_standing_outside(services, today):
    """As `standing_outside`, of many suites by one query: {key of a suite: (in_service_from, withdrawn_from)} in,
    {key of a suite: the first letting outside} out; suites without one are left out."""
    by_days = {}
    for suite, service in services.items():
        by_days.setdefault(service, []).append(suite)
    found = Q(pk__in=())
    for (in_service_from, withdrawn_from), suites in by_days.items():
        found |= _outside(Letting.objects.filter(suite__in=suites), in_service_from, withdrawn_from, today)
    rows = Letting.objects.filter(found, suite__in=list(services)).select_related("lease__company", "suite")
    return {letting.suite_id: letting for letting in rows.order_by("-commencement_date", "-pk")}


def _outside(lettings, in_service_from, withdrawn_from, today):
    """The condition of being one of `lettings` and standing outside these days."""
    found = Q(pk__in=())
    if withdrawn_from is not None:
        staying = lettings.holding_over(withdrawn_from, today).order_by().values("pk")
        found |= Q(pk__in=lettings.standing(today).filter(term__overlap=days_of(withdrawn_from, None)).values("pk"))
        found |= Q(pk__in=staying)
    if in_service_from is not None:
        found |= Q(pk__in=lettings.standing(today).filter(commencement_date__lt=in_service_from).values("pk"))
    return found
