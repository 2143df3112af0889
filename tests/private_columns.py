"""What each column of both apps is: public, or private and either marked by the canaries or no bearer of a mark."""

from django.apps import apps

# What the public may read of a row that it may see at all; keys, generated columns and stored words aside.
PUBLIC = {
    "parks.City": {"*"},
    "parks.HostInstitution": {"*"},
    "parks.Source": {"*"},
    "parks.StageEvent": {"*"},
    "parks.AreaReport": {
        "park",
        "kind",
        "area_sqft",
        "source",
        "reported_on",
        "reported_on_precision",
        "chosen",
        "note",
    },
    "parks.ParkPhoto": {"*"},
    "parks.HeadlineClaim": {"*"},
    "parks.Incentive": {"*"},
    "parks.Park": {"*"},
    "parks.HostAgreement": {
        *("park", "kind", "parties", "signatory", "authority", "signed_on", "signed_on_precision"),
        *("effective_date", "expiry_date", "committed_area_sqft", "source", "note"),
    },
    "parks.Suite": {"*"},
    "parks.SuiteClosure": {"suite", "first_day", "last_day", "reason"},
    "tenants.Company": {
        *("name", "name_ur", "slug", "activity", "size_class", "website", "public_listing"),
        *("logo_stem", "logo_width", "logo_height", "logo_widths", "demo"),
    },
    # What the queue prints.
    "tenants.Application": {"reference", "complete_on", "state"},
    "tenants.PassingOver": {"application", "park", "band", "code", "on"},
}
# Private, but a mark in it would not be told from anything else: flags, kinds, small numbers, keys of others.
UNMARKED = {
    "parks.ParkAssignment": {"user", "park"},
    "tenants.CompanyContact": {"company"},
    "tenants.Lease": {
        *("company", "park", "state", "deed_on_file", "notice_months", "lock_in_months", "due_day"),
        *("escalation_percent", "escalation_months", "renews", "demo", "application", "accepted_by_link"),
    },
    "tenants.Application": {
        *("activity", "wanted_area_sqft", "wanted_seats", "months", "team_size", "women_staff", "power_hours"),
        *("generator", "internet_mbps", "created_at", "state_at", "state_by", "state_user", "state_code"),
        *("interest_asked", "company", "assigned_to", "demo"),
    },
    "tenants.ApplicationChoice": {"application", "rank", "park", "suite"},
    "tenants.TimelineEntry": {
        *("application", "at", "kind", "from_state", "to_state", "actor", "user", "code", "lease"),
    },
    "tenants.ApplicationMessage": {"application", "at", "actor", "user", "answered_at"},
    "tenants.PassingOver": {"lease", "by"},
    "tenants.PaperRequest": {"application", "kind", "asked_at", "asked_by", "closed_at"},
    "tenants.ApplicationPaper": {
        *("draft", "application", "request", "kind", "size_bytes", "pages", "received_at", "finding", "found_by"),
    },
    "tenants.ApplicationDraft": {"created_at", "updated_at", "application"},
    "tenants.LetterTemplate": {"kind", "version", "made_at", "made_by"},
    "tenants.Letter": {
        *("kind", "template", "application", "lease", "size_bytes", "issued_at", "issued_by", "demo"),
    },
    "tenants.Mail": {
        *("kind", "application", "letter", "created_at", "state", "tries", "next_try_at", "in_doubt", "done_at"),
    },
    "tenants.LinkRequest": {"asked_at"},
    "tenants.JobRun": {"job", "started_at", "finished_at", "ok"},
    "tenants.ApplicationCount": {"*"},
    "tenants.LinkCount": {"*"},
    "tenants.VerifyCount": {"*"},
    "tenants.LeaseDocument": {"lease", "kind"},
    # The days of a term say from when a suite is free.
    "tenants.Letting": {
        *("lease", "lease_state", "park", "suite", "rent_basis"),
        *("commencement_date", "expiry_date", "terminated_on"),
    },
    # The first is the commencement, the others follow from it.
    "tenants.LettingRate": {"letting", "from_date"},
    "tenants.Enquiry": {"park", "kind", "state", "answered_by", "created_at"},
    "tenants.SpaceNeed": {"city", "size_band", "created_at", "demo"},
    "tenants.ImportBatch": {
        *("kind", "checksum", "size_bytes", "header_row", "empties", "mode", "state", "digest"),
        *("rows_new", "rows_changed", "rows_unchanged", "rows_refused"),
        *("created_by", "created_at", "applied_by", "applied_at", "undone_by", "undone_at"),
    },
    "tenants.ImportRow": {"batch", "number", "outcome"},
    "tenants.ImportWrite": {"batch", "row", "model", "object_pk", "made", "event"},
    "tenants.ImportMapping": {"kind", "shape", "updated_by", "updated_at"},
    "parks.Correction": {"park", "fact", "state", "decided_by", "created_at"},
    # Hashes of addresses, kept for an hour.
    "tenants.EnquiryCount": {"*"},
    "parks.CorrectionCount": {"*"},
    "parks.RoleGiven": {"*"},
    "tenants.MergedCompany": {"company", "former_id", "by", "at"},
    "tenants.DistinctCompanies": {"first", "second", "by", "at"},
    "parks.DistinctHosts": {"first", "second", "by", "at"},
    "parks.ExportRecord": {"by", "at", "name", "format", "rows"},
    "parks.StaffSession": {"user", "session_key", "began_at", "seen_at", "address", "ended_at"},
    "parks.SignInEvent": {"at", "kind", "user", "by", "address"},
    # A digest of a code, with its days.
    "parks.EnrolmentCode": {"*"},
    "parks.FileOpening": {"by", "by_link", "at", "kind", "row"},
    # Days, counts and hashes.
    "parks.SealedDay": {"*"},
    "parks.HistoryCheck": {"*"},
    # Of accounts `parks.Park.last_verified_by` and the assignments tell; see `park_of`.
    "parks.Account": {"password", "last_login", "is_superuser", "is_staff", "is_active", "date_joined"},
}


def models_of_the_house():
    """The models of both apps, without their histories."""
    found = [*apps.get_app_config("parks").get_models(), *apps.get_app_config("tenants").get_models()]
    return [model for model in found if not hasattr(model, "pgh_tracked_model")]


def fields_of(model):
    """The columns that hold a fact of their own."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not field.generated and field.name != "words"
    ]
