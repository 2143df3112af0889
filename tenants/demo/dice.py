"""Chance that repeats itself, and days of the calendar."""

import datetime as dt
import random

from stp_portal.kit.dates import months_after


def dice(seed, *what):
    """Random numbers of their own for each thing, so that one thing does not depend on how many come before."""
    return random.Random(":".join(map(str, (seed, *what))))  # noqa: S311 - nothing here is secret


def days(number):
    """That many days as a difference of dates."""
    return dt.timedelta(days=number)


def end_of_month(day):
    """The last day of the month of `day`."""
    return months_after(day.replace(day=1), 1) - days(1)


def start_of_month(day):
    """The first day of the month of `day`."""
    return day.replace(day=1)
