"""The page on which staff offer space to an application: filled in from what was asked for and what it costs."""

import datetime as dt
from functools import cached_property

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from parks.models import Park, Suite
from parks.models.suite import RentBasis
from stp_portal.kit.admin import is_key
from tenants import matching
from tenants.costs import first_month, monthly_cost
from tenants.eligibility import checklist
from tenants.models import Application, Company, Lease
from tenants.models.application_states import ApplicationState
from tenants.schedule import schedule_of

from .guided import Page
from .guides import OFFER_SPACE
from .offer_forms import MOST_OFFERED

# An offer is open for so many days unless staff say otherwise.
OPEN_DAYS = 14
NEEDED = ("tenants.add_lease", "tenants.change_lease")
CHOSEN = (matching.Near.SUITE, matching.Near.PARK)


class OfferPage(Page):
    """One request of the page that makes an offer to `application`, which has `standing`."""

    template = "admin/tenants/application/offer.html"

    def __init__(self, request, application):
        super().__init__(
            request,
            OFFER_SPACE,
            subject=f"{application}: {application.company_name}",
            back=reverse("admin:tenants_application_change", args=[application.pk]),
            rows={"application": application},
        )
        self.application = application
        self.schedule, self.enters = None, False
        self.period = matching.period_of(application, self.on)

    @cached_property
    def matches(self):
        """Free space that answers the application, the best first."""
        return matching.fit(self.application, self.on)

    def form(self, data=None, initial=None, **kwargs):
        return super().form(data, initial, application=self.application, **kwargs)

    def begin(self):
        """The response: the form filled in, what would change, or on to the lease."""
        if self.request.method == "POST":
            return self.answer()
        suites = self.suites_asked()
        park = suites[0].park if suites else self.park_asked()
        return self.answer(initial=self.terms(park, suites), first_lines=[self.line(suite) for suite in suites])

    def suites_asked(self):
        """The suites that are filled in: those of the address, all of one park, else of the best match of a choice."""
        keys = [key for key in self.request.GET.getlist("suite")[:MOST_OFFERED] if is_key(key)]
        if keys:
            rows = self.scope(Suite.objects.select_related("park")).filter(pk__in=keys)
            suites = list(rows.order_by("floor", "position", "pk"))
            return [suite for suite in suites if suite.park_id == suites[0].park_id]
        best = next((match for match in self.matches if match.near in CHOSEN), None)
        return list(best.suites)[:MOST_OFFERED] if best else []

    def park_asked(self):
        """The park of the first choice that stands; None without one."""
        chosen = self.application.choices.filter(withdrawn_on__isnull=True).order_by("rank").values("park")
        return self.scope(Park.objects.filter(pk__in=chosen[:1])).first()

    def line(self, suite):
        """What a line begins with: the days that were asked for, at the asking rent where it is known."""
        known = monthly_cost(suite) is not None
        return {
            "suite": suite.number,
            "commencement_date": self.period.first_day,
            "expiry_date": self.period.last_day,
            "rent": suite.rent_pkr if known else None,
            "rent_basis": suite.rent_basis if known else RentBasis.FIXED,
            "service_charge_pkr": suite.service_charge_pkr,
        }

    def terms(self, park, suites):
        """What the other fields begin with."""
        starts = [first_month(suite, settings.DEPOSIT_MONTHS) for suite in suites]
        known = bool(starts) and None not in starts
        return {
            "park": park,
            "deadline": self.on + dt.timedelta(days=OPEN_DAYS),
            "decided_on": self.on,
            "permitted_use": self.application.get_activity_display(),
            "deposit_pkr": sum(start.deposit for start in starts) if known else None,
        }

    def runner(self, form):
        """The action, and right after it what the offer costs, which is not there any more once it is rolled back."""
        run = super().runner(form)

        def offered():
            newest = Company.objects.aggregate(newest=Max("pk"))["newest"] or 0
            lease = run()
            self.schedule, self.enters = schedule_of(lease), lease.company_id > newest
            return lease

        return offered

    def about(self, form):
        return super().about(form) | {
            "suites": [line.suite.pk for line in form.found],
            "application": self.application,
        }

    def newest(self, form):
        """The offer that this application has meanwhile."""
        return self.scope(Lease.objects.filter(application=self.application)).order_by("-pk").first()

    def more(self):
        """What the firm asked for with what answers it, or what the offer costs."""
        shown = {"opts": Application._meta, "application": self.application}
        if self.effects is not None:
            return shown | {"schedule": self.schedule, "enters": self.enters}
        return shown | {
            "waits": self.application.standing == ApplicationState.WAITING,
            "choices": list(self.application.choices.filter(withdrawn_on=None).select_related("park", "suite")),
            "matches": self.matches,
            "period": self.period,
            "checks": [check for check in checklist(self.application, self.on) if not check.is_ok],
        }


class OfferPages:
    """The route of the page, for the admin of applications."""

    def offer_urls(self):
        """The route."""
        view = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.offer_view))
        return [path("<int:pk>/offer/", view, name="tenants_application_offer")]

    def offer_view(self, request, pk):
        """An offer to one application; 404 out of scope, 403 without the rights to change it and to make leases."""
        application = self.object_or_404(request, pk, "change")
        if not request.user.has_perms(NEEDED):
            raise PermissionDenied
        request.guided_site = self.admin_site
        return OfferPage(request, application).begin()
