"""Which company and which park a cell means: by number or name, as people write them. Unknown ones get near names."""

from collections import defaultdict
from typing import NamedTuple

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from parks.models import Park
from stp_portal.kit.alike import ALIKE, LEGAL, WORD, alike, folded
from tenants.models import Company, MergedCompany

MOST_NEAR = 3
NEAR = 60
# Names that are sought among all others; after so many unknown ones of a file it is told without.
MOST_SOUGHT = 200


class Firm(NamedTuple):
    """As much of a company as a row of a lease needs."""

    pk: int
    name: str
    ntn: str
    demo: bool


class Found(NamedTuple):
    """What a cell means, or the key of the wrong cell, why and what would be accepted; `warning` is to be shown."""

    what: object = None
    key: str = ""
    reason: str = ""
    accepts: str = ""
    warning: str = ""


def plain(name):
    """A name as two spellings of it are compared: without case, marks and double spaces."""
    return " ".join(folded(name).split())


def own_words(name):
    """The words of a company's name without its legal form: all that may be left out of it or spelt otherwise."""
    words = tuple(WORD.findall(folded(name)))
    return tuple(word for word in words if word not in LEGAL) or words


class Near:
    """Names like an unknown one, in a sentence; each unknown name is sought once, and not without end."""

    def __init__(self, names):
        self._names, self._told = names, {}

    def to(self, text):
        """`Near names: A; B.` or "" when there is none."""
        if text not in self._told:
            if len(self._told) >= MOST_SOUGHT:
                return ""
            near = process.extract(
                plain(text), self._names, scorer=fuzz.WRatio, processor=plain, limit=MOST_NEAR, score_cutoff=NEAR
            )
            self._told[text] = "; ".join(dict.fromkeys(name for name, _score, _place in near))
        near = self._told[text]
        return _("Near names: %(names)s.") % {"names": near} if near else ""


class Companies:
    """The companies that the user may see. `find` reads the name and the NTN of a row."""

    def __init__(self, user, today):
        visible = Company.objects.scope_for(user, today).order_by("pk")
        self._by_name, self._by_ntn, self._by_words = defaultdict(list), {}, None
        firms = {}
        for pk, name, name_ur, ntn, demo in visible.values_list("pk", "name", "name_ur", "ntn", "demo"):
            firm = firms[pk] = Firm(pk, name, ntn, demo)
            for text in {plain(name), plain(name_ur)} - {""}:
                self._by_name[text].append(firm)
            if ntn:
                self._by_ntn[ntn[:7]] = firm
        # A former name leads to the company that took its place, unless another one has that name now.
        former = MergedCompany.objects.filter(company__in=visible).order_by("pk").values_list("name", "company")
        for name, company in former:
            if plain(name) not in self._by_name:
                self._by_name[plain(name)].append(firms[company])
        self._firms = list(firms.values())
        self._near = Near([firm.name for firm in self._firms])

    def find(self, name, ntn):
        """The Firm that `name` and `ntn` mean, each None when not given, as Found."""
        known = self._by_ntn.get(ntn[:7]) if ntn else None
        if name is None:
            if ntn and known is None:
                return Found(None, "company_ntn", _("No company has this NTN."), _("The NTN of a company."))
            return Found(known)
        if known is not None:
            return self._agrees(known, name)
        found = self._named(name)
        return self._without(found.what) if ntn and found.what is not None else found

    @staticmethod
    def _without(firm):
        """Why the NTN of a row is not that of its company."""
        if firm.ntn:
            reason = _("In the register %(company)s has another NTN.") % {"company": firm.name}
            return Found(None, "company_ntn", reason, firm.ntn)
        reason = _("The register has no NTN of %(company)s.") % {"company": firm.name}
        return Found(None, "company_ntn", reason, _("Empty, until the NTN is entered on the page of the company."))

    @staticmethod
    def _agrees(known, name):
        """The company of the NTN, when its name is like the one that stands beside it."""
        if plain(known.name) == plain(name):
            return Found(known)
        if alike(known.name, name) >= ALIKE:
            return Found(known, warning=_("Read as %(company)s, who has this NTN.") % {"company": known.name})
        reason = _("The NTN is that of %(company)s.") % {"company": known.name}
        return Found(None, "company", reason, _("%(company)s, or another NTN.") % {"company": known.name})

    def _named(self, name):
        firms = self._by_name.get(plain(name), ())
        if not firms:
            firms = self._words().get(own_words(name), ())
            if len(firms) == 1:
                return Found(firms[0], warning=_("Read as %(company)s.") % {"company": firms[0].name})
        if len(firms) == 1:
            return Found(firms[0])
        if firms:
            reason = _("Several companies have this name.")
            return Found(None, "company", reason, _("The NTN of the company as well."))
        reason = _("No company of this name is in the register.")
        accepts = self._near.to(name) or _("A company of the register: import it first.")
        return Found(None, "company", reason, accepts)

    def _words(self):
        """The companies by the words of their names without the legal form."""
        if self._by_words is None:
            self._by_words = defaultdict(list)
            for firm in self._firms:
                self._by_words[own_words(firm.name)].append(firm)
        return self._by_words


class Parks:
    """The parks in which the user may write, by code, web name or name."""

    def __init__(self, user, today):
        rows = Park.objects.scope_for(user, today).order_by("pk")
        parks = list(rows.only("code", "name", "name_ur", "slug"))
        self._found = defaultdict(list)
        for park in parks:
            for text in {plain(park.name), plain(park.name_ur), plain(park.code), plain(park.slug)} - {""}:
                self._found[text].append(park)
        self._near = Near([park.name for park in parks])

    def find(self, text):
        """The Park that `text` means, as Found."""
        if text is None:
            return Found()
        parks = self._found.get(plain(text), ())
        if len(parks) == 1:
            return Found(parks[0])
        if parks:
            codes = ", ".join(park.code for park in parks)
            return Found(None, "park", _("Several parks have this name."), _("The code: %(codes)s.") % {"codes": codes})
        reason = _("There is no such park among those in which you may write.")
        return Found(None, "park", reason, self._near.to(text) or _("The code or the name of a park."))
