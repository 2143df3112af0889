"""What each role may do with the demand side. `sync_roles` makes the groups from this table."""

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER

VIEW, ANSWER = ("view",), ("view", "change")
EDIT, ALL = ("view", "add", "change"), ("view", "add", "change", "delete")

# model name: actions. Enquiries and needs come from the public pages alone and stay. Of leases only drafts can be
# deleted, whoever asks. What changes the state of a lease needs the right to change leases.
OFFICER = {
    "tenants.enquiry": ANSWER,
    "tenants.spaceneed": VIEW,
    "tenants.company": EDIT,
    "tenants.companycontact": ALL,
    "tenants.lease": ALL,
    "tenants.letting": ALL,
    "tenants.lettingrate": ALL,
    "tenants.leasedocument": EDIT,
    # What firms sent stays; what staff do about it are steps that need the right to change applications.
    "tenants.application": ANSWER,
    "tenants.applicationpaper": VIEW,
    "tenants.applicationmessage": VIEW,
    "tenants.letter": ("view", "add"),
    "tenants.lettertemplate": ("view", "add"),
    "tenants.mail": ANSWER,
    "tenants.jobrun": VIEW,
    # Each import asks besides for the rights over what its rows are.
    "tenants.importbatch": EDIT,
}
PERMISSIONS = {
    ADMINISTRATOR: {**OFFICER, "tenants.company": ALL, "tenants.leasedocument": ALL},
    LETTINGS_OFFICER: OFFICER,
    # Only in the parks assigned to them, on the days of the assignment.
    PARK_MANAGER: {
        "tenants.enquiry": ANSWER,
        "tenants.spaceneed": VIEW,
        "tenants.company": VIEW,
        "tenants.companycontact": VIEW,
        "tenants.lease": VIEW,
        "tenants.letting": VIEW,
        "tenants.lettingrate": VIEW,
        "tenants.leasedocument": VIEW,
        "tenants.application": VIEW,
        "tenants.applicationpaper": VIEW,
        "tenants.applicationmessage": VIEW,
        "tenants.letter": VIEW,
        "tenants.importbatch": EDIT,
    },
    # Everything but the people at the companies, what they wrote and the papers that name them.
    AUDITOR: {
        "tenants.enquiry": VIEW,
        "tenants.spaceneed": VIEW,
        "tenants.company": VIEW,
        "tenants.lease": VIEW,
        "tenants.letting": VIEW,
        "tenants.lettingrate": VIEW,
        "tenants.leasedocument": VIEW,
        "tenants.application": VIEW,
        "tenants.letter": VIEW,
        "tenants.lettertemplate": VIEW,
        "tenants.jobrun": VIEW,
        "tenants.importbatch": VIEW,
    },
}
