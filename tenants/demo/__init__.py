"""Invented tenancies for demonstrations, at any scale, the same for the same seed, day and register.

`supply` makes floors and suites, `firms` companies, `tenancies` who is where and when, `papers` the rows of
leases; `store` writes all of it and removes it again.
"""

from .store import InTheWay, Refused, clear, load

__all__ = ["InTheWay", "Refused", "clear", "load"]
