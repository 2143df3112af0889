"""What a new row gets beside its cells: decided once, when it is created, and never again by a load."""

import re

from django.utils.text import slugify

from parks import models

MOST_OF_A_SLUG = 70
FIRST_LOADED = "The first figure in the register of public sources."


def extras(model, rehearsal):
    """A function that gives the further fields of a new instance: `(merge, row, values) → dict`.

    In a rehearsal parks get a stand-in code, so that the numbers of real codes are not used up.
    """
    by_model = {
        models.City: _slugged,
        models.HostInstitution: _slugged,
        models.Park: _listed_in_rehearsal if rehearsal else _listed,
        models.AreaReport: _chosen_if_first,
        models.Incentive: lambda merge, row, values: {"position": row.number - 1},
    }
    return by_model.get(model, lambda merge, row, values: {})


def short_slug(name):
    """A short ASCII web name: without what stands in parentheses, cut between words; '' when none is left."""
    bare = re.sub(r"\([^)]*\)", " ", name)
    slug = slugify(re.sub(r"[/.,&+]", "-", bare)).strip("-_").replace("_", "-")
    slug = re.sub("-{2,}", "-", slug)
    return slug if len(slug) <= MOST_OF_A_SLUG else slug[: MOST_OF_A_SLUG + 1].rpartition("-")[0]


def _slugged(merge, row, values):
    taken = _taken_slugs(merge)
    # A name without Latin letters still needs an address.
    slug = short_slug(values["name"]) or merge.model._meta.model_name
    wanted, number = slug, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    taken.add(slug)
    return {"slug": slug}


def _listed(merge, row, values):
    return _slugged(merge, row, values) | {"listed": True}


def _listed_in_rehearsal(merge, row, values):
    return _listed(merge, row, values) | {"code": f"rehearsal-{row.number}"}


def _chosen_if_first(merge, row, values):
    """The first report of a park is the one that pages show, unless staff have chosen another."""
    have = merge.memory.setdefault("chosen", {each.park_id for each in merge.live.values() if each.chosen})
    first = values["park_id"] not in have
    have.add(values["park_id"])
    return {"chosen": first, "chosen_because": FIRST_LOADED if first else ""}


def _taken_slugs(merge):
    return merge.memory.setdefault("slugs", {each.slug for each in merge.live.values()})
