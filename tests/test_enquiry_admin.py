"""Enquiries on the staff pages and in the database: who sees and does what, and what nobody can do."""

import datetime as dt

import pytest
from django.db import DataError, IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER
from tenants.actions import close, mark_answered
from tenants.models import Enquiry
from tests.factories import EnquiryFactory, ParkFactory, UserFactory
from tests.staff_pages import exported, form_data, names_in

pytestmark = pytest.mark.django_db
LIST = "/admin/tenants/enquiry/"


def change(enquiry):
    return reverse("admin:tenants_enquiry_change", args=[enquiry.pk])


def act(client, action, *enquiries):
    keys = [enquiry.pk for enquiry in enquiries]
    return client.post(LIST, {"action": action, "_selected_action": keys, "index": "0"}, follow=True)


@pytest.fixture
def enquiry():
    return EnquiryFactory(
        park=ParkFactory(name="Swat Park"), name="Sana Canary", email="canary@example.org", phone="0300 1234567"
    )


def signed_in(client, role, *parks):
    user = UserFactory(role=role, parks=parks)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", [ADMINISTRATOR, LETTINGS_OFFICER, PARK_MANAGER])
def test_who_answers_sees_it_whole_and_marks_it_answered(client, enquiry, role):
    user = signed_in(client, role, enquiry.park)
    html = client.get(change(enquiry)).content.decode()
    assert "Sana Canary" in html and f"mailto:canary@example.org?subject={enquiry.reference}%3A%20Swat%20Park" in html
    assert "1 enquiry is marked as answered." in act(client, "answered", enquiry).content.decode()
    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.answered_by, enquiry.answered_on) == ("answered", user, timezone.localdate())


def test_a_park_manager_neither_sees_nor_answers_those_of_another_park(client, enquiry):
    mine = EnquiryFactory()
    signed_in(client, PARK_MANAGER, mine.park)
    assert names_in(client.get(LIST)) == {mine.reference}
    assert client.get(change(enquiry)).status_code == 404
    act(client, "answered", enquiry, mine)
    assert set(Enquiry.objects.filter(state="answered")) == {mine}
    response = client.post(LIST, {"action": "export_csv", "_selected_action": [enquiry.pk, mine.pk], "index": "0"})
    assert [row["reference"] for row in exported(response)] == [mine.reference]


def test_a_park_manager_is_offered_the_own_parks_alone_to_filter_by(client, enquiry):
    mine = EnquiryFactory(park=ParkFactory(name="Mine"))
    EnquiryFactory(park=ParkFactory(name="Mine too"))
    signed_in(client, PARK_MANAGER, mine.park, Enquiry.objects.get(park__name="Mine too").park)
    html = client.get(LIST).content.decode()
    assert "Mine too" in html and "Swat Park" not in html
    assert names_in(client.get(f"{LIST}?park__id__exact={mine.park_id}")) == {mine.reference}
    assert names_in(client.get(f"{LIST}?park__id__exact={enquiry.park_id}")) == set()


def test_an_auditor_reads_without_the_contacts_and_changes_nothing(client, enquiry):
    signed_in(client, AUDITOR)
    for address in (LIST, change(enquiry), f"/admin/tenants/enquiry/{enquiry.pk}/history/"):
        html = client.get(address).content.decode()
        assert enquiry.reference in html
        assert "anary" not in html and "0300 1234567" not in html
    assert "How much space is free?" in client.get(change(enquiry)).content.decode()
    assert names_in(client.get(f"{LIST}?q=canary")) == set(), "a search must not give the contacts away"
    assert names_in(client.get(f"{LIST}?q={enquiry.reference}")) == {enquiry.reference}
    act(client, "answered", enquiry)
    assert client.post(change(enquiry), {"staff_note": "x"}).status_code == 403
    enquiry.refresh_from_db()
    assert (enquiry.state, enquiry.staff_note) == ("new", "")
    response = client.post(LIST, {"action": "export_csv", "_selected_action": [enquiry.pk], "index": "0"})
    assert b"anary" not in b"".join(response.streaming_content)


def test_nobody_adds_or_deletes_one_by_hand_not_even_a_superuser(client, enquiry):
    client.force_login(UserFactory(is_superuser=True))
    for page in (f"{LIST}add/", f"/admin/tenants/enquiry/{enquiry.pk}/delete/"):
        assert client.get(page).status_code == client.post(page, {"post": "yes"}).status_code == 403
    assert Enquiry.objects.count() == 1


def test_only_the_note_is_edited_and_forged_fields_are_ignored(client, enquiry):
    user = signed_in(client, LETTINGS_OFFICER)
    data = form_data(client.get(change(enquiry)))
    assert set(data) - {"csrfmiddlewaretoken", "_version"} == {"staff_note"}
    forged = {"staff_note": "Called back", "message": "x", "state": "closed", "email": "x@y.pk", "park": "1"}
    assert client.post(change(enquiry), data | forged).status_code == 302
    kept = Enquiry.objects.get()
    assert kept.staff_note == "Called back"
    assert (kept.message, kept.state, kept.email) == (enquiry.message, "new", "canary@example.org")
    html = client.get(f"/admin/tenants/enquiry/{enquiry.pk}/history/").content.decode()
    assert "Called back" in html and user.username in html


def test_a_page_that_is_older_than_the_row_is_refused(client, enquiry):
    signed_in(client, LETTINGS_OFFICER)
    data = form_data(client.get(change(enquiry)))
    act(client, "closed", enquiry)
    response = client.post(change(enquiry), data | {"staff_note": "late"})
    assert response.status_code == 200 and Enquiry.objects.get().staff_note == ""


def test_of_two_answers_the_first_is_recorded(enquiry):
    first, second = UserFactory(), UserFactory()
    on = timezone.localdate()
    assert mark_answered(enquiries=Enquiry.objects.all(), on=on, by=first, reason="one") == 1
    assert mark_answered(enquiries=Enquiry.objects.all(), on=on, by=second, reason="two") == 0
    assert Enquiry.objects.get().answered_by == first


def test_closing_keeps_who_answered_and_counts_only_open_ones(client, enquiry):
    user = signed_in(client, LETTINGS_OFFICER)
    mark_answered(enquiries=Enquiry.objects.all(), on=timezone.localdate(), by=user, reason="one")
    new = EnquiryFactory()
    assert close(enquiries=Enquiry.objects.all(), by=user, reason="cleared") == 2
    assert close(enquiries=Enquiry.objects.all(), by=user, reason="again") == 0
    enquiry.refresh_from_db()
    new.refresh_from_db()
    assert (enquiry.state, enquiry.answered_by) == ("closed", user)
    assert (new.state, new.answered_by) == ("closed", None)
    events = Enquiry.pgh_event_model.objects.filter(pgh_label="update", state="closed")
    assert {event.pgh_context.metadata["reason"] for event in events} == {"cleared"}


def test_the_list_puts_the_longest_waiting_first_and_filters_by_waiting(client):
    now = timezone.now()
    answered = EnquiryFactory(
        state="answered", answered_by=UserFactory(), answered_on=dt.date(2026, 1, 1), created_at=now - dt.timedelta(90)
    )
    fresh = EnquiryFactory(created_at=now)
    old = EnquiryFactory(created_at=now - dt.timedelta(10))
    signed_in(client, LETTINGS_OFFICER)
    response = client.get(LIST)
    assert list(response.context["cl"].result_list) == [old, fresh, answered]
    assert "10 days ago" in response.content.decode() and "today" in response.content.decode()
    assert names_in(client.get(f"{LIST}?waiting=7")) == {old.reference}
    assert names_in(client.get(f"{LIST}?waiting=30")) == set()
    assert names_in(client.get(f"{LIST}?state__exact=answered")) == {answered.reference}
    assert client.get(f"{LIST}?waiting=x").status_code == 302
    assert client.get(f"{LIST}?email__startswith=c").status_code == 302


def test_the_list_takes_no_more_queries_for_more_rows(client, enquiry):
    signed_in(client, LETTINGS_OFFICER)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    queries()
    one = queries()
    EnquiryFactory.create_batch(10, state="answered", answered_by=UserFactory(), answered_on=dt.date(2026, 1, 1))
    assert queries() == one


def test_what_the_sender_wrote_is_not_in_the_history_which_can_never_be_erased(enquiry):
    held = {field.name for field in Enquiry.pgh_event_model._meta.fields}
    assert not held & {"name", "email", "phone", "company", "message", "form_token"}
    assert {"state", "answered_by", "answered_on", "staff_note", "reference", "park"} <= held


@pytest.mark.parametrize(
    "values",
    [{"message": "x"}, {"email": "x@y.pk"}, {"reference": "X"}, {"created_at": timezone.now()}, {"kind": "visit"}],
)
def test_what_was_sent_cannot_be_changed_by_any_way(enquiry, values):
    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic():
        Enquiry.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "x"}, "enquiry_kind_known"),
        ({"state": "x"}, "enquiry_answered_by_someone"),
        ({"name": " \t "}, "enquiry_name_given"),
        ({"name": "a\nb"}, "enquiry_name_one_line"),
        ({"phone": "1\r2"}, "enquiry_phone_one_line"),
        ({"company": "a\x1bb"}, "enquiry_company_one_line"),
        ({"email": "nobody"}, "enquiry_email_shape"),
        ({"email": "a@b.pk\nBcc: c@d.pk"}, "enquiry_email_shape"),
        ({"message": "\n "}, "enquiry_message_given"),
        ({"message": "x" * 3001}, "enquiry_message_given"),
        ({"preferred_day": dt.date(2027, 1, 1)}, "enquiry_day_for_a_visit"),
        ({"kind": "visit", "preferred_day": dt.date(2201, 1, 1)}, "enquiry_day_year"),
        ({"state": "answered"}, "enquiry_answered_by_someone"),
        ({"answered_on": dt.date(2026, 1, 1)}, "enquiry_answered_by_someone"),
        ({"state": "closed", "answered_on": dt.date(2026, 1, 1)}, "enquiry_answered_by_someone"),
    ],
)
def test_the_database_refuses_what_no_form_would_send(values, constraint):
    park = ParkFactory()
    with pytest.raises((IntegrityError, DataError)) as refusal, transaction.atomic():
        EnquiryFactory(park=park, **values)
    assert refusal.value.__cause__.diag.constraint_name == constraint


def test_one_form_makes_one_enquiry_in_the_database_too(enquiry):
    with pytest.raises(IntegrityError), transaction.atomic():
        EnquiryFactory(form_token=enquiry.form_token)


def test_a_park_with_enquiries_is_not_deleted(enquiry):
    with pytest.raises(IntegrityError), transaction.atomic():
        enquiry.park.stage_events.all().delete()
        enquiry.park.delete()
