"""The guided pages: a form, what would change, then the action; refusals name the lease in the way."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tenants import actions
from tenants.admin.guides import NEW, OF_LEASE
from tenants.models import Lease, LettingRate
from tests.factories import CompanyFactory, LeaseFactory, ParkFactory, SuiteFactory
from tests.lease_pages import TODAY, change, confirmed, days, everything, let, lines, page, previewed, words
from tests.staff_pages import form_data

pytestmark = pytest.mark.django_db
RS = "Rs\N{NO-BREAK SPACE}"


# --- each action, from its form to its row


CASES = {
    "offer": ("draft", {"deadline": days(9).isoformat()}, {"state": "offered", "offer_deadline": days(9)}),
    "accept": ("offered", {"accepted_on": TODAY.isoformat()}, {"state": "accepted", "accepted_on": TODAY}),
    "note_deposit": (
        "accepted",
        {"received_pkr": "1,50,000", "received_on": TODAY.isoformat()},
        {"deposit_received_pkr": 150_000, "deposit_received_on": TODAY},
    ),
    "sign": (
        "accepted",
        {"signed_on": TODAY.isoformat(), "deposit_pkr": "1,50,000", "signatory_company": "Sana Khan"},
        {"state": "signed", "signed_on": TODAY, "deposit_pkr": 150_000, "signatory_company": "Sana Khan"},
    ),
    "decline": ("offered", {}, {"state": "declined"}),
    "withdraw": ("accepted", {"reason": "Roof fell in."}, {"state": "withdrawn", "state_reason": "Roof fell in."}),
    "cancel": ("draft", {"reason": "Twice."}, {"state": "cancelled"}),
    "record_notice": ("signed", {"given_on": days(-1).isoformat()}, {"notice_given_on": days(-1)}),
    "record_vacated": ("signed", {"last_day": days(90).isoformat()}, {"vacated_on": days(90)}),
}


@pytest.mark.parametrize("name", CASES)
def test_an_action_is_shown_before_it_is_done_and_then_done(client, officer, name):
    state, typed, after = CASES[name]
    lease = let(state=state, rent=100).lease
    url = page(f"lease_{name}", lease)
    assert url in client.get(change(lease)).content.decode()
    assert client.get(url).status_code == 200
    before = everything()

    shown = previewed(client, url, **typed)
    assert shown.status_code == 200 and shown.context["effects"].entries
    assert everything() == before

    response = client.post(url, form_data(shown) | {"confirm": "1"})
    assert response.status_code == 302 and response["Location"] == change(lease)
    lease.refresh_from_db()
    assert {key: getattr(lease, key) for key in after} == after


def test_terminating_shows_the_suites_that_get_free_and_from_which_day(client, officer):
    letting = let(rent=100)
    url = page("lease_terminate", letting.lease)
    html = previewed(client, url, last_day=days(10).isoformat(), reason="Agreed.").content.decode()

    assert f"<del>{words(days(101))}</del>" in html and f"<ins>{words(days(11))}</ins>" in html
    assert confirmed(client, url, last_day=days(10).isoformat(), reason="Agreed.").status_code == 302
    letting.refresh_from_db()
    assert letting.terminated_on == days(10)


def test_giving_one_suite_back_leaves_the_others(client, officer):
    letting = let(rent=100)
    other = let(lease=letting.lease, suite=SuiteFactory(park=letting.suite.park), rent=100)
    url = page("letting_give_back", letting)
    assert url in client.get(change(letting.lease)).content.decode()

    assert confirmed(client, url, last_day=days(3).isoformat()).status_code == 302
    for row, day in ((letting, days(3)), (other, None)):
        row.refresh_from_db()
        assert row.terminated_on == day


def test_signing_shows_every_rate_that_will_be_written(client, officer):
    letting = let(0, 799, state="accepted", rent=1000, charge=50)
    url = page("lease_sign", letting.lease)
    typed = {"signed_on": TODAY.isoformat(), "escalation_percent": "10", "escalation_months": "12"}
    shown = previewed(client, url, **typed)
    html = shown.content.decode()

    assert f"{RS}1,100" in html and f"{RS}1,210" in html and f"{RS}50" in html
    assert LettingRate.objects.count() == 1
    client.post(url, form_data(shown) | {"confirm": "1"})
    written = [(rate.from_date, rate.rent_pkr) for rate in LettingRate.objects.order_by("from_date")][1:]
    assert written == [(row[0], row[1]) for row in shown.context["effects"].rates[0].rows]
    assert [rent for _day, rent in written] == [Decimal(1100), Decimal(1210)]


def test_a_deed_fact_that_a_colleague_changed_meanwhile_is_left_alone(client, officer):
    lease = let(state="accepted", rent=100).lease
    url = page("lease_sign", lease)
    typed = form_data(client.get(url))
    Lease.objects.filter(pk=lease.pk).update(permitted_use="Games", due_day=5)

    typed |= {"signed_on": TODAY.isoformat(), "due_day": "7"}
    shown = client.post(url, typed | {"preview": "1"})
    client.post(url, form_data(shown) | {"confirm": "1"})
    lease.refresh_from_db()
    assert (lease.state, lease.permitted_use, lease.due_day) == ("signed", "Games", 7)


def test_a_renewal_is_a_new_draft_on_whose_page_one_ends(client, officer):
    letting = let(-400, 20, rent=500)
    url = page("lease_renew", letting.lease)
    html = previewed(client, url, expiry_date=days(900).isoformat()).content.decode()
    assert words(days(21)) in html and f"{RS}500" in html and Lease.objects.count() == 1

    response = confirmed(client, url, expiry_date=days(900).isoformat())
    draft = Lease.objects.get(renews=letting.lease)
    assert response["Location"] == change(draft) and draft.lettings.get().commencement_date == days(21)


def test_an_occupation_gets_its_deed_once(client, officer):
    lease = let(rent=100).lease
    reason = {"state_reason": "Found at a visit."}
    Lease.objects.filter(pk=lease.pk).update(deed_on_file=False, signed_on=None, **reason)
    url = page("lease_file_deed", lease)
    assert url in client.get(change(lease)).content.decode()

    assert confirmed(client, url, signed_on=TODAY.isoformat()).status_code == 302
    lease.refresh_from_db()
    assert lease.deed_on_file and lease.signed_on == TODAY
    assert url not in client.get(change(lease)).content.decode()


def test_a_notice_is_taken_back_only_for_a_reason(client, officer):
    lease = let(rent=1).lease
    Lease.objects.filter(pk=lease.pk).update(notice_given_on=days(-2))
    url = page("lease_record_notice", lease)

    assert "Say why" in previewed(client, url, given_on="").content.decode()
    assert confirmed(client, url, given_on="", reason="Sent by mistake.").status_code == 302
    assert Lease.objects.get().notice_given_on is None


# --- new leases and lines


def test_a_lease_is_drafted_with_suites_by_number_and_rents_by_their_basis(client, officer):
    park, company = ParkFactory(), CompanyFactory()
    SuiteFactory(park=park, number="A-301", lettable_area_sqft=1200)
    SuiteFactory(park=park, number="۳۰۲", seats=10)
    url = reverse("admin:tenants_lease_draft")
    typed = lines(
        (" a-301", days(1), days(700), "55.50", "per_sqft", "5,000"),
        ("302", days(1), "", "2000", "per_seat", ""),
    )
    response = confirmed(client, url, company=company.pk, park=park.pk, due_day="10", **typed)

    lease = Lease.objects.get()
    assert response["Location"] == change(lease)
    assert (lease.state, lease.company, lease.park, lease.due_day) == ("draft", company, park, 10)
    rents = [rate.rent_pkr for rate in LettingRate.objects.order_by("pk")]
    assert rents == [Decimal(66_600), Decimal(20_000)]


def test_a_draft_of_a_let_suite_shows_the_lease_in_its_way_before_it_is_made(client, officer):
    taken = let(0, 100, rent=100)
    typed = {"company": CompanyFactory().pk, "park": taken.suite.park_id}
    url = reverse("admin:tenants_lease_draft")
    after = previewed(client, url, **typed, **lines((taken.suite.number, days(101), days(200), "1")))
    assert after.context["effects"].conflicts == [] and change(taken.lease) not in after.content.decode()

    shown = previewed(client, url, **typed, **lines((taken.suite.number, days(50), days(200), "1")))
    assert [other for _said, other in shown.context["effects"].conflicts] == [taken.lease]
    assert change(taken.lease) in shown.content.decode()
    assert client.post(url, form_data(shown) | {"confirm": "1"}).status_code == 302


def test_an_existing_lease_is_recorded_with_or_without_its_deed(client, officer):
    suite = SuiteFactory(number="7")
    typed = {"company": CompanyFactory().pk, "park": suite.park.pk, "reason": "File 12/2023."}
    url = reverse("admin:tenants_lease_record_existing")

    response = confirmed(client, url, **typed, **lines(("7", days(-50), days(50))))
    lease = Lease.objects.get()
    assert response["Location"] == change(lease)
    assert (lease.state, lease.deed_on_file, lease.lettings.get().suite) == ("signed", False, suite)
    assert "no deed on file" in client.get(change(lease)).content.decode()


def test_suites_are_added_to_a_draft(client, officer):
    draft = LeaseFactory(park=SuiteFactory(number="12").park)
    url = page("lease_add_suites", draft)
    assert '<option value="12">' in client.get(url).content.decode()

    assert confirmed(client, url, **lines(("12", days(1), "", "100"))).status_code == 302
    assert draft.lettings.get().suite.number == "12"


def test_a_line_that_cannot_be_read_is_said_at_its_field_and_nothing_typed_is_lost(client, officer):
    park = SuiteFactory(number="101").park
    url = reverse("admin:tenants_lease_draft")
    typed = {"company": CompanyFactory().pk, "park": park.pk, "reason": "A new firm"}
    response = previewed(
        client, url, **typed, **lines(("999", days(1), days(9), "x1"), ("101", days(9), days(1), "1000"))
    )
    html = response.content.decode()

    assert response.status_code == 200 and response.context["effects"] is None
    assert "Amount must be a number of rupees" in html and "The expiry is before the commencement." in html
    assert "<title>\n  Error:" in html and 'href="#id_lines-0-rent"' in html
    for kept in ('value="999"', 'value="x1"', 'value="A new firm"', f'value="{days(9).isoformat()}"'):
        assert kept in html
    again = previewed(client, url, **typed, **lines(("999", days(1), days(9), "1")))
    assert "There is no suite “999” in service in this park. It has: 101." in again.content.decode()


def test_more_lines_and_going_back_keep_what_was_typed_without_complaint(client, officer):
    park = SuiteFactory(number="101").park
    url = reverse("admin:tenants_lease_draft")
    typed = {"park": park.pk, "reason": "Half done"} | lines(("101", "", "", "9"))

    more = client.post(url, typed | {"more": "1"})
    html = more.content.decode()
    assert 'name="lines-3-suite"' in html and 'value="Half done"' in html and "errornote" not in html
    back = client.post(url, typed | {"edit": "1", "company": CompanyFactory().pk})
    assert 'value="101"' in back.content.decode() and "errornote" not in back.content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"lines-TOTAL_FORMS": "x"}, {"lines-TOTAL_FORMS": "99999", "lines-INITIAL_FORMS": "-1"}]
)
@pytest.mark.parametrize("button", ["preview", "confirm", "more", "edit"])
def test_forged_posts_break_nothing(client, officer, data, button):
    lease = let(state="draft", rent=1).lease
    before = everything()
    bad = {"company": "x", "park": "9" * 30, "deadline": "31/02/2026", "last_day": "\x00", "deposit_pkr": "1e9"}
    urls = [reverse(f"admin:tenants_lease_{name}") for name in NEW]
    urls += [page(f"lease_{name}", lease) for name in OF_LEASE] + [page("letting_give_back", lease.lettings.get())]
    for url in urls:
        assert client.post(url, data | bad | {button: "1", "_shown": "x"}).status_code == 200, url
    assert everything() == before


# --- refusals


def test_offering_a_let_suite_is_refused_with_a_link_to_the_lease_in_the_way(client, officer):
    standing = let(rent=100)
    draft = let(state="draft", rent=90, suite=standing.suite).lease
    url = page("lease_offer", draft)
    before = everything()
    response = previewed(client, url, deadline=days(9).isoformat(), reason="Urgent")
    html = response.content.decode()

    assert response.status_code == 200 and everything() == before
    assert standing.lease.number in html and standing.lease.company.name in html
    assert f'<a href="{change(standing.lease)}">' in html
    assert 'role="alert"' in html and 'value="Urgent"' in html and f'value="{days(9).isoformat()}"' in html


def test_a_lapsed_offer_in_the_way_is_shown_as_set_aside(client, officer):
    late = let(state="offered", rent=1)
    Lease.objects.filter(pk=late.lease.pk).update(offered_on=days(-9), offer_deadline=days(-1))
    draft = let(state="draft", rent=90, suite=late.suite).lease
    url = page("lease_offer", draft)
    html = previewed(client, url, deadline=days(9).isoformat()).content.decode()

    assert late.lease.number in html and "<ins><bdi>Lapsed</bdi></ins>" in html
    assert Lease.objects.get(pk=late.lease.pk).state == "offered"
    assert confirmed(client, url, deadline=days(9).isoformat()).status_code == 302
    assert Lease.objects.get(pk=late.lease.pk).state == "lapsed"


def test_an_error_of_the_action_stands_at_its_field(client, officer):
    lease = let(10, 100, rent=1).lease
    response = previewed(client, page("lease_terminate", lease), last_day=days(5).isoformat(), reason="x")

    assert "last_day" in response.context["form"].errors
    assert 'href="#id_last_day"' in response.content.decode()


@pytest.mark.parametrize("name", OF_LEASE)
def test_buttons_stand_only_where_the_state_allows_and_the_page_refuses_elsewhere(client, officer, name):
    for state in ("draft", "offered", "accepted", "signed", "withdrawn"):
        lease = let(state=state, rent=100).lease
        if name == "file_deed":
            continue
        allowed = state in actions.ALLOWED[name]
        assert (page(f"lease_{name}", lease) in client.get(change(lease)).content.decode()) == allowed, state
        if not allowed:
            typed = CASES.get(name, (None, {}))[1] | lines((lease.lettings.get().suite.number, days(1), "", "5"))
            typed |= {"reason": "x", "last_day": TODAY.isoformat(), "expiry_date": days(900).isoformat()}
            response = previewed(client, page(f"lease_{name}", lease), **typed)
            assert response.context["effects"] is None and response.context["form"].errors, state
