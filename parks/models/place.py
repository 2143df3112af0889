"""Where a park is, and whose building it stands in."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from parks.querysets import CityQuerySet, HostQuerySet

from .base import coordinates_constraints, tracked, words_field


class Region(models.TextChoices):
    """The seven administrative regions, in the order in which pages list them."""

    PUNJAB = "punjab", _("Punjab")
    SINDH = "sindh", _("Sindh")
    KHYBER_PAKHTUNKHWA = "khyber-pakhtunkhwa", _("Khyber Pakhtunkhwa")
    BALOCHISTAN = "balochistan", _("Balochistan")
    ISLAMABAD = "islamabad", _("Islamabad")
    AZAD_JAMMU_AND_KASHMIR = "azad-jammu-and-kashmir", _("Azad Jammu and Kashmir")
    GILGIT_BALTISTAN = "gilgit-baltistan", _("Gilgit-Baltistan")


class HostKind(models.TextChoices):
    """What kind of body owns or hosts the building; empty is not reported."""

    UNIVERSITY = "university_or_college", _("University or college")
    GOVERNMENT = "government_body", _("Government body")
    COMMERCIAL = "commercial_building", _("Commercial building")
    COMPANY = "private_company", _("Private company")
    CHAMBER = "chamber_of_commerce", _("Chamber of commerce")
    OTHER = "other", _("Other")


SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLUG_MESSAGE = _("Use small letters a to z, digits and single hyphens, such as “arfa-software-technology-park”.")


@tracked(exclude=["words"])
class City(models.Model):
    """A town by its present name; other spellings, old names and districts are aliases, one a line."""

    name = models.CharField(_("name"), max_length=100)
    name_ur = models.CharField(_("name in Urdu"), max_length=100, blank=True)
    aliases = models.TextField(
        _("other names"),
        blank=True,
        help_text=_("One a line: other spellings, old names. Search finds them."),
    )
    region = models.CharField(_("region"), max_length=30, choices=Region)
    slug = models.SlugField(_("web name"), max_length=100, unique=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    words = words_field("name", "name_ur", "aliases")

    objects = CityQuerySet.as_manager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                "region",
                name="city_once_per_region",
                violation_error_message=_("This city is already in the register."),
            ),
            models.CheckConstraint(
                name="city_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the name."),
            ),
            models.CheckConstraint(
                name="city_slug_form", condition=Q(slug__regex=SLUG), violation_error_message=SLUG_MESSAGE
            ),
            models.CheckConstraint(
                name="city_region_known",
                condition=Q(region__in=Region.values),
                violation_error_message=_("Choose one of the seven regions."),
            ),
            *coordinates_constraints("city"),
        ]
        indexes = [models.Index(fields=["region", "name"], name="city_by_region")]

    def __str__(self):
        return self.name

    @property
    def region_beside(self):
        """The region's name to stand after the city's; empty where both are one, as for Islamabad."""
        region = self.get_region_display()
        return "" if region == self.name else region


@tracked(exclude=["words"])
class HostInstitution(models.Model):
    """The body that owns or hosts the building: usually not PSEB."""

    name = models.CharField(_("name"), max_length=200)
    name_ur = models.CharField(_("name in Urdu"), max_length=200, blank=True)
    slug = models.SlugField(_("web name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=30, choices=HostKind, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    words = words_field("name", "name_ur")

    objects = HostQuerySet.as_manager()

    class Meta:
        verbose_name = _("host institution")
        verbose_name_plural = _("host institutions")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="host_once",
                violation_error_message=_("This host institution is already in the register."),
            ),
            models.CheckConstraint(
                name="host_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the name."),
            ),
            models.CheckConstraint(
                name="host_slug_form", condition=Q(slug__regex=SLUG), violation_error_message=SLUG_MESSAGE
            ),
            models.CheckConstraint(
                name="host_kind_known",
                condition=Q(kind__in=["", *HostKind.values]),
                violation_error_message=_("Choose a kind from the list, or leave it empty."),
            ),
            models.CheckConstraint(
                name="host_website_is_web",
                condition=Q(website="") | Q(website__regex=r"^https?://[^[:space:]]+$"),
                violation_error_message=_("The website must begin with https:// or http://."),
            ),
        ]
        indexes = [models.Index(fields=["kind"], name="host_by_kind")]

    def __str__(self):
        return self.name
