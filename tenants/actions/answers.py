"""What a step of a lease means for the application that it came from. Called under the locks of that step."""

from django.urls import reverse
from django.utils.translation import gettext as _

from stp_portal.kit.words import rupees_text
from tenants import mails
from tenants.letters.issue import issue
from tenants.models import Application, ApplicationChoice, LeaseDocument, TimelineEntry
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import Actor
from tenants.models.lease import DocumentKind
from tenants.models.lease_states import LeaseState
from tenants.models.letter import LetterKind

from .errors import Refused


def follow_acceptance(at, *, by, today):
    """What an acceptance of the locked lease `at` does to its application: the other choices leave the queues."""
    if at.lease.application_id is None:
        return
    mine = Application.objects.select_for_update(no_key=True, of=["self"]).get(pk=at.lease.application_id)
    others = ApplicationChoice.objects.filter(application=mine, withdrawn_on__isnull=True)
    others = others.exclude(park=at.park, suite__isnull=True).exclude(park=at.park, suite__in=list(at.suites))
    others.update(withdrawn_on=today)
    tell(mine, TimelineKind.ACCEPTED, by=by, lease=at.lease)
    mails.queue("accepted", application=mine, key=f"accepted {at.lease.pk}", lease=at.lease)


def follow_offer(at, *, by, today):
    """Tell the application of the locked lease `at`, which is offered now, and write to the firm, with the letter."""
    if at.lease.application_id is None:
        return
    mine = Application.objects.get(pk=at.lease.application_id)
    tell(mine, TimelineKind.OFFER, by=by, lease=at.lease)
    letter = issue(kind=LetterKind.OFFER, application=mine, lease=at.lease, by=by, today=today, mail=None)
    mails.queue(
        "offer",
        application=mine,
        key=f"offer {at.lease.pk}",
        lease=at.lease,
        letter=letter,
        offer_link=mails.absolute(reverse("tenants:application-offer", args=[mine.token])),
    )


def follow_signing(at):
    """Write to the firm of the locked lease `at` that it is signed."""
    if at.lease.application_id is not None:
        mine = Application.objects.get(pk=at.lease.application_id)
        mails.queue("allotted", application=mine, key=f"allotted {at.lease.pk}", lease=at.lease)


def follow_end(at, state, *, by):
    """Tell in the timeline of its application that the locked offer `at` ends, and goes to `state`."""
    if at.lease.application_id is not None:
        mine = Application.objects.select_for_update(no_key=True, of=["self"]).get(pk=at.lease.application_id)
        said = _("The offer was declined.") if state == LeaseState.DECLINED else _("PSEB took the offer back.")
        tell(mine, TimelineKind.OFFER_ENDED, by=by, lease=at.lease, text=said)


def require_papers_of_signing(lease):
    """Refuse to sign the `lease` of an application before the deed's scan is on file and the deposit is noted."""
    if lease.application_id is None:
        return
    if not LeaseDocument.objects.filter(lease=lease, kind=DocumentKind.DEED).exists():
        raise Refused(_("Add the scan of the deed to the lease's documents first."))
    if lease.deposit_pkr and lease.deposit_received_on is None:
        raise Refused(
            _("Note first that the deposit of %(sum)s was received.") % {"sum": rupees_text(lease.deposit_pkr)}
        )


def tell(application, kind, *, by, **facts):
    """Write an entry of `kind` in the timeline of the locked application; `by` None is the firm itself."""
    TimelineEntry.objects.create(
        application=application, kind=kind, actor=Actor.FIRM if by is None else Actor.STAFF, user=by, **facts
    )
