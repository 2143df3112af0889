"""What an action says when it refuses. Lettings in the way are named with their lease, company and days."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from stp_portal.kit.words import dated
from tenants.models.lease_states import LeaseState

# Columns whose value comes in as an argument of another name.
ARGUMENTS = {
    "offer_deadline": "deadline",
    "state_reason": "reason",
    "vacated_on": "last_day",
    "terminated_on": "last_day",
    "notice_given_on": "given_on",
}


class Refused(ValidationError):
    """What cannot be, in sentences for people; with the dict form of ValidationError keyed by argument name.

    `lettings` are the lettings in the way, with suite, lease and company at hand; empty when none is.
    """

    def __init__(self, message, *, lettings=()):
        super().__init__(message)
        self.lettings = list(lettings)


def days_text(first, last):
    """`from 1 January 2026 to 31 December 2026`, both inclusive, or `from 1 January 2026 without end`."""
    if last is None:
        return _("from %(first)s without end") % {"first": dated(first)}
    return _("from %(first)s to %(last)s") % {"first": dated(first), "last": dated(last)}


def suite_text(suite):
    """`Suite 101` or `Desk 7`."""
    return _("%(kind)s %(number)s") % {"kind": suite.get_kind_display(), "number": suite.number}


def in_words(letting):
    """One sentence on who has the suite: `Suite 101 is let to Systems Ltd under lease L-00012 from … to ….`"""
    said = {
        LeaseState.OFFERED: _("%(suite)s is offered to %(company)s under lease %(lease)s %(days)s."),
        LeaseState.ACCEPTED: _("%(suite)s is held for %(company)s, who accepted lease %(lease)s, %(days)s."),
    }.get(letting.lease_state, _("%(suite)s is let to %(company)s under lease %(lease)s %(days)s."))
    return said % {
        "suite": suite_text(letting.suite),
        "company": letting.lease.company,
        "lease": letting.lease,
        "days": days_text(letting.commencement_date, letting.last_day),
    }


def in_the_way(lettings):
    """A Refused that names each of `lettings`."""
    return Refused([in_words(letting) for letting in lettings], lettings=lettings)


def cleaned(instance, *, exclude=(), about=None, arguments=None, constraints=True):
    """`full_clean()` of `instance`, whose errors come as Refused, keyed by the names of arguments.

    `about` is a suite to name before each sentence, for an action that writes several; `arguments` maps columns to
    the arguments that they come in by, beside ARGUMENTS; `constraints=False` looks at the row's fields alone.
    """
    # A new row's number comes from a sequence, which a check would use up.
    given = {
        field.name for field in instance._meta.concrete_fields if instance._state.adding and field.has_db_default()
    }
    try:
        instance.full_clean(exclude={*exclude, *given}, validate_constraints=constraints)
    except ValidationError as error:
        names = ARGUMENTS | (arguments or {})
        said = {}
        for field, messages in error.message_dict.items():
            if about is not None:
                messages = [  # noqa: PLW2901 - the same sentences, with the suite named
                    _("%(suite)s: %(message)s") % {"suite": suite_text(about), "message": message}
                    for message in messages
                ]
            said.setdefault(names.get(field, field), []).extend(messages)
        raise Refused(said) from error


def reason_given(reason, sentence):
    """Refuse without a reason, by `sentence`."""
    if not reason.strip():
        raise Refused({"reason": sentence})


def not_after(argument, day, today):
    """Refuse a `day` after `today` of what is recorded once it has happened."""
    if day > today:
        raise Refused({argument: _("%(day)s is still to come: record it once it has happened.") % {"day": dated(day)}})
