"""The tenancy desk: demand only. One module per noun; import models from here."""

from .enquiry import Enquiry, EnquiryCount

__all__ = ["Enquiry", "EnquiryCount"]
