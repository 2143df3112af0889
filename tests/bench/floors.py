"""The floors under the public pages: what the same answer costs when nothing but the answer is made.

Each view runs one hand-written SQL query of the same meaning as our page (same rows, order, stage, area,
and the counts by programme) and prints the rows from a minimal template. What a page adds, such as the
filter form, labels, links and layout, is not in the floor. Floors run behind the same middleware.
"""

# ruff: noqa: S608 - only constants of this module are put together; what is asked goes in as parameters

import functools
import random
import re

from django.db import connection
from django.http import Http404, HttpResponse
from django.template import Context, Engine
from django.utils import timezone

PER_PAGE = 25
FIXED_BYTES = 20 * 1024

# The event in effect on a day: the latest that happened, ties by rank, then by key.
IN_EFFECT = """
    SELECT id, stage, "on", on_precision, known_by FROM parks_stageevent
    WHERE park_id = {park} AND certainty = 'actual' AND effective_on <= %(on)s
    ORDER BY effective_on DESC, rank DESC, id DESC LIMIT 1
"""
ROWS = f"""
    SELECT p.slug, p.name, c.name AS city, c.region, h.name AS host, e.stage, e."on", e.on_precision, e.known_by,
           a.area_sqft, p.programme, p.women_only,
           (SELECT json_object_agg(programme, parks) FROM counted) AS programmes
    FROM page JOIN parks_park p ON p.id = page.id
    JOIN parks_city c ON c.id = p.city_id
    LEFT JOIN parks_hostinstitution h ON h.id = p.host_id
    LEFT JOIN parks_areareport a ON a.park_id = p.id AND a.chosen
    LEFT JOIN LATERAL ({IN_EFFECT.format(park="p.id")}) e ON true
    ORDER BY lower(p.name), p.id
"""
ALL = f"""
    WITH page AS (SELECT id FROM parks_park WHERE listed ORDER BY lower(name), id LIMIT {PER_PAGE}),
    counted AS (SELECT programme, count(*) AS parks FROM parks_park WHERE listed GROUP BY programme)
    {ROWS}
"""
FOUND = f"""
    WITH found AS MATERIALIZED ({{found}}),
    page AS (SELECT id FROM found ORDER BY lower(name), id LIMIT {PER_PAGE}),
    counted AS (SELECT programme, count(*) AS parks FROM found GROUP BY programme)
    {ROWS}
"""
FILTERED = FOUND.format(
    found=f"""
    SELECT p.id, p.name, p.programme FROM parks_park p JOIN parks_city c ON c.id = p.city_id
    JOIN LATERAL ({IN_EFFECT.format(park="p.id")}) e ON true
    WHERE p.listed AND c.region = ANY(%(regions)s) AND e.stage = ANY(%(stages)s)
"""
)
# ARRAY(…) is computed once for each word, before the parks are read.
HAS_WORD = """
    AND (p.words @@ (stp_fold(%(word{n})s) || ':*')::tsquery
      OR p.city_id = ANY(ARRAY(SELECT id FROM parks_city WHERE words @@ (stp_fold(%(word{n})s) || ':*')::tsquery))
      OR p.host_id = ANY(ARRAY(
         SELECT id FROM parks_hostinstitution WHERE words @@ (stp_fold(%(word{n})s) || ':*')::tsquery)))
"""
DETAIL = f"""
    SELECT p.*, c.name AS city, c.name_ur AS city_ur, c.region, h.name AS host, h.kind AS host_kind,
      s.url AS source_url, coalesce(nullif(s.publisher, ''), s.url) AS source_name, s.published_on, e.stage,
      (SELECT json_agg(x) FROM (
        SELECT v.id, v.stage, v.certainty, v."on", v.on_precision, v.known_by, v.note, s.url, s.published_on
        FROM parks_stageevent v LEFT JOIN parks_source s ON s.id = v.source_id
        WHERE v.park_id = p.id ORDER BY v.effective_on, v.rank, v.id) x) AS events,
      (SELECT json_agg(x) FROM (
        SELECT a.kind, a.area_sqft, a.chosen, a.reported_on, a.reported_on_precision, s.url, s.published_on
        FROM parks_areareport a LEFT JOIN parks_source s ON s.id = a.source_id
        WHERE a.park_id = p.id ORDER BY a.chosen DESC, a.reported_on DESC, a.id) x) AS areas,
      (SELECT json_agg(x) FROM (
        SELECT g.kind, g.parties, g.signed_on, g.signed_on_precision, g.expiry_date, s.url, s.published_on
        FROM parks_hostagreement g LEFT JOIN parks_source s ON s.id = g.source_id
        WHERE g.park_id = p.id ORDER BY g.signed_on, g.id) x) AS agreements,
      (SELECT json_agg(x) FROM (
        SELECT o.slug, o.name, oc.name AS city, oe.stage
        FROM (SELECT o.id, o.slug, o.name, o.city_id FROM parks_park o
              WHERE o.listed AND o.id <> p.id AND (o.city_id = p.city_id OR o.district = p.district)
              ORDER BY (o.city_id <> p.city_id), lower(o.name), o.id LIMIT 6) o
        JOIN parks_city oc ON oc.id = o.city_id
        LEFT JOIN LATERAL ({IN_EFFECT.format(park="o.id")}) oe ON true
        ORDER BY (o.city_id <> p.city_id), lower(o.name), o.id) x) AS nearby,
      (SELECT json_agg(f.stem ORDER BY f.position, f.id) FROM parks_parkphoto f WHERE f.park_id = p.id) AS photos
    FROM parks_park p JOIN parks_city c ON c.id = p.city_id
    LEFT JOIN parks_hostinstitution h ON h.id = p.host_id
    LEFT JOIN parks_source s ON s.id = p.source_id
    LEFT JOIN LATERAL ({IN_EFFECT.format(park="p.id")}) e ON true
    WHERE p.listed AND p.slug = %(slug)s
"""

LIST_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Parks</title>
<p>{{ count }} parks:{% for programme, parks in programmes.items %} {{ programme }} {{ parks }}{% endfor %}</p><ul>
{% for row in rows %}<li><a href="/parks/{{ row.slug }}/">{{ row.name }}</a> {{ row.city }}, {{ row.host }};
{{ row.region }}; {{ row.stage }} {{ row.on }} {{ row.on_precision }} {{ row.known_by }}; {{ row.area_sqft }};
{{ row.programme }} {{ row.women_only }}</li>{% endfor %}</ul></html>"""
DETAIL_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{{ p.name }}</title>
<h1>{{ p.name }}</h1><p>{{ p.name_ur }} {{ p.code }} {{ p.name_note }} {{ p.city }} {{ p.city_ur }} {{ p.region }}
{{ p.district }} {{ p.host }} {{ p.host_kind }} {{ p.stage }} {{ p.partnership_kind }} {{ p.partnership_words }}
{{ p.programme }} {{ p.women_only }} {{ p.address }} {{ p.latitude }} {{ p.longitude }} {{ p.description }}
{{ p.source_notes }} {{ p.stage_words }} {{ p.power_hours }} {{ p.generator }} {{ p.internet_providers }} {{ p.lift }}
{{ p.prayer_room }} {{ p.womens_washroom }} {{ p.parking_spaces }} {{ p.last_verified_on }}
<a href="{{ p.source_url }}">{{ p.source_name }}</a> {{ p.published_on }}</p>
<ol>{% for e in p.events %}<li>{{ e.stage }} {{ e.certainty }} {{ e.on }} {{ e.on_precision }} {{ e.known_by }}
{{ e.note }} <a href="{{ e.url }}">{{ e.published_on }}</a></li>{% endfor %}</ol>
<ul>{% for a in p.areas %}<li>{{ a.kind }} {{ a.area_sqft }} {{ a.chosen }} {{ a.reported_on }}
{{ a.reported_on_precision }} <a href="{{ a.url }}">{{ a.published_on }}</a></li>{% endfor %}</ul>
<ul>{% for g in p.agreements %}<li>{{ g.kind }} {{ g.parties }} {{ g.signed_on }} {{ g.signed_on_precision }}
{{ g.expiry_date }} <a href="{{ g.url }}">{{ g.published_on }}</a></li>{% endfor %}</ul>
<ul>{% for o in p.nearby %}<li><a href="/parks/{{ o.slug }}/">{{ o.name }}</a> {{ o.city }} {{ o.stage }}</li>
{% endfor %}</ul>{% for stem in p.photos %}<img src="/photos/{{ stem }}-480.jpg" alt="">{% endfor %}</html>"""


def fixed_body():
    """A page of exactly 20 KB, of words, so that it compresses as a page does."""
    throw = random.Random(0)
    words = ["".join(throw.choices("abcdefghijklmnoprstuvw", k=throw.randrange(2, 10))) for _ in range(600)]
    text = " ".join(throw.choices(words, k=FIXED_BYTES))
    return f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Fixed</title><p>{text}"[:FIXED_BYTES].encode()


FIXED = fixed_body()


def rows_of(sql, params):
    """The rows of the query as dicts, for today."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"on": timezone.localdate(), **params})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def list_rows(regions=(), stages=(), text=""):
    """The first 25 rows of the list: all parks, or those of regions and stages, or those with every word."""
    if text:
        words = re.findall(r"\w+", text)
        tests = "".join(HAS_WORD.format(n=number) for number in range(len(words)))
        found = f"SELECT p.id, p.name, p.programme FROM parks_park p WHERE p.listed {tests}"
        return rows_of(FOUND.format(found=found), {f"word{number}": word for number, word in enumerate(words)})
    if regions:
        return rows_of(FILTERED, {"regions": list(regions), "stages": list(stages)})
    return rows_of(ALL, {})


@functools.cache
def compiled(text):
    """The template of `text`, compiled at its first use."""
    return Engine.get_default().from_string(text)


def park_list(request):
    """The floor of the list: the filters that the benchmarks use, and no others."""
    asked = request.GET
    rows = list_rows(asked.getlist("region"), asked.getlist("stage"), asked.get("q", ""))
    programmes = rows[0]["programmes"] if rows else {}
    context = {"rows": rows, "programmes": programmes, "count": sum(programmes.values())}
    return HttpResponse(compiled(LIST_PAGE).render(Context(context)))


def park_detail(request, slug):
    """The floor of a park's page."""
    found = rows_of(DETAIL, {"slug": slug})
    if not found:
        raise Http404
    return HttpResponse(compiled(DETAIL_PAGE).render(Context({"p": found[0]})))


def fixed(request):
    """The floor under all floors: routing, middleware and 20 KB."""
    return HttpResponse(FIXED)
