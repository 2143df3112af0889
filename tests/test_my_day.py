"""My day: each line and each part of it counts the rows of the list that it leads to, for every role."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from parks.models import HostAgreement, ParkAssignment
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.models import ApplicationMessage, Company, Enquiry, JobRun, Lease, LettingRate, Mail
from tests.applications import ApplicationFactory, paper_of
from tests.desk import CountQueries
from tests.factories import (
    AreaReportFactory,
    CompanyFactory,
    CorrectionFactory,
    EnquiryFactory,
    HostFactory,
    ImportBatchFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    StageEventFactory,
    SuiteFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ROLES = (ADMINISTRATOR, LETTINGS_OFFICER, PARK_MANAGER, AUDITOR)


def today(days=0):
    return timezone.localdate() + dt.timedelta(days=days)


def letting_until(park, days, *, company=None, **facts):
    """A letting of a signed lease that began a year ago and ends in so many days."""
    lease = LeaseFactory(park=park, **({"company": company} if company else {}))
    facts = {"commencement_date": today(-365), "expiry_date": today(days), "rent": 10_000, **facts}
    return LettingFactory(suite=SuiteFactory(park=park), lease=lease, **facts)


def plant(park):
    """One of everything that a line of the first page counts, in `park`."""
    for days in (10, 45, 75, 170, 400):
        letting_until(park, days)
    stepping = letting_until(park, 500)
    LettingRate.objects.create(letting=stepping, from_date=today(40), rent_pkr=12_000, service_charge_pkr=0)
    for days in (20, 80, -5):
        company = CompanyFactory(pseb_number=f"Z-{park.pk}-{days + 100}", pseb_expiry_date=today(days))
        letting_until(park, 600, company=company)
    letting_until(park, -20)
    HostAgreement.objects.create(park=park, kind="mou", parties="PSEB and the host", expiry_date=today(100))
    StageEventFactory(park=park, stage="mou_signed", on=today(-1200), on_precision="day", known_by=today(-1200))
    CorrectionFactory(park=park)
    for days in (0, 3, 10, 40):
        enquiry = EnquiryFactory(park=park)
        # As it came so many days ago: what was sent is kept from changes by a trigger.
        Enquiry.objects.filter(pk=enquiry.pk)._raw_delete(enquiry._state.db)
        enquiry.pk, enquiry.reference = None, f"ENQ-{park.pk}-{days}"
        enquiry.created_at = timezone.now() - dt.timedelta(days=days)
        enquiry.save(force_insert=True)
    ApplicationFactory(choices=[park])
    asks = ApplicationFactory(state="waiting", choices=[park])
    message = ApplicationMessage.objects.create(
        application=asks, actor="firm", text="May we see it?", form_token=uuid.uuid4()
    )
    assert message.pk
    paper_of(ApplicationFactory(state="waiting", choices=[park]))
    late = ApplicationFactory(state="needs_paper", choices=[park])
    late.requests.create(kind="ntn", asked_by=UserFactory(), due_on=today(-1))
    offered = LettingFactory(suite=SuiteFactory(park=park), state="offered", expiry_date=None)
    Lease.objects.filter(pk=offered.lease_id).update(offer_deadline=today(5))
    Lease.objects.filter(pk=letting_until(park, 700).lease_id).update(
        deed_on_file=False, signed_on=None, state_reason="Recorded late."
    )
    for area, chosen in ((10_000, True), (20_000, False)):
        AreaReportFactory(park=park, area_sqft=area, chosen=chosen)
    good = paper_of(ApplicationFactory(state="waiting", choices=[park]))
    type(good).objects.filter(pk=good.pk).update(
        finding="good", valid_until=today(12), found_by=UserFactory(), found_on=today()
    )


@pytest.fixture
def planted():
    """Own and others' rows; two hosts and two companies that may be one; an import that was begun."""
    own, other = ParkFactory(host=HostFactory(name="University of Nowhere")), ParkFactory()
    HostFactory(name="The University of Nowhere")
    for park in (own, other):
        plant(park)
    for name in ("Ravi Systems", "Ravi Systems (Pvt) Ltd"):
        CompanyFactory(name=name)
    ImportBatchFactory(created_by=UserFactory(role=LETTINGS_OFFICER))
    moment = timezone.now()
    JobRun.objects.create(run=uuid.uuid4(), job="outbox", started_at=moment, finished_at=moment, ok=False)
    facts = {"key": "1", "kind": "links", "to": "a@example.org", "subject": "Links", "body": "Here"}
    Mail.objects.create(**facts, state="failed", done_at=moment, message_id="<1@example.org>")
    return own


def rows_of(client, url):
    """How many rows the page at `url` says it has."""
    response = client.get(url)
    assert response.status_code == 200, url
    context = response.context
    if "cl" in context:
        return context["cl"].result_count
    if "#" in url:
        key = url.partition("#")[2]
        return next(len(each.lines) for each in context["lists"] if each.key == key)
    return context["page"].count if hasattr(context["page"], "count") else len(context["page"].rows)


@pytest.mark.parametrize("role", ROLES)
def test_each_line_counts_what_its_list_shows(client, planted, role):
    user = UserFactory(role=role)
    if role == PARK_MANAGER:
        ParkAssignment.objects.create(user=user, park=planted, first_day=today())
    client.force_login(user)
    groups = client.get("/admin/").context["day"]
    told, shown = {}, {}
    for group in groups:
        for line in group.lines:
            for name, count, url in (("", line.count, line.url), *line.parts):
                if count is not None:
                    told[f"{line.label} {name}"] = count
                    shown[f"{line.label} {name}"] = rows_of(client, url)
                else:
                    assert client.get(url).status_code == 200
    assert told == shown
    # A list that is empty here proves nothing.
    empty = {name for name, count in told.items() if not count}
    assert empty <= ({"Imports "} if role == PARK_MANAGER else set())


def test_a_manager_counts_own_parks_alone(client, planted):
    manager = UserFactory(role=PARK_MANAGER)
    ParkAssignment.objects.create(user=manager, park=planted, first_day=today())

    def counts(user):
        client.force_login(user)
        return {str(line.label): line.count for group in client.get("/admin/").context["day"] for line in group.lines}

    own, every = counts(manager), counts(UserFactory(role=LETTINGS_OFFICER))
    for label in ("Questions and visits", "Steps in rent within 60 days", "Reported mistakes", "Holding over"):
        assert 0 < own[label] < every[label], label
    assert not {label for label in own if "may be one" in label}


def test_a_renewed_lease_does_not_come_up(client):
    park = ParkFactory()
    old = letting_until(park, 20)

    def expiring():
        client.force_login(UserFactory(role=LETTINGS_OFFICER))
        lines = [line for group in client.get("/admin/").context["day"] for line in group.lines]
        return next(line.count for line in lines if str(line.label).startswith("Leases expiring"))

    assert expiring() == 1
    renewal = LeaseFactory(park=park, company=old.lease.company, renews=old.lease)
    LettingFactory(suite=old.suite, lease=renewal, commencement_date=today(21), expiry_date=today(800))
    assert expiring() == 0


@pytest.mark.parametrize("expiry, counted", [(100, 1), (1000, 0), (None, 0), (-30, 1)])
def test_an_agreement_that_ends_before_its_tenants_leases_comes_up(client, expiry, counted):
    park = ParkFactory()
    letting_until(park, 500)
    HostAgreement.objects.create(
        park=park, kind="mou", parties="PSEB", expiry_date=None if expiry is None else today(expiry)
    )
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    lines = [line for group in client.get("/admin/").context["day"] for line in group.lines]
    assert next(line.count for line in lines if "Agreements" in str(line.label)) == counted


def test_the_pairs_are_counted_anew_when_something_changed(client):
    officer = UserFactory(role=LETTINGS_OFFICER)

    def pairs():
        client.force_login(officer)
        lines = [line for group in client.get("/admin/").context["day"] for line in group.lines]
        return next(line.count for line in lines if str(line.label) == "Companies that may be one")

    before = pairs()
    one = CompanyFactory(name="Chenab Software House")
    CompanyFactory(name="Chenab Software House Pvt")
    assert pairs() == before + 1
    Company.objects.filter(pk=one.pk).update(name="Quite another name")
    assert pairs() == before


def test_a_new_portal_says_that_nothing_waits(client):
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    html = client.get("/admin/").content.decode()
    assert "Nothing waits." in html and "My day" in html


def test_the_first_page_takes_as_many_queries_for_many_rows_as_for_one_and_at_most_thirty(client):
    client.force_login(UserFactory(role=LETTINGS_OFFICER))
    plant(ParkFactory())
    client.get("/admin/")
    with CountQueries() as few:
        client.get("/admin/")
    for _time in range(2):
        plant(ParkFactory())
    client.get("/admin/")
    with CountQueries() as many:
        client.get("/admin/")
    assert many.count == few.count <= 30
