"""What each role may do with the demand side. `sync_roles` makes the groups from this table."""

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER

VIEW, ANSWER = ("view",), ("view", "change")

# model name: actions. Enquiries come from the public pages alone and stay: nobody adds or deletes one by hand.
PERMISSIONS = {
    ADMINISTRATOR: {"tenants.enquiry": ANSWER},
    LETTINGS_OFFICER: {"tenants.enquiry": ANSWER},
    # Only in the parks assigned to them, on the days of the assignment.
    PARK_MANAGER: {"tenants.enquiry": ANSWER},
    AUDITOR: {"tenants.enquiry": VIEW},
}
