"""Each day of the history is sealed once, in order, in the table, in the file and by mail."""

import datetime as dt
import hashlib
import stat
from pathlib import Path

import pghistory
import pytest
from django.db import InternalError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from parks import digest_file, sealing
from parks.models import City, HistoryCheck, SealedDay
from tenants import due
from tenants.models import JobRun, Mail
from tests.factories import CityFactory
from tests.past import move_events

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = dt.timedelta(days=1)


def at(day, hour, minute=0):
    """A moment of a day in Karachi."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


def days():
    return list(SealedDay.objects.order_by("day").values_list("day", flat=True))


def three_days():
    """Three days of history before today, the middle one without an event."""
    first, second = CityFactory(name="First"), CityFactory(name="Second")
    move_events(City, first.pk, at(TODAY - 3 * DAY, 23, 59))
    move_events(City, second.pk, at(TODAY - DAY, 0))


def test_every_day_from_the_first_event_on_is_sealed_also_one_without_events():
    three_days()

    made = sealing.seal_due(at(TODAY, 2))

    assert days() == [TODAY - 3 * DAY, TODAY - 2 * DAY, TODAY - DAY]
    assert [row.events for row in made] == [1, 0, 1]
    assert [row.previous for row in made] == ["", made[0].digest, made[1].digest]
    assert len({row.digest for row in made}) == 3


def test_a_day_is_not_sealed_before_two_hours_have_passed_and_today_never():
    three_days()
    CityFactory(name="Today")

    sealing.seal_due(at(TODAY, 1, 59))

    assert days() == [TODAY - 3 * DAY, TODAY - 2 * DAY]
    sealing.seal_due(at(TODAY, 2))
    sealing.seal_due(at(TODAY, 23, 59))
    assert days()[-1] == TODAY - DAY


def test_nothing_is_sealed_of_a_history_without_events():
    assert sealing.seal_due() == [] and not digest_file.path().exists()


def test_the_digest_is_of_the_lines_as_they_were_written_down_for_whoever_wants_to_compute_it_alone():
    three_days()
    row = sealing.seal_due(at(TODAY, 2))[0]
    columns = row.columns["parks_cityevent"]
    statement = (
        "SET LOCAL TIME ZONE 'UTC'; SELECT json_build_array('parks_cityevent', row_to_json((SELECT r FROM (SELECT {}) r"
        ")), NULL)::text FROM parks_cityevent ORDER BY pgh_created_at LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.format(", ".join(columns)))
        (line,) = cursor.fetchone()
    head = sealing.head_of(row.day, "", row.columns)

    assert row.digest == hashlib.sha256(f"{head}\n{line}\n".encode()).hexdigest()


@pytest.mark.parametrize(
    "setting", ["TIME ZONE 'America/New_York'", "datestyle = 'German'", "intervalstyle = 'iso_8601'"]
)
def test_the_digest_hangs_on_no_setting_of_the_connection(setting):
    three_days()
    row = sealing.seal_due(at(TODAY, 2))[0]
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting}")

    assert sealing.digest_of(row.day, "", row.columns) == (row.digest, 1)


def test_the_file_has_a_line_for_each_day_and_is_for_the_portals_user_alone():
    three_days()
    made = sealing.seal_due(at(TODAY, 2))

    place = Path(digest_file.path())
    assert place.read_text().splitlines() == [f"{row.day.isoformat()} {row.digest} {row.events}" for row in made]
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_the_file_is_only_added_to():
    three_days()
    place = digest_file.path()
    place.write_text("2001-01-01 " + "0" * 64 + " 7\n")

    sealing.seal_due(at(TODAY, 2))

    lines = place.read_text().splitlines()
    assert lines[0] == "2001-01-01 " + "0" * 64 + " 7" and len(lines) == 1 + len(days())


def test_a_run_that_was_killed_before_it_wrote_the_line_is_made_good_by_the_next(monkeypatch):
    three_days()
    monkeypatch.setattr(digest_file, "append", _killed)
    with pytest.raises(KeyboardInterrupt):
        sealing.seal_due(at(TODAY, 2))
    monkeypatch.undo()
    assert len(days()) == 1 and digest_file.read() == []

    sealing.seal_due(at(TODAY, 2))

    assert [line.day for line in digest_file.read()] == days() == [TODAY - 3 * DAY, TODAY - 2 * DAY, TODAY - DAY]


def _killed(row):
    raise KeyboardInterrupt


def test_a_torn_last_line_is_written_again_and_read_once():
    three_days()
    sealing.seal_due(at(TODAY, 2))
    place = digest_file.path()
    place.write_text(place.read_text()[:-20])

    torn = SealedDay.objects.first()
    digest_file.append(torn)

    assert digest_file.read()[-1] == digest_file.line_of(torn) and len(digest_file.read()) == 3


def test_lines_that_somebody_took_away_are_not_quietly_written_again():
    three_days()
    sealing.seal_due(at(TODAY, 2))
    digest_file.path().unlink()

    with pytest.raises(digest_file.DigestFileError, match=(TODAY - 3 * DAY).isoformat()):
        sealing.seal_due(at(TODAY + DAY, 2))

    # The new day is sealed and written all the same.
    assert [line.day for line in digest_file.read()] == [TODAY]


def test_a_day_waits_for_a_command_that_began_on_it_and_still_writes():
    with pghistory.context(reason="a long one"):
        city = CityFactory()
    move_events(City, city.pk, at(TODAY - DAY, 23))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pghistory_context SET created_at = %s, updated_at = %s", [at(TODAY - DAY, 23), at(TODAY, 1)]
        )

    assert sealing.seal_due(at(TODAY, 2, 30)) == []
    assert len(sealing.seal_due(at(TODAY, 3, 1))) == 1


def test_a_sealed_day_is_sealed_once():
    three_days()
    sealing.seal_due(at(TODAY, 2))

    assert sealing.seal(TODAY - DAY) is None and sealing.seal_due(at(TODAY, 3)) == []


@pytest.mark.parametrize("table", ["parks_sealedday", "parks_historycheck"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET events = 0", "DELETE FROM {}"])
def test_a_digest_and_a_comparison_stay_as_they_were_written(table, statement):
    three_days()
    due.run(only=["history sealed", "history compared"])

    with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


# --- the timed work


def ran(*only):
    """The runs of these jobs."""
    return due.run(only=only or ["history sealed", "history compared"])


def test_the_timed_work_seals_and_compares_and_says_how_many_days():
    three_days()

    sealed, compared = ran()

    assert sealed.ok and compared.ok and int(sealed.result) == len(days()) == int(compared.result)
    assert HistoryCheck.objects.get().sealed_to == days()[-1]


def test_each_night_is_compared_once():
    three_days()
    ran()
    ran()

    assert HistoryCheck.objects.count() == 1


def test_a_day_that_differs_makes_the_timed_work_fail_and_is_named():
    three_days()
    ran("history sealed")
    digest_file.path().write_text("")

    (run,) = ran("history compared")

    assert not run.ok and days()[0].isoformat() in run.error
    assert HistoryCheck.objects.get().differs == days()[0]


def test_a_file_that_cannot_be_written_makes_the_timed_work_fail(settings, tmp_path):
    three_days()
    (tmp_path / "in the way").write_text("")
    settings.HISTORY_DIGEST_FILE = tmp_path / "in the way" / "digests.txt"

    (run,) = ran("history sealed")

    assert not run.ok and JobRun.objects.filter(ok=False).count() == 1


@override_settings(HISTORY_DIGEST_TO="audit@example.org")
def test_the_digests_are_mailed_once_each_to_the_address_that_is_set():
    three_days()
    ran()
    ran()

    mail = Mail.objects.get(kind="digest")
    assert mail.to == "audit@example.org" and mail.application is None
    for line in digest_file.read():
        assert str(line) in mail.body


def test_what_was_sealed_before_an_address_was_set_is_mailed_with_the_next_run(settings, monkeypatch):
    three_days()
    ran()
    assert not Mail.objects.exists()
    settings.HISTORY_DIGEST_TO = "audit@example.org"
    monkeypatch.setattr(due, "MOST_DIGESTS", 2)

    ran()

    assert Mail.objects.filter(kind="digest").count() == -(-len(days()) // 2)
    ran()
    assert Mail.objects.filter(kind="digest").count() == -(-len(days()) // 2)
