"""The page of one suite: what it is, from when it is free, what it costs, how to apply."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parks.models import Incentive
from parks.models.stage import ENDED
from parks.structured import data_block
from parks.views.base import reading
from parks.views.park import AMENITIES
from stp_portal.kit.words import dated
from tenants import occupancy, space
from tenants.costs import first_month, first_year, monthly_cost
from tenants.occupancy import SuiteState
from tenants.share import share_text
from tenants.subsidy import example_of
from tenants.words import suite_title


@dataclass(frozen=True)
class Availability:
    """Whether one can move in, in words that name neither tenant nor deed: a `label` and a sentence."""

    is_free: bool
    label: str
    sentence: str

    def __str__(self):
        return f"{self.label}. {self.sentence}" if self.sentence else self.label


def suite_of(slug, pk, today):
    """The suite of a listed park at this address, with `free_from`, `free_until` and `state`; else 404."""
    suites = occupancy.with_state(space.offered(space.published(), today), today, today)
    suites = occupancy.with_free_from(suites, today, today).select_related("park__city", "park__host")
    return get_object_or_404(suites, pk=pk, park__slug=slug)


def availability(suite, today):
    """The `Availability` of a suite of `suite_of`. One query at most."""
    start, end = suite.free_from, suite.free_until
    until = _("Free until %(day)s, when it is let, held or closed again.") % {"day": dated(end)} if end else ""
    if suite.state == SuiteState.VACANT:
        return Availability(True, _("Free now"), until)
    if start is None:
        labels = {
            SuiteState.LET: (_("Let"), _("Let without end, as far as is known today.")),
            SuiteState.HELD: (_("Held"), _("Held for a firm; no day is known from which it is free.")),
            SuiteState.CLOSED: (_("Closed"), _("Closed until further notice.")),
            SuiteState.NOT_IN_SERVICE: (_("Not in service"), _("Let before it comes into service.")),
        }
        unknown = (_("Occupied"), _("The day of its handover is not known."))
        return Availability(False, *labels.get(suite.state, unknown))
    return Availability(
        False, _("Free from %(day)s") % {"day": dated(start)}, f"{why_not_yet(suite, today)} {until}".strip()
    )


def why_not_yet(suite, today):
    """What keeps the suite until the day before it is free."""
    eve = suite.free_from - dt.timedelta(days=1)
    words = {
        SuiteState.LET: _("Let until %(day)s."),
        SuiteState.HOLDING_OVER: _("Occupied until %(day)s."),
        SuiteState.HELD: _("Held for a firm until %(day)s."),
        SuiteState.CLOSED: _("Closed until %(day)s."),
        SuiteState.NOT_IN_SERVICE: _("Not in service until %(day)s."),
    }
    before = occupancy.with_state(type(suite).objects.filter(pk=suite.pk), eve, today).get().state
    return words[before] % {"day": dated(eve)} if before in words else ""


@reading
def suite_detail(request, slug, pk):
    """One suite or desk, whether free or not."""
    today = timezone.localdate()
    suite = suite_of(slug, pk, today)
    park = suite.park
    month = monthly_cost(suite)
    incentives = list(Incentive.objects.filter(shown=True).select_related("source"))
    title = suite_title(suite.kind, suite.number)
    return render(
        request,
        "tenants/suite_detail.html",
        {
            "on": today,
            "suite": suite,
            "park": park,
            "title": title,
            "availability": availability(suite, today),
            "month": month,
            "start": first_month(suite, settings.DEPOSIT_MONTHS),
            "year": first_year(suite),
            "deposit_months": settings.DEPOSIT_MONTHS,
            "incentives": incentives,
            "example": example_of(incentives, month),
            "similar": space.similar(suite, today),
            "has_amenities": any(getattr(park, name) not in {None, ""} for name in AMENITIES),
            "ended": park_has_ended(park, today),
            "structured": data_block(way(request, park, title)),
        },
    )


def park_has_ended(park, today):
    """Whether the park was closed or given up, so that nobody can apply there."""
    return type(park).objects.filter(pk=park.pk).with_stage(today).filter(stage__in=ENDED).exists()


def way(request, park, title):
    """The breadcrumbs of the page as schema.org data."""
    steps = [
        (_("Free space"), reverse("tenants:space-list")),
        (park.city.name, f"{reverse('tenants:space-list')}?city={park.city.slug}"),
        (park.name, park.get_absolute_url()),
        (title, request.path),
    ]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": request.build_absolute_uri(path)}
            for number, (name, path) in enumerate(steps, start=1)
        ],
    }


@reading
def suite_share(request, slug, pk):
    """One suite in under 700 characters."""
    today = timezone.localdate()
    suite = suite_of(slug, pk, today)
    address = request.build_absolute_uri(reverse("tenants:suite-detail", args=[slug, pk]))
    words = str(availability(suite, today))
    text = share_text(suite, cost=monthly_cost(suite), words=words, address=address, on=today)
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
