"""A registered software technology park: what stays the same about it. What changes is dated elsewhere."""

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from parks.querysets import ParkQuerySet

from .base import coordinates_constraints, label_of, tracked, within_years, words_field
from .place import SLUG, SLUG_MESSAGE


class Programme(models.TextChoices):
    """Whose park it is. Counts are always by programme, never one total."""

    PSEB = "pseb", _("PSEB park")
    E_ROZGAAR = "e_rozgaar", _("e-Rozgaar hybrid")
    PSEB_FLAGSHIP = "pseb_flagship", _("PSEB flagship")
    PSEB_PIPELINE = "pseb_pipeline", _("PSEB pipeline")
    SCO = "sco", _("SCO park")
    OTHER = "other", _("Other programme")


class PartnershipKind(models.TextChoices):
    """How the building came to be used; empty is not reported. The source's own words stand beside it."""

    PUBLIC_PRIVATE = "public_private", _("Public-private partnership")
    UNIVERSITY = "university_or_college", _("Hosted by a university or college")
    PROVINCIAL = "provincial_or_regional_government", _("Provincial or regional government")
    FEDERAL_BODY = "federal_body", _("Another federal body")
    FEDERAL_BUILT = "federal_purpose_built", _("Federal purpose-built")
    LEASED = "leased_commercial_building", _("Leased commercial building")
    CHAMBER = "chamber_of_commerce", _("Chamber of commerce")
    SCO = "sco", _("Special Communications Organization")


class CoordinatesPrecision(models.TextChoices):
    """Approximate coordinates are never published as a point."""

    SURVEYED = "surveyed", _("Surveyed")
    APPROXIMATE = "approximate", _("Approximate")


HOURS_IN_A_DAY = _("A day has 24 hours: hours of power are from 0 to 24.")
SLUG_IS_FIXED = _("The web name is fixed once the park has been listed: links and letters use it.")


def next_code():
    """SQL default: STP-0001, STP-0002, … from a sequence; four digits at least, never cut."""
    return Func(
        Value("parks_park_code"),
        template="'STP-' || to_char(nextval(%(expressions)s::regclass), 'FM9999990000')",
        output_field=models.CharField(),
    )


LISTING_RULES = """
IF TG_OP = 'UPDATE' AND OLD.first_listed_on IS NOT NULL THEN
    NEW.first_listed_on := OLD.first_listed_on;
    IF NEW.slug IS DISTINCT FROM OLD.slug THEN
        RAISE EXCEPTION 'The web name is fixed once the park has been listed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'park_slug_fixed', TABLE = 'parks_park';
    END IF;
ELSIF NEW.listed THEN
    NEW.first_listed_on := (now() AT TIME ZONE 'Asia/Karachi')::date;
ELSE
    NEW.first_listed_on := NULL;
END IF;
RETURN NEW;
"""


@tracked(exclude=["words"])
class Park(models.Model):
    """One park. Every empty field means "not reported", never "no" or zero."""

    code = models.CharField(
        _("code"),
        max_length=20,
        unique=True,
        editable=False,
        db_default=next_code(),
        help_text=_("Given once."),
    )
    ref = models.CharField(
        _("reference of the loaded register"),
        max_length=20,
        unique=True,
        null=True,
        blank=True,
        editable=False,
    )
    name = models.CharField(_("name"), max_length=200)
    name_ur = models.CharField(_("name in Urdu"), max_length=200, blank=True)
    name_note = models.CharField(
        _("note on the name"),
        max_length=200,
        blank=True,
        help_text=_("Such as “building not named in source”."),
    )
    slug = models.SlugField(
        _("web name"),
        max_length=120,
        unique=True,
        help_text=_("Part of the page's address; fixed once listed."),
    )
    city = models.ForeignKey("parks.City", models.PROTECT, related_name="parks", verbose_name=_("city"))
    district = models.CharField(_("district"), max_length=100, null=True, blank=True)  # noqa: DJ001 - unknown is null
    host = models.ForeignKey(
        "parks.HostInstitution",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parks",
        verbose_name=_("host institution"),
    )
    partnership_kind = models.CharField(_("partnership"), max_length=40, choices=PartnershipKind, blank=True)
    partnership_words = models.CharField(_("partnership in the source's words"), max_length=300, blank=True)
    programme = models.CharField(_("programme"), max_length=20, choices=Programme)
    women_only = models.BooleanField(_("women only"), null=True, blank=True)
    address = models.TextField(_("address"), max_length=500, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    coordinates_precision = models.CharField(
        _("coordinates are"), max_length=12, choices=CoordinatesPrecision, blank=True
    )
    description = models.TextField(_("description"), max_length=5000, blank=True)
    source = models.ForeignKey(
        "parks.Source", models.PROTECT, null=True, blank=True, related_name="parks", verbose_name=_("source")
    )
    source_notes = models.TextField(_("what the sources say"), max_length=5000, blank=True)
    stage_words = models.CharField(_("stage in the source's words"), max_length=100, blank=True)

    power_hours = models.PositiveSmallIntegerField(
        _("hours of power a day"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(24, HOURS_IN_A_DAY)],
    )
    generator = models.BooleanField(_("generator"), null=True, blank=True)
    internet_providers = models.TextField(
        _("internet providers"), max_length=500, blank=True, help_text=_("One a line.")
    )
    lift = models.BooleanField(_("lift"), null=True, blank=True)
    prayer_room = models.BooleanField(_("prayer room"), null=True, blank=True)
    womens_washroom = models.BooleanField(_("women's washroom"), null=True, blank=True)
    parking_spaces = models.PositiveIntegerField(_("parking spaces"), null=True, blank=True)

    listed = models.BooleanField(_("listed"), default=False, help_text=_("Shown on the public pages."))
    first_listed_on = models.DateField(_("first listed on"), null=True, editable=False)
    last_verified_on = models.DateField(_("last verified on"), null=True, blank=True)
    last_verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("last verified by"),
    )
    demo = models.BooleanField(_("demonstration"), default=False, editable=False)
    words = words_field("code", "name", "name_ur", "name_note", "district", "address")

    objects = ParkQuerySet.as_manager()
    get_programme_display = label_of(Programme, "programme")
    get_partnership_kind_display = label_of(PartnershipKind, "partnership_kind")

    class Meta:
        verbose_name = _("software technology park")
        verbose_name_plural = _("software technology parks")
        ordering = [Lower("name"), "pk"]
        constraints = [
            *coordinates_constraints("park"),
            models.CheckConstraint(
                name="park_coordinates_precise",
                condition=Q(latitude__isnull=True, coordinates_precision="")
                | Q(latitude__isnull=False, coordinates_precision__in=CoordinatesPrecision.values),
                violation_error_message=_("Say whether the coordinates are surveyed or approximate."),
            ),
            models.CheckConstraint(
                name="park_slug_form", condition=Q(slug__regex=SLUG), violation_error_message=SLUG_MESSAGE
            ),
            models.CheckConstraint(
                name="park_name_given",
                condition=Q(name__regex=r"[^[:space:]]"),
                violation_error_message=_("Give the park's name."),
            ),
            models.CheckConstraint(
                name="park_district_unknown_is_null",
                condition=Q(district__isnull=True) | Q(district__regex=r"[^[:space:]]"),
                violation_error_message=_("Leave the district empty when it is not known."),
            ),
            models.CheckConstraint(
                name="park_kinds_known",
                condition=Q(programme__in=Programme.values, partnership_kind__in=["", *PartnershipKind.values]),
                violation_error_message=_("Choose the programme and the partnership from their lists."),
            ),
            models.CheckConstraint(
                name="park_power_hours_in_a_day",
                condition=Q(power_hours__isnull=True) | Q(power_hours__lte=24),
                violation_error_message=HOURS_IN_A_DAY,
            ),
            models.CheckConstraint(
                name="park_verified_by_someone",
                condition=Q(last_verified_on__isnull=True, last_verified_by__isnull=True)
                | Q(last_verified_on__isnull=False, last_verified_by__isnull=False),
                violation_error_message=_("Say both when the facts were verified and by whom."),
            ),
            within_years("park_verified_year", "last_verified_on"),
        ]
        indexes = [
            models.Index(Lower("name"), "id", name="park_by_name"),
            models.Index(fields=["programme"], name="park_by_programme"),
            models.Index(fields=["partnership_kind"], name="park_by_partnership"),
            models.Index(fields=["last_verified_on"], name="park_by_verified"),
            models.Index(fields=["women_only"], condition=Q(women_only=True), name="park_women_only"),
            models.Index(fields=["district"], name="park_by_district"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="park_listing",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("slug", "listed", "first_listed_on"),
                func=LISTING_RULES,
            )
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        """The public page."""
        return reverse("parks:park-detail", args=[self.slug])

    def clean(self):
        if self.latitude is None and self.longitude is None:
            self.coordinates_precision = ""
        elif not self.coordinates_precision:
            raise ValidationError(
                {"coordinates_precision": _("Say whether the coordinates are surveyed or approximate.")}
            )
        if self.last_verified_on and not self.last_verified_by_id:
            raise ValidationError({"last_verified_by": _("Say who verified the facts.")})
        if self.pk and self.first_listed_on:
            before = type(self).objects.filter(pk=self.pk).values_list("slug", flat=True).first()
            if before and before != self.slug:
                raise ValidationError({"slug": SLUG_IS_FIXED})

    @property
    def is_surveyed(self):
        """Whether the coordinates may be published as a point."""
        return self.coordinates_precision == CoordinatesPrecision.SURVEYED

    @property
    def providers(self):
        """The internet providers as a list of names."""
        return [line.strip() for line in self.internet_providers.splitlines() if line.strip()]
