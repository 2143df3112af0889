"""Which names are like which, and what staff are told and asked before a company is there twice."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from stp_portal.kit.alike import ALIKE, alike, alike_pairs, name_key
from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.duplicates import pairs, similar_to
from tenants.models import Company, CompanyContact, DistinctCompanies
from tests.factories import CompanyFactory, LeaseFactory, ParkFactory, UserFactory
from tests.staff_pages import form_data

LIST = "/admin/tenants/company/"
PAIRS = "/admin/tenants/company/duplicates/"

SAME = [
    ("Systems Limited", "Systems Ltd."),
    ("Systems Limited", "Systems (Private) Limited"),
    ("Systems Ltd", "SYSTEMS (PVT.) LTD."),
    ("Systems Limited", "Sysytems Limited"),
    ("System Limited", "Systems Limited"),
    ("Netsol", "NetSol Technologies"),
    ("NetSol Technologies", "Net Sol Technologies Ltd"),
    ("NetSol", "Net-Sol (Pvt) Ltd"),
    ("NetSol Technologies", "Netsol Technology Limited"),
    ("Netsol Pakistan", "NetSol Technologies"),
    ("Netsol Lahore", "Netsol Karachi"),
    ("Arbisoft", "Arbisoft (Private) Limited"),
    ("Arbisoft", "Arbsoft (SMC-Private) Limited"),
    ("Arbisoft Technologies", "Arbisoft Solutions"),
    ("Arbisoft Technologies", "Arbisoft Technologeis"),
    ("10Pearls", "10 Pearls Pakistan"),
    ("Ten Pearls", "10Pearls (Pvt) Ltd"),
    ("Tech One", "Tech 1"),
    ("Folio3", "Folio 3 Software"),
    ("Phase II Systems", "Phase 2 Systems"),
    ("PTCL", "Pakistan Telecommunication Company Limited"),
    ("P.T.C.L.", "Pakistan Telecommunication Co. Ltd"),
    ("TRG", "The Resource Group"),
    ("TRG Pakistan Ltd", "The Resource Group"),
    ("PITB", "Punjab Information Technology Board"),
    ("NITB", "National Information Technology Board"),
    ("I.T. Minds", "IT Minds"),
    ("Info Tech", "Infotech (Pvt) Ltd"),
    ("Data Check", "DataCheck Limited"),
    ("Techlogix", "Technologix"),
    ("Techlogix Pakistan", "TECHLOGIX"),
    ("Contour Software", "Contour Softwares"),
    ("Contour Software", "Contour"),
    ("Afiniti", "Afiniti Software Solutions (Pvt.) Limited"),
    ("Afiniti", "Affiniti"),
    ("Khan & Sons", "Khan and Sons"),
    ("M/s Khan Traders", "Khan Traders"),
    ("Messrs. Ravi Soft", "Ravi Software"),
    ("Muhammad Brothers", "Mohammad Brothers"),
    ("Mohd Brothers", "Muhammad Brothers"),
    ("Raheem Softech", "Rahim Softech"),
    ("Noor Digital", "Nur Digital"),
    ("Saad Systems", "Sad Systems"),
    ("Phonix Labs", "Fonix Labs"),
    ("Karwan Consulting", "Karvan Consultants"),
    ("Ibex Global", "IBEX"),
    ("ibex. Digital", "Ibex"),
    ("Mindstorm Studios", "Mind Storm Studio"),
    ("Game Storm Studios", "GameStorm"),
    ("LMK Resources", "LMK Resources Pakistan (Private) Limited"),
    ("Teradata Global Consulting Centre", "Teradata Global Consulting Center"),
    ("Ovex Technologies", "OVEX Technologies (Pakistan) Private Limited"),
    ("NetSol (formerly Network Solutions)", "Network Solutions (Pvt.) Ltd"),
    ("Careem Networks", "Careem"),
    ("Bazaar Technologies", "Bazar Technologies"),
    ("Abacus Consulting", "Abacus Consulting Technology (Pvt) Ltd"),
    ("Kualitatem", "Kualitatem Inc."),
    ("Devsinc", "Devsinc LLC"),
    ("Margalla Systems", "Margalla Sytems"),
    ("Café Labs", "Cafe Labs"),
    ("Tkxel’s", "Tkxels"),
    ("سسٹمز لمیٹڈ", "سسٹمز پرائیویٹ لمیٹڈ"),
    ("نیٹ سول ٹیکنالوجیز", "نیٹ سول"),
    ("راوی سافٹ ویئر", "راوی سافٹ‌ویئر"),
    ("كراچي سوفٹ", "کراچی سوفٹ"),
    ("مُحمّد برادرز", "محمد برادرز"),
    ("ٹیک ۱", "ٹیک 1"),
]
DIFFERENT = [
    ("Tech 1", "Tech 2"),
    ("Tech One", "Tech Two"),
    ("Tech 1", "Tech"),
    ("Demonstration firm 001 (Karachi)", "Demonstration firm 002 (Karachi)"),
    ("Folio3", "Folio"),
    ("10Pearls", "7Pearls"),
    ("Phase II Systems", "Phase III Systems"),
    ("Ravi Technologies", "Indus Technologies"),
    ("Pakistan Software Solutions", "Pakistan Software Services"),
    ("Lahore Technologies", "Karachi Technologies"),
    ("Arbisoft Systems", "Systems Limited"),
    ("North Star", "South Star"),
    ("IBM", "IBA"),
    ("TPS Pakistan", "TPL Pakistan"),
    ("Jazz", "Jazba Foods"),
    ("Telenor Pakistan", "Telenor Microfinance Bank"),
    ("Digital World", "Digital Ward"),
    ("Khan Traders", "Khan Motors"),
    ("Global Solutions", "International Services"),
    ("Delta Labs", "Beta Labs"),
    ("Zeta Soft", "Zen Soft"),
    ("Muhammad Brothers", "Muhammad Enterprises Gujrat Cotton"),
    ("Resource Group Asia", "Research Group"),
    ("PTCL", "Peshawar Leather"),
    ("Contour Software", "Concord Software"),
    ("Margalla Systems", "Kohsar Systems"),
    ("راوی سافٹ ویئر", "سندھ سافٹ ویئر"),
    ("ٹیک ۱", "ٹیک ۲"),
    ("پاکستان ٹیکنالوجیز", "پاکستان سلوشنز"),
    ("", "Ravi"),
    ("", ""),
    ("!!!", "???"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_of_one_firm_are_alike_both_ways_and_found_among_many(one, other):
    assert alike(one, other) >= ALIKE
    assert alike(other, one) == pytest.approx(alike(one, other))
    assert set(alike_pairs({1: [one], 2: [other], 3: ["Quetta Xylophone"]})) == {(1, 2)}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_of_different_firms_are_not_alike(one, other):
    assert alike(one, other) < ALIKE and alike(other, one) < ALIKE
    assert alike_pairs({1: [one], 2: [other]}) == {}


def test_a_key_has_no_legal_form_and_is_never_empty_for_a_name_with_letters():
    assert name_key("M/s SYSTEMS (Pvt.) Ltd.") == name_key("Systems (SMC-Private) Limited") == name_key("Systems")
    assert name_key("The Company (Pvt) Ltd") and name_key("پرائیویٹ لمیٹڈ")


def test_thirty_thousand_names_do_not_take_a_comparison_of_all_with_all(monkeypatch):
    from stp_portal.kit import alike as module  # noqa: PLC0415 - its insides are counted

    asked = []
    true = module._most_alike
    monkeypatch.setattr(module, "_most_alike", lambda a, b: asked.append(1) or true(a, b))
    letters = "bcdfghjklmnprstvz"
    names = {
        number: [f"{a}a{b}i{c}o{d}e Technologies Pakistan (Pvt) Ltd"]
        for number, (a, b, c, d) in enumerate(
            (a, b, c, d) for a in letters for b in letters for c in letters for d in letters[::3]
        )
    }
    names |= {-1: ["Netsol"], -2: ["NetSol Technologies"]}
    found = module.alike_pairs(names)

    assert len(names) > 29_000 and (-2, -1) in found
    assert len(asked) < 60 * len(names)


# --- what the page of a company says


pytestmark = pytest.mark.django_db


def added(client, **typed):
    return client.post(f"{LIST}add/", form_data(client.get(f"{LIST}add/")) | typed)


def change(company):
    return reverse("admin:tenants_company_change", args=[company.pk])


@pytest.mark.parametrize(
    ("field", "has", "typed"),
    [
        ("ntn", "1234567-8", "1234567"),
        ("secp_number", "0012345", "12345"),
        ("pseb_number", "Z-25-1/26", "z-25-1 / 26"),
    ],
)
def test_a_number_that_is_taken_names_and_links_its_company_at_the_field(client, officer, field, has, typed):
    other = CompanyFactory(name="<b>Ravi</b>", **{field: has})
    response = added(client, name="Indus", note="Typed by hand", **{field: typed})

    errors = response.context["adminform"].form.errors
    assert list(errors) == [field] and len(errors[field]) == 1
    html = response.content.decode()
    assert f'<a href="{change(other)}"><bdi>&lt;b&gt;Ravi&lt;/b&gt;</bdi></a>' in html and "<b>Ravi</b>" not in html
    assert "Typed by hand" in html and Company.objects.count() == 1


def test_a_like_name_is_shown_with_links_and_saved_when_it_is_said_to_be_another(client, officer):
    other = CompanyFactory(name="Systems Limited", ntn="1234567-8")
    response = added(client, name="Systems (Pvt) Ltd", note="Typed by hand")

    html = response.content.decode()
    assert response.status_code == 200 and Company.objects.count() == 1
    assert change(other) in html and "NTN 1234567-8" in html and "It is another one: save" in html
    assert "Typed by hand" in html
    again = client.post(f"{LIST}add/", form_data(response))
    assert again.status_code == 200 and Company.objects.count() == 1
    assert client.post(f"{LIST}add/", form_data(response) | {"_another": "1"}).status_code == 302
    made = Company.objects.exclude(pk=other.pk).get()
    pair = DistinctCompanies.objects.get()
    assert (pair.first, pair.second, pair.by) == (other, made, officer)
    assert pairs(with_contacts=True) == []


def test_somebody_who_came_since_is_shown_before_the_button_counts(client, officer):
    CompanyFactory(name="Systems Limited")
    shown = form_data(added(client, name="Systems (Pvt) Ltd"))
    newcomer = CompanyFactory(name="Systems Ltd")
    response = client.post(f"{LIST}add/", shown | {"_another": "1"})

    assert response.status_code == 200 and change(newcomer) in response.content.decode()
    assert client.post(f"{LIST}add/", form_data(response) | {"_another": "1"}).status_code == 302
    assert client.post(f"{LIST}add/", {"name": "Systems", "_another": "1", "_alike": "x-²-"}).status_code == 200


def test_a_company_is_asked_about_only_when_its_name_changes_and_not_about_those_it_differs_from(client, officer):
    CompanyFactory(name="Systems Limited")
    company = CompanyFactory(name="Systems Ltd")
    data = form_data(client.get(change(company)))
    assert client.post(change(company), data | {"note": "New"}).status_code == 302

    data = form_data(client.get(change(company)))
    asked = client.post(change(company), data | {"name": "Systems Pvt Ltd"})
    assert asked.status_code == 200 and b"It is another one: save" in asked.content
    assert client.post(change(company), form_data(asked) | {"_another": "1"}).status_code == 302
    data = form_data(client.get(change(company)))
    assert client.post(change(company), data | {"name": "Systems (Private) Limited"}).status_code == 302


def test_an_urdu_name_is_compared_too(client, officer):
    other = CompanyFactory(name="Ravi", name_ur="سسٹمز لمیٹڈ")

    assert change(other) in added(client, name="Indus", name_ur="سسٹمز پرائیویٹ لمیٹڈ").content.decode()
    assert similar_to("", "") == []


# --- the list of pairs


def test_pairs_are_listed_with_their_reasons_and_kept_apart(client, officer):
    one, other = CompanyFactory(name="Systems Limited"), CompanyFactory(name="Systems Ltd")
    LeaseFactory(company=other)
    site = (
        CompanyFactory(name="Ravi", website="https://www.ravi.pk/"),
        CompanyFactory(name="Chenab", website="http://ravi.pk"),
    )
    for company in (CompanyFactory(name="Bolan"), CompanyFactory(name="Hunza")):
        CompanyContact.objects.create(company=company, name="Sana", email="Sana@Bolan.pk")
    html = client.get(PAIRS).content.decode()
    assert "the names are the same" in html and "the website is the same" in html and "phone of a contact" in html
    assert f"/admin/tenants/company/{other.pk}/merge/?other={one.pk}" in html
    assert "3 pairs" in html

    response = client.post(f"{PAIRS}different/", {"first": other.pk, "second": one.pk, "page": "1"})
    assert response.status_code == 302 and DistinctCompanies.objects.get().first == one
    assert "Systems" not in client.get(PAIRS).content.decode().split("alike-pair", 1)[1]
    known = client.get(f"{PAIRS}?known=1").content.decode()
    assert "Systems Limited" in known and "ayesha" in known
    client.post(f"{PAIRS}different/", {"first": site[0].pk, "second": site[1].pk})
    client.post(f"{PAIRS}different/", {"first": one.pk, "second": other.pk, "again": "1"})
    assert DistinctCompanies.objects.get().first == site[0]


def test_a_demonstration_is_no_double_of_a_real_firm_and_a_shared_directory_says_nothing(client, officer):
    CompanyFactory(name="Systems Limited", demo=True)
    CompanyFactory(name="Systems Ltd")
    for name in ("Ravi", "Chenab", "Jhelum", "Bias", "Satluj"):
        CompanyFactory(name=name, website="https://facebook.com/")
    assert pairs(with_contacts=True) == []


@pytest.mark.parametrize("page", ["0", "99", "abc", "-1", "²"])
def test_a_bad_page_of_pairs_is_the_first(client, officer, page):
    for number in range(60):
        CompanyFactory(name=f"Systems {number // 2}")
    first = client.get(PAIRS).content
    assert client.get(f"{PAIRS}?page={page}").status_code == 200
    assert first.count(b"alike-pair") == 25


@pytest.mark.parametrize(
    "keys", [{}, {"first": "1"}, {"first": "x", "second": "²"}, {"first": "9" * 30, "second": "1"}]
)
def test_keeping_apart_what_is_not_there_is_404(client, officer, keys):
    assert client.post(f"{PAIRS}different/", keys).status_code == 404


def test_the_list_asks_as_often_for_many_pairs_as_for_one(client, officer):
    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PAIRS).status_code == 200
        return len(queries)

    CompanyFactory(name="Systems"), CompanyFactory(name="Systems Ltd")
    asked()
    once = asked()
    for number in range(20):
        CompanyFactory(name=f"Ravi {number}"), CompanyFactory(name=f"Ravi {number} Ltd")
    assert asked() == once


def test_an_auditor_reads_the_pairs_without_buttons_and_a_park_manager_does_not(client):
    one, other = CompanyFactory(name="Systems"), CompanyFactory(name="Systems Ltd")
    for company in (CompanyFactory(name="Bolan"), CompanyFactory(name="Hunza")):
        CompanyContact.objects.create(company=company, name="Sana", email="sana@bolan.pk")
    keys = {"first": one.pk, "second": other.pk}
    client.force_login(UserFactory(role=AUDITOR))
    html = client.get(PAIRS).content.decode()
    assert "Systems" in html and "Not the same" not in html and "/merge/" not in html
    assert "Bolan" not in html
    assert client.post(f"{PAIRS}different/", keys).status_code == 403
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[ParkFactory()]))
    assert client.get(PAIRS).status_code == 403 and client.post(f"{PAIRS}different/", keys).status_code == 403
    assert b"Companies that may be one" not in client.get(LIST).content
    for role in (ADMINISTRATOR, LETTINGS_OFFICER):
        client.force_login(UserFactory(role=role))
        assert b"Not the same" in client.get(PAIRS).content
        assert b"Companies that may be one" in client.get(LIST).content
