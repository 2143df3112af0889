"""What each file of the register means: its columns, its key, and the model fields that its cells fill."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parks import models
from parks.models.agreement import AgreementKind
from parks.models.area import AreaKind
from parks.models.park import CoordinatesPrecision, PartnershipKind, Programme
from parks.models.place import HostKind, Region
from parks.models.stage import Certainty, Stage


@dataclass(frozen=True)
class Ref:
    """Another row of the files, by its model and key, in the words of the row that points to it."""

    model: type
    key: tuple
    words: str


@dataclass
class Row:
    """One row to load: where it stands, its key, and the value of each model field."""

    file: str
    number: int
    key: tuple
    values: dict


@dataclass(frozen=True, eq=False)
class Table:
    """One kind of row. `columns` maps model fields to columns of the file; `key` are model attributes.

    Fields of one unit are kept or changed together, since each makes sense with the others only.
    """

    file: str
    model: type
    key: tuple[str, ...]
    columns: dict[str, str]
    read: Callable = None
    units: tuple[tuple[str, ...], ...] = ()
    more_columns: tuple[str, ...] = ()
    blind: bool = False
    required: bool = True
    # What a row made by staff must have, to stand for a row of the file.
    only: dict = field(default_factory=dict)
    # What the report calls it, where that is not the file.
    label: str = ""
    # Rows of this table may come back after staff deleted them, when a row to be written needs them.
    revived: bool = False
    header: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self):
        object.__setattr__(self, "header", (*dict.fromkeys([*self.columns.values(), *self.more_columns]),))

    def folded(self, key):
        """A key as it is compared: without regard to capitals where the database has none either."""
        return tuple(part.casefold() if self.blind and isinstance(part, str) else part for part in key)

    def unit_of(self, name):
        """The fields that are kept or changed together with `name`, itself included."""
        return next((unit for unit in self.units if name in unit), (name,))


def source_ref(url):
    """The source of an address, or None."""
    return Ref(models.Source, (url,), url) if url else None


def park_ref(cells):
    """The park of a row's `ref`."""
    ref = cells.required("ref")
    return Ref(models.Park, (ref,), ref)


def read_city(cells):
    """A row of cities.csv: `(key, values)`, as for the functions below."""
    name, region = cells.required("name"), cells.choice("region", Region, required=True)
    latitude, longitude = cells.coordinates()
    aliases = [alias.strip() for alias in cells.text("aliases").split(";")]
    return (name.casefold(), region), {
        "name": name,
        "name_ur": cells.text("name_ur"),
        "region": region,
        "aliases": "\n".join(alias for alias in aliases if alias),
        "latitude": latitude,
        "longitude": longitude,
    }


def read_park(cells):
    """A row of parks.csv. Its host and source are rows of their own: see `read_host` and `read_source`."""
    ref, host = cells.required("ref"), cells.text("host_institution")
    city, region = cells.required("city"), cells.choice("region", Region, required=True)
    latitude, longitude = cells.coordinates()
    precision = cells.choice("coordinates_precision", CoordinatesPrecision)
    if bool(cells.cells["latitude"]) != bool(cells.cells["coordinates_precision"]):
        cells.bad("coordinates_precision", _("Coordinates and their precision go together: give both or neither."))
    return (ref,), {
        "ref": ref,
        "name": cells.required("name"),
        "name_note": cells.text("name_note"),
        "city": Ref(models.City, (city.casefold(), region), city),
        "district": cells.text("district") or None,
        "host": Ref(models.HostInstitution, (host.casefold(),), host) if host else None,
        "partnership_kind": cells.choice("partnership_kind", PartnershipKind),
        "partnership_words": cells.text("partnership_words"),
        "programme": cells.choice("programme", Programme, required=True),
        "women_only": cells.answer("women_only"),
        "stage_words": cells.text("stage_words"),
        "latitude": latitude,
        "longitude": longitude,
        "coordinates_precision": precision,
        "source": source_ref(cells.address("source_url")),
        "source_notes": cells.block("notes"),
    }


def read_host(cells):
    """The host named in a row of parks.csv; None when it names none."""
    name, kind = cells.text("host_institution"), cells.choice("host_kind", HostKind)
    if kind and not name:
        cells.bad("host_kind", _("There is no host institution that could be of this kind."))
    return ((name.casefold(),), {"name": name, "kind": kind}) if name else None


def read_source(cells, dated=False):
    """The publication named in a row of any file; None when it names none. Only parks.csv dates it."""
    url = cells.cells["source_url"]
    date, precision = cells.dated("source_date", "source_date_precision") if dated else (None, "")
    if date and not url:
        cells.bad("source_date", _("There is no source that could have this date."))
    values = {"url": url, "published_on": date, "published_on_precision": precision}
    return ((url,), values) if url else None


def read_event(cells):
    """A row of stage_events.csv."""
    park, stage = park_ref(cells), cells.choice("stage", Stage, required=True)
    on, precision = cells.dated("on", "on_precision")
    known_by = cells.day("known_by")
    if not cells.cells["on"] and not cells.cells["known_by"]:
        cells.bad("known_by", _("Give the date, or the day by which it was known."))
    return (*park.key, stage), {
        "park": park,
        "stage": stage,
        "on": on,
        "on_precision": precision,
        "known_by": known_by,
        "source": source_ref(cells.address("source_url")),
        "note": cells.text("note"),
    }


def read_agreement(cells):
    """A row of agreements.csv."""
    park, kind = park_ref(cells), cells.choice("kind", AgreementKind, required=True)
    signed, precision = cells.dated("signed_on", "signed_on_precision")
    return (*park.key, kind), {
        "park": park,
        "kind": kind,
        "parties": cells.required("parties"),
        "signed_on": signed,
        "signed_on_precision": precision,
        "note": cells.text("note"),
        "source": source_ref(cells.address("source_url")),
    }


def read_area(cells):
    """A row of area_reports.csv, in sq ft."""
    park, url = park_ref(cells), cells.address("source_url", required=True)
    if not cells.cells["area_sqft"]:
        cells.bad("area_sqft", _("This cell must not be empty."))
    reported, precision = cells.dated("reported_on", "reported_on_precision")
    return (*park.key, url), {
        "park": park,
        "kind": cells.choice("kind", AreaKind, required=True),
        "area_sqft": cells.number("area_sqft", places=2, above=0),
        "source": source_ref(url),
        "reported_on": reported,
        "reported_on_precision": precision,
    }


def read_claim(cells):
    """A row of headline_claims.csv."""
    on, precision = cells.dated("date", "date_precision", required=True)
    url = cells.address("source_url", required=True)
    women = cells.number("women_pct", places=2)
    if women is not None and not 0 <= women <= 100:
        cells.bad("women_pct", _("A percentage is from 0 to 100."))
    return (on, url), {
        "on": on,
        "on_precision": precision,
        "parks": cells.number("parks"),
        "cities": cells.number("cities"),
        "area_sqft": cells.number("sqft"),
        "companies": cells.number("companies"),
        "employees": cells.number("employees"),
        "women_percent": women,
        "export_usd": cells.number("export_usd"),
        "domestic_revenue_usd": cells.number("domestic_revenue_usd"),
        "source": source_ref(url),
        "note": cells.text("note"),
    }


def read_incentive(cells):
    """A row of incentives.csv."""
    title = cells.required("title")
    published, precision = cells.dated("published_on", "published_on_precision", required=True)
    if not cells.cells["words"]:
        cells.bad("words", _("This cell must not be empty."))
    return (title,), {
        "title": title,
        "words": cells.block("words"),
        "published_on": published,
        "published_on_precision": precision,
        "source": source_ref(cells.address("source_url")),
    }


def same(*names):
    """Fields whose columns are named like them."""
    return {name: name for name in names}


COORDINATES = ("latitude", "longitude")
SOURCE = {"source": "source_url"}

CITIES = Table(
    file="cities.csv",
    model=models.City,
    key=("name", "region"),
    columns=same("name", "name_ur", "region", "aliases", *COORDINATES),
    read=read_city,
    units=(COORDINATES,),
    blind=True,
    revived=True,
)
SOURCES = Table(
    label=gettext_lazy("sources"),
    file="",
    model=models.Source,
    key=("url",),
    columns={
        "url": "source_url",
        "published_on": "source_date",
        "published_on_precision": "source_date_precision",
    },
    units=(("published_on", "published_on_precision"),),
    revived=True,
)
HOSTS = Table(
    label=gettext_lazy("host institutions"),
    file="parks.csv",
    model=models.HostInstitution,
    key=("name",),
    columns={"name": "host_institution", "kind": "host_kind"},
    blind=True,
    revived=True,
)
PARKS = Table(
    file="parks.csv",
    model=models.Park,
    key=("ref",),
    columns=same("ref", "name", "name_note", "city", "district", "partnership_kind", "partnership_words")
    | same("programme", "women_only", "stage_words", *COORDINATES, "coordinates_precision")
    | {"host": "host_institution", "source_notes": "notes"}
    | SOURCE,
    read=read_park,
    units=((*COORDINATES, "coordinates_precision"),),
    more_columns=("region", "host_kind", "source_date", "source_date_precision"),
)
EVENTS = Table(
    file="stage_events.csv",
    model=models.StageEvent,
    key=("park_id", "stage"),
    columns={"park": "ref"} | same("stage", "on", "on_precision", "known_by", "note") | SOURCE,
    read=read_event,
    units=(("on", "on_precision", "known_by"),),
    only={"certainty": Certainty.ACTUAL},
)
AGREEMENTS = Table(
    file="agreements.csv",
    model=models.HostAgreement,
    key=("park_id", "kind"),
    columns={"park": "ref"} | same("kind", "parties", "signed_on", "signed_on_precision", "note") | SOURCE,
    read=read_agreement,
    units=(("signed_on", "signed_on_precision"),),
)
AREAS = Table(
    file="area_reports.csv",
    model=models.AreaReport,
    key=("park_id", "source_id"),
    columns={"park": "ref"} | same("kind", "area_sqft", "reported_on", "reported_on_precision") | SOURCE,
    read=read_area,
    units=(("reported_on", "reported_on_precision"),),
)
CLAIMS = Table(
    file="headline_claims.csv",
    model=models.HeadlineClaim,
    key=("on", "source_id"),
    columns={
        "on": "date",
        "on_precision": "date_precision",
        "area_sqft": "sqft",
        "women_percent": "women_pct",
    }
    | same("parks", "cities", "companies", "employees", "export_usd", "domestic_revenue_usd", "note")
    | SOURCE,
    read=read_claim,
    units=(("on", "on_precision"),),
)
INCENTIVES = Table(
    file="incentives.csv",
    model=models.Incentive,
    key=("title",),
    columns=same("title", "words", "published_on", "published_on_precision") | SOURCE,
    read=read_incentive,
    units=(("published_on", "published_on_precision"),),
    required=False,
)
# In the order in which rows need one another; it is also the order of the report.
FILES = (CITIES, PARKS, EVENTS, AGREEMENTS, AREAS, CLAIMS, INCENTIVES)
TABLES = (CITIES, SOURCES, HOSTS, *FILES[1:])
