"""Chance that repeats itself, and days of the calendar."""

import calendar
import datetime as dt
import random


def dice(seed, *what):
    """Random numbers of their own for each thing, so that one thing does not depend on how many come before."""
    return random.Random(":".join(map(str, (seed, *what))))  # noqa: S311 - nothing here is secret


def add_months(day, months):
    """The same day `months` later, or earlier when negative; the last day of a shorter month."""
    month = day.year * 12 + day.month - 1 + months
    year, month = month // 12, month % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))


def days(number):
    """That many days as a difference of dates."""
    return dt.timedelta(days=number)


def end_of_month(day):
    """The last day of the month of `day`."""
    return add_months(day.replace(day=1), 1) - days(1)


def start_of_month(day):
    """The first day of the month of `day`."""
    return day.replace(day=1)
