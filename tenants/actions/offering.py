"""From an application to an offer, and from the firm's answer to the deed. The offer is the lease."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from stp_portal.kit import version
from stp_portal.kit.words import dated, rupees_text
from tenants import mails, queue
from tenants.models import Application, Lease, Letting, LettingRate
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import ApplicationState
from tenants.models.lease_states import LeaseState

from .answers import follow_acceptance, tell
from .applied import go
from .entering import enter_company
from .errors import Refused, not_after
from .lease import draft_lease
from .locked import found, locked
from .passing import lock_queue
from .states import offer

THEN = ("wait", "withdraw")
# What the terms of an offer consist of beside its own row, as pairs of model and key.
TERMS = ((Letting, "lease"), (LettingRate, "letting__lease"))


def database_today():
    """The day in Karachi by the database's clock at this moment: what decides whether an answer is in time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stp_today()")
        return cursor.fetchone()[0]


def terms_of(lease):
    """The version of the terms of the offer `lease`: another one whenever staff changed any of them."""
    return version.token_of(Lease, lease.pk, TERMS)


def offer_space(
    *,
    application,
    park,
    lines,
    deadline,
    by,
    today,
    company=None,
    facts=None,
    passing=None,
    minute="",
    decided_on=None,
    reason="",
):
    """Offer the waiting `application` the suites of `lines` in `park`, open until `deadline` inclusive; returns the
    lease, which is offered.

    The firm is entered in the register first where it is not yet, as `company` if given (see `enter_company`).
    `facts` are those of the deed (DEED_FACTS), `passing` says why those ahead in the queue are passed over (see
    `record_passing`), `minute` and `decided_on` are of the decision. Raises Refused; nothing is written then.
    """
    suites = [line.suite for line in lines]
    with transaction.atomic():
        # Leases first, then the park, then the application: the order of everyone who writes them.
        list(Lease.objects.filter(application=application.pk).order_by("pk").select_for_update(of=["self"]))
        with locked(by=by, reason=reason, park=park, suites=suites):
            lock_queue(application.pk, queue.ahead_of(application, park, application.band, today))
            company = enter_company(application=application, company=company, by=by, today=today, reason=reason)
            mine = found(Application.objects.select_for_update(no_key=True, of=["self"]), application)
            standing = Application.objects.with_standing(today).get(pk=mine.pk).standing
            if standing != ApplicationState.WAITING:
                raise Refused(
                    _("An offer is made to a waiting application only. Application %(application)s is: %(state)s.")
                    % {"application": mine, "state": mine.get_state_display().lower()}
                )
            if decided_on is not None:
                not_after("decided_on", decided_on, today)
            _set_aside_lapsed(mine, today)
            lease = draft_lease(
                company=company,
                park=park,
                lines=lines,
                facts=facts,
                application=mine,
                by=by,
                today=today,
                reason=reason,
            )
            Application.objects.filter(pk=mine.pk).update(
                state_user=by, state_minute=minute.strip(), state_decided_on=decided_on, state_code="", state_reason=""
            )
            return offer(lease=lease, deadline=deadline, passing=passing, by=by, today=today, reason=reason)


def accept_by_firm(*, application, lease, terms=None):
    """The firm of `application` accepts the offer `lease` through its link; returns the lease.

    Whether it is in time is decided by the database's clock, under the locks. Accepting twice is accepting once.
    `terms` is the version that the firm has read (see `terms_of`), None when that is known to be the present one.
    Raises Refused when the offer has lapsed, is no longer one, or has other terms by now.
    """
    with locked(by=None, firm=application.reference, reason="", lease=lease) as at:
        _require_own(at, application)
        if at.lease.state == LeaseState.ACCEPTED and at.lease.accepted_by_link:
            return at.fresh()
        at.allow("accept")
        if terms is not None and terms != terms_of(at.lease):
            raise Refused(_("PSEB has changed the offer since you opened this page. Read it, and answer again."))
        now = database_today()
        if now > at.lease.offer_deadline:
            raise Refused(
                _("The offer was open until %(day)s and has lapsed. Your application waits on with its old date.")
                % {"day": dated(at.lease.offer_deadline)}
            )
        at.change(state=LeaseState.ACCEPTED, accepted_on=now, accepted_by_link=True)
        follow_acceptance(at, by=None, today=now)
    return at.fresh()


def decline_by_firm(*, application, lease, then="wait", reason=""):
    """The firm of `application` declines the offer `lease`, and waits on with its old date or withdraws; returns the
    lease. Raises Refused."""
    if then not in THEN:
        raise TypeError(f"not what may follow: {then!r}")
    with locked(by=None, firm=application.reference, reason=reason, lease=lease) as at:
        _require_own(at, application)
        at.allow("decline")
        mine = Application.objects.select_for_update(no_key=True, of=["self"]).get(pk=application.pk)
        if then == "withdraw":
            go(mine, ApplicationState.WITHDRAWN, by=None, reason=reason)
            mails.queue("withdrawn", application=mine, key=f"withdrawn {mine.reference}")
        tell(mine, TimelineKind.OFFER_ENDED, by=None, lease=at.lease, text=_("The offer was declined."))
        at.change(state=LeaseState.DECLINED, state_reason=reason.strip()[:300])
    return at.fresh()


def note_deposit(*, lease, received_pkr, received_on, by, today, reason=""):
    """Record the deposit received under the accepted or signed `lease`, PKR in all, on the day `received_on`; returns
    the lease. Raises Refused."""
    with locked(by=by, reason=reason, lease=lease) as at:
        at.allow("note_deposit")
        not_after("received_on", received_on, today)
        at.change(deposit_received_pkr=received_pkr, deposit_received_on=received_on)
        if at.lease.application_id is not None:
            tell(at.lease.application, TimelineKind.DEPOSIT, by=by, lease=at.lease, text=rupees_text(received_pkr))
    return at.fresh()


def _set_aside_lapsed(application, today):
    """Record the lapsed offer of the application, whose leases are locked."""
    lapsed = Lease.objects.filter(application=application, state=LeaseState.OFFERED, offer_deadline__lt=today)
    lapsed.update(state=LeaseState.LAPSED)


def _require_own(at, application):
    if at.lease.application_id != application.pk:
        raise Refused(_("This offer belongs to another application."))
