"""Leases as such: entered, drafted, completed with their deed, given notice on and vacated."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from parks.models import Suite
from stp_portal.kit.words import dated
from tenants.models import Company, Lease, Letting, LettingRate
from tenants.models.lease_states import LeaseState
from tenants.querysets import day_after

from .checks import blocking_on, require_free, require_once
from .errors import Refused, cleaned, in_the_way, not_after, reason_given, suite_text
from .locked import found, locked
from .rates import require_rates, to_paisa, write_steps

# What a deed says beside its suites and days.
DEED_FACTS = (
    "signatory_company",
    "signatory_lessor",
    "permitted_use",
    "deposit_pkr",
    "notice_months",
    "lock_in_months",
    "due_day",
    "escalation_percent",
    "escalation_months",
    "registration_number",
)
# What the database fills in a letting.
FILLED = ("lease_state", "park", "term")


@dataclass(frozen=True)
class Line:
    """One suite of a lease to be written; days inclusive, no expiry is without end.

    `rent_pkr` and `service_charge_pkr` are PKR a month for the whole suite (see `monthly_rent`); zero is a rent,
    None is unknown and allowed only in an occupation without a deed.
    """

    suite: Suite
    commencement_date: date
    expiry_date: date | None = None
    rent_pkr: Decimal | None = None
    service_charge_pkr: Decimal = Decimal(0)
    rent_basis: str = "fixed"


def draft_lease(*, company, park, lines=(), facts=None, application=None, by, today, reason=""):
    """A new draft of `company` in `park` with `lines` (see Line) and `facts` (see DEED_FACTS); returns it.

    `application` is what it comes from, if anything.

    A draft keeps nobody from a suite and may conflict with anything. Raises Refused.
    """
    with locked(by=by, reason=reason, park=park, suites=[line.suite for line in lines]) as at:
        _begin(at, company, facts, application)
        _write(at, lines)
    return at.fresh()


def add_suites(*, lease, lines, by, today, reason=""):
    """Add `lines` to the draft `lease`; returns the lease. Raises Refused."""
    with locked(by=by, reason=reason, lease=lease, suites=[line.suite for line in lines]) as at:
        at.allow("add_suites")
        _write(at, lines)
    return at.fresh()


def record_existing(*, company, park, lines, deed_on_file, signed_on=None, facts=None, by, reason, today):
    """A lease that exists already, entered as signed: with its deed, or an occupation that has none; returns it.

    With a deed `signed_on` and every rent are needed and the escalation's steps are written. Without one the company
    is listed as in occupation without an agreement until `file_deed`: Islamabad's ordinance of 2001 and Punjab's act
    of 2009 ask for a written and registered agreement, and auditors look for it. Raises Refused.
    """
    reason_given(reason, _("Say how this is known, such as the file that the deed is in."))
    if not lines:
        raise Refused({"suite": _("Choose the suites that the company has.")})
    check_signed(deed_on_file, signed_on, today)
    with locked(by=by, reason=reason, park=park, suites=[line.suite for line in lines]) as at:
        _begin(at, company, facts)
        _write(at, lines, rents_needed=deed_on_file)
        require_free(at.lettings, today, past_tenants=False)
        at.change(state=LeaseState.SIGNED, state_reason=reason.strip(), deed_on_file=deed_on_file, signed_on=signed_on)
        write_steps(at.lettings, at.lease.escalation_percent, at.lease.escalation_months)
    return at.fresh()


def file_deed(*, lease, signed_on, facts=None, by, today, reason=""):
    """Give the occupation `lease` the deed signed on `signed_on`, with its `facts`; returns the lease.

    Writes the escalation's steps, from the commencement on. Raises Refused, also while a rent is unknown: the deed
    has to state it (Punjab Rented Premises Act 2009).
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("file_deed")
        if at.lease.deed_on_file:
            raise Refused(
                _("The deed of lease %(lease)s, signed on %(day)s, is already on file.")
                % {"lease": at.lease, "day": dated(at.lease.signed_on)}
            )
        check_signed(True, signed_on, today)
        require_rates(at.lettings)
        at.change(deed_on_file=True, signed_on=signed_on, **only_deed_facts(facts))
        write_steps(at.lettings, at.lease.escalation_percent, at.lease.escalation_months)
    return at.fresh()


def record_notice(*, lease, given_on, by, today, reason=""):
    """Record that notice was given on `given_on`; None takes a notice back, with a reason. Returns the lease.

    The lease is in notice from that day until its last. Raises Refused.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("record_notice")
        if given_on is None:
            reason_given(reason, _("Say why the notice is taken back."))
        else:
            check_notice(at.lease, at.lettings, given_on, today)
        at.change(notice_given_on=given_on)
    return at.fresh()


def check_notice(lease, lettings, given_on, today):
    """Refuse a notice on `given_on` to `lease` that is still to come, or given after the last day of `lettings`."""
    not_after("given_on", given_on, today)
    last = _last_day(lettings)
    if last is not None and given_on > last:
        said = _("Lease %(lease)s was over by then: its last day was %(day)s.")
        raise Refused({"given_on": said % _on(lease, last)})


def record_vacated(*, lease, last_day, by, today, reason=""):
    """Record the last day on which the company occupied what it has under `lease`; returns the lease.

    For a lease that runs out by its dates: from the next day on nobody holds over there. It may be a day to come,
    when it is agreed. None takes the record back, with a reason. Raises Refused.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("record_vacated")
        if last_day is None:
            reason_given(reason, _("Say why the last day of occupation is taken back."))
        else:
            at.require_lettings()
            kept = check_vacated(at.lease, at.lettings, last_day)
            renewal = Lease.objects.filter(renews=at.lease, state=LeaseState.SIGNED).first()
            if renewal is not None:
                raise Refused(_("The company stays: lease %(lease)s renews this one.") % {"lease": renewal})
            for letting in kept:
                _check_none_later(letting, last_day)
        at.change(vacated_on=last_day)
    return at.fresh()


def check_vacated(lease, lettings, last_day):
    """Refuse `last_day` as the last day of occupation under `lease`, which has `lettings`.

    Returns those that run out by their dates. Later tenants are not asked for here.
    """
    kept = [letting for letting in lettings if letting.terminated_on is None]
    if not kept:
        raise Refused(
            _("Every suite of lease %(lease)s has been given back already, the last on %(day)s.")
            % _on(lease, _last_day(lettings))
        )
    for letting in kept:
        if letting.expiry_date is None:
            raise Refused(
                _("The letting of %(suite)s has no end: terminate the lease instead, with its last day.")
                % {"suite": suite_text(letting.suite)}
            )
    first = min(letting.commencement_date for letting in lettings)
    if last_day < first:
        said = _("Lease %(lease)s commences on %(day)s: its last day cannot be before that.")
        raise Refused({"last_day": said % _on(lease, first)})
    return kept


def _check_none_later(letting, last_day):
    """Refuse when the suite of `letting` is let anew on days from its expiry to `last_day`."""
    if last_day > letting.expiry_date:
        later = blocking_on(letting.suite_id, day_after(letting.expiry_date), last_day)
        others = list(later.filter(lease_state=LeaseState.SIGNED).exclude(lease=letting.lease_id))
        if others:
            raise in_the_way(others)


def only_deed_facts(facts):
    """A copy of `facts`, which may hold keys of DEED_FACTS only; anything else is a mistake of the caller's."""
    unknown = set(facts or ()) - set(DEED_FACTS)
    if unknown:
        raise TypeError(f"not facts of a deed: {sorted(unknown)}")
    return dict(facts or {})


def _begin(at, company, facts, application=None):
    """Insert the draft of `company` in the locked park."""
    company = found(Company.objects, company)
    at.lease = Lease(
        company=company, park=at.park, application=application, demo=company.demo, **only_deed_facts(facts)
    )
    cleaned(at.lease)
    at.lease.save(force_insert=True)
    at.lease.refresh_from_db(fields=["number"])


def _write(at, lines, *, rents_needed=True):
    """Insert a letting and, where the rent is known, its first rate for each of `lines`."""
    rates = []
    for line in lines:
        suite = at.suites.get(line.suite.pk)
        check_suite(suite, at.park, at.lease.demo, line.suite)
        if rents_needed:
            check_rent(suite, line.rent_pkr)
        letting = Letting(
            lease=at.lease,
            suite=suite,
            commencement_date=line.commencement_date,
            expiry_date=line.expiry_date,
            rent_basis=line.rent_basis,
        )
        cleaned(letting, exclude=FILLED, about=suite)
        letting.save(force_insert=True)
        at.lettings.append(letting)
        if line.rent_pkr is not None:
            rate = LettingRate(
                letting=letting,
                from_date=line.commencement_date,
                rent_pkr=to_paisa(line.rent_pkr),
                service_charge_pkr=to_paisa(line.service_charge_pkr),
            )
            cleaned(rate, about=suite)
            rates.append(rate)
    require_once(at.lettings)
    LettingRate.objects.bulk_create(rates)


def check_suite(suite, park, demo, asked=None):
    """Refuse `suite`, or None for `asked`, under a lease in `park` that is a demonstration or not, by `demo`."""
    if suite is None or suite.park_id != park.pk:
        raise Refused(
            {
                "suite": _("%(suite)s is not in %(park)s: a lease holds suites of its own park only.")
                % {"suite": suite_text(suite or asked), "park": park}
            }
        )
    if suite.demo != demo:
        raise Refused({"suite": _("Demonstration rows cannot be mixed with real ones.")})


def check_rent(suite, rent_pkr):
    """Refuse an unknown rent."""
    if rent_pkr is None:
        raise Refused({"rent_pkr": _("Give the rent of %(suite)s; zero is a rent.") % {"suite": suite_text(suite)}})


def check_signed(deed_on_file, signed_on, today):
    """Refuse a deed without the day on which it was signed, that day without a deed, and one still to come."""
    if deed_on_file and signed_on is None:
        raise Refused({"signed_on": _("A deed on file has the day on which it was signed.")})
    if not deed_on_file and signed_on is not None:
        raise Refused({"signed_on": _("Without a deed on file there is no day on which it was signed.")})
    if signed_on is not None:
        not_after("signed_on", signed_on, today)


def _last_day(lettings):
    """The last day of all `lettings`, None without end or without lettings."""
    days = [letting.last_day for letting in lettings]
    return None if None in days else max(days, default=None)


def _on(lease, day):
    return {"lease": lease, "day": dated(day)}
