"""The rules of the tenancy desk, each tried on the database itself, past every form and action."""

import datetime as dt

import pghistory
import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import F, ProtectedError

from tenants.models import Company, CompanyContact, Lease, Letting, LettingRate, SpaceNeed
from tenants.models.lease_states import PATHS, LeaseState
from tests.factories import (
    CityFactory,
    CompanyFactory,
    LeaseFactory,
    LettingFactory,
    ParkFactory,
    SuiteFactory,
    UserFactory,
    bring_to,
)
from tests.test_supply_models import refused_by

pytestmark = pytest.mark.django_db

A_DAY = dt.date(2026, 3, 9)
DAY = dt.timedelta(days=1)
STATES = [state.value for state in LeaseState]
BLOCKING = ("offered", "accepted", "signed")


# --- a suite is let once at a time


@pytest.mark.parametrize("first", BLOCKING)
@pytest.mark.parametrize("second", BLOCKING)
def test_two_standing_lettings_of_one_suite_on_one_day_are_refused(first, second):
    suite = SuiteFactory()
    LettingFactory(suite=suite, state=first)
    draft = LettingFactory(suite=suite, state="draft", commencement_date=dt.date(2026, 12, 31), expiry_date=None)
    refused_by("letting_once", lambda: bring_to(draft.lease, second))


@pytest.mark.parametrize("other", sorted(set(STATES) - set(BLOCKING)))
def test_a_letting_that_is_over_before_it_began_keeps_nobody_out(other):
    suite = SuiteFactory()
    LettingFactory(suite=suite, state=other)
    assert LettingFactory(suite=suite, state="signed").lease_state == "signed"


def test_the_next_letting_may_begin_on_the_day_after_and_not_on_the_last_day():
    suite = SuiteFactory()
    LettingFactory(suite=suite, expiry_date=A_DAY)
    same_day = LettingFactory(suite=suite, state="draft", commencement_date=A_DAY)
    refused_by("letting_once", lambda: bring_to(same_day.lease, "signed"))
    LettingFactory(suite=suite, commencement_date=A_DAY + DAY)


def test_a_letting_without_end_keeps_every_later_day():
    suite = SuiteFactory()
    LettingFactory(suite=suite, expiry_date=None)
    late = LettingFactory(suite=suite, state="draft", commencement_date=dt.date(2199, 1, 1), expiry_date=None)
    refused_by("letting_once", lambda: bring_to(late.lease, "offered"))


def test_an_early_end_frees_the_days_after_it():
    suite = SuiteFactory()
    LettingFactory(suite=suite, terminated_on=A_DAY)
    assert LettingFactory(suite=suite, commencement_date=A_DAY + DAY).term.lower == A_DAY + DAY


def test_raw_sql_cannot_let_a_let_suite_either():
    held = LettingFactory()
    other = LettingFactory(suite=held.suite, state="draft")
    with connection.cursor() as cursor:
        refused_by(
            "letting_once",
            lambda: cursor.execute(
                "UPDATE tenants_lease SET state = 'offered', offered_on = '2026-01-01', "
                "offer_deadline = '2027-01-01' WHERE id = %s",
                [other.lease_id],
            ),
        )


def test_terms_that_follow_each_other_can_be_shifted_in_one_statement():
    suite = SuiteFactory()
    LettingFactory(suite=suite, commencement_date=A_DAY, expiry_date=A_DAY)
    LettingFactory(suite=suite, commencement_date=A_DAY + DAY, expiry_date=A_DAY + DAY)
    Letting.objects.update(commencement_date=F("commencement_date") + DAY, expiry_date=F("expiry_date") + DAY)
    assert list(Letting.objects.order_by("pk").values_list("commencement_date", flat=True)) == [
        A_DAY + DAY,
        A_DAY + 2 * DAY,
    ]


def test_a_draft_without_end_passes_full_clean_beside_a_letting_that_is_over():
    suite = SuiteFactory()
    LettingFactory(suite=suite, expiry_date=A_DAY)
    lease = LeaseFactory(park=suite.park)
    letting = Letting(lease=lease, lease_state="signed", park=suite.park, suite=suite, commencement_date=A_DAY + DAY)
    letting.full_clean()
    letting.commencement_date = A_DAY
    with pytest.raises(ValidationError, match="already let"):
        letting.full_clean()


# --- what a letting repeats of its lease


def test_the_database_fills_in_the_state_and_the_park_of_the_lease():
    suite = SuiteFactory()
    lease = LeaseFactory(park=suite.park)
    letting = Letting.objects.create(lease=lease, suite=suite, commencement_date=A_DAY)
    letting.refresh_from_db()
    assert (letting.lease_state, letting.park) == ("draft", suite.park)


def test_a_stale_letting_can_be_saved_after_its_lease_was_signed():
    letting = LettingFactory(state="draft")
    stale = Letting.objects.get(pk=letting.pk)
    bring_to(letting.lease, "signed")
    stale.expiry_date = None
    stale.save()
    stale.refresh_from_db()
    assert stale.lease_state == "signed"


def test_a_letting_cannot_claim_another_state_than_its_lease():
    letting = LettingFactory(state="draft")
    refused_by("letting_lease_state_fk", lambda: Letting.objects.filter(pk=letting.pk).update(lease_state="signed"))


def test_a_lease_holds_suites_of_its_own_park_only():
    lease, elsewhere = LeaseFactory(), SuiteFactory()
    refused_by(
        "letting_suite_park_fk",
        lambda: Letting.objects.create(lease=lease, suite=elsewhere, commencement_date=A_DAY),
    )


def test_a_lease_with_lettings_and_a_let_suite_stay_in_their_park():
    letting, park = LettingFactory(), ParkFactory()
    refused_by("letting_lease_park_fk", lambda: Lease.objects.filter(pk=letting.lease_id).update(park=park))
    refused_by(
        "letting_suite_park_fk", lambda: type(letting.suite).objects.filter(pk=letting.suite_id).update(park=park)
    )


def test_signing_writes_history_of_the_letting_too_with_its_author():
    letting, user = LettingFactory(state="draft"), UserFactory()
    with pghistory.context(user=user.pk):
        bring_to(letting.lease, "signed")
    event = Letting.pgh_event_model.objects.filter(pgh_obj=letting).order_by("-pgh_id").first()
    assert (event.pgh_label, event.lease_state) == ("update", "signed")


# --- dates and money


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("letting_terminated_before_expiry", {"terminated_on": dt.date(2027, 1, 1)}),
        ("letting_years", {"expiry_date": dt.date(2201, 1, 1)}),
        ("letting_years", {"commencement_date": dt.date(1899, 12, 31)}),
        ("letting_basis_known", {"rent_basis": "per_moon"}),
    ],
)
def test_the_database_refuses_a_letting_that_cannot_be(constraint, change):
    letting = LettingFactory()
    refused_by(constraint, lambda: Letting.objects.filter(pk=letting.pk).update(**change))


@pytest.mark.parametrize("field", ["expiry_date", "terminated_on"])
def test_a_letting_that_ends_before_it_commences_is_refused(field):
    letting = LettingFactory()
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        Letting.objects.filter(pk=letting.pk).update(**{field: letting.commencement_date - DAY})


@pytest.mark.parametrize("field", ["expiry_date", "terminated_on"])
def test_reversed_days_are_named_on_their_field(field):
    letting = LettingFactory()
    setattr(letting, field, letting.commencement_date - DAY)
    with pytest.raises(ValidationError) as caught:
        letting.full_clean()
    assert set(caught.value.message_dict) == {field}


def test_only_a_letting_under_a_signed_lease_ends_early():
    letting = LettingFactory(state="accepted")
    refused_by("letting_terminated_signed", lambda: Letting.objects.filter(pk=letting.pk).update(terminated_on=A_DAY))


@pytest.mark.parametrize("amount", [-1, "NaN"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE tenants_lettingrate SET rent_pkr = %s", "UPDATE tenants_lettingrate SET service_charge_pkr = %s"],
)
def test_a_rate_is_a_number_from_zero(statement, amount):
    LettingFactory(rent=0)
    with connection.cursor() as cursor:
        refused_by("rate_not_negative", lambda: cursor.execute(statement, [amount]))


def test_a_letting_has_one_rate_from_a_day():
    letting = LettingFactory(rent=5)
    refused_by(
        "rate_once_a_day",
        lambda: LettingRate.objects.create(letting=letting, from_date=letting.commencement_date, rent_pkr=6),
    )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("lease_deed_has_its_day", {"signed_on": None}),
        ("lease_deed_has_its_day", {"deed_on_file": False}),
        ("lease_without_deed_says_why", {"deed_on_file": False, "signed_on": None}),
        ("lease_escalation_whole", {"escalation_percent": 10}),
        ("lease_escalation_whole", {"escalation_months": 12}),
        ("lease_escalation_whole", {"escalation_percent": 0, "escalation_months": 12}),
        ("lease_escalation_whole", {"escalation_percent": 10, "escalation_months": 0}),
        ("lease_deposit_not_negative", {"deposit_pkr": -1}),
        ("lease_notice_months", {"notice_months": 61}),
        ("lease_lock_in_months", {"lock_in_months": 601}),
        ("lease_due_day", {"due_day": 0}),
        ("lease_due_day", {"due_day": 32}),
        ("lease_years", {"vacated_on": dt.date(2201, 1, 1)}),
        ("lease_renews_another", {"renews_id": F("pk")}),
    ],
)
def test_the_database_refuses_a_lease_that_cannot_be(constraint, change):
    lease = LeaseFactory(state="signed")
    refused_by(constraint, lambda: Lease.objects.filter(pk=lease.pk).update(**change))


@pytest.mark.parametrize("field", ["notice_given_on", "vacated_on"])
def test_only_a_signed_lease_is_given_notice_on_or_vacated(field):
    lease = LeaseFactory(state="accepted")
    refused_by("lease_notice_of_a_signed_one", lambda: Lease.objects.filter(pk=lease.pk).update(**{field: A_DAY}))


def test_a_lease_is_renewed_by_one_standing_lease_and_by_any_number_of_drafts():
    old = LeaseFactory(state="signed")
    LeaseFactory(park=old.park, renews=old, state="offered")
    second = LeaseFactory(park=old.park, renews=old)
    refused_by("lease_renewed_once", lambda: bring_to(second, "offered"))


# --- the way of a lease


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_the_database_lets_a_lease_go_only_the_ways_that_there_are(before, after):
    lease = LeaseFactory(state=before)
    facts = {"state_reason": "x", "offered_on": A_DAY, "offer_deadline": A_DAY, "accepted_on": A_DAY}
    facts |= {"deed_on_file": after == "signed", "signed_on": A_DAY if after == "signed" else None}
    rows = Lease.objects.filter(pk=lease.pk)
    if before == after or after in PATHS.get(before, ()):
        assert rows.update(state=after, **facts) == 1
    else:
        refused_by("lease_state_path", lambda: rows.update(state=after, **facts))


def test_a_signed_lease_leads_nowhere():
    assert "signed" not in PATHS and set(PATHS) == {"draft", "offered", "accepted"}


def test_a_lease_begins_as_a_draft():
    refused_by(
        "lease_begins_as_draft",
        lambda: Lease.objects.create(
            company=CompanyFactory(), park=ParkFactory(), state="signed", deed_on_file=True, signed_on=A_DAY
        ),
    )


def test_a_demonstration_stays_one():
    lease = LeaseFactory()
    refused_by("lease_demo_fixed", lambda: Lease.objects.filter(pk=lease.pk).update(demo=True))


@pytest.mark.parametrize("state", STATES)
def test_of_leases_only_drafts_can_be_deleted(state):
    letting = LettingFactory(state=state)
    with connection.cursor() as cursor:
        if state == "draft":
            letting.lease.delete()
            assert not Letting.objects.exists()
            return
        refused_by("letting_only_drafts_deleted", lambda: cursor.execute("DELETE FROM tenants_letting"))
    refused_by("letting_only_drafts_deleted", letting.lease.delete)
    bare = LeaseFactory(state=state)
    refused_by("lease_only_drafts_deleted", bare.delete)


def test_what_is_let_is_protected():
    letting = LettingFactory()
    for row in (letting.suite, letting.lease.company, letting.park):
        with pytest.raises(ProtectedError):
            row.delete()


def test_leases_are_numbered_by_the_database():
    first, second = LeaseFactory(), LeaseFactory()
    assert first.number == f"L-{int(first.number[2:]):05}"
    assert int(second.number[2:]) == int(first.number[2:]) + 1


# --- companies, contacts, needs


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("company_name_given", {"name": " "}),
        ("company_slug_form", {"slug": "A B"}),
        ("company_ntn_shape", {"ntn": "3520212345671"}),
        ("company_secp_shape", {"secp_number": "12"}),
        ("company_pseb_shape", {"pseb_number": "a b"}),
        ("company_pseb_expiry_of_number", {"pseb_expiry_date": A_DAY}),
        ("company_kinds_known", {"activity": "farming"}),
        ("company_kinds_known", {"size_class": "huge"}),
        ("company_website_is_web", {"website": "javascript:alert(1)"}),
        ("company_logo_whole", {"logo_stem": "0" * 32}),
    ],
)
def test_the_database_refuses_a_company_that_cannot_be(constraint, change):
    company = CompanyFactory()
    refused_by(constraint, lambda: Company.objects.filter(pk=company.pk).update(**change))


@pytest.mark.parametrize(
    ("constraint", "one", "other"),
    [
        ("company_ntn_once", {"ntn": "1234567-8"}, {"ntn": "1234567"}),
        ("company_secp_once", {"secp_number": "0123456"}, {"secp_number": "0123456"}),
        ("company_pseb_once", {"pseb_number": "Z-1"}, {"pseb_number": "Z-1"}),
    ],
)
def test_a_number_belongs_to_one_company(constraint, one, other):
    CompanyFactory(**one)
    refused_by(constraint, lambda: CompanyFactory(**other))


def test_companies_without_numbers_do_not_meet():
    assert CompanyFactory().pk != CompanyFactory().pk


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("contact_name_given", {"name": " ", "email": "a@example.org"}),
        ("contact_can_be_reached", {"name": "Accounts"}),
        ("contact_phone_shape", {"name": "Accounts", "phone": "0300 1234567"}),
    ],
)
def test_the_database_refuses_a_contact_that_cannot_be(constraint, values):
    company = CompanyFactory()
    refused_by(constraint, lambda: CompanyContact.objects.create(company=company, **values))


def test_a_need_says_a_size_and_stays_as_sent():
    need = SpaceNeed.objects.create(
        city=CityFactory(), size_band="desks", form_token="6f0c7c1e-3c0c-4a8e-9b4d-0d6c5b3c1a10"
    )
    refused_by(
        "need_size_known",
        lambda: SpaceNeed.objects.create(
            city=need.city, size_band="moon", form_token="6f0c7c1e-3c0c-4a8e-9b4d-0d6c5b3c1a11"
        ),
    )
    with pytest.raises(Exception, match="need_as_sent"), transaction.atomic():
        SpaceNeed.objects.filter(pk=need.pk).update(size_band="up_to_500")
