"""A firm that applied comes into the register of companies, with nothing typed again and nothing overwritten unseen."""

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from tenants.company_slugs import free_slug
from tenants.duplicates import numbered_alike, similar_to
from tenants.models import Company, CompanyContact
from tenants.models.application_parts import TimelineKind
from tenants.models.application_states import OPEN_STATES

from .applied import applied, cannot, told
from .errors import Refused, cleaned

# The register's column and the application's.
FACTS = {
    "name": "company_name",
    "secp_number": "secp_number",
    "ntn": "ntn",
    "pseb_number": "pseb_number",
    "pseb_expiry_date": "pseb_expiry_date",
    "activity": "activity",
    "website": "website",
}


def company_of_facts(application):
    """An unsaved Company with the facts of the application."""
    facts = {column: getattr(application, source) for column, source in FACTS.items()}
    company = Company(**facts, demo=application.demo)
    company.clean()
    return company


def candidates(application):
    """Companies of the register that may be this firm: those with one of its numbers first, then those with a like
    name; each once, with `shares`, the columns of the numbers that it shares."""
    numbered = {}
    for column, company in numbered_alike(company_of_facts(application)).items():
        numbered.setdefault(company.pk, (company, []))[1].append(column)
    rows = []
    for company, columns in numbered.values():
        company.shares = columns
        rows.append(company)
    for company in similar_to(application.company_name):
        if company.pk not in numbered:
            company.shares = []
            rows.append(company)
    return [company for company in rows if company.demo == application.demo]


def differences(application, company):
    """[(column, what the register has, what the firm wrote)] where they differ; what the firm left out does not."""
    fresh = company_of_facts(application)
    pairs = [(column, getattr(company, column), getattr(fresh, column)) for column in FACTS]
    return [(column, there, written) for column, there, written in pairs if written and written != there]


def enter_company(*, application, company=None, new=False, take=(), by, today, reason=""):
    """Link the application to a company of the register; returns that company.

    It is `company`; without one the only one that has a number of the firm, or else a new one made from the
    application, its contact included. With `new` a new one is made whatever is there. `take` are the columns of
    `differences` that the register takes over; nothing else of it changes, except that the contact is added when
    nobody there has that e-mail address. Linked already, the company is returned as it is. Raises Refused.
    """
    with applied(application=application, by=by, reason=reason) as mine:
        if mine.company_id is not None:
            if company is not None and company.pk != mine.company_id:
                raise Refused(_("The application is linked to %(company)s already.") % {"company": mine.company})
            return mine.company
        if mine.state not in OPEN_STATES:
            raise cannot(mine, _("Only a firm whose application is open is entered."))
        if company is None and not new:
            company = _only_numbered(mine)
        company = _made(mine) if company is None else _taken_over(mine, company, take)
        _add_contact(mine, company)
        mine.company = company
        mine.save(update_fields=["company"])
        told(mine, TimelineKind.COMPANY, by=by)
    return company


def _only_numbered(application):
    """The one company that has a number of the firm, or None; Refused when there are more."""
    found = {company.pk: company for company in numbered_alike(company_of_facts(application)).values()}
    if len(found) > 1:
        names = ", ".join(str(company) for company in found.values())
        raise Refused(_("More than one company has a number of this firm: %(names)s. Choose one.") % {"names": names})
    return next(iter(found.values()), None)


def _made(application):
    """A new company."""
    company = company_of_facts(application)
    company.slug = free_slug(company.name)
    cleaned(company)
    company.save()
    return company


def _taken_over(application, company, take):
    """The chosen company, locked, with the columns of `take` as the firm wrote them."""
    company = Company.objects.select_for_update(no_key=True).filter(pk=company.pk).first()
    if company is None:
        raise Refused(_("The company was deleted, or merged into another one, meanwhile. Choose it anew."))
    if company.demo != application.demo:
        raise Refused(_("Demonstration rows cannot be mixed with real ones."))
    fresh = company_of_facts(application)
    columns = [column for column in FACTS if column in take]
    if columns:
        for column in columns:
            setattr(company, column, getattr(fresh, column))
        cleaned(company)
        company.save(update_fields=columns)
    return company


def _add_contact(application, company):
    """The person who applied, unless somebody at the company has the e-mail address."""
    there = company.contacts.annotate(folded=Lower("email")).filter(folded=application.email.lower())
    if there.exists():
        return
    contact = CompanyContact(
        company=company,
        name=application.contact_name,
        role=application.contact_role,
        email=application.email,
        phone=application.phone,
    )
    cleaned(contact)
    contact.save()
