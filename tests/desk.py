"""A small tenancy to check reports against by hand, and how to read them."""

import datetime as dt
import io

import openpyxl
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from parks.models import SuiteClosure
from stp_portal.kit.roles import PARK_MANAGER
from tenants.models import Company, Lease, Letting
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.staff_pages import exported

DAY = dt.date(2026, 6, 15)
LISTS = ("without_agreement", "holding_over", "registrations", "offers")


class Scene:
    """Park Alpha: 101 (1,000 sq ft) and 102 (500) let to Acme under one lease at Rs 100,000 + 20,000 and 50,000,
    103 (800) vacant, asking Rs 100 a sq ft and Rs 10,000; park Beta: 1 (400) let to Bolt at Rs 30,000."""

    def __init__(self):
        self.alpha, self.beta = ParkFactory(name="Alpha"), ParkFactory(name="Beta")
        self.acme, self.bolt = CompanyFactory(name="Acme"), CompanyFactory(name="Bolt")
        self.s101 = SuiteFactory(park=self.alpha, number="101", lettable_area_sqft=1000)
        self.s102 = SuiteFactory(park=self.alpha, number="102", lettable_area_sqft=500)
        self.s103 = SuiteFactory(
            park=self.alpha,
            number="103",
            lettable_area_sqft=800,
            rent_basis="per_sqft",
            rent_pkr=100,
            service_charge_pkr=10_000,
            in_service_from=dt.date(2026, 6, 1),
        )
        self.s1 = SuiteFactory(park=self.beta, number="1", lettable_area_sqft=400)
        self.lease = LeaseFactory(company=self.acme, park=self.alpha)
        self.l101 = LettingFactory(suite=self.s101, lease=self.lease, state="draft", rent=100_000, charge=20_000)
        self.l102 = LettingFactory(suite=self.s102, lease=self.lease, rent=50_000)
        self.l1 = LettingFactory(
            suite=self.s1, lease=LeaseFactory(company=self.bolt, park=self.beta), rent=30_000, charge=0
        )
        self.l101.refresh_from_db()

    def manager(self, *parks):
        """A park manager of these parks, of Alpha without any."""
        return UserFactory(role=PARK_MANAGER, parks=list(parks) or [self.alpha])


def page(client, name, *args, **params):
    """The response of a report."""
    return client.get(reverse(f"admin:{name}", args=args), params)


def text_of(response):
    """The page as text, checked to be one."""
    assert response.status_code == 200
    return response.content.decode()


def csv_of(response):
    """The rows of a CSV download."""
    assert response.status_code == 200 and response["Content-Type"].startswith("text/csv")
    return exported(response)


def book_of(response):
    """The sheets of a workbook by name, each a list of rows of values."""
    assert response.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


class CountQueries:
    """`count`: how many queries were made inside."""

    def __enter__(self):
        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()
        return self

    def __exit__(self, *raised):
        self.context.__exit__(*raised)
        self.count = len(self.context)


def days_ago(days):
    """The day so many days before today; after it for a negative number."""
    return timezone.localdate() - dt.timedelta(days=days)


def watch_over(scene):
    """Add one line for each watch list in each of the two parks, all as of today."""
    for park, number in ((scene.alpha, "W1"), (scene.beta, "W2")):
        soon = LettingFactory(
            suite=SuiteFactory(park=park, number=f"{number}-offer"),
            lease=LeaseFactory(park=park, company=CompanyFactory(name=f"Offer {park.name}")),
            state="offered",
            commencement_date=days_ago(-30),
            expiry_date=days_ago(-300),
        )
        Lease.objects.filter(pk=soon.lease_id).update(offer_deadline=days_ago(-14), offered_on=days_ago(1))
        company = CompanyFactory(name=f"Stay {park.name}", pseb_number="Z-1-22" + number)
        LettingFactory(
            suite=SuiteFactory(park=park, number=f"{number}-over"),
            lease=LeaseFactory(park=park, company=company),
            commencement_date=days_ago(400),
            expiry_date=days_ago(10),
        )
        bare = LeaseFactory(park=park, company=CompanyFactory(name=f"Bare {park.name}", pseb_number="B-1-22" + number))
        LettingFactory(
            suite=SuiteFactory(park=park, number=f"{number}-bare"),
            lease=bare,
            state="draft",
            commencement_date=days_ago(99),
            expiry_date=None,
        )
        Lease.objects.filter(pk=bare.pk).update(state="signed", deed_on_file=False, state_reason="Found at a visit.")
        lapsed = CompanyFactory(name=f"Lapsed {park.name}", pseb_number="L-1-22" + number, pseb_expiry_date=days_ago(1))
        LettingFactory(
            suite=SuiteFactory(park=park, number=f"{number}-lapsed"),
            lease=LeaseFactory(park=park, company=lapsed),
            commencement_date=days_ago(50),
            expiry_date=None,
        )
    Letting.objects.filter(lease__company__in=[scene.acme, scene.bolt]).update(expiry_date=None)
    Company.objects.filter(pk__in=[scene.acme.pk, scene.bolt.pk]).update(pseb_number="")
    Company.objects.filter(pk=scene.acme.pk).update(pseb_number="A-1-2222", pseb_expiry_date=timezone.localdate())


def listed(response):
    """The companies on a page of watch lists, by list."""
    return {each.key: [line.company.name for line in each.lines] for each in response.context["lists"]}


def make_one_of_each(park, number):
    """A current letting whose company has no number, one that holds over, a closure, a void and an offer."""
    current, over, closed, void, offer = (SuiteFactory(park=park, number=f"Q{number}-{n}") for n in range(5))
    LettingFactory(suite=current, rent=1, expiry_date=days_ago(-90))
    LettingFactory(suite=over, rent=1, commencement_date=days_ago(90), expiry_date=days_ago(9))
    SuiteClosure.objects.create(suite=closed, first_day=days_ago(9), reason="repair")
    SuiteClosure.objects.create(suite=void, first_day=days_ago(19), last_day=days_ago(12), reason="repair")
    LettingFactory(suite=offer, state="offered", commencement_date=days_ago(-30), expiry_date=None)
    Lease.objects.filter(lettings__suite=offer).update(offer_deadline=days_ago(-5), offered_on=days_ago(1))
