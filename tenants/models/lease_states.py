"""Where a lease may stand, which way leads from there, and the triggers that keep to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LeaseState(models.TextChoices):
    """Where a lease stands on its way to the deed. What it is on a date is derived: see `LeaseWord`."""

    DRAFT = "draft", _("Draft")
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    SIGNED = "signed", _("Signed")
    CANCELLED = "cancelled", _("Cancelled")
    LAPSED = "lapsed", _("Lapsed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# From one state to the others that may follow it; none follows the rest.
PATHS = {
    LeaseState.DRAFT: (LeaseState.OFFERED, LeaseState.SIGNED, LeaseState.CANCELLED),
    LeaseState.OFFERED: (LeaseState.ACCEPTED, LeaseState.LAPSED, LeaseState.DECLINED, LeaseState.WITHDRAWN),
    LeaseState.ACCEPTED: (LeaseState.SIGNED, LeaseState.WITHDRAWN),
}


class LeaseWord(models.TextChoices):
    """What a lease is on a date: of a signed one derived from its days, of others their state."""

    UPCOMING = "upcoming", _("Upcoming")
    CURRENT = "current", _("Current")
    IN_NOTICE = "in_notice", _("In notice")
    HOLDING_OVER = "holding_over", _("Holding over")
    EXPIRED = "expired", _("Expired")
    TERMINATED = "terminated", _("Terminated")
    DRAFT = "draft", _("Draft")
    OFFERED = "offered", _("Offered")
    ACCEPTED = "accepted", _("Accepted")
    CANCELLED = "cancelled", _("Cancelled")
    LAPSED = "lapsed", _("Lapsed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# An import that is being taken back takes what it made with it, and puts back what it changed;
# `tenants.importing.undo` asks before what depends.
UNDONE = """EXISTS (
    SELECT 1 FROM tenants_importwrite w JOIN tenants_importbatch b ON b.id = w.batch_id
    WHERE w.model = '{model}' AND w.object_pk = OLD.id AND {made} AND b.state = 'undoing'
)"""

# The same table as PATHS, where no form and no update() can pass it by. Demonstration leases are written whole, and
# an import that is taken back makes offers of those that it had set to lapsed.
STATE_RULES = f"""
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' AND NOT NEW.demo THEN
        RAISE EXCEPTION 'A lease begins as a draft.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_begins_as_draft', TABLE = 'tenants_lease';
    END IF;
ELSIF NEW.state <> OLD.state AND NOT (OLD.state = 'lapsed' AND NEW.state = 'offered'
    AND {UNDONE.format(model="tenants.lease", made="NOT w.made")}
) AND NOT (
    {
    " OR ".join(
        f"(OLD.state = '{state.value}' AND NEW.state IN ({', '.join(repr(after.value) for after in afters)}))"
        for state, afters in PATHS.items()
    )
}
) THEN
    RAISE EXCEPTION 'A lease cannot go from % to %.', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_state_path', TABLE = 'tenants_lease';
END IF;
IF TG_OP = 'UPDATE' AND NEW.state = 'accepted' AND OLD.state = 'offered' AND NEW.accepted_by_link
    AND stp_today() > OLD.offer_deadline THEN
    RAISE EXCEPTION 'The offer had lapsed when it was accepted.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_accepted_in_time', TABLE = 'tenants_lease';
END IF;
IF TG_OP = 'UPDATE' AND NEW.demo <> OLD.demo THEN
    RAISE EXCEPTION 'What is a demonstration stays one.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_demo_fixed', TABLE = 'tenants_lease';
END IF;
RETURN NEW;
"""

# An application goes the way of the lease that it led to, whatever brought that about: an action, an import, a
# lapsed offer that another one replaced. Locked after the lease, its park and its suites.
APPLICATION_FOLLOWS = """
IF NEW.state = OLD.state OR NEW.application_id IS NULL THEN
    RETURN NULL;
END IF;
IF NEW.state = 'offered' THEN
    UPDATE tenants_application SET state = 'offered', state_by = 'staff' WHERE id = NEW.application_id
        AND state = 'waiting';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The application is not waiting.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'lease_application_waiting', TABLE = 'tenants_lease';
    END IF;
ELSIF NEW.state = 'signed' THEN
    UPDATE tenants_application SET state = 'allotted', state_by = 'staff' WHERE id = NEW.application_id
        AND state = 'offered';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The application has no offer.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'lease_application_waiting', TABLE = 'tenants_lease';
    END IF;
ELSIF OLD.state IN ('offered', 'accepted') AND NEW.state IN ('lapsed', 'declined', 'withdrawn') THEN
    UPDATE tenants_application SET state = 'waiting', state_reason = '', state_code = '', state_minute = '',
        state_decided_on = NULL, state_user_id = NULL,
        state_by = CASE NEW.state WHEN 'lapsed' THEN 'clock' WHEN 'declined' THEN 'firm' ELSE 'staff' END,
        -- The firm is asked anew, counted from here, whether it is still interested.
        interest_since = stp_today(), interest_asked = 0, interest_asked_on = NULL
        WHERE id = NEW.application_id AND state = 'offered';
    -- What an acceptance had taken out of the queues comes back into them.
    UPDATE tenants_applicationchoice SET withdrawn_on = NULL
        WHERE application_id = NEW.application_id AND withdrawn_on IS NOT NULL;
END IF;
RETURN NULL;
"""

MADE_BY_UNDONE = UNDONE.replace("{made}", "w.made")

DELETE_RULE = f"""
IF OLD.state <> 'draft' AND NOT OLD.demo AND NOT {MADE_BY_UNDONE.format(model="tenants.lease")} THEN
    RAISE EXCEPTION 'Only a draft can be deleted: other leases end.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'lease_only_drafts_deleted', TABLE = 'tenants_lease';
END IF;
RETURN OLD;
"""

# The foreign key asks at the end of the transaction. Who merges or deletes a company would until then not see a lease
# that is being written for it, and the writer would learn of it too late to be told in words.
COMPANY_RULE = """
PERFORM 1 FROM tenants_company WHERE id = NEW.company_id FOR KEY SHARE;
IF NOT FOUND THEN
    RAISE EXCEPTION 'The company of this lease is not there.'
        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'lease_company_there', TABLE = 'tenants_lease';
END IF;
RETURN NEW;
"""

# What the triggers above say, for the staff pages.
TRIGGER_MESSAGES = {
    "lease_company_there": _("The company was deleted, or merged into another one, meanwhile. Choose it anew."),
    "lease_accepted_in_time": _("The offer had lapsed when it was accepted."),
    "lease_application_waiting": _("An offer can be made to an application only while it is waiting."),
    "lease_begins_as_draft": _("A lease begins as a draft."),
    "lease_state_path": _("The lease cannot go from its present state to that one."),
    "lease_demo_fixed": _("What is a demonstration stays one."),
    "lease_only_drafts_deleted": _("Only a draft can be deleted: other leases end by their dates."),
    "letting_only_drafts_deleted": _("Only a draft's lettings can be deleted: others end by their dates."),
}
