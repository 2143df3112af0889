"""Taking an applied import back: what it made goes, what it changed is as before; later work stands in the way."""

from dataclasses import dataclass
from itertools import groupby

import pgtrigger
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stp_portal.kit.constraints import words_for
from stp_portal.kit.roles import sees_all_parks
from tenants.actions.errors import Refused
from tenants.models import ImportWrite
from tenants.models.batch import ImportState

from .bulk import in_chunks, lock_rows, moment, update_rows
from .engine import patiently, recorded, serialised
from .planning import CHUNK
from .staging import discard, locked_batch, require_right
from .writing import MESSAGES, WRITTEN, immediately, newest_events, unpacked

__all__ = ["Blocker", "InTheWay", "blockers", "discard", "undo"]

# As many as a page shows; the rest is only said to be there.
MOST_SHOWN = 200
# What keeps a listed park from ever having been unlisted: not when the listing itself is taken back.
LISTING = "parks.Park:park_listing"
# The order in which everything else locks, so that nobody waits in a ring; what is not named comes last.
LOCK_ORDER = ("tenants.company", "tenants.lease", "tenants.letting", "parks.park", "parks.suite")

DELETED = gettext_lazy("It was deleted after the import.")
CHANGED = gettext_lazy("It was changed after the import.")


@dataclass(frozen=True)
class Blocker:
    """What keeps an import from being taken back: the row of the file, what it made or changed, and why.

    `model` is like "tenants.lease" and `pk` the key of the row in the way, which may be another than the import's.
    """

    row: int
    what: str
    reason: str
    model: str
    pk: int


class InTheWay(Refused):
    """Rows that changed since, or that refer to what the import made; `blockers` has the first 200 of them."""

    def __init__(self, blockers):
        super().__init__(_("Later work stands on this import: take that back first."))
        self.blockers = blockers


def blockers(batch, most=MOST_SHOWN):
    """The rows in the way of taking `batch` back, `most` at most: changed since, or referring to what it made."""
    found = []
    for model, writes in _by_model(batch.writes.order_by("pk")):
        found += _changed_since(model, writes)
        made = {write.object_pk: write for write in writes if write.made}
        if made:
            found += _referring(batch, model, made)
        if len(found) >= most:
            break
    return found[:most]


def undo(batch, by, today):
    """Take the applied `batch` back, in one transaction, for `by`; raises InTheWay with the rows in the way.

    Only history, numbers used up and the import's own rows then tell of it. Returns the batch. Raises Refused for an
    import that is not applied, for one in parks that are no longer those of `by`, and while others write its rows.
    """
    require_right(by, batch.kind)
    with patiently(), transaction.atomic(), recorded(batch, by, undoing=True):
        serialised()
        found = locked_batch(batch, ImportState.APPLIED, says=_("Only an applied import can be undone, and only once."))
        if not _sees_all(found, by, today):
            raise Refused(_("Some of these rows are no longer in your parks: ask a lettings officer to undo this."))
        found.state = ImportState.UNDOING
        found.save(update_fields=["state"])
        _lock(found)
        in_the_way = blockers(found)
        if in_the_way:
            raise InTheWay(in_the_way)
        immediately()
        try:
            with pgtrigger.ignore(LISTING), transaction.atomic():
                for model, writes in _by_model(found.writes.order_by("-pk")):
                    _take_back(model, writes)
        except IntegrityError as error:
            # What the import changed may be another's by now, such as an NTN that it had freed.
            raise Refused([_("Later work stands on this import."), words_for(error, WRITTEN, MESSAGES)]) from error
        found.state, found.undone_by, found.undone_at = ImportState.UNDONE, by, moment()
        found.save(update_fields=["state", "undone_by", "undone_at"])
    return found


def _by_model(writes):
    """(model, [ImportWrite]) of runs of one model, in the order of `writes`, 500 at most: made ones or changed ones."""
    for (label, _made), run in groupby(writes.iterator(chunk_size=CHUNK), lambda write: (write.model, write.made)):
        chunk = []
        for write in run:
            chunk.append(write)
            if len(chunk) == CHUNK:
                yield apps.get_model(label), chunk
                chunk = []
        if chunk:
            yield apps.get_model(label), chunk


def _sees_all(batch, user, today):
    """Whether all that the import wrote is in the scope of `user` on the day `today`."""
    if sees_all_parks(user):
        return True
    for model, writes in _by_model(batch.writes.order_by("model", "made", "pk")):
        keys = [write.object_pk for write in writes]
        there = model._base_manager.filter(pk__in=keys)
        if there.count() != model.objects.scope_for(user, today).filter(pk__in=keys).count():
            return False
    return True


def _lock(batch):
    """Lock all rows that the import wrote."""
    labels = set(batch.writes.order_by().values_list("model", flat=True).distinct())
    for label in sorted(labels, key=lambda label: (label not in LOCK_ORDER, [*LOCK_ORDER, label].index(label), label)):
        keys = batch.writes.filter(model=label).order_by("object_pk").values_list("object_pk", flat=True)
        for some in in_chunks(keys.iterator(chunk_size=CHUNK)):
            lock_rows(apps.get_model(label), some)


def _changed_since(model, writes):
    """Blockers for the rows whose history went on after the import."""
    newest = newest_events(model, [write.object_pk for write in writes])
    changed = [write for write in writes if newest.get(write.object_pk) != write.event]
    back = _as_left(model, changed, newest) if changed else ()
    changed = [write for write in changed if write.object_pk not in back]
    rows = model._base_manager.in_bulk([write.object_pk for write in changed]) if changed else {}
    for write in changed:
        row = rows.get(write.object_pk)
        what = f"{model._meta.verbose_name} {row if row is not None else write.object_pk}"
        yield Blocker(write.row, what, str(DELETED if row is None else CHANGED), write.model, write.object_pk)


def _as_left(model, writes, newest):
    """Keys of those rows whose newest event tells what the import left: another import changed them and was undone."""
    events = model.pgh_event_model
    names = [field.attname for field in events._meta.concrete_fields if not field.name.startswith("pgh_")]
    wanted = {write.event for write in writes} | {newest.get(write.object_pk) for write in writes}
    told = {
        pk: (values, label)
        for pk, label, *values in events.objects.filter(pk__in=wanted - {None}).values_list("pk", "pgh_label", *names)
    }
    found = set()
    for write in writes:
        left, now = told.get(write.event), told.get(newest.get(write.object_pk))
        if left and now and now[1] != "delete" and left[0] == now[0]:
            found.add(write.object_pk)
    return found


def _referring(batch, model, made):
    """Blockers for rows that refer to what the import made, and that are not the import's own."""
    # Those without a name to go back by included.
    for relation in model._meta.get_fields(include_hidden=True):
        if not (relation.auto_created and (relation.one_to_many or relation.one_to_one) and not relation.concrete):
            continue
        other = relation.related_model
        if hasattr(other, "pgh_tracked_model") or not relation.field.concrete:
            continue
        own = ImportWrite.objects.filter(batch=batch, model=other._meta.label_lower).values("object_pk")
        attname = relation.field.attname
        rows = other._base_manager.filter(**{f"{relation.field.name}__in": list(made)}).exclude(pk__in=own)
        for row in rows.order_by("pk")[:MOST_SHOWN]:
            write = made[getattr(row, attname)]
            what = f"{other._meta.verbose_name} {row}"
            reason = _("It refers to what row %(n)s of the import made.") % {"n": write.row}
            yield Blocker(write.row, what, reason, other._meta.label_lower, row.pk)


def _take_back(model, writes):
    """Delete what was made, put back what was changed."""
    if writes[0].made:
        # Without asking for what would go along: nothing may, and the database refuses where something would.
        rows = model._base_manager.filter(pk__in=[write.object_pk for write in writes])
        rows._raw_delete(rows.db)
        return
    by_columns = {}
    for write in writes:
        before = unpacked(model, write.before)
        if before:
            by_columns.setdefault(tuple(sorted(before)), []).append((write.object_pk, before))
    for names, rows in by_columns.items():
        update_rows(model, names, [(pk, *(before[name] for name in names)) for pk, before in rows])
