"""Imports at their edges: what crosses chunks, what was taken back before, and what must neither be told nor kept."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stp_portal.kit.roles import PARK_MANAGER
from tenants.importing import engine, undo
from tenants.importing.kinds import KINDS
from tenants.models import Company, DistinctCompanies, ImportWrite, MergedCompany
from tests.factories import (
    CityFactory,
    CompanyFactory,
    ParkFactory,
    SuiteFactory,
    UserFactory,
)
from tests.importing import TODAY, applied, outcomes, reasons, reviewed, table_hashes
from tests.leases import line, offered

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LEASE = ["company", "park", "suite", "commencement_date", "signed_on", "rent_pkr"]


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of one row."""
    monkeypatch.setattr(engine, "CHUNK", 1)


def lapsed_offer(*suites):
    """An offer of `suites` whose deadline has passed."""
    lines = [line(suite, TODAY - 30 * DAY, None) for suite in suites]
    return offered(today=TODAY - 20 * DAY, deadline=TODAY - DAY, lines=lines)


def test_an_offer_that_lapsed_over_suites_of_two_chunks_is_set_aside_once_and_comes_back(small_chunks):
    park = ParkFactory()
    suites = [SuiteFactory(park=park, number=str(number)) for number in (101, 102)]
    company = CompanyFactory(name="Systems Ltd")
    offer = lapsed_offer(*suites)
    before = table_hashes()
    rows = [[company.name, park.code, suite.number, "2026-10-01", "2026-09-30", "1000"] for suite in suites]
    batch = applied("leases", LEASE, *rows)
    offer.refresh_from_db()
    assert offer.state == "lapsed"
    assert ImportWrite.objects.filter(batch=batch, model="tenants.lease", object_pk=offer.pk).count() == 1
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_an_offer_that_is_changed_and_set_aside_by_two_chunks_comes_back_whole(small_chunks):
    park = ParkFactory()
    suite = SuiteFactory(park=park, number="101")
    company = CompanyFactory(name="Systems Ltd")
    offer = lapsed_offer(suite)
    before = table_hashes()
    headings = [*LEASE, "number", "note"]
    batch = applied(
        "leases",
        headings,
        ["", "", "", "", "", "", offer.number, "seen"],
        [company.name, park.code, suite.number, "2026-10-01", "2026-09-30", "1000", "", ""],
    )
    offer.refresh_from_db()
    assert (offer.state, offer.note) == ("lapsed", "seen")
    undo.undo(batch, batch.created_by, TODAY)
    assert table_hashes() == before


def test_after_the_later_import_is_undone_the_earlier_one_can_be():
    before = table_hashes()
    headings = ["name", "ntn", "note"]
    first = applied("companies", headings, ["Arbisoft", "1111111-1", "a"])
    second = applied("companies", headings, ["Arbisoft", "1111111-1", "b"])
    undo.undo(second, second.created_by, TODAY)
    undo.undo(first, first.created_by, TODAY)
    assert table_hashes() == before


def test_a_free_web_name_is_found_behind_names_that_end_in_numbers():
    CompanyFactory(name="Other A", slug="park-51")
    CompanyFactory(name="Other B", slug="park-51-2")
    applied("companies", ["name"], ["Park 51"])
    assert Company.objects.get(name="Park 51").slug == "park-51-3"


def test_a_web_name_that_a_row_gives_is_not_given_to_another_row_of_the_chunk():
    applied("companies", ["name", "slug"], ["Arbisoft", ""], ["Arbisoft (Lahore)", "arbisoft"])
    assert set(Company.objects.values_list("slug", flat=True)) == {"arbisoft", "arbisoft-2"}


def test_a_park_manager_does_not_learn_that_another_park_has_a_web_name():
    ParkFactory(slug="secret-park", listed=False)
    mine = ParkFactory()
    manager = UserFactory(role=PARK_MANAGER, parks=[mine])
    taken = reviewed("parks", ["code", "slug"], [mine.code, "secret-park"], by=manager)
    free = reviewed("parks", ["code", "slug"], [mine.code, "no-such-park"], by=manager)
    assert reasons(taken) == reasons(free)
    assert outcomes(taken) == {2: "refused"}


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_cell_with_a_cnic_is_kept_or_told(kind):
    SuiteFactory(), CompanyFactory()
    for key, column in KINDS[kind].by_key.items():
        if column.derived:
            continue
        for cell in ("35202-9876543-1", "paid by 35202-9876543-1", "x" * 300 + " 35202-9876543-1", "۳۵۲۰۲-۹۸۷۶۵۴۳-۱"):
            batch = reviewed(kind, [key], [cell])
            row = batch.rows.get()
            assert row.outcome == "refused", (key, cell, row.changes)
            said = json.dumps([row.values, row.changes, row.problems, row.label, row.group], ensure_ascii=False)
            assert "9876543" not in said, (key, said)
            assert "۹۸۷۶۵۴۳" not in said, (key, said)


def test_a_former_name_does_not_make_the_merged_company_again():
    kept = CompanyFactory(name="Systems Limited")
    MergedCompany.objects.create(
        company=kept,
        former_id=999,
        name="Old Systems House",
        slug="old-systems-house",
        by=UserFactory(),
        reason="One firm.",
    )
    batch = reviewed("companies", ["name"], ["Old Systems House"])
    assert "Systems Limited" in str(reasons(batch))


def test_many_rows_of_one_lease_that_disagree_are_told_in_few_words():
    park = ParkFactory()
    suite = SuiteFactory(park=park)
    company = CompanyFactory()
    rows = [
        [
            "-x",
            company.name,
            park.code,
            suite.number,
            (dt.date(1990, 1, 1) + number * DAY).isoformat(),
            (dt.date(1990, 1, 1) + number * DAY).isoformat(),
        ]
        for number in range(400)
    ]
    batch = reviewed("leases", ["number", "company", "park", "suite", "commencement_date", "signed_on"], *rows)
    assert max(len(str(row.problems)) for row in batch.rows.all()) < 1500


def test_two_suites_of_a_number_whose_new_days_would_meet_are_told_by_the_review(small_chunks):
    park, years = ParkFactory(), [dt.date(year, 1, 1) for year in (2030, 2032, 2035)]
    SuiteFactory(park=park, number="101", withdrawn_from=years[0])
    SuiteFactory(park=park, number="101", in_service_from=years[1], withdrawn_from=years[2])
    batch = reviewed(
        "suites",
        ["park", "number", "in_service_from", "withdrawn_from"],
        [park.code, "101", "", "2031-06-01"],
        [park.code, "101", "2031-03-01", "2035-01-01"],
    )
    assert outcomes(batch) == {2: "changed", 3: "refused"}
    assert "Row 2" in str(reasons(batch))
    assert engine.apply(batch, "good", batch.created_by, TODAY).ok


def test_a_form_that_only_the_database_would_check_is_told_without_trying_each_row():
    rows = [[f"Firm {number}", f"UP_{number}"] for number in range(40)]
    with CaptureQueriesContext(connection) as queries:
        batch = reviewed("companies", ["name", "slug"], *rows)
    assert batch.rows_refused == 40
    assert not [query for query in queries if 'INSERT INTO "tenants_company"' in query["sql"]]


def test_a_mark_that_two_companies_are_not_the_same_is_named_as_in_the_way():
    batch = applied("companies", ["name"], ["Arbisoft"])
    made, other = Company.objects.get(), CompanyFactory()
    first, second = sorted((made, other), key=lambda company: company.pk)
    mark = DistinctCompanies.objects.create(first=first, second=second, by=UserFactory())
    with pytest.raises(undo.InTheWay) as refused:
        undo.undo(batch, batch.created_by, TODAY)
    assert [(each.row, each.model, each.pk) for each in refused.value.blockers] == [
        (2, "tenants.distinctcompanies", mark.pk)
    ]


def test_a_number_of_one_company_beside_the_name_of_another_renames_nobody():
    CompanyFactory(name="Arbisoft", ntn="1111111-1")
    CompanyFactory(name="Systems Limited", ntn="2222222-2")
    batch = reviewed("companies", ["name", "ntn"], ["Systems Limited", "1111111-1"], ["Arbisoft Limited", "1111111-1"])
    assert "Arbisoft" in str(reasons(batch)[2])
    alone = reviewed("companies", ["name", "ntn"], ["Arbisoft Limited", "1111111-1"])
    assert outcomes(alone) == {2: "changed"}


def test_a_park_of_the_same_name_in_another_city_is_not_moved_there():
    park, city = ParkFactory(name="Software Park"), CityFactory()
    headings = ["name", "city", "programme"]
    rows = [["Software Park", city.name, "pseb"], ["Software Park", park.city.name, "pseb"]]
    batch = reviewed("parks", headings, *rows)
    assert outcomes(batch) == {2: "refused", 3: "unchanged"}
    assert str(park.city) in str(reasons(batch))
    moved = reviewed("parks", ["code", "city"], [park.code, city.name])
    assert outcomes(moved) == {2: "changed"}
