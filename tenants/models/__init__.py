"""The tenancy desk: demand only. One module per noun; import models from here."""

from .company import Company, CompanyContact
from .enquiry import Enquiry, EnquiryCount
from .lease import Lease, LeaseDocument
from .letting import Letting, LettingRate
from .need import SpaceNeed

__all__ = [
    "Company",
    "CompanyContact",
    "Enquiry",
    "EnquiryCount",
    "Lease",
    "LeaseDocument",
    "Letting",
    "LettingRate",
    "SpaceNeed",
]
