"""The page on which a firm reads its offer and answers it."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from tenants import actions
from tenants.actions import Line
from tenants.actions.offering import terms_of
from tenants.models import Application, Lease, LeaseDocument, LettingRate
from tenants.schedule import schedule_of
from tests.applications import ApplicationFactory
from tests.factories import ParkFactory, SuiteFactory, UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(1)


@pytest.fixture
def officer(db):
    return UserFactory(role="Lettings officer")


def offered(officer, *, deadline=TODAY + 9 * DAY, months=(dt.date(2027, 1, 1), dt.date(2029, 12, 31)), **facts):
    """An offer of one suite, which is the first of two choices; returns the lease."""
    suite = SuiteFactory(lettable_area_sqft=1_000)
    application = ApplicationFactory(state="waiting", choices=[suite, ParkFactory()])
    return actions.offer_space(
        application=application,
        park=suite.park,
        lines=[Line(suite, *months, rent_pkr=Decimal(50_000), service_charge_pkr=Decimal(4_000))],
        facts={"deposit_pkr": Decimal(150_000), **facts},
        deadline=deadline,
        minute="4/2026",
        decided_on=TODAY,
        by=officer,
        today=TODAY,
    )


def at(lease):
    return reverse("tenants:application-offer", args=[lease.application.token])


def answer(client, lease, **said):
    return client.post(at(lease), {"lease": lease.pk, "terms": terms_of(lease), **said})


def lapse(lease):
    """Let the deadline pass without the row saying so."""
    Lease.objects.filter(pk=lease.pk).update(offered_on=TODAY - 9 * DAY, offer_deadline=TODAY - DAY)


def test_the_offer_tells_its_terms_its_deadline_and_what_every_month_costs(client, officer):
    lease = offered(officer, escalation_percent=Decimal(10), escalation_months=12)
    html = re.sub(r"<[^>]+>|\s|&nbsp;|\u00a0", " ", client.get(at(lease)).content.decode())
    html = " ".join(html.split())
    assert "Open until the end of" in html
    for amount in ("Rs 54,000", "Rs 204,000", "Rs 59,000", "Rs 64,500"):
        assert amount in html, amount


def test_an_acceptance_binds_and_takes_the_other_choices_out_of_the_queues(client, officer):
    lease = offered(officer)
    response = answer(client, lease, answer="accept", sure="on")
    assert response.status_code == 302
    lease.refresh_from_db()
    assert (lease.state, lease.accepted_by_link, lease.accepted_on) == ("accepted", True, TODAY)
    assert list(lease.application.choices.values_list("withdrawn_on", flat=True)) == [None, TODAY]
    assert "You accepted this offer" in client.get(at(lease)).content.decode()


def test_an_acceptance_without_its_confirmation_changes_nothing_and_keeps_what_was_chosen(client, officer):
    lease = offered(officer)
    response = answer(client, lease, answer="accept", reason="kept words")
    assert response.status_code == 422
    html = response.content.decode()
    assert "Error:" in html and "kept words" in html and "Confirm that you may sign" in html
    lease.refresh_from_db()
    assert lease.state == "offered"


@pytest.mark.parametrize(("said", "state"), [("wait", "waiting"), ("withdraw", "withdrawn")])
def test_a_refusal_waits_on_with_the_old_date_or_withdraws(client, officer, said, state):
    lease = offered(officer)
    before = lease.application.complete_on
    assert answer(client, lease, answer=said, reason="Too dear.").status_code == 302
    lease.refresh_from_db()
    application = Application.objects.get(pk=lease.application_id)
    assert (lease.state, lease.state_reason) == ("declined", "Too dear.")
    assert (application.state, application.complete_on) == (state, before)


def test_a_lapsed_offer_is_refused_by_the_clock_of_the_database(client, officer):
    lease = offered(officer)
    lapse(lease)
    html = client.get(at(lease)).content.decode()
    assert "has lapsed" in html and "Send the answer" not in html
    response = answer(client, lease, answer="accept", sure="on")
    assert response.status_code == 422
    assert "has lapsed" in response.content.decode()
    lease.refresh_from_db()
    assert lease.state == "offered"


def test_an_answer_to_a_former_offer_is_none_to_the_present_one(client, officer):
    lease = offered(officer)
    response = client.post(at(lease), {"lease": lease.pk + 1, "answer": "accept", "sure": "on"})
    assert response.status_code == 422
    lease.refresh_from_db()
    assert lease.state == "offered"


def test_accepting_twice_is_accepting_once(client, officer):
    lease = offered(officer)
    for _time in range(2):
        assert answer(client, lease, answer="accept", sure="on").status_code == 302
    assert lease.application.timeline.filter(kind="accepted").count() == 1


def test_an_application_without_an_offer_says_so_and_takes_no_answer(client):
    application = ApplicationFactory(state="waiting")
    address = reverse("tenants:application-offer", args=[application.token])
    assert "No offer yet" in client.get(address).content.decode()
    assert "No offer yet" in client.post(address, {"answer": "accept", "sure": "on"}).content.decode()


def test_another_firm_sees_nothing_of_the_offer(client, officer):
    lease = offered(officer)
    other = ApplicationFactory(state="waiting")
    html = client.get(reverse("tenants:application-offer", args=[other.token])).content.decode()
    assert lease.park.name not in html


def test_the_schedule_shown_before_signing_is_to_the_paisa_the_one_that_is_written(officer):
    lease = offered(officer, escalation_percent=Decimal("7.35"), escalation_months=11)
    shown = schedule_of(lease)
    actions.accept_by_firm(application=lease.application, lease=lease)
    actions.note_deposit(lease=lease, received_pkr=Decimal(150_000), received_on=TODAY, by=officer, today=TODAY)
    with_scan(lease)
    actions.sign(lease=lease, signed_on=TODAY, by=officer, today=TODAY)
    lease = Lease.objects.get(pk=lease.pk)
    assert LettingRate.objects.filter(letting__lease=lease).count() == 4
    assert schedule_of(lease).months == shown.months
    whole_years = [month.rent for month in shown.months if month.first.day == 1]
    assert len(shown.months) == len(whole_years) == 36


def with_scan(lease):
    """Put a scan of the deed beside the lease."""

    document = LeaseDocument(lease=lease, kind="deed", scan_name="deed.pdf")
    document.scan.save("deed.pdf", ContentFile(b"%PDF-1.4 deed"), save=False)
    document.save()


def test_a_month_of_which_only_a_part_is_let_costs_its_share_of_the_days(officer):
    lease = offered(officer, months=(dt.date(2027, 1, 1), dt.date(2027, 2, 14)))
    months = schedule_of(lease).months
    assert [month.rent for month in months] == [Decimal("50000.00"), Decimal("25000.00")]


def test_a_lease_of_an_application_is_signed_with_its_scan_and_its_deposit_only(officer):
    lease = offered(officer)
    actions.accept_by_firm(application=lease.application, lease=lease)
    sign = {"lease": lease, "signed_on": TODAY, "by": officer, "today": TODAY}
    with pytest.raises(actions.Refused, match="scan of the deed"):
        actions.sign(**sign)
    with_scan(lease)
    with pytest.raises(actions.Refused, match="deposit of Rs 150,000"):
        actions.sign(**sign)
    actions.note_deposit(lease=lease, received_pkr=Decimal(150_000), received_on=TODAY, by=officer, today=TODAY)
    actions.sign(**sign)
    assert Application.objects.get(pk=lease.application_id).state == "allotted"
    told = list(lease.application.timeline.order_by("pk").values_list("kind", "to_state"))
    assert [step for step in told if step[0] in {"offer", "accepted", "deposit"} or step[1] == "allotted"] == [
        ("offer", ""),
        ("accepted", ""),
        ("deposit", ""),
        ("state", "allotted"),
    ]
