"""Rows that make a lease: as `record_existing` enters one, with what has come after it."""

from django.utils.translation import gettext as _

from stp_portal.kit.words import dated
from tenants.actions.errors import Refused, reason_given
from tenants.actions.lease import check_notice, check_signed, check_vacated
from tenants.actions.rates import later_rates
from tenants.models import Lease
from tenants.models.lease_states import LeaseState

from .leases_lines import OF_LEASE, OF_LETTING, line_of, refuse, refuse_errors, require_free
from .leases_match import agreed, others_of
from .leases_words import columns, label, say
from .planning import Claim, Plan, Write

# What a lease is given once it is there: it begins as a draft.
SIGNED_WITH = ("state", "state_reason", "deed_on_file", "signed_on", "notice_given_on", "vacated_on")
# The lapsed offers are out of the way first; lettings come in as signed, with all their days.
LAPSED_FIRST, DRAFTED, SIGNED, LET, RATED = range(5)


def plan_new(rows, job, taken):
    """The plans of `rows` (Asked) that make one lease, in their order."""
    plans = [Plan(asked.number, label=_label(asked), new=True) for asked in rows]
    company, park = _whose(rows, plans, "company"), _whose(rows, plans, "park")
    facts = _facts(rows, plans)
    _may(plans, job)
    for asked, plan in zip(rows, plans, strict=True):
        _tell(asked, plan, company, park)
    if company is None or park is None:
        _ask_for_the_rest(rows, plans)
        return plans
    told = {key: facts.pop(key, None) for key in ("signed_on", "notice_given_on", "vacated_on")}
    lease = Lease(company_id=company.pk, park_id=park.pk, demo=company.demo, **facts)
    signed = {
        "state": LeaseState.SIGNED,
        "state_reason": job.batch.reason.strip(),
        "deed_on_file": told["signed_on"] is not None,
        **told,
    }
    final = Lease(company_id=company.pk, park_id=park.pk, demo=company.demo, **facts, **signed)
    _check_lease(rows, plans, final, job.today)
    lines = [
        line_of(asked, plan, final, park, rents_needed=final.deed_on_file)
        for asked, plan in zip(rows, plans, strict=True)
    ]
    lines = [line for line in lines if line is not None]
    lapsed = {}
    for line in lines:
        lapsed |= {offer.pk: offer for offer in require_free(line, taken, company.pk, job.today)}
        taken.take(line.asked.number, line.letting, final.vacated_on, company.pk)
        line.plan.claims.append(
            Claim(
                ("letting", line.letting.suite_id, line.letting.commencement_date),
                "suite",
                _("Row %(row)s lets the same suite from the same day."),
            )
        )
    if len(lines) == len(rows):
        _check_ending(lines, final, taken, job.today)
    refused = any(plan.problems for plan in plans)
    rates = {} if refused else {line.asked.number: _rates(line, final) for line in lines}
    if refused or any(plan.problems for plan in plans):
        taken.release({line.asked.number for line in lines})
        return plans
    if not final.deed_on_file:
        plans[0].warn("signed_on", _("Without a day of signing it comes in as an occupation without an agreement."))
    _write(plans, lines, rates, (lease, signed), lapsed.values())
    return plans


def _rates(line, final):
    """All rates of a new letting: the first, and those that follow from the escalation."""
    first = [line.rate] if line.rate is not None else []
    try:
        return first + later_rates(line.letting, first, final.escalation_percent, final.escalation_months)
    except Refused as error:
        refuse(line.plan, error)
    return first


def _write(plans, lines, rates, lease_and_signed, lapsed):
    """The writes of a lease, at the first of its plans."""
    lease, signed = lease_and_signed
    writes = plans[0].writes
    for offer in lapsed:
        writes.append(Write(offer, ("state",), LAPSED_FIRST, values={"state": LeaseState.LAPSED}))
        said = _("An offer of the suite, open until %(day)s, is set to lapsed.")
        plans[0].warn("suite", said % {"day": dated(offer.offer_deadline)})
    writes.append(Write(lease, phase=DRAFTED))
    fields = tuple(name for name in SIGNED_WITH if signed[name] is not None)
    writes.append(Write(lease, fields, SIGNED, values=signed))
    for line in lines:
        # Until now it hung on the lease as it will be, which the checks asked for.
        line.letting.lease = lease
        writes.append(Write(line.letting, phase=LET, number=line.asked.number))
        writes += [Write(rate, phase=RATED, number=line.asked.number) for rate in rates[line.asked.number]]


def _label(asked):
    company = asked.company.what.name if asked.company.what else asked.value("company") or ""
    return ", ".join(part for part in (company, asked.value("suite") or "") if part)


def _may(plans, job):
    """Refuse what `job` must have to make leases at all."""
    for plan in plans:
        if not job.may("tenants.add_lease"):
            plan.refuse("", _("You may not add leases."))
        try:
            reason_given(job.batch.reason, _("Say where the file is from: it is how new leases are known."))
        except Refused as error:
            refuse(plan, error)


def _whose(rows, plans, key):
    """The one company, or park, of all rows; None when there is none, which the plans then say."""
    found, firsts = {}, {}
    for asked, plan in zip(rows, plans, strict=True):
        told = getattr(asked, key)
        if told.reason:
            plan.refuse(told.key, told.reason, told.accepts)
        elif told.what is not None:
            found[told.what.pk] = told.what
            firsts.setdefault(told.what.pk, asked.number)
            if told.warning:
                plan.warn(key, told.warning)
        elif key not in asked.row.unreadable:
            plan.refuse(key, _("A new lease needs this."), columns()[key].accepts())
    if len(found) > 1:
        said = _("A lease has one company.") if key == "company" else _("A lease is in one park.")
        for plan in plans:
            plan.refuse(key, said, _("Another text under “%(number)s” for each lease.") % {"number": label("number")})
    return next(iter(found.values())) if len(found) == 1 else None


def _facts(rows, plans):
    """What the rows say of the lease together: {key: value} as the register keeps it."""
    told = [(asked.number, asked.row.values) for asked in rows]
    by_number = {plan.number: plan for plan in plans}
    facts = {}
    for key in OF_LEASE:
        said = agreed(told, key, known=False)
        for number in said.against:
            by_number[number].refuse(
                key,
                _("The rows of one lease say different things."),
                _("What these rows say: %(rows)s.") % {"rows": others_of(number, said.against)},
            )
        if said.value is not None:
            facts[key] = said.value
    return facts


def _tell(asked, plan, company, park):
    """The changes of a new row: all that it says."""
    for key in ("company", "park", *OF_LETTING, *OF_LEASE):
        value = asked.value(key)
        if key == "company" and company is not None:
            value = company.name
        elif key == "park" and park is not None:
            value = park.name
        if value is not None:
            plan.tell(label(key), "", say(key, value))


def _ask_for_the_rest(rows, plans):
    """Refuse what is missing of a row whose company or park is not known either."""
    for asked, plan in zip(rows, plans, strict=True):
        for key in ("suite", "commencement_date"):
            if asked.value(key) is None:
                plan.refuse(key, _("A new lease needs this."), columns()[key].accepts())


def _plan_of(rows, plans, key):
    """The plan of the first row that says something in the column, else the first."""
    return next((plan for asked, plan in zip(rows, plans, strict=True) if asked.value(key) is not None), plans[0])


def _check_lease(rows, plans, final, today):
    sayer = Plan(0)
    refuse_errors(sayer, final)
    try:
        check_signed(final.deed_on_file, final.signed_on, today)
    except Refused as error:
        refuse(sayer, error)
    for problem in sayer.problems:
        plan = _plan_of(rows, plans, problem.key)
        plan.refuse(problem.key, problem.reason, problem.accepts)


def _check_ending(lines, final, taken, today):
    """Refuse notice and last day of occupation where the actions that record them would."""
    lettings = [line.letting for line in lines]
    rows, plans = [line.asked for line in lines], [line.plan for line in lines]
    name = _("of row %(row)s") % {"row": rows[0].number}
    if final.notice_given_on is not None:
        plan = _plan_of(rows, plans, "notice_given_on")
        try:
            check_notice(name, lettings, final.notice_given_on, today)
        except Refused as error:
            refuse(plan, error)
    if final.vacated_on is not None:
        plan = _plan_of(rows, plans, "vacated_on")
        try:
            for letting in check_vacated(name, lettings, final.vacated_on):
                for other in taken.later_than(letting, final.vacated_on):
                    plan.refuse("vacated_on", taken.named(other))
        except Refused as error:
            refuse(plan, error)
