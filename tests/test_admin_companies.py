"""Companies on the staff pages: numbers brought to one form, contacts, logo, leases, and who sees what."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, PARK_MANAGER
from tenants.models import Company, CompanyContact
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, SuiteFactory, UserFactory
from tests.pictures import drawing, encoded
from tests.staff_pages import exported, form_data, names_in

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/company/"
TODAY = timezone.localdate()


def days(count):
    """The day so many days from today."""
    return TODAY + dt.timedelta(days=count)


def change(company):
    return reverse("admin:tenants_company_change", args=[company.pk])


def tenant(name, first=-100, last=100, park=None):
    """A company with a letting from so many days from today to so many."""
    suite = SuiteFactory(**({"park": park} if park else {}))
    lease = LeaseFactory(park=suite.park, company=CompanyFactory(name=name))
    LettingFactory(suite=suite, lease=lease, commencement_date=days(first), expiry_date=days(last))
    return lease.company


def added(client, **typed):
    return client.post(f"{LIST}add/", form_data(client.get(f"{LIST}add/")) | typed)


# --- the form


def test_numbers_are_normalised_and_the_web_name_is_made_from_the_name(client, officer):
    response = added(
        client, name="  Margalla Systems (Pvt) Ltd ", ntn="۱۲۳۴۵۶۷۸", secp_number="12345", pseb_number="z-25-1 / 26"
    )
    company = Company.objects.get()

    assert response.status_code == 302
    assert (company.name, company.slug) == ("Margalla Systems (Pvt) Ltd", "margalla-systems-pvt-ltd")
    assert (company.ntn, company.secp_number, company.pseb_number) == ("1234567-8", "0012345", "Z-25-1/26")


def test_a_taken_web_name_gets_a_number_and_an_urdu_name_a_plain_one(client, officer):
    for name in ("Ravi", "Ravi", "راوی", "راوی"):
        known = "-".join(str(pk) for pk in Company.objects.values_list("pk", flat=True))
        assert added(client, name=name, _another="1", _alike=known).status_code == 302

    assert list(Company.objects.order_by("pk").values_list("slug", flat=True)) == [
        "ravi",
        "ravi-2",
        "company",
        "company-2",
    ]


def test_a_chosen_web_name_is_kept_and_a_bad_one_said(client, officer):
    assert added(client, name="Ravi", slug="ravi-soft").status_code == 302
    assert Company.objects.get().slug == "ravi-soft"
    assert "slug" in added(client, name="Indus", slug="Indus Soft!").context["adminform"].form.errors


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("ntn", "12345", "seven digits and a check digit"),
        ("ntn", "35202-1234567-1", "This is a CNIC"),
        ("secp_number", "12", "seven digits"),
        ("pseb_number", "!!", "letters, digits, dashes"),
        ("name", " \u200b ", "required"),
        ("website", "javascript:alert(1)", "valid URL"),
    ],
)
def test_what_is_no_such_number_is_said_at_its_field(client, officer, field, typed, message):
    response = added(client, **{"name": "Ravi", field: typed})

    assert response.status_code == 200 and not Company.objects.exists()
    assert message in str(response.context["adminform"].form.errors[field])


def test_two_companies_cannot_have_one_ntn(client, officer):
    CompanyFactory(ntn="1234567-8")

    assert "Another company has this NTN." in added(client, name="Ravi", ntn="1234567").content.decode()


# --- contacts


def with_contact(client, company, **typed):
    data = form_data(client.get(change(company))) | {"contacts-TOTAL_FORMS": "1", "contacts-0-id": ""}
    return client.post(change(company), data | {f"contacts-0-{name}": value for name, value in typed.items()})


def test_a_contacts_phone_is_kept_in_international_form_and_shown_as_written_here(client, officer):
    company = CompanyFactory()
    response = with_contact(client, company, name="Sana", role="Accounts", email="", phone="۰۴۲ ۱۱۱ ۱۱۱ ۴۵۹")

    assert response.status_code == 302 and CompanyContact.objects.get().phone == "+9242111111459"
    assert 'value="042 111 111 459"' in client.get(change(company)).content.decode()


def test_a_wrong_phone_is_said_with_an_example_and_kept_as_typed(client, officer):
    html = with_contact(client, CompanyFactory(), name="Sana", role="", email="", phone="12345").content.decode()

    assert "like 042 111 111 459" in html and 'value="12345"' in html
    assert not CompanyContact.objects.exists()


def test_an_auditor_sees_no_contacts_on_page_list_history_or_search(client):
    company = tenant("Ravi")
    CompanyContact.objects.create(
        company=company, name="Sana Canary", email="canary@example.org", phone="+923001234567"
    )
    client.force_login(UserFactory(role=AUDITOR))
    history = reverse("admin:tenants_company_history", args=[company.pk])
    for url in (LIST, change(company), history, f"{LIST}?q=canary"):
        html = client.get(url).content.decode()
        assert "Canary" not in html and "canary@" not in html and "300 1234567" not in html
    assert names_in(client.get(LIST, {"q": "Canary"})) == set()
    client.force_login(UserFactory(role=ADMINISTRATOR))
    assert "Canary" in client.get(change(company)).content.decode()


# --- the logo


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"

    def stored():
        return sorted(path.name for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())

    return stored


def with_logo(client, company, picture, **typed):
    data = form_data(client.get(change(company))) | typed
    return client.post(change(company), data | {"logo": SimpleUploadedFile("../l.php", picture, "image/png")})


def test_a_logo_is_stored_shown_replaced_and_removed_with_its_files(client, officer, media):
    company = CompanyFactory()
    assert with_logo(client, company, encoded(drawing((640, 400)))).status_code == 302
    company.refresh_from_db()
    first = company.logo_stem
    assert media() and all(name.startswith(first) for name in media())
    logo = reverse("admin:tenants_company_logo", args=[company.pk])
    assert f'src="{logo}"' in client.get(change(company)).content.decode()
    assert b"".join(client.get(logo).streaming_content).startswith(b"\xff\xd8\xff")

    with_logo(client, company, encoded(drawing((320, 320))))
    company.refresh_from_db()
    assert company.logo_stem != first and all(name.startswith(company.logo_stem) for name in media())

    data = form_data(client.get(change(company))) | {"remove_logo": "on"}
    assert client.post(change(company), data).status_code == 302
    company.refresh_from_db()
    assert (company.logo_stem, company.logo_widths, media()) == ("", [], [])
    assert client.get(logo).status_code == 404


def test_a_logo_on_a_page_that_is_refused_leaves_no_file_and_keeps_the_old_one(client, officer, media):
    company = CompanyFactory()
    with_logo(client, company, encoded(drawing((640, 400))))
    kept = media()

    assert with_logo(client, company, encoded(drawing((320, 320))), name="").status_code == 200
    assert with_logo(client, company, b"<svg onload=alert(1)>").status_code == 200
    assert with_logo(client, company, encoded(drawing((320, 320))), _version="0-0").status_code == 200
    assert media() == kept and Company.objects.get().logo_stem in kept[0]


def test_a_deleted_company_takes_its_logo_along(client, media, django_capture_on_commit_callbacks):
    client.force_login(UserFactory(role=ADMINISTRATOR))
    company = CompanyFactory()
    with_logo(client, company, encoded(drawing((640, 400))))
    url = reverse("admin:tenants_company_delete", args=[company.pk])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url, {"post": "yes", "_why": "x"}).status_code == 302

    assert not Company.objects.exists() and media() == []


# --- the list


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tenant": "yes"}, {"Now"}),
        ({"tenant": "no"}, {"Before", "Never"}),
        ({"pseb": "lapsed"}, {"Before"}),
        ({"pseb": "soon"}, {"Now"}),
        ({"pseb": "none"}, {"Never"}),
        ({"activity__exact": "games"}, {"Never"}),
        ({"size_class__exact": "up_to_20"}, {"Never"}),
        ({"public_listing__exact": "1"}, {"Never"}),
        ({"q": "z-2"}, {"Now"}),
    ],
)
def test_filters_and_search_find_their_companies(client, officer, query, found):
    now, before = tenant("Now"), tenant("Before", -200, -100)
    CompanyFactory(name="Never", activity="games", size_class="up_to_20", public_listing=True)
    for company, number, day in ((now, "Z-2", days(90)), (before, "Z-1", days(-1))):
        Company.objects.filter(pk=company.pk).update(pseb_number=number, pseb_expiry_date=day)

    assert names_in(client.get(LIST, query)) == found


def test_the_list_and_the_page_ask_as_often_for_one_company_as_for_many(client, officer):
    company = tenant("One")

    def asked():
        counts = []
        for url in (LIST, change(company)):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url).status_code == 200
            counts.append(len(seen))
        return counts

    asked()
    few = asked()
    for number in range(6):
        tenant(f"Other {number}")
        lease = LeaseFactory(company=company)
        LettingFactory(suite=SuiteFactory(park=lease.park), lease=lease)
        CompanyContact.objects.create(company=company, name="Sana", email="a@example.org")
    assert asked() == few


def test_the_leases_of_a_company_are_listed_with_their_word_of_today(client, officer):
    company = tenant("Ravi", -200, -1)
    html = client.get(change(company)).content.decode()

    lease = company.leases.get()
    assert reverse("admin:tenants_lease_change", args=[lease.pk]) in html and "Holding over" in html


def test_a_manager_sees_the_companies_and_leases_of_own_parks_alone(client):
    mine = tenant("Mine")
    other = tenant("Other")
    elsewhere = LeaseFactory(company=mine)
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[mine.leases.order_by("pk").first().park]))

    assert names_in(client.get(LIST)) == {"Mine"}
    html = client.get(change(mine)).content.decode()
    assert elsewhere.number not in html and mine.leases.order_by("pk").first().number in html
    assert client.get(change(other)).status_code == 404
    assert client.get(reverse("admin:tenants_company_logo", args=[other.pk])).status_code == 404
    assert client.post(change(mine), {"name": "x"}).status_code == 403


def test_the_csv_says_who_is_a_tenant(client, officer):
    company = tenant("Ravi")
    response = client.post(LIST, {"action": "export_csv", "_selected_action": [company.pk], "index": "0"})

    assert exported(response)[0]["tenant today"] == "yes"
