"""Applications for space, received from the public pages."""

import secrets

from django.db import transaction

from tenants import mails
from tenants.apply import limits
from tenants.apply.drafts import TOKEN_BYTES
from tenants.context import demonstration_is_there
from tenants.models import Application, ApplicationChoice, ApplicationDraft, ApplicationPaper, TimelineEntry
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import Actor


def submit_application(*, draft, values, client, moment, today):
    """Make the application that a `draft` describes, once; returns it, or what the draft made before.

    `values` holds the application's columns as the steps' forms cleaned them, and `choices`: (park, suite or None) in
    their order. Papers move over, the draft's answers are erased, and the mail with the link is queued. `client` is
    the throttle's key of the sender at `moment`, `today` the day in Karachi. Raises TooManySent, DoesNotExist where
    the draft was erased meanwhile, and IntegrityError when the database refuses a value.
    """
    with transaction.atomic():
        # Twenty of the same at once wait here, and find the application that the first one made.
        row = ApplicationDraft.objects.select_for_update().get(pk=draft.pk)
        if row.application_id:
            return Application.objects.get(pk=row.application_id)
        limits.count("application", client=client, moment=moment)
        facts = {name: value for name, value in values.items() if name != "choices"}
        # Beside demonstration suites, which real companies cannot rent, whatever is sent is a try-out as well.
        demo = demonstration_is_there()
        application = Application.objects.create(
            token=secrets.token_urlsafe(TOKEN_BYTES), form_token=row.number, created_at=moment, demo=demo, **facts
        )
        if demo:
            # The database leaves the beginnings of demonstrations to whoever writes them.
            TimelineEntry.objects.create(
                application=application, kind=TimelineKind.STATE, to_state=application.state, actor=Actor.FIRM
            )
        ApplicationChoice.objects.bulk_create(
            ApplicationChoice(application=application, rank=rank, park=park, suite=suite)
            for rank, (park, suite) in enumerate(values["choices"], start=1)
        )
        ApplicationPaper.objects.filter(draft=row).update(draft=None, application=application)
        row.application, row.answers, row.updated_at = application, {}, moment
        row.save(update_fields=["application", "answers", "updated_at"])
        # The reference is the database's.
        application.refresh_from_db()
        mails.queue("submitted", application=application, key=f"submitted:{application.pk}", today=today)
        return application
