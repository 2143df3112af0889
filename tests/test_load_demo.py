"""What `manage.py load_demo` invents beside the real register: every row keeps the rules of the house."""

import datetime as dt
import io
from collections import Counter
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from parks.models import Park, Suite, SuiteClosure
from parks.models.stage import OPENED
from tenants import occupancy
from tenants.actions.rates import write_steps
from tenants.models import Company, CompanyContact, Lease, Letting, LettingRate, SpaceNeed
from tenants.models.lease import BLOCKING

pytestmark = pytest.mark.django_db


def load(**asked):
    """Run the command as on the command line; returns what it printed."""
    printed = io.StringIO()
    call_command("load_demo", stdout=printed, **asked)
    return printed.getvalue()


@pytest.fixture(scope="module")
def demonstration(real_register, django_db_blocker):
    """The real register with the small demonstration, as the first `make run` makes it; rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


def test_the_small_one_has_sixty_suites_and_twenty_five_free_today_in_parks_that_opened(demonstration):
    on = timezone.localdate()
    suites = Suite.objects.filter(demo=True)
    assert Suite.objects.count() == suites.count() == 120
    assert occupancy.vacant_suites(suites, on, on).count() >= 25
    assert occupancy.vacant_suites(suites.filter(kind="suite"), on, on).count() >= 25
    assert occupancy.vacant_suites(suites.filter(park__city__name="Lahore"), on, on).count() >= 3
    parks = Park.objects.filter(suites__isnull=False).distinct().with_stage(on)
    assert 10 <= len(parks) <= 12
    assert {park.stage for park in parks} <= set(OPENED)
    assert {(park.demo, park.listed) for park in parks} == {(False, True)}
    assert len({park.city.region for park in parks}) == 7
    assert not Park.objects.filter(demo=True).exists()


def test_no_suite_is_let_twice_at_a_time_or_on_a_day_on_which_it_cannot_be(demonstration):
    lettings = list(Letting.objects.filter(lease_state__in=BLOCKING).order_by("suite", "commencement_date"))
    assert len(lettings) > 200
    for one, other in pairwise(lettings):
        assert one.suite_id != other.suite_id or one.last_day < other.commencement_date
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM tenants_letting t JOIN parks_suite s ON s.id = t.suite_id"
            " WHERE t.lease_state IN ('offered', 'accepted', 'signed')"
            " AND (NOT t.term <@ daterange(s.in_service_from, s.withdrawn_from) OR EXISTS ("
            "   SELECT FROM parks_suiteclosure c"
            "   WHERE c.suite_id = s.id AND t.term && daterange(c.first_day, c.last_day, '[]')))"
        )
        assert cursor.fetchone() == (0,)


def test_every_row_would_pass_the_forms(demonstration):
    for model in (Suite, SuiteClosure, Company, CompanyContact, Lease, Letting, LettingRate, SpaceNeed):
        rows = list(model.objects.all())
        assert rows, model
        for row in rows:
            row.full_clean()


def test_there_is_one_of_everything_that_a_desk_meets(demonstration):
    on = timezone.localdate()
    words = Counter(Lease.objects.with_word(on, on).values_list("word", flat=True))
    states = Counter(occupancy.with_state(Suite.objects.all(), on, on).values_list("state", flat=True))
    assert set(states) == set(occupancy.SuiteState.values)
    expected = {"upcoming", "current", "in_notice", "expired", "holding_over", "terminated", "draft", "offered"}
    assert set(words) == expected | {"accepted", "cancelled", "lapsed", "declined", "withdrawn"}
    leases = Lease.objects.all()
    assert leases.filter(state="offered", offer_deadline__lt=on).exists()
    assert leases.filter(renews__isnull=False, state="signed").count() > 10
    assert leases.filter(renews__isnull=False, state="draft").exists()
    assert leases.without_deed().exists()
    assert Letting.objects.in_force(on).filter(expiry_date=None).exists()
    assert Letting.objects.in_force(on).filter(suite__kind="desk").exists()
    assert SuiteClosure.objects.in_force(on).exists()
    assert Suite.objects.filter(rent_pkr=None).exists()
    assert set(Suite.objects.values_list("rent_basis", flat=True)) == {"", "per_sqft", "per_seat", "fixed"}
    consenting = Company.objects.filter(public_listing=True).count()
    assert 0 < consenting < Company.objects.count()
    assert Company.objects.shown(on).exists()
    assert Company.objects.filter(pseb_expiry_date__lt=on).exists()


def test_some_drafts_are_in_each_others_way_and_some_in_that_of_a_letting(demonstration):
    drafts = list(Letting.objects.filter(lease_state="draft", lease__renews=None).select_related("lease"))
    among = [
        (one, other)
        for one in drafts
        for other in drafts
        if one.pk < other.pk and one.suite_id == other.suite_id and one.commencement_date == other.commencement_date
    ]
    assert 2 <= len(among) <= 12
    assert all(one.lease.company_id != other.lease.company_id for one, other in among)
    assert any(Letting.objects.in_the_way_of(draft).exists() for draft in drafts)


def test_a_suite_is_given_back_while_the_lease_goes_on_for_its_others(demonstration):
    on = timezone.localdate()
    given_back = Letting.objects.filter(terminated_on__lt=on, lease__lettings__in=Letting.objects.in_force(on))
    assert given_back.exists()
    for letting in given_back:
        assert letting.lease.vacated_on is None


def test_the_steps_of_the_rents_are_those_that_signing_writes(demonstration):
    lettings = Letting.objects.filter(
        lease__escalation_percent__isnull=False, lease_state="signed", terminated_on=None
    ).select_related("lease")
    with_steps = [letting for letting in lettings if letting.rates.count() > 1]
    assert len(with_steps) > 20
    for letting in with_steps[:40]:
        said = list(letting.rates.values("from_date", "rent_pkr", "service_charge_pkr"))
        letting.rates.exclude(from_date=letting.commencement_date).delete()
        write_steps([letting], letting.lease.escalation_percent, letting.lease.escalation_months)
        assert list(letting.rates.values("from_date", "rent_pkr", "service_charge_pkr")) == said


def test_facts_of_a_lease_stand_in_the_order_of_their_days(demonstration):
    today = timezone.localdate()
    for lease in Lease.objects.filter(state="signed", deed_on_file=True).with_span():
        assert lease.offered_on <= lease.accepted_on <= lease.signed_on <= today
        assert lease.signed_on <= lease.first_day
        assert lease.notice_given_on is None or lease.first_day <= lease.notice_given_on <= today
        assert lease.vacated_on is None or lease.vacated_on == lease.last_day < today
        if lease.renews_id:
            old = Lease.objects.with_span().get(pk=lease.renews_id)
            assert lease.first_day == old.last_day + dt.timedelta(days=1)
            assert old.company_id == lease.company_id
    for lease in Lease.objects.without_deed():
        assert lease.state_reason


def test_no_firm_or_person_could_be_taken_for_a_real_one(demonstration):
    for company in Company.objects.all():
        assert company.name.startswith("Demonstration firm ")
        assert company.slug.startswith("demonstration-firm-")
        assert (company.ntn, company.secp_number, company.website) == ("", "", "")
        assert company.pseb_number == "" or company.pseb_number.startswith("DEMO-")
    for contact in CompanyContact.objects.all():
        assert contact.email.endswith(".example.org")
        assert (contact.name, contact.phone) == ("Front desk", "")
    assert not SpaceNeed.objects.exclude(name="", email="", company="").exists()
    marked = {model: set(model.objects.values_list("demo", flat=True)) for model in (Suite, Company, Lease, SpaceNeed)}
    assert set(map(frozenset, marked.values())) == {frozenset({True})}
