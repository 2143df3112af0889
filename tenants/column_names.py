"""Headings that files of companies and of leases share."""

from django.utils.translation import gettext_lazy as _

COMPANY_NAMES = (
    *("company", "company name", "name of company", "firm", "firm name", "name of firm", "tenant", "name of tenant"),
    *("organisation", "organization", "it company", "کمپنی", "کمپنی کا نام", "نام"),
)
NTN_NAMES = ("ntn no", "ntn number", "ntn #", "national tax number", "tax number", "fbr ntn", "این ٹی این")
NTN_ACCEPTED = _("Seven digits and a check digit, like 1234567-8, as text where it begins with a zero. Never a CNIC.")
REMARKS = ("note", "notes", "remarks", "comments", "کیفیت")
