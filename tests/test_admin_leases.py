"""Leases on the staff pages: the list, the page of a lease, its lettings, rates and scans."""

import datetime as dt

import pytest
from django.db import connection
from django.forms import inlineformset_factory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import AUDITOR, PARK_MANAGER
from tenants.admin.lettings import LettingForm, LettingFormSet
from tenants.models import Lease, LeaseDocument, Letting, LettingRate
from tests.factories import CompanyFactory, LeaseFactory, LettingFactory, ParkFactory, SuiteFactory, UserFactory
from tests.staff_pages import exported, form_data, names_in

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/lease/"
TODAY = timezone.localdate()


def days(count):
    """The day so many days from today."""
    return TODAY + dt.timedelta(days=count)


def change(lease):
    return reverse("admin:tenants_lease_change", args=[lease.pk])


def let(first=-100, last=100, **kwargs):
    """A letting from so many days from today to so many."""
    return LettingFactory(commencement_date=days(first), expiry_date=days(last), **kwargs)


def queries_for(client, url):
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


# --- the list


def test_the_list_says_what_each_lease_is_today_and_what_it_brings(client, officer):
    letting = let(rent=60_000)
    LettingFactory(
        lease=letting.lease,
        suite=SuiteFactory(park=letting.suite.park),
        commencement_date=days(-10),
        expiry_date=None,
    )
    html = client.get(LIST).content.decode()

    assert "Current" in html and "without end" in html
    assert "Rs\N{NO-BREAK SPACE}60,000 + 1 not recorded" in html


def test_a_lease_without_a_known_rent_is_no_lease_for_nothing(client, officer):
    let()
    html = client.get(LIST).content.decode()

    assert "1 not recorded" in html and "Rs\N{NO-BREAK SPACE}0" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"word": "current"}, {"now"}),
        ({"word": "holding_over"}, {"over"}),
        ({"word": "lapsed"}, {"late"}),
        ({"state__exact": "offered"}, {"late"}),
        ({"deed": "yes"}, {"now", "over"}),
        ({"q": "Margalla"}, {"now"}),
    ],
)
def test_filters_and_search_find_their_leases(client, officer, query, found):
    leases = {
        "now": let_of("Margalla Systems"),
        "over": let_of("Ravi", -200, -1),
        "late": let_of("Indus", state="offered"),
    }
    Lease.objects.filter(pk=leases["late"].pk).update(offered_on=days(-9), offer_deadline=days(-1))

    assert names_in(client.get(LIST, query)) == {leases[name].number for name in found}


def let_of(company, first=-100, last=100, **kwargs):
    suite = SuiteFactory()
    lease = LeaseFactory(park=suite.park, company=CompanyFactory(name=company))
    return let(first, last, suite=suite, lease=lease, **kwargs).lease


def test_a_number_finds_its_lease_and_nonsense_in_the_address_is_said(client, officer):
    lease = let_of("Ravi")
    let_of("Indus")

    assert names_in(client.get(LIST, {"q": lease.number.lower()})) == {lease.number}
    for query in ("word=x", "company__note__contains=a", "park__id__exact=9999999999999999999999"):
        assert client.get(f"{LIST}?{query}", follow=True).status_code == 200


def test_the_list_and_the_page_ask_as_often_for_one_lease_as_for_many(client, officer):
    one = let(rent=1)
    client.get(change(one.lease))
    few = queries_for(client, LIST), queries_for(client, change(one.lease))
    for number in range(8):
        LettingFactory(
            lease=one.lease,
            suite=SuiteFactory(park=one.suite.park),
            commencement_date=days(-number),
            expiry_date=days(50),
            rent=5,
        )
        let(rent=1)

    assert (queries_for(client, LIST), queries_for(client, change(one.lease))) == few


def test_a_drafts_page_asks_as_often_for_one_suite_as_for_many(client, officer):
    draft = let(state="draft", rent=1).lease
    few = queries_for(client, change(draft))
    for _number in range(8):
        let(state="draft", lease=draft, suite=SuiteFactory(park=draft.park), rent=1)

    assert queries_for(client, change(draft)) == few


def test_the_csv_has_plain_numbers_and_days(client, officer):
    lease = let(rent=60_000).lease
    response = client.post(LIST, {"action": "export_csv", "_selected_action": [lease.pk], "index": "0"})
    [row] = exported(response)

    assert row["rent today, a month"] == "60000.00" and row["last day"] == days(100).isoformat()
    assert row["today"] == "Current"


# --- who


def test_a_manager_sees_the_leases_of_the_assigned_park_and_changes_none(client):
    mine, other = let(), let()
    client.force_login(UserFactory(role=PARK_MANAGER, parks=[mine.suite.park]))

    assert names_in(client.get(LIST)) == {mine.lease.number}
    page = client.get(change(mine.lease))
    assert page.status_code == 200 and "/terminate/" not in page.content.decode()
    assert client.post(change(mine.lease), {"note": "x"}).status_code == 403
    assert client.get(change(other.lease)).status_code == 404
    assert client.post(change(other.lease), {}).status_code == 403
    assert client.get(reverse("admin:tenants_lease_history", args=[other.lease.pk])).status_code == 404


def test_an_auditor_reads_everything_and_is_offered_nothing(client):
    letting = let(rent=5)
    client.force_login(UserFactory(role=AUDITOR))
    html = client.get(change(letting.lease)).content.decode()

    assert letting.lease.number in html and "Rs\N{NO-BREAK SPACE}5" in html
    assert "Give back" not in html and 'name="_save"' not in html
    assert client.post(change(letting.lease), {}).status_code == 403


# --- the page


def test_a_new_lease_is_a_draft_whatever_the_form_says(client, officer):
    company, park = CompanyFactory(), ParkFactory()
    data = form_data(client.get(f"{LIST}add/"))
    response = client.post(
        f"{LIST}add/",
        data | {"company": company.pk, "park": park.pk, "state": "signed", "deed_on_file": "on", "demo": "on"},
    )
    lease = Lease.objects.get()

    assert response["Location"] == change(lease)
    assert (lease.state, lease.deed_on_file, lease.demo) == ("draft", False, False)


def test_a_drafts_lettings_and_first_rates_are_written_from_its_page(client, officer):
    suite = SuiteFactory()
    draft = LeaseFactory(park=suite.park)
    data = form_data(client.get(change(draft))) | line(0, suite, days(1), days(365), "1,20,000", "۵۰۰۰")
    assert client.post(change(draft), data | {"lettings-TOTAL_FORMS": "1"}).status_code == 302

    rate = LettingRate.objects.get(letting__lease=draft)
    assert (rate.from_date, rate.rent_pkr, rate.service_charge_pkr) == (days(1), 120_000, 5_000)

    # A later commencement takes the first rate along; the same row is kept.
    data = form_data(client.get(change(draft))) | {"lettings-0-commencement_date": days(9).isoformat()}
    assert client.post(change(draft), data).status_code == 302
    assert LettingRate.objects.get().from_date == days(9)

    data = form_data(client.get(change(draft))) | {"lettings-0-rent_pkr": "", "lettings-0-service_charge_pkr": ""}
    assert client.post(change(draft), data).status_code == 302
    assert not LettingRate.objects.exists() and Letting.objects.count() == 1


def line(at, suite, first, last, *money):
    """The fields of row `at` of the lettings; `money` is rent and service charge."""
    rent, charge = [*money, "", ""][:2]
    return {
        f"lettings-{at}-suite": suite.pk,
        f"lettings-{at}-commencement_date": first.isoformat(),
        f"lettings-{at}-expiry_date": last.isoformat() if last else "",
        f"lettings-{at}-rent_basis": "fixed",
        f"lettings-{at}-rent_pkr": rent,
        f"lettings-{at}-service_charge_pkr": charge,
        f"lettings-{at}-id": "",
    }


def test_reversed_days_and_a_charge_without_rent_are_said_at_their_fields(client, officer):
    suite = SuiteFactory()
    draft = LeaseFactory(park=suite.park)
    data = form_data(client.get(change(draft))) | {"lettings-TOTAL_FORMS": "1"}

    reversed_days = client.post(change(draft), data | line(0, suite, days(9), days(8)))
    charge = client.post(change(draft), data | line(0, suite, days(9), days(10), "", "500"))

    assert reversed_days.status_code == charge.status_code == 200
    assert "The expiry is before the commencement." in reversed_days.content.decode()
    assert "zero is a rent" in charge.content.decode()
    assert not Letting.objects.exists()


def test_two_rows_of_one_form_on_the_same_days_are_refused(client, officer):
    suite = SuiteFactory()
    draft = LeaseFactory(park=suite.park)
    data = form_data(client.get(change(draft))) | {"lettings-TOTAL_FORMS": "2"}
    data |= line(0, suite, days(1), days(50)) | line(1, suite, days(50), None)

    response = client.post(change(draft), data)
    assert "stands in this lease twice" in response.content.decode() and not Letting.objects.exists()

    data |= line(1, suite, days(51), None)
    assert client.post(change(draft), data).status_code == 302


def test_a_suite_of_another_park_cannot_be_chosen(client, officer):
    draft = LeaseFactory(park=SuiteFactory().park)
    data = form_data(client.get(change(draft))) | {"lettings-TOTAL_FORMS": "1"}

    response = client.post(change(draft), data | line(0, SuiteFactory(), days(1), None))

    assert "Select a valid choice" in response.content.decode() and not Letting.objects.exists()


def test_a_draft_that_conflicts_is_saved_with_a_warning_that_names_the_lease(client, officer):
    standing = let(rent=1)
    draft = LeaseFactory(park=standing.suite.park)
    data = form_data(client.get(change(draft))) | {"lettings-TOTAL_FORMS": "1"}

    data |= line(0, standing.suite, days(1), None) | {"_continue": "1"}
    html = client.post(change(draft), data, follow=True).content.decode()

    assert draft.lettings.count() == 1
    link = f'<a href="{change(standing.lease)}">{standing.lease}</a>'
    assert link in html and standing.lease.company.name in html
    assert "In the way of this draft" in html


def test_a_row_of_a_lease_that_blocks_is_refused_with_the_other_leases_name(db):
    standing = let()
    offered = let(state="offered", suite=SuiteFactory(park=standing.suite.park)).lease
    formset = inlineformset_factory(Lease, Letting, form=LettingForm, formset=LettingFormSet, extra=1)
    row = offered.lettings.get()
    data = {"lettings-TOTAL_FORMS": "1", "lettings-INITIAL_FORMS": "1"} | line(0, standing.suite, days(0), days(1))
    bound = formset(data | {"lettings-0-id": row.pk, "lettings-0-lease": offered.pk}, instance=offered)

    assert not bound.is_valid()
    assert standing.lease.number in str(bound.errors) and standing.lease.company.name in str(bound.errors)


@pytest.mark.parametrize("state", ["offered", "accepted", "signed"])
def test_once_offered_forged_posts_change_neither_lettings_nor_state(client, officer, state):
    letting = let(state=state, rent=100)
    lease = letting.lease
    data = form_data(client.get(change(lease))) | line(0, SuiteFactory(park=lease.park), days(1), None, "1")
    data |= {
        "lettings-TOTAL_FORMS": "2",
        "lettings-INITIAL_FORMS": "1",
        "lettings-0-id": letting.pk,
        "lettings-0-lease": lease.pk,
        "lettings-0-DELETE": "on",
        "lettings-0-terminated_on": days(2).isoformat(),
        "state": "draft",
        "offer_deadline": days(500).isoformat(),
        "company": CompanyFactory().pk,
        "park": ParkFactory().pk,
        "permitted_use": "Software",
    } | {key.replace("-0-", "-1-"): value for key, value in line(0, letting.suite, days(300), None).items()}
    before = list(Letting.objects.values()), list(LettingRate.objects.values())

    client.post(change(lease), data)

    assert (list(Letting.objects.values()), list(LettingRate.objects.values())) == before
    after = Lease.objects.get(pk=lease.pk)
    assert (after.state, after.company, after.park, after.offer_deadline) == (
        *(lease.state, lease.company, lease.park),
        lease.offer_deadline,
    )
    assert after.permitted_use == "Software"


def test_a_colleagues_new_rate_makes_the_page_old_and_is_not_put_back(client, officer):
    draft = let(state="draft", rent=100).lease
    mine = form_data(client.get(change(draft)))
    LettingRate.objects.filter(letting__lease=draft).update(rent_pkr=250)

    refused = client.post(change(draft), mine | {"permitted_use": "Software"})
    html = refused.content.decode()
    assert "Someone else saved changes while this page was open" in html
    assert "<del><bdi>100</bdi></del>" in html and "<ins><bdi>250</bdi></ins>" in html
    again = form_data(refused)
    assert again["lettings-0-rent_pkr"] == "250" and again["permitted_use"] == "Software"

    assert client.post(change(draft), again).status_code == 302
    assert LettingRate.objects.get().rent_pkr == 250


def test_a_draft_offered_meanwhile_is_not_edited_from_an_old_page(client, officer):
    draft = let(state="draft", rent=100).lease
    mine = form_data(client.get(change(draft)))
    Lease.objects.filter(pk=draft.pk).update(state="offered", offered_on=TODAY, offer_deadline=days(9))

    response = client.post(change(draft), mine | {"lettings-0-expiry_date": days(900).isoformat()})

    assert response.status_code == 200 and "Someone else saved changes" in response.content.decode()
    assert Letting.objects.get().expiry_date == days(100)


def test_the_history_tells_of_lettings_rates_and_scans(client, officer):
    lease = let(rent=100).lease
    LettingRate.objects.update(rent_pkr=175)
    LeaseDocument.objects.create(lease=lease, kind="deed", scan="ab/abc", scan_name="Deed.pdf")
    html = client.get(reverse("admin:tenants_lease_history", args=[lease.pk])).content.decode()

    assert "<ins><bdi>175</bdi></ins>" in html and "Deed.pdf" in html and "letting" in html
    assert "[20" not in html


def test_only_drafts_can_be_deleted(client, officer):
    draft, signed = let(state="draft", rent=1).lease, let().lease
    url = reverse("admin:tenants_lease_delete", args=[draft.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"post": "yes", "_why": "x"}).status_code == 302
    assert client.post(reverse("admin:tenants_lease_delete", args=[signed.pk]), {"post": "yes"}).status_code == 403

    assert list(Lease.objects.all()) == [signed]


def test_the_page_shows_renewals_suites_and_what_comes_next(client, officer):
    letting = let(rent=100)
    LettingRate.objects.create(letting=letting, from_date=days(30), rent_pkr=110)
    renewal = LeaseFactory(park=letting.suite.park, company=letting.lease.company, renews=letting.lease)
    html = client.get(change(letting.lease)).content.decode()

    assert f'<a href="{change(renewal)}">{renewal}</a>' in html
    assert f'<a href="{reverse("admin:parks_suite_change", args=[letting.suite.pk])}">' in html
    assert "Rs\N{NO-BREAK SPACE}110" in html
    assert f'href="{change(letting.lease)}"' in client.get(change(renewal)).content.decode()
