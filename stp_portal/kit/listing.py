"""Public lists: pages that never fail, filter chips, links that change one parameter and keep the rest."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _

from stp_portal.kit.text import clean_line

PER_PAGE = 25
MOST_PAGE_DIGITS = 6
MOST_CHIP = 80


def query_with(params, **changes):
    """The query string of a QueryDict with some parameters set or, with None, left out; always page 1.

    Returns "?" with the encoded rest, or "?" alone, so that the result is a link to the same page.
    """
    params = params.copy()
    params.pop("page", None)
    for name, value in changes.items():
        if value is None:
            params.pop(name, None)
        elif isinstance(value, list):
            params.setlist(name, value)
        else:
            params[name] = value
    for name in list(params):
        kept = [value for value in params.getlist(name) if value != ""]
        if kept:
            params.setlist(name, kept)
        else:
            params.pop(name)
    return "?" + params.urlencode()


@dataclass(frozen=True)
class Chip:
    """One active filter: what it says, and the link without it."""

    label: str
    url: str
    name: str


def chips(params, form):
    """The active filters of a form as chips, one a value, in the form's order, invalid values included.

    A field may name its values by a method `chip_label(value)`; an empty name makes no chip.
    """
    found = []
    for name, field in form.fields.items():
        values = list(dict.fromkeys(value for value in params.getlist(name) if value.strip()))
        if not isinstance(field, forms.MultipleChoiceField):
            values = values[-1:]  # of a repeated single value the form reads the last
        for value in values:
            label = clean_line(str(getattr(field, "chip_label", str)(value)))[:MOST_CHIP]
            rest = [other for other in values if other != value]
            if label:
                found.append(Chip(label, query_with(params, **{name: rest or None}), name))
    return found


@dataclass(frozen=True)
class Page:
    """One page of a list. `number` is from 1; `count` rows in all, `rows` those of this page."""

    rows: list
    number: int
    pages: int
    count: int
    asked: str
    params: object

    @property
    def is_canonical(self):
        """Whether the address asked for just this page, rather than one that does not exist."""
        return self.asked in {"", str(self.number)}

    def url(self, number):
        """The link to another page with the same filters."""
        link = query_with(self.params)
        if number == 1:
            return link
        return f"{link}{'' if link == '?' else '&'}page={number}"

    @property
    def canonical_url(self):
        """The link to this page, without what was wrong in the address."""
        return self.url(self.number)

    @property
    def previous_url(self):
        """The page before, or None."""
        return self.url(self.number - 1) if self.number > 1 else None

    @property
    def next_url(self):
        """The page after, or None."""
        return self.url(self.number + 1) if self.number < self.pages else None

    @property
    def links(self):
        """(number, link) of the first, the last and the nearby pages; (None, None) where some are left out."""
        near = {1, self.pages, self.number - 1, self.number, self.number + 1}
        shown, before = [], 0
        for number in sorted(n for n in near if 1 <= n <= self.pages):
            if number > before + 1:
                shown.append((None, None))
            shown.append((number, self.url(number)))
            before = number
        return shown


def page_of(queryset, count, params, per_page=PER_PAGE):
    """The page that `params` asks for; a bad or too high number gives the first.

    `count` is the number of rows, known to the caller from the query that it shows beside the list anyway.
    The queryset must have a total order, so that pages neither repeat nor miss a row.
    """
    asked = params.get("page", "").strip()
    pages = max(1, -(-count // per_page))
    number = 1
    if asked.isascii() and asked.isdigit() and len(asked) <= MOST_PAGE_DIGITS and 1 <= int(asked) <= pages:
        number = int(asked)
    start = (number - 1) * per_page
    rows = list(queryset[start : start + per_page]) if count else []
    return Page(rows, number, pages, count, asked, params)


def page_title(title, page):
    """A page's title, with its number from the second on."""
    if page.number == 1:
        return title
    return _("%(title)s (page %(number)s of %(pages)s)") % {
        "title": title,
        "number": page.number,
        "pages": page.pages,
    }
