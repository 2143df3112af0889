"""Public pages of the tenancy desk, one module per noun: parse, call, render."""

from .application import (
    application,
    application_choice_add,
    application_choices,
    application_interest,
    application_letter,
    application_message,
    application_papers,
    application_withdraw,
)
from .application_find import application_find, application_found
from .apply import apply, apply_draft, apply_step
from .companies import company_detail, company_list, company_logo
from .compare import compare
from .enquiry import SENT, enquiry_new, enquiry_sent
from .need import need_new, need_sent
from .offer import application_offer
from .queue import queue_page
from .space import space_list
from .suite import suite_detail, suite_share
from .verify import verify, verify_code

__all__ = [
    "SENT",
    "application",
    "application_choice_add",
    "application_choices",
    "application_find",
    "application_found",
    "application_interest",
    "application_letter",
    "application_message",
    "application_offer",
    "application_papers",
    "application_withdraw",
    "apply",
    "apply_draft",
    "apply_step",
    "company_detail",
    "company_list",
    "company_logo",
    "compare",
    "enquiry_new",
    "enquiry_sent",
    "need_new",
    "need_sent",
    "queue_page",
    "space_list",
    "suite_detail",
    "suite_share",
    "verify",
    "verify_code",
]
