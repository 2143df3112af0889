"""Where an application may stand, which way leads from there, and the triggers that keep to it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# A lapsed application comes back with its date when the firm answers within so many days.
REVIVED_WITHIN_DAYS = 14


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    SUBMITTED = "submitted", _("Submitted")
    NEEDS_PAPER = "needs_paper", _("Paper asked for")
    WAITING = "waiting", _("Waiting")
    OFFERED = "offered", _("Offer made")
    ALLOTTED = "allotted", _("Allotted")
    LAPSED = "lapsed", _("Lapsed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# From one state to the others that may follow it; none follows the rest.
APPLICATION_PATHS = {
    ApplicationState.SUBMITTED: (
        ApplicationState.WAITING,
        ApplicationState.NEEDS_PAPER,
        ApplicationState.DECLINED,
        ApplicationState.WITHDRAWN,
    ),
    ApplicationState.NEEDS_PAPER: (
        ApplicationState.WAITING,
        ApplicationState.DECLINED,
        ApplicationState.WITHDRAWN,
        ApplicationState.LAPSED,
    ),
    ApplicationState.WAITING: (
        ApplicationState.NEEDS_PAPER,
        ApplicationState.OFFERED,
        ApplicationState.DECLINED,
        ApplicationState.WITHDRAWN,
        ApplicationState.LAPSED,
    ),
    ApplicationState.LAPSED: (ApplicationState.WAITING,),
    ApplicationState.OFFERED: (ApplicationState.ALLOTTED, ApplicationState.WAITING, ApplicationState.WITHDRAWN),
}
OPEN_STATES = (
    ApplicationState.SUBMITTED,
    ApplicationState.NEEDS_PAPER,
    ApplicationState.WAITING,
    ApplicationState.OFFERED,
)


class Actor(models.TextChoices):
    """Who brought a change about."""

    FIRM = "firm", _("the firm")
    STAFF = "staff", _("PSEB")
    CLOCK = "clock", _("a date that passed")


class QueueBand(models.TextChoices):
    """How much space is asked for. One queue forms per park and band. Areas in net lettable sq ft."""

    DESKS = "desks", _("desks")
    UP_TO_500 = "up_to_500", _("up to 500 sq ft")
    UP_TO_1500 = "up_to_1500", _("501 to 1,500 sq ft")
    UP_TO_5000 = "up_to_5000", _("1,501 to 5,000 sq ft")
    ABOVE_5000 = "above_5000", _("more than 5,000 sq ft")


# The most sq ft of each band; the last has none.
BAND_LIMITS = ((QueueBand.UP_TO_500, 500), (QueueBand.UP_TO_1500, 1_500), (QueueBand.UP_TO_5000, 5_000))


def band_of_area(area_sqft):
    """The band of an area in sq ft; None, which is desks that are counted and not measured, is the band of desks."""
    if area_sqft is None:
        return QueueBand.DESKS
    return next((band for band, most in BAND_LIMITS if area_sqft <= most), QueueBand.ABOVE_5000)


class DeclineCode(models.TextChoices):
    """Why an application is declined."""

    NOT_ELIGIBLE = "not_eligible", _("The firm is not an IT or IT-enabled services firm")
    REGISTRATION = "registration", _("A registration is not valid")
    PAPERS = "papers", _("A paper is missing or could not be accepted")
    NO_SPACE = "no_space", _("No space of this kind is planned in the parks chosen")
    DOUBLE = "double", _("The firm has another application for the same need")
    FALSE = "false", _("A statement in the application is not true")
    COMMITTEE = "committee", _("Decision of the allotment committee")


class PassingCode(models.TextChoices):
    """Why somebody further down the queue is offered space first; the public queue prints it."""

    NO_FIT = "no_fit", _("the space does not fit what this application asks for")
    LATER = "later", _("this application asks for a later date")
    PAPER = "paper", _("a paper of this application is missing or has expired")
    NO_ANSWER = "no_answer", _("the firm did not answer")
    WOMEN_ONLY = "women_only", _("the park is for women only")
    COMMITTEE = "committee", _("decision of the allotment committee")


# The same table as APPLICATION_PATHS where no form and no update() can pass it by. A date once given is kept: whoever
# lapses, is asked for a paper or declines an offer comes back to the old place.
STATE_RULES = f"""
IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'submitted' AND NOT NEW.demo THEN
        RAISE EXCEPTION 'An application begins as submitted.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'application_begins_submitted', TABLE = 'tenants_application';
    END IF;
    RETURN NEW;
END IF;
IF NEW.demo <> OLD.demo THEN
    RAISE EXCEPTION 'What is a demonstration stays one.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'application_demo_fixed', TABLE = 'tenants_application';
END IF;
IF OLD.complete_on IS NOT NULL AND NEW.complete_on IS DISTINCT FROM OLD.complete_on THEN
    RAISE EXCEPTION 'An application keeps the date on which it was complete.' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'application_keeps_date', TABLE = 'tenants_application';
END IF;
IF NEW.state <> OLD.state THEN
    IF NOT (
        {
    " OR ".join(
        f"(OLD.state = '{state.value}' AND NEW.state IN ({', '.join(repr(after.value) for after in afters)}))"
        for state, afters in APPLICATION_PATHS.items()
    )
}
    ) THEN
        RAISE EXCEPTION 'An application cannot go from % to %.', OLD.state, NEW.state USING ERRCODE = 'check_violation',
            CONSTRAINT = 'application_state_path', TABLE = 'tenants_application';
    END IF;
    IF OLD.state = 'lapsed'
        AND stp_today() - (OLD.state_at AT TIME ZONE 'Asia/Karachi')::date > {REVIVED_WITHIN_DAYS} THEN
        RAISE EXCEPTION 'The application lapsed too long ago.' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'application_lapsed_for_good', TABLE = 'tenants_application';
    END IF;
    NEW.state_at := clock_timestamp();
END IF;
RETURN NEW;
"""

# Every change of state stands in the timeline, whatever path it came by. Demonstrations bring a past of their own; what
# is done with them afterwards is written down as of any other.
TIMELINE = """
IF (TG_OP = 'INSERT' AND NOT NEW.demo) OR (TG_OP = 'UPDATE' AND NEW.state <> OLD.state) THEN
    INSERT INTO tenants_timelineentry
        (application_id, kind, from_state, to_state, actor, user_id, code, minute, decided_on, text, lease_id)
    VALUES (NEW.id, 'state', CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END, NEW.state, NEW.state_by,
        CASE WHEN NEW.state_by = 'staff' THEN NEW.state_user_id END,
        NEW.state_code, NEW.state_minute, NEW.state_decided_on, NEW.state_reason, NULL);
END IF;
RETURN NULL;
"""

# What the triggers above say, for people.
APPLICATION_TRIGGER_MESSAGES = {
    "application_begins_submitted": _("An application begins as submitted."),
    "application_demo_fixed": _("What is a demonstration stays one."),
    "application_keeps_date": _("An application keeps the date on which it was complete."),
    "application_state_path": _("The application cannot go from its present state to that one."),
    "application_lapsed_for_good": _("The application lapsed more than 14 days ago: a new one is needed."),
    "lease_application_waiting": _("An offer can be made to an application only while it is waiting."),
}
