"""What each guided page is about: its words, its form, and how it runs its action."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from tenants import actions
from tenants.models.lease_states import LeaseState

from . import guided_forms as asked
from .offer_forms import OfferForm, OfferSpaceForm


@dataclass(frozen=True)
class Guide:
    """One action. `title` heads the page, `lead` says what happens, `button` confirms it, `said` tells it is done.

    `run` is the action; `allowed` narrows its states by what the lease already has.
    """

    name: str
    title: str
    lead: str
    button: str
    said: str
    form: type
    run: Callable
    quiet: bool = False
    allowed: Callable = lambda lease: True

    @property
    def route(self):
        """The name of the page's route on a lease."""
        return f"admin:tenants_lease_{self.name}"

    @property
    def slug(self):
        """The part of the page's address."""
        return self.name.replace("_", "-")


def deposit_open(lease):
    """Whether the deposit is still to be noted; until the deed is signed it can be corrected."""
    return lease.deposit_received_on is None or lease.state == LeaseState.ACCEPTED


# On a lease, in the order in which a lease goes its way.
OF_LEASE = {
    guide.name: guide
    for guide in (
        Guide(
            "add_suites",
            _("Add suites"),
            _("The suites are added to the draft. A draft keeps nobody else from a suite."),
            _("Add the suites"),
            _("The suites are added."),
            asked.AddSuitesForm,
            actions.add_suites,
        ),
        Guide(
            "offer",
            _("Offer"),
            _("The draft becomes an offer, and its suites are held until it is accepted, declined or lapses."),
            _("Make the offer"),
            _("The offer is made."),
            OfferForm,
            actions.offer,
        ),
        Guide(
            "accept",
            _("Accept"),
            _("The company has accepted the offer. The suites stay held until the deed is signed."),
            _("Record the acceptance"),
            _("The acceptance is recorded."),
            asked.AcceptForm,
            actions.accept,
        ),
        Guide(
            "note_deposit",
            _("Deposit received"),
            _("The deposit has come in. A lease that came from an application is signed only after that."),
            _("Note the deposit"),
            _("The deposit is noted."),
            asked.DepositForm,
            actions.note_deposit,
            allowed=deposit_open,
        ),
        Guide(
            "sign",
            _("Sign"),
            _("The deed is signed. The later rents are written from the escalation that it states."),
            _("Record the deed"),
            _("The lease is signed."),
            asked.SignForm,
            actions.sign,
        ),
        Guide(
            "decline",
            _("Decline"),
            _("The company has declined the offer; its suites are free at once."),
            _("Record that it is declined"),
            _("The offer is declined."),
            asked.ReasonForm,
            actions.decline,
            quiet=True,
        ),
        Guide(
            "withdraw",
            _("Withdraw"),
            _("PSEB takes the offer back; its suites are free at once."),
            _("Withdraw the offer"),
            _("The offer is withdrawn."),
            asked.WithReasonForm,
            actions.withdraw,
            quiet=True,
        ),
        Guide(
            "cancel",
            _("Cancel"),
            _("The draft is given up. It stays in the list, as cancelled."),
            _("Cancel the draft"),
            _("The draft is cancelled."),
            asked.ReasonForm,
            actions.cancel,
            quiet=True,
        ),
        Guide(
            "file_deed",
            _("File the deed"),
            _("The company has been in occupation without an agreement on file. Now there is one."),
            _("File the deed"),
            _("The deed is on file."),
            asked.SignForm,
            actions.file_deed,
            allowed=lambda lease: not lease.deed_on_file,
        ),
        Guide(
            "renew",
            _("Renew"),
            _("A new draft continues this lease from the day after its last, at the last rent. It lets nothing yet."),
            _("Draft the renewal"),
            _("The renewal is drafted."),
            asked.RenewForm,
            actions.renew,
        ),
        Guide(
            "record_notice",
            _("Record notice"),
            _("Notice to leave was given. The lease is in notice from that day until its last."),
            _("Record the notice"),
            _("The notice is recorded."),
            asked.NoticeForm,
            actions.record_notice,
        ),
        Guide(
            "record_vacated",
            _("Record vacated"),
            _("The company has left, or its last day is agreed. From the next day on nobody is holding over."),
            _("Record the last day"),
            _("The last day of occupation is recorded."),
            asked.VacatedForm,
            actions.record_vacated,
        ),
        Guide(
            "terminate",
            _("Terminate"),
            _("Every suite of the lease that still runs on the last day ends with it."),
            _("Terminate the lease"),
            _("The lease is terminated."),
            asked.TerminateForm,
            actions.terminate,
            quiet=True,
        ),
    )
}
GIVE_BACK = Guide(
    "give_back",
    _("Give back"),
    _("One suite of the lease ends early; the others go on."),
    _("Give the suite back"),
    _("The suite is given back."),
    asked.LastDayForm,
    actions.give_back,
)
NEW = {
    guide.name: guide
    for guide in (
        Guide(
            "draft",
            _("Draft a lease"),
            _("A draft keeps nobody from a suite, and may conflict with others until it is offered."),
            _("Make the draft"),
            _("The draft is made."),
            asked.DraftForm,
            actions.draft_lease,
        ),
        Guide(
            "record_existing",
            _("Record an existing lease"),
            _("A deed signed before it was entered here, or a company in occupation without an agreement on file."),
            _("Record the lease"),
            _("The lease is recorded."),
            asked.ExistingForm,
            actions.record_existing,
        ),
    )
}
OFFER_SPACE = Guide(
    "offer_space",
    _("Make an offer"),
    _("The suites are held for the firm until the last day of the offer. It answers through its own link."),
    _("Make the offer"),
    _("The offer is made, and the firm gets it by e-mail, with the letter."),
    OfferSpaceForm,
    actions.offer_space,
)
CLOSE = Guide(
    "close",
    _("Close a suite"),
    _("Nobody can have the suite on these days. A suite that is let, held or offered then cannot be closed."),
    _("Close the suite"),
    _("The suite is closed."),
    asked.CloseForm,
    actions.close_suite,
)
REOPEN = Guide(
    "reopen",
    _("Reopen a suite"),
    _("The closure ends on the last closed day; the suite can be let from the next day on."),
    _("Reopen the suite"),
    _("The suite is reopened."),
    asked.ReopenForm,
    actions.reopen_suite,
)


def steps_for(lease):
    """The guides of what can be done on `lease` as it stands."""
    return [guide for name, guide in OF_LEASE.items() if lease.state in actions.ALLOWED[name] and guide.allowed(lease)]
