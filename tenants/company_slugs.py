"""Web names of companies."""

from django.utils.text import slugify

from .models import Company, MergedCompany

MOST_SLUG = 110


def free_slug(name, pk=None):
    """A web name made from `name` that no company but `pk` has or had; `company` where the name has no Latin letter."""
    base = slugify(name)[:MOST_SLUG].strip("-") or "company"
    taken = set(Company.objects.exclude(pk=pk).filter(slug__startswith=base).values_list("slug", flat=True))
    # Of a merged company: its address leads on.
    taken |= set(MergedCompany.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    return slug
