"""What every page is told: whether invented rows are among what it shows."""

from django.db import InterfaceError, OperationalError, connection
from django.utils.functional import SimpleLazyObject

# Two partial indexes answer it, however many rows there are.
IS_THERE = "SELECT EXISTS (SELECT FROM parks_suite WHERE demo) OR EXISTS (SELECT FROM tenants_company WHERE demo)"


def demonstration(request):
    """`demonstration`: true while a demonstration suite or company is there; asked when a template first looks."""
    return {"demonstration": SimpleLazyObject(demonstration_is_there)}


def demonstration_is_there():
    """Whether a demonstration suite or company is there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(IS_THERE)
            return cursor.fetchone()[0]
    except (OperationalError, InterfaceError):
        # Without a database nothing invented is shown, and a page that needs none still answers.
        return False
