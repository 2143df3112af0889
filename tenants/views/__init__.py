"""Public pages of the tenancy desk, one module per noun: parse, call, render."""

from .companies import company_detail, company_list, company_logo
from .compare import compare
from .enquiry import SENT, enquiry_new, enquiry_sent
from .need import need_new, need_sent
from .space import space_list
from .suite import suite_detail, suite_share

__all__ = [
    "SENT",
    "company_detail",
    "company_list",
    "company_logo",
    "compare",
    "enquiry_new",
    "enquiry_sent",
    "need_new",
    "need_sent",
    "space_list",
    "suite_detail",
    "suite_share",
]
