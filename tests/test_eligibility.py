"""The checklist of eligibility: each line, on the day of the decision."""

import datetime as dt

import pytest

from tenants.eligibility import checklist
from tests.applications import ApplicationFactory, paper_of
from tests.factories import ParkFactory, UserFactory

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 11, 20)
NUMBERS = {"secp_number": "0123456", "ntn": "1234567-8", "pseb_number": "Z-25-12345/26"}


def lines(application, on=ON):
    return {check.key: check for check in checklist(application, on)}


def good(application, kind, valid_until=None):
    return paper_of(
        application,
        kind,
        content=f"%PDF-{kind}-{valid_until}".encode(),
        finding="good",
        found_by=UserFactory(),
        found_on=ON,
        valid_until=valid_until,
    )


def test_nothing_given_is_missing():
    states = {key: check.state for key, check in lines(ApplicationFactory()).items()}
    assert states == {
        "incorporation": "missing",
        "ntn": "missing",
        "pseb": "missing",
        "profile": "missing",
        "activity": "ok",
    }


def test_all_accepted_and_valid_is_in_order():
    application = ApplicationFactory(**NUMBERS, pseb_expiry_date=ON)
    for kind in ("incorporation", "ntn", "pseb", "profile"):
        good(application, kind)
    assert all(check.is_ok for check in checklist(application, ON))


def test_a_registration_ends_after_its_last_day():
    application = ApplicationFactory(**NUMBERS, pseb_expiry_date=ON)
    good(application, "pseb")
    assert lines(application, ON)["pseb"].state == "ok"
    after = lines(application, ON + dt.timedelta(days=1))["pseb"]
    assert (after.state, after.valid_until) == ("expired", ON)
    assert "Ran out on 20 November 2026" in after.why


def test_the_last_day_of_the_newest_accepted_paper_wins_over_what_was_typed():
    application = ApplicationFactory(**NUMBERS, pseb_expiry_date=dt.date(2030, 1, 1))
    good(application, "pseb", dt.date(2025, 6, 30))
    assert lines(application)["pseb"].state == "expired"
    good(application, "pseb", dt.date(2027, 6, 30))
    check = lines(application)["pseb"]
    assert (check.state, check.valid_until) == ("ok", dt.date(2027, 6, 30))
    assert "as the paper says" in check.why


def test_a_paper_that_nobody_looked_at_is_told_and_does_not_count():
    application = ApplicationFactory(**NUMBERS)
    paper_of(application, "ntn", valid_until=dt.date(2020, 1, 1))
    check = lines(application)["ntn"]
    assert (check.state, check.valid_until) == ("not_looked_at", None)


def test_a_paper_that_was_not_accepted_is_as_none():
    application = ApplicationFactory(**NUMBERS)
    paper_of(application, "ntn", finding="bad", finding_reason="Blurred.", found_by=UserFactory(), found_on=ON)
    check = lines(application)["ntn"]
    assert check.state == "missing"
    assert "not accepted" in check.why


def test_an_expired_number_is_expired_with_and_without_its_paper():
    application = ApplicationFactory(**NUMBERS, ntn_expiry_date=dt.date(2026, 1, 1))
    assert lines(application)["ntn"].state == "expired"


def test_a_paper_that_is_needed_by_itself_can_expire():
    application = ApplicationFactory()
    good(application, "profile", dt.date(2026, 1, 1))
    assert lines(application)["profile"].state == "expired"


def test_a_paper_that_was_asked_for_beside_the_needed_ones_is_missing():
    application = ApplicationFactory(state="needs_paper")
    request = application.requests.create(kind="bank", asked_by=UserFactory(), due_on=ON)
    assert lines(application)[f"asked {request.pk}"].state == "missing"


def test_an_activity_of_no_name_is_for_people_to_judge():
    assert lines(ApplicationFactory(activity="other"))["activity"].state == "unknown"


@pytest.mark.parametrize(("women", "state"), [(None, "unknown"), (3, "unknown"), (12, "ok")])
def test_a_park_for_women_only_asks_who_will_work_there(women, state):
    park = ParkFactory(women_only=True)
    application = ApplicationFactory(choices=[park], team_size=12, women_staff=women)
    check = lines(application)["women_only"]
    assert check.state == state
    assert park.name in check.label
    application.choices.update(withdrawn_on=ON)
    assert "women_only" not in lines(application)


def test_another_open_application_of_the_firm_is_told():
    one = ApplicationFactory(ntn="1234567-8")
    ApplicationFactory(ntn="1234567-8", state="withdrawn")
    other = ApplicationFactory(ntn="1234567-8")
    assert other.reference in lines(one)["double"].why
    assert "double" not in lines(ApplicationFactory(ntn="7654321-8"))


def test_the_number_of_queries_is_constant(django_assert_num_queries):
    application = ApplicationFactory(**NUMBERS, choices=[ParkFactory(women_only=True), ParkFactory(women_only=True)])
    for kind in ("incorporation", "ntn", "pseb", "profile", "bank"):
        good(application, kind)
        ApplicationFactory(ntn="1234567-8")
    with django_assert_num_queries(4):
        checklist(application, ON)
