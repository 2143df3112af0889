"""The version token: a form that comes back older than the row, or without a token, is refused.

The token holds the newest event ids of the row and of each kind of row that its page edits inline.
"""

import re

from django import forms
from django.utils.translation import gettext as _

from .history import entries, newest_event_id, values_at

FIELD = "_version"
TOKEN = re.compile(r"[0-9]{1,18}(?:-[0-9]{1,18})*")


def token_of(model, pk, related=()):
    """The token of row `pk` with its inline rows; `related` are pairs of a model and its key to the parent."""
    parts = [newest_event_id(model, pk), *(newest_event_id(child, pk, link) for child, link in related)]
    return "-".join(str(part) for part in parts)


def lock(model, pk, related=()):
    """Lock the row and its inline rows until the transaction ends, in the same order everywhere.

    Two saves of one page then stand in line, and the second sees the events of the first.
    """
    list(_locked(model._base_manager.filter(pk=pk)))
    for child, link in related:
        list(_locked(child._base_manager.filter(**{link: pk})))


def _locked(rows):
    return rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)


class Version:
    """One submitted page against the row as it is now. Make it after `lock`."""

    def __init__(self, model, pk, related, sent):
        self.model, self.pk, self.related = model, pk, list(related)
        self.now = token_of(model, pk, self.related)
        # A token of another shape (forged, or of a page with other inlines) says nothing: as if none came.
        known = TOKEN.fullmatch(sent or "") and sent.count("-") == self.now.count("-")
        self.sent = [int(part) for part in sent.split("-")] if known else None

    @property
    def is_current(self):
        """Whether the page was made from what the row is now."""
        return self.sent is not None and "-".join(str(part) for part in self.sent) == self.now

    @property
    def problem(self):
        """Why the save is refused, as a sentence."""
        if self.sent is None:
            return _("This page came back without its version, so nothing was saved. Check the values and save again.")
        return _(
            "Someone else saved changes while this page was open, so nothing was saved. What they changed is listed "
            "below; what you typed is kept. Check the values and save again."
        )

    def changes(self):
        """What others did since: history entries, newest first; empty when no version came."""
        if self.sent is None:
            return []
        found = entries(self.model, self.pk, since=self.sent[0])
        for (child, link), event_id in zip(self.related, self.sent[1:], strict=True):
            # A link over two tables hides nothing: the row between them says where the change stands.
            found += entries(child, self.pk, link=link, since=event_id, hidden=(link,))
        return sorted(found, key=lambda entry: entry.when, reverse=True)

    def bring_up_to_date(self, form):
        """In a bound form, replace each value that the person did not touch by the row's present one.

        What they typed stays. Without this, saving again would put back what the others have just changed.
        """
        instance = form.instance
        if self.sent is None or not instance.pk:
            return
        newest = self.seen(type(instance))
        then = values_at(type(instance), instance.pk, newest) if newest is not None else None
        now = type(instance)._base_manager.filter(pk=instance.pk).first()
        if then is None or now is None:
            return
        fresh = forms.models.model_to_dict(now)
        form.data = form.data.copy()
        for name, field in form.fields.items():
            if name in then and name in fresh and not isinstance(field, forms.FileField):
                typed = form[name].data
                if not field.has_changed(then[name], typed):
                    _put(form, name, field, fresh[name])

    def seen(self, model):
        """The newest event id of `model` that the page knew; None when no version came, or it does not cover it."""
        if self.sent is None:
            return None
        if model is self.model:
            return self.sent[0]
        kinds = [child for child, _link in self.related]
        return self.sent[1 + kinds.index(model)] if model in kinds else None


def _put(form, name, field, value):
    """Set a bound form's data for one field as the browser would have sent `value`."""
    key = form.add_prefix(name)
    if isinstance(field.widget, forms.CheckboxInput):
        form.data.pop(key, None)
        if value:
            form.data[key] = "on"
    elif value is None:
        form.data[key] = "unknown" if isinstance(field.widget, forms.NullBooleanSelect) else ""
    elif isinstance(value, bool):
        form.data[key] = "true" if value else "false"
    else:
        form.data[key] = str(field.prepare_value(value))
