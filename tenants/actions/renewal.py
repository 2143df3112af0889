"""A lease that continues another: a new draft, begun on the day after. What is copied is said, field by field."""

from django.db.models import Q
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated
from tenants.models import Lease, Letting, LettingRate
from tenants.models.lease_states import LeaseState
from tenants.querysets import day_after

from .errors import Refused, cleaned, suite_text
from .lease import FILLED, only_deed_facts
from .locked import locked

# What the new lease has of the old one, and what it does not: together every column of both.
COPIED = {
    Lease: (
        "company",
        "park",
        "permitted_use",
        "deposit_pkr",
        "notice_months",
        "lock_in_months",
        "due_day",
        "escalation_percent",
        "escalation_months",
        "demo",
    ),
    Letting: ("suite", "rent_basis"),
}
RESET = {
    Lease: (
        "id",
        "number",
        "state",
        "state_reason",
        "offered_on",
        "offer_deadline",
        "accepted_on",
        "accepted_by_link",
        "application",
        "deposit_received_pkr",
        "deposit_received_on",
        "deed_on_file",
        "signed_on",
        "signatory_company",
        "signatory_lessor",
        "registration_number",
        "notice_given_on",
        "vacated_on",
        "renews",
        "note",
    ),
    Letting: (
        "id",
        "lease",
        "lease_state",
        "park",
        "commencement_date",
        "expiry_date",
        "terminated_on",
        "term",
    ),
}


def renew(*, lease, expiry_date, by, today, reason="", changes=None):
    """A draft that renews the signed `lease` until `expiry_date` inclusive, None without end; returns the draft.

    Each suite that is still with the company goes on from the day after its last, at the rent and service charge of
    that last day where they are known. `changes` are facts (see DEED_FACTS) that the new lease has otherwise. Raises
    Refused.
    """
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("renew")
        at.require_lettings()
        _check_end(at, today)
        going_on = _kept(at, today)
        facts = {name: getattr(at.lease, name) for name in COPIED[Lease]}
        draft = Lease(renews=at.lease, **facts | only_deed_facts(changes))
        cleaned(draft)
        draft.save(force_insert=True)
        rates = []
        for old in going_on:
            letting = Letting(
                lease=draft,
                commencement_date=day_after(old.expiry_date),
                expiry_date=expiry_date,
                **{name: getattr(old, name) for name in COPIED[Letting]},
            )
            cleaned(letting, exclude=FILLED, about=old.suite)
            letting.save(force_insert=True)
            rate = LettingRate.objects.filter(letting=old).in_effect(old.expiry_date).first()
            if rate is not None:
                rates.append(
                    LettingRate(
                        letting=letting,
                        from_date=letting.commencement_date,
                        rent_pkr=rate.rent_pkr,
                        service_charge_pkr=rate.service_charge_pkr,
                    )
                )
        LettingRate.objects.bulk_create(rates)
        at.lease = draft
    return at.fresh()


def _check_end(at, today):
    """Refuse a lease that is renewed already, without end, or left by its company."""
    renewals = Lease.objects.filter(renews=at.lease)
    standing = renewals.filter(state__in=[LeaseState.SIGNED, LeaseState.ACCEPTED]) | renewals.filter(
        state=LeaseState.OFFERED, offer_deadline__gte=today
    )
    other = standing.first()
    if other is not None:
        raise Refused(_("Lease %(other)s already renews lease %(old)s.") % {"other": other, "old": at.lease})
    for letting in at.lettings:
        if letting.last_day is None:
            raise Refused(
                _("The letting of %(suite)s under lease %(lease)s has no end: there is nothing to renew.")
                % {"suite": suite_text(letting.suite), "lease": at.lease}
            )
    if at.lease.vacated_on is not None:
        raise Refused(
            _("The company's last day of occupation under lease %(lease)s is %(day)s: draft a new lease.")
            % {"lease": at.lease, "day": dated(at.lease.vacated_on)}
        )


def _kept(at, today):
    """The lettings still with the company: not given back, not followed by another, their suite not let anew since."""
    kept = []
    for letting in at.lettings:
        if letting.terminated_on is None:
            since = Letting.objects.filter(
                Q(commencement_date__lte=today) | Q(lease=at.lease),
                suite=letting.suite_id,
                lease_state=LeaseState.SIGNED,
                commencement_date__gt=letting.expiry_date,
            )
            if not since.exists():
                kept.append(letting)
    if not kept:
        raise Refused(_("No suite of lease %(lease)s is still with the company.") % {"lease": at.lease})
    return kept
