"""The staff pages of the supply side. One module per noun."""

from . import agreement, area, correction, exported, park, people, place, published, suite

__all__ = ["agreement", "area", "correction", "exported", "park", "people", "place", "published", "suite"]
