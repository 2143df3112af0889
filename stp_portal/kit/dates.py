"""The years that any date of the portal may have."""

import datetime as dt

# PostgreSQL takes later ones, Python cannot read them back.
FIRST_DATE, LAST_DATE = dt.date(1900, 1, 1), dt.date(2200, 12, 31)
