"""The years that any date of the portal may have, and months as people count them."""

import calendar
import datetime as dt

# PostgreSQL takes later ones, Python cannot read them back.
FIRST_DATE, LAST_DATE = dt.date(1900, 1, 1), dt.date(2200, 12, 31)


def months_after(day, months):
    """The same day of the month so many months later, or that month's last: 31 January, 28 February.

    `months` may be negative.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_before(day, months):
    """The same day of the month so many months earlier, or that month's last."""
    return months_after(day, -months)
