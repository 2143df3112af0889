"""What each role may do with the supply side. `sync_roles` makes the groups from this table."""

from stp_portal.kit.roles import ADMINISTRATOR, AUDITOR, LETTINGS_OFFICER, PARK_MANAGER

VIEW, DECIDE = ("view",), ("view", "change")
EDIT, ALL = ("view", "add", "change"), ("view", "add", "change", "delete")

# model name: actions. A park that has facts cannot be deleted by anyone: its foreign keys protect it.
PERMISSIONS = {
    ADMINISTRATOR: {
        "parks.park": ALL,
        "parks.city": ALL,
        "parks.hostinstitution": ALL,
        "parks.source": ALL,
        "parks.stageevent": ALL,
        "parks.hostagreement": ALL,
        "parks.areareport": ALL,
        "parks.suite": EDIT,
        "parks.suiteclosure": ALL,
        "parks.parkphoto": ALL,
        "parks.parkassignment": ALL,
        "parks.headlineclaim": ALL,
        "parks.incentive": ALL,
        "parks.correction": DECIDE,
        "parks.exportrecord": VIEW,
        "auth.user": EDIT,
        "auth.group": VIEW,
    },
    LETTINGS_OFFICER: {
        "parks.park": EDIT,
        "parks.city": EDIT,
        "parks.hostinstitution": EDIT,
        "parks.source": EDIT,
        "parks.stageevent": EDIT,
        "parks.hostagreement": EDIT,
        "parks.areareport": EDIT,
        "parks.suite": EDIT,
        "parks.suiteclosure": ALL,
        "parks.parkphoto": ALL,
        "parks.parkassignment": VIEW,
        "parks.headlineclaim": EDIT,
        "parks.incentive": EDIT,
        "parks.correction": DECIDE,
    },
    # Only in the parks assigned to them, on the days of the assignment.
    PARK_MANAGER: {
        "parks.park": ("view", "change"),
        "parks.city": VIEW,
        "parks.hostinstitution": VIEW,
        "parks.source": VIEW,
        "parks.stageevent": VIEW,
        "parks.hostagreement": VIEW,
        "parks.areareport": VIEW,
        "parks.suite": EDIT,
        "parks.suiteclosure": ALL,
        "parks.parkphoto": ALL,
        "parks.correction": DECIDE,
    },
    AUDITOR: {
        "parks.park": VIEW,
        "parks.city": VIEW,
        "parks.hostinstitution": VIEW,
        "parks.source": VIEW,
        "parks.stageevent": VIEW,
        "parks.hostagreement": VIEW,
        "parks.areareport": VIEW,
        "parks.suite": VIEW,
        "parks.suiteclosure": VIEW,
        "parks.parkphoto": VIEW,
        "parks.parkassignment": VIEW,
        "parks.headlineclaim": VIEW,
        "parks.incentive": VIEW,
        "parks.correction": VIEW,
        "parks.exportrecord": VIEW,
        "auth.user": VIEW,
        "auth.group": VIEW,
    },
}
