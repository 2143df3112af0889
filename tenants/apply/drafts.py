"""Drafts: an application that is being filled in, kept on the server so that a lost connection loses nothing."""

import datetime as dt
import re
import secrets

from django.db import transaction
from django.utils import timezone

from tenants.models import ApplicationDraft, ApplicationPaper

from . import limits
from .choices import is_key

TOKEN_BYTES = 32
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
KEPT_DAYS = 30
AT_ONCE = 200


def new_draft(*, wanted, client, moment):
    """Begin a draft with these keys of choices; returns it. `client` is the throttle's key of the sender at
    `moment`. Raises TooManySent."""
    with transaction.atomic():
        limits.count("draft", client=client, moment=moment)
        keys = [key for key in wanted if is_key(key)]
        return ApplicationDraft.objects.create(
            token=secrets.token_urlsafe(TOKEN_BYTES),
            answers={"choices": {"wanted": keys}} if keys else {},
            created_at=moment,
            updated_at=moment,
        )


def draft_of(token):
    """The draft that this address is the key to, with what became of it; None without one."""
    if not TOKEN.fullmatch(token):
        return None
    return ApplicationDraft.objects.select_related("application").filter(token=token).first()


def keep_answers(draft, slug, answers, moment):
    """Write what a step said; the newest wins. Nothing is written to a draft that was sent or erased meanwhile."""
    change(draft, lambda kept: kept | {slug: answers}, moment)


def change(draft, new, moment):
    """Write `new(answers)` as the answers of the draft, under its lock, so that two pages at once lose nothing."""
    with transaction.atomic():
        row = ApplicationDraft.objects.select_for_update().filter(pk=draft.pk, application__isnull=True).first()
        if row is not None:
            row.answers, row.updated_at = new(row.answers), moment
            row.save(update_fields=["answers", "updated_at"])
            draft.answers = row.answers


def change_choices(draft, new, moment):
    """Write `new(keys)` as the choices of the draft, each a key of `choices`."""
    change(
        draft,
        lambda kept: kept | {"choices": {"wanted": new(list(kept.get("choices", {}).get("wanted", [])))}},
        moment,
    )


def erase_old_drafts(today):
    """Erase drafts that nobody has changed for 30 days, with their papers and files; returns how many.

    Those that were sent are erased as well: by then they hold nothing but the way to their application.
    """
    before = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=KEPT_DAYS), dt.time.min))
    erased = 0
    while True:
        with transaction.atomic():
            old = ApplicationDraft.objects.filter(updated_at__lt=before).order_by("pk")
            keys = [draft.pk for draft in old.select_for_update(skip_locked=True)[:AT_ONCE]]
            if not keys:
                return erased
            papers = ApplicationPaper.objects.filter(draft__in=keys)
            files = [paper.file for paper in papers]
            papers.delete()
            ApplicationDraft.objects.filter(pk__in=keys).delete()
            for file in files:
                transaction.on_commit(lambda file=file: file.storage.delete(file.name))
        erased += len(keys)
