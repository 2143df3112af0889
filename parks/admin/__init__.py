"""The staff pages of the supply side. One module per noun."""

from . import agreement, area, correction, exported, opened, park, people, place, published, sealed, signed_in, suite

__all__ = [
    "agreement",
    "area",
    "correction",
    "exported",
    "opened",
    "park",
    "people",
    "place",
    "published",
    "sealed",
    "signed_in",
    "suite",
]
