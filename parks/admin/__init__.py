"""The staff pages of the supply side. One module per noun."""

from . import agreement, park, people, place, published, suite

__all__ = ["agreement", "park", "people", "place", "published", "suite"]
