"""The floors under the search for space, a park with suites and the rent roll: see `floors` for what a floor is."""

# ruff: noqa: S608 - only constants of these modules are put together; what is asked goes in as parameters

import datetime as dt
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.template import Context
from django.utils import timezone

from tests.bench.floors import DETAIL, DETAIL_PAGE, compiled, rows_of

PER_PAGE = 25
ROLL_ROWS = 400

STANDING = """(t.lease_state = 'signed' OR t.lease_state = 'accepted' OR t.lease_state = 'offered' AND EXISTS (
    SELECT FROM tenants_lease o WHERE o.id = t.lease_id AND o.offer_deadline >= %(on)s))"""
# A tenant whose term ran out and who has, as far as is recorded, stayed.
STAYED = """(h.lease_state = 'signed' AND h.terminated_on IS NULL AND h.expiry_date < least(%(first)s, %(on)s)
    AND EXISTS (SELECT FROM tenants_lease l WHERE l.id = h.lease_id
      AND (l.vacated_on IS NULL OR l.vacated_on >= %(first)s))
    AND NOT EXISTS (SELECT FROM tenants_lease r WHERE r.renews_id = h.lease_id AND r.state = 'signed')
    AND NOT EXISTS (SELECT FROM tenants_letting n WHERE n.suite_id = h.suite_id AND n.lease_state = 'signed'
      AND n.commencement_date > h.expiry_date AND n.commencement_date <= %(first)s))"""
FREE = f"""
    (s.in_service_from IS NULL OR s.in_service_from <= %(first)s)
    AND (s.withdrawn_from IS NULL OR s.withdrawn_from > %(last)s)
    AND NOT EXISTS (SELECT FROM tenants_letting t WHERE t.suite_id = s.id
      AND t.term && daterange(%(first)s, %(last)s, '[]') AND {STANDING})
    AND NOT EXISTS (SELECT FROM tenants_letting h WHERE h.suite_id = s.id AND {STAYED})
    AND NOT EXISTS (SELECT FROM parks_suiteclosure c WHERE c.suite_id = s.id AND c.first_day <= %(last)s
      AND (c.last_day IS NULL OR c.last_day >= %(first)s))"""
RENT = """round(CASE s.rent_basis WHEN 'per_sqft' THEN s.rent_pkr * s.lettable_area_sqft
    WHEN 'per_seat' THEN s.rent_pkr * s.seats ELSE s.rent_pkr END, 2)"""
SEARCH = f"""
    WITH found AS MATERIALIZED (
      SELECT s.id, {{fit}} AS fit, {RENT} + s.service_charge_pkr AS total
      FROM parks_suite s JOIN parks_park p ON p.id = s.park_id JOIN parks_city c ON c.id = p.city_id
      WHERE p.listed AND {FREE} {{tests}}),
    page AS (SELECT * FROM found ORDER BY fit NULLS LAST, total NULLS LAST, id LIMIT {PER_PAGE})
    SELECT s.id, s.number, s.floor, s.kind, s.hall, s.lettable_area_sqft, s.seats, s.fit_out, s.rent_basis, s.rent_pkr,
      s.service_charge_pkr, {RENT} AS rent, page.total, p.name, p.slug, p.women_only, c.name AS city, c.region,
      (SELECT count(*) FROM found) AS count,
      (SELECT min(day) FROM (
        SELECT min(lower(t.term)) FROM tenants_letting t
        WHERE t.suite_id = s.id AND t.commencement_date > %(first)s AND {STANDING}
        UNION ALL SELECT min(first_day) FROM parks_suiteclosure x WHERE x.suite_id = s.id AND first_day > %(first)s
        UNION ALL SELECT s.withdrawn_from) ends(day)) - 1 AS free_until,
      greatest(%(on)s, s.in_service_from,
        (SELECT max(greatest(upper(t.term), l.vacated_on + 1)) FROM tenants_letting t
          JOIN tenants_lease l ON l.id = t.lease_id
          WHERE t.suite_id = s.id AND t.term << daterange(%(first)s, NULL) AND {STANDING}),
        (SELECT max(x.last_day) + 1 FROM parks_suiteclosure x WHERE x.suite_id = s.id AND x.last_day < %(first)s)
      ) AS free_since
    FROM page JOIN parks_suite s ON s.id = page.id JOIN parks_park p ON p.id = s.park_id
    JOIN parks_city c ON c.id = p.city_id ORDER BY page.fit NULLS LAST, page.total NULLS LAST, page.id
"""
TESTS = {
    "region": "AND c.region = %(region)s",
    "fit_out": "AND s.fit_out = %(fit_out)s",
    "area_min": "AND s.lettable_area_sqft >= %(area_min)s",
    "area_max": "AND s.lettable_area_sqft <= %(area_max)s",
}
# As a suite is in the middle of the areas asked for.
FIT = "abs(s.lettable_area_sqft - %(middle)s) / %(middle)s"

OCCUPIED = f"""
    SELECT t.id, t.lease_id, t.commencement_date, least(t.expiry_date, t.terminated_on) AS expiry,
      CASE WHEN t.lease_state = 'signed' THEN 'let' ELSE 'held' END AS state
    FROM tenants_letting t WHERE t.suite_id = s.id AND t.term @> %(on)s::date AND {STANDING}
    UNION ALL
    SELECT h.id, h.lease_id, h.commencement_date, h.expiry_date, 'holding_over' FROM tenants_letting h
    WHERE h.suite_id = s.id AND {STAYED.replace("%(first)s", "%(on)s")}
    ORDER BY 5 DESC LIMIT 1
"""
STATE = """coalesce(o.state, CASE WHEN EXISTS (
    SELECT FROM parks_suiteclosure c WHERE c.suite_id = s.id AND c.first_day <= %(on)s
      AND (c.last_day IS NULL OR c.last_day >= %(on)s)) THEN 'closed' ELSE 'vacant' END)"""
IN_SERVICE = """(o.id IS NOT NULL OR (s.in_service_from IS NULL OR s.in_service_from <= %(on)s)
    AND (s.withdrawn_from IS NULL OR s.withdrawn_from > %(on)s))"""
PLAN = f"""
    SELECT s.id, s.floor, s.number, s.kind, s.lettable_area_sqft, s.seats, s.rent_basis, s.rent_pkr,
      s.service_charge_pkr, {STATE} AS state,
      CASE WHEN o.state <> 'held' AND f.public_listing THEN f.name END AS company
    FROM parks_suite s LEFT JOIN LATERAL ({OCCUPIED}) o ON true
    LEFT JOIN tenants_lease l ON l.id = o.lease_id LEFT JOIN tenants_company f ON f.id = l.company_id
    WHERE s.park_id = %(park)s AND {IN_SERVICE} ORDER BY s.floor, s.position, s.id
"""
ROLL = f"""
    WITH roll AS MATERIALIZED (
      SELECT p.name, p.slug, p.id AS park_id, s.id, s.floor, s.position, s.number, s.lettable_area_sqft, s.seats,
        {STATE} AS state, o.id AS letting, o.lease_id, o.commencement_date, o.expiry, r.rent_pkr, r.service_charge_pkr
      FROM parks_suite s JOIN parks_park p ON p.id = s.park_id LEFT JOIN LATERAL ({OCCUPIED}) o ON true
      LEFT JOIN LATERAL (SELECT rent_pkr, service_charge_pkr FROM tenants_lettingrate r
        WHERE r.letting_id = o.id AND r.from_date <= %(on)s AND o.state <> 'held'
        ORDER BY r.from_date DESC LIMIT 1) r ON true
      WHERE {IN_SERVICE}),
    sized AS (SELECT park_id, sum(count(*)) OVER (ORDER BY lower(name), park_id) AS until,
      rank() OVER (ORDER BY lower(name), park_id) AS place FROM roll GROUP BY park_id, name)
    SELECT roll.*, f.name AS company, l.number AS lease, n.from_date AS next_step_on, n.rent_pkr AS next_rent_pkr,
      (SELECT json_build_object('suites', count(*), 'let', count(*) FILTER (WHERE state IN ('let', 'holding_over')),
        'rent', sum(rent_pkr), 'charge', sum(service_charge_pkr), 'area', sum(lettable_area_sqft)
          FILTER (WHERE state IN ('let', 'holding_over')),
        'wale', sum(rent_pkr * greatest(expiry - %(on)s + 1, 0)) FILTER (WHERE rent_pkr IS NOT NULL)
          / nullif(sum(rent_pkr) FILTER (WHERE expiry IS NOT NULL), 0) / 365.25) FROM roll) AS total
    FROM roll JOIN sized USING (park_id) LEFT JOIN tenants_lease l ON l.id = roll.lease_id
    LEFT JOIN tenants_company f ON f.id = l.company_id
    LEFT JOIN LATERAL (SELECT from_date, rent_pkr FROM tenants_lettingrate r WHERE r.letting_id = roll.letting
      AND r.from_date > %(on)s AND (roll.expiry IS NULL OR r.from_date <= roll.expiry)
      ORDER BY r.from_date LIMIT 1) n ON true
    WHERE sized.until <= {ROLL_ROWS} OR sized.place = 1
    ORDER BY lower(roll.name), park_id, floor, position, roll.id
"""

SPACE_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Space</title><p>{{ count }} suites</p><ul>
{% for s in rows %}<li><a href="/space/{{ s.slug }}/{{ s.id }}/">{{ s.number }}</a> {{ s.name }} {{ s.city }}
{{ s.region }} {{ s.floor }} {{ s.kind }} {{ s.hall }} {{ s.lettable_area_sqft }} {{ s.seats }} {{ s.fit_out }}
{{ s.rent }} {{ s.rent_basis }} {{ s.rent_pkr }} {{ s.service_charge_pkr }} {{ s.total }} {{ s.free_since }}
{{ s.free_until }} {{ s.women_only }}</li>
{% endfor %}</ul></html>"""
PLAN_PAGE = """<table>{% for s in suites %}<tr><td>{{ s.floor }}</td><td><a href="/space/{{ slug }}/{{ s.id }}/">
{{ s.number }}</a></td><td>{{ s.lettable_area_sqft }} {{ s.seats }}</td><td>{{ s.state }}</td><td>{{ s.rent_pkr }}
{{ s.service_charge_pkr }} {{ s.company }}</td></tr>{% endfor %}</table>"""
ROLL_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Rent roll</title><p>{{ total }}</p><table>
{% for r in rows %}<tr><td>{{ r.name }}</td><td>{{ r.floor }}</td><td>{{ r.number }}</td><td>{{ r.lettable_area_sqft }}
{{ r.seats }}</td><td>{{ r.state }}</td><td>{{ r.company }}</td><td>{{ r.lease }}</td><td>{{ r.commencement_date }}</td>
<td>{{ r.expiry }}</td><td>{{ r.rent_pkr }}</td><td>{{ r.service_charge_pkr }}</td><td>{{ r.next_step_on }}</td>
<td>{{ r.next_rent_pkr }}</td></tr>{% endfor %}</table></html>"""


def space_rows(asked):
    """The first 25 free suites in the order of the best fit, by the filters that the benchmarks use."""
    first = dt.date.fromisoformat(asked["move_in"]) if asked.get("move_in") else timezone.localdate()
    params = {name: asked[name] for name in TESTS if asked.get(name)}
    tests, fit = " ".join(TESTS[name] for name in params), "0"
    if "area_min" in params:
        params["middle"] = (Decimal(params["area_min"]) + Decimal(params["area_max"])) / 2
        fit = FIT
    params |= {"first": first, "last": term_end(first, int(asked.get("months") or 0))}
    return rows_of(SEARCH.format(tests=tests, fit=fit), params)


def term_end(first, months):
    """The last day of a term of so many months; of none, its first day. For first days that every month has."""
    if not months:
        return first
    month = first.year * 12 + first.month - 1 + months
    return first.replace(year=month // 12, month=month % 12 + 1) - dt.timedelta(days=1)


def space(request):
    """The floor of the search for free space."""
    rows = space_rows(request.GET)
    context = {"rows": rows, "count": rows[0]["count"] if rows else 0}
    return HttpResponse(compiled(SPACE_PAGE).render(Context(context)))


def park(request, slug):
    """The floor of a park's page with its stacking plan: what is said of the park, then each suite and its state."""
    found = rows_of(DETAIL, {"slug": slug})
    if not found:
        raise Http404
    suites = rows_of(PLAN, {"park": found[0]["id"]})
    page = compiled(DETAIL_PAGE).render(Context({"p": found[0]}))
    return HttpResponse(page + compiled(PLAN_PAGE).render(Context({"suites": suites, "slug": slug})))


def rent_roll(request):
    """The floor of the rent roll: the sums of all parks, the rows of the first page."""
    rows = rows_of(ROLL, {})
    return HttpResponse(compiled(ROLL_PAGE).render(Context({"rows": rows, "total": rows[0]["total"] if rows else {}})))
