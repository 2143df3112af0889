"""The kinds of file that can be imported: their columns, who plans their rows and who may import them."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from parks.columns import PARKS, SUITES
from parks.models import Park, Suite
from tenants.columns import COMPANIES, LEASES
from tenants.models import Company, Lease
from tenants.models.batch import ImportKind

from .planner_companies import CompanyPlanner
from .planner_leases import LeasePlanner
from .planner_parks import ParkPlanner
from .planner_suites import SuitePlanner


@dataclass(frozen=True)
class Kind:
    """One kind. `also` are further rights that every row needs, beside adding or changing what it is about."""

    columns: tuple
    planner: type
    model: type
    add_permission: str
    change_permission: str
    also: tuple = ()

    @property
    def by_key(self):
        """The columns by their keys."""
        return {column.key: column for column in self.columns}


KINDS = {
    ImportKind.PARKS: Kind(PARKS, ParkPlanner, Park, "parks.add_park", "parks.change_park"),
    ImportKind.SUITES: Kind(SUITES, SuitePlanner, Suite, "parks.add_suite", "parks.change_suite"),
    ImportKind.COMPANIES: Kind(COMPANIES, CompanyPlanner, Company, "tenants.add_company", "tenants.change_company"),
    ImportKind.LEASES: Kind(
        LEASES,
        LeasePlanner,
        Lease,
        "tenants.add_lease",
        "tenants.change_lease",
        ("tenants.add_letting", "tenants.change_letting", "tenants.add_lettingrate"),
    ),
}
# What the register must hold before a file of the kind can name it.
FIRST = {
    ImportKind.SUITES: _("Import the parks first: a suite names its park."),
    ImportKind.LEASES: _("Import the suites and the companies first: a lease names both."),
}


def may_import(user, kind):
    """Whether `user` may import files of `kind` at all.

    Changing what is there is enough; a row that would add something is refused to who may not add.
    """
    row = KINDS[kind]
    rights = ("tenants.add_importbatch", row.change_permission, *row.also)
    return all(user.has_perm(right) for right in rights)
