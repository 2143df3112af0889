"""Offers through the staff pages: filled in, rehearsed, made, and brought to the deed without typing anything twice."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tenants import actions
from tenants.models import Application, Company, Lease, LeaseDocument, Letter, LettingRate, Mail, PassingOver
from tenants.schedule import schedule_of
from tests.applications import ApplicationFactory, desks
from tests.factories import CompanyFactory, ParkFactory, SuiteFactory, UserFactory
from tests.leases import signed
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(1)


@pytest.fixture
def officer(client):
    user = UserFactory(role="Lettings officer")
    client.force_login(user)
    return user


def suite_of(**facts):
    return SuiteFactory(
        **{
            "lettable_area_sqft": 1_000,
            "rent_basis": "per_sqft",
            "rent_pkr": Decimal(60),
            "service_charge_pkr": Decimal(4_000),
        }
        | facts
    )


def waiting(*choices, **facts):
    return ApplicationFactory(state="waiting", choices=choices, move_in=TODAY + 30 * DAY, **facts)


def at(application, *suites):
    query = "?" + "&".join(f"suite={suite.pk}" for suite in suites) if suites else ""
    return reverse("admin:tenants_application_offer", args=[application.pk]) + query


def filled(client, application, *suites, **typed):
    """What the form would send as it is filled in, with the number of a minute."""
    return form_data(client.get(at(application, *suites))) | {"minute": "4/2026", "preview": "1"} | typed


def errors_of(response):
    """Every sentence that the form says."""
    return " ".join(sentence for errors in response.context["form"].errors.values() for sentence in errors)


def offer(client, application, *suites, **typed):
    """Both steps; the answer to the second."""
    shown = client.post(at(application), filled(client, application, *suites, **typed))
    assert shown.context["effects"] is not None, errors_of(shown)
    return client.post(at(application), form_data(shown) | {"confirm": "1"})


def accepted(client, officer, **facts):
    suite = suite_of()
    application = waiting(suite)
    offer(client, application)
    lease = Lease.objects.get(application=application)
    Lease.objects.filter(pk=lease.pk).update(**facts)
    return actions.accept_by_firm(application=application, lease=lease)


def test_the_form_begins_with_the_first_choice_its_asking_rent_and_the_usual_deposit(client, officer):
    suite = suite_of()
    data = filled(client, waiting(suite, ParkFactory()))
    assert data["park"] == str(suite.park_id)
    assert data["lines-0-suite"] == suite.number
    assert (Decimal(data["lines-0-rent"]), data["lines-0-rent_basis"]) == (60, "per_sqft")
    assert Decimal(data["lines-0-service_charge_pkr"]) == 4_000
    assert Decimal(data["deposit_pkr"]) == 180_000
    assert data["permitted_use"]
    assert data["lines-1-suite"] == ""


def test_a_suite_in_the_address_is_filled_in_whatever_was_chosen(client, officer):
    chosen, other = suite_of(), suite_of()
    data = filled(client, waiting(chosen), other)
    assert (data["park"], data["lines-0-suite"]) == (str(other.park_id), other.number)


def test_bad_keys_in_the_address_fill_in_nothing_and_do_no_harm(client, officer):
    application = waiting(ParkFactory())
    for bad in ("?suite=x", "?suite=99999999999999999999", "?suite=0&suite=1"):
        assert client.get(at(application) + bad).status_code == 200


def test_desks_are_filled_in_one_by_one(client, officer):
    park = ParkFactory()
    for number in range(25):
        SuiteFactory(park=park, kind="desk", hall="A", seats=1, lettable_area_sqft=None, number=f"D{number}")
    application = desks(24, state="waiting", choices=[park], move_in=TODAY)
    data = filled(client, application)
    assert sum(bool(data.get(f"lines-{n}-suite")) for n in range(30)) == 24
    assert client.post(at(application), data).context["form"].lines.non_form_errors() == []


def test_the_preview_writes_nothing_and_tells_what_every_month_costs(client, officer):
    application = waiting(suite_of())
    data = filled(client, application, escalation_percent="10", escalation_months="12")
    shown = client.post(at(application), data)
    html = shown.content.decode().replace("\u00a0", " ")
    assert shown.context["effects"] is not None, errors_of(shown)
    for amount in ("Rs 64,000", "Rs 244,000", "Rs 70,000", "Rs 76,600"):
        assert amount in html, amount
    assert not Lease.objects.exists() and not Letter.objects.exists()
    assert not Mail.objects.exists() and not Company.objects.exists()
    assert Application.objects.get(pk=application.pk).state == "waiting"


def test_the_offer_is_made_as_it_was_shown_with_letter_mail_and_company(client, officer):
    suite = suite_of()
    application = waiting(suite, ntn="1234567-8")
    data = filled(client, application, escalation_percent="7.35", escalation_months="11")
    shown = client.post(at(application), data)
    schedule = shown.context["schedule"]
    done = client.post(at(application), form_data(shown) | {"confirm": "1"})
    lease = Lease.objects.get(application=application)
    assert done.url == reverse("admin:tenants_lease_change", args=[lease.pk])
    assert (lease.state, lease.company.name, lease.company.ntn) == ("offered", application.company_name, "1234567-8")
    assert schedule_of(lease) == schedule
    assert Letter.objects.get().lease == lease
    assert Mail.objects.get().key == f"offer {lease.pk}"
    entry = application.timeline.get(to_state="offered")
    assert (entry.user, entry.minute, entry.decided_on) == (officer, "4/2026", TODAY)


def test_the_same_page_sent_twice_makes_one_offer(client, officer):
    application = waiting(suite_of())
    shown = client.post(at(application), filled(client, application))
    again = form_data(shown) | {"confirm": "1"}
    assert client.post(at(application), again).status_code == 302
    assert client.post(at(application), again).status_code == 200
    assert Lease.objects.filter(application=application).count() == 1


def test_choices_that_the_firm_changed_meanwhile_are_shown_before_the_offer_is_made(client, officer):
    application = waiting(suite_of())
    shown = client.post(at(application), filled(client, application))
    actions.add_choice(
        application=application, park=ParkFactory(), client="198.51.100.7", moment=timezone.now(), today=TODAY
    )
    answer = client.post(at(application), form_data(shown) | {"confirm": "1"})
    assert "something has moved" in answer.content.decode()
    assert not Lease.objects.exists()
    assert client.post(at(application), form_data(answer) | {"confirm": "1"}).status_code == 302


def test_who_is_passed_over_is_named_and_needs_a_reason(client, officer):
    suite = suite_of()
    first, second = waiting(suite.park), waiting(suite.park)
    application = waiting(suite)
    data = filled(client, application)
    assert {"passing", f"passing_{first.pk}", f"passing_{second.pk}"} <= set(data)
    shown = client.post(at(application), data)
    html = shown.content.decode()
    assert shown.context["effects"] is None
    assert first.reference in html and second.reference in html and "Say why they are passed over" in html
    data |= {"passing": "no_fit", f"passing_{second.pk}": "later"}
    shown = client.post(at(application), data)
    client.post(at(application), form_data(shown) | {"confirm": "1"})
    assert dict(PassingOver.objects.values_list("application", "code")) == {first.pk: "no_fit", second.pk: "later"}


def test_the_offer_of_a_plain_draft_asks_for_the_reasons_as_well(client, officer):
    suite = suite_of()
    ahead = waiting(suite.park)
    lease = actions.draft_lease(
        company=CompanyFactory(),
        park=suite.park,
        lines=[actions.Line(suite, TODAY, None, rent_pkr=Decimal(1_000))],
        by=officer,
        today=TODAY,
    )
    url = reverse("admin:tenants_lease_offer", args=[lease.pk])
    data = {"deadline": (TODAY + 9 * DAY).isoformat(), "preview": "1"}
    shown = client.post(url, data)
    assert shown.context["effects"] is None and ahead.reference in shown.content.decode()
    assert form_data(shown)["passing"] == ""
    shown = client.post(url, data | {"passing": "no_answer"})
    assert client.post(url, form_data(shown) | {"confirm": "1"}).status_code == 302
    assert PassingOver.objects.get().code == "no_answer"


def test_a_suite_that_is_let_is_refused_with_the_lease_in_the_way(client, officer):
    suite = suite_of()
    days = (TODAY, TODAY + 900 * DAY)
    there = signed(suite, today=TODAY, lines=[actions.Line(suite, *days, rent_pkr=Decimal(1))])
    application = waiting(suite.park)
    shown = client.post(at(application), filled(client, application, suite))
    assert shown.context["effects"] is None
    assert reverse("admin:tenants_lease_change", args=[there.pk]) in shown.content.decode()


def test_a_company_of_a_like_name_is_never_taken_or_doubled_without_being_asked(client, officer):
    there = CompanyFactory(name="Indus Software House")
    application = waiting(suite_of(), company_name="Indus Software House")
    data = filled(client, application)
    assert data["company"] == ""
    assert client.post(at(application), data).context["effects"] is None
    offer(client, application, company=str(there.pk))
    assert Lease.objects.get().company == there


def test_a_company_of_a_like_name_can_be_another_one(client, officer):
    CompanyFactory(name="Indus Software House")
    application = waiting(suite_of(), company_name="Indus Software House")
    offer(client, application, company="new")
    assert Company.objects.count() == 2


def test_an_application_that_does_not_wait_shows_so_and_is_refused(client, officer):
    application = ApplicationFactory(choices=[suite_of()])
    assert "does not wait for an offer" in client.get(at(application)).content.decode()
    shown = client.post(at(application), filled(client, application))
    assert "waiting application only" in errors_of(shown)


def test_the_page_costs_the_same_queries_for_one_match_and_for_many(client, officer):
    application = waiting(suite_of())
    park = application.choices.get().park
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(at(application))
        counts.append(len(queries))
        SuiteFactory.create_batch(8, park=park, lettable_area_sqft=1_000)
        for _n in range(3):
            ApplicationFactory(state="waiting", choices=[park], complete_on=dt.date(2026, 1, 1))
    assert counts[0] == counts[1]


def test_an_accepted_lease_says_what_is_missing_and_is_signed_once_it_is_there(client, officer):
    lease = accepted(client, officer)
    page = reverse("admin:tenants_lease_change", args=[lease.pk])
    html = client.get(page).content.decode()
    assert "Before the lease can be signed" in html
    assert reverse("admin:tenants_application_change", args=[lease.application_id]) in html
    url = reverse("admin:tenants_lease_note_deposit", args=[lease.pk])
    assert Decimal(form_data(client.get(url))["received_pkr"]) == lease.deposit_pkr
    shown = client.post(url, {"received_pkr": "180000", "received_on": TODAY.isoformat(), "preview": "1"})
    assert client.post(url, form_data(shown) | {"confirm": "1"}).status_code == 302
    document = LeaseDocument(lease=lease, kind="deed")
    document.scan.save("deed.pdf", ContentFile(b"%PDF-1.4 deed"), save=False)
    document.save()
    html = client.get(page).content.decode()
    assert "Before the lease can be signed" not in html and "Deposit received" in html
    sign = reverse("admin:tenants_lease_sign", args=[lease.pk])
    shown = client.post(sign, form_data(client.get(sign)) | {"signed_on": TODAY.isoformat(), "preview": "1"})
    assert client.post(sign, form_data(shown) | {"confirm": "1"}).status_code == 302
    assert Application.objects.get(pk=lease.application_id).state == "allotted"
    assert LettingRate.objects.filter(letting__lease=lease).count() == 1


def test_a_renewal_leads_back_to_the_application_of_the_first_lease(client, officer):
    lease = accepted(client, officer, deposit_pkr=None)
    document = LeaseDocument(lease=lease, kind="deed")
    document.scan.save("deed.pdf", ContentFile(b"%PDF-1.4 deed"), save=False)
    document.save()
    lease = actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY)
    renewal = actions.renew(lease=lease, expiry_date=None, by=officer, today=TODAY)
    html = client.get(reverse("admin:tenants_lease_change", args=[renewal.pk])).content.decode()
    assert reverse("admin:tenants_application_change", args=[lease.application_id]) in html


@pytest.mark.parametrize("typed", [{"park": ""}, {"deadline": "x"}, {"minute": ""}, {"lines-0-rent": "-1"}])
def test_bad_input_is_answered_and_what_was_typed_stays(client, officer, typed):
    application = waiting(suite_of())
    data = filled(client, application, reason="kept words") | typed
    shown = client.post(at(application), data)
    assert shown.status_code == 200 and shown.context["effects"] is None
    assert form_data(shown)["reason"] == "kept words"
