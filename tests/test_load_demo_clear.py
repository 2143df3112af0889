"""`load_demo --clear` removes the demonstration and nothing else; `make run` invents one on the first start only;
every page says so while it is there."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from parks.models import Park, Suite, SuiteClosure
from stp_portal import run
from tenants.models import Company, CompanyContact, Lease, LeaseDocument, Letting, SpaceNeed
from tests.factories import (
    CityFactory,
    CompanyFactory,
    EnquiryFactory,
    LettingFactory,
    StageEventFactory,
    full_park,
)

pytestmark = pytest.mark.django_db


def load(**asked):
    call_command("load_demo", stdout=io.StringIO(), **({"parks": 4, "suites_per_park": 8} | asked))


def clear():
    printed = io.StringIO()
    call_command("load_demo", clear=True, stdout=printed)
    return printed.getvalue()


@pytest.fixture
def park():
    """A real park in operation, among others."""
    full_park()
    return StageEventFactory(park__city=CityFactory()).park


def hashes():
    """A hash of the rows of every table but history's, by table; order and keys included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [name for (name,) in cursor.fetchall() if not name.endswith("event") and "pghistory" not in name]
        found = {}
        for table in ["parks_stageevent", *tables]:
            cursor.execute(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t")  # noqa: S608
            found[table] = cursor.fetchone()[0]
    return found


def test_clearing_leaves_every_other_row_as_it_was_and_keeps_the_history(park):
    EnquiryFactory(park=park)
    SpaceNeed.objects.create(city=park.city, size_band="desks", form_token="0b9f3c9e-3a37-4f3b-9a9f-1f4f3a0d7a11")
    before = hashes()
    assert len(before) > 25
    load(parks=5)
    assert hashes() != before
    written = {model: model.pgh_event_model.objects.count() for model in (Suite, Lease, Letting, Company, Park)}
    assert clear().startswith("Cleared: ")
    assert hashes() == before
    for model, number in written.items():
        assert model.pgh_event_model.objects.count() > number
    assert clear() == "There is no demonstration to clear.\n"


def test_real_tenancies_that_came_later_stay(park):
    """Nothing real hangs on the demonstration here; each table has real rows beside invented ones."""
    load(parks=5)
    letting = LettingFactory(rent=90_000)
    contact = CompanyContact.objects.create(company=letting.lease.company, name="Front desk", email="a@example.org")
    closure = SuiteClosure.objects.create(suite=letting.suite, first_day="2190-01-01", reason="repair")
    need = SpaceNeed.objects.create(
        city=park.city, size_band="desks", form_token="0b9f3c9e-3a37-4f3b-9a9f-1f4f3a0d7a11"
    )
    clear()
    for row in (letting, letting.lease, letting.lease.company, letting.rates.get(), contact, closure, need):
        assert list(type(row).objects.all()) == [row]
    assert set(Suite.objects.values_list("demo", flat=True)) == {False}
    assert park.stage_events.exists()


def test_it_can_be_loaded_again_after_clearing(park):
    load()
    clear()
    load()
    assert Suite.objects.filter(demo=True).count() == 32


def test_what_was_added_to_demonstration_rows_goes_with_them(park):
    load()
    suite, company = Suite.objects.filter(demo=True).first(), Company.objects.first()
    SuiteClosure.objects.create(suite=suite, first_day="2190-01-01", reason="repair")
    CompanyContact.objects.create(company=company, name="Front desk", email="a@example.org")
    lease = Lease.objects.create(company=company, park=suite.park, demo=True)
    Letting.objects.create(lease=lease, suite=suite, commencement_date="2190-01-01")
    clear()
    assert not Suite.objects.filter(demo=True).exists()
    assert not SuiteClosure.objects.exists()
    assert not CompanyContact.objects.exists()
    assert not Lease.objects.exists()


def real_lease_on_a_demonstration_suite():
    letting = LettingFactory(
        suite=Suite.objects.filter(demo=True).first(), lease__company=CompanyFactory(name="Real Firm"), state="draft"
    )
    return f"lease {letting.lease.number}"


def real_lease_of_a_demonstration_company():
    return f"lease {Lease.objects.create(company=Company.objects.first(), park=Park.objects.first()).number}"


def enquiry_about_a_demonstration_park():
    return f"enquiry {EnquiryFactory(park=Park.objects.filter(demo=True).first())}"


def scan_of_a_demonstration_lease():
    LeaseDocument.objects.create(lease=Lease.objects.first(), kind="deed", scan="scan.pdf")
    return "document "


@pytest.mark.parametrize(
    "add",
    [
        real_lease_on_a_demonstration_suite,
        real_lease_of_a_demonstration_company,
        enquiry_about_a_demonstration_park,
        scan_of_a_demonstration_lease,
    ],
)
def test_clearing_is_refused_with_the_name_of_what_is_in_the_way(park, add):
    load()
    said = add()
    before = hashes()
    with pytest.raises(CommandError, match="Nothing was cleared") as refusal:
        clear()
    assert said in str(refusal.value)
    assert hashes() == before


def test_five_in_the_way_are_three_names_and_a_number(park):
    load()
    for _ in range(5):
        Lease.objects.create(company=Company.objects.first(), park=Park.objects.first())
    with pytest.raises(CommandError, match=r"leases L-\d+, L-\d+, L-\d+ and 2 more\."):
        clear()


def test_the_first_start_alone_invents_a_demonstration(capsys):
    run.load_register()
    first = Suite.objects.filter(demo=True).count()
    assert first >= 60
    assert "Demonstration: 12 parks" in capsys.readouterr().out
    run.load_register()
    assert Suite.objects.count() == first
    clear()
    run.load_register()
    assert not Suite.objects.exists()
    assert Park.objects.count() == 68


def test_a_start_on_a_register_that_is_there_invents_nothing(park):
    run.load_register()
    assert not Company.objects.exists()
    assert not Suite.objects.filter(demo=True).exists()


def test_a_start_beside_companies_invents_nothing():
    CompanyFactory()
    run.load_register()
    assert Park.objects.count() == 68
    assert not Suite.objects.exists()


def test_the_first_start_invents_nothing_when_it_is_told_so(settings):
    settings.DEMO_DATA = False
    run.load_register()
    assert Park.objects.count() == 68
    assert not Suite.objects.exists()


PUBLIC = ("/", "/parks/", "/about/", "/contact/", "/open-data/", "/parks/{slug}/")
STAFF = ("/admin/", "/admin/parks/park/", "/admin/parks/park/{pk}/change/", "/admin/login/?next=/admin/")


def test_every_page_says_so_until_it_is_cleared(client, officer, park):
    paths = [path.format(slug=park.slug, pk=park.pk) for path in PUBLIC + STAFF]
    for path in paths:
        assert "This is a demonstration" not in client.get(path, follow=True).content.decode(), path
    load()
    for path in paths:
        page = client.get(path, follow=True).content.decode()
        assert "This is a demonstration" in page, path
        # The command is for staff: nobody else can run it.
        assert ("load_demo --clear" in page) == (path in {s.format(pk=park.pk) for s in STAFF}), path
    Suite.objects.update(demo=False)
    assert "This is a demonstration" in client.get("/").content.decode()
    Company.objects.update(demo=False)
    assert "This is a demonstration" not in client.get("/").content.decode()


def test_the_question_is_one_query_a_page_and_none_where_no_page_is_made(client, park):
    for path, number in (("/parks/", 1), ("/healthz", 0), ("/parks/?format=csv", 0), ("/nowhere/", 0)):
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        asked = [query for query in captured if "FROM tenants_company WHERE demo" in query["sql"]]
        assert len(asked) == number, path


def test_a_page_that_needs_no_database_answers_without_one(client, monkeypatch):
    def no_answer(*args, **kwargs):
        raise OperationalError("the server is gone")

    monkeypatch.setattr(connection, "cursor", no_answer)
    assert client.get("/contact/").status_code == 200
    assert client.get("/parks/").status_code == 503
