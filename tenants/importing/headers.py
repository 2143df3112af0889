"""Which row of a sheet has the headings, and what column each of them is.

A heading is recognised by its name, its key or one of its other names, in any case and with any unit behind it. What is
not recognised stays so: the import asks until staff say what it is. What they said is remembered for sheets of the
same headings.
"""

import hashlib
import json
import re
from functools import cache
from itertools import islice

from django.utils.translation import get_language, override

from stp_portal.kit.cells import TENS_WORDS, UNITS, fold
from stp_portal.kit.text import ascii_digits, clean_line
from tenants.columns import COLUMNS
from tenants.models import ImportMapping
from tenants.models.batch import LEFT_OUT

TOP_ROWS = 30
PER = re.compile(r"(?:\bper|/|@|\ba|فی) ?$", re.IGNORECASE)
SEAT = re.compile(r"(?:\bper|/|@|فی) ?(?:seats?|desks?|workstations?|persons?|نشست)", re.IGNORECASE)
YEARLY = re.compile(r"\b(?:per annum|per year|p\.? ?a\.?|yearly|annual)(?!\w)|سالانہ", re.IGNORECASE)
FOREIGN = re.compile(r"\b(?:usd?|eur|gbp|aed|dollars?|euros?|pounds?)\b|[$€£]", re.IGNORECASE)
# “k” and “cr” alone are too short to mean tens in a heading.
HEADING_TENS = re.compile(
    "|".join(
        rf"(?P<{word}>\b(?:{'|'.join(part for part in words.split('|') if len(part) > 3)})\b{more})"
        for word, words in TENS_WORDS.items()
        for more in (r"|['’]000|\b000s?\b" if word == "thousand" else "",)
    ),
    re.IGNORECASE,
)
# What may stand behind a heading's name without being part of it.
BEHIND = re.compile(
    r"(?<! per)(?: in)? (?:sqft|sqm|sqyd|marla|kanal|acre|rs|pkr|rupees|thousands?|lakhs?|lacs?|millions?|crores?|000|"
    r"months?|hours?|percent|dd mm yyyy|dd mm yy|d m y|yyyy mm dd|yes no|y n|optional|if any|required|text)$"
)


def unit_of(heading):
    """What a heading says of the unit of its column: words of `SQFT_IN` and `TENS`, "percent", "per_sqft",
    "per_seat", "a_year", "foreign", separated by spaces; "" when it says nothing."""
    text = ascii_digits(clean_line(str(heading or "")))
    units = []
    if found := UNITS.search(text):
        units.append(f"per_{found.lastgroup}" if PER.search(text[: found.start()]) else found.lastgroup)
    if SEAT.search(text):
        units.append("per_seat")
    if found := HEADING_TENS.search(text):
        units.append(found.lastgroup)
    if "%" in text or "٪" in text:
        units.append("percent")
    if YEARLY.search(text):
        units.append("a_year")
    if FOREIGN.search(text):
        units.append("foreign")
    return " ".join(units)


def name_of(heading):
    """A heading for comparison: folded, with every spelling of a unit as one."""
    text = ascii_digits(clean_line(str(heading or "")))
    return fold(UNITS.sub(lambda found: f" {found.lastgroup} ", text).replace("%", " percent ").replace("#", " no "))


def recognise(kind, headings):
    """From the place of each heading that is recognised, counted from 0, to the key of its column.

    Of two headings that would be one column, the one that has its very name is it; where neither or both have, both
    stay open, and staff choose.
    """
    names, others = _known(kind, get_language())
    exact, found = {}, {}
    for place, heading in enumerate(headings):
        name = name_of(heading)
        if name in names:
            exact.setdefault(names[name], []).append(place)
        elif key := _by_other_name(name, names, others):
            found.setdefault(key, []).append(place)
    taken = {}
    for key in {*exact, *found}:
        places = exact.get(key) or found[key]
        if len(places) == 1:
            taken[places[0]] = key
    return dict(sorted(taken.items()))


def _by_other_name(name, names, others):
    """The key that a name stands for by another name, or without what may stand behind it; None without one."""
    while name:
        if name in others:
            return others[name]
        if name in names:
            return names[name]
        shorter = BEHIND.sub("", name)
        if shorter == name:
            return None
        name = shorter
    return None


@cache
def _known(kind, language):
    """Names and keys of a kind's columns, and their other names, each to the key; in `language` and in English."""
    names, others = {}, {}
    for column in COLUMNS[kind]:
        with override("en"):
            english = str(column.label)
        # A computed column has no key that people write, and its key may be another column's other name.
        for name in (str(column.label), english, *(() if column.derived else (column.key,))):
            names.setdefault(name_of(name), column.key)
    for column in COLUMNS[kind]:
        for alias in column.aliases:
            others.setdefault(name_of(alias), column.key)
    return names, others


def find_header(rows, kind):
    """(row number, texts) of the row with the headings, among the first 30 of `rows`; None where none can be told.

    A row whose headings staff once gave columns to goes first, then the first of those in which the most columns
    are recognised. Titles above it are passed over.
    """
    top = [(row.number, texts_of(row)) for row in islice(rows, TOP_ROWS)]
    shapes = {shape_of(texts): (number, texts) for number, texts in reversed(top) if sum(map(bool, texts)) > 1}
    known = ImportMapping.objects.filter(kind=kind, shape__in=shapes).values_list("shape", flat=True)
    if remembered_rows := [shapes[shape] for shape in known]:
        return min(remembered_rows)
    counted = [(len(set(recognise(kind, texts).values())), number, texts) for number, texts in top]
    most = max((count for count, _number, _texts in counted), default=0)
    return next(((number, texts) for count, number, texts in counted if count == most), None) if most else None


def texts_of(row):
    """The texts of a row's cells, each on one line, without the empty ones at its end."""
    texts = [clean_line(str(cell.text or "")) for cell in row.cells]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def shape_of(headings):
    """A hash of the headings in their order, blind to case, signs and empty cells at the end."""
    names = [name_of(heading) for heading in headings]
    while names and not names[-1]:
        names.pop()
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def remembered(kind, headings):
    """What staff last chose for a sheet of these headings: from place to key or LEFT_OUT; {} when nothing is.

    Columns that are no more are left out of it, so that they are asked about again.
    """
    found = ImportMapping.objects.filter(kind=kind, shape=shape_of(headings)).first()
    if found is None:
        return {}
    keys = {column.key for column in COLUMNS[kind]} | {LEFT_OUT}
    chosen = {name: key for name, key in found.columns.items() if key in keys}
    return {place: chosen[name] for place, name in enumerate(told_apart(headings)) if name in chosen}


def remember(batch, by):
    """Keep the columns of `batch` for the next sheet of these headings, as chosen by the user `by`."""
    names = told_apart(batch.columns)
    chosen = {names[int(place)]: key for place, key in batch.mapping.items() if int(place) < len(names) and key}
    ImportMapping.objects.update_or_create(
        kind=batch.kind, shape=shape_of(batch.columns), defaults={"columns": chosen, "updated_by": by}
    )


def told_apart(headings):
    """The names of headings, the second of one name with its number behind it."""
    seen, names = {}, []
    for heading in headings:
        name = name_of(heading)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} [{seen[name]}]")
    return names
