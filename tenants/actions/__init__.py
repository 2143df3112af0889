"""What writes rows of the tenancy desk, by noun. Each is one transaction; of staff with its author and reason.

Every action on leases locks first (`locked`), reads the state anew under the lock, and refuses what cannot be with
`Refused`: a sentence that names the lease in the way or the fact that is missing.
"""

from tenants.models import EnquiryCount

from .application import submit_application
from .enquiry import close, mark_answered, receive_enquiry, sent_with
from .errors import Refused
from .following import (
    add_choice,
    answer_interest,
    ask_for_links,
    change_choices,
    send_message,
    send_paper,
    withdraw_application,
)
from .lease import DEED_FACTS, Line, add_suites, draft_lease, file_deed, record_existing, record_notice, record_vacated
from .letting import give_back, terminate
from .locked import ALLOWED
from .merge import locked_pair, merge_companies
from .need import receive_need
from .offering import accept_by_firm, decline_by_firm, note_deposit, offer_space
from .rates import monthly_rent
from .receiving import MOST_AN_HOUR
from .renewal import COPIED, RESET, renew
from .states import accept, cancel, decline, offer, sign, withdraw
from .suite import close_suite, reopen_suite

__all__ = [
    "ALLOWED",
    "COPIED",
    "DEED_FACTS",
    "MOST_AN_HOUR",
    "RESET",
    "EnquiryCount",
    "Line",
    "Refused",
    "accept",
    "accept_by_firm",
    "add_choice",
    "add_suites",
    "answer_interest",
    "ask_for_links",
    "cancel",
    "change_choices",
    "close",
    "close_suite",
    "decline",
    "decline_by_firm",
    "draft_lease",
    "file_deed",
    "give_back",
    "locked_pair",
    "mark_answered",
    "merge_companies",
    "monthly_rent",
    "note_deposit",
    "offer",
    "offer_space",
    "receive_enquiry",
    "receive_need",
    "record_existing",
    "record_notice",
    "record_vacated",
    "renew",
    "reopen_suite",
    "send_message",
    "send_paper",
    "sent_with",
    "sign",
    "submit_application",
    "terminate",
    "withdraw",
    "withdraw_application",
]
