"""Marks that stand nowhere else, planted in private fields and looked for in what people are shown.

A word of letters stands in texts, a number of nine digits in amounts, a day of the far past or future in dates.
"""

import datetime as dt
import re
from itertools import count

from django.db import models


class Marks:
    """Marks in the order in which they are asked for. `planted` holds (mark, where it was put)."""

    def __init__(self):
        self.planted, self._numbers, self._days = [], count(1), count()
        # Of which park what is being written tells.
        self.about = ""

    def only(self, fits):
        """Those for which `fits(where)`."""
        found = Marks()
        found.planted = [(mark, where) for mark, where in self.planted if fits(where)]
        return found

    def _keep(self, mark, where):
        self.planted.append((mark, f"{self.about}: {where}"))
        return mark

    def word(self, where):
        """A word that stands nowhere else."""
        number = next(self._numbers)
        return self._keep("zq" + "".join(chr(ord("a") + int(digit)) for digit in f"{number:04}") + "kanari", where)

    def amount(self, where):
        """Nine digits that stand nowhere else."""
        return self._keep(731_000_000 + next(self._numbers) * 1_013, where)

    def day(self, where):
        """A day of the seventies."""
        return self._keep(dt.date(1971, 1, 5) + dt.timedelta(next(self._days) * 17), where)

    def given(self, mark, where):
        """A value that the portal made itself, or a day that cannot be any."""
        self._keep(mark if isinstance(mark, dt.date) else str(mark), where)

    def fill(self, instance, *names, **known):
        """Put marks into the fields `names` of an unsaved or saved row, and the values of `known`."""
        for name in names:
            where = f"{instance._meta.label}.{name} of {instance.pk}"
            field = instance._meta.get_field(name)
            if isinstance(field, models.DateField):
                value = self.day(where)
            elif isinstance(field, models.DecimalField):
                value = self.amount(where)
            elif isinstance(field, models.EmailField):
                value = f"{self.word(where)}@example.org"
            else:
                value = self.word(where)
            setattr(instance, name, value)
        for name, value in known.items():
            setattr(instance, name, value)
        instance.save()
        return instance


def found_in(text, marks):
    """The (mark, where) of `marks.planted` that a text tells, in whatever way numbers and days are written."""
    lowered = text.lower()
    joined = re.sub(r"(?<=\d)[,.\s\u00a0\u202f_'](?=\d)", "", lowered)
    # Looked up rather than looked for: there are hundreds of marks, and the pages are long.
    words = set(re.findall(r"zq[a-j]{4,}kanari", lowered))
    runs = {run[at : at + 9] for run in re.findall(r"\d{9,}", joined) for at in range(len(run) - 8)}
    found = []
    for mark, where in marks.planted:
        if isinstance(mark, dt.date):
            ways = (mark.isoformat(), f"{mark:%-d %B %Y}".lower(), f"{mark:%-d %b %Y}".lower())
            told = any(way in lowered for way in ways)
        elif isinstance(mark, int):
            told = str(mark) in runs
        else:
            told = mark in words or (not mark.startswith("zq") and mark.lower() in lowered)
        if told:
            found.append((str(mark), where))
    return found
