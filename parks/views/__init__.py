"""Public pages of the register, one module per noun: parse, call, render."""

from .about import about
from .contact import contact
from .correction import correction, correction_new
from .feeds import event_feed, robots, security, sitemap
from .home import home
from .lists import park_list
from .open_data import open_data
from .park import park_detail, photo_file
from .places import city_detail, host_detail, region_detail
from .share import park_share

__all__ = [
    "about",
    "city_detail",
    "contact",
    "correction",
    "correction_new",
    "event_feed",
    "home",
    "host_detail",
    "open_data",
    "park_detail",
    "park_list",
    "park_share",
    "photo_file",
    "region_detail",
    "robots",
    "security",
    "sitemap",
]
