"""Companies: found by web name, by a registration number or by name; new ones get a web name of their own."""

from django.db.models.functions import Left, Lower
from django.utils.translation import gettext as _

from tenants.columns import COMPANIES
from tenants.models import Company, CompanyContact, MergedCompany
from tenants.models.batch import ImportKind

from .checked import errors_of
from .comparing import Likeness, RowPlanner, Slugs, label_of, name_folded, reserve, say, updates
from .planning import Claim, Plan, Write

CONTACT = {
    "contact_name": "name",
    "contact_role": "role",
    "contact_email": "email",
    "contact_phone": "phone",
}


def bare_ntn(ntn):
    """What tells NTNs apart: the check digit is often left out."""
    return ntn[:7]


class CompanyPlanner(RowPlanner):
    """Rows about companies, each with the first contact of its company."""

    KIND = ImportKind.COMPANIES
    COLUMNS = COMPANIES
    FIELDS = {
        key: key
        for key in (
            *("name", "name_ur", "slug", "secp_number", "ntn", "pseb_number", "pseb_expiry_date", "activity"),
            *("size_class", "website", "public_listing", "note"),
        )
    }
    # Of each number: what of it only one company may have.
    NUMBERS = {"ntn": bare_ntn, "secp_number": str, "pseb_number": str}

    def __init__(self, job):
        super().__init__(job)
        self.with_contact = bool(job.columns & CONTACT.keys())
        self.slugs = Slugs("company")
        self.contacts = {}
        self.like = None if job.commits else Likeness(Company)

    # --- what the database is asked

    def lock(self, rows):
        """The companies that the rows are about, then their first contacts."""
        self._find(rows)
        found = {company.pk for row in rows if (company := self._match(row)) is not None}
        self.will_lock(Company, found)
        if self.with_contact:
            contacts = CompanyContact.objects.filter(company__in=found).order_by()
            self.will_lock(CompanyContact, contacts.values_list("pk", flat=True))

    def load(self, rows):
        """Companies by what the rows name, their contacts, and web names that are taken."""
        self.lock_now()
        self._find(rows)
        if self.with_contact:
            contacts = CompanyContact.objects.filter(company__in=self.companies).order_by("company_id", "pk")
            self.contacts = {contact.company_id: contact for contact in contacts.distinct("company")}
        names = [row.values["name"] for row in rows if row.values.get("name")]
        reserve(self.slugs, {self.slugs.base(name) for name in names}, Company, MergedCompany)
        # What a row asks for is its own.
        self.slugs.taken |= {row.values["slug"] for row in rows if row.values.get("slug")}
        if self.like:
            self.like.load()

    def _find(self, rows):
        asked = {key: {row.values[key] for row in rows if row.values.get(key)} for key in ("slug", *self.NUMBERS)}
        names = {name_folded(row.values.get("name")) for row in rows} - {""}
        visible = Company.objects.scope_for(self.job.user, self.job.today).defer("words")
        self.companies, self.by = {}, {}
        self._remember(visible.filter(slug__in=asked["slug"]))
        ntns = {bare_ntn(ntn) for ntn in asked["ntn"]}
        self._remember(visible.exclude(ntn="").alias(bare=Left("ntn", 7)).filter(bare__in=ntns))
        self._remember(visible.exclude(secp_number="").filter(secp_number__in=asked["secp_number"]))
        self._remember(visible.exclude(pseb_number="").filter(pseb_number__in=asked["pseb_number"]))
        self._remember(visible.alias(lower=Lower("name")).filter(lower__in=names))
        self.by_name = {}
        for company in self.companies.values():
            self.by["slug", company.slug] = company
            for key, bare in self.NUMBERS.items():
                if getattr(company, key):
                    self.by[key, bare(getattr(company, key))] = company
            self.by_name.setdefault(name_folded(company.name), []).append(company)
        self.former = dict(MergedCompany.objects.filter(slug__in=asked["slug"]).values_list("slug", "company__name"))
        former = MergedCompany.objects.alias(lower=Lower("name")).filter(lower__in=names)
        self.former_names = {name_folded(name): into for name, into in former.values_list("name", "company__name")}

    def _remember(self, companies):
        for company in companies.order_by():
            self.companies.setdefault(company.pk, company)

    # --- what a row comes to

    def _match(self, row):
        """The company that a row is about: by web name, then by a number, then by a name that only one has."""
        slug = row.values.get("slug")
        if slug and ("slug", slug) in self.by:
            return self.by["slug", slug]
        for key, bare in self.NUMBERS.items():
            number = row.values.get(key)
            if number and (key, bare(number)) in self.by:
                return self.by[key, bare(number)]
        named = self.by_name.get(name_folded(row.values.get("name")), [])
        return named[0] if len(named) == 1 else None

    def plan_row(self, row):
        """A row as a new company, as changes of one, or as nothing new."""
        found = self._match(row)
        plan = Plan(row.number, label=str(row.values.get("name") or (found and found.name) or ""), new=found is None)
        if found is None:
            self._new(plan, row)
        else:
            self._changed(plan, row, found)
        return plan

    def _new(self, plan, row):
        if self.cannot_add(plan, "tenants.add_company", _("You may not add companies.")):
            return
        named = self.by_name.get(name_folded(row.values.get("name")), [])
        if named:
            plan.refuse(
                "name",
                _("%(n)s companies have this name.") % {"n": len(named)},
                _("Give its web name or one of its registration numbers as well."),
            )
        elif (into := self.former_names.get(name_folded(row.values.get("name")))) is not None:
            plan.refuse(
                "name",
                _("A company of this name was merged into %(company)s.") % {"company": into},
                _("The name of that company. Another firm of this name is added on the page of companies."),
            )
        company = Company()
        self.take(plan, company, row, exclude=() if row.values.get("slug") else ("slug",))
        if not company.slug and company.name:
            company.slug = self.slugs.free(company.name)
            self.tell_field(plan, "slug", "", company.slug)
        self._only(plan, company)
        if company.name:
            plan.claims.append(
                Claim(
                    ("company", name_folded(company.name)),
                    "name",
                    _("Row %(row)s is about a company of this name as well."),
                    _("One row for each company."),
                )
            )
            if self.like and not plan.problems:
                self._warn(plan, company.name)
        plan.writes.append(Write(company))
        self._contact(plan, row, company)

    def _changed(self, plan, row, company):
        plan.claims.append(
            Claim(
                ("company", company.pk),
                "",
                _("Row %(row)s is about the same company."),
                _("One row for each company."),
            )
        )
        known_by = {key for key in ("slug", *self.NUMBERS) if self._knows(row, key, company)}
        for key in self.NUMBERS if not known_by else ():
            # The name alone cannot tell whether it is another firm or another number of this one.
            number, old = row.values.get(key), getattr(company, key)
            if number and old:
                plan.refuse(
                    key,
                    _("The company of this name has another one: %(number)s.") % {"number": old},
                    _("Give its web name as well to change the number of this company."),
                )
        if known_by and "slug" not in known_by:
            self._refuse_other_name(plan, row, company)
        changed = self.take(plan, company, row)
        self._only(plan, company, changed)
        plan.writes += updates(company, changed)
        self._contact(plan, row, company)

    def _refuse_other_name(self, plan, row, company):
        """A number of one company beside the name of another is a slip, and no new name of the first."""
        name = name_folded(row.values.get("name"))
        named = [] if name == name_folded(company.name) else self.by_name.get(name, [])
        if named:
            plan.refuse(
                "name",
                _("The registration number beside this name is that of %(company)s.") % {"company": company},
                _("%(company)s, or another number.") % {"company": company},
            )

    def _knows(self, row, key, company):
        value = row.values.get(key)
        bare = self.NUMBERS.get(key, str)
        return bool(value) and self.by.get((key, bare(value))) is company

    def _only(self, plan, company, changed=None):
        """What only one company may have: nobody else now, and no other row of the file."""
        for key, bare in {"slug": str, **self.NUMBERS}.items():
            value = getattr(company, key)
            if not value or (changed is not None and key not in changed):
                continue
            owner = self.by.get((key, bare(value)))
            if owner is not None and owner.pk != company.pk:
                plan.refuse(
                    key,
                    _("This belongs to another company: %(company)s.") % {"company": owner},
                    _("Another value, or the other company's row."),
                )
            if key == "slug" and value in self.former:
                plan.refuse(
                    key,
                    _("This web name leads to %(company)s, into which its company was merged.")
                    % {"company": self.former[value]},
                    _("The web name of that company, or none."),
                )
            plan.claims.append(
                Claim((key, bare(value)), key, _("Row %(row)s gives the same."), _("A value of its own in each row."))
            )

    # --- the contact

    def _contact(self, plan, row, company):
        """The company's first contact: changed where there is one, else made."""
        given = {key: row.values[key] for key in CONTACT if row.has(key)}
        contact = self.contacts.get(company.pk) if self.with_contact and company.pk else None
        if contact is None and not any(given.values()):
            return
        new = contact is None
        contact = contact or CompanyContact(company=company)
        changed = []
        for key, value in given.items():
            name, column = CONTACT[key], self.columns[key]
            old = getattr(contact, name)
            if column.same(old, value):
                continue
            setattr(contact, name, value or "")
            changed.append(name)
            plan.tell(label_of(column), say(column, old), say(column, value))
        if not changed:
            return
        if not any(getattr(contact, name) for name in CONTACT.values()):
            plan.refuse("contact_name", _("A contact is removed on the company's page."), _("The contact, or nothing."))
            return
        keys_of = {name: key for key, name in CONTACT.items()}
        for name, sentence in errors_of(contact):
            key = keys_of.get(name, "contact_name")
            plan.refuse(key, sentence, self.columns[key].accepts())
        plan.writes.append(Write(contact, None if new else tuple(changed), 1))

    def _warn(self, plan, name):
        for other in self.like.to(name):
            plan.warn(
                "name",
                _("Very like “%(name)s”, which is in the register.") % {"name": other},
                _("Look whether it is the same company: then give the name as the register has it."),
            )
