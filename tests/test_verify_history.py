"""Whatever is done to the history after a day was sealed, `verify_history` names the first day that differs."""

import datetime as dt
import io

import pghistory
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from parks import digest_file, sealing
from parks.models import City, HistoryCheck, SealedDay
from tests.factories import CityFactory, ParkFactory
from tests.past import move_events

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)
FIRST, SECOND, THIRD = TODAY - 3 * DAY, TODAY - 2 * DAY, TODAY - DAY


def at(day, hour):
    """A moment of a day in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def as_superuser(statement, params=()):
    """SQL of somebody whom no trigger and no key hinders."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, params)
        changed = cursor.rowcount
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert changed


def said(*args, **options):
    """What the command says when all agrees."""
    out = io.StringIO()
    call_command("verify_history", *args, stdout=out, **options)
    return out.getvalue()


def named(*args):
    """What the command refuses with; its exit status is checked to be 1."""
    with pytest.raises(CommandError) as refused:
        call_command("verify_history", *args, stdout=io.StringIO())
    assert refused.value.returncode == 1
    return str(refused.value)


@pytest.fixture
def sealed():
    """Three sealed days: two events, one with a reason, one."""
    cities = []
    for day, name in ((FIRST, "One"), (FIRST, "Two"), (SECOND, "Three"), (THIRD, "Four")):
        with pghistory.context(reason=f"Because of {name}", user=7):
            cities.append(CityFactory(name=name))
        move_events(City, cities[-1].pk, at(day, 12))
    sealing.seal_due(at(TODAY, 2))
    assert [row.events for row in SealedDay.objects.order_by("day")] == [2, 1, 1]
    return cities


def test_before_the_first_digest_there_is_nothing_to_compare():
    CityFactory()

    assert "nothing to compare" in said() and not HistoryCheck.objects.exists()


def test_days_that_nobody_touched_agree(sealed):
    CityFactory(name="Later")

    assert said() == f"All 3 sealed days from {FIRST} to {THIRD} agree: 4 events.\n"
    check = HistoryCheck.objects.get()
    assert (check.days, check.events, check.differs, check.why) == (3, 4, None, "")


ATTACKS = {
    "a value edited": "UPDATE parks_cityevent SET name = 'Five' WHERE name = 'Three'",
    "a label edited": "UPDATE parks_cityevent SET pgh_label = 'update' WHERE name = 'Three'",
    "the row it is of": "UPDATE parks_cityevent SET pgh_obj_id = pgh_obj_id + 1 WHERE name = 'Three'",
    "deleted": "DELETE FROM parks_cityevent WHERE name = 'Three'",
    "moved within its day": "UPDATE parks_cityevent SET pgh_created_at = pgh_created_at + interval '1 microsecond' "
    "WHERE name = 'Three'",
    "moved to another day": "UPDATE parks_cityevent SET pgh_created_at = now() WHERE name = 'Three'",
    "a reason edited": "UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{reason}', '\"Other\"') "
    "WHERE metadata->>'reason' = 'Because of Three'",
    "a person edited": "UPDATE pghistory_context SET metadata = jsonb_set(metadata, '{user}', '8') "
    "WHERE metadata->>'reason' = 'Because of Three'",
    "a context deleted": "DELETE FROM pghistory_context WHERE metadata->>'reason' = 'Because of Three'",
    "a context taken off": "UPDATE parks_cityevent SET pgh_context_id = NULL WHERE name = 'Three'",
    "the digest edited": "UPDATE parks_sealedday SET digest = repeat('0', 64) WHERE day = current_date - 2",
    "the count edited": "UPDATE parks_sealedday SET events = 2 WHERE events = 1",
    "the chain edited": "UPDATE parks_sealedday SET previous = repeat('0', 64) WHERE day = %s",
    "the digest deleted": "DELETE FROM parks_sealedday WHERE day = %s",
    "a column left out": "UPDATE parks_sealedday SET columns = columns #- '{parks_cityevent,3}' WHERE day = %s",
    "a table left out": "UPDATE parks_sealedday SET columns = columns - 'parks_cityevent' WHERE day = %s",
    "columns that are none": "UPDATE parks_sealedday SET columns = '[1]' WHERE day = %s",
    "columns with SQL": "UPDATE parks_sealedday SET columns = jsonb_build_object("
    "'parks_cityevent', jsonb_build_array('x\" FROM pg_sleep(9) --')) WHERE day = %s",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_first_day_that_differs_is_named(sealed, attack):
    statement = ATTACKS[attack].replace("current_date - 2", "%s")
    as_superuser(statement, [SECOND] if "%s" in statement else [])

    assert f"from {SECOND} on" in named()
    check = HistoryCheck.objects.get()
    assert (check.differs, check.days) == (SECOND, 1)


SLIPPED = "UPDATE parks_{}event SET pgh_created_at = %s WHERE pgh_obj_id = %s"


@pytest.mark.parametrize("model", ["city", "park"])
def test_an_event_slipped_into_a_sealed_day_is_named(sealed, model):
    pk = (CityFactory if model == "city" else ParkFactory)().pk
    as_superuser(SLIPPED.format(model), [at(SECOND, 13), pk])

    assert f"from {SECOND} on" in named()


def test_an_event_before_the_first_sealed_day_is_named(sealed):
    move_events(City, CityFactory().pk, at(FIRST - 9 * DAY, 1))

    assert f"from {FIRST - 9 * DAY} on" in named()


def test_two_events_that_change_places_are_named(sealed):
    as_superuser(
        "UPDATE parks_cityevent SET pgh_id = CASE name WHEN 'One' THEN 1000002 ELSE 1000001 END"
        " WHERE name IN ('One', 'Two')"
    )

    assert f"from {FIRST} on" in named()


def test_an_emptied_table_is_named_by_the_first_day_that_had_an_event(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE parks_cityevent")

    assert f"from {FIRST} on" in named() and "2 events and has 0" in named()


def test_digests_made_anew_over_an_edited_history_still_differ_from_the_file(sealed):
    as_superuser("UPDATE parks_cityevent SET name = 'Five' WHERE name = 'Three'")
    as_superuser("DELETE FROM parks_sealedday WHERE day >= %s", [SECOND])
    kept = digest_file.path().read_text()
    for day in (SECOND, THIRD):
        sealing.seal(day)

    assert digest_file.path().read_text() == kept
    assert f"from {SECOND} on" in named() and "in the table and the one in the file differ" in named()


def test_emptied_digests_are_named_by_the_file(sealed):
    as_superuser("DELETE FROM parks_sealedday")

    assert f"from {FIRST} on" in named() and "table has no digest" in named()


# --- the file


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_line_that_is_missing_is_named(sealed, number):
    place = digest_file.path()
    lines = place.read_text().splitlines(keepends=True)
    place.write_text("".join(line for index, line in enumerate(lines) if index != number))

    assert f"from {(FIRST, SECOND, THIRD)[number]} on" in named() and "the file has no line" in named()


def test_a_missing_file_is_named_by_the_first_day(sealed):
    digest_file.path().unlink()

    assert f"from {FIRST} on" in named()


@pytest.mark.parametrize(
    "text", ["rubbish\nmore\n", "2026-02-30 " + "0" * 64 + " 1\n", "2026-02-03 " + "0" * 63 + " 1\n", "\x00\xff\n"]
)
def test_a_file_that_is_none_is_refused_in_words(sealed, text):
    digest_file.path().write_text(text, encoding="latin-1")

    assert "line 1 of the file cannot be read" in named()


def test_two_lines_of_one_day_that_differ_are_refused(sealed):
    with digest_file.path().open("a") as file:
        file.write(f"{SECOND} {'0' * 64} 1\n")

    assert f"two lines for {SECOND}" in named()


def test_a_copy_is_compared_for_the_days_that_it_has(sealed, tmp_path):
    copy = tmp_path / "mail.txt"
    copy.write_text(digest_file.path().read_text().splitlines()[1] + "\n")

    assert f"All 1 sealed days from {SECOND} to {SECOND}" in said(file=copy)
    as_superuser("UPDATE parks_cityevent SET name = 'Five' WHERE name = 'Three'")
    as_superuser("DELETE FROM parks_sealedday WHERE day >= %s", [SECOND])
    digest_file.path().write_text("")
    for day in (SECOND, THIRD):
        digest_file.append(sealing.seal(day))
    with pytest.raises(CommandError, match=f"from {SECOND} on"):
        said(file=copy)


def test_a_copy_that_is_empty_or_not_there_is_refused(sealed, tmp_path):
    (tmp_path / "empty.txt").write_text("")

    with pytest.raises(CommandError, match="no line"):
        said(file=tmp_path / "empty.txt")
    with pytest.raises(CommandError, match="no file") as refused:
        said(file=tmp_path / "none.txt")
    assert refused.value.returncode == 2


def test_from_a_day_on_the_days_before_are_not_read(sealed):
    as_superuser("UPDATE parks_cityevent SET name = 'Five' WHERE name = 'One'")

    assert f"from {FIRST} on" in named()
    assert f"All 2 sealed days from {SECOND} to {THIRD}" in said("--from", SECOND.isoformat())
    with pytest.raises(CommandError, match="a day like"):
        said("--from", "30 February")


def test_each_day_is_told_when_that_is_asked_for(sealed):
    assert f"{SECOND} agrees: 1 events" in said(verbosity=2)


# --- migrations


def test_a_column_added_later_changes_no_day_and_goes_into_the_next(sealed, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE parks_cityevent ADD COLUMN motto text NOT NULL DEFAULT 'none'")
    wider = {**sealing.event_tables()}
    wider["parks_cityevent"] = sorted([*wider["parks_cityevent"], "motto"])
    monkeypatch.setattr(sealing, "event_tables", lambda: wider)
    move_events(City, City.objects.get(name="Four").pk, at(THIRD, 12))

    assert "All 3 sealed days" in said()
    sealing.seal_due(at(TODAY + DAY, 3))
    assert "All 4 sealed days" in said() and "motto" in SealedDay.objects.first().columns["parks_cityevent"]


def test_a_column_that_went_is_named(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE parks_cityevent DROP COLUMN aliases")

    assert "parks_cityevent has no column aliases any more" in named()


def test_a_day_of_many_events_is_read_in_steps(sealed, monkeypatch):
    monkeypatch.setattr(sealing, "STEP", 1)

    assert "agree: 4 events" in said()


def test_comparing_changes_nothing_but_its_own_record(sealed):
    with transaction.atomic():
        before = list(SealedDay.objects.values()), digest_file.path().read_text()
        said()
    assert before == (list(SealedDay.objects.values()), digest_file.path().read_text())
    assert HistoryCheck.objects.count() == 1
