"""Let and vacant: the only definition in the house. Pages, staff pages and downloads use these and nothing else.

Every function takes a queryset of suites or parks and days, all inclusive: `on` is the day asked about, `today`
the day from which one looks. An offer counts until it has lapsed by `today`; a tenant is holding over from the
day after the expiry, if that day has come by `today`, until the last day of occupation, a renewal or the next
letting, else without end.
"""

from .guards import all_standing_outside, standing_outside
from .measures import KEYS, Measure, Occupancy, occupancy, occupancy_by, occupancy_of, occupancy_over, with_free_area
from .states import SuiteState, free_for, vacant_suites, with_occupant, with_state
from .windows import becoming_free, day_of_ends, free_windows, with_free_from, with_vacancy, with_vacant_since

__all__ = [
    "KEYS",
    "Measure",
    "Occupancy",
    "SuiteState",
    "all_standing_outside",
    "becoming_free",
    "day_of_ends",
    "free_for",
    "free_windows",
    "occupancy",
    "occupancy_by",
    "occupancy_of",
    "occupancy_over",
    "standing_outside",
    "vacant_suites",
    "with_free_area",
    "with_free_from",
    "with_occupant",
    "with_state",
    "with_vacancy",
    "with_vacant_since",
]
