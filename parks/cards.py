"""What a card of a list says, read as plain values: a page of 25 needs no model instances."""

CARD = (
    "slug",
    "name",
    "programme",
    "women_only",
    "reported_area_sqft",
    "free_area_sqft",
    "free_seats",
    "free_suites",
    "stage_facts",
    "city__name",
    "city__slug",
    "city__region",
    "host__name",
    "host__slug",
)


def as_cards(parks, on):
    """The parks as dicts for `components/cards.html`, the stage as of `on`.

    `parks` are annotated with `with_area()` and with what `occupancy.with_free_area` says of `on`.
    """
    return parks.with_stage_facts(on).values(*CARD)
