"""The columns of every kind of file, for imports, templates and downloads alike."""

from parks.columns import PARKS, SUITES, park_rows

from .company_columns import COMPANIES, company_rows
from .lease_columns import LEASES, lease_rows, letting_rows

COLUMNS = {"parks": PARKS, "suites": SUITES, "companies": COMPANIES, "leases": LEASES}

__all__ = [
    "COLUMNS",
    "COMPANIES",
    "LEASES",
    "PARKS",
    "SUITES",
    "company_rows",
    "lease_rows",
    "letting_rows",
    "park_rows",
]
