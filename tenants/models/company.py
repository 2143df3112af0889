"""IT firms, renting or not, and the people to reach there. Contacts never leave the staff pages."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left, Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.models.base import label_of, tracked, within_years, words_field
from parks.models.place import SLUG, SLUG_MESSAGE
from tenants.company_numbers import NTN, PSEB, SECP, clean_ntn, clean_pseb, clean_secp
from tenants.querysets import CompanyQuerySet, ContactQuerySet


class Activity(models.TextChoices):
    """What the firm mainly does."""

    SOFTWARE = "software", _("Software development")
    IT_SERVICES = "it_services", _("IT services and consulting")
    CALL_CENTRE = "call_centre", _("Call centre")
    BPO = "bpo", _("Business process outsourcing")
    GAMES = "games", _("Games and animation")
    ECOMMERCE = "ecommerce", _("E-commerce and digital marketing")
    TRAINING = "training", _("IT training")
    HARDWARE = "hardware", _("Electronics and hardware design")
    TELECOM = "telecom", _("Telecom and internet services")
    FREELANCE = "freelance", _("Freelancers' collective")
    OTHER = "other", _("Other IT activity")


class SizeClass(models.TextChoices):
    """Staff in all; the classes of Pakistan's Special Technology Zones Authority."""

    UP_TO_20 = "up_to_20", _("1 to 20 people")
    UP_TO_250 = "up_to_250", _("21 to 250 people")
    UP_TO_1000 = "up_to_1000", _("251 to 1,000 people")
    ABOVE_1000 = "above_1000", _("more than 1,000 people")


def shaped(name, field, pattern, message):
    """`field` is empty or has the normal form of its kind of number."""
    return models.CheckConstraint(
        name=name, condition=Q(**{field: ""}) | Q(**{f"{field}__regex": pattern}), violation_error_message=message
    )


# The address of a merged company leads to the one that took its place.
SLUG_RULE = """
IF EXISTS (SELECT 1 FROM tenants_mergedcompany WHERE slug = NEW.slug) THEN
    RAISE EXCEPTION 'This web name leads to the company into which its owner was merged.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'company_slug_not_former', TABLE = 'tenants_company';
END IF;
RETURN NEW;
"""
# What the trigger above says, for the staff pages.
COMPANY_TRIGGER_MESSAGES = {
    "company_slug_not_former": _("This web name belonged to a company that was merged, and leads on from there."),
}


@tracked(exclude=["words"])
class Company(models.Model):
    """One firm. Its name is public only while it consents and a letting of it is in force. No CNIC is kept."""

    name = models.CharField(_("name"), max_length=200)
    name_ur = models.CharField(_("name in Urdu"), max_length=200, blank=True)
    slug = models.SlugField(_("web name"), max_length=120, unique=True, help_text=_("Part of the page's address."))
    secp_number = models.CharField(
        _("SECP number"), max_length=20, blank=True, help_text=_("Of the certificate of incorporation, like 0123456.")
    )
    ntn = models.CharField(
        _("NTN"), max_length=20, blank=True, help_text=_("The tax number, like 1234567-8. Never a CNIC.")
    )
    pseb_number = models.CharField(_("PSEB registration number"), max_length=30, blank=True)
    pseb_expiry_date = models.DateField(
        _("PSEB registration expires"), null=True, blank=True, help_text=_("The last day on which it is valid.")
    )
    activity = models.CharField(_("activity"), max_length=20, choices=Activity, blank=True)
    size_class = models.CharField(_("size"), max_length=15, choices=SizeClass, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    public_listing = models.BooleanField(
        _("consents to be listed"),
        default=False,
        help_text=_("The name then stands on public pages while a letting is in force."),
    )
    # The files are made by `parks.images`, as those of photos are.
    logo_stem = models.CharField(max_length=32, blank=True, editable=False)
    logo_width = models.PositiveIntegerField(null=True, editable=False)
    logo_height = models.PositiveIntegerField(null=True, editable=False)
    logo_widths = ArrayField(models.PositiveSmallIntegerField(), default=list, editable=False)
    note = models.TextField(_("note of staff"), max_length=2000, blank=True, help_text=_("Never public."))
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    words = words_field("name", "name_ur", "secp_number", "ntn", "pseb_number")

    objects = CompanyQuerySet.as_manager()
    get_activity_display = label_of(Activity, "activity")

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.CheckConstraint(
                name="company_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the company's name."),
            ),
            models.CheckConstraint(
                name="company_slug_form", condition=Q(slug__regex=SLUG), violation_error_message=SLUG_MESSAGE
            ),
            shaped("company_ntn_shape", "ntn", NTN, _("The NTN is seven digits and a check digit, like 1234567-8.")),
            shaped("company_secp_shape", "secp_number", SECP, _("The SECP number is seven digits, like 0123456.")),
            shaped(
                "company_pseb_shape",
                "pseb_number",
                PSEB,
                _("The PSEB number is letters, digits, dashes and strokes, like Z-25-12345/26."),
            ),
            # The check digit is often left out, so the number before it decides.
            models.UniqueConstraint(
                Left("ntn", 7),
                condition=~Q(ntn=""),
                name="company_ntn_once",
                violation_error_message=_("Another company has this NTN."),
            ),
            models.UniqueConstraint(
                fields=["secp_number"],
                condition=~Q(secp_number=""),
                name="company_secp_once",
                violation_error_message=_("Another company has this SECP number."),
            ),
            models.UniqueConstraint(
                fields=["pseb_number"],
                condition=~Q(pseb_number=""),
                name="company_pseb_once",
                violation_error_message=_("Another company has this PSEB registration number."),
            ),
            models.CheckConstraint(
                name="company_pseb_expiry_of_number",
                condition=Q(pseb_expiry_date__isnull=True) | ~Q(pseb_number=""),
                violation_error_message=_("Give the PSEB registration number that expires."),
            ),
            within_years("company_years", "pseb_expiry_date"),
            models.CheckConstraint(
                name="company_kinds_known",
                condition=Q(activity__in=["", *Activity.values], size_class__in=["", *SizeClass.values]),
                violation_error_message=_("Choose the activity and the size from their lists."),
            ),
            models.CheckConstraint(
                name="company_website_is_web",
                condition=Q(website="") | Q(website__regex=r"^https?://[^[:space:]]+$"),
                violation_error_message=_("The website must begin with https:// or http://."),
            ),
            models.CheckConstraint(
                name="company_logo_whole",
                condition=Q(logo_stem="", logo_width__isnull=True, logo_height__isnull=True, logo_widths__len=0)
                | Q(
                    logo_stem__regex=r"^[0-9a-f]{32}$",
                    logo_width__isnull=False,
                    logo_height__isnull=False,
                    logo_width__gt=0,
                    logo_height__gt=0,
                    logo_widths__len__gt=0,
                ),
                violation_error_message=_("The logo has no files."),
            ),
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="company_by_name"),
            models.Index(fields=["activity"], name="company_by_activity"),
            models.Index(fields=["size_class"], name="company_by_size"),
            models.Index(fields=["pseb_expiry_date"], name="company_by_pseb_expiry"),
            models.Index(fields=["id"], condition=Q(public_listing=True), name="company_consenting"),
            # Every page asks whether there is one.
            models.Index(fields=["id"], condition=Q(demo=True), name="company_of_demonstration"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="company_slug_not_former",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("slug"),
                func=SLUG_RULE,
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """The public page, which is there only while the company is shown."""
        return reverse("tenants:company-detail", args=[self.slug])

    def clean(self):
        self.ntn = clean_ntn(self.ntn)
        self.secp_number = clean_secp(self.secp_number)
        self.pseb_number = clean_pseb(self.pseb_number)


@tracked()
class CompanyContact(models.Model):
    """A person at a company. For staff only. `phone` is in international form, like +923001234567."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="contacts", verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=100, blank=True, help_text=_("Such as signatory or accounts."))
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=20, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["company", "pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the person's name."),
            ),
            models.CheckConstraint(
                name="contact_can_be_reached",
                condition=~Q(email="") | ~Q(phone=""),
                violation_error_message=_("Give an e-mail address or a phone number."),
            ),
            models.CheckConstraint(
                name="contact_phone_shape",
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{5,14}$"),
                violation_error_message=_("Give the phone number with its area code, like 042 111 111 459."),
            ),
        ]

    def __str__(self):
        return self.name
