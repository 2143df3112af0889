"""The published rental subsidy as an example, where its words give a percentage."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from parks.models import Incentive

from .costs import PAISA, Cost

PERCENT_OFF_RENT = re.compile(r"\b(?P<percent>[0-9]{1,2}(?:\.[0-9]{1,2})?) ?% off (?:the |on )?rent\b", re.IGNORECASE)


@dataclass(frozen=True)
class Example:
    """An incentive's effect on a cost: a month and the first year, each with the rent cut by `percent`."""

    incentive: Incentive
    percent: Decimal
    month: Cost
    year: Cost


def percent_off(words):
    """The percentage by which these words cut the rent, None where they do not say it so."""
    found = PERCENT_OFF_RENT.search(words)
    return Decimal(found["percent"]) if found else None


def example_of(incentives, month):
    """The `Example` of the first of `incentives` whose words can be computed, over the `Cost` of a month.

    None where no incentive can be, or the cost is not published (`month` None), or there is no rent to cut.
    """
    if month is None or not month.rent:
        return None
    for incentive in incentives:
        percent = percent_off(incentive.words)
        if percent:
            rent = (month.rent * (100 - percent) / 100).quantize(PAISA, ROUND_HALF_UP)
            cut = Cost(rent, month.charge)
            return Example(incentive, percent, cut, cut.times(12))
    return None
