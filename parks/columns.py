"""The columns of files of parks and of suites, in their order, for imports, templates and downloads alike.

Rows to be written out: parks from `park_rows`; suites with their park (`select_related`) and with `state` and
`free_from` as `tenants.occupancy` annotates them.
"""

from django.utils.translation import gettext_lazy as _

from stp_portal.kit.columns import (
    ChoiceColumn,
    CodeColumn,
    DateColumn,
    DerivedColumn,
    FloorColumn,
    NumberTextColumn,
    OfModel,
    PeriodColumn,
    TextColumn,
    YesNoColumn,
)
from stp_portal.kit.number_columns import AreaColumn, DegreesColumn, MoneyColumn, NumberColumn

from .models import Park, Suite
from .models.base import EAST, NORTH, SOUTH, WEST
from .models.park import CoordinatesPrecision, PartnershipKind, Programme
from .models.stage import Stage
from .models.suite import FitOut, RentBasis, SuiteKind

# Words of other registers for the values of these choices.
PROGRAMME_WORDS = {
    Programme.PSEB: ("PSEB", "PSEB STP", "STP", "software technology park"),
    Programme.E_ROZGAAR: ("e-rozgaar", "e rozgar", "erozgaar", "e-rozgaar centre", "ای روزگار"),
    Programme.PSEB_FLAGSHIP: ("flagship", "flagship IT park", "IT park"),
    Programme.PSEB_PIPELINE: ("pipeline", "planned"),
    Programme.SCO: ("SCO", "SCO STP", "special communications organization"),
    Programme.OTHER: ("other", "others", "private"),
}
PARTNERSHIP_WORDS = {
    PartnershipKind.PUBLIC_PRIVATE: ("PPP", "public private", "private partner", "public private partnership"),
    PartnershipKind.UNIVERSITY: ("university", "college", "university or college", "university hosted", "academia"),
    PartnershipKind.PROVINCIAL: ("provincial government", "government", "provincial"),
    PartnershipKind.FEDERAL_BODY: ("federal", "federal government"),
    PartnershipKind.LEASED: ("leased", "rented", "commercial", "leased building"),
    PartnershipKind.CHAMBER: ("chamber", "chamber of commerce and industry"),
}
STAGE_WORDS = {
    Stage.IDENTIFIED: ("proposed", "planned", "identified site"),
    Stage.MOU_SIGNED: ("MoU", "MoU signed", "memorandum signed"),
    Stage.FIT_OUT: ("fit out", "under construction", "under establishment", "being fitted out", "in progress"),
    Stage.REPORTED_ESTABLISHED: ("established",),
    Stage.OPERATIONAL: ("functional", "open", "opened", "running", "active", "فعال"),
    Stage.CLOSED: ("shut", "بند"),
    Stage.STATE_UNKNOWN: ("state unknown",),
}
PRECISION_WORDS = {
    CoordinatesPrecision.SURVEYED: ("exact", "gps"),
    CoordinatesPrecision.APPROXIMATE: ("approx", "approx.", "city level"),
}
BASIS_WORDS = {
    RentBasis.PER_SQFT: ("per sq ft", "per sft", "per sqft", "psf", "sq ft", "sqft", "by area", "فی مربع فٹ"),
    RentBasis.PER_SEAT: ("per seat", "per desk", "per workstation", "seat", "فی نشست"),
    RentBasis.FIXED: (
        *("fixed", "fixed a month", "lump sum", "lumpsum", "in all", "total", "monthly", "per month", "whole suite"),
    ),
}
KIND_WORDS = {
    SuiteKind.SUITE: ("room", "office", "hall", "unit", "shop", "whole floor", "کمرہ", "دفتر"),
    SuiteKind.DESK: ("seat", "workstation", "hot desk", "co-working desk", "coworking", "میز", "نشست"),
}
FIT_OUT_WORDS = {
    FitOut.RAW: ("bare", "grey structure", "gray structure", "shell and core"),
    FitOut.WARM_SHELL: ("semi furnished", "semi-furnished", "warmshell"),
    FitOut.PLUG_AND_PLAY: ("plug & play", "plug n play", "furnished", "fully furnished", "ready to move"),
}
# Headings that files of leases have as well.
PARK_NAMES = (
    *("park code", "stp code", "park name", "name of park", "name of the park", "stp", "stp name", "name of stp"),
    *("name of the stp", "software technology park", "name of software technology park", "پارک", "پارک کا نام"),
)
SUITE_NAMES = (
    *("suite no", "suite number", "suite #", "office no", "office number", "office", "room no", "room"),
    *("room number", "unit", "unit no", "unit number", "desk no", "shop no", "دفتر نمبر", "کمرہ نمبر"),
)
SERVICE_CHARGE = ("service charge", "service charges", "maintenance", "maintenance charges", "cam", "سروس چارجز")


def _fact(name):
    """A function that reads `name` of the stage in effect, annotated by `with_stage_facts`."""
    return lambda row: (row.stage_facts or {}).get(name)


def _stage_on(row):
    facts = row.stage_facts or {}
    return PeriodColumn.of_parts(facts.get("on"), facts.get("on_precision"))


PARK = OfModel(Park)
PARKS = (
    CodeColumn(
        "code",
        _("code"),
        get=lambda row: row.code,
        form=r"STP-[0-9]{4,}",
        aliases=("park code", "stp code", "stp no", "stp id", "کوڈ"),
        help=_("Given by the portal: a row with a code is that park, a row without one is found by its name."),
    ),
    PARK(
        TextColumn,
        "name",
        required=True,
        aliases=(
            "park",
            "park name",
            "name of park",
            "name of the park",
            "name of stp",
            "name of the stp",
            "name of software technology park",
            "stp name",
            "stp",
            "software technology park",
            "نام",
        ),
    ),
    PARK(TextColumn, "name_ur", aliases=("urdu name", "name urdu", "name (urdu)", "اردو نام")),
    PARK(TextColumn, "name_note", aliases=("name note", "note on name")),
    PARK(TextColumn, "slug", aliases=("slug", "web address")),
    PARK(
        TextColumn,
        "city",
        get=lambda row: row.city.name,
        required=True,
        most=100,
        aliases=("city/district", "city or district", "city / town", "town", "station", "شہر"),
        help=_("A city of the register, by its present name or another spelling."),
        empty=None,
    ),
    PARK(TextColumn, "district", aliases=("district name", "ضلع"), empty=None),
    PARK(
        TextColumn,
        "host",
        get=lambda row: row.host.name if row.host_id else None,
        most=200,
        aliases=("host", "hosted by", "host name", "name of host", "building owner", "university", "میزبان ادارہ"),
        help=_("The body that owns or hosts the building. One that is not known yet is added."),
        empty=None,
    ),
    PARK(
        ChoiceColumn,
        "programme",
        required=True,
        choices=Programme.choices,
        words=PROGRAMME_WORDS,
        aliases=("program", "project", "scheme", "پروگرام"),
    ),
    PARK(
        ChoiceColumn,
        "partnership_kind",
        choices=PartnershipKind.choices,
        words=PARTNERSHIP_WORDS,
        aliases=("partnership kind", "partnership type", "type of partnership", "partnership model"),
    ),
    PARK(TextColumn, "partnership_words", aliases=("partnership words", "partnership as reported")),
    PARK(YesNoColumn, "women_only", aliases=("for women", "women only park", "صرف خواتین")),
    PARK(TextColumn, "address", lines=True, aliases=("postal address", "building", "complete address", "پتہ", "پتا")),
    PARK(DegreesColumn, "latitude", least=SOUTH, most=NORTH, example="31.4187", aliases=("lat", "lat.")),
    PARK(
        DegreesColumn,
        "longitude",
        least=WEST,
        most=EAST,
        example="73.0791",
        aliases=(
            *(
                "long",
                "long.",
            ),
            *(
                "lng",
                "lon",
            ),
        ),
    ),
    PARK(
        ChoiceColumn,
        "coordinates_precision",
        choices=CoordinatesPrecision.choices,
        words=PRECISION_WORDS,
        aliases=("coordinates precision", "precision of coordinates"),
    ),
    PARK(TextColumn, "description", lines=True, aliases=("details", "about", "تفصیل")),
    PARK(
        NumberColumn,
        "power_hours",
        most=24,
        words=r"hours?|hrs?|h|گھنٹے",
        example="18",
        aliases=("power hours", "hours of power", "electricity hours", "power (hours)"),
    ),
    PARK(YesNoColumn, "generator", aliases=("backup generator", "genset", "power backup", "جنریٹر")),
    PARK(TextColumn, "internet_providers", lines=True, aliases=("isp", "isps", "internet", "internet provider")),
    PARK(YesNoColumn, "lift", aliases=("elevator", "lifts", "لفٹ")),
    PARK(YesNoColumn, "prayer_room", aliases=("prayer area", "mosque", "نماز کی جگہ", "مسجد")),
    PARK(YesNoColumn, "womens_washroom", aliases=("womens washroom", "ladies washroom", "female washroom")),
    PARK(
        NumberColumn, "parking_spaces", words="spaces|cars|vehicles|lots", aliases=("parking", "car parking", "پارکنگ")
    ),
    PARK(YesNoColumn, "listed", aliases=("public", "published", "shown"), empty=False),
    AreaColumn(
        "covered_area_sqft",
        _("covered area, as reported, sq ft"),
        get=lambda row: row.reported_area_sqft,
        aliases=(
            *("covered area", "covered area as reported", "reported area", "area", "total area", "covered space"),
            *("sq ft", "total covered area", "space", "رقبہ", "مسقف رقبہ"),
        ),
        help=_("The figure that the park's page shows; a new one is added beside the older ones."),
    ),
    ChoiceColumn(
        "stage",
        _("stage"),
        get=_fact("stage"),
        choices=Stage.choices,
        words=STAGE_WORDS,
        aliases=(
            "status",
            "present stage",
            "current stage",
            "current status",
            "present status",
            "stage today",
            "حیثیت",
        ),
        help=_("What holds today; another one than the present is added as an event."),
        empty=None,
    ),
    PeriodColumn(
        "stage_on",
        _("stage since"),
        get=_stage_on,
        aliases=(
            "stage on",
            "stage date",
            "date of stage",
            "status date",
            "since",
            "status since",
            "date of establishment",
        ),
        help=_("Since when: a day, a month or a year."),
    ),
    DerivedColumn("region", _("region"), get=lambda row: row.city.get_region_display(), aliases=("province",)),
    DerivedColumn("ref", PARK.label("ref"), aliases=("ref",)),
    DerivedColumn("first_listed_on", PARK.label("first_listed_on")),
    DerivedColumn("last_verified_on", PARK.label("last_verified_on"), aliases=("last verified",)),
    DerivedColumn("demo", PARK.label("demo"), aliases=("demo",)),
)

SUITE = OfModel(Suite)
SUITES = (
    CodeColumn(
        "park",
        _("park"),
        get=lambda row: row.park.code,
        form=r"STP-[0-9]{4,}",
        required=True,
        aliases=PARK_NAMES,
        help=_("Its code, like STP-0001, or its name."),
    ),
    SUITE(
        NumberTextColumn,
        "number",
        required=True,
        aliases=("suite", "no", *SUITE_NAMES),
        help=_("As on its door, like 101, A-301 or G-7."),
        empty=None,
    ),
    SUITE(FloorColumn, "floor", required=True, aliases=("floor no", "floor number", "level", "storey", "منزل")),
    SUITE(NumberColumn, "position", least=0, most=32767, aliases=("place on floor", "order", "position on floor")),
    SUITE(ChoiceColumn, "kind", choices=SuiteKind.choices, words=KIND_WORDS, aliases=("type", "suite type", "قسم")),
    SUITE(TextColumn, "hall", aliases=("hall name", "shared hall", "ہال")),
    SUITE(
        AreaColumn,
        "lettable_area_sqft",
        aliases=(
            *("net lettable area", "lettable area", "nla", "area", "sq ft", "size", "suite area", "covered area"),
            *("area of suite", "rentable area", "carpet area", "space", "رقبہ"),
        ),
    ),
    SUITE(
        NumberColumn,
        "seats",
        least=1,
        words=r"seats?|persons?|people|pax|desks?|workstations?",
        aliases=("seating capacity", "capacity", "no of seats", "number of seats", "workstations", "نشستیں"),
    ),
    SUITE(
        ChoiceColumn,
        "fit_out",
        choices=FitOut.choices,
        words=FIT_OUT_WORDS,
        aliases=("fitout", "finish", "furnishing", "fit out status"),
    ),
    SUITE(
        ChoiceColumn,
        "rent_basis",
        choices=RentBasis.choices,
        words=BASIS_WORDS,
        aliases=("basis", "basis of rent", "rent unit", "rent type"),
    ),
    SUITE(
        MoneyColumn,
        "rent_pkr",
        units=("per_sqft", "per_seat"),
        aliases=(
            *(
                "asking rent",
                "rent",
                "rent pkr",
                "rent rs",
                "monthly rent",
                "rate",
                "asking rent pkr",
                "rent per month",
            ),
            *("rent per sq ft", "rate per sq ft", "rent rate per sq ft", "rent per seat", "کرایہ"),
        ),
    ),
    SUITE(
        MoneyColumn,
        "service_charge_pkr",
        aliases=SERVICE_CHARGE,
    ),
    SUITE(DateColumn, "in_service_from", aliases=("in service since", "available from", "offered from")),
    SUITE(DateColumn, "withdrawn_from", aliases=("withdrawn", "out of service from", "withdrawn on")),
    DerivedColumn("park_name", _("park, by name"), get=lambda row: row.park.name),
    DerivedColumn("state_today", _("state today"), get=lambda row: row.state.replace("_", " "), aliases=("state",)),
    DerivedColumn("free_from_today", _("free from"), get=lambda row: row.free_from),
    DerivedColumn("demo", SUITE.label("demo"), aliases=("demo",)),
)


def park_rows(parks, on):
    """`parks` with all that PARKS reads, as of the day `on`."""
    return parks.select_related("city", "host").with_stage_facts(on).with_area()
