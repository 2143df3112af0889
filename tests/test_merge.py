"""Two companies become one: what moves, what stays, where the old addresses lead, and who may do it."""

import datetime as dt
import threading

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants import actions
from tenants.actions.merge import POINTING, TAKEN
from tenants.demo import store
from tenants.models import Company, CompanyContact, DistinctCompanies, Lease, MergedCompany
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import draft, line, refused, signed
from tests.pictures import drawing, encoded
from tests.staff_pages import form_data, token_in
from tests.test_admin_companies import media, with_logo  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def merged(kept, other, *, by=None, **options):
    """`other` merged into `kept`."""
    options = {"reason": "Same NTN on both deeds", "today": TODAY} | options
    return actions.merge_companies(kept=kept, merged=other, by=by or UserFactory(), **options)


def page(company):
    return reverse("admin:tenants_company_merge", args=[company.pk])


def change(company):
    return reverse("admin:tenants_company_change", args=[getattr(company, "pk", company)])


def history(company):
    return reverse("admin:tenants_company_history", args=[getattr(company, "pk", company)])


def shown(name, **facts):
    """A company that the public sees."""
    company = CompanyFactory(name=name, public_listing=True, **facts)
    suite = SuiteFactory()
    LettingFactory(
        suite=suite,
        lease=LeaseFactory(park=suite.park, company=company),
        commencement_date=TODAY - dt.timedelta(9),
        expiry_date=None,
    )
    return company


# --- the action


def test_every_key_to_a_company_is_one_that_the_merge_knows():
    found = {
        (model, field.name)
        for model in apps.get_models()
        if not hasattr(model, "pgh_tracked_model")
        for field in (*model._meta.get_fields(include_hidden=True), *model._meta.local_many_to_many)
        if getattr(field, "remote_field", None) is not None
        and field.remote_field.model is Company
        and (field.concrete or field.many_to_many)
        and not field.auto_created
    }
    assert found == POINTING


def test_every_fact_of_a_company_is_taken_over_or_stays_on_purpose():
    columns = {field.name for field in Company._meta.concrete_fields if not field.generated}
    taken = {column for group in TAKEN.values() for column in group}
    assert columns - taken == {"id", "slug", "public_listing", "demo"}


def test_leases_contacts_and_known_pairs_move_and_the_row_goes():
    kept, other, third = CompanyFactory(), CompanyFactory(), CompanyFactory()
    lease, mine = LeaseFactory(company=other), LeaseFactory(company=kept)
    CompanyContact.objects.create(company=kept, name="Sana", email="sana@ravi.pk")
    CompanyContact.objects.create(company=other, name="Sana", email="sana@ravi.pk")
    CompanyContact.objects.create(company=other, name="Omar", phone="+923001234567")
    by = UserFactory()
    for first, second in ((kept, other), (other, third), (kept, third)):
        DistinctCompanies.objects.create(first=first, second=second, by=by)
    DistinctCompanies.objects.filter(first=kept, second=third).delete()

    assert merged(kept, other, by=by) == kept
    assert set(kept.leases.all()) == {lease, mine}
    assert sorted(kept.contacts.values_list("name", flat=True)) == ["Omar", "Sana"]
    assert list(DistinctCompanies.objects.values_list("first", "second")) == [(kept.pk, third.pk)]
    assert not Company.objects.filter(pk=other.pk).exists()
    row = MergedCompany.objects.get()
    assert (row.company, row.former_id, row.slug, row.name) == (kept, other.pk, other.slug, other.name)
    assert (row.by, row.reason) == (by, "Same NTN on both deeds")


def test_a_pair_with_a_younger_company_keeps_its_order_and_is_there_once():
    third, other, kept = CompanyFactory(), CompanyFactory(), CompanyFactory()
    by = UserFactory()
    DistinctCompanies.objects.create(first=third, second=other, by=by)
    DistinctCompanies.objects.create(first=third, second=kept, by=by)
    merged(kept, other)
    assert list(DistinctCompanies.objects.values_list("first", "second")) == [(third.pk, kept.pk)]


def test_unique_numbers_and_facts_are_taken_over_as_chosen_and_nothing_else():
    kept = CompanyFactory(name="Systems Ltd", ntn="1111111-1", note="Ours", website="https://kept.pk")
    other = CompanyFactory(
        name="Systems Limited",
        ntn="2222222-2",
        secp_number="0012345",
        pseb_number="Z-1/26",
        pseb_expiry_date=TODAY,
        note="Theirs",
        website="https://other.pk",
        public_listing=True,
    )
    now = merged(kept, other, take=["name", "ntn", "secp_number", "pseb_number"], both_notes=True)

    assert (now.name, now.ntn, now.secp_number) == ("Systems Limited", "2222222-2", "0012345")
    assert (now.pseb_number, now.pseb_expiry_date) == ("Z-1/26", TODAY)
    assert (now.note, now.website, now.slug) == ("Ours\n\nTheirs", "https://kept.pk", kept.slug)
    assert now.public_listing is False


def test_the_consent_of_the_company_that_stays_stays():
    assert merged(CompanyFactory(public_listing=True), CompanyFactory()).public_listing is True


def test_a_chain_of_merges_leads_to_the_last():
    first, second, third = CompanyFactory(), CompanyFactory(), CompanyFactory()
    merged(second, first)
    merged(third, second)
    assert set(MergedCompany.objects.values_list("former_id", "company")) == {
        (first.pk, third.pk),
        (second.pk, third.pk),
    }


def test_what_cannot_be_is_refused_and_nothing_is_done():
    kept, other = CompanyFactory(note="x" * 1_500), CompanyFactory(note="y" * 1_500)
    with refused("itself"):
        merged(kept, kept)
    with refused("Say how", field="reason"):
        merged(kept, other, reason=" ")
    with refused("Demonstration"):
        merged(kept, CompanyFactory(demo=True))
    with refused("longer than 2000 signs", field="note"):
        merged(kept, other, both_notes=True)
    third = CompanyFactory()
    merged(third, other)
    with refused("merged into", str(third)):
        merged(kept, other)
    assert MergedCompany.objects.count() == 1
    with pytest.raises(TypeError):
        merged(kept, third, take=["public_listing"])


def test_the_web_name_of_a_merged_company_is_not_given_away(client, officer):
    kept, other = CompanyFactory(), CompanyFactory(name="Ravi", slug="ravi")
    merged(kept, other)
    add = "/admin/tenants/company/add/"
    assert client.post(add, form_data(client.get(add)) | {"name": "Ravi"}).status_code == 302
    assert Company.objects.get(name="Ravi").slug == "ravi-2"
    html = client.post(add, form_data(client.get(add)) | {"name": "Chenab", "slug": "ravi"}).content.decode()
    assert "leads on from there" in html and not Company.objects.filter(name="Chenab").exists()


@pytest.mark.parametrize("take", [[], ["logo"]])
def test_one_logo_stays_with_its_files_and_the_other_goes(
    client,
    officer,
    media,  # noqa: F811
    take,
    django_capture_on_commit_callbacks,
):
    kept, other = CompanyFactory(), CompanyFactory()
    for company in (kept, other):
        with_logo(client, company, encoded(drawing((640, 400))))
        company.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        now = merged(kept, other, take=take)
    assert now.logo_stem == (other if take else kept).logo_stem
    assert media() and all(name.startswith(now.logo_stem) for name in media())


def test_the_demonstration_is_cleared_after_a_merge_in_it():
    kept, other, third = (CompanyFactory(demo=True) for _each in range(3))
    merged(kept, other)
    DistinctCompanies.objects.create(first=kept, second=third, by=UserFactory())
    store.clear()
    assert not Company.objects.exists() and not MergedCompany.objects.exists()


# --- the addresses


def test_the_public_address_leads_on_while_the_kept_one_is_public_and_is_the_same_404_otherwise(client):
    kept, other = shown("Kept"), shown("Other", slug="other")
    merged(kept, other)
    response = client.get("/companies/other/")
    assert (response.status_code, response["Location"]) == (301, kept.get_absolute_url())

    Company.objects.update(public_listing=False)
    nowhere, gone = client.get("/companies/nowhere/"), client.get("/companies/other/")
    assert nowhere.status_code == gone.status_code == 404
    assert gone.content == nowhere.content.replace(b"nowhere", b"other")
    for name in ("Set-Cookie", "Location"):
        assert name not in gone
    assert {name for name, _value in gone.items()} == {name for name, _value in nowhere.items()}


def test_the_address_of_a_company_that_never_consented_leads_nowhere(client):
    kept, other = shown("Kept"), CompanyFactory(name="Quiet", slug="quiet")
    merged(kept, other)
    assert client.get("/companies/quiet/").status_code == 404


def test_old_staff_addresses_lead_on_with_a_message_and_an_unknown_one_is_404(client, officer):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    merged(kept, other)
    for address in (change, history):
        response = client.get(address(other), follow=True)
        assert response.redirect_chain == [(address(kept), 302)]
        assert "“Gone” was merged into this company" in response.content.decode()
    for missing in ("999999", "9" * 25, "x"):
        assert client.get(f"/admin/tenants/company/{missing}/change/").status_code == 404
        assert client.get(f"/admin/tenants/company/{missing}/history/").status_code == 404


def test_an_old_staff_address_is_404_for_a_manager_of_other_parks(client):
    suite = SuiteFactory()
    kept = CompanyFactory()
    other = LettingFactory(suite=suite, lease=LeaseFactory(park=suite.park)).lease.company
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory()]))
    merged(kept, other)
    assert client.get(change(other)).status_code == client.get(history(other)).status_code == 404
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[suite.park]))
    assert client.get(change(other)).status_code == 302


def test_both_histories_stand_on_the_page_of_the_company_that_stays(client, officer):
    kept, other, first = CompanyFactory(name="Kept"), CompanyFactory(name="Gone"), CompanyFactory(name="Oldest")
    Company.objects.filter(pk=other.pk).update(note="written on the other")
    contact = CompanyContact.objects.create(company=other, name="Omar", email="omar@gone.pk")
    lease = LeaseFactory(company=other)
    merged(other, first)
    merged(kept, other, reason="One firm, see file 7")
    html = client.get(history(kept)).content.decode()
    for words in ("written on the other", "Deleted: company <bdi>Gone</bdi>", "Oldest", "One firm, see file 7", "Omar"):
        assert words in html
    entries = client.get(history(kept)).context["page"].object_list
    moves = [entry for entry in entries if entry.pk == contact.pk and entry.model is CompanyContact]
    assert len(moves) == len({entry.event for entry in moves}) == 2
    of_lease = client.get(reverse("admin:tenants_lease_history", args=[lease.pk])).content.decode()
    assert "Gone (no longer there)" in of_lease
    client.force_login(UserFactory(role=AUDITOR))
    assert "Omar" not in client.get(history(kept)).content.decode()


def test_whoever_saves_a_company_that_was_merged_meanwhile_reads_what_they_typed(client, officer):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    data = form_data(client.get(change(other))) | {"note": "Typed by <hand>"}
    merged(kept, other)
    response = client.post(change(other), data)
    html = response.content.decode()
    assert response.status_code == 200 and "Typed by &lt;hand&gt;" in html and change(kept) in html
    assert Company.objects.get(pk=kept.pk).note == ""


def test_a_page_opened_before_a_merge_into_its_company_is_refused(client, officer):
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    data = form_data(client.get(change(kept))) | {"note": "mine"}
    merged(kept, other)
    response = client.post(change(kept), data)
    assert response.status_code == 200 and "Someone else saved changes" in response.content.decode()
    assert data["_version"] != token_in(response)


# --- at the same moment


def at_once(*jobs):
    """Run `jobs` in threads from one moment on; what each returned or raised, in order."""
    start, found = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(place, job):
        try:
            start.wait(10)
            found[place] = job()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def whole():
    """No lease hangs on nothing, and every chain ends at a company."""
    keys = set(Company.objects.values_list("pk", flat=True))
    assert set(Lease.objects.values_list("company", flat=True)) <= keys
    assert not set(MergedCompany.objects.values_list("former_id", flat=True)) & keys


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_merges_of_the_same_companies_at_once_lose_nothing(_round):
    by = UserFactory()
    companies = [CompanyFactory() for _each in range(4)]
    for company in companies:
        LeaseFactory(company=company)
    one, two, three, four = companies
    jobs = [(one, two), (two, one), (two, three), (three, four), (four, one), (one, two)]
    found = at_once(*(lambda pair=pair: merged(*pair, by=by) for pair in jobs))

    assert {type(each) for each in found} <= {Company, actions.Refused}, found
    assert Company.objects.count() == 4 - sum(isinstance(each, Company) for each in found)
    assert Lease.objects.count() == 4
    whole()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_a_merge_while_leases_are_written_and_the_company_is_saved(_round):
    by = UserFactory(username="ayesha", role=LETTINGS_OFFICER)
    kept, other = CompanyFactory(name="Kept"), CompanyFactory(name="Gone")
    suites = [SuiteFactory() for _each in range(4)]
    lease = signed(suites[0], company=other)
    client = Client()
    client.force_login(by)
    data = form_data(client.get(change(other))) | {"note": "typed"}
    jobs = [
        lambda: merged(kept, other, by=by),
        *(lambda suite=suite: draft(suite, company=other, by=by) for suite in suites[1:]),
        lambda: actions.renew(lease=lease, expiry_date=None, by=by, today=dt.date(2026, 3, 9)),
        lambda: client.post(change(other), data).status_code,
    ]
    found = at_once(*jobs)

    assert isinstance(found[0], Company), found
    assert {type(each) for each in found[1:5]} <= {Lease, actions.Refused}, found
    assert found[5] in {200, 302}, found
    assert Lease.objects.filter(company=kept).count() == 1 + sum(isinstance(each, Lease) for each in found[1:5])
    whole()


@pytest.mark.django_db(transaction=True)
def test_a_lease_for_a_company_that_is_being_merged_waits_and_is_told():
    by, kept, other, suite = UserFactory(), CompanyFactory(), CompanyFactory(), SuiteFactory()
    said = []

    def write():
        try:
            draft(suite, company=other, by=by)
        except actions.Refused as error:
            said.extend(error.messages)
        finally:
            connection.close()

    with transaction.atomic():
        merged(kept, other, by=by)
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(1)
        assert thread.is_alive()
    thread.join(30)
    assert said and ("merged into another" in said[0] or "does not exist" in said[0])
    assert not Lease.objects.exists() and line(suite).suite == suite
