"""Two imports at once, and an import beside the work of staff: one after the other, and never what nobody reviewed."""

import threading

import pytest
from django.db import connection, transaction

from stp_portal.kit.roles import LETTINGS_OFFICER
from tenants.actions.errors import Refused
from tenants.importing import engine
from tenants.models import Company, ImportBatch, ImportWrite
from tests.factories import CompanyFactory, UserFactory
from tests.importing import TODAY, changes, outcomes, reasons, reviewed

HEADINGS = ["name", "ntn", "note"]


def at_once(*steps):
    """Run the steps in threads that begin together; returns what each gave back or raised."""
    found = [None] * len(steps)
    line = threading.Barrier(len(steps))

    def run(place, step):
        try:
            line.wait()
            found[place] = step()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.mark.django_db(transaction=True)
def test_one_import_applied_twice_at_once_is_applied_once():
    by = UserFactory(role=LETTINGS_OFFICER)
    batch = reviewed("companies", HEADINGS, ["Arbisoft", "1111111-1", ""], by=by)
    found = at_once(*[lambda: engine.apply(batch, "all", by, TODAY)] * 3)
    assert sum(isinstance(each, engine.Applied) and each.ok for each in found) == 1
    assert sum(isinstance(each, Refused) for each in found) == 2
    assert (Company.objects.count(), ImportWrite.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_of_the_same_rows_at_once_the_second_shows_that_nothing_is_left():
    by = UserFactory(role=LETTINGS_OFFICER)
    batches = [reviewed("companies", HEADINGS, ["Arbisoft", "1111111-1", "x"], by=by) for _ in range(2)]
    found = at_once(*[lambda batch=batch: engine.apply(batch, "all", by, TODAY) for batch in batches])
    assert sorted((each.ok, each.changed_since_review) for each in found) == [(False, True), (True, False)]
    assert Company.objects.count() == 1
    late = ImportBatch.objects.get(state="reviewed")
    assert outcomes(late) == {2: "unchanged"}
    assert (late.rows_new, late.rows_unchanged) == (0, 1)


@pytest.mark.django_db
def test_what_changed_since_the_review_stops_the_application_and_shows_the_new_difference():
    company = CompanyFactory(name="Arbisoft", note="one")
    batch = reviewed("companies", HEADINGS, ["Arbisoft", "", "three"], ["Netsol", "", ""])
    assert changes(batch)[2] == [("Note of staff", "one", "three")]
    company.note = "two"
    company.save()
    done = engine.apply(batch, "all", batch.created_by, TODAY)
    assert (done.ok, done.changed_since_review) == (False, True)
    assert changes(batch)[2] == [("Note of staff", "two", "three")]
    assert (Company.objects.count(), ImportWrite.objects.count()) == (1, 0)
    batch.refresh_from_db()
    assert engine.apply(batch, "all", batch.created_by, TODAY).ok
    assert Company.objects.get(pk=company.pk).note == "three"


@pytest.mark.django_db
def test_a_number_taken_since_the_review_is_refused_with_its_row():
    company = CompanyFactory(name="Arbisoft")
    batch = reviewed("companies", ["slug", "name", "ntn"], [company.slug, "", "1111111-1"], ["", "Netsol", ""])
    assert outcomes(batch) == {2: "changed", 3: "new"}
    CompanyFactory(name="Other", ntn="1111111")
    assert not engine.apply(batch, "good", batch.created_by, TODAY).ok
    assert reasons(batch) == {2: [("ntn", "This belongs to another company: Other.")]}
    batch.refresh_from_db()
    with pytest.raises(Refused):
        engine.apply(batch, "all", batch.created_by, TODAY)
    assert engine.apply(batch, "good", batch.created_by, TODAY).ok
    assert set(Company.objects.values_list("name", "ntn")) == {("Arbisoft", ""), ("Other", "1111111"), ("Netsol", "")}


@pytest.mark.django_db(transaction=True)
def test_an_import_that_waits_for_staff_too_long_says_so_and_writes_nothing():
    by = UserFactory(role=LETTINGS_OFFICER)
    company = CompanyFactory(name="Arbisoft", note="")
    batch = reviewed("companies", HEADINGS, ["Arbisoft", "", "x"], ["Netsol", "", ""], by=by)
    held, done = threading.Event(), threading.Event()

    def edit():
        try:
            with transaction.atomic():
                Company.objects.select_for_update().get(pk=company.pk)
                held.set()
                done.wait(30)
        finally:
            connection.close()

    staff = threading.Thread(target=edit)
    staff.start()
    held.wait(30)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(Refused, match="Nothing was written"):
            engine.apply(batch, "all", by, TODAY)
    finally:
        done.set()
        staff.join()
        connection.close()
    assert (Company.objects.count(), ImportBatch.objects.get().state) == (1, "reviewed")
