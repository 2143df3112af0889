"""What a letting costs: the figure of the deed as PKR a month, and the later steps that follow from its escalation."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from parks.models.base import MOST_PKR
from parks.models.suite import RentBasis
from stp_portal.kit.dates import LAST_DATE, months_after
from tenants.models import LettingRate

from .errors import Refused, suite_text

PAISA = Decimal("0.01")
# Of a letting without end, so many months of steps are written ahead.
MONTHS_AHEAD = 120


def to_paisa(amount):
    """Rounded to two places, half up, as rupees are."""
    return Decimal(amount).quantize(PAISA, rounding=ROUND_HALF_UP)


def monthly_rent(suite, rent_basis, figure):
    """PKR a month for the whole suite, when the deed says `figure` on `rent_basis`.

    Raises Refused when the basis is the area or the seats and the suite's are not known.
    """
    if rent_basis == RentBasis.PER_SQFT:
        if suite.lettable_area_sqft is None:
            raise Refused({"rent_basis": _("The area of %(suite)s is not known.") % {"suite": suite_text(suite)}})
        return to_paisa(figure * suite.lettable_area_sqft)
    if rent_basis == RentBasis.PER_SEAT:
        if suite.seats is None:
            raise Refused({"rent_basis": _("The seats of %(suite)s are not known.") % {"suite": suite_text(suite)}})
        return to_paisa(figure * suite.seats)
    return to_paisa(figure)


def require_rates(lettings):
    """Refuse lettings whose rent on the first day is not known."""
    known = set(LettingRate.objects.filter(letting__in=lettings).values_list("letting", "from_date"))
    for letting in lettings:
        if not any(key == letting.pk and day <= letting.commencement_date for key, day in known):
            raise Refused(
                {
                    "rent_pkr": _("The rent of %(suite)s is not known: enter what it costs from its first day.")
                    % {"suite": suite_text(letting.suite)}
                }
            )


def write_steps(lettings, percent, months):
    """Write the later rates of signed `lettings` whose rent rises by `percent` every so many `months`.

    Step k begins k intervals after the commencement, counted from that day itself, and is the first rent
    × (1 + percent/100)^k, rounded half up to the paisa; the service charge stays. Rates that stand are kept. Of
    a letting without end ten years are written. Nothing without escalation or rent. Returns how many were written.

    The law: the deed has to state the rate of enhancement (Punjab Rented Premises Act 2009); the Islamabad Rent
    Restriction Ordinance 2001 has its own provisions on increase, which auditors read as 25 percent every three
    years. A year is therefore never assumed: percent and interval are the deed's.
    """
    rows = []
    for letting in lettings if percent is not None else ():
        rates = list(LettingRate.objects.filter(letting=letting).order_by("from_date"))
        rows += later_rates(letting, rates, percent, months)
    return len(LettingRate.objects.bulk_create(rows))


def later_rates(letting, rates, percent, months):
    """The rates that follow from the escalation for `letting`, which has `rates`, by day; see `write_steps`."""
    begun = [rate for rate in rates if rate.from_date <= letting.commencement_date]
    if percent is None or not begun or not begun[-1].rent_pkr:
        return []
    return list(_steps(letting, begun[-1], rates, percent, months))


def steps_of(rent, percent, months, first_day, last_day):
    """Pairs of day and rent, PKR a month: what a `rent` from `first_day` rises to by `percent` every so many `months`
    until `last_day`, inclusive; None is without end, of which ten years are told. See `write_steps`."""
    last = last_day or min(months_after(first_day, MONTHS_AHEAD), LAST_DATE)
    factor, number = 1 + Decimal(percent) / 100, 1
    while (day := months_after(first_day, number * months)) <= last:
        yield day, to_paisa(rent * factor**number)
        number += 1


def _steps(letting, first, rates, percent, months):
    by_hand = {rate.from_date for rate in rates}
    for day, rent in steps_of(first.rent_pkr, percent, months, letting.commencement_date, letting.last_day):
        if rent > MOST_PKR:
            raise Refused(
                {
                    "escalation_percent": _("By this escalation the rent of %(suite)s grows beyond all measure.")
                    % {"suite": suite_text(letting.suite)}
                }
            )
        if day not in by_hand:
            charge = max((rate for rate in rates if rate.from_date <= day), key=lambda rate: rate.from_date)
            yield LettingRate(
                letting=letting, from_date=day, rent_pkr=rent, service_charge_pkr=charge.service_charge_pkr
            )
