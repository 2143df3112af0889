"""Suites and parks side by side."""

from django.http import QueryDict
from django.shortcuts import render
from django.utils import timezone

from parks.views.base import reading
from tenants import comparison


@reading
def compare(request):
    """Up to four of them. What cannot be found is named and left out; the page is there all the same."""
    on = timezone.localdate()
    keys, messages = comparison.asked_for(request.GET)
    suites, parks = comparison.found(keys, on)
    known = [*suites, *parks]
    messages += [comparison.not_there(key[1]) for key in keys if key not in known]
    tables = []
    if suites:
        tables.append(comparison.suite_table(suites, on))
    if parks:
        tables.append(comparison.park_table(parks))
    room = len(known) < comparison.MOST
    return render(
        request,
        "tenants/compare.html",
        {
            "on": on,
            "messages": messages,
            "tables": tables,
            "chosen": [
                (column, link_to([key for key in known if key != column.key]))
                for table in tables
                for column in table.columns
            ],
            "keys": known,
            "chosen_query": link_to(known),
            "room": room,
            "suites_to_add": comparison.suites_to_add(suites.values(), on) if room else [],
            "parks_to_add": comparison.parks_to_add(parks.values()) if room else [],
        },
    )


def link_to(keys):
    """The address, from "?" on, that compares these."""
    query = QueryDict(mutable=True)
    for name, value in keys:
        query.appendlist(name, str(value))
    return f"?{query.urlencode()}"
