"""What was changed, when, by whom: read from the event tables, which nothing on the site can edit."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

# Newest events of one model that a page reads; the register's rows have some dozens.
MOST_EVENTS = 500


@dataclass(frozen=True)
class Change:
    """One field of one event; the values are in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One event. `who` is a username, empty for the system itself; `action` is insert, update or delete."""

    when: dt.datetime
    who: str
    action: str
    noun: str
    name: str
    reason: str
    address: str
    changes: tuple
    model: type
    pk: int
    event: int = 0

    @property
    def action_label(self):
        """The action in a word."""
        return {"insert": _("Added"), "update": _("Changed"), "delete": _("Deleted")}.get(self.action, self.action)


def is_tracked(model):
    """Whether the model has one event table."""
    return bool(getattr(model, "pgh_event_models", None))


def events_of(model, pk, link=None):
    """Events of one row, or with `link` of all rows that ever hung on parent `pk` by that foreign key."""
    events = model.pgh_event_model.objects.all()
    if link is None:
        return events.filter(pgh_obj_id=pk)
    # A row that moved to another parent still counts as changed for the one it left.
    return events.filter(pgh_obj_id__in=events.filter(**{link: pk}).order_by().values("pgh_obj_id"))


def newest_event_id(model, pk, link=None):
    """The id of the newest of `events_of`, 0 when there is none."""
    return events_of(model, pk, link).aggregate(newest=Max("pgh_id"))["newest"] or 0


def tracked_fields(model):
    """The model's own fields that its event table holds, the key left out."""
    held = {field.name for field in model.pgh_event_model._meta.fields}
    return [field for field in model._meta.concrete_fields if field.name in held and not field.primary_key]


def entries(model, pk, link=None, since=0, hidden=()):
    """The newest 500 events after event id `since` as `Entry` rows, newest first, with what each changed.

    `hidden` names fields that are not spelled out, such as the key of the parent whose page it is.
    """
    events = events_of(model, pk, link).filter(pgh_id__gt=since)
    return spelled_out(model, events, hidden)


def spelled_out(model, events, hidden=()):
    """The newest 500 of a queryset of events of `model` as `Entry` rows, newest first; `hidden` as in `entries`."""
    events = list(events.select_related("pgh_context").order_by("-pgh_id")[:MOST_EVENTS])
    if not events:
        return []
    before = _predecessors(model, events)
    # Generated columns follow from the others.
    fields = [field for field in tracked_fields(model) if field.name not in hidden and not field.generated]
    words = _Words(fields, [*events, *before.values()])
    people = _people(events)
    found = []
    for event in reversed(events):
        old = before.get(event.pgh_obj_id)
        before[event.pgh_obj_id] = event
        metadata = event.pgh_context.metadata if event.pgh_context else {}
        found.append(
            Entry(
                when=event.pgh_created_at,
                who=people.get(str(metadata.get("user") or ""), ""),
                action=event.pgh_label,
                noun=str(model._meta.verbose_name),
                name=_name(model, event),
                reason=str(metadata.get("reason") or ""),
                address=str(metadata.get("url") or ""),
                changes=tuple(_changes(words, fields, old, event)),
                model=model,
                pk=event.pgh_obj_id,
                event=event.pgh_id,
            )
        )
    return found[::-1]


def values_at(model, pk, event_id):
    """The tracked values of row `pk` as its newest event up to `event_id` has them, else None."""
    event = events_of(model, pk).filter(pgh_id__lte=event_id).order_by("-pgh_id").first()
    if event is None:
        return None
    return {field.name: getattr(event, field.attname) for field in tracked_fields(model)}


def _predecessors(model, events):
    """For each row in `events`: the event before its oldest one there."""
    oldest = {event.pgh_obj_id: event.pgh_id for event in events}
    earlier = models.Q()
    for row, event_id in oldest.items():
        earlier |= models.Q(pgh_obj_id=row, pgh_id__lt=event_id)
    if len(oldest) > 100:
        earlier = models.Q(pgh_obj_id__in=list(oldest), pgh_id__lt=min(oldest.values()))
    found = model.pgh_event_model.objects.filter(earlier)
    return {event.pgh_obj_id: event for event in found.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")}


def _changes(words, fields, old, event):
    """The fields in which `event` differs from `old`; of a new or deleted row, those that are not empty."""
    for field in fields:
        now = getattr(event, field.attname)
        if event.pgh_label == "update" and old is not None:
            then = getattr(old, field.attname)
            if then != now:
                yield Change(words.label(field), words.say(field, then), words.say(field, now))
        elif event.pgh_label == "delete":
            if now not in (None, ""):
                yield Change(words.label(field), words.say(field, now), "")
        elif now not in (None, ""):
            yield Change(words.label(field), "", words.say(field, now))


def _name(model, event):
    """What the row was called then: its text, made from the event's values without asking for the row."""
    values = {field.attname: getattr(event, field.attname) for field in tracked_fields(model)}
    try:
        return str(model(pk=event.pgh_obj_id, **values))
    except (models.ObjectDoesNotExist, TypeError, ValueError):
        return str(event.pgh_obj_id)


def _people(events):
    """Usernames by user id (as text) for the contexts of `events`."""
    ids = {str(event.pgh_context.metadata.get("user") or "") for event in events if event.pgh_context}
    ids = {int(number) for number in ids if number.isdigit()}
    model = get_user_model()
    return {str(pk): name for pk, name in model.objects.filter(pk__in=ids).values_list("pk", model.USERNAME_FIELD)}


def _former_names(model, keys):
    """What rows that are no longer there were called last, by key, as far as their history is kept."""
    if not keys or not is_tracked(model):
        return {}
    events = model.pgh_event_model.objects.filter(pgh_obj_id__in=keys).order_by("pgh_obj_id", "-pgh_id")
    gone = _("%(name)s (no longer there)")
    return {event.pgh_obj_id: gone % {"name": _name(model, event)} for event in events.distinct("pgh_obj_id")}


class _Words:
    """Values in words. The names behind foreign keys are fetched once for each field."""

    def __init__(self, fields, events):
        self.names = {}
        for field in fields:
            if field.is_relation:
                keys = {getattr(event, field.attname) for event in events} - {None}
                rows = field.related_model._base_manager.in_bulk(keys)
                self.names[field.name] = {pk: str(row) for pk, row in rows.items()}
                self.names[field.name] |= _former_names(field.related_model, keys - rows.keys())

    @staticmethod
    def label(field):
        """The field's name on screen."""
        text = str(field.verbose_name)
        return text[:1].upper() + text[1:]

    def say(self, field, value):
        """`value` of `field` in words."""
        if value in (None, ""):
            said = _("empty")
        elif field.is_relation:
            said = self.names[field.name].get(value) or _("no longer there (%(pk)s)") % {"pk": value}
        elif isinstance(value, bool):
            said = _("yes") if value else _("no")
        elif field.flatchoices:
            said = dict(field.flatchoices).get(value, value)
        elif isinstance(value, dt.datetime):
            said = date_format(timezone.localtime(value), "DATETIME_FORMAT")
        elif isinstance(value, dt.date):
            said = date_format(value, "DATE_FORMAT")
        elif isinstance(field, models.FileField):
            said = _("a file")
        elif isinstance(value, Decimal):
            said = f"{value:,f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:,f}"
        elif isinstance(value, list):
            said = ", ".join(str(item) for item in value)
        else:
            said = value
        return str(said)
