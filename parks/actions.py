"""What writes several rows of supply, or a row with its author. Each is one transaction with its reason."""

import pghistory
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from stp_portal.kit.receiving import receive

from .correction_facts import COLUMNS, digest, said
from .models import AreaReport, Correction, CorrectionCount, Park, StageEvent, Suite
from .models.correction import CorrectionFact, CorrectionState

# Who goes through a park's page has more than one thing to say, and many people share one address.
MOST_REPORTS_AN_HOUR = 30
# Of the words before and after a decision: a very long list of events is cut, its rows keep their own history.
MOST_KEPT = 5000


class Moved(Exception):
    """What was looked at is no longer so: nothing was written."""


class AlreadyDecided(Exception):
    """Somebody else has decided on the report meanwhile: nothing was written."""


def verify_park(*, park, on, by):
    """Record that `by` checked the park's facts on the day `on`."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason="verified"):
        Park.objects.filter(pk=park.pk).update(last_verified_on=on, last_verified_by=by)


def add_floor(*, park, suites, by, reason):
    """Create unsaved `suites` of one floor, left to right after those that stand there; returns how many.

    Raises IntegrityError when the database refuses one of them; none is created then.
    """
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        # Two pastes at once would otherwise count on from the same place.
        Park.objects.select_for_update(no_key=True).get(pk=park.pk)
        floors = {suite.floor for suite in suites}
        last = dict(
            Suite.objects.filter(park=park, floor__in=floors)
            .order_by()
            .values_list("floor")
            .annotate(last=Max("position"))
        )
        for suite in suites:
            suite.park = park
            suite.position = last[suite.floor] = last.get(suite.floor, 0) + 1
        return len(Suite.objects.bulk_create(suites))


def receive_correction(*, correction, form_token, client, moment):
    """Keep an unsaved `correction` that came with the form `form_token`; returns it, or what that form made before.

    `client` is the throttle's key of the sender at `moment`. Raises TooManySent, and IntegrityError when the
    database refuses a value.
    """

    def sent_with(token):
        return Correction.objects.select_related("park").filter(form_token=token).first()

    return receive(
        row=correction,
        form_token=form_token,
        sent_with=sent_with,
        client=client,
        moment=moment,
        counts=CorrectionCount,
        most=MOST_REPORTS_AN_HOUR,
    )


def decide_correction(*, correction, state, answer, seen, on, by, values=None):
    """Accept or decline a waiting report on the day `on`; returns (words before, words after) of its fact.

    `values` are written to the park: of a column `{fact: value}`, of a stage or an area the fields of the new row, of
    an area also `shown` and `chosen_because`. None writes nothing. `seen` is the digest of the words that `by` saw.
    Raises AlreadyDecided, Moved when the words are others by now, ValidationError when a value cannot be or changes
    nothing, and IntegrityError when the database refuses one. Nothing is written then.
    """
    with transaction.atomic(), pghistory.context(user=by.pk, reason=f"correction {correction.reference}"):
        park = Park.objects.select_for_update(no_key=True).get(pk=correction.park_id)
        row = Correction.objects.select_for_update(no_key=True).get(pk=correction.pk)
        if row.state != CorrectionState.WAITING:
            raise AlreadyDecided
        before = said(park, row.fact, on)
        if seen != digest(before):
            raise Moved
        after = before
        if values is not None:
            _write_fact(park, row.fact, values, reason=f"correction {row.reference}")
            after = said(Park.objects.get(pk=park.pk), row.fact, on)
            if after == before:
                raise ValidationError(_("The register says so already: nothing would change."))
            row.changed_from, row.changed_to = before[:MOST_KEPT], after[:MOST_KEPT]
        row.state, row.answer, row.decided_by, row.decided_on = state, answer, by, on
        row.full_clean(exclude=["created_at", "reference", "token", "form_token"])
        row.save(update_fields=["state", "answer", "decided_by", "decided_on", "changed_from", "changed_to"])
    return before, after


def _write_fact(park, fact, values, reason):
    if fact in COLUMNS:
        for name, value in values.items():
            setattr(park, name, value)
        # Only what is written: another column may hold what was allowed when it was filled in.
        park.full_clean(exclude=[field.name for field in Park._meta.fields if field.name not in values])
        park.save(update_fields=list(values))
    elif fact == CorrectionFact.STAGE:
        event = StageEvent(park=park, **values)
        event.full_clean()
        event.save()
    else:
        _write_area(park, **values, reason=reason)


def _write_area(park, *, shown, chosen_because, reason, **values):
    """A new figure, or the one of the same size and kind that is there, shown on the page if asked for."""
    reports = list(park.area_reports.select_for_update(no_key=True))
    same = (values["kind"], values["area_sqft"])
    report = next((each for each in reports if (each.kind, each.area_sqft) == same), None)
    if report is None:
        report = AreaReport(park=park, chosen=not reports, **values)
        report.full_clean()
        report.save()
    if shown and not report.chosen:
        _choose(park, report, chosen_because or reason)


def choose_area(*, report, because, seen, by):
    """Show the area report `report` on its park's page instead of the one that is shown; `because` says why.

    `seen` is the key of the report that `by` saw as the shown one, None for none. Raises Moved when another one is
    shown by now, ValidationError without a reason or when this one is shown already.
    """
    because = because.strip()
    if not because:
        raise ValidationError({"because": _("Say why this figure is shown and not another.")})
    with transaction.atomic(), pghistory.context(user=by.pk, reason=because):
        park = Park.objects.select_for_update(no_key=True).get(pk=report.park_id)
        reports = {each.pk: each for each in park.area_reports.select_for_update(no_key=True)}
        shown = next((each.pk for each in reports.values() if each.chosen), None)
        if shown != seen or report.pk not in reports:
            raise Moved
        if shown == report.pk:
            raise ValidationError(_("This figure is the one that is shown."))
        _choose(park, reports[report.pk], because)


def _choose(park, report, because):
    # The old choice goes first: the database has one a park at any moment.
    park.area_reports.filter(chosen=True).update(chosen=False, chosen_because="")
    report.chosen, report.chosen_because = True, because
    report.full_clean()
    report.save(update_fields=["chosen", "chosen_because"])
