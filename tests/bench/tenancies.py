"""Suites, companies, leases and their history by the thousand, written by SQL alone on a generated register.

Every figure is a hash of the row's place, so that the same size is the same each day but for the days, which
are told from today. The rows are marked as a demonstration, since only those may be written whole.
"""

# ruff: noqa: S608 - only constants and counts are put together

from django.db import connection, models, transaction

from parks.models import Suite
from tenants.models import Lease, Letting, LettingRate

# Days from one letting of a suite to the next, and of each letting at least.
SPACING, SHORTEST = 420, 370


def chance(key, of):
    """SQL: a number from 0 below `of` that belongs to `key`."""
    return f"mod(hashint8(({key})::bigint) & 2147483647, ({of})::int)"


# The first park has %(largest)s suites, the others share the rest as evenly as it goes.
SUITES = f"""
    WITH numbered AS (
      SELECT id, row_number() OVER (ORDER BY ref) AS place, count(*) OVER () - 1 AS others FROM parks_park),
    sized AS (
      SELECT id, place, CASE WHEN place = 1 THEN %(largest)s ELSE (%(suites)s - %(largest)s) / others
        + (place - 1 <= (%(suites)s - %(largest)s) %% others)::int END AS suites FROM numbered),
    each AS (SELECT id AS park_id, n, place * 100000 + n AS k, suites FROM sized, generate_series(0, suites - 1) n)
    INSERT INTO parks_suite (park_id, floor, position, number, kind, hall, lettable_area_sqft, seats, fit_out,
      rent_basis, rent_pkr, service_charge_pkr, in_service_from, demo)
    SELECT park_id, n / 25, n %% 25 + 1, (n / 25) || '-' || lpad((n %% 25 + 1)::text, 2, '0'), 'suite', '',
      (30 + {chance("k", 370)}) * 10, CASE WHEN {chance("k + 1", 10)} < 8 THEN 4 + {chance("k", 60)} END,
      (ARRAY['raw', 'warm_shell', 'plug_and_play', 'plug_and_play'])[1 + {chance("k + 2", 4)}],
      CASE WHEN {chance("k + 3", 10)} < 9 THEN 'per_sqft' ELSE '' END,
      CASE WHEN {chance("k + 3", 10)} < 9 THEN 50 + {chance("k + 4", 120)} END,
      CASE WHEN {chance("k + 5", 10)} < 9 THEN (30 + {chance("k", 370)}) * 120 END,
      %(today)s::date - 5000, true
    FROM each ORDER BY park_id, n
"""
COMPANIES = f"""
    INSERT INTO tenants_company (name, name_ur, slug, secp_number, ntn, pseb_number, activity, size_class, website,
      public_listing, logo_stem, logo_widths, note, demo)
    SELECT 'Demonstration firm ' || lpad(n::text, 6, '0'), '', 'demonstration-firm-' || n, '', '', '',
      (ARRAY['software', 'it_services', 'call_centre', 'bpo'])[1 + {chance("n", 4)}], 'up_to_20', '',
      {chance("n", 10)} < 6, '', '{{}}', '', true
    FROM generate_series(1, greatest(3, %(suites)s * 3 / 4)) n
"""
# Two suites of three are let today; one in forty of the others is held over, one in twenty has an offer.
PLAN = f"""
    CREATE TEMP TABLE plan AS
    WITH placed AS (SELECT id, park_id, row_number() OVER (ORDER BY id) AS k FROM parks_suite),
    ending AS (SELECT *, {chance("k", 100)} < 66 AS is_let, %(today)s::date + CASE WHEN {chance("k", 100)} < 66
      THEN 30 + {chance("k + 6", 330)} ELSE -5 - {chance("k + 7", 400)} END AS ends FROM placed),
    terms AS (SELECT *, ends - j * {SPACING} AS expiry, ends - j * {SPACING} - {SHORTEST} + 1
      - {chance("k * 100 + j", 30)} AS commencement FROM ending, generate_series(0, %(lettings)s - 1) j)
    SELECT nextval(pg_get_serial_sequence('tenants_lease', 'id')) AS lease_id, x.* FROM (
      SELECT id AS suite_id, park_id, k * 100 + j AS k, 'signed' AS state, commencement, expiry,
        CASE WHEN expiry < %(today)s::date AND NOT (j = 0 AND {chance("k + 8", 40)} = 0) THEN expiry END AS vacated
      FROM terms
      UNION ALL
      SELECT id, park_id, k * 100 + 99, 'offered', %(today)s::date + 10, %(today)s::date + 374, NULL
      FROM ending WHERE NOT is_let AND {chance("k + 9", 20)} = 0
      ORDER BY commencement, suite_id) x
"""
LEASES = f"""
    INSERT INTO tenants_lease (id, company_id, park_id, state, state_reason, offered_on, offer_deadline, accepted_on,
      accepted_by_link, deed_on_file, signed_on, signatory_company, signatory_lessor, permitted_use, deposit_pkr,
      notice_months, escalation_percent, escalation_months, registration_number, vacated_on, note, demo)
    SELECT lease_id, c.first + {chance("k", "c.number")}, park_id, state, '', commencement - 40, commencement - 5,
      CASE WHEN state = 'signed' THEN commencement - 20 END, false, state = 'signed',
      CASE WHEN state = 'signed' THEN commencement - 10 END, '', '', '', 300000, 2, 10, 12, '', vacated, '', true
    FROM plan, (SELECT min(id) AS first, count(*) AS number FROM tenants_company) c ORDER BY lease_id
"""
LETTINGS = """
    INSERT INTO tenants_letting (lease_id, lease_state, park_id, suite_id, commencement_date, expiry_date, rent_basis)
    SELECT lease_id, state, park_id, suite_id, commencement, expiry, 'fixed' FROM plan ORDER BY lease_id
"""
RATES = f"""
    INSERT INTO tenants_lettingrate (letting_id, from_date, rent_pkr, service_charge_pkr)
    SELECT t.id, t.commencement_date + step * 365, (50000 + {chance("t.id", 200000)}) * (10 + step) / 10, 5000
    FROM tenants_letting t, generate_series(0, 1) step WHERE t.commencement_date + step * 365 <= t.expiry_date
"""


def fill(suites, lettings, today, *, largest, history=0, unchecked=False):
    """Write `suites` suites with `lettings` lettings each, and `history` events, on the parks that are there.

    The first park by its reference gets `largest` of the suites. `unchecked` writes without triggers and
    constraint triggers, which only a superuser may; the tests have the database check a small filling.
    """
    asked = {"suites": suites, "lettings": lettings, "today": today, "largest": largest}
    with transaction.atomic(), connection.cursor() as cursor:
        if unchecked:
            cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (SUITES, COMPANIES, PLAN, LEASES, LETTINGS, RATES):
            cursor.execute(statement, asked)
        cursor.execute("DROP TABLE plan")
        if history:
            write_history(cursor, history)


def write_history(cursor, events):
    """Write this many more events of the rows that are there, shared evenly, as if each had changed again and again."""
    rows = {}
    for model in (Suite, Lease, Letting, LettingRate):
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        rows[model] = cursor.fetchone()[0]
    versions = -(-events // sum(rows.values()))
    for model, number in rows.items():
        columns = ", ".join(f'"{name}"' for name in tracked_columns(model))
        cursor.execute(
            f"INSERT INTO {model.pgh_event_model._meta.db_table} (pgh_created_at, pgh_label, pgh_obj_id, {columns})"
            f" SELECT now() - make_interval(days => (%(versions)s - version) * 30), 'update', id, {columns}"
            f" FROM {model._meta.db_table}, generate_series(1, %(versions)s) version"
            " ORDER BY version, id LIMIT %(most)s",
            {"versions": versions, "most": events},
        )
        events -= min(events, number * versions)


def tracked_columns(model):
    """The columns that a model's table and its table of events share; generated ones are computed anew."""
    return [
        field.column
        for field in model.pgh_event_model._meta.concrete_fields
        if not field.name.startswith("pgh_") and not isinstance(field, models.GeneratedField)
    ]
