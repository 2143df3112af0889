"""Events as they would stand there had they been made on an earlier day."""

import pgtrigger


def move_events(model, pk, moment):
    """Move all events of the row `pk` to `moment` (aware), as only tests may."""
    events = model.pgh_event_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events.objects.filter(pgh_obj_id=pk).update(pgh_created_at=moment)
