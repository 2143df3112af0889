"""The routes of the reports, below the staff site's own address."""

from django.urls import path

from . import expiries, occupancy, overview, plan, processing, rent_roll, timeline, voids, watch

PAGES = (
    ("desk/parks/", overview.parks, "desk_parks"),
    ("desk/rent-roll/", rent_roll.rent_roll_page, "desk_rent_roll"),
    ("desk/expiries/", expiries.expiries_page, "desk_expiries"),
    ("desk/voids/", voids.voids_page, "desk_voids"),
    ("desk/plan/<int:pk>/", plan.plan_page, "desk_plan"),
    ("desk/timeline/<int:pk>/", timeline.timeline_page, "desk_timeline"),
    ("desk/watch/", watch.watch_page, "desk_watch"),
    ("desk/occupancy/", occupancy.occupancy_page, "desk_occupancy"),
    ("desk/processing/", processing.processing_page, "desk_processing"),
)


def routes(wrap):
    """The routes; `wrap` makes a view one of the staff site's, for staff only and with its policy."""
    return [path(address, wrap(view), name=name) for address, view, name in PAGES]
