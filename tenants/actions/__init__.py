"""What writes rows of the tenancy desk, by noun. Each is one transaction; of staff with its author and reason.

Every action on leases locks first (`locked`), reads the state anew under the lock, and refuses what cannot be with
`Refused`: a sentence that names the lease in the way or the fact that is missing.
"""

from tenants.models import EnquiryCount

from .enquiry import close, mark_answered, receive_enquiry, sent_with
from .errors import Refused
from .lease import DEED_FACTS, Line, add_suites, draft_lease, file_deed, record_existing, record_notice, record_vacated
from .letting import give_back, terminate
from .locked import ALLOWED
from .merge import locked_pair, merge_companies
from .need import receive_need
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
    "add_suites",
    "cancel",
    "close",
    "close_suite",
    "decline",
    "draft_lease",
    "file_deed",
    "give_back",
    "locked_pair",
    "mark_answered",
    "merge_companies",
    "monthly_rent",
    "offer",
    "receive_enquiry",
    "receive_need",
    "record_existing",
    "record_notice",
    "record_vacated",
    "renew",
    "reopen_suite",
    "sent_with",
    "sign",
    "terminate",
    "withdraw",
]
