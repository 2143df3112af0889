"""The columns of files of companies, in their order."""

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from stp_portal.kit.checked_columns import CheckedColumn, email_column, phone_column, web_column
from stp_portal.kit.columns import (
    ChoiceColumn,
    DateColumn,
    DerivedColumn,
    OfModel,
    TextColumn,
    YesNoColumn,
)

from .column_names import COMPANY_NAMES, NTN_ACCEPTED, NTN_NAMES, REMARKS
from .company_numbers import clean_ntn, clean_pseb, clean_secp
from .models import Company, CompanyContact
from .models.company import Activity, SizeClass

VIEW_CONTACTS = "tenants.view_companycontact"
ACTIVITY_WORDS = {
    Activity.SOFTWARE: ("software", "software house", "software development company", "it"),
    Activity.IT_SERVICES: ("it services", "it consulting", "ites", "it / ites", "services"),
    Activity.CALL_CENTRE: ("call center", "contact centre", "contact center"),
    Activity.BPO: ("bpo",),
    Activity.GAMES: ("games", "gaming", "animation", "game development"),
    Activity.ECOMMERCE: ("ecommerce", "e commerce", "digital marketing"),
    Activity.TRAINING: ("training", "training institute"),
    Activity.HARDWARE: ("hardware", "electronics"),
    Activity.TELECOM: ("telecom", "isp", "internet"),
    Activity.FREELANCE: ("freelance", "freelancers", "freelancer"),
    Activity.OTHER: ("other", "others"),
}
SIZE_WORDS = {
    SizeClass.UP_TO_20: ("1-20", "micro", "up to 20", "less than 20"),
    SizeClass.UP_TO_250: ("21-250", "small", "sme", "up to 250"),
    SizeClass.UP_TO_1000: ("251-1000", "medium", "up to 1000", "251 to 1000 people"),
    SizeClass.ABOVE_1000: ("above 1000", "large", "1000+", "more than 1000", "more than 1000 people"),
}
COMPANY, CONTACT = OfModel(Company), OfModel(CompanyContact)
COMPANIES = (
    COMPANY(
        TextColumn,
        "slug",
        aliases=("slug", "web address"),
        help=_("Finds the company; empty on a new row: made from the name."),
    ),
    COMPANY(
        TextColumn,
        "name",
        required=True,
        aliases=COMPANY_NAMES,
    ),
    COMPANY(TextColumn, "name_ur", aliases=("urdu name", "name urdu", "name (urdu)", "اردو نام")),
    CheckedColumn(
        "secp_number",
        COMPANY.label("secp_number"),
        get=lambda row: row.secp_number,
        check=clean_secp,
        accepted=_("Seven digits, like 0123456."),
        padded=lambda digits: digits.zfill(7) if len(digits) >= 4 else digits,
        aliases=(
            *("secp", "secp no", "secp registration no", "secp registration number", "secp reg no", "cuin"),
            *("incorporation number", "incorporation no", "registration no"),
        ),
    ),
    CheckedColumn(
        "ntn",
        COMPANY.label("ntn"),
        get=lambda row: row.ntn,
        check=clean_ntn,
        accepted=NTN_ACCEPTED,
        aliases=NTN_NAMES,
    ),
    CheckedColumn(
        "pseb_number",
        COMPANY.label("pseb_number"),
        get=lambda row: row.pseb_number,
        check=clean_pseb,
        accepted=_("Letters, digits, dashes and strokes, like Z-25-12345/26."),
        aliases=("pseb", "pseb no", "pseb number", "pseb reg no", "pseb registration no", "pseb registration"),
    ),
    COMPANY(
        DateColumn,
        "pseb_expiry_date",
        aliases=("pseb expiry", "pseb expiry date", "pseb valid until", "pseb validity", "registration expiry"),
    ),
    COMPANY(
        ChoiceColumn,
        "activity",
        choices=Activity.choices,
        words=ACTIVITY_WORDS,
        aliases=("business", "nature of business", "line of business", "sector", "main activity", "کاروبار"),
    ),
    COMPANY(
        ChoiceColumn,
        "size_class",
        choices=SizeClass.choices,
        words=SIZE_WORDS,
        aliases=("size class", "company size", "employees", "staff", "no of employees", "headcount"),
    ),
    web_column(
        "website",
        COMPANY.label("website"),
        get=lambda row: row.website,
        most=300,
        aliases=("web", "web site", "url", "homepage", "ویب سائٹ"),
    ),
    COMPANY(YesNoColumn, "public_listing", aliases=("public listing", "consent", "consents"), empty=False),
    COMPANY(TextColumn, "note", lines=True, aliases=REMARKS),
    TextColumn(
        "contact_name",
        _("contact, name"),
        get=lambda row: row.contact_name,
        most=100,
        permission=VIEW_CONTACTS,
        aliases=("contact", "contact person", "contact name", "focal person", "poc", "name of contact", "رابطہ"),
        help=_("Of the first person to reach at the company."),
    ),
    TextColumn(
        "contact_role",
        _("contact, role"),
        get=lambda row: row.contact_role,
        most=100,
        permission=VIEW_CONTACTS,
        aliases=("contact role", "designation", "role", "title", "عہدہ"),
    ),
    email_column(
        "contact_email",
        _("contact, e-mail"),
        get=lambda row: row.contact_email,
        most=254,
        permission=VIEW_CONTACTS,
        aliases=("email", "e-mail", "contact email", "email address", "e mail address", "ای میل"),
    ),
    phone_column(
        "contact_phone",
        _("contact, phone"),
        get=lambda row: row.contact_phone,
        permission=VIEW_CONTACTS,
        aliases=(
            *("phone", "phone no", "phone number", "contact no", "contact number", "contact phone", "mobile"),
            *("mobile no", "mobile number", "cell", "cell no", "telephone", "tel", "فون", "فون نمبر"),
        ),
    ),
    DerivedColumn("tenant", _("tenant today"), get=lambda row: row.is_tenant),
    DerivedColumn("demo", COMPANY.label("demo"), aliases=("demo",)),
)


def company_rows(companies):
    """`companies` with their first contact; `is_tenant` is the list's own annotation."""
    first = CompanyContact.objects.filter(company=OuterRef("pk")).order_by("pk")
    return companies.annotate(
        **{f"contact_{name}": Subquery(first.values(name)[:1]) for name in ("name", "role", "email", "phone")}
    )
