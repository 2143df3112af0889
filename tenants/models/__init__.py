"""The tenancy desk: demand only. One module per noun; import models from here."""

from .batch import ImportBatch, ImportMapping, ImportRow, ImportWrite
from .company import Company, CompanyContact
from .enquiry import Enquiry, EnquiryCount
from .lease import Lease, LeaseDocument
from .letting import Letting, LettingRate
from .merged import DistinctCompanies, MergedCompany
from .need import SpaceNeed

__all__ = [
    "Company",
    "CompanyContact",
    "DistinctCompanies",
    "Enquiry",
    "EnquiryCount",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "ImportWrite",
    "Lease",
    "LeaseDocument",
    "Letting",
    "LettingRate",
    "MergedCompany",
    "SpaceNeed",
]
