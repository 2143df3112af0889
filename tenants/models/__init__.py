"""The tenancy desk: demand only. One module per noun; import models from here."""

from .application import Application
from .application_parts import ApplicationChoice, ApplicationMessage, PassingOver, TimelineEntry
from .batch import ImportBatch, ImportMapping, ImportRow, ImportWrite
from .company import Company, CompanyContact
from .enquiry import Enquiry, EnquiryCount
from .lease import Lease, LeaseDocument
from .letter import Letter, LetterTemplate, VerifyCount
from .letting import Letting, LettingRate
from .mail import JobRun, LinkCount, LinkRequest, Mail
from .merged import DistinctCompanies, MergedCompany
from .need import SpaceNeed
from .paper import ApplicationCount, ApplicationDraft, ApplicationPaper, PaperRequest

__all__ = [
    "Application",
    "ApplicationChoice",
    "ApplicationCount",
    "ApplicationDraft",
    "ApplicationMessage",
    "ApplicationPaper",
    "Company",
    "CompanyContact",
    "DistinctCompanies",
    "Enquiry",
    "EnquiryCount",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "ImportWrite",
    "JobRun",
    "Lease",
    "LeaseDocument",
    "Letter",
    "LetterTemplate",
    "Letting",
    "LettingRate",
    "LinkCount",
    "LinkRequest",
    "Mail",
    "MergedCompany",
    "PaperRequest",
    "PassingOver",
    "SpaceNeed",
    "TimelineEntry",
    "VerifyCount",
]
