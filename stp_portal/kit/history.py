"""What was changed, when, by whom: read from the event tables, which nothing on the site can edit."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from . import through
from .history_read import Names, is_tracked, plain_fields, read, tracked_fields

__all__ = ["is_tracked", "tracked_fields"]

# Newest events of one model that a page reads; the register's rows have some dozens.
MOST_EVENTS = 500
MOST_DIGITS = 19


@dataclass(frozen=True)
class Change:
    """One field of one event; the values are in words."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One event. `who` is the username of then, empty for the system itself; `action` is insert, update or delete.

    `through` says in words through what the change came; `context` is the key of the request, empty without one.
    """

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
    through: str = ""
    context: str = ""

    @property
    def action_label(self):
        """The action in a word."""
        return {"insert": _("Added"), "update": _("Changed"), "delete": _("Deleted")}.get(self.action, self.action)


@dataclass(frozen=True)
class Request:
    """The entries of one request that stand together; `context` is its key, empty without one."""

    context: str
    entries: list

    @property
    def first(self):
        """The entry that says who, when, why and through what."""
        return self.entries[0]


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


def entries(model, pk, link=None, since=0, hidden=()):
    """The newest 500 events after event id `since` as `Entry` rows, newest first, with what each changed.

    `hidden` names fields that are not spelled out, such as the key of the parent whose page it is.
    """
    events = events_of(model, pk, link).filter(pgh_id__gt=since)
    return spelled_out(model, events, hidden)


def spelled_out(model, events, hidden=()):
    """The newest 500 of a queryset of events of `model` as `Entry` rows, newest first; `hidden` as in `entries`."""
    return told({model: newest_ids(events)}, {model: hidden})


def newest_ids(events):
    """The ids of the newest 500 of a queryset of events."""
    return list(events.order_by("-pgh_id").values_list("pgh_id", flat=True)[:MOST_EVENTS])


def told(wanted, hidden=None):
    """The events of `wanted` (event ids by model) as `Entry` rows, newest first, names as they were then.

    `hidden` maps models to fields that are not spelled out. The number of queries does not grow with the events
    nor with the models.
    """
    hidden = hidden or {}
    rows, names = read(wanted), Names()
    for row in rows:
        moment = row.event.pgh_created_at
        names.ask_of(row.model, row.event, moment)
        if row.old is not None:
            names.ask_of(row.model, row.old, moment)
        names.ask(get_user_model(), _user_of(row), moment)
    names.fetch()
    found = [_entry(row, names, hidden.get(row.model, ())) for row in rows]
    return sorted(found, key=lambda entry: (entry.when, entry.event), reverse=True)


def grouped(entries):
    """Entries that stand together and are of one request, as Request rows."""
    return [
        Request(key if isinstance(key, str) else "", list(own))
        for key, own in groupby(entries, key=lambda entry: entry.context or (entry.model, entry.event))
    ]


def _user_of(row):
    number = str((row.metadata or {}).get("user") or "")
    return int(number) if number.isascii() and number.isdigit() and len(number) < MOST_DIGITS else None


def _entry(row, names, hidden):
    metadata, event = row.metadata or {}, row.event
    fields = [field for field in plain_fields(row.model) if field.name not in hidden]
    return Entry(
        when=event.pgh_created_at,
        who=str(metadata.get("name") or names.person(_user_of(row), event.pgh_created_at)),
        action=event.pgh_label,
        noun=str(row.model._meta.verbose_name),
        name=names.name(row.model, event, event.pgh_created_at),
        reason=str(metadata.get("reason") or ""),
        address=str(metadata.get("url") or ""),
        changes=tuple(_changes(_Words(names, event.pgh_created_at), fields, row.old, event)),
        model=row.model,
        pk=event.pgh_obj_id,
        event=event.pgh_id,
        through=through.words(row.metadata),
        context=str(event.pgh_context_id or ""),
    )


def values_at(model, pk, event_id):
    """The tracked values of row `pk` as its newest event up to `event_id` has them, else None."""
    event = events_of(model, pk).filter(pgh_id__lte=event_id).order_by("-pgh_id").first()
    if event is None:
        return None
    return {field.name: getattr(event, field.attname) for field in tracked_fields(model)}


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


class _Words:
    """Values in words, as of one moment."""

    def __init__(self, names, moment):
        self.names, self.moment = names, moment

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
            said = self.names.say(field.related_model, value, self.moment)
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
