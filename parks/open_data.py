"""The open data of the register: the table of its fields, and the rows of a list read by that table."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, Subquery, Window
from django.utils.translation import gettext_lazy as _

from parks.models import AreaReport, StageEvent, Suite
from parks.models.base import Precision
from parks.models.park import PartnershipKind, Programme
from parks.models.place import HostKind, Region
from parks.models.stage import Stage

CHUNK = 500
TEXT, CODE, ADDRESS, NUMBER, DATE, YES_NO, LIST = "text", "code", "address", "number", "date", "yes_no", "list"
TYPES = {
    TEXT: _("Text"),
    CODE: _("Code"),
    ADDRESS: _("Web address"),
    NUMBER: _("Number"),
    DATE: _("Date"),
    YES_NO: _("Yes or no"),
    LIST: _("List of texts"),
}
# Read for no field, and some of them long.
NOT_READ = ("words", "address", "description", "source_notes", "city__words", "city__aliases", "host__words")


@dataclass(frozen=True)
class Field:
    """One published field. `read(park)` gives its value from a park of `records`; None is unknown."""

    name: str
    title: str
    type: str
    description: str
    read: Callable
    choices: tuple = ()

    @property
    def type_label(self):
        """The type in words."""
        return TYPES[self.type]


def _own(name):
    """Reads an attribute of the park; an empty text is unknown."""
    return lambda park: None if (value := getattr(park, name)) == "" else value


def _of(relation, name):
    """Reads an attribute of what belongs to the park; None without it, or when it is an empty text."""

    def read(park):
        other = getattr(park, relation)
        return None if other is None else _own(name)(other)

    return read


def _surveyed(name):
    """Reads a coordinate, of surveyed points only."""
    return lambda park: getattr(park, name) if park.is_surveyed else None


FIELDS = (
    Field(
        "code", _("Code"), TEXT, _("The register's own key of the park, such as STP-0001. Never changes."), _own("code")
    ),
    Field("name", _("Name"), TEXT, _("As the register calls the park."), _own("name")),
    Field("name_ur", _("Name in Urdu"), TEXT, _("Where a source gives it."), _own("name_ur")),
    Field(
        "slug",
        _("Web name"),
        TEXT,
        _("The last part of the address of the park's page. Fixed once the park is listed."),
        _own("slug"),
    ),
    Field("url", _("Page"), ADDRESS, _("The park's page, with the source of each fact."), _own("public_url")),
    Field("city", _("City"), TEXT, _("By its present name in English."), _of("city", "name")),
    Field("region", _("Region"), CODE, _("One of the seven regions."), _of("city", "region"), tuple(Region.choices)),
    Field("district", _("District"), TEXT, _("Where a source names it."), _own("district")),
    Field("host", _("Host institution"), TEXT, _("The body that owns or hosts the building."), _of("host", "name")),
    Field(
        "host_kind",
        _("Kind of host"),
        CODE,
        _("What kind of body that is."),
        _of("host", "kind"),
        tuple(HostKind.choices),
    ),
    Field(
        "programme",
        _("Programme"),
        CODE,
        _("Whose park it is. Not every listed park is PSEB's own: count by programme."),
        _own("programme"),
        tuple(Programme.choices),
    ),
    Field(
        "partnership_kind",
        _("Partnership"),
        CODE,
        _("How the building came to be used."),
        _own("partnership_kind"),
        tuple(PartnershipKind.choices),
    ),
    Field(
        "partnership_words",
        _("Partnership in the source's words"),
        TEXT,
        _("What the kind of partnership was read from."),
        _own("partnership_words"),
    ),
    Field("women_only", _("Women only"), YES_NO, _("Whether the park is for women only."), _own("women_only")),
    Field(
        "stage",
        _("Stage"),
        CODE,
        _("The stage in effect on the day of the file, from the latest dated event."),
        _own("stage"),
        tuple(Stage.choices),
    ),
    Field(
        "stage_on",
        _("Stage since"),
        DATE,
        _("The date of the event behind the stage; the first day of its month or year when only that is known."),
        _of("stage_event", "on"),
    ),
    Field(
        "stage_on_precision",
        _("Precision of that date"),
        CODE,
        _("How much of the date holds. Read a date with “year” as the year alone."),
        _of("stage_event", "on_precision"),
        tuple(Precision.choices),
    ),
    Field(
        "stage_known_by",
        _("Stage known by"),
        DATE,
        _("For an event without a date: the day by which it was known to have happened."),
        _of("stage_event", "known_by"),
    ),
    Field(
        "reported_area_sqft",
        _("Covered area, as reported"),
        NUMBER,
        _("In square feet, built or planned, as one publication gave it. Not measured, and not what is to let."),
        _own("reported_area_sqft"),
    ),
    Field("area_source_url", _("Source of the area"), ADDRESS, _("That publication."), _own("area_source_url")),
    Field(
        "opened_on",
        _("Opened"),
        DATE,
        _("The first dated opening; the first day of its month or year when only that is known."),
        _own("opening_day"),
    ),
    Field(
        "opened_on_precision",
        _("Precision of the opening"),
        CODE,
        _("How much of that date is known. Read a date with “year” as the year alone."),
        _own("opening_precision"),
        Precision.choices,
    ),
    Field("power_hours", _("Hours of power a day"), NUMBER, _("From 0 to 24."), _own("power_hours")),
    Field("generator", _("Generator"), YES_NO, _("Whether the building has one."), _own("generator")),
    Field(
        "internet_providers",
        _("Internet providers"),
        LIST,
        _("Their names; in CSV and Excel separated by semicolons."),
        lambda park: park.providers or None,
    ),
    Field("lift", _("Lift"), YES_NO, _("Whether the building has one."), _own("lift")),
    Field("prayer_room", _("Prayer room"), YES_NO, _("Whether the building has one."), _own("prayer_room")),
    Field(
        "womens_washroom", _("Women's washroom"), YES_NO, _("Whether the building has one."), _own("womens_washroom")
    ),
    Field("parking_spaces", _("Parking spaces"), NUMBER, _("How many cars can be parked."), _own("parking_spaces")),
    Field(
        "latitude",
        _("Latitude"),
        NUMBER,
        _("In degrees (WGS 84), of surveyed points only."),
        _surveyed("latitude"),
    ),
    Field(
        "longitude",
        _("Longitude"),
        NUMBER,
        _("In degrees (WGS 84), of surveyed points only."),
        _surveyed("longitude"),
    ),
    Field(
        "last_verified_on",
        _("Last verified"),
        DATE,
        _("The day on which PSEB's staff last checked the facts."),
        _own("last_verified_on"),
    ),
    Field(
        "source_url", _("Source"), ADDRESS, _("The publication that the park's entry rests on."), _of("source", "url")
    ),
    Field(
        "lettable_area_sqft",
        _("Net lettable area"),
        NUMBER,
        _("In square feet: the known areas of the suites that can be let on the day of the file. Desks have none."),
        _own("lettable_area_sqft"),
    ),
    Field(
        "free_area_sqft",
        _("Free area"),
        NUMBER,
        _("In square feet: the part of that area which is vacant on that day; 0 is none, empty is not reported."),
        _own("free_area_sqft"),
    ),
    Field(
        "free_suites",
        _("Free suites and desks"),
        NUMBER,
        _("How many are vacant on that day; empty where no suite of the park is in the register."),
        _own("free_suites"),
    ),
    Field(
        "demonstration",
        _("Demonstration"),
        YES_NO,
        _("Whether the park or some of its suites are invented, to show the portal: then its free area is, too."),
        _own("is_demonstration"),
    ),
)
NAMES = tuple(field.name for field in FIELDS)


def plain(value):
    """A value as numbers are best read: a Decimal as a whole number where it is one, else as a float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def records(parks, site):
    """(how many, iterator of one dict a park) for `parks`: an ordered queryset with `stage`, `stage_event_id`,
    `reported_area_sqft`, `opened_on` and what `occupancy.with_free_area` annotates. `site` is the portal's address
    without a slash at the end.

    The number comes from the very query that gives the rows, so the two cannot differ. Rows are read in chunks,
    with two queries for the first and one for each further chunk; the first is read at once, so that a database
    that does not answer is an error page rather than half a file.
    """
    areas = AreaReport.objects.filter(park=OuterRef("pk"), chosen=True)
    invented = Suite.objects.filter(park=OuterRef("pk"), demo=True)
    rows = (
        parks.select_related("city", "host", "source")
        .defer(*NOT_READ)
        .annotate(
            area_source_url=Subquery(areas.values("source__url")[:1]),
            is_demonstration=ExpressionWrapper(Q(demo=True) | Exists(invented), output_field=BooleanField()),
            found=Window(Count("pk")),
        )
        .iterator(CHUNK)
    )
    first = list(islice(rows, CHUNK))
    chunks = chain([first], iter(lambda: list(islice(rows, CHUNK)), []))
    return (first[0].found if first else 0), _read(chunks, site)


def _read(chunks, site):
    """One dict a park, with the stage events of a chunk in one query."""
    for chunk in chunks:
        events = StageEvent.objects.in_bulk([park.stage_event_id for park in chunk if park.stage_event_id])
        for park in chunk:
            park.stage_event = events.get(park.stage_event_id)
            park.public_url = site + park.get_absolute_url()
            yield {field.name: plain(field.read(park)) for field in FIELDS}
